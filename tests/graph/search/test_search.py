"""Search and lists: what was meant is found, and facets narrow and count what is there."""

import csv
import io
import re
from collections.abc import Iterator

import numpy as np
import pyoxigraph as ox
import pytest
from flask.testing import FlaskClient
from openpyxl import load_workbook
from sample_tables import rows

from policytrace.graph.releases.release import Release
from policytrace.graph.search.facet_schema import facet_schema
from policytrace.graph.search.facets import NOT_RECORDED, UnknownCodeError
from policytrace.graph.search.index import Index
from policytrace.graph.search.index_writer import FILE
from policytrace.graph.search.spelling import Spelling
from policytrace.graph.vocabulary.terms import ID, SCHEME, expand
from policytrace.server.presentation.sections import SECTIONS

PAGE = {"Accept": "text/html"}


@pytest.fixture(scope="module")
def index(sample_release: Release) -> Index:
    """The index of the sample, as the build wrote it."""
    return Index.open(sample_release.path / FILE)


def _found(index: Index, text: str = "", **chosen: str) -> list[str]:
    found = index.find(text, {name: [code] for name, code in chosen.items()})
    return [iri.removeprefix(ID) for iri in index.iris(found.numbers)]


@pytest.mark.parametrize(
    ("typed", "first"),
    [
        ("Fryslân", "region/friesland"),
        ("FRYSLAN", "region/friesland"),
        ("Frieslnad", "region/friesland"),
        ("friesland", "region/friesland"),
        ("aula emprende", "practice/gp-aula-emprende"),
        ("aula emprnde", "practice/gp-aula-emprende"),
        ("emprende aula", "practice/gp-aula-emprende"),
        ("PL41", "region/wielkopolskie"),
        ("mpren", "practice/gp-aula-emprende"),
    ],
)
def test_what_was_meant_comes_first(index: Index, typed: str, first: str) -> None:
    assert _found(index, typed)[0] == first


def test_words_may_stand_in_names_texts_and_things_beside(index: Index) -> None:
    found = _found(index, "carousel friesland")
    assert found[0] == "practice/gp-international-trade-support", "description and region"
    assert "practice/gp-aula-emprende" in _found(index, "aula", region="ES")
    assert not _found(index, "aula", region="NL", kind="practice")


def test_corrections_are_told_and_only_made_where_nothing_is_found(index: Index) -> None:
    assert index.find("frieslnad").corrected == {"frieslnad": ["friesland"]}
    assert index.find("friesland").corrected == {}
    assert index.find("qqqqqq").corrected == {}
    assert len(index.find("qqqqqq")) == 0


def test_misspelt_words_are_the_nearest_and_most_frequent() -> None:
    spelling = Spelling({"library": 3, "librarian": 9, "liberty": 1, "lodz": 2, "lode": 7, "gp00001": 1})
    assert spelling.corrections("librayr") == ["library"]
    assert spelling.corrections("lodx") == ["lode", "lodz"]
    assert spelling.corrections("gp00002") == [], "identifiers are no words"
    assert spelling.corrections("lox") == [], "short words must be right"
    assert spelling.with_part("brar") == ["librarian", "library"]
    assert spelling.with_part("lib") == []


def test_every_count_is_what_choosing_gives(index: Index) -> None:
    for base in ({}, {"kind": ["transfer"]}, {"region": ["ES"], "kind": ["practice", "measure"]}):
        counts = index.find("", base).counts
        assert set(counts) == set(facet_schema().facets)
        for facet, found in counts.items():
            for count in found[:12] + found[-1:]:
                narrowed = index.find("", {**base, facet: [count.code]})
                assert len(narrowed) == count.things, (base, facet, count)


def test_counts_of_kinds_are_those_of_the_graph(index: Index, sample_store: ox.Store) -> None:
    counts = {count.code: count.things for count in index.find().counts["kind"]}
    for section in SECTIONS.values():
        subjects = (q.subject for q in _typed(sample_store, section.cls))
        there = {s.value for s in subjects if isinstance(s, ox.NamedNode)}
        there = {iri for iri in there if iri.startswith(f"{ID}{section.segment}/")}
        if section.segment != "hop":
            assert counts.get(section.segment, 0) == len(there), section.segment


