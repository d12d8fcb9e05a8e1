"""Conformance: every check passes here, fails where what it checks is broken, and works on any site."""

import json
import re
import shutil
import subprocess
import sys
import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import closing
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from table_history import History
from waiting import eventually
from werkzeug.wrappers import Request, Response

from policytrace.graph.distribution import dump_write, feed
from policytrace.graph.releases.release import Releases
from policytrace.server import create_app
from policytrace.server.conformance import documents, report_store
from policytrace.server.conformance.client import AppSite, HttpSite, OffSiteError
from policytrace.server.conformance.report import ConformanceReport, Failed, Verdict, run
from policytrace.server.conformance.site import SiteFacts
from policytrace.server.operations.settings import Settings

SITE = "http://site.example/"
BY_NAME = {check.name: check for check in report_store.CHECKS}

Change = Callable[[Request, Response], None]


@pytest.fixture(scope="module")
def app(dumped_home: Path) -> Iterator[Flask]:
    found = create_app(Settings(home=dumped_home, site=SITE, query_processes=2, rate=0))
    yield found
    found.extensions["policytrace"].pool.close()


class Broken:
    """An application whose answers are changed on the way."""

    def __init__(self, app: Flask, change: Change) -> None:
        self.app, self.change = app, change

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        request = Request(environ)
        environ.pop("HTTP_ACCEPT_ENCODING", None)
        answer = Response.from_app(self.app, environ, buffered=True)
        self.change(request, answer)
        return answer(environ, start_response)


def without(name: str) -> Change:
    """The answers without a header."""

    def change(_: Request, answer: Response) -> None:
        answer.headers.pop(name, None)

    return change


def status(old: int, new: int) -> Change:
    """The answers with another status."""

    def change(_: Request, answer: Response) -> None:
        if answer.status_code == old:
            answer.status_code = new

    return change


def text(pattern: str, new: str, at: str = "") -> Change:
    """The answers at a path with another text."""

    def change(request: Request, answer: Response) -> None:
        if at in request.path and not answer.is_streamed:
            answer.data = re.sub(pattern, new, answer.get_data(as_text=True))

    return change


def damaged(at: str) -> Change:
    """The files at a path with another first byte."""

    def change(request: Request, answer: Response) -> None:
        if at in request.path:
            answer.data = b"X" + answer.data[1:]

    return change


def header(name: str, pattern: str, new: str) -> Change:
    """The answers with another value of a header."""

    def change(_: Request, answer: Response) -> None:
        if name in answer.headers:
            answer.headers[name] = re.sub(pattern, new, answer.headers[name])

    return change


def gone(at: str) -> Change:
    """Nothing at a path."""

    def change(request: Request, answer: Response) -> None:
        if request.path == at:
            answer.status_code, answer.data = 404, b""

    return change


def _odd(request: Request, answer: Response) -> None:
    if "script" in request.path:
        answer.status_code = 500


def _host(request: Request, answer: Response) -> None:
    answer.headers["X-Here"] = request.host


def _twice(request: Request, answer: Response) -> None:
    if request.path.startswith("/ldes/"):
        answer.data = re.sub(r"/\d+#", "/1#", answer.get_data(as_text=True))


def _head(request: Request, answer: Response) -> None:
    if request.method == "HEAD":
        answer.headers["ETag"] = '"another"'


