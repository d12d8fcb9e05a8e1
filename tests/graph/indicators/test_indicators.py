"""Indicators: nothing counts twice, unknown is no zero, and page, data and command tell the same numbers."""

import csv
import html
import io
import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pyoxigraph as ox
import pytest
from flask.testing import FlaskClient
from folders import SAMPLE
from openpyxl import load_workbook

from policytrace.graph.indicators.definitions import Definition, definitions
from policytrace.graph.indicators.items import collect, read_disputes
from policytrace.graph.indicators.measure import measure
from policytrace.graph.releases.release import Release, Releases
from policytrace.graph.sparql.engine import Engine, OxigraphEngine
from policytrace.graph.sparql.rdflib_engine import RdflibEngine
from policytrace.graph.vocabulary.scales import LEVELS, REALISED, REFUSED
from policytrace.server.analyses.indicators import PER_PAGE

PAGE = {"Accept": "text/html"}


@pytest.fixture(scope="module")
def store(counting_home: Path) -> ox.Store:
    release = Releases(counting_home).current()
    assert release is not None
    return release.open()


def _told(engine: Engine, name: str, **options: str) -> dict[str, Any]:
    return measure(engine, "r", name, options).as_dict(lambda iri: iri.rpartition("/")[2])


EXPECTED: dict[str, tuple[dict[str, Any], int, dict[str, int], int | None]] = {
    "practices-presented": ({"count": 2}, 3, {"no-event": 1}, None),
    "practices-taken-up": ({"count": 1}, 3, {"considered": 1, "no-transfer": 1}, None),
    "transfers": ({"count": 12}, 12, {}, None),
    "transfers-realised": ({"count": 10}, 12, {"considered": 2}, None),
    "measures-inspired": ({"count": 3}, 5, {"considered": 1, "no-transfer": 1}, None),
    "instruments-improved": ({"count": 1}, 4, {"no-transfer": 1, "intended": 1, "no-change": 1}, 1),
    "funds-influenced": (
        {"count": 2, "sums": {"EUR": 100_000, "GBP": 2500.5}},
        4,
        {"no-transfer": 1, "intended": 1},
        1,
    ),
    "regions-learned": ({"count": 2}, 3, {"considered": 0, "no-transfer": 1}, 0),
    "regions-taught": ({"count": 1}, 2, {"considered": 0, "no-transfer": 1}, 1),
    "organisations-learned": ({"count": 7}, 8, {"considered": 0, "no-transfer": 1}, 1),
    "organisations-taught": ({"count": 1}, 2, {"considered": 0, "no-transfer": 1}, 1),
    "lag": (
        {"count": 2, "shortest": -235, "longest": 129, "exact": 1, "median": None},
        3,
        {"undated": 1},
        2,
    ),
}
"""Number, denominator, what does not count and what cannot be counted, counted by hand in the tables."""


@pytest.mark.parametrize("engine_name", ["oxigraph", "rdflib"])
def test_nothing_counts_twice(store: ox.Store, engine_name: str) -> None:
    engine: Engine = OxigraphEngine(store) if engine_name == "oxigraph" else RdflibEngine.load(store)
    assert set(EXPECTED) == set(definitions())
    for name, (number, total, without, unknown) in EXPECTED.items():
        told = _told(engine, name)
        assert told["number"] == number, name
        assert told["denominator"]["count"] == total, name
        assert {row["code"]: row["count"] for row in told["not_counted"]} == without, name
        assert (told["unknown"] and told["unknown"]["count"]) == unknown, name
        assert len(told["rows"]) == number["count"]
        assert total == number["count"] + sum(without.values())