def _typed(store: ox.Store, cls: str) -> Iterator[ox.Quad]:
    return store.quads_for_pattern(
        None, ox.NamedNode(expand("rdf:type")), ox.NamedNode(cls), ox.DefaultGraph()
    )


def test_regions_roll_up_to_their_nuts_areas_and_country(index: Index, sample_store: ox.Store) -> None:
    rows = sample_store.query(
        "PREFIX pt: <https://w3id.org/policytrace/ns#> SELECT DISTINCT ?practice WHERE { ?practice a "
        'pt:GoodPractice ; pt:inRegion ?region . ?region pt:nutsCode ?code FILTER(STRSTARTS(?code, "ES2")) }'
    )
    assert isinstance(rows, ox.QuerySolutions)
    oracle = {row["practice"].value.removeprefix(ID) for row in rows}
    inside = set(_found(index, kind="practice", region="ES2"))
    assert oracle
    assert oracle <= inside
    assert inside < set(_found(index, kind="practice", region="ES"))
    assert set(_found(index, kind="practice", region="NL12")) < set(
        _found(index, kind="practice", region="NL")
    )


def test_what_is_not_recorded_can_be_asked_for(index: Index) -> None:
    all_of = set(_found(index, kind="practice"))
    without = set(_found(index, kind="practice", theme=NOT_RECORDED))
    with_one = {
        iri for count in index.find("", {"kind": ["practice"]}).counts["theme"] if count.code != NOT_RECORDED
        for iri in _found(index, kind="practice", theme=count.code)
    }  # fmt: skip
    assert without
    assert with_one == all_of - without
    assert not _found(index, kind="document", strength=NOT_RECORDED), "documents have no strength to record"


def test_a_list_of_ones_own_keeps_its_order(index: Index) -> None:
    given = [
        ID + name for name in ("region/lodz", "practice/gp-aula-emprende", "region/friesland", "no/thing")
    ]
    found = index.among(given)
    assert index.iris(found.numbers) == given[:3]
    found = index.among(given, {"kind": ["region"]})
    assert index.iris(found.numbers) == [given[0], given[2]]
    assert {count.code: count.things for count in found.counts["kind"]} == {"region": 2, "practice": 1}
    with pytest.raises(UnknownCodeError, match="There is no theme “x”"):
        index.among(given, {"theme": ["x"]})


def test_rows_about_several_things_have_the_codes_of_all(index: Index) -> None:
    friesland, lodz = ID + "region/friesland", ID + "region/lodz"
    practice, unknown = ID + "practice/gp-aula-emprende", ID + "no/thing"
    facets = index.rows(
        [(friesland, lodz), (practice,), (unknown,), (friesland, friesland)],
        {"year": [("1999",), (), (), ()]},
    )
    kept, counts = facets.narrow(np.ones(4, np.bool_), {"region": ["NL12"]})
    assert kept.tolist() == [True, False, False, True]
    assert {count.code: count.things for count in counts["kind"]} == {"region": 2}
    assert {count.code: count.things for count in counts["region"]}["PL"] == 1
    assert {count.code: count.things for count in counts["year"]} == {"1999": 1}
    kept, _ = facets.narrow(np.ones(4, np.bool_), {"kind": ["practice"], "year": ["1999"]})
    assert not kept.any()
    kept, _ = facets.narrow(np.ones(4, np.bool_), {"theme": [NOT_RECORDED]})
    assert not kept[2], "what the index does not know is of no kind that may have a theme"
    with pytest.raises(UnknownCodeError):
        facets.narrow(np.ones(4, np.bool_), {"region": ["ZZ"]})


def test_what_points_at_a_thing_is_narrowed_like_any_list(
    client: FlaskClient, sample_store: ox.Store
) -> None:
    hub = f"{SCHEME}stage/implemented"
    predicate = ox.NamedNode(expand("pt:stage"))
    quads = sample_store.quads_for_pattern(None, predicate, ox.NamedNode(hub), ox.DefaultGraph())
    wanted = {str(quad.subject).strip("<>") for quad in quads}
    address = f"/linked?to={hub}&by=pt:stage"
    listed = client.get(f"{address}&format=json").get_json()
    assert {thing["iri"] for thing in listed["things"]} == wanted
    assert listed["total"] == len(wanted)
    spanish = client.get(f"{address}&region=ES&format=json").get_json()
    found = {
        *_found_of(client, "region=ES&stage=implemented&kind=transfer"),
        *_found_of(client, "region=ES&kind=measure"),
    }
    assert {thing["iri"] for thing in spanish["things"]} == found & wanted
    page = client.get(f"{address}&region=ES", headers=PAGE).text
    assert "Region: Spain" in page
    assert client.get("/linked?to=https://w3id.org/policytrace/id/no/thing&by=pt:stage").status_code == 404


