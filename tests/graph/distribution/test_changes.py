"""Differences between releases: in words, by record and transfer, and as statements."""

import gzip
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pyoxigraph as ox
import pytest
from flask.testing import FlaskClient
from table_history import History, setting, with_copy, without

from policytrace.graph.distribution import dump_write
from policytrace.graph.releases.release import Releases
from policytrace.server import create_app
from policytrace.server.operations.settings import Settings

GRAPH = "https://w3id.org/policytrace/graph/alpha/"


@pytest.fixture(scope="module")
def history(tmp_path_factory: pytest.TempPathFactory) -> History:
    """Three releases: rows added, changed and deleted, transfers that move on, fall back and go."""
    found = History(tmp_path_factory.mktemp("history"))
    found.build()
    found.edit("alpha/transfers", setting("tr-dream", stage="intended", outcome="open"))
    found.edit("alpha/transfers", setting("tr-desk", confidence="low", claim_status="withdrawn"))
    found.edit("alpha/measures", with_copy("me-desk", "me-chair", title="Welcome chair <b>"))
    found.edit("alpha/participants", without("alpha-receiver"))
    found.build()
    found.edit("alpha/transfers", without("tr-whole"))
    found.edit("alpha/measures", setting("me-chair", title="Welcome armchair"))
    found.build()
    for release in found.releases:
        dump_write.write(Releases(found.home), release)
    return found


@pytest.fixture(scope="module")
def client(history: History) -> Iterator[FlaskClient]:
    app = create_app(Settings(home=history.home, site="http://site.example/", query_processes=1, rate=0))
    yield app.test_client()
    app.extensions["policytrace"].pool.close()


def _pair(history: History, before: int, after: int) -> str:
    return f"{history.releases[before].id}..{history.releases[after].id}"


def test_changes_are_told_in_words(history: History, client: FlaskClient) -> None:
    told = client.get(f"/releases/{_pair(history, 0, 1)}", headers={"Accept": "application/json"}).get_json()
    assert told["summary"] == [
        "+1 measure",
        "2 transfers changed",
        "\u22121 membership",
        "1 transfer weakened",
        "1 claim withdrawn",
        "1 transfer at another stage",
        "1 transfer with another outcome",
    ]
    assert {one["record"].removeprefix(GRAPH): one["change"] for one in told["records"]} == {
        "measures/me-chair": "create",
        "participants/alpha-receiver": "delete",
        "transfers/tr-desk": "update",
        "transfers/tr-dream": "update",
    }
    moved = {one["transfer"].rpartition("/")[2]: one for one in told["transfers"]}
    before, after = moved["tr-dream"]["before"], moved["tr-dream"]["after"]
    assert (before["stage"], before["outcome"]) == ("considered", "rejected")
    assert (after["stage"], after["outcome"]) == ("intended", "open")
    back = client.get(f"/releases/{_pair(history, 2, 0)}?format=json").get_json()
    assert {one["record"].removeprefix(GRAPH): one["change"] for one in back["records"]} == {
        "measures/me-chair": "delete",
        "participants/alpha-receiver": "create",
        "transfers/tr-desk": "update",
        "transfers/tr-dream": "update",
        "transfers/tr-whole": "create",
    }
    same = client.get(f"/releases/{_pair(history, 1, 1)}?format=json").get_json()
    assert (same["summary"], same["records"], same["transfers"]) == ([], [], [])


def test_pages_tell_the_same_and_escape_names(history: History, client: FlaskClient) -> None:
    listed = client.get("/releases", headers={"Accept": "text/html"}).text
    assert "+1 measure, 2 transfers changed" in listed
    page = client.get(f"/releases/{_pair(history, 0, 1)}", headers={"Accept": "text/html"}).text
    assert "Welcome chair &lt;b&gt;" in page
    assert 'href="/doc/measure/me-chair"' in page
    assert "stage from considered to intended; outcome from rejected to open" in page
    assert 'autocomplete="off" value=""' in page
    chosen = client.get(f"/releases?from={history.releases[0].id}&to={history.releases[2].id}")
    assert chosen.headers["Location"] == f"http://site.example/releases/{_pair(history, 0, 2)}"
    latest = client.get(f"/releases/{history.releases[2].id}")
    assert latest.headers["Location"] == f"http://site.example/releases/{_pair(history, 1, 2)}"
    assert client.get(f"/releases/{history.releases[0].id}").status_code == 404
    assert client.get(f"/releases/{history.releases[0].id}..never").status_code == 404
    assert client.get(f"/releases/{_pair(history, 0, 2)}/other.gz").status_code == 404


