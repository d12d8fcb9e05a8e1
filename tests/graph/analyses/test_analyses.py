"""Analyses of the sample: consistent with the queries, every number with what it rests on."""

import csv
import html
import io
import json
import os
import re
import subprocess
import sys
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient
from openpyxl import load_workbook

from policytrace.graph.analyses.analyses import ANALYSES, report
from policytrace.graph.analyses.brokers import Broker, PracticeReach
from policytrace.graph.analyses.lag import Lag
from policytrace.graph.analyses.loops import Loop, loops
from policytrace.graph.analyses.matrix import Cell, grid
from policytrace.graph.hops.arrays import Hop, HopArrays
from policytrace.graph.hops.table import scales
from policytrace.graph.library.queries import run
from policytrace.graph.paths.path_graph import PathGraph
from policytrace.graph.paths.request import QuestionError
from policytrace.graph.paths.search.view import View
from policytrace.graph.releases.release import Release
from policytrace.graph.sparql.engine import OxigraphEngine, Rows

PAGE = {"Accept": "text/html"}
PREFIX = "PREFIX pt: <https://w3id.org/policytrace/ns#> "
REALISED = """VALUES ?r { stage:committed stage:piloted stage:implemented stage:sustained }
  FILTER NOT EXISTS { VALUES ?o { outcome:rejected outcome:blocked } ?t pt:outcome ?o }"""
SCHEMES = "https://w3id.org/policytrace/scheme"
PREFIXES = f"{PREFIX} PREFIX stage: <{SCHEMES}/stage/> PREFIX outcome: <{SCHEMES}/outcome/> "


@pytest.fixture(scope="module")
def graph(sample_release: Release) -> PathGraph:
    return PathGraph.open(sample_release, OxigraphEngine.open(sample_release.store_path))


def _cells(graph: PathGraph, **options: str) -> list[Cell]:
    rows = report(graph, "matrix", options).rows
    assert all(isinstance(row, Cell) for row in rows)
    return [row for row in rows if isinstance(row, Cell)]


@pytest.mark.parametrize("kind", ["practice", "organisation"])
def test_transfers_chained_through_a_broker_are_those_of_the_query(graph: PathGraph, kind: str) -> None:
    rows = report(graph, "brokers", {"by": kind}).rows
    mine = {
        row.broker.id: (row.received, row.passed_on, row.through)
        for row in rows
        if isinstance(row, Broker) and row.through
    }
    theirs = _brokers(graph, kind, "received", "passedOn", "transfers")
    assert theirs
    assert mine == theirs


def test_transfers_that_came_about_through_an_event_are_those_of_the_query(graph: PathGraph) -> None:
    rows = report(graph, "brokers", {"by": "event"}).rows
    mine = {row.broker.id: (row.touching,) for row in rows if isinstance(row, Broker)}
    theirs = _brokers(graph, "event", "transfers")
    assert theirs
    assert mine == theirs


def _brokers(graph: PathGraph, kind: str, *columns: str) -> dict[str, tuple[int, ...]]:
    """Numbers of the brokers of a kind, as the query of the library counts them."""
    found = run(graph.engine, "brokers", {"kind": kind})
    told = [dict(zip(found.variables, row, strict=True)) for row in found.rows]
    return {
        str(row["broker"]).strip("<>"): tuple(int(getattr(row[column], "value", "")) for column in columns)
        for row in told
        if row["broker"]
    }


@pytest.mark.parametrize("by", ["region", "country", "organisation", "project"])
def test_every_realised_transfer_stands_in_the_matrix(graph: PathGraph, by: str) -> None:
    text = f"{PREFIXES} SELECT ?t WHERE {{ {REALISED} ?t a pt:LearningTransfer ; pt:stage ?r }}"
    answer = graph.engine.query(text)
    assert isinstance(answer, Rows)
    cells = _cells(graph, by=by)
    assert {t for cell in cells for t in cell.support.transfers} == {
        row[0].value for row in answer.rows if row[0]
    }
    assert all(cell.transfers == len(set(cell.support.transfers)) > 0 for cell in cells)


