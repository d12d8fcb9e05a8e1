"""Identifiers and documents answered without the application get what the application would have sent."""

from collections.abc import Iterator
from pathlib import Path

import pyoxigraph as ox
import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from policytrace.graph.vocabulary.terms import GRAPH, ID, expand
from policytrace.server import create_app
from policytrace.server.front.cache_middleware import CacheMiddleware
from policytrace.server.http.negotiation import GRAPH_FORMATS, HTML
from policytrace.server.linked_data import documents
from policytrace.server.operations.settings import Settings

FIRST = "?page=1"
"""A parameter that changes nothing, and has the application answer."""
PRACTICE = "practice/gp-chemnitz-agency"
HUB = "scheme/confidence/high"
GRAPHS = ("graph/ontology", "graph/hops/realised", "graph/active-ngos/good_practices/gp-riga-ngo-house")
ACCEPTED = ["", "*/*", "image/png", HTML.media_type, *(form.media_type for form in GRAPH_FORMATS)]


@pytest.fixture(scope="module")
def app(sample_home: Path) -> Iterator[Flask]:
    """An application that keeps no answers."""
    made = create_app(
        Settings(home=sample_home, site="http://site.example/under/", query_processes=1, cache=0, rate=0)
    )
    yield made
    made.extensions["policytrace"].pool.close()


@pytest.fixture
def fresh(app: Flask) -> FlaskClient:
    """A client of it."""
    return app.test_client()


@pytest.fixture(scope="module")
def one_of_each(sample_store: ox.Store) -> list[str]:
    """The first thing of every class, by the path of its identifier."""
    found: dict[str, str] = {}
    for quad in sample_store.quads_for_pattern(None, None, None, ox.DefaultGraph()):
        if isinstance(quad.subject, ox.NamedNode) and quad.subject.value.startswith(ID):
            path = quad.subject.value[len(ID) :]
            segment = path.partition("/")[0]
            found[segment] = min(found.get(segment, path), path)
    return sorted(found.values())


def _told(answer: TestResponse) -> tuple[int, bytes, dict[str, str]]:
    data = answer.data
    for asked in (b"page=1&amp;", b"page=1&", FIRST.encode()):
        data = data.replace(asked, b"")
    headers = {
        name: value.removesuffix(FIRST).replace("page=1&", "") for name, value in answer.headers.items()
    }
    if answer.status_code != 200:
        del headers["Content-Length"]
    return answer.status_code, data, headers


def _both(client: FlaskClient, path: str, **headers: str) -> tuple[TestResponse, TestResponse]:
    given = {name.replace("_", "-"): value for name, value in headers.items()}
    return client.get(path, headers=given), client.get(path + FIRST, headers=given)


def test_a_document_is_the_one_of_the_application(fresh: FlaskClient, one_of_each: list[str]) -> None:
    for path in [*(f"doc/{thing}" for thing in one_of_each), HUB, "scheme/confidence", *GRAPHS]:
        for form in GRAPH_FORMATS:
            direct, told = _both(fresh, f"/{path}.{form.name}")
            assert direct.status_code == 200
            assert _told(direct) == _told(told)


@pytest.mark.parametrize(
    "path", [f"doc/{PRACTICE}", f"id/{PRACTICE}", HUB, f"id/{PRACTICE}.nt", "graph/hops/realised"]
)
def test_what_a_client_accepts_decides_as_in_the_application(fresh: FlaskClient, path: str) -> None:
    for accept in ACCEPTED:
        for coding in ("", "gzip", "zstd, gzip;q=0.5"):
            direct, told = _both(fresh, f"/{path}", Accept=accept, Accept_Encoding=coding)
            assert _told(direct) == _told(told)


