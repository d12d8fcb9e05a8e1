"""The SPARQL endpoint: protocol, formats, refusals, limits."""

import io
import json
import re
import time
from collections.abc import Iterator
from pathlib import Path

import pyoxigraph as ox
import pytest
from flask.testing import FlaskClient

from policytrace.graph.release import Release
from policytrace.server import create_app
from policytrace.server.pool import MemoryLimitError, Pool, TimeLimitError
from policytrace.server.settings import Settings

SELECT = "SELECT ?s ?o WHERE { ?s <http://www.w3.org/2000/01/rdf-schema#label> ?o } ORDER BY ?s ?o LIMIT 7"
ASK = "ASK { ?s ?p ?o }"
CONSTRUCT = f"CONSTRUCT {{ ?s <urn:name> ?o }} WHERE {{ {{ {SELECT} }} }}"
DESCRIBE = "DESCRIBE <https://w3id.org/policytrace/id/practice/gp-chemnitz-agency>"
ENDLESS = "SELECT (COUNT(*) AS ?n) WHERE { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i }"
ROWS = {
    "application/sparql-results+json": ox.QueryResultsFormat.JSON,
    "application/sparql-results+xml": ox.QueryResultsFormat.XML,
    "text/tab-separated-values": ox.QueryResultsFormat.TSV,
}
GRAPHS = {
    "text/turtle": ox.RdfFormat.TURTLE,
    "application/n-triples": ox.RdfFormat.N_TRIPLES,
    "application/rdf+xml": ox.RdfFormat.RDF_XML,
    "application/ld+json": ox.RdfFormat.JSON_LD,
}


def _count(body: bytes) -> int:
    return int(json.loads(body)["results"]["bindings"][0]["n"]["value"])


@pytest.mark.parametrize("media_type", ROWS)
def test_select_in_every_format(client: FlaskClient, media_type: str) -> None:
    answer = client.get("/sparql", query_string={"query": SELECT}, headers={"Accept": media_type})
    assert answer.status_code == 200
    assert answer.mimetype == media_type
    rows = ox.parse_query_results(io.BytesIO(answer.data), format=ROWS[media_type])
    assert isinstance(rows, ox.QuerySolutions)
    assert len(list(rows)) == 7


def test_select_as_csv(client: FlaskClient) -> None:
    answer = client.get("/sparql", query_string={"query": SELECT, "format": "csv"})
    assert answer.content_type == "text/csv; charset=utf-8"
    assert answer.text.splitlines()[0] == "s,o"
    assert len(answer.text.splitlines()) == 8


@pytest.mark.parametrize("media_type", [*ROWS, "text/csv"])
def test_ask_in_every_format(client: FlaskClient, media_type: str) -> None:
    answer = client.get("/sparql", query_string={"query": ASK}, headers={"Accept": media_type})
    assert answer.status_code == 200
    assert answer.mimetype == media_type
    assert "true" in answer.text


@pytest.mark.parametrize("media_type", GRAPHS)
@pytest.mark.parametrize("query", [CONSTRUCT, DESCRIBE])
def test_graphs_in_every_format(client: FlaskClient, media_type: str, query: str) -> None:
    answer = client.get("/sparql", query_string={"query": query}, headers={"Accept": media_type})
    assert answer.status_code == 200
    assert answer.mimetype == media_type
    assert list(ox.parse(answer.data, format=GRAPHS[media_type]))


def test_three_ways_to_send_a_query_agree(client: FlaskClient) -> None:
    by_get = client.get("/sparql", query_string={"query": SELECT})
    by_form = client.post("/sparql", data={"query": SELECT})
    by_body = client.post("/sparql", data=SELECT, content_type="application/sparql-query")
    assert by_get.status_code == by_form.status_code == by_body.status_code == 200
    assert by_get.data == by_form.data == by_body.data


