"""Pictures and overviews: what they show is what the graph holds, in every format and in words."""

import csv
import io
import re
import shutil
import struct
import xml.etree.ElementTree as ET
from collections import Counter
from collections.abc import Iterator
from math import pi

import pyoxigraph as ox
import pytest
from flask.testing import FlaskClient
from folders import SAMPLE, SMALL
from oracle import Oracle
from oracle_pairs import in_several_countries, pairs

from policytrace.graph.building.build import build
from policytrace.graph.releases.release import Release
from policytrace.graph.vocabulary.terms import ID, SCHEME, expand
from policytrace.server import create_app
from policytrace.server.analyses.overview_pictures import PICTURES
from policytrace.server.operations.settings import Settings
from policytrace.server.pictures.geography import outlines, point

PAGE = {"Accept": "text/html"}
SVG = "{http://www.w3.org/2000/svg}"
HOSTILE = '"><script>alert(1)</script> مدينة بعيدة ' + "very long name " * 30
DEFAULT = ox.DefaultGraph()


def _values(store: ox.Store, curie: str) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for quad in store.quads_for_pattern(None, ox.NamedNode(expand(curie)), None, DEFAULT):
        found.setdefault(str(getattr(quad.subject, "value", "")), []).append(
            str(getattr(quad.object, "value", ""))
        )
    return found


@pytest.fixture(scope="module")
def every() -> Oracle:
    """The numbers that the tables of the sample give."""
    return Oracle(SAMPLE)


def _realised(store: ox.Store) -> dict[str, bool]:
    """Every transfer, and whether it counts as influence by its stage and its outcome."""
    stage, outcome = _values(store, "pt:stage"), _values(store, "pt:outcome")
    last = {
        transfer: (codes[0].rpartition("/")[2], outcome[transfer][0].rpartition("/")[2])
        for transfer, codes in stage.items()
        if "/id/transfer/" in transfer
    }
    return {
        transfer: how_far in ("committed", "piloted", "implemented", "sustained")
        and became not in ("rejected", "blocked")
        for transfer, (how_far, became) in last.items()
    }


@pytest.mark.parametrize("project", ["", "upgradesme", "altbau", "playful-npti"])
def test_flows_count_each_transfer_once_for_each_receiver(
    client: FlaskClient, every: Oracle, project: str
) -> None:
    expected = {
        (giver, receiver, layer == "realised"): len(some)
        for layer in ("realised", "considered")
        for find in (pairs, in_several_countries)
        for (giver, receiver), some in find(every, "region", layer, project).items()
    }
    found: Counter[tuple[str, str, bool]] = Counter()
    asked = f"?project={project}" if project else ""
    for row in csv.DictReader(io.StringIO(client.get(f"/picture/flow.csv{asked}").text)):
        giver, receiver = (
            row[end].removeprefix(ID).removeprefix(SCHEME) for end in ("giver_id", "receiver_id")
        )
        found[giver, receiver, True] += int(row["realised"])
        found[giver, receiver, False] += int(row["considered"])
    assert +found == expected


def test_regions_lie_where_they_are(sample_store: ox.Store) -> None:
    shown = outlines()
    assert shown.point(*shown.centre) == pytest.approx(shown.origin, abs=0.1)
    degree = shown.point(shown.centre[0], shown.centre[1] + 1)
    assert shown.origin[1] - degree.y == pytest.approx(shown.scale * pi / 180, rel=0.01)
    friesland, lisbon, lapland, crete = (point(code) for code in ("NL12", "PT17", "FI1D", "EL43"))
    assert friesland
    assert lisbon
    assert lapland
    assert crete
    assert lisbon.x < friesland.x < crete.x
    assert lapland.y < friesland.y < lisbon.y
    assert point("NL123") == friesland
    assert point("FRY4") is None
    assert point("XX99") is None
    assert point("") is None
    codes = {code for found in _values(sample_store, "pt:nutsCode").values() for code in found}
    overseas = {"FRY4", "ES70", "PT20", "PT30"}
    unknown = {code for code in codes if point(code) is None and code[:4] not in overseas}
    assert not unknown


@pytest.mark.parametrize("name", PICTURES)
@pytest.mark.parametrize("query", ["", "?project=upgradesme", "?by=country", "?project=playful-npti"])
def test_picture_has_a_text_alternative_and_no_code(client: FlaskClient, name: str, query: str) -> None:
    answer = client.get(f"/picture/{name}.svg{query}")
    assert answer.status_code == 200
    assert answer.mimetype == "image/svg+xml"
    root = ET.fromstring(answer.data)  # noqa: S314
    title, description = root.find(f"{SVG}title"), root.find(f"{SVG}desc")
    assert title is not None
    assert title.text
    assert description is not None
    assert description.text
    assert root.get("role") == "img"
    for element in root.iter():
        assert element.tag.removeprefix(SVG) not in ("script", "style", "a", "image", "foreignObject")
        assert not {key for key in element.attrib if key.startswith("on") or key == "style"}
    assert len(answer.data) < 120_000


