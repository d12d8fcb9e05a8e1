"""Dossiers: the claim, its evidence and what is missing, and what went into a thing and came out of it."""

import csv
import re
import shutil
from collections.abc import Iterator
from pathlib import Path

import pyoxigraph as ox
import pytest
from flask.testing import FlaskClient
from folders import SMALL

from policytrace.graph.building.build import build
from policytrace.graph.reasoning.claim_facts import collect_facts
from policytrace.graph.reasoning.strength import rise, rule
from policytrace.graph.vocabulary.terms import ID, expand
from policytrace.server import create_app
from policytrace.server.dossiers.inputs_outputs import SIDES, sides
from policytrace.server.operations.settings import Settings
from policytrace.server.presentation.sections import SECTIONS

PAGE = {"Accept": "text/html"}
DEFAULT = ox.DefaultGraph()


def _text(html: str) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", "", html))


def _section(html: str, name: str) -> str:
    found = re.search(rf'<section aria-labelledby="{name}">(.*?)</section>', html, re.DOTALL)
    assert found, name
    return found[1]


def test_a_transfer_says_what_would_raise_it_as_the_rule_does(
    client: FlaskClient, sample_store: ox.Store
) -> None:
    shown = {level.code: level.code.replace("-", " ").capitalize() for level in rule().levels}
    known = collect_facts(sample_store)
    claims = {claim: facts for claim, facts in known.items() if facts.kind == "transfer"}
    for claim, facts in sorted(claims.items())[::12]:
        text = _section(client.get(claim.replace(ID, "/doc/"), headers=PAGE).text, "strength")
        way = rise(facts)
        assert way is not None
        assert f"What would raise it to {shown[way.level]}" in _text(text)
        assert re.search(
            rf"<p>{way.points} points? (is|are) missing", text.replace("points are", "points are")
        )
        assert [
            re.match(r"(.*?) \(", item)[1]  # type: ignore[index]
            for item in re.findall(r"<li>(.*?)</li>", text.partition("What would raise")[2])
        ] == [remedy.words for remedy in way.remedies]


def test_a_transfer_numbers_its_sources_and_cites_each(client: FlaskClient) -> None:
    html = client.get("/doc/transfer/tr-altbau-riga", headers=PAGE).text
    numbers = re.findall(r'<li id="source-(\d+)">', html)
    assert numbers == [str(number) for number in range(1, len(numbers) + 1)]
    assert set(re.findall(r'href="#source-(\d+)"', html)) == set(numbers)
    independence = _text(_section(html, "evidence").partition("How independent it is")[2])
    assert "Third party none" in independence
    assert "Programme 2 documents for: URBACT" in independence
    assert "nobody, as far as is recorded" in independence


def test_a_transfer_names_every_other_claim_on_its_measure(
    client: FlaskClient, sample_store: ox.Store
) -> None:
    measures: dict[str, list[str]] = {}
    for quad in sample_store.quads_for_pattern(None, ox.NamedNode(expand("pt:toMeasure")), None, DEFAULT):
        measures.setdefault(str(quad.object), []).append(str(getattr(quad.subject, "value", "")))
    shared = [claims for claims in measures.values() if len(claims) > 1]
    assert shared
    for claims in shared[:4]:
        html = client.get(claims[0].replace(ID, "/doc/"), headers=PAGE).text
        against = _section(html, "against")
        for other in claims[1:]:
            assert other.replace(ID, "/doc/") in against