def test_the_matrix_of_regions_equals_a_query(graph: PathGraph) -> None:
    text = f"""{PREFIXES} PREFIX giver-kind: <{SCHEMES}/giver-kind/>
    SELECT ?to ?from (COUNT(DISTINCT ?t) AS ?n) WHERE {{
      {REALISED} ?t a pt:LearningTransfer ; pt:stage ?r ; pt:giverKind ?kind .
      OPTIONAL {{ ?t pt:toRegion ?named }} OPTIONAL {{ ?t pt:toOrganisation/pt:inRegion ?seat }}
      OPTIONAL {{ ?t pt:toOrganisation/pt:country ?country }}
      OPTIONAL {{ ?t pt:fromRegion ?giverNamed }} OPTIONAL {{ ?t pt:fromOrganisation/pt:inRegion ?giverSeat }}
      OPTIONAL {{ ?t pt:fromOrganisation/pt:country ?giverCountry }}
      BIND (COALESCE(?named, ?seat, ?country) AS ?to)
      BIND (IF(?kind IN (giver-kind:own-region, giver-kind:not-named), ?kind,
        COALESCE(?giverNamed, ?giverSeat, ?giverCountry)) AS ?from) }} GROUP BY ?to ?from"""
    abroad = "BIND (IF(?kind = giver-kind:several-countries, ?kind, ?none) AS ?from) FILTER (BOUND(?from))"
    start, end = text.index("BIND (IF"), text.index("} GROUP")
    wanted: dict[tuple[str, str], int] = {}
    for asked in (text, f"{text[:start]}{abroad} {text[end:]}"):
        answer = graph.engine.query(asked)
        assert isinstance(answer, Rows)
        wanted |= {
            (to.value if to else "", giver.value if giver else ""): int(n.value)
            for to, giver, n in answer.rows
            if n is not None
        }
    assert {(c.receiver.id, c.giver.id): c.transfers for c in _cells(graph, by="region")} == wanted


def test_weaker_claims_leave_the_matrix_and_considered_ones_are_called_so(graph: PathGraph) -> None:
    counts = [
        sum(cell.transfers for cell in _cells(graph, by="region", min_strength=level))
        for level in ("", "very-weak", "weak", "moderate", "strong", "very-strong")
    ]
    assert counts == sorted(counts, reverse=True)
    assert counts[0] > counts[-1]
    considered = report(graph, "matrix", {"layer": "considered"})
    assert "none of this is influence" in considered.notes[0]
    realised = {t for cell in _cells(graph) for t in cell.support.transfers}
    assert not realised & {t for row in considered.rows for t in row.support.transfers}


def test_a_grid_that_is_too_small_says_how_much_it_leaves_out(graph: PathGraph) -> None:
    cells = _cells(graph, by="country")
    whole, small = grid(cells, 1000), grid(cells, 3)
    assert whole.left_out == 0
    assert len(whole.cells) == len(cells)
    kinds = [giver.id.startswith(f"{SCHEMES}/giver-kind/") for giver in whole.givers]
    assert any(kinds)
    assert kinds == sorted(kinds), "givers that are no places stand last"
    shown = {t for cell in small.cells.values() for t in cell.support.transfers}
    every = {t for cell in cells for t in cell.support.transfers}
    assert small.left_out >= len(every - shown) > 0


def test_lags_are_the_days_between_the_ends_of_intervals(graph: PathGraph) -> None:
    text = f"""{PREFIXES} SELECT ?t ?ee ?el ?me ?ml WHERE {{
      {REALISED} ?t pt:stage ?r ; pt:throughEvent ?e ; pt:toMeasure ?m .
      OPTIONAL {{ ?e pt:earliest ?ee ; pt:latest ?el }}
      OPTIONAL {{ ?m pt:earliest ?me ; pt:latest ?ml }} }}"""
    answer = graph.engine.query(text)
    assert isinstance(answer, Rows)
    wanted: dict[str, Any] = {}
    for transfer, *ends in answer.rows:
        assert transfer is not None
        days = [date.fromisoformat(end.value) for end in ends if end is not None]
        span = ((days[2] - days[1]).days, (days[3] - days[0]).days) if len(days) == 4 else None
        assert transfer.value not in wanted
        wanted[transfer.value] = span
    rows = [row for row in report(graph, "lag", {"by": "transfer"}).rows if isinstance(row, Lag)]
    found = {row.group.id: (row.shortest, row.longest) if row.unknown == 0 else None for row in rows}
    assert found == wanted
    whole = report(graph, "lag", {}).rows[0]
    assert isinstance(whole, Lag)
    known = [span for span in wanted.values() if span]
    assert (whole.transfers, whole.unknown) == (len(wanted), len(wanted) - len(known))
    assert (whole.shortest, whole.longest) == (min(low for low, _ in known), max(high for _, high in known))