def test_png_is_the_same_picture_larger(client: FlaskClient) -> None:
    root = ET.fromstring(client.get("/picture/flow.svg?project=upgradesme").data)  # noqa: S314
    answer = client.get("/picture/flow.png?project=upgradesme")
    assert answer.data[:8] == b"\x89PNG\r\n\x1a\n"
    width, height = struct.unpack(">II", answer.data[16:24])
    assert (width, height) == pytest.approx(
        (2 * float(root.get("width", "")), 2 * float(root.get("height", ""))), abs=2
    )
    assert len(answer.data) > 5_000


def test_the_table_of_a_picture_holds_every_transfer_that_it_could_draw(
    client: FlaskClient, every: Oracle
) -> None:
    for name in ("map", "flow", "matrix"):
        for by in ("region", "country"):
            answer = client.get(f"/picture/{name}.csv?by={by}")
            assert answer.mimetype == "text/csv"
            rows = list(csv.DictReader(io.StringIO(answer.text)))
            assert all(int(r["transfers"]) == int(r["realised"]) + int(r["considered"]) for r in rows)
            assert len({(r["giver_id"], r["receiver_id"]) for r in rows}) == len(rows)
            drawn = {
                tuple(
                    r[f"{end}_id"].removeprefix(ID).removeprefix(SCHEME) for end in ("giver", "receiver")
                ): r
                for r in rows
            }
            of = "region" if name == "map" else by
            more = {key: some for key, some in in_several_countries(every, of).items() if key in drawn}
            right = {key: len(some) for key, some in (pairs(every, of) | more).items()}
            assert {key: int(r["transfers"]) for key, r in drawn.items()} == right
    dated = list(csv.DictReader(io.StringIO(client.get("/picture/time.csv?project=upgradesme").text)))
    assert {row["name_id"].partition("/id/")[2].partition("/")[0] for row in dated} == {"event", "output"}
    assert all(row["earliest"] <= row["latest"] for row in dated)


def test_every_transfer_of_the_map_is_drawn_or_accounted_for(client: FlaskClient) -> None:
    page = client.get("/overview", headers=PAGE).text
    note = page[page.index("/picture/map.svg") : page.index("/picture/flow.svg")]
    rows = list(csv.DictReader(io.StringIO(client.get("/picture/map.csv").text)))
    known = sum(int(r["transfers"]) for r in rows if r["giver_id"].startswith(ID) and r["receiver_id"])
    without = re.search(r"Transfers without an arrow, by giver: ([^.]+)\.", note)
    assert without
    assert sum(map(int, re.findall(r" (\d+)", without[1]))) == sum(int(r["transfers"]) for r in rows) - known
    svg = client.get("/picture/map.svg").text
    arrows = sum(
        int(number)
        for title in re.findall(r"<title>([^<]+? to [^<]+)</title>", svg)
        for number in re.findall(r": (\d+)(?:;|$)", title)
    )
    aside = sum(
        int(n)
        for n in re.findall(r"(\d+) transfers? (?:not drawn: a region|within one place|in smaller)", note)
    )
    assert arrows + aside == known


def test_what_there_is_not_is_named(client: FlaskClient) -> None:
    assert client.get("/picture/portrait.svg").status_code == 404
    assert client.get("/picture/map.gif").status_code == 404
    assert client.get("/picture/map.svg?project=nobody").status_code == 404
    wrong = client.get("/picture/map.svg?by=planet")
    assert wrong.status_code == 400
    assert "region or country" in wrong.text
    assert client.get("/overview/nobody", headers=PAGE).status_code == 404


def test_overview_of_a_project_counts_what_the_graph_holds(
    client: FlaskClient, sample_store: ox.Store
) -> None:
    project = _values(sample_store, "pt:inProject")
    realised = _realised(sample_store)
    for name in ("upgradesme", "altbau", "playful-npti"):
        mine = [t for t, found in project.items() if t in realised and f"{ID}project/{name}" in found]
        firm = [t for t in mine if realised[t]]
        text = client.get(f"/overview/{name}", headers=PAGE).text
        words = re.sub(r"<[^>]+>", "", text)
        assert f"Of {len(mine)} learning transfers, {len(firm)} were at least committed to" in words
        assert len(text) < 100 * 1024
        for picture in PICTURES:
            svg = ET.fromstring(client.get(f"/picture/{picture}.svg?project={name}").data)  # noqa: S314
            description = svg.find(f"{SVG}desc")
            assert description is not None
            alt = re.search(rf'picture/{picture}\.svg\?project={name}"[^>]*alt="([^"]+)"', text)
            assert alt
            assert (description.text or "").startswith(f"{alt[1]} Release ")
    every = client.get("/overview", headers=PAGE).text
    assert len(every) < 100 * 1024
    listed = dict(
        re.findall(
            r'<a href="/overview/([^"]+)">[^<]*</a></th><td class="number"><a [^>]*>(\d+)</a></td>', every
        )
    )
    counts = Counter(p for t, found in project.items() if t in realised for p in found if "/project/" in p)
    assert listed == {p.removeprefix(f"{ID}project/"): str(n) for p, n in counts.items()}


