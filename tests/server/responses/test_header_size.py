"""Headers of answers are small, whatever is asked for: a proxy takes large ones for a failure."""

import re
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote

import pytest
from flask.testing import FlaskClient
from werkzeug.wrappers import Response

from policytrace.graph.releases.release import Release
from policytrace.server import create_app
from policytrace.server.http.links import read_links
from policytrace.server.operations.settings import Settings

MOST, OF_SERVER = 3 * 1024, 128
"""Bytes of all headers of an answer, and of those that the server adds: its name, the date and so on."""
SITE = "http://site.example/"
LONG = 8000
ACCEPT = ("text/html", "text/turtle", "application/json", "a/b")
THINGS = {"segment": "practice", "kind": "practice", "name": "gp-ergo", "extension": "csv", "number": "1"}


def _size(answer: Response) -> int:
    return sum(len(f"{name}: {value}\r\n") for name, value in answer.headers) + len("HTTP/1.1 200 OK\r\n\r\n")


def _addresses(rule: str, release: str) -> Iterator[str]:
    """Addresses of a route: plain, with long queries, and with a long name in it."""
    names = {**THINGS, "release_id": release}
    filled = re.sub(r"<(?:\w+:)?(\w+)>", lambda found: names.get(found[1], "x"), rule)
    yield filled
    long = "x" * LONG
    yield f"{filled}?q={long}"
    yield f"{filled}?query={quote('ASK {} #')}{long}&format=none"
    yield f"{filled}?kind=activity-report&from={long[:2000]}&to=id/practice/gp-ergo&project=&words={long}"
    if filled != rule:
        yield re.sub(r"<[^>]+>", long, rule)


def test_headers_have_three_kilobytes_at_most(client: FlaskClient, sample_release: Release) -> None:
    rules = [rule.rule for rule in client.application.url_map.iter_rules() if "GET" in (rule.methods or ())]
    seen = set[int]()
    for rule in rules:
        for address in _addresses(rule, sample_release.id):
            for accept in ACCEPT:
                with client.get(address, headers={"Accept": accept}) as answer:
                    assert _size(answer) <= MOST - OF_SERVER, (address[:80], answer.headers)
                    seen.add(answer.status_code)
    assert {200, 303, 400, 404, 406, 414} <= seen


def test_a_redirect_that_would_be_too_long_is_refused_and_keeps_no_turn(client: FlaskClient) -> None:
    for _ in range(10):
        answer = client.get(f"/paths?from={'x' * 1500}&to={'y' * 1500}&project=")
        assert answer.status_code == 414
    assert answer.headers["Content-Security-Policy"]
    assert "2,048" in answer.text
    assert client.get("/paths?from=id/practice/gp-ergo&project=").status_code == 302


def test_links_that_are_left_out_stand_in_the_linkset(dumped_home: Path) -> None:
    app = create_app(Settings(home=dumped_home, site=SITE, query_processes=1, rate=0))
    client = app.test_client()
    page = client.get("/dataset/policytrace", headers={"Accept": "text/html"})
    sent = {(target, one["rel"]) for target, one in read_links(page.headers["Link"])}
    relations = {relation for _, relation in sent}
    assert {"linkset", "cite-as", "type"} <= relations
    assert "item" not in relations
    answer = client.get("/linkset/dataset/policytrace")
    app.extensions["policytrace"].pool.close()
    told = answer.get_json()["linkset"][0]
    every = {(one["href"], rel) for rel, ones in told.items() if rel != "anchor" for one in ones}
    assert sent - every == {(f"{SITE}linkset/dataset/policytrace", "linkset")}
    assert sum(relation == "item" for _, relation in every) > 10


@pytest.mark.parametrize("accept", ["text/turtle", "text/html"])
def test_documents_of_a_site_with_a_long_address_keep_to_it(sample_home: Path, accept: str) -> None:
    site = f"https://{'of-'.join(['site'] * 8)}.example/{'folder/' * 12}"
    app = create_app(Settings(home=sample_home, site=site, query_processes=1, rate=0))
    answer = app.test_client().get("/doc/practice/gp-chemnitz-agency", headers={"Accept": accept})
    app.extensions["policytrace"].pool.close()
    assert answer.status_code == 200
    assert _size(answer) <= MOST - OF_SERVER
    assert read_links(answer.headers["Link"])
