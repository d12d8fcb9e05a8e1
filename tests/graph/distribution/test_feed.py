"""The feed of changes: replayed from its first member it gives the latest release, whatever was pruned."""

import os
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import feedparser
import pyoxigraph as ox
import pyshacl
import pytest
import rdflib
from flask.testing import FlaskClient
from folders import DATA
from rdflib import SH
from table_history import History, setting, with_copy, without
from werkzeug.http import http_date

from policytrace.graph.distribution import dump_write, dumps, feed
from policytrace.graph.distribution.record_digests import STANDING
from policytrace.graph.releases.release import ReleaseError, Releases, checksum
from policytrace.graph.vocabulary.terms import is_record
from policytrace.server import create_app
from policytrace.server.operations.settings import Settings

LDES, TREE, AS = "https://w3id.org/ldes#", "https://w3id.org/tree#", "https://www.w3.org/ns/activitystreams#"
TRANSFER = "https://w3id.org/policytrace/id/transfer/"
SITE = "http://site.example/"
CLIENT = DATA / "ldes"


@pytest.fixture(scope="module")
def history(tmp_path_factory: pytest.TempPathFactory) -> History:
    """Five releases of which two are kept; the third never got into the feed by itself."""
    found = History(tmp_path_factory.mktemp("feed"))
    releases = Releases(found.home)

    def publish() -> None:
        dump_write.write(releases, found.build(keep=2))
        feed.append(releases, found.releases[-1])

    publish()
    found.edit("alpha/transfers", setting("tr-dream", stage="intended", outcome="open"))
    found.edit("alpha/measures", with_copy("me-desk", "me-chair", title="Welcome chair"))
    found.edit("alpha/measures", with_copy("me-desk", "me-desk-2", title="Second desk"))
    publish()
    found.edit("alpha/measures", setting("me-chair", title="Welcome armchair"))
    found.edit("alpha/participants", without("alpha-receiver"))
    found.build(keep=2)
    found.edit("alpha/transfers", without("tr-whole"))
    found.edit("alpha/measures", without("me-chair"))
    publish()
    found.edit("alpha/measures", with_copy("me-desk", "me-chair", title="Welcome chair"))
    fell = setting("tr-dream", stage="considered", outcome="rejected", claim_status="withdrawn")
    found.edit("alpha/transfers", fell)
    publish()
    return found


@pytest.fixture(scope="module")
def client(history: History) -> Iterator[FlaskClient]:
    app = create_app(Settings(home=history.home, site=SITE, query_processes=1, rate=0))
    yield app.test_client()
    app.extensions["policytrace"].pool.close()


Quads = list[ox.Quad]


def _get(client: FlaskClient, address: str, accept: str = "application/n-quads") -> Quads:
    answer = client.get(urlsplit(address).path, headers={"Accept": accept})
    assert answer.status_code == 200
    kind = ox.RdfFormat.from_media_type(answer.mimetype or "")
    assert kind is not None
    return list(ox.parse(answer.data, format=kind, base_iri=address))


def _values(quads: Quads, subject: str, predicate: str) -> list[str]:
    wanted = ox.NamedNode(subject), ox.NamedNode(predicate)
    return [_text(quad.object) for quad in quads if (quad.subject, quad.predicate) == wanted]


def _text(term: object) -> str:
    assert isinstance(term, ox.NamedNode | ox.Literal)
    return term.value


def _pages(client: FlaskClient, address: str) -> Iterator[tuple[str, Quads]]:
    """The nodes of the tree in the order of their times."""
    quads = _get(client, address)
    yield address, quads
    ways = {}
    for relation in _values(quads, address, TREE + "relation"):
        (to,) = _values(quads, relation, TREE + "node")
        (when,) = _values(quads, relation, TREE + "value")
        ways[to] = when
    for to in sorted(ways, key=lambda node: ways[node]):
        yield from _pages(client, to)


def _replay(client: FlaskClient) -> dict[str, set[ox.Triple]]:
    """What the members say of each object in the end."""
    state: dict[str, set[ox.Triple]] = {}
    seen: set[str] = set()
    last = ""
    for _, quads in _pages(client, SITE + "ldes"):
        for member in _values(quads, feed.STREAM, TREE + "member"):
            assert member not in seen
            seen.add(member)
            (when,) = _values(quads, member, AS + "published")
            (about,) = _values(quads, member, AS + "object")
            (kind,) = _values(quads, member, "http://www.w3.org/1999/02/22-rdf-syntax-ns#type")
            assert when >= last
            last = when
            assert (about in state) == (kind != AS + "Create")
            if kind == AS + "Delete":
                del state[about]
            else:
                graph = ox.NamedNode(member)
                state[about] = {quad.triple for quad in quads if quad.graph_name == graph}
    return state