@pytest.fixture(scope="module")
def hostile(tmp_path_factory: pytest.TempPathFactory) -> Iterator[FlaskClient]:
    """A client of a server with regions of one name, and a name that is markup, long and right-to-left."""
    folder = tmp_path_factory.mktemp("pictures")
    shutil.copytree(SMALL, folder / "data")
    table = folder / "data" / "shared" / "regions.csv"
    with table.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    rows[0]["name"] = rows[1]["name"] = HOSTILE
    with table.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, rows[0])
        writer.writeheader()
        writer.writerows(rows)
    build(sorted((folder / "data").iterdir()), folder / "home")
    app = create_app(Settings(home=folder / "home", project="alpha", query_processes=1, rate=0))
    yield app.test_client()
    app.extensions["policytrace"].pool.close()


def test_any_name_stays_text_and_names_that_are_alike_stay_apart(hostile: FlaskClient) -> None:
    for name in PICTURES:
        answer = hostile.get(f"/picture/{name}.svg?project=alpha")
        assert answer.status_code == 200
        assert b"<script" not in answer.data
        ET.fromstring(answer.data)  # noqa: S314
        assert hostile.get(f"/picture/{name}.png?project=alpha").data[1:4] == b"PNG"
    text = hostile.get("/overview/alpha", headers=PAGE).text
    assert "<script" not in text
    rows = list(csv.DictReader(io.StringIO(hostile.get("/picture/flow.csv?project=alpha").text)))
    names = {row[f"{end}_id"]: row[end] for row in rows for end in ("giver", "receiver") if row[f"{end}_id"]}
    places = {iri: name for iri, name in names.items() if iri.startswith(ID)}
    assert len(places) == 2
    assert len(set(places.values())) == 2
    assert {name for iri, name in names.items() if iri not in places} == {"Not named"}


def test_paths_are_pictures_that_say_where_they_come_from(
    client: FlaskClient, sample_release: Release
) -> None:
    asked = "question=forward&from=practice/gp-aula-emprende"
    page = client.get(f"/paths?{asked}", headers=PAGE).text
    for name, kind in (("svg", "image/svg+xml"), ("png", "image/png")):
        assert f'href="/picture/paths.{name}?{asked.replace("&", "&amp;")}"' in page
        assert client.get(f"/picture/paths.{name}?{asked}").mimetype == kind
    drawn = ET.fromstring(client.get(f"/picture/paths.svg?{asked}").data)  # noqa: S314
    told = drawn.findtext(f"{SVG}desc") or ""
    assert sample_release.id in told
    again = re.search(r"again: http://site\.example(\S+)", told)
    assert again
    assert client.get(again[1]).status_code == 200
    names = {one.text for one in drawn.iter(f"{SVG}title")}
    for path in client.get(f"/api/paths?{asked}").get_json()["paths"]:
        assert path["hops"][-1]["to"]["label"] in names
    cited = re.search(r'href="(/doc/path/[^"]+)"', page)
    assert cited
    one = client.get(cited[1].replace("&amp;", "&"), headers=PAGE).text
    address = re.search(r'href="(/picture/path/[^"]+\.svg[^"]*)"', one)
    assert address
    svg = ET.fromstring(client.get(address[1].replace("&amp;", "&")).data)  # noqa: S314
    assert svg.tag == f"{SVG}svg"
    assert client.get(f"/picture/paths.gif?{asked}").status_code == 404
    assert client.get("/picture/paths.svg").status_code == 400


@pytest.mark.parametrize("name", [*PICTURES, "classes"])
def test_pictures_and_their_tables_say_their_release_and_are_found_again(
    client: FlaskClient, sample_release: Release, name: str
) -> None:
    for form in ("svg", "csv"):
        text = client.get(f"/picture/{name}.{form}").text
        again = re.search(
            rf"http://site\.example(/picture/{name}\.{form}\?release={sample_release.id})", text
        )
        assert again, text[:500]
        assert client.get(again[1]).text == text
    assert f">PolicyTrace, release {sample_release.id}</text>" in client.get(f"/picture/{name}.svg").text
