"""A release on a SPARQL server: published whole or not at all, and the same answers and pages as on disk.

The server is Virtuoso, started here on free ports of this machine; nothing else is asked.
"""

import html
import os
import re
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pyoxigraph as ox
import pytest
from flask.testing import FlaskClient
from folders import SMALL
from ports import free_port
from waiting import PATIENCE, eventually

from policytrace.graph.building.build import build
from policytrace.graph.library.queries import library, run
from policytrace.graph.releases.release import Release, ReleaseError, licence_of
from policytrace.graph.remote.endpoint import Endpoint, StoreError, StoreTimeoutError
from policytrace.graph.remote.engine import RemoteEngine
from policytrace.graph.remote.publish import publish
from policytrace.graph.remote.releases import RemoteReleases
from policytrace.graph.sparql.engine import OxigraphEngine, Rows
from policytrace.graph.sparql.syntax import QueryError, QueryRefusedError
from policytrace.server import create_app
from policytrace.server.operations.settings import Settings

NAMES = list(library())
SETTINGS = """
[Database]
DatabaseFile = virtuoso.db
ErrorLogFile = virtuoso.log
LockFile = virtuoso.lck
TransactionFile = virtuoso.trx
xa_persistent_file = virtuoso.pxa
FileExtend = 200
[TempDatabase]
DatabaseFile = temporary.db
TransactionFile = temporary.trx
[Parameters]
ServerPort = 127.0.0.1:{sql}
DisableUnixSocket = 1
CheckpointInterval = 0
CaseMode = 2
DirsAllowed = .
ThreadsPerQuery = 2
StopCompilerWhenXOverRunTime = 1
MaxOptimizeLayouts = 10
MaxMemPoolSize = 2000000000
NumberOfBuffers = 20000
MaxDirtyBuffers = 15000
[HTTPServer]
ServerPort = 127.0.0.1:{http}
ServerThreads = 8
[SPARQL]
MaxQueryExecutionTime = 240
"""
"""Few plans of a query are compared: looking for the best takes longer than any query on so small a store."""
OWN = "https://licences.example/own/"
"""The licence of the release of few tables."""
SECONDS = 240
"""How long a query may take at most."""


@dataclass(frozen=True)
class Virtuoso:
    """A running server: its open address, and the one that asks for user and password."""

    address: str
    guarded: str