def test_a_replay_gives_the_records_and_standings_of_the_latest_release(
    history: History, client: FlaskClient
) -> None:
    state = _replay(client)
    store = history.releases[-1].open()
    expected: dict[str, set[ox.Triple]] = {}
    for quad in store:
        graph = quad.graph_name
        if isinstance(graph, ox.NamedNode) and is_record(graph.value):
            expected.setdefault(graph.value, set()).add(quad.triple)
        about, stands = str(quad.subject)[1:-1], quad.predicate.value in STANDING
        if isinstance(graph, ox.DefaultGraph) and stands and about.startswith(TRANSFER):
            expected.setdefault(about, set()).add(quad.triple)
    assert state == expected
    assert len(expected) > 20
    assert len(Releases(history.home).all()) == 2


def test_a_move_of_a_transfer_is_a_member_of_its_own(history: History, client: FlaskClient) -> None:
    second = history.releases[1].id
    quads = _get(client, f"{SITE}ldes/{second}/1")
    moved = ox.NamedNode(TRANSFER + "tr-dream")
    (member,) = (q.subject for q in quads if q.object == moved and q.predicate.value == AS + "object")
    said = {q.predicate.value.rpartition("#")[2]: _text(q.object) for q in quads if q.graph_name == member}
    assert said["stage"].endswith("/stage/intended")
    assert said["outcome"].endswith("/outcome/open")
    assert said["claimStatus"].endswith("/claim-status/claimed")
    assert "strength" in said


def test_the_root_describes_the_stream_and_pages_are_immutable(history: History, client: FlaskClient) -> None:
    here = SITE + "ldes"
    quads = _get(client, here)
    assert _values(quads, feed.STREAM, TREE + "view") == [here]
    assert _values(quads, feed.STREAM, LDES + "versionOfPath") == [AS + "object"]
    assert not _values(quads, feed.STREAM, LDES + "retentionPolicy")
    address = f"/ldes/{history.releases[0].id}/1"
    forms = {
        accept: set(_get(client, SITE[:-1] + address, accept))
        for accept in ("application/n-quads", "application/trig", "application/ld+json")
    }
    assert len(set(map(frozenset, forms.values()))) == 1
    answer = client.get(address)
    assert answer.mimetype == "application/trig"
    assert answer.headers["Cache-Control"].endswith("immutable")
    assert "Accept" in answer.headers["Vary"]
    assert client.get(address, headers={"If-None-Match": answer.headers["ETag"]}).status_code == 304
    assert client.get(address, headers={"Accept": "text/turtle"}).status_code == 406
    for wrong in ("/ldes/never", f"{address}9", "/ldes/..%2f"):
        assert client.get(wrong).status_code == 404
    page = client.get("/ldes", headers={"Accept": "text/html"})
    assert "the first release" in page.text


def test_entries_are_appended_once_in_order_and_whole(history: History) -> None:
    releases = Releases(history.home)
    known = [entry.id for entry in feed.entries(history.home)]
    assert known == [history.releases[place].id for place in (0, 1, 3, 4)]
    dump_write.write(releases, history.releases[3])
    assert not feed.append(releases, history.releases[3])
    assert not feed.append(releases, history.releases[4])
    (history.home / "feeding-left").mkdir()
    history.edit("alpha/measures", setting("me-chair", title="Welcome stool"))
    newest = history.build(keep=3)
    with pytest.raises(ReleaseError, match="policytrace dump"):
        feed.append(releases, newest)
    assert [entry.id for entry in feed.entries(history.home)] == known
    assert not list(history.home.glob("feeding-*"))


def test_what_is_killed_leaves_nothing_half_done(tmp_path: Path) -> None:
    history = History(tmp_path)
    release = history.build()
    command = [sys.executable, "-m", "policytrace", "--home", str(history.home), "dump"]
    for marks in ("adding-*", "adding-*/run-*", "adding-*/dumps/*.ttl.gz", "adding-*/dumps/*.jsonld.gz"):
        with subprocess.Popen(command, stdout=subprocess.DEVNULL) as running:
            while running.poll() is None and not any(history.home.glob(marks)):
                time.sleep(0.002)
            running.kill()
        whole = dumps.folder(release).is_dir()
        assert not whole or len(list(dumps.folder(release).iterdir())) == 2 * len(dumps.FORMS) + 6
        assert whole or not feed.entries(history.home)
    subprocess.run(command, check=True, capture_output=True, timeout=300)
    assert [entry.id for entry in feed.entries(history.home)] == [release.id]
    for file in (*dumps.dump_files(release), *dumps.part_files(release)):
        assert file.name.startswith("tables/") or checksum(dumps.folder(release) / file.name) == file.sha256
    assert not [*history.home.glob("adding-*"), *history.home.glob("feeding-*")]


def test_more_members_than_a_page_holds_are_all_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(feed, "PAGE", 7)
    history = History(tmp_path)
    releases = Releases(history.home)
    dump_write.write(releases, history.build())
    feed.append(releases, history.releases[0])
    (entry,) = feed.entries(history.home)
    assert entry.pages > 3
    app = create_app(Settings(home=history.home, site=SITE, query_processes=1, rate=0))
    assert len(_replay(app.test_client())) == entry.summary["members"]
    app.extensions["policytrace"].pool.close()