BREAKS: dict[str, Change] = {
    "home": status(200, 503),
    "redirect": status(303, 301),
    "negotiation": header("Content-Type", "application/ld.json", "application/json"),
    "readable": text("(?s)^.*$", "", "/doc/"),
    "vary": without("Vary"),
    "unchanged": without("ETag"),
    "dated": header("Last-Modified", "^.*$", "yesterday"),
    "head": _head,
    "cors": without("Access-Control-Allow-Origin"),
    "refused": status(406, 200),
    "unknown": status(404, 200),
    "encoded": _odd,
    "linked": header("Link", r"\.nt>", ".nothing>"),
    "void-found": gone("/void"),
    "void-complete": text("void:uriRegexPattern|void:dataDump", "void:feature", "/void"),
    "void-true": text(r"void:triples \d+ ;", "void:triples 7 ;", "/void"),
    "endpoint": status(403, 200),
    "catalogue-formats": header("Content-Type", "application/rdf.xml", "text/html"),
    "valid": text("dcat:accessURL", "dct:relation", "/catalog"),
    "quality": text("dcat:(keyword|theme|contactPoint) ", "dct:relation ", "/catalog"),
    "marked-up": text("application/ld.json", "application/json", "/dataset/"),
    "ontology": text("owl:versionIRI", "dct:relation", "/ns"),
    "terms": text("skos:definition", "skos:note", "/ns"),
    "sitemap": text("<lastmod>20", "<lastmod>29", "/sitemap"),
    "signposts": header("Link", 'rel="describedby"', 'rel="next"'),
    "linkset": text('"cite-as"', '"next"', "/linkset/"),
    "digest": damaged("/dumps/"),
    "ranges": status(206, 200),
    "lasting": without("Cache-Control"),
    "feed": _twice,
    "replay": text("@en", "@nl", "/ldes/"),
    "safe": _host,
}
"""What breaks each check."""


def test_every_check_has_a_way_to_fail() -> None:
    assert {*BREAKS, "gone"} == set(BY_NAME)


@pytest.mark.parametrize("name", BREAKS)
def test_a_check_fails_where_what_it_checks_is_broken(name: str, app: Flask) -> None:
    found = SiteFacts(AppSite(Broken(app, BREAKS[name]), SITE))
    with pytest.raises((Failed, OffSiteError)) as failed:
        BY_NAME[name].run(found)
    assert len(str(failed.value)) > 10


def test_the_service_checks_itself_and_shows_the_evidence(dumped_home: Path, app: Flask) -> None:
    client, release = app.test_client(), Releases(dumped_home).current()
    assert release is not None
    shutil.rmtree(dumped_home / report_store.FOLDER, ignore_errors=True)
    asked = {"Accept": "application/json"}
    first = client.get("/conformance", headers=asked)
    assert first.headers["Cache-Control"] == "no-store"
    assert first.json is not None
    assert first.json["running"] is True
    assert "under way" in client.get("/conformance", headers={"Accept": "text/html"}).text
    eventually(lambda: report_store.read(dumped_home, release.id) is not None, "the report", 600)
    told = client.get("/conformance", headers=asked).json
    assert told is not None
    report = ConformanceReport.of(told)
    failed = [one for one in report.outcomes if one.verdict is not Verdict.PASSED]
    assert [one.name for one in failed] == ["gone"], failed
    assert failed[0].verdict is Verdict.UNCHECKED
    assert (report.release, report.site) == (release.id, SITE)
    page = client.get("/conformance", headers={"Accept": "text/html"})
    assert all(one.title in page.text for one in report.outcomes[:5])
    assert "no-store" not in page.headers["Cache-Control"]


def test_what_was_deleted_must_be_gone(tmp_path: Path) -> None:
    history = History(tmp_path)
    for _ in range(2):
        release = history.build()
        dump_write.write(Releases(history.home), release)
        feed.append(Releases(history.home), release)
        history.edit("alpha/transfers", lambda rows: rows[1:])
    app = create_app(Settings(home=history.home, site=SITE, query_processes=2, rate=0))
    try:
        assert "410" in BY_NAME["gone"].run(SiteFacts(AppSite(app, SITE)))
        with pytest.raises(Failed, match="not 410"):
            BY_NAME["gone"].run(SiteFacts(AppSite(Broken(app, status(410, 404)), SITE)))
    finally:
        app.extensions["policytrace"].pool.close()


