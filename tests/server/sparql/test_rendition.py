"""Results for people are made within the limits of a query, and a page is never large."""

import csv
import http.client
import io
from collections.abc import Callable
from contextlib import closing
from hashlib import sha256
from pathlib import Path
from urllib.parse import quote

import psutil
import pytest
from flask.testing import FlaskClient
from openpyxl import load_workbook
from servers import Server
from waiting import PATIENCE, eventually

from policytrace.server.execution.worker import LEAST
from policytrace.server.presentation.result_table import ROWS_SHOWN, WEIGHT
from policytrace.server.sparql.formats import PAGE
from policytrace.server.sparql.page import COLUMNS

PAGE_BYTES = 3 * 2**20
"""What a page has at most beside the query, as the documentation says."""
DOUBLED = " ".join(f"BIND(CONCAT(?s{n}, ?s{n}) AS ?s{n + 1})" for n in range(20))
LONG = f'SELECT ?s20 ("short" AS ?x) {{ BIND("{"&<x>" * 16}" AS ?s0) {DOUBLED} }}'
"""One literal of 64 MiB, and a short one."""
HTML = {"Accept": "text/html"}


def _ask(client: FlaskClient, query: str, form: str) -> bytes:
    answer = client.post("/sparql", data={"query": query, "format": form})
    assert answer.status_code == 200, answer.text[:500]
    return bytes(answer.data)


@pytest.mark.parametrize(
    "query",
    [
        LONG,
        LONG.replace("?s20", "(IRI(CONCAT('http://example.org/', ?s20)) AS ?i)", 1),
        LONG.replace('("short" AS ?x)', '("short" AS ?x) (STRLANG(?s20, "de") AS ?l)'),
        f"SELECT {' '.join(f'(?x AS ?c{n})' for n in range(400))} {{ BIND('{'&' * 5000}' AS ?x) }}",
        f"CONSTRUCT {{ <urn:a> <urn:b> ?s20 }} {{ BIND('{'&' * 64}' AS ?s0) {DOUBLED} }}",
        f"SELECT ?s ?x {{ ?s ?p ?o BIND('{'&' * 300}' AS ?x) }}",
    ],
    ids=["literal", "identifier", "language", "columns", "triples", "rows"],
)
def test_a_page_is_never_large(client: FlaskClient, query: str) -> None:
    answer = client.post("/sparql", data={"query": query}, headers=HTML)
    assert answer.status_code == 200, answer.text[:500]
    assert len(answer.data) < PAGE_BYTES + 20 * len(query)


def test_a_page_of_too_many_columns_says_so(client: FlaskClient) -> None:
    query = f"SELECT {' '.join(f'(1 AS ?c{n})' for n in range(COLUMNS + 1))} {{}}"
    answer = client.post("/sparql", data={"query": query}, headers=HTML)
    assert (answer.status_code, f"up to {COLUMNS} columns" in answer.text) == (422, True)
    assert _ask(client, query, "csv").startswith(b"c0,c1")


def test_a_page_of_a_long_query_has_no_links_that_lead_nowhere(client: FlaskClient) -> None:
    noise = "".join(sha256(bytes((number,))).hexdigest() for number in range(250))
    answer = client.post("/sparql", data={"query": f"SELECT (1 AS ?x) {{}} # {noise}"}, headers=HTML)
    assert (answer.status_code, answer.text.count(noise)) == (200, 1)
    assert "permalink" not in answer.text


def test_the_rows_of_a_page_are_bounded_where_they_are_found() -> None:
    assert PAGE > WEIGHT * (LEAST + 60) / (70 + 30), "what a page shows is within what is sent to it"
    assert ROWS_SHOWN * LEAST < PAGE