@pytest.mark.parametrize("segment", [name for name in SECTIONS if sides(name)])
def test_every_kind_of_dossier_has_the_same_frame(
    client: FlaskClient, sample_store: ox.Store, segment: str
) -> None:
    a = ox.NamedNode(expand("rdf:type"))
    quads = sample_store.quads_for_pattern(None, a, ox.NamedNode(SECTIONS[segment].cls), DEFAULT)
    nodes = sorted(str(getattr(quad.subject, "value", "")) for quad in quads)
    nodes = [node for node in nodes if node.startswith(f"{ID}{segment}/")]
    assert nodes
    for node in nodes[:: max(len(nodes) // 3, 1)]:
        html = client.get(node.replace(ID, "/doc/"), headers=PAGE).text
        order = [html.index(f">{title}</h2>") for title, _ in SIDES.values()]
        assert order == sorted(order)
        assert len(html) < 100 * 1024


def test_what_several_transfers_name_is_counted_once(client: FlaskClient) -> None:
    out = _text(_section(client.get("/doc/practice/gp-aula-emprende", headers=PAGE).text, "side-out"))
    assert "What was learned from it 8" in out
    assert "What they name 1 giving region, 8 receiving regions, 1 event, 1 measure" in out
    assert "How far they got 8 Implemented" in out


def test_every_path_of_a_transfer_is_a_page_further(client: FlaskClient) -> None:
    dossier = _section(client.get("/doc/transfer/tr-playful-paradigm-cork", headers=PAGE).text, "paths")
    first = re.findall(r'<li><a href="(/doc/path/[^"]+)"', dossier)
    assert 'href="/through/transfer/tr-playful-paradigm-cork"' in dossier
    every = client.get("/through/transfer/tr-playful-paradigm-cork", headers=PAGE).text
    paths = re.findall(r'<li><a href="(/doc/path/[^"]+)"', every)
    assert paths[: len(first)] == first
    assert len(first) < len(set(paths)) == len(paths)
    counts = [re.search(r"(\d+) other transfers stand before or after it", page) for page in (dossier, every)]
    assert all(counts)
    assert len({count[1] for count in counts if count}) == 1
    assert client.get("/through/transfer/nothing", headers=PAGE).status_code == 404


def test_a_practice_without_transfer_says_so_without_saying_none(
    client: FlaskClient, sample_store: ox.Store
) -> None:
    a, source = ox.NamedNode(expand("rdf:type")), ox.NamedNode(expand("pt:source"))
    practices = sample_store.quads_for_pattern(None, a, ox.NamedNode(expand("pt:GoodPractice")), DEFAULT)
    lonely = next(
        str(getattr(quad.subject, "value", ""))
        for quad in practices
        if not any(sample_store.quads_for_pattern(None, None, quad.subject, DEFAULT))
    )
    text = _text(_section(client.get(lonely.replace(ID, "/doc/"), headers=PAGE).text, "side-out"))
    assert "Nothing is recorded that came out." in text
    assert "does not mean that there was nothing" in text
    assert not any(
        quad for quad in sample_store.quads_for_pattern(None, source, ox.NamedNode(lonely), DEFAULT)
    )


@pytest.fixture(scope="module")
def overruled_client(overruled_home: Path) -> Iterator[FlaskClient]:
    app = create_app(Settings(home=overruled_home, project="alpha", query_processes=1, rate=0))
    yield app.test_client()
    app.extensions["policytrace"].pool.close()


def test_a_level_that_people_set_stands_beside_the_computed_one(overruled_client: FlaskClient) -> None:
    html = overruled_client.get("/doc/transfer/tr-desk", headers=PAGE).text
    strength = _text(_section(html, "strength"))
    assert re.search(r"People have set the strength to Very weak ?, because: It .* was a slip", strength)
    assert "Why the computed strength is" in strength


def test_claims_about_one_source_and_receiver_that_differ_are_set_beside_each_other(
    overruled_client: FlaskClient,
) -> None:
    for claim, other, says in (("tr-desk", "tr-dream", "rejected"), ("tr-dream", "tr-desk", "implemented")):
        html = overruled_client.get(f"/doc/transfer/{claim}", headers=PAGE).text
        against = _section(html, "against")
        assert f"Another claim about the same source and receiver says “{says}”" in _text(against)
        assert f"/doc/transfer/{other}" in against
    exchange = overruled_client.get("/doc/transfer/tr-whole", headers=PAGE).text
    assert "No conflict with other claims, dates or evidence was found." in exchange
    assert "too dear" in overruled_client.get("/doc/transfer/tr-dream", headers=PAGE).text


ARABIC = "مدينة المعرفة البعيدة"
LONG = "Zusammenarbeitsvereinbarungsverhandlungsprotokoll" * 8


RIVAL = "The city had decided on a desk before the visit."


def _rows(table: Path) -> list[dict[str, str]]:
    with table.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def _write(table: Path, rows: list[dict[str, str]]) -> None:
    with table.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, rows[0])
        writer.writeheader()
        writer.writerows(rows)


@pytest.fixture(scope="module")
def odd(tmp_path_factory: pytest.TempPathFactory) -> Iterator[FlaskClient]:
    """A client of a server with names that are right-to-left, endless or alike, and dates without a day."""
    folder = tmp_path_factory.mktemp("odd")
    shutil.copytree(SMALL, folder / "data")
    tables = folder / "data" / "alpha"
    rows = _rows(tables / "good_practices.csv")
    rows[0] |= {"title": ARABIC, "description": LONG, "start_date": "2018"}
    _write(tables / "good_practices.csv", [*rows, {**rows[0], "id": "gp-twin"}])
    rows = [row | {"rival_explanation": ""} for row in _rows(tables / "transfers.csv")]
    rows[0]["rival_explanation"] = RIVAL
    _write(tables / "transfers.csv", rows)
    build(sorted((folder / "data").iterdir()), folder / "home")
    app = create_app(Settings(home=folder / "home", project="alpha", query_processes=1, rate=0))
    yield app.test_client()
    app.extensions["policytrace"].pool.close()


def test_odd_names_and_dates_stay_readable(odd: FlaskClient) -> None:
    first, twin = (odd.get(f"/doc/practice/{name}", headers=PAGE).text for name in ("gp-house", "gp-twin"))
    assert f"<h1>{ARABIC}</h1>" in first
    assert f"<h1>{ARABIC}</h1>" in twin
    assert "https://w3id.org/policytrace/id/practice/gp-twin" in twin
    assert LONG in first
    assert "2018-01-01" not in _text(first)
    assert "What was learned from it 2" in _text(_section(first, "side-out"))
    assert "Nothing is recorded that came out." in _text(_section(twin, "side-out"))
    whole = odd.get("/doc/transfer/tr-whole", headers=PAGE).text
    assert "Leeuwarden learned about the exchange in" in _text(whole)
    missing = re.search(r"Not recorded:</strong>(.*?)</p>", whole)
    assert missing
    for what in ("who gave it", "the measure", "the event it went through", "when"):
        assert what in missing[1]


def test_a_rival_explanation_stands_beside_the_claim(odd: FlaskClient) -> None:
    told, silent = (odd.get(f"/doc/transfer/{name}", headers=PAGE).text for name in ("tr-desk", "tr-dream"))
    assert RIVAL in _section(told, "against")
    assert "Not recorded, and no source says that one was looked for." in _section(silent, "against")
    for page, lacks in ((told, False), (silent, True)):
        missing = re.search(r"Not recorded:</strong>(.*?)</p>", page)
        assert missing
        assert ("other explanations" in missing[1]) is lacks