def _quads(history: History, place: int) -> set[str]:
    return {f"{quad} ." for quad in history.releases[place].open()}


@pytest.mark.parametrize("pair", [(0, 1), (0, 2), (2, 1)])
def test_a_patch_turns_one_release_into_the_other(
    history: History, client: FlaskClient, pair: tuple[int, int]
) -> None:
    answer = client.get(f"/releases/{_pair(history, *pair)}/patch.rdfp.gz")
    assert answer.headers["Cache-Control"].endswith("immutable")
    lines = gzip.decompress(answer.data).decode().splitlines()
    assert lines[2] == "TX ."
    assert lines[-1] == "TC ."
    quads = {"A": set[str](), "D": set[str]()}
    for line in lines[3:-1]:
        for quad in ox.parse(line[2:], format=ox.RdfFormat.N_QUADS):
            quads[line[0]].add(f"{quad} .")
    before, after = (_quads(history, place) for place in pair)
    assert quads["D"] <= before
    assert not quads["A"] & before
    assert (before - quads["D"]) | quads["A"] == after


def test_added_and_removed_triples_are_those_of_the_default_graph(history: History) -> None:
    def triples(place: int) -> set[ox.Triple]:
        store = history.releases[place].open()
        return {quad.triple for quad in store.quads_for_pattern(None, None, None, ox.DefaultGraph())}

    def asked(form: str) -> set[ox.Triple]:
        names = [history.releases[0].id, history.releases[2].id]
        command = [sys.executable, "-m", "policytrace", "--home", str(history.home), "diff", *names]
        done = subprocess.run([*command, "--format", form], capture_output=True, check=True, timeout=300)
        return {quad.triple for quad in ox.parse(done.stdout, format=ox.RdfFormat.N_TRIPLES)}

    assert asked("added") == triples(2) - triples(0)
    assert asked("removed") == triples(0) - triples(2)


def test_the_command_tells_changes_up_to_the_current_release(history: History, tmp_path: Path) -> None:
    command = [sys.executable, "-m", "policytrace", "--home", str(history.home), "diff"]
    done = subprocess.run(
        [*command, history.releases[0].id], capture_output=True, text=True, check=True, timeout=300
    )
    lines = done.stdout.splitlines()
    assert lines[0].startswith("+1 measure, ")
    assert "  create measures: Welcome armchair" in lines
    assert any(line.endswith("no longer there; was learned, open, claimed, very weak") for line in lines)
    wrong = subprocess.run([*command, "never"], capture_output=True, text=True, check=False, timeout=300)
    assert wrong.returncode == 5
    assert "there is no release 'never'" in wrong.stderr