def test_query_is_decoded_once(client: FlaskClient) -> None:
    query = 'SELECT ("100%25 a+b é \r\n" AS ?x) {}'.replace("\r\n", "\\r\\n")
    for answer in (
        client.get("/sparql", query_string={"query": query}),
        client.post("/sparql", data={"query": query}),
        client.post("/sparql", data=query.encode(), content_type="application/sparql-query"),
    ):
        assert json.loads(answer.data)["results"]["bindings"][0]["x"]["value"] == "100%25 a+b é \r\n"


def test_browser_gets_a_form_and_a_table_with_names(client: FlaskClient) -> None:
    form = client.get("/sparql", headers={"Accept": "text/html"})
    assert "<textarea" in form.text
    query = "SELECT ?p { ?p a <https://w3id.org/policytrace/ns#GoodPractice> } ORDER BY ?p LIMIT 3"
    page = client.get("/sparql", query_string={"query": query}, headers={"Accept": "text/html"})
    assert len(re.findall(r'<td[^>]*><a href="/doc/practice/', page.text)) == 3
    assert "format=csv" in page.text
    assert "3 rows" in page.text


def test_without_a_query_the_service_describes_itself(client: FlaskClient) -> None:
    answer = client.get("/sparql", headers={"Accept": "text/turtle"})
    assert "sparql-service-description#Service" in answer.text
    assert "http://site.example/sparql" in answer.text


@pytest.mark.parametrize(
    ("arguments", "status"),
    [
        ({"data": {"update": "INSERT DATA { <a:a> <a:a> 1 }"}}, 403),
        ({"data": {"query": "INSERT DATA { <a:a> <a:a> 1 }"}}, 403),
        ({"data": {"query": "PREFIX a: <a:> DROP ALL"}}, 403),
        ({"data": "CLEAR ALL", "content_type": "application/sparql-update"}, 403),
        ({"data": {"query": "SELECT * { SERVICE <http://127.0.0.1:1/> { ?s ?p ?o } }"}}, 403),
        ({"data": {"query": "SELECT * { SERVICE SILENT ?x { ?s ?p ?o } }"}}, 403),
        ({"data": {"query": ""}}, 400),
        ({"data": "", "content_type": "application/x-www-form-urlencoded"}, 400),
        ({"data": {"query": ["ASK {}", "ASK {}"]}}, 400),
        ({"data": "ASK {}", "content_type": "text/plain"}, 415),
        ({"data": b"ASK { \xff }", "content_type": "application/sparql-query"}, 400),
        ({"data": {"query": "ASK {}", "timeout": "soon"}}, 400),
        ({"data": {"query": "SELECT * {"}}, 400),
    ],
)
def test_refusals_are_problem_reports(client: FlaskClient, arguments: dict[str, object], status: int) -> None:
    answer = client.post("/sparql", **arguments)
    assert answer.status_code == status
    assert answer.mimetype == "application/problem+json"
    assert answer.get_json()["status"] == status
    assert answer.get_json()["title"]


def test_other_methods_are_named_as_not_allowed(client: FlaskClient) -> None:
    answer = client.put("/sparql", data="x")
    assert answer.status_code == 405
    assert "GET" in answer.headers["Allow"]


def test_word_service_in_text_is_no_call(client: FlaskClient) -> None:
    query = 'SELECT ("SERVICE <x> {}" AS ?service) { # SERVICE\n}'
    assert client.get("/sparql", query_string={"query": query}).status_code == 200


def test_parse_error_names_line_and_column(client: FlaskClient) -> None:
    answer = client.get("/sparql", query_string={"query": "SELECT *\nWHERE { ?s ?p }"})
    problem = answer.get_json()
    assert answer.status_code == 400
    assert problem["line"] == 2
    assert "Line 2, column" in problem["detail"]
    page = client.get(
        "/sparql", query_string={"query": "SELECT * { ?s pt:source ?o }"}, headers={"Accept": "text/html"}
    )
    assert page.status_code == 400
    assert "PREFIX pt: &lt;https://w3id.org/policytrace/ns#&gt;" in page.text


