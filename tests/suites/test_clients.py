"""Real linked-data clients against a real server: each finds what it came for."""

import json
import os
import re
import shutil
import subprocess
import zipfile
from collections.abc import Callable
from pathlib import Path
from urllib.parse import quote

import pyoxigraph as ox
import pytest
import rdflib
from folders import DATA
from sample_tables import rows
from SPARQLWrapper import JSON, SPARQLWrapper

from policytrace.graph.vocabulary.terms import BASE, ID

PRACTICE = "practice/gp-chemnitz-agency"
LABEL = "http://www.w3.org/2000/01/rdf-schema#label"
FORMATS = {
    "text/turtle": ox.RdfFormat.TURTLE,
    "application/ld+json": ox.RdfFormat.JSON_LD,
    "application/rdf+xml": ox.RdfFormat.RDF_XML,
    "application/n-triples": ox.RdfFormat.N_TRIPLES,
}
CLIENTS = DATA / "clients"
JARS = Path("/usr/share/java")
RIOT = {"ttl": "turtle", "nt": "ntriples", "jsonld": "jsonld10", "rdf": "rdfxml"}
"""Names riot gives to our formats; JSON-LD 1.1 needs a library that Debian does not have, 1.0 suffices."""
XERCES = "org/apache/jena/ext/"
OTHER_LOGS = re.compile(r"^(log4j-over-slf4j|slf4j-(?!api|simple)|maven)")


def _run(*command: str | Path, **settings: str) -> str:
    done = subprocess.run(
        command, capture_output=True, text=True, timeout=300, env={**os.environ, **settings}, check=False
    )
    assert done.returncode == 0, done.stderr[-2000:]
    return done.stdout


def _name(sample_store: ox.Store) -> str:
    node = ox.NamedNode(ID + PRACTICE)
    found = next(sample_store.quads_for_pattern(node, ox.NamedNode(LABEL), None, ox.DefaultGraph()))
    assert isinstance(found.object, ox.Literal)
    return found.object.value


@pytest.fixture(scope="module")
def expected(address: str) -> set[ox.Triple]:
    """What is said of a practice."""
    body = _run("curl", "-sSf", f"{address}doc/{PRACTICE}.nt")
    return {quad.triple for quad in ox.parse(body, format=ox.RdfFormat.N_TRIPLES)}


def test_curl_follows_the_identifier_in_every_format(address: str, expected: set[ox.Triple]) -> None:
    assert len(expected) > 100
    for media_type, form in FORMATS.items():
        seen = "%{stderr}%{http_code} %{num_redirects} %{content_type}"
        done = subprocess.run(
            ["curl", "-sSL", "-H", f"Accept: {media_type}", "-w", seen, f"{address}id/{PRACTICE}"],
            capture_output=True,
            text=True,
            check=True,
        )
        assert done.stderr.startswith(f"200 1 {media_type}")
        assert {quad.triple for quad in ox.parse(done.stdout, format=form)} == expected
    page = _run("curl", "-sSL", "-H", "Accept: text/html", f"{address}id/{PRACTICE}")
    assert page.startswith("<!doctype html>")


def test_rapper_reads_what_it_asks_for(address: str, expected: set[ox.Triple]) -> None:
    if not shutil.which("rapper"):
        pytest.skip("rapper is not installed: Debian's raptor2-utils")
    for options in ((), ("-i", "turtle"), ("-i", "ntriples")):
        lines = _run("rapper", "-q", *options, "-o", "ntriples", f"{address}id/{PRACTICE}")
        assert len(set(lines.splitlines())) == len(expected)


@pytest.fixture(scope="module")
def jena(tmp_path_factory: pytest.TempPathFactory) -> list[str | Path]:
    """The command that runs a program of Debian's Jena.

    Its copy of Xerces looks for messages where Debian did not put them; of the bindings of the logging
    interface only one may be there.
    """
    if not (shutil.which("java") and (JARS / "jena-arq.jar").is_file()):
        pytest.skip("Jena is not installed: Debian's libapache-jena-java, libxerces2-java and a Java runtime")
    messages = tmp_path_factory.mktemp("jena")
    with zipfile.ZipFile(JARS / "jena-core.jar") as jar:
        for name in jar.namelist():
            if name.startswith(XERCES + "xerces/") and not name.endswith("/"):
                target = messages / name.removeprefix(XERCES)
                target.parent.mkdir(parents=True, exist_ok=True)
                target.write_bytes(jar.read(name))
    jars = sorted(path for path in JARS.glob("*.jar") if not OTHER_LOGS.search(path.name))
    return ["java", "-cp", ":".join(map(str, (messages, *jars)))]


