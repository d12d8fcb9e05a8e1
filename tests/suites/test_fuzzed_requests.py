"""Requests made up from the OpenAPI description: each is answered, none by a failure of the server."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import schemathesis
from flask import Flask
from hypothesis import HealthCheck, given, settings
from schemathesis import Case
from schemathesis.checks import not_a_server_error
from schemathesis.core.result import Ok
from schemathesis.specs.openapi.checks import content_type_conformance, status_code_conformance
from thorough import share

from policytrace.server import create_app
from policytrace.server.operations.settings import Settings

ANSWERED = (503, 504)
"""Limits of the service, which made-up questions may well reach."""
CHECKS = [not_a_server_error, status_code_conformance, content_type_conformance]


@pytest.fixture(scope="module")
def app(sample_home: Path) -> Iterator[Flask]:
    """An application whose limits are soon reached."""
    made = create_app(Settings(home=sample_home, site="http://site.example/", rate=0, query_seconds=3))
    yield made
    made.extensions["policytrace"].pool.close()


SETTINGS = settings(
    max_examples=share(200, 50),
    deadline=None,
    derandomize=True,
    database=None,
    suppress_health_check=list(HealthCheck),
)


def test_a_made_up_request_is_answered(app: Flask) -> None:
    described = schemathesis.openapi.from_wsgi("/api/openapi.json", app)
    asked = []
    for found in described.get_all_operations():
        assert isinstance(found, Ok)
        operation = found.ok()
        asked.append(operation.path)

        @SETTINGS
        @given(case=operation.as_strategy())
        def ask(case: Case[Any]) -> None:
            answer = case.call(headers={"Accept-Encoding": "identity"})
            assert "Traceback" not in answer.text
            assert "/site-packages/" not in answer.text
            if answer.status_code not in ANSWERED:
                case.validate_response(answer, checks=CHECKS)

        ask()
    assert {"/sparql", "/api/paths", "/api/indicators/{name}", "/search"} <= set(asked)