def _found_of(client: FlaskClient, query: str) -> list[str]:
    return [thing["iri"] for thing in client.get(f"/search?{query}&format=json").get_json()["things"]]


def test_a_list_is_also_a_workbook(client: FlaskClient) -> None:
    whole = client.get("/browse/practice?region=ES&format=json").get_json()
    book = load_workbook(io.BytesIO(client.get("/browse/practice?region=ES&format=xlsx").data))
    assert [row[0].value for row in book["Data"].iter_rows(min_row=2)] == [t["iri"] for t in whole["things"]]
    said = {row[0].value: row[1].value for row in book["About"].iter_rows()}
    assert said["Filters"] == "region = ES"
    assert client.get(str(said["Again"]).removeprefix("http://site.example")).status_code == 200
    assert client.get("/browse/practice?region=ES&format=csv-safe").data.startswith("\ufeff".encode())


def test_pages_offer_choices_and_take_them_from_the_address(client: FlaskClient) -> None:
    page = client.get("/browse/practice?region=friesland", headers=PAGE)
    assert page.status_code == 200
    assert "Region: Friesland (NL12)" in page.text
    assert re.search(r'href="/browse/practice"[^>]*>Region: Friesland \(NL12\) ', page.text)
    assert "Groen Werkt! regional cooperation" in page.text
    wider = re.search(r'href="(/browse/practice\?[^"]*region=NL)"', page.text)
    assert wider, "the country around takes the place of the region"
    assert "region=NL12" not in wider[1]
    page = client.get("/search?q=Frieslnad", headers=PAGE)
    assert "No name or text here has “frieslnad”" in page.text
    assert "/doc/region/friesland" in page.text
    assert "also" in client.get("/search?q=Fryslân", headers=PAGE).text


def test_a_list_is_also_csv_and_json_and_says_how_much_there_is(client: FlaskClient) -> None:
    whole = client.get("/browse/practice?region=ES&format=json").get_json()
    rows = list(csv.DictReader(io.StringIO(client.get("/browse/practice?region=ES&format=csv").text)))
    assert [row["iri"] for row in rows] == [thing["iri"] for thing in whole["things"]]
    assert len(rows) == whole["total"] > 5
    page = client.get("/browse/practice?region=ES", headers=PAGE)
    assert page.headers["X-PolicyTrace-Rows"] == str(len(rows))
    assert all(f"/doc/practice/{row['iri'].rpartition('/')[2]}" in page.text for row in rows)
    assert 'rel="alternate"; type="text/csv"' in page.headers["Link"]


def test_pages_of_a_list_hold_each_thing_once(client: FlaskClient) -> None:
    address: str | None = "/search?kind=region&kind=organisation"
    seen: list[str] = []
    while address:
        page = client.get(address, headers=PAGE)
        seen += re.findall(r'<li><a href="(/doc/[^"]+)"', page.text)
        following = re.search(r'<http://site\.example(/[^>]*)>; rel="next"', page.headers["Link"])
        address = following[1] if following else None
    assert len(seen) == len(set(seen)) == int(page.headers["X-PolicyTrace-Rows"])
    assert len(seen) == len(rows("regions")) + sum(not row["same_as"] for row in rows("organisations"))
    assert client.get("/search?kind=region&page=99", headers=PAGE).status_code == 404


@pytest.mark.parametrize(
    "query",
    ["theme=<script>", "region=ZZ9", "year=x", "kind=nothing", "strength=strong&strength=%00", "project="],
)
def test_choices_that_nothing_has_are_explained(client: FlaskClient, query: str) -> None:
    answer = client.get(f"/search?q=talent&{query}", headers=PAGE)
    assert answer.status_code == (200 if query.endswith("=") else 400)
    assert "<script>" not in answer.text
    if answer.status_code == 400:
        assert "The list without it" in answer.text