def test_reach_counts_what_took_a_practice_up_and_what_came_of_its_measures(graph: PathGraph) -> None:
    text = f"""{PREFIXES} SELECT DISTINCT ?t ?source ?measure WHERE {{
      {REALISED} ?t a pt:LearningTransfer ; pt:stage ?r ; pt:source ?source .
      OPTIONAL {{ ?t pt:toMeasure ?measure }} }}"""
    answer = graph.engine.query(text)
    assert isinstance(answer, Rows)
    told = [tuple(cell.value if cell else "" for cell in row) for row in answer.rows]
    wanted: dict[str, tuple[int, int, int, set[str]]] = {}
    for practice in {source for _, source, _ in told if "/id/practice/" in source}:
        direct = {transfer for transfer, source, _ in told if source == practice}
        reached, size = set(direct), 0
        while size < len(reached):
            size = len(reached)
            measures = {measure for transfer, _, measure in told if transfer in reached and measure}
            reached |= {transfer for transfer, source, _ in told if source in measures}
        wanted[practice] = (len(direct), len(reached - direct), len(measures), reached)
    rows = report(graph, "reach", {}).rows
    assert wanted
    assert {
        row.practice.id: (row.direct, row.onward, row.measures, set(row.support.transfers))
        for row in rows
        if isinstance(row, PracticeReach)
    } == wanted


def test_a_chain_that_leaves_a_region_and_comes_back_is_a_loop(graph: PathGraph) -> None:
    """Measures of two regions of the sample, linked by hops that lead away and back."""
    base = "https://w3id.org/policytrace/id/"
    text = f"{PREFIX} SELECT ?m ?r WHERE {{ ?m a pt:Measure ; pt:inRegion ?r }} ORDER BY ?r ?m"
    answer = graph.engine.query(text)
    assert isinstance(answer, Rows)
    by_region: dict[str, list[str]] = {}
    for measure, region in answer.rows:
        assert measure is not None
        assert region is not None
        by_region.setdefault(region.value, []).append(measure.value)
    home, *_ = (region for region, measures in sorted(by_region.items()) if len(measures) > 1)
    away = next(region for region in sorted(by_region) if region != home)
    one, other = by_region[home][:2]
    between = by_region[away][0]

    def hop(number: int, start: str, end: str) -> Hop:
        record = f"{base}transfer/drawn-{number}"
        return Hop(f"{number:020x}", start, end, "inspires", "realised", record, strength="weak")

    there, back, inside = hop(1, one, between), hop(2, between, other), hop(3, one, other)
    beside = there._replace(id=f"{4:020x}", kind="improves")
    arrays = HopArrays.of([there, back, inside, beside], scales())
    found, bound = loops(graph.engine, View(arrays))
    assert bound == ()
    assert [(row.region.id, row.source.id, row.measure.id) for row in found] == [(home, one, other)]
    assert isinstance(found[0], Loop)
    assert [region.id for region in found[0].through] == [away]
    assert found[0].support.hops == (there.id, back.id)
    assert found[0].strength == "weak"


@pytest.mark.parametrize(
    ("name", "options", "words"),
    [
        ("matrix", {"by": "contry"}, "Did you mean country"),
        ("matrix", {"max_hops": "3"}, "is no option here"),
        ("brokers", {"max_hops": "2"}, "There are: by, layer, min_strength"),
        ("loops", {"max_hops": "-1"}, "from 1 to 12"),
        ("lag", {"min_strength": "huge"}, "Use one of"),
        ("lag", {"layer": "opportunity"}, "Use one of"),
        ("brokrs", {}, "There are: brokers"),
    ],
)
def test_an_option_that_cannot_be_used_is_named(
    graph: PathGraph, client: FlaskClient, name: str, options: dict[str, str], words: str
) -> None:
    with pytest.raises(QuestionError, match=words):
        report(graph, name, options)
    answer = client.get(f"/api/analysis/{name}", query_string=options)
    assert answer.status_code == (404 if name not in ANALYSES else 400)
    assert answer.mimetype == "application/problem+json"
    assert words in answer.get_json()["detail"]