def test_a_release_that_was_removed_must_be_gone(tmp_path: Path) -> None:
    history = History(tmp_path)
    for _ in range(2):
        release = history.build()
        dump_write.write(Releases(history.home), release)
        feed.append(Releases(history.home), release)
        history.edit("alpha/transfers", lambda rows: [{**row, "statement": "As seen."} for row in rows])
    [removed] = Releases(history.home).prune(1, "2026-11-27")
    app = create_app(Settings(home=history.home, site=SITE, query_processes=2, rate=0))
    try:
        found = SiteFacts(AppSite(app, SITE))
        assert f"/dataset/policytrace/{removed}: 410" in BY_NAME["gone"].run(found)
        assert "graphs are those of" in BY_NAME["replay"].run(found)
    finally:
        app.extensions["policytrace"].pool.close()


def test_over_http_the_same_checks_pass(address: str) -> None:
    with closing(HttpSite(address)) as site:
        report = run(site, documents.CHECKS)
    assert [one for one in report.outcomes if one.verdict is not Verdict.PASSED] == []


def test_any_site_is_told_what_fails(tmp_path: Path) -> None:
    (tmp_path / "index.html").write_text("<p>Nothing here.", "utf-8")

    class Quiet(SimpleHTTPRequestHandler):
        def log_message(self, *_: object) -> None:
            """Say nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=str(tmp_path))) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        address = f"http://127.0.0.1:{server.server_address[1]}/"
        done = _command(address, "--json")
        told = {one["name"]: one for one in json.loads(done.stdout)["outcomes"]}
        server.shutdown()
    assert done.returncode == 1
    assert {name for name, one in told.items() if one["verdict"] == "failed"} == {
        "void-found",
        "catalogue-formats",
        "sitemap",
    }
    assert "404" in told["void-found"]["evidence"]
    assert told["negotiation"]["verdict"] == "not checked"
    nobody = _command(address)
    assert nobody.returncode == 1
    assert "does not answer" in nobody.stdout
    assert _command("nonsense").returncode == 2


NONSENSE = {
    ".well-known/void": """PREFIX void: <http://rdfs.org/ns/void#>
        <urn:d> void:triples "many" ; void:exampleResource "text" ; void:dataDump <file:///x> .""",
    "catalog": """PREFIX dcat: <http://www.w3.org/ns/dcat#>
        <urn:c> a dcat:Catalog . <urn:f> dcat:byteSize "big" ; dcat:downloadURL "none" ;
        <http://spdx.org/rdf/terms#checksum> <urn:s> .""",
    "robots.txt": "Sitemap: http://[",
    "ldes": "PREFIX tree: <https://w3id.org/tree#> <urn:s> tree:view <> . <> tree:node 'x' .",
}


def test_what_a_site_sends_that_has_no_sense_fails_its_check_and_no_other(tmp_path: Path) -> None:
    for name, text in NONSENSE.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(text, "utf-8")

    class Strange(SimpleHTTPRequestHandler):
        def guess_type(self, path: object) -> str:
            return "text/turtle"

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), partial(Strange, directory=str(tmp_path))) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        with closing(HttpSite(f"http://127.0.0.1:{server.server_address[1]}/")) as site:
            report = run(site, report_store.CHECKS)
        server.shutdown()
    told = {one.name: one for one in report.outcomes}
    assert told.keys() == BY_NAME.keys()
    assert "“many”" in told["void-true"].evidence
    for name in ("void-true", "valid", "digest", "sitemap", "feed", "replay"):
        assert told[name].verdict is Verdict.FAILED, told[name]


@pytest.mark.parametrize("resource", ["nope", "https://w3id.org/policytrace/id/practice/nope"])
def test_a_thing_that_is_not_there_is_named(sample_home: Path, resource: str) -> None:
    done = _command("--resource", resource, home=sample_home)
    assert done.returncode == 2
    assert f"{resource}" in done.stderr
    assert not done.stdout


def _command(*arguments: str, home: Path | None = None) -> "subprocess.CompletedProcess[str]":
    chosen = ["--home", str(home)] if home else []
    command = [sys.executable, "-m", "policytrace", *chosen, "conformance", *arguments]
    return subprocess.run(command, capture_output=True, text=True, timeout=300, check=False)
