"""Suggestions: what people type finds the thing they mean."""

import pyoxigraph as ox
import pytest
from flask.testing import FlaskClient

from policytrace.graph.search.folding import fold
from policytrace.graph.search.index import Index
from policytrace.graph.sparql.engine import OxigraphEngine
from policytrace.graph.vocabulary.terms import ID, RDFS
from policytrace.server.search.suggest import MOST


def _found(client: FlaskClient, **query: str | int) -> list[dict[str, str]]:
    answer = client.get("/api/suggest", query_string=query)
    assert answer.status_code == 200, answer.text
    assert answer.mimetype == "application/json"
    found: list[dict[str, str]] = answer.get_json()
    return found


@pytest.mark.parametrize(
    ("typed", "kind", "expected"),
    [
        ("lodz", "region", "region/lodz"),
        ("ŁÓDŹ", "region", "region/lodz"),
        ("chemnitz agen", "practice", "practice/gp-chemnitz-agency"),
        ("gp-chemnitz-agency", "", "practice/gp-chemnitz-agency"),
        (ID + "practice/gp-chemnitz-agency", "", "practice/gp-chemnitz-agency"),
        ("alt bau", "project", "project/altbau"),
        ("altbau", "project", "project/altbau"),
        ("PL41", "region", "region/wielkopolskie"),
        ("pomorskie", "region", "region/zachodniopomorskie"),
        ("of lo ci", "organisation", "organisation/city-lodz"),
    ],
)
def test_typed_text_finds_the_thing(client: FlaskClient, typed: str, kind: str, expected: str) -> None:
    found = [hit["iri"] for hit in _found(client, q=typed, kind=kind)]
    assert ID + expected in found


def test_nearest_name_comes_first(client: FlaskClient) -> None:
    labels = [fold(hit["label"]) for hit in _found(client, q="chemnitz", limit=MOST)]
    begin = [label.startswith("chemnitz") for label in labels]
    assert begin[0]
    assert labels[0] == "chemnitz" or all(label != "chemnitz" for label in labels)


def test_suggestion_says_what_it_is(client: FlaskClient) -> None:
    (hit,) = _found(client, q="gp-chemnitz-agency", kind="practice")
    assert set(hit) == {"iri", "label", "kind", "kind_name", "context"}
    assert (hit["kind"], hit["kind_name"]) == ("practice", "Good practice")
    assert "Chemnitz" in hit["label"]
    assert "ALT/BAU" in hit["context"]


def test_kind_and_limit_bind(client: FlaskClient) -> None:
    assert {hit["kind"] for hit in _found(client, q="re", kind="region")} == {"region"}
    assert len(_found(client, q="re", limit=3)) == 3
    assert len({hit["iri"] for hit in _found(client, q="re", limit=MOST)}) == MOST


def test_without_words_a_kind_is_listed_by_name_and_nothing_without_both(client: FlaskClient) -> None:
    labels = [fold(hit["label"]) for hit in _found(client, kind="project", limit=MOST)]
    assert labels == sorted(labels)
    assert labels
    assert _found(client) == []


@pytest.mark.parametrize(
    "typed", ['")(*', "a' OR 1=1 --", "%", "\0", "🦆", "NOT", "x" * 2_000, "a b " * 500, "_"]
)
def test_strange_text_finds_nothing_or_something_but_never_fails(client: FlaskClient, typed: str) -> None:
    _found(client, q=typed)


@pytest.mark.parametrize("query", ["kind=nothing", "limit=0", "limit=x", "limit=1000"])
def test_mistakes_are_explained(client: FlaskClient, query: str) -> None:
    answer = client.get(f"/api/suggest?q=a&{query}")
    assert answer.status_code == 400
    assert answer.mimetype == "application/problem+json"
    assert query.partition("=")[2] in answer.get_json()["detail"]


def test_every_named_thing_is_found_by_its_whole_name() -> None:
    store = ox.Store()
    names = [
        "Straße der Œuvres",
        "Ærøskøbing",
        "Žďár nad Sázavou",
        "İzmir",
        "A\u011fr\u0131",
        "Αθήνα",
        "Đakovo",
        "A",
        "ﬁn",
    ]
    for number, name in enumerate(names):
        thing = ox.NamedNode(f"{ID}region/r{number}")
        store.add(ox.Quad(thing, ox.NamedNode(RDFS + "label"), ox.Literal(name)))
    index = Index.of(OxigraphEngine(store))
    for number, name in enumerate(names):
        for typed in (name, name.upper(), fold(name)):
            assert f"{ID}region/r{number}" in index.search(typed), typed
    assert index.search("zdar") == [f"{ID}region/r2"]
    assert index.search("aeroskobing") == [f"{ID}region/r1"]