@pytest.mark.parametrize(
    "path",
    [
        "doc/path/00000000000000000000",
        "doc/practice/nothing",
        "doc/practice/nothing.ttl",
        f"doc/{PRACTICE}/",
        f"doc/{PRACTICE}.html",
        f"doc/{PRACTICE}.docx",
        "doc/practice/../region/riga",
        "doc/practice//gp-chemnitz-agency",
        "doc/practice/gp%2Dchemnitz-agency.ttl",
        "doc/practice/gp-chemnitz-agency%0A",
        "doc/practice/%C5%A1",
        "doc/practice/%FF",
        "id/practice/nothing",
        "scheme/nothing",
        "graph/nothing",
        f"{GRAPHS[2]}/",
    ],
)
def test_what_is_not_found_is_told_by_the_application(fresh: FlaskClient, path: str) -> None:
    for accept in ("text/turtle", HTML.media_type):
        direct, told = _both(fresh, f"/{path}", Accept=accept)
        assert direct.status_code < 500
        assert _told(direct) == _told(told)


def test_an_extension_decides_whatever_a_client_accepts(fresh: FlaskClient) -> None:
    for answer in _both(fresh, f"/doc/{PRACTICE}.ttl", Accept="image/png"):
        assert (answer.status_code, answer.mimetype) == (200, "text/turtle")


def test_the_application_is_not_asked(app: Flask) -> None:
    def refuse(*_: object) -> list[bytes]:
        raise AssertionError("the application was asked")

    front = app.wsgi_app
    assert isinstance(front, CacheMiddleware)
    front._app, own = refuse, front._app
    try:
        client = app.test_client()
        for path in (f"doc/{PRACTICE}.ttl", f"id/{PRACTICE}", f"{HUB}.nt", f"{GRAPHS[2]}.ttl"):
            for method in ("HEAD", "GET"):
                expected = 303 if path.startswith("id/") else 200
                assert client.open(f"/{path}", method=method).status_code == expected
        with pytest.raises(AssertionError):
            client.get(f"/doc/{PRACTICE}.html")
    finally:
        front._app = own


@pytest.mark.parametrize("path", [f"doc/{PRACTICE}", f"id/{PRACTICE}", GRAPHS[2]])
def test_head_has_the_headers_of_get(fresh: FlaskClient, path: str) -> None:
    for accept in ("text/turtle", HTML.media_type):
        head, told = (fresh.open(f"/{path}", method=m, headers={"Accept": accept}) for m in ("HEAD", "GET"))
        assert (head.status_code, head.headers) == (told.status_code, told.headers)
        assert head.data == b""


def test_of_a_large_graph_its_description_is_sent(
    fresh: FlaskClient, sample_store: ox.Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    node = ox.NamedNode(f"{GRAPH}strength")
    size = sum(1 for _ in sample_store.quads_for_pattern(None, None, None, node))
    monkeypatch.setattr(documents, "LARGEST", size - 1)
    direct, told = _both(fresh, "/graph/strength.nt")
    assert _told(direct) == _told(told)
    found = {q.predicate.value: q.object for q in ox.parse(direct.data, format=ox.RdfFormat.N_TRIPLES)}
    assert found[expand("void:triples")] == ox.Literal(size)
    dump = found[expand("void:dataDump")]
    assert isinstance(dump, ox.NamedNode)
    there = fresh.get(dump.value.replace("http://site.example/under", ""), headers={"Accept": "text/turtle"})
    assert there.status_code == 200
    assert sum(1 for _ in ox.parse(there.data, format=ox.RdfFormat.TURTLE)) == size


def test_one_client_that_asks_too_often_is_told(sample_home: Path) -> None:
    app = create_app(Settings(home=sample_home, query_processes=1, rate=0.1))
    try:
        client = app.test_client()
        statuses = [client.get(f"/doc/{PRACTICE}.{name}").status_code for name in ("ttl", "nt", "rdf")]
        assert statuses == [200, 429, 429]
    finally:
        app.extensions["policytrace"].pool.close()


@pytest.mark.parametrize(
    ("path", "status"), [("id/path/00000000000000000000", 303), ("doc/path/00000000000000000000", 404)]
)
def test_what_searches_paths_takes_its_turn_once_and_ends_it_once(
    fresh: FlaskClient, path: str, status: int
) -> None:
    for _ in range(2):
        answer = fresh.get(f"/{path}", headers={"Accept": "text/turtle"})
        assert answer.status_code == status
        answer.close()