def test_from_chooses_and_never_fetches(client: FlaskClient, tmp_path: Path) -> None:
    secret = tmp_path / "secret.ttl"
    secret.write_text("<urn:a> <urn:b> 'SECRET' .")
    for name in (secret.as_uri(), "http://127.0.0.1:9/x", "urn:unknown"):
        query = "SELECT (COUNT(*) AS ?n) FROM <%s> { ?s ?p ?o }" % name  # noqa: UP031
        assert _count(client.get("/sparql", query_string={"query": query}).data) == 0
    count = "SELECT (COUNT(*) AS ?n) { ?s ?p ?o }"
    strength = "https://w3id.org/policytrace/graph/strength"
    chosen = client.get("/sparql", query_string={"query": count, "default-graph-uri": strength})
    by_from = client.get("/sparql", query_string={"query": count.replace("{ ?s", f"FROM <{strength}> {{ ?s")})
    assert 0 < _count(chosen.data) == _count(by_from.data)
    unknown = client.get("/sparql", query_string={"query": count, "default-graph-uri": "http://127.0.0.1:9/"})
    assert _count(unknown.data) == 0


def test_triple_in_two_chosen_graphs_counts_once(client: FlaskClient) -> None:
    count = "SELECT (COUNT(*) AS ?n) { ?s ?p ?o }"
    one = ["https://w3id.org/policytrace/graph/strength"]
    answer = client.get("/sparql", query_string={"query": count, "default-graph-uri": one})
    twice = client.get("/sparql", query_string={"query": count, "default-graph-uri": one * 2})
    assert _count(answer.data) == _count(twice.data)


@pytest.fixture
def impatient(demo_home: Path) -> Iterator[FlaskClient]:
    """A client of a server whose queries may take one second."""
    app = create_app(Settings(home=demo_home, query_seconds=1.0, query_processes=1))
    yield app.test_client()
    app.extensions["policytrace"].pool.close()


def test_time_limit_is_kept_and_named(impatient: FlaskClient) -> None:
    began = time.monotonic()
    answer = impatient.get("/sparql", query_string={"query": ENDLESS})
    assert time.monotonic() - began < 3
    assert answer.status_code == 504
    assert answer.get_json()["limit_seconds"] == 1.0
    assert "1 seconds" in answer.get_json()["detail"]
    assert impatient.get("/sparql", query_string={"query": ASK}).status_code == 200


def test_client_may_lower_the_limit_but_not_raise_it(client: FlaskClient, impatient: FlaskClient) -> None:
    began = time.monotonic()
    lowered = client.get("/sparql", query_string={"query": ENDLESS, "timeout": "0.3"})
    assert lowered.get_json()["limit_seconds"] == 0.3
    raised = impatient.get("/sparql", query_string={"query": ENDLESS, "timeout": "100"})
    assert raised.get_json()["limit_seconds"] == 1.0
    assert time.monotonic() - began < 4


def test_memory_limit_ends_the_query_and_nothing_else(demo_release: Release) -> None:
    pool = Pool(1, seconds=60, memory=1024)
    doublings = " ".join(f"BIND(CONCAT(?s{n}, ?s{n}) AS ?s{n + 1})" for n in range(26))
    greedy = f'SELECT ?s26 {{ BIND("{"x" * 64}" AS ?s0) {doublings} }}'
    with pytest.raises(MemoryLimitError, match="memory limit of 1024 MiB"):
        pool.run(demo_release.store_path, greedy, "text/csv")
    assert pool.run(demo_release.store_path, ASK, "text/csv") == b"true"
    pool.close()


def test_killed_query_leaves_no_process(demo_release: Release) -> None:
    pool = Pool(1, seconds=0.3, memory=4096)
    with pytest.raises(TimeLimitError):
        pool.run(demo_release.store_path, ENDLESS, "text/csv")
    assert not pool._idle
    pool.close()
