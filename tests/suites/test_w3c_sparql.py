"""The W3C suites of SPARQL 1.1 through HTTP: evaluation, syntax, result formats, protocol, description.

``POLICYTRACE_SUITES`` names the folder that holds ``rdf-tests``. Each case is asked of a release of its data.
"""

import csv
import hashlib
import http.client
import io
import json
import os
import socket
import sys
import tomllib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pyoxigraph as ox
import pytest
from folders import DATA, SUPPORT
from ports import free_port
from servers import Server
from waiting import PATIENCE, eventually

SUITES = os.environ.get("POLICYTRACE_SUITES", "")
FOLDER = Path(SUITES) / "rdf-tests" / "sparql" / "sparql11"
BASE = "https://w3c.github.io/rdf-tests/sparql/sparql11/"
KNOWN_FAILURES: dict[str, str] = tomllib.loads((DATA / "w3c" / "known_failures.toml").read_text("utf-8"))

RDF = "http://www.w3.org/1999/02/22-rdf-syntax-ns#"
MF = "http://www.w3.org/2001/sw/DataAccess/tests/test-manifest#"
QT = "http://www.w3.org/2001/sw/DataAccess/tests/test-query#"
RS = "http://www.w3.org/2001/sw/DataAccess/tests/result-set#"
HT = "http://www.w3.org/2011/http#"
CNT = "http://www.w3.org/2011/content#"
SD = "http://www.w3.org/ns/sparql-service-description#"
UT = "http://www.w3.org/2009/sparql/tests/test-update#"
RDFS_LABEL = "http://www.w3.org/2000/01/rdf-schema#label"

EVALUATION, CSV_RESULT = MF + "QueryEvaluationTest", MF + "CSVResultFormatTest"
POSITIVE, NEGATIVE = MF + "PositiveSyntaxTest11", MF + "NegativeSyntaxTest11"
ASKED_AS = {
    ".srx": "application/sparql-results+xml",
    ".srj": "application/sparql-results+json",
    ".csv": "text/csv",
    ".tsv": "text/tab-separated-values",
}
RESULTS = {
    "application/sparql-results+xml": ox.QueryResultsFormat.XML,
    "application/sparql-results+json": ox.QueryResultsFormat.JSON,
    "text/tab-separated-values": ox.QueryResultsFormat.TSV,
}
XSD = "http://www.w3.org/2001/XMLSchema#"
BOOLEANS = {"0": "false", "1": "true"}
VALUES: dict[str, Callable[[str], object]] = {
    XSD + "integer": int,
    XSD + "decimal": float,
    XSD + "double": float,
    XSD + "float": float,
    XSD + "boolean": lambda text: BOOLEANS.get(text, text),
}
"""How the texts of some datatypes are read, so that equal values are equal however they are written."""
CASES = 338
"""How many cases the manifests list."""

Row = tuple[tuple[str, ox.NamedNode | ox.BlankNode | ox.Literal], ...]


class Graph:
    """A manifest, read by property."""

    def __init__(self, path: Path) -> None:
        self.store = ox.Store()
        self.store.load(path=str(path), format=ox.RdfFormat.TURTLE, base_iri=_address(path))

    def values(self, subject: Any, name: str) -> list[Any]:
        """The values of a property."""
        return [q.object for q in self.store.quads_for_pattern(subject, ox.NamedNode(name), None, None)]

    def value(self, subject: Any, name: str) -> Any:
        """Its first value, or None."""
        return next(iter(self.values(subject, name)), None)

    def items(self, node: Any) -> Iterator[Any]:
        """The members of a list."""
        while node is not None and node != ox.NamedNode(RDF + "nil"):
            yield self.value(node, RDF + "first")
            node = self.value(node, RDF + "rest")


@dataclass(frozen=True)
class Case:
    """A test case of the query language: what is asked over which files, and what is expected."""

    kind: str
    query: Path
    data: tuple[Path, ...]
    named: tuple[tuple[str, Path], ...]
    result: Path | None

    @property
    def key(self) -> str:
        """The name of the release its data make."""
        return hashlib.sha256(repr((self.data, self.named)).encode()).hexdigest()[:16]


def _address(path: Path) -> str:
    return BASE + path.relative_to(FOLDER).as_posix()