def test_a_dossier_tells_what_changed_since_an_earlier_release(history: History, client: FlaskClient) -> None:
    first, second = (release.id for release in history.releases[:2])
    told = client.get(f"/changes/transfer/tr-dream?since={first}&format=json").get_json()
    lines = {line["name"]: line for line in told["statements"]}
    for name, old, new in (("stage", "Considered", "Intended"), ("outcome", "Rejected", "Open")):
        assert [v["text"] for v in lines[name]["gone"]] == [old]
        assert [v["text"] for v in lines[name]["new"]] == [new]
    moved = "stage from considered to intended; outcome from rejected to open"
    assert [one["told"] for one in told["transfers"]] == [moved]
    page = client.get(f"/changes/transfer/tr-dream?since={first}", headers={"Accept": "text/html"}).text
    assert moved in page
    measure = client.get(f"/changes/measure/me-desk?since={first}", headers={"Accept": "text/html"}).text
    assert "claim from claimed to withdrawn" in measure
    chair = client.get(f"/changes/measure/me-chair?since={second}&format=json").get_json()
    (name,) = (line for line in chair["statements"] if line["name"] in ("name", "label", "title"))
    assert [v["text"] for v in name["gone"] + name["new"]] == ["Welcome chair <b>", "Welcome armchair"]
    page = client.get(f"/changes/measure/me-chair?since={second}", headers={"Accept": "text/html"}).text
    assert "Welcome chair &lt;b&gt;" in page
    new = client.get(f"/changes/measure/me-chair?since={first}", headers={"Accept": "text/html"}).text
    assert f"release {first} did not have it" in new
    region = client.get(f"/changes/region/leeuwarden?since={first}&format=json").get_json()
    assert any("tr-whole" in v.get("iri", "") for line in region["links"] for v in line["gone"])
    gone = client.get(f"/changes/transfer/tr-whole?since={first}", headers={"Accept": "text/html"}).text
    assert "It is no longer there" in gone
    same = client.get("/changes/practice/gp-house", headers={"Accept": "text/html"}).text
    assert "Nothing has changed" in same
    assert client.get("/changes/measure/never").status_code == 404
    assert client.get("/changes/measure/me-chair?since=never").status_code == 404
    assert "/changes/measure/me-chair" in client.get("/doc/measure/me-chair.html").text


def test_an_indicator_tells_what_counts_now_and_no_more(history: History, client: FlaskClient) -> None:
    first = history.releases[0].id
    names = [one["indicator"] for one in client.get("/api/indicators").get_json()["indicators"]]
    moved = []
    for name in names:
        told = client.get(f"/changes/indicator/{name}?since={first}&format=json").get_json()
        now = client.get(f"/api/indicators/{name}").get_json()
        was = client.get(f"/api/indicators/{name}?release={first}").get_json()
        assert len(now["rows"]) - len(was["rows"]) == len(told["new"]) - len(told["gone"])
        if now["number"] == was["number"]:
            assert told["before"] == told["after"]
        moved += [(name, *key) for key in told["gone"]]
        page = client.get(f"/changes/indicator/{name}?since={first}", headers={"Accept": "text/html"})
        assert told["after"] in page.text
        assert 'autocomplete="off" value=""' in page.text
    assert any("tr-whole" in part for key in moved for part in key)


def test_a_path_tells_what_became_of_it_since_any_release_that_is_kept(
    history: History, client: FlaskClient
) -> None:
    first, second, third = (release.id for release in history.releases)
    found = client.get("/api/paths?from=practice/gp-house&to=measure/me-desk").get_json()["paths"]
    (one,) = found
    told = client.get(f"/doc/path/{one['id']}?since={first}&format=json").get_json()["since"]["hops"]
    assert [(hop["change"], hop["differences"]["status"]) for hop in told] == [
        ("changed", {"was": "claimed", "now": "withdrawn"})
    ]
    page = client.get(f"/doc/path/{one['id']}?since={first}", headers={"Accept": "text/html"}).text
    assert "status was claimed, is withdrawn" in page
    same = client.get(f"/doc/path/{one['id']}?since={second}&format=json").get_json()["since"]["hops"]
    assert [hop["change"] for hop in same] == ["none"]
    plain = client.get(f"/doc/path/{one['id']}", headers={"Accept": "text/html"}).text
    assert f"<option>{second}</option>" in plain
    assert f"<option>{third}</option>" not in plain
    asked = f"/api/paths?from=project/alpha&to=region/leeuwarden&layer=considered&release={second}"
    (whole,) = (
        path["id"]
        for path in client.get(asked).get_json()["paths"]
        if [hop["transfer"]["id"].rpartition("/")[2] for hop in path["hops"]] == ["tr-whole"]
    )
    for release, since, change in ((second, third, "new"), (third, second, "gone")):
        address = f"/doc/path/{whole}?release={release}&since={since}"
        assert [
            hop["change"] for hop in client.get(f"{address}&format=json").get_json()["since"]["hops"]
        ] == [change]
        assert f"<strong>{change}</strong>" in client.get(address, headers={"Accept": "text/html"}).text
