"""The OpenAPI description is valid, describes real routes, and its examples answer as it says."""

from typing import Any

import jsonschema
import pytest
from flask.testing import FlaskClient
from openapi_spec_validator import validate

from policytrace.graph.paths.request import OPTIONS


@pytest.fixture(scope="module")
def described(client: FlaskClient) -> dict[str, Any]:
    answer = client.get("/api/openapi.json")
    found: dict[str, Any] = answer.get_json(force=True)
    return found


def test_the_description_is_valid_and_names_every_option(
    client: FlaskClient, described: dict[str, Any]
) -> None:
    assert client.get("/api/openapi.json").headers["ETag"]
    validate(described)
    named = {parameter["name"] for parameter in described["paths"]["/api/paths"]["get"]["parameters"]}
    assert named == {*OPTIONS, "format"}


def _url(path: str, operation: dict[str, Any]) -> tuple[str, list[tuple[str, str]]]:
    query = []
    for parameter in operation.get("parameters", ()):
        example = parameter.get("example")
        values = example if isinstance(example, list) else [] if example is None else [example]
        query += [(parameter["name"], value) for value in values]
    return path, query


@pytest.mark.parametrize("path", ["/api/paths", "/api/suggest", "/search", "/sparql", "/health"])
def test_an_example_answers_as_described(client: FlaskClient, described: dict[str, Any], path: str) -> None:
    operation = described["paths"][path]["get"]
    address, query = _url(path, operation)
    answer = client.get(address, query_string=query)
    assert answer.status_code == 200
    schema = operation["responses"]["200"].get("content", {}).get("application/json", {}).get("schema")
    if schema:
        jsonschema.validate(answer.get_json(), schema | {"components": described["components"]})


def test_a_problem_is_as_described(client: FlaskClient, described: dict[str, Any]) -> None:
    problem = described["components"]["responses"]["Problem"]["content"]["application/problem+json"]["schema"]
    for query in ({}, {"from": "practice/gp-nowhere"}, {"from": "practice/gp-ergo", "max_hops": "0"}):
        jsonschema.validate(client.get("/api/paths", query_string=query).get_json(), problem)