def test_jena_follows_identifiers_and_riot_finds_every_format_valid(
    address: str, expected: set[ox.Triple], jena: list[str | Path], tmp_path: Path
) -> None:
    lines = _run(*jena, CLIENTS / "JenaReads.java", f"{address}id/{PRACTICE}")
    assert len(set(lines.splitlines())) == len(expected)
    for ending, syntax in RIOT.items():
        file = tmp_path / f"practice.{ending}"
        _run("curl", "-sSf", "-o", file, f"{address}doc/{PRACTICE}.{ending}")
        lines = _run(*jena, "riotcmd.riot", "--check", f"--syntax={syntax}", "--output=ntriples", file)
        assert len(set(lines.splitlines())) == len(expected)


def test_rdflib_and_sparqlwrapper(address: str, expected: set[ox.Triple], sample_store: ox.Store) -> None:
    graph = rdflib.Graph().parse(f"{address}id/{PRACTICE}")
    assert len(graph) == len(expected)
    assert str(graph.value(rdflib.URIRef(ID + PRACTICE), rdflib.RDFS.label)) == _name(sample_store)
    wrapper = SPARQLWrapper(f"{address}sparql", returnFormat=JSON)
    wrapper.setQuery(f"SELECT ?name {{ <{ID}{PRACTICE}> <{LABEL}> ?name }}")
    answer = wrapper.queryAndConvert()
    assert isinstance(answer, dict)
    rows = answer["results"]["bindings"]
    assert [row["name"]["value"] for row in rows] == [_name(sample_store)]


@pytest.mark.parametrize("form", ["turtle", "n3", "rdf+xml", "xml", "json-ld"])
@pytest.mark.parametrize("method", ["GET", "POST"])
def test_sparqlwrapper_reads_triples_in_each_format_it_knows(
    address: str, expected: set[ox.Triple], form: str, method: str
) -> None:
    wrapper = SPARQLWrapper(f"{address}sparql", returnFormat=form)
    wrapper.setMethod(method)
    wrapper.setQuery(f"CONSTRUCT {{ ?s ?p ?o }} WHERE {{ VALUES ?s {{ <{ID}{PRACTICE}> }} ?s ?p ?o }}")
    answer = wrapper.query()
    media_type = answer.info()["content-type"].partition(";")[0]
    found = {quad.triple for quad in ox.parse(answer.response.read(), format=FORMATS[media_type])}
    assert len(found) == len({t for t in expected if t.subject == ox.NamedNode(ID + PRACTICE)})


@pytest.fixture(scope="module")
def node_clients() -> Path:
    """The programs of the public clients from npm."""
    if not (shutil.which("node") and shutil.which("npm")):
        pytest.skip("Node is not installed: node and npm run Comunica and rdf-dereference")
    folder = CLIENTS.parent.parent / "build" / "clients"
    folder.mkdir(parents=True, exist_ok=True)
    lock = (CLIENTS / "package-lock.json").read_bytes()
    known = folder / "package-lock.json"
    if not (known.is_file() and known.read_bytes() == lock and (folder / "installed").is_file()):
        (folder / "installed").unlink(missing_ok=True)
        shutil.copyfile(CLIENTS / "package.json", folder / "package.json")
        known.write_bytes(lock)
        command = ["npm", "ci", "--no-audit", "--no-fund", "--prefer-offline"]
        done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
        if done.returncode:
            pytest.skip(f"npm cannot install the clients: {done.stderr[-200:]}")
        (folder / "installed").touch()
    return folder / "node_modules" / ".bin"


def test_comunica_and_rdf_dereference(
    address: str, expected: set[ox.Triple], sample_store: ox.Store, node_clients: Path, tmp_path: Path
) -> None:
    quads = json.loads(_run(node_clients / "rdf-dereference", f"{address}id/{PRACTICE}", HOME=str(tmp_path)))
    assert len(quads) == len(expected)
    for source in (f"{address}id/{PRACTICE}", f"sparql@{address}sparql"):
        query = f"SELECT ?name WHERE {{ <{ID}{PRACTICE}> <{LABEL}> ?name }}"
        rows = json.loads(_run(node_clients / "comunica-sparql", source, query, HOME=str(tmp_path)))
        assert [_name(sample_store) in row["name"] for row in rows] == [True]