def _file(term: Any) -> Path:
    return FOLDER / str(term.value).removeprefix(BASE)


@cache
def _manifest(name: str) -> Graph:
    return Graph(FOLDER / name / "manifest.ttl")


@cache
def _cases() -> dict[str, Case]:
    found: dict[str, Case] = {}
    for index in ("manifest-sparql11-query.ttl", "manifest-sparql11-results.ttl"):
        include = Graph(FOLDER / index)
        (head,) = include.store.quads_for_pattern(None, ox.NamedNode(MF + "include"), None, None)
        for manifest in include.items(head.object):
            folder = _file(manifest).parent.name
            graph = _manifest(folder)
            entries = graph.value(ox.NamedNode(manifest.value), MF + "entries")
            for entry in graph.items(entries):
                case = _case(graph, entry)
                if case is not None:
                    found[f"{folder}/{entry.value.partition('#')[2]}"] = case
    return found


def _case(graph: Graph, entry: Any) -> Case | None:
    kind = graph.value(entry, RDF + "type").value
    action = graph.value(entry, MF + "action")
    if kind in (POSITIVE, NEGATIVE):
        return Case(kind, _file(action), (), (), None)
    if kind not in (EVALUATION, CSV_RESULT):
        return None
    named = []
    for node in graph.values(action, QT + "graphData"):
        source = graph.value(node, QT + "graph") if isinstance(node, ox.BlankNode) else node
        label = graph.value(node, RDFS_LABEL) if isinstance(node, ox.BlankNode) else None
        named.append((label.value if label is not None else source.value, _file(source)))
    data = tuple(_file(node) for node in graph.values(action, QT + "data"))
    result = _file(graph.value(entry, MF + "result"))
    return Case(kind, _file(graph.value(action, QT + "query")), data, tuple(sorted(named)), result)


def release(
    folder: Path, key: str, data: Sequence[Path] = (), named: Sequence[tuple[str, Path]] = ()
) -> None:
    """Makes a release of some files below ``folder/key``."""
    home = folder / key / "releases" / "20000101T000000Z-00000000"
    if home.exists():
        return
    home.mkdir(parents=True)
    store = ox.Store(home / "store")
    for path in data:
        store.load(path=str(path), base_iri=_address(path))
    for name, path in named:
        store.load(path=str(path), base_iri=_address(path), to_graph=ox.NamedNode(name))
    store.flush()
    manifest = {"id": home.name, "created": "2000-01-01T00:00:00+00:00", "triples": {}}
    (home / "manifest.json").write_text(json.dumps(manifest))


@dataclass
class CaseServer:
    """The server under test."""

    port: int
    folder: Path

    def send(self, case: str, method: str, path: str, headers: dict[str, str], body: bytes = b"") -> Any:
        """Sends exactly these bytes; status, headers and body of the answer."""
        lines = [f"{method} {path} HTTP/1.1", "Host: www.example", f"X-Case: {case}", "Connection: close"]
        lines += [f"{name}: {value}" for name, value in headers.items()]
        if body or method in ("POST", "PUT"):
            lines.append(f"Content-Length: {len(body)}")
        with socket.create_connection(("127.0.0.1", self.port), timeout=PATIENCE) as connection:
            connection.sendall("\r\n".join([*lines, "", ""]).encode() + body)
            answer = http.client.HTTPResponse(connection, method=method)
            answer.begin()
            return answer.status, answer.headers, answer.read()


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[CaseServer]:
    folder = tmp_path_factory.mktemp("cases")
    port = free_port()
    started = Server(
        folder,
        program=[sys.executable, str(SUPPORT / "case_server.py")],
        port=str(port),
        cache="0",
        rate="0",
        query_processes="2",
        site=f"http://127.0.0.1:{port}/",
    )
    eventually(lambda: not _refused(port), "the server of the cases")
    yield CaseServer(port, folder)
    started.stop()


def _refused(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) != 0


needs_suite = pytest.mark.skipif(
    not SUITES, reason="POLICYTRACE_SUITES does not name the folder of test suites"
)


@needs_suite
def test_the_suite_is_complete() -> None:
    assert len(_cases()) == CASES
    assert set(KNOWN_FAILURES) <= set(_cases())


