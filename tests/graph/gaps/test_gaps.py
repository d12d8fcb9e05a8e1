"""The work list: what the library finds missing, who may know, where to add it; the whole of it as files."""

import csv
import html
import io
import re
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from flask.testing import FlaskClient
from folders import SAMPLE
from openpyxl import load_workbook

from policytrace.cli import main
from policytrace.graph.gaps.find import find
from policytrace.graph.gaps.kinds import kinds
from policytrace.graph.gaps.place import gaps_about, place
from policytrace.graph.library.queries import run
from policytrace.graph.lookup.reader import Reader
from policytrace.graph.releases.release import Release, Releases
from policytrace.graph.sparql.engine import OxigraphEngine
from policytrace.graph.tables.schema import schema

PAGE = {"Accept": "text/html"}
THING = "https://w3id.org/policytrace/id/"


def _gaps(client: FlaskClient, **filters: str) -> list[dict[str, Any]]:
    answer = client.get("/gaps.json", query_string=filters)
    assert answer.status_code == 200, answer.text
    found: list[dict[str, Any]] = answer.get_json()["gaps"]
    return found


def test_every_kind_names_a_table_and_columns_that_exist() -> None:
    for kind in kinds().values():
        known = {*schema().tables[kind.table].columns, "note", "source_url", "source_date", "confidence"}
        assert set(kind.columns) <= known, kind.code
        assert kind.add.endswith(".")


def test_the_list_has_what_the_library_finds(sample_release: Release) -> None:
    engine = OxigraphEngine.open(sample_release.store_path)
    found = Counter(gap.kind.code for gap in find(engine, None))

    def told(query: str, column: str) -> Counter[str]:
        rows = run(engine, query, {"project": ""})
        at = rows.variables.index(column)
        return Counter(cell.value for row in rows.rows if (cell := row[at]) is not None)

    missing = told("missing_knowledge", "kind")
    assert found["practice-without-transfer"] == missing["practice-without-transfer"] > 0
    assert found["measure-without-source"] == missing["measure-without-source"] > 0
    assert found["transfer-without-locator"] == missing["evidence-without-locator"] > 0
    order = told("time_order_breaks", "found")
    assert (found["order-broken"], found["order-possible"]) == (order["certain"], order["perhaps"])
    assert found["figure-disputed"] == len(told("conflicting_figures", "figure")) > 0
    texts = [path.read_text("utf-8") for path in SAMPLE.glob("*/gaps.csv")]
    assert found["stated"] == sum(len(list(csv.DictReader(io.StringIO(text)))) for text in texts)


def test_every_gap_leads_to_the_row_of_its_thing(sample_release: Release) -> None:
    engine, reader = OxigraphEngine.open(sample_release.store_path), Reader.open(sample_release.store_path)
    placed = place(reader, find(engine, None))
    tables = {
        path.relative_to(SAMPLE).as_posix(): path.read_text("utf-8").splitlines()
        for path in SAMPLE.glob("*/*.csv")
    }
    headers = {name: set(lines[0].split(",")) for name, lines in tables.items()}
    for one in placed:
        assert one.place.file is not None
        assert one.place.row is not None
        if one.gap.kind.own:
            assert one.target == one.place.file
            with (SAMPLE / one.place.file).open(encoding="utf-8", newline="") as file:
                row = list(csv.DictReader(file))[one.place.row - 2]
            assert row["id"] == one.gap.thing.rpartition("/")[2]
        if one.target in headers:
            assert set(one.gap.kind.columns) <= headers[one.target], one.target
    assert {one.why for one in placed if one.partners} == {
        "hosted what it is about",
        "is responsible for it",
        "is responsible for the measure",
        "is responsible for what it is about",
        "it is about them",
        "learned",
        "presented it",
        "presented what it is about",
        "was learned from",
    }


