"""Queries and clients that mean harm: each is refused or stopped, and others are served."""

import gzip
import http.client
import json
import os
import re
import socket
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from io import BytesIO
from pathlib import Path
from typing import Any
from urllib.parse import quote

import psutil
import pytest
from flask.testing import FlaskClient
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from servers import Server
from thorough import share
from waiting import PATIENCE, eventually

from policytrace.server.http import request_body
from policytrace.server.http.negotiation import RESULT_FORMATS, TRIPLE_FORMATS

QUERY = {"Content-Type": "application/sparql-query"}
ENDLESS = "SELECT (COUNT(*) AS ?n) { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i . ?j ?k ?l }"
ROWS = 12_000
"""The limit of rows of the server under test."""
CUT = f"!! THIS RESULT IS NOT COMPLETE: The result has more than {ROWS} rows".encode()
"""What stands at the end of a larger result."""
SEND_SECONDS = 6
"""How long that server waits for a client that reads nothing."""
LEAKS = re.compile(r"Traceback|File \"|/site-packages/|/releases/|RocksDB", re.IGNORECASE)


class LimitedServer(Server):
    """A real server whose limits are low."""

    def ask(self, query: str, path: str = "/sparql", **headers: str) -> tuple[int, Any]:
        """Posts a query; the status and the parsed JSON of the answer."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=PATIENCE)
        try:
            connection.request("POST", path, query.encode(), QUERY | headers)
            answer = connection.getresponse()
            return answer.status, json.loads(answer.read())
        finally:
            connection.close()

    def queries(self) -> list[psutil.Process]:
        """The query processes."""
        return [one for one in self.processes()[1:] if "policytrace.server.execution.worker" in _command(one)]

    def held(self) -> int:
        """Bytes of memory that they hold."""
        return sum(_memory(one) for one in self.queries())


def _command(process: psutil.Process) -> list[str]:
    with suppress(psutil.NoSuchProcess):
        return process.cmdline()
    return []


def _memory(process: psutil.Process) -> int:
    with suppress(psutil.NoSuchProcess):
        return int(process.memory_info().rss)
    return 0


@pytest.fixture(scope="module")
def server(sample_home: Path) -> Iterator[LimitedServer]:
    started = LimitedServer(
        sample_home,
        query_seconds="600",
        query_memory="1024",
        query_size="8192",
        result_rows=str(ROWS),
        workers="1",
        query_processes="4",
        threads="32",
        rate="0",
        send_seconds=str(SEND_SECONDS),
        cache="0",
        proxies="1",
    )
    started.wait()
    yield started
    started.stop()


def _small(server: LimitedServer) -> bool:
    try:
        other = {"X-Forwarded-For": "192.0.2.1"}
        return server.ask("ASK { ?s ?p ?o }", **other)[1].get("boolean") is True
    except OSError:
        return False


@contextmanager
def _others_are_served(server: LimitedServer) -> Iterator[list[bool]]:
    """Small queries of another client get their answers all the while."""
    over, answers = threading.Event(), list[bool]()

    def ask() -> None:
        while not over.is_set():
            answers.append(_small(server))
            over.wait(0.05)

    other = threading.Thread(target=ask)
    other.start()
    try:
        yield answers
        eventually(lambda: answers, "an answer to another client")
    finally:
        over.set()
        other.join()
    assert all(answers)


DEEP = 100_000
AT_ONCE, AFTER_ALL = 1.5, 60
"""Seconds that a query may take: of one that would never end, and of one that ends by another limit."""
BOMBS: dict[str, tuple[str, float, int]] = {
    "ten megabytes": ("SELECT * {} #" + "x" * 10_000_000, AFTER_ALL, 413),
    "a million values": (
        f"SELECT (COUNT(*) AS ?n) {{ VALUES ?x {{ {' '.join(map(str, range(1_000_000)))} }} }}",
        AFTER_ALL,
        200,
    ),
    "nested groups": (f"SELECT * {'{' * DEEP}{'}' * DEEP}", AFTER_ALL, 422),
    "nested parentheses": (f"SELECT * {{ FILTER({'(' * DEEP}1{')' * DEEP}) }}", AFTER_ALL, 422),
    "nested lists": (f"SELECT * {{ ?s ?p {'(' * DEEP}{')' * DEEP} }}", AFTER_ALL, 422),
    "nested blank nodes": (f"SELECT * {{ ?s ?p {'[ ?p ' * DEEP}1{']' * DEEP} }}", AFTER_ALL, 422),
    "nested negation": (f"SELECT * {{ FILTER({'!' * DEEP}true) }}", AFTER_ALL, 422),
    "nested path": (f"SELECT * {{ ?s {'(' * DEEP}<urn:p>{')' * DEEP} ?o }}", AFTER_ALL, 422),
    "long chain": (f"SELECT ({'+'.join(['1'] * DEEP)} AS ?x) {{}}", AFTER_ALL, 422),
    "many unions": (f"SELECT * {{ {' UNION '.join(['{?s ?p ?o}'] * DEEP)} }}", AFTER_ALL, 422),
    "catastrophic pattern": (
        f'SELECT (REGEX("{"a" * 50_000}", "^(a+)+(a*)*b$") AS ?x) {{}}',
        AFTER_ALL,
        200,
    ),
    "enormous pattern": ('SELECT (REGEX("a", "((a{1000}){1000}){1000}") AS ?x) {}', AFTER_ALL, 200),
    "cartesian product": (ENDLESS, AT_ONCE, 504),
    "huge order": ("SELECT * { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i } ORDER BY ?c ?f ?i", AFTER_ALL, 507),
    "huge group": (
        "SELECT ?a ?d (GROUP_CONCAT(?c) AS ?x) { ?a ?b ?c . ?d ?e ?f } GROUP BY ?a ?d",
        AT_ONCE,
        504,
    ),
    "closure of everything": ("SELECT (COUNT(*) AS ?n) { ?a (!<urn:x>|^!<urn:x>)* ?b }", AT_ONCE, 504),
    "many rows": ("SELECT (1 AS ?x) { ?s ?p ?o }", AFTER_ALL, 422),
    "service": ("SELECT * { SERVICE <http://127.0.0.1:1/> { ?s ?p ?o } }", AFTER_ALL, 403),
    "load": ("LOAD <file:///etc/passwd>", AFTER_ALL, 403),
}


@pytest.mark.parametrize("name", BOMBS)
def test_bomb(server: LimitedServer, name: str) -> None:
    query, seconds, expected = BOMBS[name]
    with _others_are_served(server):
        status, answer = server.ask(query, f"/sparql?timeout={seconds}")
    assert status == expected, answer
    if status != 200:
        assert answer["status"] == status
        assert answer["detail"]
        assert not LEAKS.search(json.dumps(answer))


def test_the_limit_that_was_hit_is_named(server: LimitedServer) -> None:
    for query, limit in ((ENDLESS, "seconds"), (BOMBS["many rows"][0], "rows")):
        _, answer = server.ask(query, f"/sparql?timeout={1 if limit == 'seconds' else AFTER_ALL}")
        assert answer["limit"] == limit
        assert answer[f"limit_{limit}"] == {"seconds": 1, "rows": ROWS}[limit]


def test_memory_is_free_at_once(server: LimitedServer) -> None:
    greedy = "SELECT * { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i } ORDER BY ?c ?f ?i"
    server.ask(greedy, "/sparql?timeout=2")
    eventually(lambda: server.held() < 4 * 150 * 2**20, "memory that is free again")


def test_gzip_bomb_in_a_request_is_refused(server: LimitedServer) -> None:
    bomb = gzip.compress(b"SELECT * {} #" + b" " * 50_000_000)
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=PATIENCE)
    connection.request("POST", "/sparql", bomb, QUERY | {"Content-Encoding": "gzip"})
    answer = connection.getresponse()
    assert (answer.status, answer.headers["Accept-Encoding"]) == (415, "identity")
    answer.read()
    connection.close()


EVERYTHING = (
    "SELECT ?s ?p ?o ?g (CONCAT(STR(?s), STR(?p), STR(?g), STR(?s), STR(?p), STR(?g)) AS ?all) "
    "{ GRAPH ?g { ?s ?p ?o } }"
)
"""Gives more rows than the server under test; it notices when part of them was sent already."""


@pytest.mark.parametrize("coding", ["identity", "gzip", "zstd"])
def test_a_result_that_is_cut_cannot_be_taken_for_a_whole_one(server: LimitedServer, coding: str) -> None:
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=PATIENCE)
    connection.request("GET", f"/sparql?query={quote(EVERYTHING)}", headers={"Accept-Encoding": coding})
    answer = connection.getresponse()
    assert answer.status == 200
    assert answer.headers.get("Content-Encoding", "identity") == coding
    with pytest.raises(http.client.IncompleteRead) as raised:
        answer.read()
    answer.close()
    assert CUT in raised.value.partial
    connection.close()
    assert _small(server)


@contextmanager
def _busy(server: LimitedServer) -> Iterator[list[int]]:
    """Other connections of the same client: some idle, some that get answers all the while; statuses."""
    over, statuses = threading.Event(), list[int]()
    idle = [_open(server, "GET /health HTTP/1.1\r\nHost: x\r\n\r\n") for _ in range(3)]

    def ask() -> None:
        connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=PATIENCE)
        while not over.is_set():
            connection.request("GET", "/health")
            answer = connection.getresponse()
            answer.read()
            statuses.append(answer.status)
            over.wait(0.01)
        connection.close()

    others = [threading.Thread(target=ask) for _ in range(3)]
    for other in others:
        other.start()
    try:
        yield statuses
    finally:
        over.set()
        for other in others:
            other.join()
    for connection in idle:
        assert connection.recv(12) == b"HTTP/1.1 200"
        connection.close()


IDENTITY = {"Accept-Encoding": "identity"}


def _with_curl(address: str) -> None:
    found = subprocess.run(["curl", "-sS", "-o", os.devnull, address], check=False, capture_output=True)
    if found.returncode == 18:
        raise http.client.IncompleteRead(b"")


def _with_requests(address: str) -> None:
    import requests

    with pytest.raises(requests.exceptions.ChunkedEncodingError) as raised:
        requests.get(address, timeout=PATIENCE, headers=IDENTITY)
    raise http.client.IncompleteRead(b"") from raised.value


def _with_httpx(address: str) -> None:
    httpx = pytest.importorskip("httpx")
    with pytest.raises(httpx.RemoteProtocolError) as raised:
        httpx.get(address, timeout=PATIENCE, headers=IDENTITY)
    raise http.client.IncompleteRead(b"") from raised.value


def _with_sparqlwrapper(address: str) -> None:
    from SPARQLWrapper import CSV, SPARQLWrapper

    wrapper = SPARQLWrapper(address.partition("?")[0])
    wrapper.setQuery(EVERYTHING)
    wrapper.setReturnFormat(CSV)
    wrapper.queryAndConvert()


def _with_rdflib(address: str) -> None:
    from rdflib.plugins.stores.sparqlstore import SPARQLStore

    list(SPARQLStore(address.partition("?")[0]).query(EVERYTHING))


@pytest.mark.parametrize("read", [_with_curl, _with_requests, _with_httpx, _with_sparqlwrapper, _with_rdflib])
def test_clients_with_other_connections_notice_that_a_result_is_cut(
    server: LimitedServer, read: Callable[[str], None]
) -> None:
    with _busy(server) as statuses, pytest.raises(http.client.IncompleteRead):
        read(f"http://127.0.0.1:{server.port}/sparql?query={quote(EVERYTHING)}&format=csv")
    assert set(statuses) == {200}


def _working(server: LimitedServer) -> int:
    """Requests the server works on."""
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=PATIENCE)
    connection.request("GET", "/metrics")
    text = connection.getresponse().read().decode()
    connection.close()
    return int(float(re.findall(r"^policytrace_working ([\d.]+)$", text, re.MULTILINE)[0])) - 1


ENORMOUS = f"""SELECT (CONCAT({", ".join(["?a"] * 12)}) AS ?text) {{
  GRAPH ?g {{ ?s ?p ?o }} BIND (CONCAT(STR(?s), STR(?p), STR(?s), STR(?g), STR(?p), STR(?s)) AS ?a)
}} LIMIT 11000"""
"""Gives a result of some forty megabytes: more than a connection holds on its way."""
LONG = ENORMOUS.replace("LIMIT 11000", "LIMIT 13000")
"""Gives more rows than the server under test."""


def _stalled(server: LimitedServer) -> socket.socket:
    """A client that asks for a large result and reads the begin of it."""
    client = socket.socket()
    client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    client.connect(("127.0.0.1", server.port))
    request = f"GET /sparql?query={quote(ENORMOUS)} HTTP/1.1\r\nHost: x\r\n"
    client.sendall(f"{request}X-Forwarded-For: 192.0.2.7\r\n\r\n".encode())
    assert client.recv(12) == b"HTTP/1.1 200"
    return client


def test_a_client_that_stops_reading_gives_back_what_it_holds(server: LimitedServer) -> None:
    eventually(lambda: _working(server) == 0, "the end of all other work")
    began = time.monotonic()
    clients = [_stalled(server) for _ in range(2)]
    assert _working(server) == 2
    with _others_are_served(server):
        eventually(lambda: _working(server) == 0, "the end of answers that nobody reads")
    assert time.monotonic() - began > SEND_SECONDS
    assert server.ask("ASK {}", **{"X-Forwarded-For": "192.0.2.7"})[0] == 200
    assert not any(process.status() == psutil.STATUS_ZOMBIE for process in server.processes())
    for client in clients:
        client.close()


def _open(server: LimitedServer, request: str) -> socket.socket:
    connection = socket.create_connection(("127.0.0.1", server.port), timeout=PATIENCE)
    connection.sendall(request.encode())
    return connection


def _long(server: LimitedServer) -> bool:
    """Whether a long query runs: it has stepped back behind the others."""
    with suppress(psutil.NoSuchProcess):
        usual = psutil.Process(server.process.pid).nice()
        return any(process.nice() > usual for process in server.queries())
    return False


@pytest.mark.parametrize("leave", [socket.socket.close, lambda client: client.shutdown(socket.SHUT_WR)])
def test_query_ends_when_its_client_goes_away(
    server: LimitedServer, leave: Callable[[socket.socket], None]
) -> None:
    eventually(lambda: not _long(server), "the end of all long queries")
    client = _open(server, f"GET /sparql?query={quote(ENDLESS)} HTTP/1.1\r\nHost: x\r\n\r\n")
    eventually(lambda: _long(server), "a query that takes long")
    leave(client)
    eventually(lambda: not _long(server), "the end of a query whose client went away")
    client.close()
    assert _small(server)


def test_slow_clients_hold_up_nobody(server: LimitedServer) -> None:
    head = "POST /sparql HTTP/1.1\r\nHost: x\r\nContent-Type: application/sparql-query\r\n"
    query = quote("SELECT * { GRAPH ?g { ?s ?p ?o } }")
    requests = [
        "GET /sparql?query=ASK",
        head + "Content-Length: 1000\r\n\r\nSELECT",
        head + "Transfer-Encoding: chunked\r\n\r\n6\r\nSELECT\r\n",
        f"GET /sparql?query={query} HTTP/1.1\r\nHost: x\r\n\r\n",
    ]
    clients = [_open(server, request) for request in requests]
    with _others_are_served(server) as answers:
        eventually(lambda: len(answers) > 20, "answers to another client")
    for client in clients:
        client.close()


def test_slow_bodies_of_one_client_hold_up_nobody(server: LimitedServer) -> None:
    head = "POST /sparql HTTP/1.1\r\nHost: x\r\nContent-Type: application/sparql-query\r\n"
    head += "X-Forwarded-For: 192.0.2.9\r\nContent-Length: 1000\r\n\r\nSELECT"
    clients = [_open(server, head) for _ in range(80)]
    with _others_are_served(server):
        refused = [_all(client) for client in clients]
    assert {answer[:12] for answer in refused} == {b"HTTP/1.1 408"}
    assert all(b"The body" in answer for answer in refused)
    for client in clients:
        client.close()
    assert _small(server)


def _all(client: socket.socket) -> bytes:
    """What comes until the server closes the connection."""
    answer = b""
    with suppress(ConnectionResetError):
        while part := client.recv(65536):
            answer += part
    return answer


def test_a_client_that_reads_slowly_hears_that_its_result_is_cut(server: LimitedServer) -> None:
    client = socket.socket()
    client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 2**16)
    client.connect(("127.0.0.1", server.port))
    client.sendall(f"GET /sparql?query={quote(LONG)} HTTP/1.1\r\nHost: x\r\n\r\n".encode())
    tail, size = b"", 0
    while part := client.recv(2**16):
        tail, size = (tail + part)[-500:], size + len(part)
        time.sleep(len(part) / 10e6)
    client.close()
    assert size > 10 * 2**20
    assert CUT in tail
    assert not tail.endswith(b"0\r\n\r\n")


def test_a_body_is_awaited_for_so_long_only() -> None:
    near, far = socket.socketpair()
    with near, far, near.makefile("rb") as stream:
        far.sendall(b"SELECT")
        with pytest.raises(request_body.BodyTooSlowError):
            request_body.read({}, stream, 100, None, seconds=0.2)
        far.close()
    assert request_body.read({}, BytesIO(b"x" * 100), 100, None) == b"x" * 100
    with pytest.raises(request_body.BodyTooLargeError):
        request_body.read({}, BytesIO(b"x" * 101), 100, 101)


PIECES = [
    "SELECT",
    "CONSTRUCT",
    "ASK",
    "DESCRIBE",
    "WHERE",
    "FROM",
    "NAMED",
    "GRAPH",
    "OPTIONAL",
    "UNION",
    "MINUS",
    "FILTER",
    "EXISTS",
    "NOT",
    "BIND",
    "AS\nVALUES",
    "UNDEF",
    "GROUP",
    "BY",
    "HAVING",
    "ORDER",
    "LIMIT",
    "OFFSET",
    "DISTINCT",
    "PREFIX",
    "BASE",
    "SERVICE",
    "SILENT",
    "INSERT",
    "DATA",
    "DELETE",
    "LOAD",
    "COUNT\nSUM",
    "(",
    ")",
    "{",
    "}",
    "[",
    "]",
    ".",
    ";",
    ",",
    "*",
    "+",
    "?",
    "/",
    "|",
    "^",
    "!",
    "=",
    "<",
    ">",
    "&&",
    "||",
    "-",
    "?s",
    "?p",
    "?o",
    "$x",
    "a",
    "true",
    "1",
    "1.5e3",
    '"text"',
    "'it''s'",
    '"a"@en',
    '"1"^^xsd:integer\n<urn:a>',
    "<relative>",
    "<file:///etc/passwd>",
    "pt:Measure",
    ":",
    "_:b",
    "'''",
    "\\u0053",
    "\\uD800",
    "#",
    "\x00",
    "\x7f",
    "é",
    "😀",
    'REGEX(?s,"(")',
    'IRI("x',
    'y")\nSTRDT("a",<urn:b>)',
    "999999999999999999999",
    "LATERAL",
    "<<",
    ">>",
    "{|",
    "|}",
    "TRIPLE(?s,?p,?o)",
    "/*",
    "*/",
]
WHOLE = (
    "SELECT ?s (COUNT(?o) AS ?n) WHERE { ?s <urn:p> ?o FILTER(?o > 1) } GROUP BY ?s HAVING(?n > 1) LIMIT 3",
    "CONSTRUCT { ?s a ?o } FROM <urn:g> FROM <urn:h> WHERE { GRAPH ?g { ?s ?p ?o } }",
    "PREFIX pt: <https://w3id.org/policytrace/ns#> DESCRIBE ?m WHERE { ?m a pt:Measure } LIMIT 1",
    "ASK { VALUES (?a ?b) { (1 UNDEF) } OPTIONAL { ?a (<urn:p>|^<urn:q>)* ?b } }",
)
STATUSES = {200, 400, 403, 405, 406, 413, 415, 422, 504, 507}


@st.composite
def broken_queries(draw: st.DrawFn) -> str:
    """Pieces of the language in any order, or a query with a part left out, doubled or strange."""
    if draw(st.booleans()):
        return " ".join(draw(st.lists(st.sampled_from(PIECES), max_size=25)))
    query = draw(st.sampled_from(WHOLE))
    start = draw(st.integers(0, len(query)))
    end = draw(st.integers(start, min(start + 10, len(query))))
    new = draw(st.one_of(st.text(max_size=5), st.sampled_from(PIECES), st.just(query[start:end] * 2)))
    return query[:start] + new + query[end:]


def _is_clean(answer: Any) -> None:
    assert answer.status_code in STATUSES, answer.data
    if answer.status_code != 200:
        assert answer.mimetype in ("application/problem+json", "text/html")
        assert not LEAKS.search(answer.get_data(as_text=True)), answer.data


@settings(
    deadline=None, max_examples=share(250, 100), suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(query=broken_queries())
def test_broken_query_gets_a_clean_answer(client: FlaskClient, query: str) -> None:
    data = {"query": query.encode("utf-8", "surrogatepass")}
    answer = client.post("/sparql?timeout=5", data=data, buffered=True)
    _is_clean(answer)


NAMES = [form.name for form in (*RESULT_FORMATS, *TRIPLE_FORMATS)]
STRENGTH = "https://w3id.org/policytrace/graph/strength"
IRIS = ["", "no iri", "urn:g", "http://127.0.0.1:1/", "file:///etc/passwd", STRENGTH]
TYPES = [
    None,
    "application/sparql-query",
    "application/sparql-query; charset=utf-16",
    "application/sparql-update",
    "application/x-www-form-urlencoded",
    "multipart/form-data; boundary=x",
    "text/plain",
]
ACCEPT = ["*/*", "text/html", "text/csv", "application/trig", "a/b"]
PARAMETERS = st.fixed_dictionaries(
    {},
    optional={
        "query": st.one_of(st.sampled_from(WHOLE), st.text(max_size=20)),
        "format": st.one_of(st.sampled_from(NAMES), st.text(max_size=6)),
        "timeout": st.sampled_from(["1", "0", "-1", "nan", "inf", "1e400", "soon", ""]),
        "default-graph-uri": st.lists(st.sampled_from(IRIS), max_size=3),
        "named-graph-uri": st.lists(st.sampled_from(IRIS), max_size=3),
        "graph": st.lists(st.sampled_from(IRIS), max_size=2),
        "default": st.just(""),
        "update": st.just("CLEAR ALL"),
    },
)


@settings(
    deadline=None, max_examples=share(250, 100), suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    method=st.sampled_from(["GET", "POST", "HEAD", "OPTIONS", "PUT", "DELETE", "PATCH"]),
    path=st.sampled_from(["/sparql", "/sparql/", "/rdf-graph-store"]),
    parameters=PARAMETERS,
    accept=st.one_of(st.sampled_from(ACCEPT), st.text("a/*;q=,.1", max_size=20)),
    sent=st.sampled_from(TYPES),
    data=st.binary(max_size=40),
)
def test_any_request_gets_a_clean_answer(
    client: FlaskClient,
    method: str,
    path: str,
    parameters: dict[str, Any],
    accept: str,
    sent: str | None,
    data: bytes,
) -> None:
    answer = client.open(
        path,
        method=method,
        query_string=parameters,
        data=data if method == "POST" else None,
        content_type=sent,
        headers={"Accept": accept},
        buffered=True,
    )
    if path == "/rdf-graph-store" and answer.status_code == 404:
        assert "no graph called" in answer.get_data(as_text=True)
    elif method != "HEAD":
        _is_clean(answer)