def test_disputed_claims_and_sums_are_counted_with_and_without(store: ox.Store) -> None:
    engine = OxigraphEngine(store)
    assert _told(engine, "transfers-realised", disputed="without")["number"] == {"count": 9}
    rows = _told(engine, "transfers-realised")["rows"]
    disputes = {row["key"]["transfer"]["label"]: row["disputed"] for row in rows if row["disputed"]}
    assert disputes == {"tr-receiver-bis": ["contested", "weakened"]}
    funds = _told(engine, "funds-influenced")
    steps = funds["sensitivity"]
    assert steps[0]["number"]["sums"] == {"EUR": 100_000, "GBP": 2500.5}
    assert steps[0]["without_disputed"]["sums"] == {"EUR": 100_000}
    assert [row["disputed"] for row in funds["rows"]] == [[], ["sums-differ"]]
    strongest = measure(engine, "r", "transfers-realised", {"min_strength": "very-strong"})
    assert strongest.number.words(strongest.known) == "none known"


def test_a_project_narrows_the_count_and_what_two_share_counts_in_both(store: ox.Store) -> None:
    engine = OxigraphEngine(store)
    for project in ("alpha", "beta"):
        assert _told(engine, "instruments-improved", project=project)["number"] == {"count": 1}
    assert _told(engine, "instruments-improved", project="beta")["denominator"]["count"] == 1
    assert _told(engine, "practices-presented", project="beta")["denominator"]["count"] == 0


@pytest.mark.parametrize("known", definitions().values(), ids=list(definitions()))
def test_both_engines_find_equal_rows_in_the_sample(
    known: Definition, sample_store: ox.Store, reference: RdflibEngine
) -> None:
    ours, theirs = OxigraphEngine(sample_store), reference
    found = [collect(engine, known, None, read_disputes(engine)) for engine in (ours, theirs)]

    def plain(gathered: Any) -> Any:
        def cells(row: Any) -> tuple[Any, ...]:
            return (sorted(row.values.items()), row.lacks, row.strength, row.disputes)

        return [(item.key, sorted(map(cells, item.rows))) for item in gathered.items], gathered.unknown

    assert found[0].items
    assert plain(found[0]) == plain(found[1])


@pytest.fixture(scope="module")
def reference(sample_store: ox.Store) -> RdflibEngine:
    return RdflibEngine.load(sample_store)


def _rows(table: str) -> list[dict[str, str]]:
    found = []
    for path in sorted(SAMPLE.glob(f"*/{table}.csv")):
        with path.open(encoding="utf-8", newline="") as file:
            found += list(csv.DictReader(file))
    return found


def _came(row: dict[str, str]) -> bool:
    """Whether a transfer or measure was realised, by the codes of its row."""
    return row["stage"] in REALISED and row["outcome"] not in REFUSED


def test_numbers_of_the_sample_are_those_of_its_tables(sample_store: ox.Store) -> None:
    """The tables counted without the graph."""
    engine = OxigraphEngine(sample_store)
    realised = [row for row in _rows("transfers") if _came(row)]
    measures = {row["id"]: row for row in _rows("measures")}
    led_to = {row["to_measure_id"] for row in realised} - {""}
    changes = [
        row
        for row in _rows("policy_changes")
        if row["measure_id"] in led_to
        and (_came(measures[row["measure_id"]]) or not measures[row["measure_id"]]["stage"])
        and row.get("state") != "intended"
    ]
    instruments = {row["instrument_id"] for row in changes} - {""}
    told = _told(engine, "instruments-improved")
    assert {row["key"]["instrument"]["label"] for row in told["rows"]} == instruments
    assert told["unknown"]["count"] == sum(1 for row in changes if not row["instrument_id"])
    types = {kind for row in changes if row["instrument_id"] for kind in row["type"].split("|")}
    assert {group["label"] for group in told["by"]["changeType"]} == types
    assert len(_told(engine, "measures-inspired")["rows"]) == len(led_to)
    taken = {row["source_practice_id"] for row in realised} - {""}
    assert len(_told(engine, "practices-taken-up")["rows"]) == len(taken)
    assert _told(engine, "transfers-realised")["number"]["count"] == len(realised)
    sums = set()
    for row in changes:
        same = measures.get(row.get("same_money_as_id") or "")
        amount, currency = (same["cost"], same["currency"]) if same else (row["amount"], row["currency"])
        if amount:
            sums.add((row["instrument_id"] or row["measure_id"], float(amount), currency))
    total: dict[str, float] = {}
    for _, number, currency in sums:
        total[currency] = total.get(currency, 0) + number
    assert _told(engine, "funds-influenced")["number"]["sums"] == total
    seats = {row["id"]: row["region_id"] for row in _rows("organisations")}
    regions = {row["to_region_id"] or seats.get(row["to_organisation_id"], "") for row in realised} - {""}
    assert {row["key"]["region"]["label"] for row in _told(engine, "regions-learned")["rows"]} == regions