@needs_suite
@pytest.mark.parametrize("name", _cases() if SUITES else ["sparql11"])
def test_query_case(server: CaseServer, name: str) -> None:
    passes = _passes(server, _cases()[name])
    assert passes != (name in KNOWN_FAILURES), KNOWN_FAILURES.get(name, "differs from what is expected")


def _passes(server: CaseServer, case: Case) -> bool:
    release(server.folder, case.key, case.data, case.named)
    query = f"BASE <{_address(case.query)}>\n".encode() + case.query.read_bytes()
    accept = ASKED_AS.get(case.result.suffix, "*/*") if case.result else "*/*"
    headers = {"Content-Type": "application/sparql-query", "Accept": accept}
    status, found, body = server.send(case.key, "POST", "/sparql", headers, query)
    if case.kind in (POSITIVE, NEGATIVE):
        # 422: read, and refused because a function is not known.
        return status in (200, 422) if case.kind == POSITIVE else bool(status == 400)
    assert case.result is not None
    media_type = found.get_content_type()
    if status != 200:
        return False
    if case.kind == CSV_RESULT:
        return _same(_csv(body), _csv(case.result.read_bytes()))
    if media_type in RESULTS:
        answer = ox.parse_query_results(io.BytesIO(body), format=RESULTS[media_type])
        return _same(_read(answer), _expected(case.result))
    expected = ox.parse(path=str(case.result), base_iri=_address(case.result))
    return _canonical(ox.parse(body, format=ox.RdfFormat.TURTLE)) == _canonical(expected)


def _csv(data: bytes) -> list[Row]:
    """The rows of a CSV result, which tells neither IRIs from texts nor one datatype from another."""
    names, *rows = csv.reader(io.StringIO(data.decode()))
    return [tuple(sorted(zip(names, map(_cell, row), strict=True))) for row in rows]


def _cell(text: str) -> ox.BlankNode | ox.Literal:
    if text.startswith("_:"):
        return ox.BlankNode(text[2:])
    try:
        return ox.Literal(float(text))
    except ValueError:
        return ox.Literal(text)


def _expected(path: Path) -> "bool | list[Row]":
    if path.suffix in ASKED_AS:
        form = RESULTS[ASKED_AS[path.suffix]]
        return _read(ox.parse_query_results(path=str(path), format=form))
    graph = Graph(path)
    truth = list(graph.store.quads_for_pattern(None, ox.NamedNode(RS + "boolean"), None, None))
    if truth:
        return truth[0].object in (ox.Literal(True), ox.Literal("true"))
    rows = []
    for solution in graph.store.quads_for_pattern(None, ox.NamedNode(RS + "solution"), None, None):
        cells = graph.values(solution.object, RS + "binding")
        row = [(graph.value(c, RS + "variable").value, graph.value(c, RS + "value")) for c in cells]
        rows.append(tuple(sorted(row, key=lambda cell: str(cell[0]))))
    return rows


def _read(answer: "ox.QuerySolutions | ox.QueryBoolean") -> "bool | list[Row]":
    if isinstance(answer, ox.QueryBoolean):
        return bool(answer)
    names = [variable.value for variable in answer.variables]
    rows = [zip(names, row, strict=True) for row in answer]
    return [tuple(sorted((n, t) for n, t in row if t is not None)) for row in rows]


def _same(found: "bool | list[Row]", expected: "bool | list[Row]") -> bool:
    if isinstance(found, bool) or isinstance(expected, bool):
        return found is expected
    return _canonical(_as_graph(found)) == _canonical(_as_graph(expected))


def _as_graph(rows: list[Row]) -> Iterator[ox.Triple]:
    for row in rows:
        node = ox.BlankNode()
        yield ox.Triple(node, ox.NamedNode(RDF + "type"), ox.NamedNode(RS + "ResultSet"))
        for name, term in row:
            yield ox.Triple(node, ox.NamedNode("urn:variable:" + quote(name)), _by_value(term))


def _by_value(term: Any) -> Any:
    if not isinstance(term, ox.Literal) or term.datatype.value not in VALUES:
        return term
    try:
        value = VALUES[term.datatype.value](term.value)
    except ValueError:
        return term
    return ox.Literal(str(value), datatype=term.datatype)


