"""A frozen site: every link leads to a file, and a plain nginx serves the same addresses and formats."""

import getpass
import json
import os
import re
import shutil
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from urllib.parse import unquote

import pyoxigraph as ox
import pytest
from folders import SMALL
from ports import free_port
from waiting import PATIENCE, eventually

from policytrace.graph.building.build import build
from policytrace.graph.releases.release import Releases
from policytrace.graph.vocabulary.terms import LICENCE
from policytrace.server.conformance import report_store
from policytrace.server.conformance.client import HttpSite
from policytrace.server.conformance.report import Verdict, run
from policytrace.server.freeze.addresses import EXPLAINED, LIVE, file_of, frozen_address, place_in_files
from policytrace.server.freeze.pages import StaticPage
from policytrace.server.freeze.write import RULES, FrozenSite, write_rules

OWN = "https://licences.example/100%25-open/"
"""The licence of the tables."""
ORDER = ("", ".html", ".ttl", ".trig", ".jsonld", ".linkset.json", "/index.html")


class Site:
    """A frozen site of the small tables, for the address it will be served at."""

    def __init__(self, folder: Path) -> None:
        self.port, self.home, self.folder = free_port(), folder / "home", folder / "site"
        self.address = f"http://127.0.0.1:{self.port}/"
        build([SMALL], self.home, licence=OWN)
        self.run("dump")
        self.said = self.run("freeze", str(self.folder), "--site", self.address)

    def run(self, *arguments: str, code: int = 0) -> str:
        """Runs the command; what it printed."""
        command = [sys.executable, "-m", "policytrace", "--home", str(self.home), *arguments]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        assert done.returncode == code, done.stdout + done.stderr
        return done.stdout + done.stderr


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Site:
    """The frozen site."""
    return Site(tmp_path_factory.mktemp("frozen"))