def test_thresholds_only_ever_take_away(sample_store: ox.Store) -> None:
    engine = OxigraphEngine(sample_store)
    for name in definitions():
        found = measure(engine, "r", name, {})
        steps = found.sensitivity()
        assert [step.min_strength for step in steps] == ["", *LEVELS]
        counts = [(step.every.count, step.undisputed.count) for step in steps]
        assert counts == sorted(counts, reverse=True)
        assert all(every >= undisputed for every, undisputed in counts)
        for step in steps:
            asked = measure(engine, "r", name, {"min_strength": step.min_strength, "disputed": "without"})
            assert asked.number == step.undisputed
        for by in found.known.by:
            groups = found.groups(by.name)
            assert max(group.thresholds[0].every.count for group in groups) <= steps[0].every.count
            assert sum(group.thresholds[0].every.count for group in groups) >= steps[0].every.count


@pytest.mark.parametrize("name", list(definitions()))
def test_page_and_data_tell_the_same(client: FlaskClient, name: str) -> None:
    data = client.get(f"/api/indicators/{name}").get_json()
    text = html.unescape(client.get(f"/indicators/{name}", headers=PAGE).text)
    known = definitions()[name]
    assert data["rule"] in text
    assert f"{data['denominator']['count']:,} {known.denominator}" in text
    assert len(re.findall('<tr><th scope="row"><a', text)) >= min(data["number"]["count"], PER_PAGE)
    for lack in data["not_counted"]:
        assert f"{lack['count']:,}</a>: {lack['words']}" in text
        listed = client.get(f"/indicators/{name}?show={lack['code']}", headers=PAGE)
        assert f'<span class="count">{lack["count"]:,}</span>' in listed.text
    if data["unknown"]:
        assert f"{data['unknown']['count']:,}</a> {data['unknown']['words']}" in text
    query = re.search(r'<pre class="excerpt" tabindex="0">(.*?)</pre>', text, re.DOTALL)
    assert query
    again = client.get("/sparql", query_string={"query": query[1], "format": "json"}).get_json()
    assert len(again["results"]["bindings"]) >= data["number"]["count"]


def test_facets_choose_rows_and_leave_the_number(client: FlaskClient) -> None:
    whole = client.get("/api/indicators/practices-taken-up").get_json()
    spanish = client.get("/api/indicators/practices-taken-up?region=ES").get_json()
    assert spanish["number"] == whole["number"]
    assert 0 < len(spanish["rows"]) < len(whole["rows"])
    assert all(row in whole["rows"] for row in spanish["rows"])
    page = client.get("/indicators/practices-taken-up?region=ES", headers=PAGE).text
    assert f'The rows behind the number <span class="count">{len(spanish["rows"])}</span>' in page
    sheets = _book(client.get("/indicators/practices-taken-up.xlsx?region=ES").data)
    assert len(sheets["Data"]) == len(spanish["rows"]) + 1
    assert dict(row[:2] for row in sheets["About"])["Filters"] == "region = ES"
    one = client.get("/api/indicators/practices-taken-up?project=upgradesme&region=ES").get_json()
    alone = client.get("/api/indicators/practices-taken-up?project=upgradesme").get_json()
    assert one["number"] == alone["number"]
    assert client.get("/indicators/transfers?project=upgradesme&project=x").status_code == 400