@pytest.fixture(scope="module")
def virtuoso(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Virtuoso]:
    for tool in ("virtuoso-t", "isql-vt"):
        if shutil.which(tool) is None:
            pytest.skip(f"{tool} is not installed (Debian package virtuoso-opensource)")
    folder = tmp_path_factory.mktemp("virtuoso")
    sql, port = free_port(), free_port()
    (folder / "virtuoso.ini").write_text(SETTINGS.format(sql=sql, http=port))
    command = ["virtuoso-t", "+configfile", "virtuoso.ini", "+foreground"]
    process = subprocess.Popen(command, cwd=folder, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        _wait(port, process)
        grant = 'GRANT SPARQL_UPDATE TO "SPARQL"; GRANT SPARQL_UPDATE TO "dba";'
        subprocess.run(
            ["isql-vt", f"127.0.0.1:{sql}", "dba", "dba", f"exec={grant}"],
            check=True,
            capture_output=True,
            timeout=PATIENCE,
        )
        yield Virtuoso(f"http://127.0.0.1:{port}/sparql", f"http://127.0.0.1:{port}/sparql-auth")
    finally:
        process.kill()
        process.wait()


def _wait(port: int, process: subprocess.Popen[bytes]) -> None:
    def open_now() -> bool:
        assert process.poll() is None, "virtuoso-t ended"
        with socket.socket() as probe:
            return probe.connect_ex(("127.0.0.1", port)) == 0

    eventually(open_now, "virtuoso-t to open its port")


@pytest.fixture(scope="module")
def published(virtuoso: Virtuoso, sample_release: Release) -> Iterator[RemoteReleases]:
    """The server with the release of the sample."""
    endpoint = Endpoint(virtuoso.address, seconds=SECONDS)
    publish(sample_release, endpoint)
    yield RemoteReleases(endpoint)
    endpoint.close()


@pytest.fixture(scope="module")
def engine(published: RemoteReleases) -> RemoteEngine:
    return published.engine(published.open())


@pytest.fixture(scope="module")
def far(
    virtuoso: Virtuoso, published: RemoteReleases, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[FlaskClient]:
    """A client of the web application over the server, without any release on disk."""
    settings = Settings(
        home=tmp_path_factory.mktemp("empty"),
        site="http://site.example/",
        store=virtuoso.address,
        query_seconds=SECONDS,
        rate=0,
    )
    app = create_app(settings)
    yield app.test_client()
    app.extensions["policytrace"].pool.close()


@pytest.mark.parametrize("name", NAMES)
def test_library_queries_give_the_rows_of_the_embedded_engine(
    name: str, engine: RemoteEngine, sample_store: ox.Store
) -> None:
    expected = run(OxigraphEngine(sample_store), name)
    assert expected.rows
    assert run(engine, name) == expected


PAGES = [
    "/",
    "/browse",
    "/browse/practice",
    "/browse/transfer",
    "/browse/measure",
    "/browse/organisation",
    "/doc/practice/gp-ergo",
    "/doc/measure/me-gavleborg-export-centre",
    "/doc/transfer/tr-5050-normandy",
    "/doc/project/upgradesme",
    "/doc/region/friesland",
    "/search?q=export",
    "/linked?to=https://w3id.org/policytrace/id/project/upgradesme&by=pt:inProject",
    "/queries",
    "/queries/measure_origins",
    "/paths?question=forward&from=practice/gp-ergo",
    "/ns",
    "/scheme",
    "/scheme/strength",
    "/catalog",
    "/dataset/upgradesme",
    "/void",
]
MOST_QUERIES = 80
"""Queries of one page at most; the list of all kinds needs most, two for each kind."""


@pytest.mark.parametrize("path", PAGES)
def test_pages_are_the_same(
    path: str, client: FlaskClient, far: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str] = []
    original = Endpoint.query

    def counted(self: Endpoint, text: str, accept: str, **options: object) -> bytes:
        asked.append(text)
        return original(self, text, accept, **options)  # type: ignore[arg-type]

    monkeypatch.setattr(Endpoint, "query", counted)
    near, there = (c.get(path, headers={"Accept": "text/html"}) for c in (client, far))
    assert near.status_code == 200
    assert there.text == near.text
    assert len(asked) <= MOST_QUERIES


def test_record_pages_are_the_same(client: FlaskClient, far: FlaskClient) -> None:
    page = client.get("/doc/practice/gp-ergo", headers={"Accept": "text/html"}).text
    records = sorted({html.unescape(path) for path in re.findall(r'href="(/graph/[^"]+)"', page)})
    assert records
    for path in records:
        near, there = (c.get(path, headers={"Accept": "text/html"}) for c in (client, far))
        assert near.status_code == 200
        assert there.text == near.text


@pytest.mark.parametrize(
    "path",
    [
        "/doc/practice/gp-ergo.ttl",
        "/doc/measure/me-gavleborg-export-centre.nt",
        "/queries/numbers_by_strength.csv",
        "/queries/learning_loops.json",
        "/sparql?query=ASK{?s ?p ?o}&format=csv",
        "/sparql?query=SELECT (COUNT(*) AS ?n) {?s ?p ?o}&format=json",
        "/health",
    ],
)
def test_data_are_the_same(path: str, client: FlaskClient, far: FlaskClient) -> None:
    near, there = client.get(path), far.get(path)
    assert near.status_code == 200
    assert there.data == near.data
    assert there.headers["X-PolicyTrace-Release"] == near.headers["X-PolicyTrace-Release"]


P = """PREFIX pt: <https://w3id.org/policytrace/ns#>
PREFIX graph: <https://w3id.org/policytrace/graph/>
PREFIX id: <https://w3id.org/policytrace/id/practice/>
"""


@pytest.mark.parametrize(
    "text",
    [
        "SELECT (COUNT(*) AS ?n) { GRAPH graph:records { ?r pt:describes ?x } }",
        "SELECT (COUNT(*) AS ?n) { GRAPH ?g { ?t a pt:LearningTransfer } }",
        "SELECT DISTINCT ?g { GRAPH ?g { id:gp-ergo ?p ?o } } ORDER BY ?g",
        "SELECT (COUNT(*) AS ?n) { ?t a pt:LearningTransfer OPTIONAL { GRAPH ?g { ?t pt:source ?o } } }",
        "SELECT (COUNT(*) AS ?n) { ?t a pt:LearningTransfer FILTER NOT EXISTS { ?t pt:source ?s } }",
        "SELECT (COUNT(*) AS ?n) FROM graph:asserted { ?s ?p ?o }",
        "SELECT (COUNT(*) AS ?n) FROM <http://nowhere.example/> { ?s ?p ?o }",
    ],
)
def test_any_query_means_the_same(text: str, engine: RemoteEngine, sample_store: ox.Store) -> None:
    expected, found = OxigraphEngine(sample_store).query(P + text), engine.query(P + text)
    assert isinstance(expected, Rows)
    assert isinstance(found, Rows)
    assert expected.rows
    assert found.rows == expected.rows


@pytest.mark.parametrize(
    "text",
    [
        "CONSTRUCT WHERE { <https://w3id.org/policytrace/id/practice/gp-ergo> ?p ?o }",
        "DESCRIBE <https://w3id.org/policytrace/id/practice/gp-ergo>",
        "DESCRIBE ?t { ?t a pt:PolicyChange }",
    ],
)
def test_graphs_are_the_same(text: str, engine: RemoteEngine, sample_store: ox.Store) -> None:
    expected, found = OxigraphEngine(sample_store).query(P + text), engine.query(P + text)
    assert isinstance(expected, list)
    assert isinstance(found, list)
    assert expected
    assert {str(triple) for triple in found} == {str(triple) for triple in expected}


@pytest.mark.parametrize(
    ("text", "error"),
    [
        ("INSERT DATA { <urn:a> <urn:b> <urn:c> }", QueryRefusedError),
        ("SELECT * { SERVICE <http://127.0.0.1:9/> { ?s ?p ?o } }", QueryRefusedError),
        ("SELECT * { BIND(<bif:file_to_string>('/etc/passwd') AS ?x) }", QueryRefusedError),
        ("PREFIX f: <sql:> SELECT (f:x(1) AS ?x) {}", QueryRefusedError),
        ('DEFINE get:soft "replace" SELECT * { ?s ?p ?o }', QueryError),
        ("SELECT * { ?s ?p ", QueryError),
    ],
)
def test_what_is_no_plain_query_never_reaches_the_server(
    text: str, error: type[QueryError], engine: RemoteEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Endpoint, "query", lambda *_, **__: pytest.fail("the server was asked"))
    with pytest.raises(error):
        engine.query(text)


def test_a_slow_answer_is_given_up(virtuoso: Virtuoso, engine: RemoteEngine) -> None:
    text = "SELECT (COUNT(*) AS ?n) { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i FILTER (?a < ?d && ?f > ?i) }"
    began = time.monotonic()
    with pytest.raises(StoreTimeoutError, match=re.escape(virtuoso.address)):
        engine.query(text, seconds=1)
    assert time.monotonic() - began < SECONDS


@pytest.fixture(scope="module")
def small_release(tmp_path_factory: pytest.TempPathFactory) -> Release:
    """A release of few tables."""
    return build([SMALL], tmp_path_factory.mktemp("small"), licence=OWN).release


def _later(release: Release, folder: Path, years: int = 1) -> Release:
    """The same release with the identifier of one built years later."""
    name = re.sub(r"^\d{4}", lambda year: str(int(year[0]) + years), release.id)
    shutil.copytree(release.path, folder / name)
    return Release(name, folder / name)


def _graphs(endpoint: Endpoint, release_id: str) -> bool:
    text = f'ASK {{ GRAPH ?g {{ ?s ?p ?o }} FILTER (CONTAINS(STR(?g), "{release_id}")) }}'
    return b"true" in endpoint.query(text, "application/sparql-results+json")


def _interrupted(monkeypatch: pytest.MonkeyPatch, number: int, error: Exception | None) -> None:
    """Let the update of a number break with an error, or go missing without one."""
    original, sent = Endpoint.update, list[str]()

    def update(self: Endpoint, text: str, seconds: float | None = None) -> None:
        sent.append(text)
        if len(sent) != number:
            original(self, text, seconds)
        elif error is not None:
            raise error

    monkeypatch.setattr(Endpoint, "update", update)


def test_a_publication_that_fails_leaves_what_was_there(
    published: RemoteReleases, small_release: Release, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    later, before = _later(small_release, tmp_path), published.open().id
    _interrupted(monkeypatch, 5, StoreError("the connection broke"))
    with pytest.raises(StoreError, match="connection broke"):
        publish(later, published.endpoint)
    assert [one.id for one in published.entries()] == [before]
    assert not _graphs(published.endpoint, later.id)


def test_statements_that_did_not_arrive_are_noticed(
    published: RemoteReleases, small_release: Release, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    later, before = _later(small_release, tmp_path), published.open().id
    _interrupted(monkeypatch, 5, None)
    with pytest.raises(StoreError, match="statements where"):
        publish(later, published.endpoint)
    assert published.open().id == before


def test_a_damaged_release_is_not_published(
    published: RemoteReleases, small_release: Release, tmp_path: Path
) -> None:
    later = _later(small_release, tmp_path)
    (later.path / "validation.ttl").write_text("", "utf-8")
    with pytest.raises(ReleaseError, match="damaged"):
        publish(later, published.endpoint)


def test_a_new_release_takes_over_and_old_ones_go(
    published: RemoteReleases, small_release: Release, tmp_path: Path
) -> None:
    first, second, third = (_later(small_release, tmp_path, years) for years in (1, 2, 3))
    before = published.open().id
    assert publish(first, published.endpoint)
    assert not publish(first, published.endpoint)
    assert published.open().id == first.id
    assert licence_of(published.open().manifest or {}) == OWN
    assert published.open(before).id == before
    assert run(published.engine(published.open()), "project_partners", {"project": ""}).rows
    assert publish(second, published.endpoint, keep=2)
    assert [one.id for one in published.all()] == [first.id, second.id]
    assert not _graphs(published.endpoint, before)
    with pytest.raises(ReleaseError, match=first.id):
        published.open(before)
    assert publish(third, published.endpoint, keep=1)
    assert [one.id for one in published.entries()] == [third.id]


def test_releases_on_the_server_are_asked_by_name_and_those_on_disk_are_not(
    virtuoso: Virtuoso, published: RemoteReleases, small_release: Release, tmp_path: Path
) -> None:
    old, new, here = (_later(small_release, tmp_path / "releases", years) for years in (5, 6, 4))
    for release in (old, new):
        assert publish(release, published.endpoint, keep=2)
    here_only = here.id
    app = create_app(Settings(home=tmp_path, store=virtuoso.address, query_seconds=SECONDS, rate=0))
    client = app.test_client()
    counted = {"query": "SELECT (COUNT(*) AS ?n) { ?s ?p ?o }", "format": "csv"}
    try:
        for asked, found in (("", new.id), (old.id, old.id)):
            answer = client.get("/sparql", query_string=counted | {"release": asked})
            assert answer.status_code == 200
            assert answer.headers["X-PolicyTrace-Release"] == found
            assert int(answer.text.split()[1]) == small_release.manifest["triples"]["default"]
        page = client.get("/doc/measure/me-desk", query_string={"release": old.id, "format": "html"})
        assert (page.status_code, page.headers["X-PolicyTrace-Release"]) == (200, old.id)
        assert f'<{OWN}>; rel="license"' in page.headers["Link"]
        refused = client.get("/sparql", query_string=counted | {"release": here_only})
        assert (refused.status_code, refused.get_json()["releases"]) == (404, [new.id, old.id])
    finally:
        app.extensions["policytrace"].pool.close()


def _run(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "policytrace", *arguments],
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )


def test_commands_publish_and_ask_with_credentials_of_the_environment(
    virtuoso: Virtuoso, small_release: Release, tmp_path: Path
) -> None:
    home = tmp_path / "home"
    _later(small_release, home / "releases", 4)
    local, target = ("--home", str(home)), ("publish", "--to", virtuoso.guarded, "--keep", "1")
    wrong = {"POLICYTRACE_STORE_USER": "dba", "POLICYTRACE_STORE_PASSWORD": "wrong-secret"}
    refused = _run(*local, *target, **wrong)
    assert refused.returncode == 6
    assert "POLICYTRACE_STORE_USER" in refused.stderr
    assert "wrong-secret" not in refused.stderr
    done = _run(*local, *target, **wrong | {"POLICYTRACE_STORE_PASSWORD": "dba"})
    assert done.returncode == 0, done.stderr
    question = ("query", "project_partners", "--project", "", "--format", "csv")
    assert _run(*question, POLICYTRACE_STORE=virtuoso.address).stdout == _run(*local, *question).stdout
    described = ("describe", "https://w3id.org/policytrace/ns#Measure")
    assert _run("--store", virtuoso.address, *described).stdout == _run(*local, *described).stdout