def test_every_identifier_of_a_dump_dereferences(
    address: str, sample_store: ox.Store, tmp_path: Path
) -> None:
    """A crawler maps w3id to the site and asks for every identifier of ours that any graph mentions."""
    named: set[str] = set()
    for quad in sample_store:
        for term in (quad.subject, quad.predicate, quad.object, quad.graph_name):
            if isinstance(term, ox.NamedNode) and term.value.startswith(BASE):
                named.add(term.value.partition("#")[0])
    assert len(named) > len(rows("*"))
    lines = [f'url = "{address}{quote(iri[len(BASE) :])}"\noutput = "/dev/null"\n' for iri in sorted(named)]
    (tmp_path / "addresses").write_text("".join(lines), "utf-8")
    crawled = _run(
        "curl",
        "-sL",
        "-H",
        "Accept: text/turtle",
        "-w",
        "%{http_code} %{content_type} %{url}\\n",
        "-K",
        tmp_path / "addresses",
    )
    answers = crawled.splitlines()
    assert len(answers) == len(named)
    assert not [line for line in answers if not line.startswith("200 text/turtle; charset=utf-8 ")][:10]


def _links(header: str) -> set[str]:
    return set(re.findall(r"<([^>]*)>", header))


def test_under_a_path_behind_a_proxy_no_foreign_address_is_named(
    sample_home: Path, serve: Callable[..., object]
) -> None:
    running = serve(sample_home, workers="1", site="https://data.example/learning/")
    lies = ("-H", "Host: evil.example", "-H", "X-Forwarded-Host: evil.example")
    more = (
        "-H",
        "X-Forwarded-Proto: gopher",
        "-H",
        "X-Forwarded-Prefix: /evil",
        "-H",
        "Forwarded: host=evil",
    )
    for path in (f"id/{PRACTICE}", f"doc/{PRACTICE}", f"doc/{PRACTICE}.ttl", "collection/region", "ns"):
        place = f"{getattr(running, 'address', '')}/{path}"
        answer = _run("curl", "-sSi", *lies, *more, place)
        assert "evil" not in answer
        head = answer.partition("\n\n")[0]
        if place.endswith(PRACTICE) and "/id/" in place:
            assert f"location: https://data.example/learning/doc/{PRACTICE}" in head.lower()
        own = {link for link in _links(head) if "/doc/" in link or "/collection" in link}
        assert all(link.startswith("https://data.example/learning/") for link in own)


STRANGE: tuple[tuple[str, dict[str, str], int], ...] = (
    ("doc/practice/gp%2Dchemnitz%2Dagency.ttl", {}, 200),
    ("doc/practice/gp-chemnitz-agency.docx", {}, 404),
    ("doc/practice/Stra%C3%9Fe", {}, 404),
    ("doc/practice/%FF%FE", {}, 404),
    ("doc/practice/a%00b", {}, 404),
    ("doc/practice/..%2F..%2F..%2Fetc%2Fpasswd", {}, 404),
    ("doc/../../etc/passwd", {}, 404),
    ("id/practice/%3Cscript%3E", {}, 404),
    ("id/" + "a/" * 500, {}, 404),
    (f"doc/{PRACTICE}", {"Accept": "q=1;;;,,,///"}, 406),
    (f"doc/{PRACTICE}", {"Accept": "text/turtle;q=-1, */*;q=9e99"}, 200),
    (f"doc/{PRACTICE}", {"Accept": ",".join(f"a/{n};q=0.{n % 10}" for n in range(150))}, 406),
    (f"doc/{PRACTICE}", {"Accept": ",".join(f"a/{n};q=0.{n % 10}" for n in range(2000))}, 431),
    (f"doc/{PRACTICE}", {"If-Modified-Since": "yesterday"}, 200),
    (f"doc/{PRACTICE}", {"If-Modified-Since": "Thu, 01 Jan 2099 00:00:00 GMT"}, 304),
    (f"doc/{PRACTICE}", {"If-None-Match": "*"}, 304),
    (f"doc/{PRACTICE}", {"If-None-Match": '"nothing", W/"', "If-Modified-Since": "x"}, 200),
    (f"doc/{PRACTICE}", {"Range": "bytes=999999999-"}, 200),
    (f"doc/{PRACTICE}?format=", {}, 200),
    (f"doc/{PRACTICE}?format=%00", {}, 406),
    (f"doc/{PRACTICE}?page=99999999999999999999", {}, 400),
    (f"doc/{PRACTICE}?page=-1", {}, 400),
    (f"doc/{PRACTICE}?release=../../etc", {}, 404),
)


def test_strange_requests_get_the_right_status(address: str) -> None:
    wrong = []
    for path, headers, status in STRANGE:
        sent = [part for name, value in headers.items() for part in ("-H", f"{name}: {value}")]
        written = ("-s", "-o", "/dev/null", "-w", "%{http_code}", "--path-as-is")
        found = _run("curl", *written, *sent, f"{address}{path}")
        if found != str(status):
            wrong.append((path[:60], headers if len(str(headers)) < 99 else "…", status, found))
    assert not wrong