def test_gaps_of_the_made_tables(counting: FlaskClient) -> None:
    found = _gaps(counting)
    by_kind: dict[str, set[str]] = {}
    for gap in found:
        by_kind.setdefault(gap["kind"], set()).add(gap["thing"]["id"].rpartition("/")[2])
    assert by_kind["practice-without-transfer"] == {"gp-unseen"}
    assert by_kind["transfer-disputed"] == {"tr-receiver-bis"}
    assert by_kind["figure-disputed"] == {"fi-grant-a", "fi-grant-b"}
    assert by_kind["change-without-instrument"] == by_kind["change-without-sum"] == {"pc-nowhere"}
    assert by_kind["measure-without-source"] == {"me-own"}
    (unseen,) = (gap for gap in found if gap["kind"] == "practice-without-transfer")
    assert unseen["where"] == "alpha/transfers.csv, a new row with gp-unseen in source_practice_id"
    assert [one["label"] for one in unseen["partners"]] == ["The giver"]
    assert (unseen["partner_role"], unseen["row"]) == ("owns it", None)
    (nowhere,) = (gap for gap in found if gap["kind"] == "change-without-instrument")
    assert nowhere["where"] == "alpha/policy_changes.csv, row 6, in instrument_id"
    assert [one["label"] for one in nowhere["partners"]] == ["The receiver"]
    (figure, _) = (gap for gap in found if gap["kind"] == "figure-disputed")
    assert "A grant for schools" in figure["missing"]


def test_filters_narrow_the_list(counting: FlaskClient) -> None:
    every = _gaps(counting)
    beta = _gaps(counting, project="beta")
    assert beta == [gap for gap in every if gap["project"]["label"] == "BETA"]
    school = _gaps(counting, partner="school-1")
    assert {gap["thing"]["id"] for gap in school} == {f"{THING}transfer/tr-school-1"}
    assert _gaps(counting, gap="order-possible") == [g for g in every if g["kind"] == "order-possible"]
    assert _gaps(counting, kind="practice") == [g for g in every if "/practice/" in g["thing"]["id"]]
    one = _gaps(counting, thing="practice/gp-unseen")
    assert [gap["kind"] for gap in one] == ["practice-without-transfer"]
    leeuwarden = {gap["thing"]["id"] for gap in _gaps(counting, thing="region/leeuwarden")}
    friesland = {gap["thing"]["id"] for gap in _gaps(counting, thing="region/friesland")}
    assert leeuwarden < friesland < {gap["thing"]["id"] for gap in every}


def test_facets_are_those_of_every_list_and_count_gaps(client: FlaskClient) -> None:
    every = _gaps(client)
    dutch = _gaps(client, region="NL")
    assert 0 < len(dutch) < len(every)
    things = client.get("/search?region=NL&format=json").get_json()["things"]
    assert {gap["thing"]["id"] for gap in dutch} <= {thing["iri"] for thing in things}
    page = client.get("/gaps?region=NL&gap=transfer-without-locator", headers=PAGE).text
    both = [gap for gap in dutch if gap["kind"] == "transfer-without-locator"]
    assert f"{len(both):,} gap" in html.unescape(page)
    page = client.get("/gaps?region=NL", headers=PAGE).text
    counted = dict(
        re.findall(r'href="[^"]*gap=([a-z-]+)[^"]*"[^>]*>[^<]+</a> <span class="count"[^>]*>(\d+)', page)
    )
    for code, count in counted.items():
        assert int(count) == len([gap for gap in dutch if gap["kind"] == code]), code
    assert len(counted) > 3
    for name in ("theme", "region", "project", "event", "stage", "strength", "year"):
        assert f"{name}=" in client.get("/gaps", headers=PAGE).text, name


def test_addresses_of_before_lead_to_the_same_list(client: FlaskClient) -> None:
    for path in ("gaps", "gaps.csv"):
        moved = client.get(f"/{path}?project=upgradesme&kind=transfer-without-locator")
        assert moved.status_code == 301
        address = moved.headers["Location"].removeprefix("http://site.example")
        assert address == f"/{path}?project=upgradesme&gap=transfer-without-locator"
        assert client.get(address).status_code == 200
    assert _gaps(client, gap="transfer-without-evidence") == [], "a kind of which there is none is no mistake"


