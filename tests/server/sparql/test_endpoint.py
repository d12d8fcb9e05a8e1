"""The SPARQL endpoint: protocol, formats, refusals, limits."""

import gzip
import io
import json
import re
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import pyoxigraph as ox
import pytest
from flask.testing import FlaskClient

from policytrace.graph.releases.release import Release
from policytrace.server import create_app
from policytrace.server.execution.errors import MemoryLimitError, TimeLimitError
from policytrace.server.execution.pool import Pool
from policytrace.server.http import content_coding
from policytrace.server.http.negotiation import RESULT_FORMATS, TRIPLE_FORMATS
from policytrace.server.operations.settings import Settings

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

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
    "application/trig": ox.RdfFormat.TRIG,
    "application/n-quads": ox.RdfFormat.N_QUADS,
}
NAMES = {
    **{form.name: form.media_type for form in RESULT_FORMATS},
    **{form.name: form.media_type for form in TRIPLE_FORMATS},
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


@pytest.mark.parametrize("name", NAMES)
def test_every_format_has_a_name(client: FlaskClient, name: str) -> None:
    rows = NAMES[name] in (form.media_type for form in RESULT_FORMATS)
    for query in (SELECT, ASK) if rows else (CONSTRUCT, DESCRIBE):
        answer = client.get("/sparql", query_string={"query": query, "format": name})
        assert (answer.status_code, answer.mimetype) == (200, NAMES[name])
        by_form = client.post("/sparql", data={"query": query, "format": name})
        assert by_form.mimetype == NAMES[name]


@pytest.mark.parametrize(("query", "there"), [(SELECT, "csv"), (ASK, "json"), (CONSTRUCT, "nq")])
def test_other_formats_are_answered_with_the_list(client: FlaskClient, query: str, there: str) -> None:
    wrong = "image/png" if query != CONSTRUCT else "text/csv"
    answer = client.get("/sparql", query_string={"query": query}, headers={"Accept": wrong})
    assert answer.status_code == 406
    assert there in [form["name"] for form in answer.get_json()["available"]]
    by_name = client.get("/sparql", query_string={"query": query, "format": "docx"})
    assert by_name.status_code == 406


def test_pages_show_the_first_rows_and_count_all(client: FlaskClient) -> None:
    for query, said in (
        ("SELECT * { ?s ?p ?o } LIMIT 2345", "2,345|2345"),
        ("CONSTRUCT WHERE { ?s ?p ?o } LIMIT 2345", "The beginning is shown; downloads have all."),
    ):
        page = client.get("/sparql", query_string={"query": query}, headers={"Accept": "text/html"})
        assert page.status_code == 200
        assert re.search(said, page.text)
        assert len(page.text.splitlines()) < 12_000


def test_head_has_the_headers_of_get(client: FlaskClient) -> None:
    for query in (SELECT, CONSTRUCT, "SELECT * { GRAPH ?g { ?s ?p ?o } } LIMIT 30000"):
        head = client.head("/sparql", query_string={"query": query}, buffered=True)
        get = client.get("/sparql", query_string={"query": query}, buffered=True)
        assert (head.status_code, head.data) == (200, b"")
        for name in ("Content-Type", "ETag", "Vary", "X-PolicyTrace-Rows", "X-PolicyTrace-Limits"):
            assert head.headers.get(name) == get.headers.get(name)


def test_pages_of_other_sites_may_ask(client: FlaskClient) -> None:
    for path in ("/sparql", "/rdf-graph-store"):
        answer = client.options(path, headers={"Origin": "https://other.example"})
        assert answer.status_code == 200
        assert "GET" in answer.headers["Access-Control-Allow-Methods"]
        assert "Content-Type" in answer.headers["Access-Control-Allow-Headers"]
    assert client.get("/sparql", query_string={"query": ASK}).headers["Access-Control-Allow-Origin"] == "*"


READ: dict[str, Callable[[bytes], bytes]] = {"gzip": gzip.decompress, "zstd": zstd.decompress}
LARGE = "SELECT * { GRAPH ?g { ?s ?p ?o } } LIMIT 30000"
"""A query whose result is streamed."""


@pytest.mark.parametrize("coding", READ)
@pytest.mark.parametrize("query", ["SELECT * { ?s ?p ?o } LIMIT 50", LARGE])
def test_answers_are_compressed_for_those_who_take_it(client: FlaskClient, query: str, coding: str) -> None:
    plain = client.get("/sparql", query_string={"query": query}, buffered=True)
    coded = client.get(
        "/sparql", query_string={"query": query}, headers={"Accept-Encoding": coding}, buffered=True
    )
    assert coded.headers["Content-Encoding"] == coding
    assert {"Accept", "Accept-Encoding"} <= set(coded.headers["Vary"].split(", "))
    assert READ[coding](coded.data) == plain.data
    assert len(coded.data) < len(plain.data) / 2
    assert "Content-Encoding" not in plain.headers
    if "ETag" in plain.headers:
        assert plain.headers["ETag"] != coded.headers["ETag"]


@pytest.mark.parametrize(
    ("accepted", "coding"),
    [
        ("gzip, deflate, br, zstd", "zstd"),
        ("gzip, deflate", "gzip"),
        ("zstd;q=0.1, gzip", "gzip"),
        ("*", "zstd"),
        ("*;q=0", ""),
        ("gzip;q=0, zstd;q=0", ""),
        ("identity, gzip;q=0.5", ""),
        ("", ""),
        ("gzip;q=soon", ""),
    ],
)
def test_content_coding_is_negotiated(accepted: str, coding: str) -> None:
    assert content_coding.choose(accepted) == coding


def test_client_that_has_the_answer_is_told_so(client: FlaskClient) -> None:
    for headers in ({}, {"Accept-Encoding": "gzip"}):
        first = client.get("/sparql", query_string={"query": SELECT}, headers=headers)
        again = client.get(
            "/sparql",
            query_string={"query": SELECT},
            headers={**headers, "If-None-Match": first.headers["ETag"]},
        )
        assert (again.status_code, again.data) == (304, b"")


def test_large_results_are_streamed_whole(client: FlaskClient) -> None:
    answer = client.get("/sparql", query_string={"query": LARGE, "format": "tsv"})
    assert answer.status_code == 200
    assert answer.is_streamed
    assert len(answer.data.splitlines()) == 30_001


def test_answers_state_their_limits_and_rows(client: FlaskClient) -> None:
    answer = client.get("/sparql", query_string={"query": SELECT, "timeout": "7"})
    assert answer.headers["X-PolicyTrace-Limits"] == "seconds=7, memory=4096, size=1024, rows=10000000"
    assert answer.headers["X-PolicyTrace-Rows"] == "7"
    refused = client.get("/sparql", query_string={"query": "SELECT"})
    assert refused.headers["X-PolicyTrace-Limits"].startswith("seconds=30, ")


def test_relative_iris_are_those_of_the_endpoint(client: FlaskClient) -> None:
    answer = client.get("/sparql", query_string={"query": "SELECT (<#x> AS ?x) {}", "format": "csv"})
    assert answer.text.splitlines()[1] == "http://site.example/sparql#x"


GRAPH = "https://w3id.org/policytrace/graph/"


def test_graph_store_gives_whole_graphs(client: FlaskClient, sample_release: Release) -> None:
    counts = sample_release.manifest["triples"]
    for name in ("strength", "hops/realised", None):
        arguments = {"graph": GRAPH + name} if name else {"default": ""}
        answer = client.get(
            "/rdf-graph-store", query_string=arguments, headers={"Accept": "application/n-triples"}
        )
        assert answer.status_code == 200
        assert len(answer.data.splitlines()) == counts[GRAPH + name if name else "default"]
    head = client.head("/rdf-graph-store", query_string={"graph": GRAPH + "strength"})
    assert (head.status_code, head.mimetype, head.data) == (200, "text/turtle", b"")


@pytest.mark.parametrize(
    ("method", "arguments", "status"),
    [
        ("GET", {"graph": "urn:none"}, 404),
        ("HEAD", {"graph": "urn:none"}, 404),
        ("GET", {"graph": "no iri"}, 400),
        ("GET", {}, 400),
        ("GET", {"graph": "urn:a", "default": ""}, 400),
        ("PUT", {"graph": "urn:a"}, 405),
        ("DELETE", {"default": ""}, 405),
        ("POST", {"default": ""}, 405),
    ],
)
def test_graph_store_refuses(
    client: FlaskClient, method: str, arguments: dict[str, str], status: int
) -> None:
    answer = client.open("/rdf-graph-store", method=method, query_string=arguments)
    assert answer.status_code == status
    if status == 405:
        assert "GET" in answer.headers["Allow"]


def test_description_counts_what_the_release_holds(client: FlaskClient, sample_store: ox.Store) -> None:
    answer = client.get("/sparql", headers={"Accept": "text/turtle"})
    described = ox.Store()
    described.load(answer.data, format=ox.RdfFormat.TURTLE)
    void, default = "http://rdfs.org/ns/void#", "http://www.w3.org/ns/sparql-service-description#defaultGraph"
    for one, counted, query in (
        ("class", "entities", "SELECT ?k (COUNT(?s) AS ?n) { ?s a ?k } GROUP BY ?k"),
        ("property", "triples", "SELECT ?k (COUNT(?s) AS ?n) { ?s ?k ?o } GROUP BY ?k"),
    ):
        stated = described.query(
            f"SELECT ?k ?n {{ ?set <{default}> ?g . "
            f"?g <{void}{one}Partition> [ <{void}{one}> ?k ; <{void}{counted}> ?n ] }}"
        )
        found = sample_store.query(query)
        assert isinstance(stated, ox.QuerySolutions)
        assert isinstance(found, ox.QuerySolutions)
        assert sorted(map(str, stated)) == sorted(map(str, found))


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
    assert "a sd:Service" in answer.text
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
def impatient(sample_home: Path) -> Iterator[FlaskClient]:
    """A client of a server whose queries may take one second."""
    app = create_app(Settings(home=sample_home, query_seconds=1.0, query_processes=1))
    yield app.test_client()
    app.extensions["policytrace"].pool.close()


def test_time_limit_is_kept_and_named(impatient: FlaskClient) -> None:
    began = time.monotonic()
    answer = impatient.get("/sparql", query_string={"query": ENDLESS})
    assert time.monotonic() - began >= 1
    assert answer.status_code == 504
    assert answer.get_json()["limit_seconds"] == 1.0
    assert "longer than 1 second and" in answer.get_json()["detail"]
    assert "POLICYTRACE_QUERY_SECONDS" in answer.get_json()["detail"]
    assert answer.get_json()["hints"][0]["href"].endswith("/dumps")
    assert impatient.get("/sparql", query_string={"query": ASK}).status_code == 200


def test_client_may_lower_the_limit_but_not_raise_it(client: FlaskClient, impatient: FlaskClient) -> None:
    began = time.monotonic()
    lowered = client.get("/sparql", query_string={"query": ENDLESS, "timeout": "0.3"})
    assert lowered.get_json()["limit_seconds"] == 0.3
    assert time.monotonic() - began < 30
    assert "timeout=30 asks for all" in lowered.get_json()["detail"]
    began = time.monotonic()
    raised = impatient.get("/sparql", query_string={"query": ENDLESS, "timeout": "100"})
    assert raised.get_json()["limit_seconds"] == 1.0
    assert time.monotonic() - began < 100


def test_memory_limit_ends_the_query_and_nothing_else(sample_release: Release) -> None:
    pool = Pool(1, seconds=60, memory=1024)
    doublings = " ".join(f"BIND(CONCAT(?s{n}, ?s{n}) AS ?s{n + 1})" for n in range(26))
    greedy = f'SELECT ?s26 {{ BIND("{"x" * 64}" AS ?s0) {doublings} }}'
    with pytest.raises(MemoryLimitError, match="memory limit of 1024 MiB"):
        pool.run(sample_release.store_path, greedy, "text/csv")
    assert pool.run(sample_release.store_path, ASK, "text/csv") == b"true"
    pool.close()


def test_killed_query_leaves_no_process(sample_release: Release) -> None:
    pool = Pool(1, seconds=2, memory=4096)
    before = set(psutil.Process().children())
    with pytest.raises(TimeLimitError):
        pool.run(sample_release.store_path, ENDLESS, "text/csv")
    (fresh,) = set(psutil.Process().children()) - before
    assert pool.run(sample_release.store_path, ASK, "text/csv") == b"true"
    assert set(psutil.Process().children()) - before == {fresh}
    pool.close()
    assert not set(psutil.Process().children()) - before


@pytest.mark.parametrize("query", ["", "%20"])
def test_an_empty_query_is_an_error_for_programs_and_a_form_for_people(
    client: FlaskClient, query: str
) -> None:
    address = f"/sparql?query={query}"
    assert client.get(address).status_code == 400
    assert client.get(address, headers={"Accept": "application/sparql-results+json"}).status_code == 400
    assert client.get(address, headers={"Accept": "text/html"}).status_code == 200


def test_who_asks_for_nothing_in_particular_gets_the_service_description(client: FlaskClient) -> None:
    assert client.get("/sparql").mimetype == "text/turtle"
    assert client.get("/sparql", headers={"Accept": "*/*"}).mimetype == "text/turtle"
    browser = {"Accept": "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"}
    assert client.get("/sparql", headers=browser).mimetype == "text/html"