def test_files_are_of_the_rows_in_the_order_of_the_query(client: FlaskClient) -> None:
    query = "SELECT * { VALUES (?z ?a) { (<https://w3id.org/policytrace/id/practice/gp-ergo> '=1+1') } }"
    rows = list(csv.reader(io.StringIO(_ask(client, query, "csv-safe").decode("utf-8-sig"))))
    assert rows[0] == ["z", "zLabel", "a"]
    assert rows[1][0].endswith("gp-ergo")
    assert rows[1][1] not in ("", rows[1][0])
    assert rows[1][2] == "'=1+1"
    book = load_workbook(io.BytesIO(_ask(client, query, "xlsx")))
    assert [cell.value for cell in book["Data"][1]] == rows[0]
    about = {row[0].value: row[1].value for row in book["About"].iter_rows()}
    assert list(about) == ["Query", "Asked at", "Again", "Release", "Licence"]
    assert about["Query"] == query
    assert str(about["Again"]).startswith("http://site.example/sparql?q=")


@pytest.mark.parametrize("form", ["xlsx", "csv-safe"])
def test_too_many_rows_are_counted_and_refused(client: FlaskClient, form: str) -> None:
    query = f"SELECT ?a {{ VALUES ?a {{ {' '.join(map(str, range(400)))} }} VALUES ?b {{ {'1 ' * 300} }} }}"
    answer = client.post("/sparql", data={"query": query, "format": form})
    assert (answer.status_code, "this result has 120000" in answer.text) == (422, True)


@pytest.fixture
def server(sample_home: Path, serve: Callable[..., Server]) -> Server:
    return serve(sample_home, workers="1", query_processes="2", rate="0", query_seconds="600", cache="0")


def _highest(server: Server) -> int:
    """Bytes of memory that any process but those of queries ever held."""
    highest = 0
    for one in server.processes():
        if "policytrace.server.execution.worker" in one.cmdline():
            continue
        for line in Path(f"/proc/{one.pid}/status").read_text("utf-8").splitlines():
            if line.startswith("VmHWM:"):
                highest = max(highest, int(line.split()[1]) * 1024)
    return highest


@pytest.mark.parametrize("form", ["html", "csv-safe", "xlsx"])
def test_what_is_made_for_people_takes_no_memory_of_the_server_process(server: Server, form: str) -> None:
    small = "/sparql?query=" + quote("SELECT (1 AS ?x) {}") + f"&format={form}"
    compiled = "/api/paths?from=practice/gp-ergo"
    for path in (compiled, small, f"/sparql?query={quote(LONG)}&format={form}"):
        with closing(http.client.HTTPConnection("127.0.0.1", server.port, timeout=2 * PATIENCE)) as client:
            before = _highest(server)
            client.request("GET", path, headers={"Accept-Encoding": "identity"})
            answer = client.getresponse()
            while answer.read(2**20):
                pass
            assert answer.status == 200
    assert _highest(server) - before < 48 * 2**20, "less than the literal has"


def _making(server: Server) -> bool:
    """Whether a query runs for long."""
    usual = psutil.Process(server.process.pid).nice()
    return any(one.nice() > usual for one in server.processes())


def test_what_is_made_ends_when_its_client_leaves(server: Server) -> None:
    values = " ".join(f"(?v AS ?c{n})" for n in range(40))
    query = f"SELECT {values} {{ VALUES ?v {{ {' '.join(map(str, range(40_000)))} }} }}"
    with closing(http.client.HTTPConnection("127.0.0.1", server.port, timeout=PATIENCE)) as client:
        client.request("POST", "/sparql", f"query={quote(query)}&format=xlsx", {"Content-Type": FORM})
        eventually(lambda: _making(server), "a workbook that is being made")
    eventually(lambda: not _making(server), "the end of the making")


def test_what_is_made_is_within_the_time_of_the_query(client: FlaskClient) -> None:
    values = " ".join(f"(?v AS ?c{n})" for n in range(40))
    query = f"SELECT {values} {{ VALUES ?v {{ {' '.join(map(str, range(40_000)))} }} }}"
    answer = client.post("/sparql?timeout=1.5", data={"query": query, "format": "xlsx", "timeout": "1.5"})
    assert (answer.status_code, answer.get_json()["limit"]) == (504, "seconds")


FORM = "application/x-www-form-urlencoded"