@pytest.fixture(scope="module")
def nginx(site: Site, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of an nginx over the folder, with the rules that lie in it."""
    program = shutil.which("nginx") or shutil.which("nginx", path="/usr/sbin")
    if not program:
        pytest.skip("nginx is not installed: Debian's nginx-light")
    work = tmp_path_factory.mktemp("nginx")
    rules = (site.folder / "nginx.conf").read_text("utf-8")
    rules = rules.replace("listen 8080;", f"listen 127.0.0.1:{site.port};")
    rules = rules.replace("root .;", f"root {site.folder};")
    places = "".join(
        f"{name}_temp_path {work}/{name};\n" for name in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    )
    user = f"user {getpass.getuser()};\n" if os.geteuid() == 0 else ""
    head = (
        f"{user}worker_processes 1;\npid {work}/pid;\nerror_log {work}/error.log;\nevents {{}}\ndaemon off;\n"
    )
    (work / "conf").write_text(f"{head}http {{\naccess_log off;\n{places}{rules}}}\n", "utf-8")
    with subprocess.Popen([program, "-p", work, "-c", work / "conf"]) as process:

        def open_now() -> bool:
            assert process.poll() is None, (work / "error.log").read_text("utf-8")
            try:
                urllib.request.urlopen(site.address, timeout=PATIENCE).close()
            except OSError:
                return False
            return True

        eventually(open_now, "an answer of nginx")
        yield site.address
        process.terminate()


def _found(folder: Path, address: str) -> Path | None:
    name = unquote(address).strip("/") or "index"
    tried = (folder / f"{name}{end}" for end in ORDER)
    return next((path for path in tried if path.is_file()), None)


def test_every_link_of_every_page_leads_to_a_file(site: Site) -> None:
    assert "Froze release" in site.said
    pages = list(site.folder.rglob("*.html"))
    assert len(pages) > 200
    missing = set()
    missed = json.loads((site.folder / "frozen.json").read_text("utf-8"))["missing"]
    for page in pages:
        for link in re.findall(r'(?:href|src)="([^"]+)"', page.read_text("utf-8")):
            place = link.partition("#")[0].replace("&amp;", "&")
            if not place.startswith(("/", site.address)):
                continue
            address = place.removeprefix(site.address).lstrip("/")
            if address not in missed and not _found(site.folder, address):
                missing.add((address, page.name))
    assert not missing, sorted(missing)[:20]
    assert not missed


def test_the_frozen_documents_hold_the_whole_release(site: Site) -> None:
    release = Releases(site.home).current()
    assert release is not None
    found: set[str] = set()
    for path in (site.folder / "doc").rglob("*.nt"):
        found |= {str(quad.triple) for quad in ox.parse(path=str(path), format=ox.RdfFormat.N_TRIPLES)}
    store = release.open()
    asserted = ox.NamedNode("https://w3id.org/policytrace/graph/asserted")
    stated = {str(quad.triple) for quad in store.quads_for_pattern(None, None, None, asserted)}
    assert len(stated) > 100
    assert stated <= found
    page = (site.folder / "doc" / "transfer" / "tr-desk.html").read_text("utf-8")
    assert "A frozen copy of this site" in page
    assert f"Froze release {release.id}" in site.said
    assert (site.folder / "dumps" / release.id / "policytrace.nt.gz").is_file()
    assert (site.folder / "queries" / "project_partners.csv").is_file()
    forward = (site.folder / "paths~question-forward~from-practice" / "gp-house.html").read_text("utf-8")
    ways = set(re.findall(r'href="/(doc/path/[^".]+)"', forward))
    assert ways
    assert all((site.folder / f"{way}.html").is_file() for way in ways)
    assert (site.folder / "ldes.trig").is_file()
    assert list((site.folder / "ldes").rglob("*.trig"))


def test_what_needs_a_server_is_said_and_not_offered(site: Site) -> None:
    for name, title in EXPLAINED.items():
        told = (site.folder / f"{name}.html").read_text("utf-8")
        assert f"{title} needs a running server" in told
        assert 'href="/queries"' in told
    for page in site.folder.rglob("*.html"):
        text = page.read_text("utf-8")
        assert all(" inert" in form for form in re.findall(r"<form[^>]*>", text)), page
        assert not re.search(r'(href|src|content)="[^"]*(\?|127\.0\.0\.1[^"]*sparql|/bundles/)', text), page
    described = (site.folder / "catalog.ttl").read_text("utf-8") + (site.folder / "void.ttl").read_text(
        "utf-8"
    )
    assert described.count("a dcat:DataService") == 1
    assert "sparqlEndpoint" not in described


def _curl(*arguments: str) -> str:
    return subprocess.run(["curl", "-sS", *arguments], capture_output=True, text=True, check=True).stdout


def test_nginx_serves_the_same_addresses_and_formats(nginx: str) -> None:
    seen = "%{http_code} %{content_type} %{redirect_url}"
    place = f"{nginx}id/transfer/tr-desk"
    answer = _curl("-o", "/dev/null", "-w", seen, place)
    assert answer.startswith("303 ")
    assert answer.endswith(f" {nginx}doc/transfer/tr-desk")
    counts = set()
    for media_type, form in (
        ("text/turtle", ox.RdfFormat.TURTLE),
        ("application/ld+json", ox.RdfFormat.JSON_LD),
        ("application/rdf+xml", ox.RdfFormat.RDF_XML),
        ("application/n-triples", ox.RdfFormat.N_TRIPLES),
    ):
        body = _curl("-L", "-H", f"Accept: {media_type}", place)
        counts.add(len(set(ox.parse(body, format=form))))
    assert len(counts) == 1
    assert _curl("-L", "-H", "Accept: text/html", place).startswith("<!doctype html>")
    stream = _curl("-H", "Accept: application/trig", f"{nginx}ldes")
    assert any(ox.parse(stream, format=ox.RdfFormat.TRIG))
    statuses = {
        path: _curl("-o", "/dev/null", "-w", "%{http_code}", nginx + path)
        for path in ("", "ns", "search?q=x", "collection/region.ttl?page=1")
    }
    assert set(statuses.values()) == {"200"}
    asked = _curl(f"{nginx}paths?question=forward&from=practice%2Fgp-house")
    assert asked == _curl(f"{nginx}paths~question-forward~from-practice/gp-house")
    assert asked != _curl(f"{nginx}paths")
    assert _curl("-o", "/dev/null", "-w", "%{http_code}", f"{nginx}doc/transfer/none") == "404"
    dump = _curl("-o", "/dev/null", "-w", seen, "-L", "-r", "0-9", f"{nginx}dumps/latest/policytrace.nt.gz")
    assert dump.startswith("206 application/gzip")


@pytest.mark.parametrize(
    ("path", "licence"),
    [
        ("doc/transfer/tr-desk", OWN),
        ("", OWN),
        ("ns", LICENCE),
        ("scheme/role", LICENCE),
        ("shapes", LICENCE),
    ],
)
def test_under_nginx_data_and_ontology_have_their_own_licences(nginx: str, path: str, licence: str) -> None:
    said = re.findall(r"(?im)^link: (.*)$", _curl("-I", "-H", "Accept: text/turtle", nginx + path))
    assert [one.strip() for one in said] == [f'<{licence}>; rel="license"']


def test_rules_of_hosts_name_the_licence_of_the_data(site: Site, tmp_path: Path) -> None:
    quoted = OWN.replace("%", "%%")
    assert f"""Header set Link '<{quoted}>; rel="license"'""" in (site.folder / ".htaccess").read_text(
        "utf-8"
    )
    headers = (site.folder / "_headers").read_text("utf-8")
    assert f'/doc/*\n  Link: <{OWN}>; rel="license"\n' in headers
    assert f'/ns*\n  Link: <{LICENCE}>; rel="license"\n' in headers
    for licence in (None, LICENCE):
        write_rules(tmp_path, site.address, FrozenSite(), licence)
        texts = {name: (tmp_path / name).read_text("utf-8") for name in RULES.values()}
        assert (f"/*\n  Access-Control-Allow-Origin: *\n  Link: <{LICENCE}>" in texts["_headers"]) == bool(
            licence
        )
        assert ("\nHeader set Link" in texts[".htaccess"].partition('<If "')[0]) == bool(licence)
        assert ("default '';" in texts["nginx.conf"]) != bool(licence)
        assert "$licence;" in texts["nginx.conf"]


@pytest.mark.parametrize("path", [".well-known/void", "context", "dumps/latest/SHA256SUMS"])
def test_under_nginx_what_leads_on_is_a_redirect_for_every_client(nginx: str, path: str) -> None:
    turtle = ("-H", "Accept: text/turtle")
    told = _curl("-o", "/dev/null", "-w", "%{http_code} %{redirect_url}", *turtle, nginx + path)
    status, place = told.split(" ")
    assert status == "302"
    assert place.startswith(nginx)
    answer = _curl("-i", *turtle, place)
    assert answer.startswith("HTTP/1.1 200")
    assert ("immutable" in answer) == ("void" not in path)


def test_under_nginx_conformance_fails_where_a_static_host_cannot_do_better(nginx: str) -> None:
    with closing(HttpSite(nginx)) as site:
        report = run(site, report_store.CHECKS)
    failed = {one.name: one.evidence for one in report.outcomes if one.verdict is Verdict.FAILED}
    assert failed.keys() == {"negotiation", "refused", "vary", "linked", "void-complete"}, failed
    assert failed["void-complete"].endswith(": void:sparqlEndpoint")


def test_a_folder_in_use_or_an_unknown_site_is_refused(site: Site) -> None:
    assert "is not empty" in site.run("freeze", str(site.folder), "--site", site.address, code=1)
    assert "--site" in site.run("freeze", str(site.folder / "new"), code=1)


@pytest.mark.parametrize(
    ("address", "media_type", "name"),
    [
        ("", "text/html", "index.html"),
        ("doc/a/b", "text/html", "doc/a/b.html"),
        ("doc/a/b.ttl", "text/turtle", "doc/a/b.ttl"),
        ("doc/a/b.c", "text/html", "doc/a/b.c.html"),
        ("collection/a.ttl?page=2", "text/turtle", "collection/a~page-2.ttl"),
        ("browse/a?page=3", "text/html", "browse/a~page-3.html"),
        ("robots.txt", "text/plain", "robots.txt"),
        ("dumps/x/SHA256SUMS", "text/plain", "dumps/x/SHA256SUMS"),
        ("ldes", "application/trig", "ldes.trig"),
        ("browse/a?format=csv", "text/csv", "browse/a.csv"),
        ("paths?question=forward&from=a/b", "text/html", "paths~question-forward~from-a/b.html"),
    ],
)
def test_names_of_files(address: str, media_type: str, name: str) -> None:
    assert file_of(address, media_type) == name


def test_nothing_is_written_outside() -> None:
    with pytest.raises(ValueError, match="out of the site"):
        file_of("doc/%2e%2e/%2e%2e/etc", "text/html")
    assert frozen_address("https://elsewhere.example/x", "https://data.example/") is None
    assert frozen_address("/sparql?query=x", "https://data.example/") is None
    assert LIVE.match("sparql")


@pytest.mark.parametrize(
    ("link", "address"),
    [
        ("/browse/region?page=2", "browse/region?page=2"),
        ("/browse/region?page=1", "browse/region"),
        ("/browse/region?sort=name", None),
        ("/browse/region?page=2&sort=name", None),
        ("/report/region/a?release=one", "report/region/a"),
        ("/report/region/a?release=other", None),
        ("/doc/path/a-b?since=one&state=c-d", "doc/path/a-b"),
        ("/corrections?about=x&record=y", "corrections"),
        ("/paths?question=between&from=a/b&to=c/d", "paths?question=between&from=a/b&to=c/d"),
        ("/paths?question=forward&from=a%2Fb", "paths?question=forward&from=a/b"),
        ("/paths?question=forward&from=a/b&hops=3", None),
        ("/sparql?query=x", None),
    ],
)
def test_what_is_frozen(link: str, address: str | None) -> None:
    assert frozen_address(link, "https://data.example/", "one") == address


def test_a_page_offers_only_what_is_there() -> None:
    page = StaticPage(
        '<a class="x" href="/at/browse/a?page=2#b">1</a><a href="/at/browse/a?sort=b">2</a>'
        '<a href="/at/sparql">3</a><a href="https://other.example/?q">4</a>'
        '<form action="/at/x"><input></form><script type="module" src="/at/bundles/x.js"></script>'
        '<link href="/at/bundles/x.css" rel="stylesheet">',
        "https://data.example/at/",
        "/at/",
        "one",
    )
    assert page.leads == ["browse/a?page=2"]
    assert page.text == (
        '<a class="x" href="/at/browse/a~page-2#b">1</a>'
        '<a role="link" aria-disabled="true" title="Needs a running server">2</a>'
        '<a href="/at/sparql">3</a><a href="https://other.example/?q">4</a>'
        '<p class="live">This form needs a running server.</p>\n<form action="/at/x" inert><input></form>'
        '<script type="module"></script>'
    )
    assert place_in_files("browse/a?page=2") == "browse/a~page-2"