def test_people_read_the_same_as_atom(history: History, client: FlaskClient) -> None:
    found = feedparser.parse(client.get("/changes.atom").data)
    assert not found.bozo
    titles = [entry.title for entry in found.entries]
    assert titles[0].startswith(f"Release {history.releases[4].id}: +1 measure, ")
    moved = (
        "stage from intended to considered; outcome from open to rejected; claim from claimed to withdrawn"
    )
    assert any(moved in title for title in titles)
    assert titles[-1].startswith("The first release, ")
    assert len({entry.id for entry in found.entries}) == len(titles)
    for entry in found.entries:
        address = urlsplit(entry.link)
        assert entry.link.startswith(SITE)
        assert client.get(address.path).status_code == (410 if address.path.endswith("/tr-whole") else 200)


def test_the_public_client_reads_every_member(
    history: History, client: FlaskClient, serve: Callable[..., Any], tmp_path: Path
) -> None:
    if not (shutil.which("node") and shutil.which("npm")):
        pytest.skip("Node is not installed: node and npm run the public client of event streams")
    folder = CLIENT.parent.parent.parent / "build" / "ldes-client"
    folder.mkdir(parents=True, exist_ok=True)
    for name in ("package.json", "package-lock.json"):
        shutil.copyfile(CLIENT / name, folder / name)
    done = subprocess.run(
        ["npm", "ci", "--no-audit", "--no-fund", "--prefer-offline"],
        cwd=folder,
        capture_output=True,
        text=True,
    )
    if done.returncode:
        pytest.skip(f"npm cannot install ldes-client: {done.stderr[-200:]}")
    running = serve(history.home, workers="1", rate="0")
    ran = subprocess.run(
        [
            folder / "node_modules" / ".bin" / "ldes-client",
            f"{running.address}/ldes",
            "--ordered",
            "ascending",
        ],
        capture_output=True,
        text=True,
        timeout=300,
        cwd=tmp_path,
        env={**os.environ, "HOME": str(tmp_path)},
    )
    assert ran.returncode == 0, ran.stderr
    expected = _members(client)
    for name, content in expected.items():
        assert f"<{name}>" in ran.stdout
        assert ran.stdout.count(f" <{name}> .\n") == len(content)


def _members(client: FlaskClient) -> dict[str, set[ox.Triple]]:
    """The members of all pages with what holds after each."""
    found: dict[str, set[ox.Triple]] = {}
    for _, quads in _pages(client, SITE + "ldes"):
        found |= {member: set() for member in _values(quads, feed.STREAM, TREE + "member")}
        for quad in quads:
            if isinstance(quad.graph_name, ox.NamedNode):
                found[quad.graph_name.value].add(quad.triple)
    return found


def test_members_have_the_shape_that_the_root_states(history: History, client: FlaskClient) -> None:
    root = _get(client, SITE + "ldes")
    (shape,) = _values(root, feed.STREAM, TREE + "shape")
    shapes = rdflib.Graph().parse(data=_lines(root), format="nt")
    shapes.add((rdflib.URIRef(shape), SH.targetSubjectsOf, rdflib.URIRef(AS + "published")))
    quads = [quad for _, page in _pages(client, SITE + "ldes") for quad in page]
    told = [quad for quad in quads if isinstance(quad.graph_name, ox.DefaultGraph)]
    members = rdflib.Graph().parse(data=_lines(told), format="nt")
    assert pyshacl.validate(members, shacl_graph=shapes)[0]
    member = members.value(None, rdflib.RDF.type, rdflib.URIRef(AS + "Delete"))
    members.remove((member, rdflib.URIRef(AS + "object"), None))
    assert not pyshacl.validate(members, shacl_graph=shapes)[0]


def _lines(quads: Quads) -> str:
    return "".join(f"{quad.triple} .\n" for quad in quads)


def test_nodes_say_when_they_changed_and_in_which_formats_they_come(
    history: History, client: FlaskClient
) -> None:
    first, last = (feed.entries(history.home)[at] for at in (0, -1))
    for path, entry in (("ldes", last), (f"ldes/{first.id}/1", first), ("changes.atom", last)):
        answer = client.get(f"/{path}", headers={"Accept": "application/trig, */*;q=0.1"})
        assert answer.headers["Last-Modified"] == http_date(datetime.fromisoformat(entry.published))
    page = client.get(f"/ldes/{first.id}/1").headers["Link"]
    for address in re.findall(r'<([^>]*)>; rel="alternate"', page):
        parts = urlsplit(address)
        assert client.get(f"{parts.path}?{parts.query}").status_code == 200
    assert page.count('rel="alternate"') == 3
    assert 'rel="license"' in page