def test_every_file_holds_the_whole_list_and_says_its_release(
    counting: FlaskClient, counting_home: Path
) -> None:
    release = Releases(counting_home).current()
    assert release is not None
    total = len(_gaps(counting))
    page = html.unescape(counting.get("/gaps", headers=PAGE).text)
    assert f"{total} gaps." in page
    exact = list(csv.DictReader(io.StringIO(counting.get("/gaps.csv").text)))
    safe = counting.get("/gaps.csv-safe").data.decode()
    sheets = load_workbook(io.BytesIO(counting.get("/gaps.xlsx").data))
    assert len(exact) == total
    assert {row["release"] for row in exact} == {release.id}
    assert counting.get(exact[0]["again"].removeprefix("http://site.example")).status_code == 200
    assert sheets.sheetnames == ["Data", "Codebook", "About"]
    assert sheets["Data"].max_row == total + 1
    said = {row[0].value: row[1].value for row in sheets["About"].iter_rows()}
    assert (said["Release"], said["Filters"]) == (release.id, "none")
    assert {row[0].value for row in sheets["Codebook"].iter_rows(min_row=2)} >= {"missing", "add", "where"}
    assert safe.startswith("\ufeff")
    assert any(row["thingLabel"].startswith("=Talent") for row in exact)
    for row in csv.reader(io.StringIO(safe.removeprefix("\ufeff"))):
        assert not [cell for cell in row if cell.startswith(("=", "+", "-", "@", "\t", "\r"))]
    assert {cell.data_type for row in sheets["Data"].iter_rows() for cell in row} <= {"s", "n"}


def test_an_older_release_can_be_asked_again(counting: FlaskClient, counting_home: Path) -> None:
    older, current = (release.id for release in Releases(counting_home).all())
    assert "BETA" not in {gap["project"]["label"] for gap in _gaps(counting, release=older)}
    assert "BETA" in {gap["project"]["label"] for gap in _gaps(counting, release=current)}
    before = counting.get(f"/gaps.csv?release={older}")
    assert before.headers["X-PolicyTrace-Release"] == older
    assert counting.get(f"/gaps.csv?release={older}").data == before.data


def test_a_long_list_has_pages(client: FlaskClient) -> None:
    text = html.unescape(client.get("/gaps?page=2", headers=PAGE).text)
    total = len(_gaps(client))
    assert total > 2 * 50
    assert f"Page 2 of {-(-total // 50)}" in text
    assert len(re.findall(r'<tr>\s*<th scope="row">', text)) == 50
    assert len(text) < 100 * 1024


@pytest.mark.parametrize(
    ("address", "status", "words"),
    [
        ("gaps?colour=red", 400, "is no filter here"),
        ("gaps?kind=nonsense", 400, "There is no kind"),
        ("gaps?gap=nonsense", 400, "The list without it"),
        ("gaps?project=nobody", 400, "There is no project"),
        ("gaps?partner=nobody", 400, "nothing in this release"),
        ("gaps?thing=friesland", 400, "segment/identifier"),
        ("gaps?page=0", 404, "pages 1 to"),
        ("gaps.docx", 404, "csv-safe"),
    ],
)
def test_what_cannot_be_listed_is_explained(
    client: FlaskClient, address: str, status: int, words: str
) -> None:
    answer = client.get("/" + address, headers={"Accept": "text/html"})
    assert answer.status_code == status
    assert words in html.unescape(answer.text)


def test_the_command_lists_the_same(sample_home: Path, client: FlaskClient) -> None:
    wanted = _gaps(client, thing="region/friesland")
    done = CliRunner().invoke(
        main, ["--home", str(sample_home), "gaps", "--thing", "region/friesland", "--format", "csv"]
    )
    assert done.exit_code == 0
    rows = list(csv.DictReader(io.StringIO(done.stdout)))
    assert [row["thing"] for row in rows] == [gap["thing"]["id"] for gap in wanted]
    wrong = CliRunner().invoke(main, ["--home", str(sample_home), "gaps", "--partner", "nobody"])
    assert wrong.exit_code == 6
    assert "nothing in this release" in wrong.stderr


@pytest.mark.parametrize(
    "thing",
    [
        "practice/gp-aula-emprende",
        "measure/me-hu-call-modification",
        "transfer/tr-bulgaria-maramures",
        "instrument/pi-hu-erdf-ict-call",
        "event/ev-2018-01-staff-exchange",
        "organisation/bdf",
        "region/friesland",
    ],
)
def test_looking_only_at_near_projects_leaves_nothing_out(
    client: FlaskClient, sample_release: Release, thing: str
) -> None:
    reader = Reader.open(sample_release.store_path)
    every = find(OxigraphEngine.open(sample_release.store_path), None)
    wanted = {(gap.kind.code, gap.thing) for gap in gaps_about(reader, every, THING + thing)}
    assert wanted
    assert {(gap["kind"], gap["thing"]["id"]) for gap in _gaps(client, thing=thing)} == wanted