def _canonical(statements: Any) -> ox.Dataset:
    graph = ox.DefaultGraph()
    dataset = ox.Dataset(ox.Quad(s.subject, s.predicate, s.object, graph) for s in statements)
    dataset.canonicalize(ox.CanonicalizationAlgorithm.UNSTABLE)
    return dataset


# Protocol


@cache
def _protocol_cases() -> dict[str, Any]:
    graph = _manifest("protocol")
    entries = graph.value(ox.NamedNode(BASE + "protocol/manifest.ttl"), MF + "entries")
    return {entry.value.partition("#")[2]: entry for entry in graph.items(entries)}


CHANGES = frozenset(name for name in (_protocol_cases() if SUITES else ()) if name.startswith("update_"))
"""Cases that expect an update to be done. It never is here: each must be refused with 403."""


@needs_suite
@pytest.mark.parametrize("name", _protocol_cases() if SUITES else ["protocol"])
def test_protocol_case(server: CaseServer, name: str) -> None:
    graph = _manifest("protocol")
    entry = _protocol_cases()[name]
    named = [
        (graph.value(node, RDFS_LABEL).value, _file(graph.value(node, UT + "graph")))
        for node in graph.values(entry, UT + "graphData")
    ]
    release(server.folder, f"protocol-{name}", (), named)
    for request in graph.items(graph.value(graph.value(entry, MF + "action"), HT + "requests")):
        _check_exchange(server, graph, request, f"protocol-{name}")
        if name in CHANGES:
            break


def _check_exchange(server: CaseServer, graph: Graph, request: Any, case: str) -> None:
    headers = {
        graph.value(node, HT + "fieldName").value: graph.value(node, HT + "fieldValue").value
        for node in graph.items(graph.value(request, HT + "headers"))
    }
    content = graph.value(request, HT + "body")
    body = b""
    if content is not None:
        encoding = graph.value(content, CNT + "characterEncoding").value
        body = graph.value(content, CNT + "chars").value.encode(encoding)
    path = graph.value(request, HT + "absolutePath").value.replace("/sparql/", "/sparql", 1)
    method = graph.value(request, HT + "methodName").value
    status, found, data = server.send(case, method, path, headers, body)
    if case.removeprefix("protocol-") in CHANGES:
        assert status == 403
        return
    expected = graph.value(request, HT + "resp")
    classes = [node.value[-3] for node in graph.values(expected, MF + "expectedStatus")]
    assert str(status)[0] in classes, data
    form = graph.value(expected, MF + "expectedFormat")
    if form is not None:
        media_type = found.get_content_type()
        assert media_type in (RESULTS if form.value in ("boolean", "tabular") else ("text/turtle",))
    truth = graph.value(expected, MF + "expectedBoolean")
    if truth is not None:
        assert json.loads(data)["boolean"] == (truth.value == "true")


@needs_suite
def test_service_description_suite(server: CaseServer) -> None:
    release(server.folder, "description", [FOLDER / "protocol" / "data1.nt"])
    status, headers, body = server.send("description", "GET", "/sparql", {"Accept": "text/turtle"})
    assert (status, headers.get_content_type()) == (200, "text/turtle")
    found = Graph.__new__(Graph)
    found.store = ox.Store()
    found.store.load(body, format=ox.RdfFormat.TURTLE)
    address = f"http://127.0.0.1:{server.port}/sparql"
    (endpoint,) = found.store.quads_for_pattern(None, ox.NamedNode(SD + "endpoint"), None, None)
    assert endpoint.object == ox.NamedNode(address)
    assert ox.NamedNode(SD + "Service") in found.values(endpoint.subject, RDF + "type")
    ranges = {"endpoint": ox.NamedNode, "supportedLanguage": ox.NamedNode, "resultFormat": ox.NamedNode}
    for name, kind in ranges.items():
        values = found.values(endpoint.subject, SD + name)
        assert values
        assert all(isinstance(value, kind) for value in values)
    dataset = found.value(endpoint.subject, SD + "defaultDataset")
    assert ox.NamedNode(SD + "Dataset") in found.values(dataset, RDF + "type")
    default = found.value(dataset, SD + "defaultGraph")
    assert ox.NamedNode(SD + "Graph") in found.values(default, RDF + "type")