def test_the_list_of_indicators_has_every_number(client: FlaskClient) -> None:
    data = client.get("/api/indicators?project=upgradesme").get_json()
    text = html.unescape(client.get("/indicators?project=upgradesme", headers=PAGE).text)
    assert [one["indicator"] for one in data["indicators"]] == list(definitions())
    for one in data["indicators"]:
        assert f'href="/indicators/{one["indicator"]}?project=upgradesme">{one["title"]}</a>' in text
    assert "none known" in text
    for picture in ("map.svg", "flow.png", "matrix.svg"):
        assert f'href="/picture/{picture}?project=upgradesme"' in text
        assert client.get(f"/picture/{picture}?project=upgradesme").status_code == 200


def test_labels_of_the_tables_are_inert_on_the_page(counting: FlaskClient) -> None:
    text = counting.get("/indicators/practices-taken-up", headers=PAGE).text
    assert "=Talent &lt;script&gt;alert(1)&lt;/script&gt; house" in text
    assert "<script>alert" not in text


@pytest.mark.parametrize(
    ("address", "status", "words"),
    [
        ("indicators/instrument-improved", 404, "instruments-improved"),
        ("indicators/lag?min_strength=huge", 400, "very-weak"),
        ("indicators/lag?disputed=maybe", 400, "with, without"),
        ("indicators/lag?project=nobody", 400, "nothing in this release"),
        ("indicators/lag?colour=red", 400, "is no option"),
        ("indicators/lag?show=nothing", 404, "no rows called"),
        ("indicators/lag?page=99", 404, "pages 1 to"),
    ],
)
def test_what_cannot_be_answered_is_explained(
    client: FlaskClient, address: str, status: int, words: str
) -> None:
    answer = client.get("/" + address)
    assert answer.status_code == status
    assert words in answer.get_json()["detail"]


def _run(home: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "policytrace", "--home", str(home), "indicators", *arguments],
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
        env={**os.environ, "COLUMNS": "200"},
    )


def test_the_command_tells_the_same_numbers(sample_home: Path, client: FlaskClient) -> None:
    wanted = client.get("/api/indicators/instruments-improved?min_strength=moderate").get_json()
    told = json.loads(
        _run(sample_home, "instruments-improved", "--min-strength", "moderate", "--format", "json").stdout
    )
    assert wanted.pop("again").startswith("http://site.example/indicators/instruments-improved?min_strength")
    assert told == wanted
    table = _run(sample_home, "instruments-improved", "--min-strength", "moderate", "--format", "csv")
    assert len(list(csv.DictReader(table.stdout.splitlines()))) == wanted["number"]["count"]
    assert f"Policy instruments improved: {wanted['number']['count']}, of" in table.stderr
    every = list(csv.DictReader(_run(sample_home, "--format", "csv").stdout.splitlines()))
    assert [row["indicator"] for row in every] == list(definitions())
    wrong = _run(sample_home, "nonsense")
    assert wrong.returncode == 6
    assert "Traceback" not in wrong.stderr
    assert "There are:" in wrong.stderr


def _book(data: bytes) -> dict[str, list[tuple[Any, ...]]]:
    return {sheet.title: list(sheet.iter_rows(values_only=True)) for sheet in load_workbook(io.BytesIO(data))}


