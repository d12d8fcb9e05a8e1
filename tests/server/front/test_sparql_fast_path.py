"""Queries answered without the application get what the application would have sent."""

import gzip
import json
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from policytrace.server import create_app
from policytrace.server.front.cache_middleware import CacheMiddleware
from policytrace.server.http.negotiation import RESULT_FORMATS, TRIPLE_FORMATS
from policytrace.server.operations.settings import Settings

NAMED = "{ ?s <http://www.w3.org/2000/01/rdf-schema#label> ?o } ORDER BY ?s ?o LIMIT 40"
QUERIES = {
    "rows": f"SELECT ?s ?o WHERE {NAMED}",
    "no row": "SELECT ?s WHERE { ?s <urn:none> 'ö + & %' }",
    "truth": "ASK { ?s ?p ?o }",
    "triples": f"PREFIX e: <urn:e/> CONSTRUCT {{ ?s e:name ?o }} WHERE {NAMED}",
    "relative": "SELECT (<x> AS ?iri) {}",
    "no SPARQL": "SELECT ?s WHERE { ?s ?p }",
    "SERVICE": "SELECT * { SERVICE <http://site.example/> { ?s ?p ?o } }",
    "an update": "CLEAR ALL",
    "many rows": "SELECT * { GRAPH ?g { ?s ?p ?o } } LIMIT 5000",
    "too many rows": "SELECT (1 AS ?one) { ?a ?b ?c . ?d ?e ?f }",
}
ACCEPTED = ["", "*/*", "image/png", *(form.media_type for form in (*RESULT_FORMATS, *TRIPLE_FORMATS))]


@pytest.fixture(scope="module")
def app(sample_home: Path) -> Iterator[Flask]:
    """An application that keeps no answers."""
    made = create_app(
        Settings(home=sample_home, site="http://site.example/", query_processes=2, cache=0, result_rows=5_000)
    )
    yield made
    made.extensions["policytrace"].pool.close()


@pytest.fixture
def fresh(app: Flask) -> FlaskClient:
    """A client of it."""
    return app.test_client()


CODINGS = ["", "gzip", "br, gzip;q=0.5"]
ANY_PART = {"Range": "bytes=0-"}
"""A header that changes nothing, as results have no parts, and has the application answer."""
MORE = ["", "&timeout=30", "&format=csv", "&default-graph-uri=urn:none", "&release="]


def _told(answer: TestResponse) -> tuple[int, bytes, dict[str, str]]:
    headers = {name: value for name, value in sorted(answer.headers.items()) if name != "Content-Length"}
    data = gzip.decompress(answer.data) if headers.get("Content-Encoding") == "gzip" else answer.data
    return answer.status_code, data, headers


@pytest.mark.parametrize("query", QUERIES.values(), ids=QUERIES)
def test_an_answer_is_the_one_of_the_application(fresh: FlaskClient, query: str) -> None:
    for accept in ACCEPTED:
        for coding in CODINGS if accept == "*/*" else CODINGS[:1]:
            for more in MORE if accept == "*/*" else MORE[:1]:
                path, headers = (
                    f"/sparql?query={quote(query)}{more}",
                    {"Accept": accept, "Accept-Encoding": coding},
                )
                plain, told = fresh.get(path, headers=headers), fresh.get(path, headers=headers | ANY_PART)
                assert _told(plain) == _told(told)


def test_the_application_is_not_called_for_whole_results(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> list[bytes]:
        raise AssertionError("the application was called")

    middleware = app.wsgi_app
    assert isinstance(middleware, CacheMiddleware)
    monkeypatch.setattr(middleware, "_app", refuse)
    client = app.test_client()
    for name in ("rows", "no row", "truth", "triples"):
        for more in MORE if name != "triples" else [more for more in MORE if "format" not in more]:
            accepted = {"Accept": "text/csv, text/turtle"}
            sent = client.get(f"/sparql?query={quote(QUERIES[name])}{more}", headers=accepted)
            posted = client.post(f"/sparql?{more}", data={"query": QUERIES[name]}, headers=accepted)
            assert (sent.status_code, posted.status_code) == (200, 200)
            assert sent.data == posted.data
    page = {"Accept": "text/html"}
    for path, headers in (("query=", {}), ("query=ASK%7B%7D", page), ("query=ASK%7B%7D", ANY_PART)):
        with pytest.raises(AssertionError):
            client.get(f"/sparql?{path}", headers=headers)


@pytest.mark.parametrize("query", QUERIES.values(), ids=QUERIES)
def test_a_posted_query_gets_the_same_answer(fresh: FlaskClient, query: str) -> None:
    accepted = {"Accept": "application/sparql-results+json, text/turtle;q=0.9"}
    found = _told(fresh.get(f"/sparql?query={quote(query)}", headers=accepted))
    as_it_is = fresh.post("/sparql", data=query, content_type="application/sparql-query", headers=accepted)
    assert _told(as_it_is) == found
    assert _told(fresh.post("/sparql", data={"query": query}, headers=accepted)) == found


def test_a_query_is_not_answered_again_when_it_must_not_be(fresh: FlaskClient) -> None:
    found = [fresh.get("/sparql?query=SELECT(UUID()AS%20?u){}") for _ in range(2)]
    assert len({json.loads(answer.data)["results"]["bindings"][0]["u"]["value"] for answer in found}) == 2
    assert {answer.headers["Cache-Control"] for answer in found} == {"no-store"}


@pytest.mark.parametrize("path", ["?query=%FF", "?query=", "?query=%20", "?query=ASK%7B%7D&query=ASK%7B%7D"])
def test_what_is_no_plain_query_is_left_to_the_application(fresh: FlaskClient, path: str) -> None:
    wrong = fresh.get(f"/sparql{path}", headers={"Accept": "application/sparql-results+json"})
    assert wrong.status_code == 400
    assert wrong.mimetype == "application/problem+json"


def test_conditions_are_answered(fresh: FlaskClient) -> None:
    first = fresh.get("/sparql?query=ASK%7B%7D")
    again = fresh.get("/sparql?query=ASK%7B%7D", headers={"If-None-Match": first.headers["ETag"]})
    assert (again.status_code, again.data) == (304, b"")
    assert "Content-Type" not in again.headers


def test_turns_of_a_client_are_given_back(app: Flask, fresh: FlaskClient) -> None:
    for query in QUERIES.values():
        for _ in range(2):
            fresh.get(f"/sparql?query={quote(query)}", buffered=True)
    began = fresh.get("/sparql?query=ASK%7B%7D", headers=ANY_PART)
    assert began.status_code == 200
    assert app.extensions["policytrace"].counters.gauge("working") == 0


def test_one_client_that_asks_too_often_is_told(sample_home: Path) -> None:
    app = create_app(Settings(home=sample_home, query_processes=2, rate=0.1))
    try:
        client = app.test_client()
        statuses = [client.get(f"/sparql?query=ASK%7B%7D%23{number}").status_code for number in range(3)]
        assert statuses == [200, 429, 429]
    finally:
        app.extensions["policytrace"].pool.close()