@pytest.mark.parametrize(("name", "by"), [(a.name, by) for a in ANALYSES.values() for by in a.by])
def test_page_and_data_tell_the_same_and_every_number_leads_on(
    client: FlaskClient, graph: PathGraph, name: str, by: str
) -> None:
    wanted = report(graph, name, {"by": by}).as_dict()
    data = client.get(f"/api/analysis/{name}", query_string={"by": by})
    told = data.get_json()
    again = client.get(told.pop("again").removeprefix("http://site.example") + "&format=json")
    assert told == json.loads(json.dumps(wanted))
    assert again.get_json()["rows"] == told["rows"]
    assert data.headers["X-PolicyTrace-Truncated"] == "no"
    page = client.get(f"/analysis/{name}", query_string={"by": by}, headers=PAGE)
    text = html.unescape(page.text)
    assert page.status_code == 200
    assert f"<caption>{len(wanted['rows'])} row" in text
    for row in wanted["rows"][:2]:
        behind = client.get(f"/analysis/{name}", query_string={"by": by, "row": row["key"]}, headers=PAGE)
        assert behind.status_code == 200
        assert len(re.findall(r"<small>stated by", behind.text)) == len(row["hops"])
        assert all(f"/doc/transfer/{iri.rpartition('/')[2]}" in behind.text for iri in row["transfers"])
    assert client.get(f"/analysis/{name}?row=none", headers=PAGE).status_code == 404


def test_rows_are_narrowed_by_the_facets_of_every_list(client: FlaskClient) -> None:
    every = client.get("/api/analysis/matrix").get_json()["rows"]
    dutch = client.get("/api/analysis/matrix?region=NL&stage=implemented").get_json()["rows"]
    assert 0 < len(dutch) < len(every)
    assert all(row in every for row in dutch), "numbers stay"
    known = client.get("/search?kind=region&region=NL&format=json").get_json()["things"]
    inside = {thing["iri"] for thing in known}
    assert {row["key"] for row in every if inside & {row["giver"]["id"], row["receiver"]["id"]}} >= {
        row["key"] for row in dutch
    }
    page = client.get("/analysis/matrix?region=NL&stage=implemented", headers=PAGE).text
    assert f"<caption>{len(dutch)} row" in page
    book = load_workbook(io.BytesIO(client.get("/analysis/matrix.xlsx?region=NL&stage=implemented").data))
    assert book.sheetnames == ["Data", "Paths", "Evidence", "Codebook", "About"]
    assert book["Data"].max_row == len(dutch) + 1
    named = {row[1].value for row in book["Paths"].iter_rows(min_row=2)} - {None}
    assert named == {iri for row in dutch for iri in row["transfers"]}
    said = {row[0].value: row[1].value for row in book["About"].iter_rows()}
    assert said["Filters"] == "region = NL, stage = implemented"
    exact = list(csv.DictReader(io.StringIO(client.get("/analysis/matrix.csv?region=NL").text)))
    assert exact[0]["again"].endswith(f"release={exact[0]['release']}")
    assert client.get("/analysis/matrix.docx").status_code == 404


def test_a_heading_sorts_the_rows(client: FlaskClient) -> None:
    def order(sort: str) -> list[int]:
        text = client.get(f"/analysis/reach?sort={sort}", headers=PAGE).text
        numbers = [int(n) for n in re.findall(r'<td class="number"[^>]*><bdi>(\d+)</bdi></td>', text)]
        return numbers[::3]

    up, down = order("direct"), order("-direct")
    assert up == sorted(up)
    assert down == sorted(down, reverse=True)
    assert up[0] < down[0]
    assert len(set(down)) > 3


def _run(home: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "policytrace", "--home", str(home), "analyse", *arguments],
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
        env={**os.environ, "COLUMNS": "200"},
    )


def test_the_command_prints_tables_csv_and_json(sample_home: Path, graph: PathGraph) -> None:
    wanted = report(graph, "matrix", {"by": "country", "min_strength": "weak"})
    asked = ("matrix", "--by", "country", "--min-strength", "weak")
    assert json.loads(_run(sample_home, *asked, "--format", "json").stdout) == json.loads(
        json.dumps(wanted.as_dict())
    )
    assert len(_run(sample_home, *asked, "--format", "csv").stdout.splitlines()) == len(wanted.rows) + 1
    table = _run(sample_home, *asked)
    assert f"{len(wanted.rows)} row(s)." in table.stderr
    wrong = _run(sample_home, "matrix", "--by", "planet")
    assert wrong.returncode != 0
    assert "Traceback" not in wrong.stderr
    assert "Use one of" in wrong.stderr