@pytest.mark.parametrize("name", list(definitions()))
def test_a_workbook_has_the_numbers_of_the_page_and_what_they_rest_on(
    client: FlaskClient, sample_release: Release, name: str
) -> None:
    data = client.get(f"/api/indicators/{name}?min_strength=weak").get_json()
    answer = client.get(f"/indicators/{name}.xlsx?min_strength=weak")
    book = _book(answer.data)
    assert list(book) == ["Data", "Sensitivity", "Paths", "Evidence", "Codebook", "About"]
    assert len(book["Data"]) == data["number"]["count"] + 1
    head, *steps = book["Sensitivity"]
    whole = [dict(zip(head, row, strict=True)) for row in steps if row[0] is None]
    told = [(step["number"], step["without_disputed"]) for step in data["sensitivity"]]
    assert [row["number"] or 0 for row in whole] == [one["count"] for pair in told for one in pair]
    if "median" in data["number"]:
        assert [row["median"] for row in whole] == [one["median"] for pair in told for one in pair]
    head, *lines = book["Evidence"]
    claims = {
        iri for row in data["rows"] for ends in row["rests_on"].values() for iri in [e["id"] for e in ends]
    }
    assert {row[0] for row in lines} <= claims
    assert bool(lines) == bool(data["number"]["count"])
    about = dict(row[:2] for row in book["About"])
    assert (about["Release"], about["Rule"]) == (sample_release.id, data["rule"])
    assert about["Filters"] == "min_strength = weak"
    again = client.get(about["Again"].removeprefix("http://site.example"), headers=PAGE)
    assert f"{data['denominator']['count']:,} {definitions()[name].denominator}" in html.unescape(again.text)
    assert {row[0] for row in book["Codebook"]} >= set(book["Data"][0]) - {None}


def test_files_of_an_indicator_are_exact_or_safe(counting: FlaskClient) -> None:
    exact = counting.get("/indicators/practices-taken-up.csv")
    safe = counting.get("/indicators/practices-taken-up.csv-safe")
    assert "safe.csv" in safe.headers["Content-Disposition"]
    (one,) = csv.DictReader(io.StringIO(exact.text))
    (other,) = csv.DictReader(io.StringIO(safe.data.decode("utf-8-sig")))
    assert one["practiceLabel"] == "=Talent <script>alert(1)</script> house"
    assert other["practiceLabel"] == "'" + one["practiceLabel"]
    assert one["release"] in one["again"]
    assert counting.get(one["again"].removeprefix("http://site.example")).status_code == 200
    funds = list(csv.DictReader(io.StringIO(counting.get("/indicators/funds-influenced.csv-safe").text)))
    assert [row["amount"] for row in funds] == ["100000", "2500.5"]
    sheet = load_workbook(io.BytesIO(counting.get("/indicators/practices-taken-up.xlsx").data))["Data"]
    cells = [cell for row in sheet.iter_rows(min_row=2) for cell in row if str(cell.value).startswith("=")]
    assert {cell.data_type for cell in cells} == {"s"}
    assert counting.get("/indicators/practices-taken-up.docx").status_code == 404


def test_an_older_release_gives_its_own_number_again(counting: FlaskClient, counting_home: Path) -> None:
    older, current = (release.id for release in Releases(counting_home).all())
    numbers = {
        release: counting.get(f"/api/indicators/measures-inspired?release={release}").get_json()["number"]
        for release in (older, current)
    }
    assert numbers == {older: {"count": 2}, current: {"count": 3}}
    first, second = (counting.get(f"/indicators/lag.xlsx?release={older}").data for _ in range(2))
    assert _book(first) == _book(second)
    assert dict(row[:2] for row in _book(first)["About"])["Release"] == older
    text = counting.get(f"/indicators/lag?release={older}", headers=PAGE).text
    assert f"release={older}" in text


def test_library_and_paths_have_files_for_spreadsheets_too(counting: FlaskClient) -> None:
    for address in (
        "/queries/practice_destinations.csv-safe?practice=gp-house",
        "/api/paths?from=practice/gp-house&format=csv-safe",
    ):
        text = counting.get(address).data.decode()
        assert text.startswith("\ufeff")
        cells = [cell for row in csv.reader(io.StringIO(text.removeprefix("\ufeff"))) for cell in row]
        assert any(cell.startswith("'=Talent") for cell in cells)
        assert not [cell for cell in cells if cell.startswith(("=", "+", "@"))]
