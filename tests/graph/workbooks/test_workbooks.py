"""Workbooks of partners: the template comes back as the same graph, mistakes are marked in their cells."""

import csv
import io
import json
import shutil
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pyoxigraph as ox
import pytest
from flask.testing import FlaskClient
from folders import DATA, SAMPLE
from openpyxl import Workbook, load_workbook
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.datavalidation import DataValidation
from openpyxl.worksheet.worksheet import Worksheet
from selenium import webdriver
from selenium.common.exceptions import StaleElementReferenceException
from selenium.webdriver.common.by import By
from selenium.webdriver.support.ui import WebDriverWait
from waiting import PATIENCE
from werkzeug.test import TestResponse

from policytrace.graph.building.build import fill_store
from policytrace.graph.releases.release import Release
from policytrace.graph.tables import tables
from policytrace.graph.tables.schema import schema
from policytrace.graph.tables.tables import FOLDER_OF
from policytrace.graph.workbooks import annotate, base_tables, template
from policytrace.graph.workbooks.check import CheckReport, check
from policytrace.graph.workbooks.limits import ROWS, UNPACKED
from policytrace.server.execution.errors import TimeLimitError
from policytrace.server.http.negotiation import XLSX
from policytrace.server.workbooks import process
from policytrace.server.workbooks.process import safe

LOCKED = DATA / "bad_input" / "password.xlsx"
PROJECT = "upgradesme"


@pytest.fixture(scope="module")
def every() -> list[tables.Sheet]:
    """The tables of the sample."""
    return base_tables.base_sheets(None, SAMPLE)


@pytest.fixture(scope="module")
def filled(every: list[tables.Sheet], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An empty workbook filled by hand with the rows of a project, cell by cell under their heads."""
    path = tmp_path_factory.mktemp("filled") / f"{PROJECT}.xlsx"
    template.write(str(path), every)
    book = load_workbook(path)
    for file in sorted((SAMPLE / PROJECT).glob("*.csv")):
        sheet = book[file.stem]
        with file.open(encoding="utf-8", newline="") as rows:
            for line, row in enumerate(csv.DictReader(rows), start=2):
                for name, text in row.items():
                    if text:
                        place = f"{_letter(sheet, name)}{line}"
                        sheet[place] = text
                        sheet[place].data_type = "s"
    book.save(path)
    return path


@pytest.fixture
def spoil(filled: Path, tmp_path: Path) -> Callable[..., Path]:
    """A copy of it in which something was changed."""

    def make(change: Callable[[Workbook], object]) -> Path:
        book = load_workbook(filled)
        change(book)
        book.save(tmp_path / filled.name)
        return tmp_path / filled.name

    return make


def _put(book: Workbook, sheet: str, row: int, column: str, value: str) -> None:
    book[sheet][f"{_letter(book[sheet], column)}{row}"] = value


def _statements(dataset: tables.TableSet, folder: Path) -> set[ox.Triple]:
    folder.mkdir()
    store = fill_store(dataset, folder).store
    return {quad.triple for quad in store.quads_for_pattern(None, None, None, ox.DefaultGraph())}


def test_a_filled_template_gives_the_same_graph_as_the_tables(
    every: list[tables.Sheet], filled: Path, tmp_path: Path
) -> None:
    around = base_tables.without_projects(every, [PROJECT])
    assert PROJECT not in {sheet.folder for sheet in around}
    by_workbook = _statements(tables.read([filled], schema(), base=around), tmp_path / "workbook")
    by_tables = _statements(tables.read([SAMPLE / PROJECT], schema(), base=around), tmp_path / "tables")
    assert by_workbook == by_tables


def test_a_prefilled_template_holds_the_rows_as_they_stand(every: list[tables.Sheet], tmp_path: Path) -> None:
    template.write(str(tmp_path / "own.xlsx"), every, base_tables.project_sheets(every, PROJECT))
    there = {s.table.name: _rows(s) for s in every if s.folder == PROJECT}
    found = {s.table.name: _rows(s) for s in tables.read([tmp_path / "own.xlsx"], schema()).sheets if s.rows}
    assert found == there


def _rows(sheet: tables.Sheet) -> list[dict[str, str]]:
    pairs = ([*zip(sheet.header, row.cells, strict=False)] for row in sheet.rows)
    return [{name: text.strip() for name, text in row if text.strip()} for row in pairs]


def test_the_template_explains_and_offers(every: list[tables.Sheet], tmp_path: Path) -> None:
    template.write(str(tmp_path / "empty.xlsx"), every)
    book = load_workbook(tmp_path / "empty.xlsx")
    tables_ = [name for name in book.sheetnames if not name.startswith("_")]
    assert tables_[0] == FOLDER_OF
    assert set(tables_) == set(schema().tables)
    for name, table in schema().tables.items():
        sheet = book[name]
        assert [cell.value for cell in sheet[1]] == list(table.columns)
        for cell, column in zip(sheet[1], table.columns.values(), strict=True):
            assert cell.comment is not None
            assert ("Required." in cell.comment.text) == column.required
            if column.type == "code":
                assert _offered(book, sheet, _letter(sheet, column.name)) == schema().codes[column.scheme]
    assert "friesland" in _offered(book, book["measures"], _letter(book["measures"], "region_id"))
    rule = _rule(book["events"], _letter(book["events"], "practices_shown_ids"))
    assert str(rule.formula1).startswith("'good_practices'!$A$2")
    assert not rule.showErrorMessage, "several ids are no mistake"


def _letter(sheet: Worksheet, name: str) -> str:
    values = [cell.value for cell in sheet[1]]
    return get_column_letter(values.index(name) + 1)


def _rule(sheet: Worksheet, letter: str) -> DataValidation:
    rules: list[DataValidation] = sheet.data_validations.dataValidation
    return next(rule for rule in rules if f"{letter}2" in rule.sqref)


def _offered(book: Workbook, sheet: Worksheet, letter: str) -> set[str]:
    title, _, cells = str(_rule(sheet, letter).formula1).partition("!")
    return {str(row[0].value) for row in book[title.strip("'")][cells.replace("$", "")]}


def test_every_mistake_is_found_and_marked_in_its_cell(spoil: Callable[..., Path], tmp_path: Path) -> None:
    def change(book: Workbook) -> None:
        _put(book, "transfers", 2, "stage", "done")
        _put(book, "transfers", 3, "to_region_id", "nowhere")
        _put(book, "transfers", 4, "as_of", "yesterday")
        _put(book, "transfers", 5, "obstacle", "=1+1")
        _put(book, "transfers", 6, "id", str(book["transfers"]["A7"].value))
        _put(book, "measures", 1, "title", "titel")
        book["events"].merge_cells("D3:E3")
        book.create_sheet("meazures")["A1"] = "id"

    path = spoil(change)
    found = check(path, None)
    assert found.added is None
    places = {(one.sheet, one.row, one.column) for one in found.errors}
    assert places == {
        ("transfers", 2, "stage"),
        ("transfers", 3, "to_region_id"),
        ("transfers", 4, "as_of"),
        ("transfers", 5, "obstacle"),
        ("transfers", 7, "id"),
        ("measures", 1, "titel"),
        ("measures", 1, "title"),
        ("events", 3, ""),
        ("meazures", 0, ""),
    }
    said = " ".join(str(one) for one in found.errors)
    for way_out in ("Did you mean title?", "Codes: committed", "Paste its value", "Did you mean measures?"):
        assert way_out in said
    annotate.write(path, str(tmp_path / "marked.xlsx"), found.findings)
    book = load_workbook(tmp_path / "marked.xlsx")
    listed = list(book[book.sheetnames[0]].iter_rows(min_row=2, values_only=True))
    assert len(listed) == len(found.findings)
    assert book["transfers"]["B5"].comment is None
    sheet = book["transfers"]
    for row, name in ((2, "stage"), (3, "to_region_id"), (4, "as_of"), (7, "id")):
        cell = sheet[f"{_letter(sheet, name)}{row}"]
        assert cell.comment is not None
        assert cell.comment.text.startswith("To mend: ")
        assert cell.fill.fgColor.rgb == "00F6B8B0"
    again = check(tmp_path / "marked.xlsx", None)
    assert {(o.sheet, o.row, o.column) for o in again.errors} == places, "a marked copy can be sent again"


def test_what_it_would_add_is_told_before_it_is_published(
    spoil: Callable[..., Path], sample_release: Release
) -> None:
    def change(book: Workbook) -> None:
        sheet = book["transfers"]
        new = {
            "id": "tr-new",
            "source_practice_id": "gp-international-trade-support",
            "source_kind": "practice",
            "to_region_id": "south-muntenia",
            "to_measure_id": "me-bw-innocheck",
            "stage": "implemented",
            "outcome": "open",
            "degree": "adapted",
            "claim_status": "claimed",
            "statement": "The consultation follows the desk.",
            "source_url": "https://example.org/x",
            "confidence": "low",
        }
        sheet.delete_rows(2)
        line = sheet.max_row + 1
        for name, text in new.items():
            _put(book, "transfers", line, name, text)

    found = check(spoil(change), sample_release)
    assert not found.errors
    assert sample_release.id in found.base
    assert found.added is not None
    assert found.added.transfers["realised"] == 1, "one transfer, though it gives two hops"
    assert sum(found.added.gone.values()) > 0, "a row was left out"
    steps = [step for path in found.added.paths for step in path]
    assert any(step.new and "International Trade Support" in step.sentence for step in steps)
    assert any(not step.new for step in steps), "the path goes on where the graph is already"
    assert "new: " in found.text()


def _zip(path: Path, parts: dict[str, bytes]) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in parts.items():
            archive.writestr(name, data)
    return path


def _with_part(source: Path, path: Path, name: str, data: bytes) -> Path:
    shutil.copy(source, path)
    with zipfile.ZipFile(path, "a", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(name, data)
    return path


def _only(found: CheckReport) -> str:
    assert not found.readable
    assert found.added is None
    (finding,) = found.findings
    return str(finding)


def test_what_is_no_workbook_is_told_from_one(filled: Path, tmp_path: Path) -> None:
    book = tmp_path / "b.xlsx"
    (tmp_path / "t.csv").write_text("id\n", "utf-8")
    assert "Save it as an Excel workbook" in _only(check(tmp_path / "t.csv", None))
    book.write_text("id,name\n", "utf-8")
    assert "not a readable .xlsx workbook" in _only(check(book, None))
    book.write_bytes(filled.read_bytes()[:5_000])
    assert "not a readable .xlsx workbook" in _only(check(book, None))
    assert "has a password" in _only(check(Path(shutil.copy(LOCKED, book)), None))
    for part, told in {
        "mimetype": "OpenDocument",
        "xl/workbook.bin": "xlsb",
        "word/document.xml": "text",
    }.items():
        assert told in _only(check(_zip(book, {part: b"x"}), None))
    assert "not a readable" in _only(check(_zip(book, {"a": b"x"}), None))


def test_bombs_are_not_unpacked(filled: Path, tmp_path: Path) -> None:
    bomb = _with_part(filled, tmp_path / "b.xlsx", "xl/media/image.bin", bytes((UNPACKED + 1) * 2**20))
    assert bomb.stat().st_size < 2**20
    assert f"up to {UNPACKED} MiB are read" in _only(check(bomb, None))


def test_entities_are_not_expanded(filled: Path, tmp_path: Path) -> None:
    laughs = "".join(f'<!ENTITY l{k} "{f"&l{k - 1};" * 10 if k else "ha" * 10}">' for k in range(10))
    cell = '<sheetData><row r="1"><c r="A1" t="inlineStr"><is><t>&l9;</t></is></c></row></sheetData>'
    space = 'xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"'
    with zipfile.ZipFile(filled) as source:
        parts = {name: source.read(name) for name in source.namelist()}
    parts["xl/worksheets/sheet2.xml"] = (
        f"<!DOCTYPE w [{laughs}]><worksheet {space}>{cell}</worksheet>".encode()
    )
    assert "not a readable .xlsx workbook" in _only(check(_zip(tmp_path / "b.xlsx", parts), None))


def test_macros_are_named_and_left_out(filled: Path, tmp_path: Path) -> None:
    path = _with_part(filled, tmp_path / f"{PROJECT}.xlsm", "xl/vbaProject.bin", b"macro")
    found = check(path, None)
    assert not found.errors
    assert "macros" in found.notes[0]
    annotate.write(path, str(tmp_path / "marked.xlsx"), found.findings)
    assert "xl/vbaProject.bin" not in zipfile.ZipFile(tmp_path / "marked.xlsx").namelist()


def test_too_many_rows_are_refused_with_their_number(tmp_path: Path) -> None:
    book = Workbook(write_only=True)
    sheet = book.create_sheet("project")
    sheet.append(["id"])
    for number in range(ROWS + 1):
        sheet.append([f"p{number}"])
    book.save(tmp_path / "many.xlsx")
    assert f"has {ROWS + 1:,} rows; up to {ROWS:,}" in _only(check(tmp_path / "many.xlsx", None))


def test_a_workbook_of_another_kind_says_what_is_expected(tmp_path: Path) -> None:
    book = Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.append(["Budget", 2020])
    book.save(tmp_path / "budget.xlsx")
    said = "\n".join(map(str, check(tmp_path / "budget.xlsx", None).findings))
    assert "There is no table called 'Sheet'" in said
    assert f"The sheet “{FOLDER_OF}” is missing" in said


def test_an_empty_template_says_that_it_is_empty(every: list[tables.Sheet], tmp_path: Path) -> None:
    template.write(str(tmp_path / "e.xlsx"), every)
    assert "has no rows yet" in str(check(tmp_path / "e.xlsx", None).findings[0])


def _post(client: FlaskClient, data: bytes, name: str = "a.xlsx", accept: str = "text/html") -> TestResponse:
    return client.post("/check", data={"file": (io.BytesIO(data), name)}, headers={"Accept": accept})


def test_the_page_checks_and_keeps_nothing(client: FlaskClient, spoil: Callable[..., Path]) -> None:
    data = spoil(lambda book: _put(book, "transfers", 2, "stage", "<script>x</script>")).read_bytes()
    page = _post(client, data, "<b>mine</b>.xlsx")
    assert page.status_code == 200
    assert page.headers["Cache-Control"] == "no-store"
    assert "1 thing to mend" in page.text
    assert "<script>" not in page.text
    assert "<b>mine" not in page.text
    copy = _post(client, data, accept=XLSX.media_type)
    assert copy.mimetype == XLSX.media_type
    assert load_workbook(io.BytesIO(copy.data)).sheetnames[0] == annotate.LIST
    left = set(Path(tempfile.gettempdir()).glob("policytrace-*/*mine*"))
    assert not left, "the folder of the check is removed"


def test_what_cannot_be_checked_is_answered(client: FlaskClient) -> None:
    assert client.post("/check", data={}, content_type="multipart/form-data").status_code == 400
    assert client.post("/check", data=b"id", content_type="text/csv").status_code == 415
    assert client.post("/check", data=b"x", content_type="multipart/form-data; boundary=a").status_code == 400
    large = client.post("/check", data=bytes(6 * 2**20), content_type=XLSX.media_type)
    assert large.status_code == 413
    assert "5 MiB" in large.text
    assert "not a readable .xlsx workbook" in _post(client, b"id,name").text
    assert client.put("/check").status_code == 405


def test_a_check_that_takes_long_is_killed(filled: Path) -> None:
    with pytest.raises(TimeLimitError, match=r"longer than 0\.05 seconds"):
        process.run(filled.read_bytes(), "a.xlsx", None, seconds=0.05)


@pytest.mark.parametrize(
    ("name", "kept"),
    [("../../etc/passwd", "passwd"), ("C:\\x\\my book.xlsx", "my-book.xlsx"), ("…", "workbook.xlsx")],
)
def test_names_of_files_cannot_lead_anywhere(name: str, kept: str) -> None:
    assert safe(name) == kept


def test_the_template_can_be_taken_from_the_page(client: FlaskClient) -> None:
    book = load_workbook(io.BytesIO(client.get(f"/check/template.xlsx?project={PROJECT}").data))
    assert book["transfers"].max_row > 5
    assert client.get("/check/template.xlsx?project=none").status_code == 404


def test_commands_write_check_and_mark(sample_home: Path, tmp_path: Path) -> None:
    def run(*arguments: str) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-m", "policytrace", "--home", str(sample_home), *arguments]
        return subprocess.run(command, capture_output=True, text=True, cwd=tmp_path, timeout=300, check=False)

    assert run("template", "--project", PROJECT, "own.xlsx").returncode == 0
    assert run("template", "--project", "none").returncode == 2
    done = run("check", "own.xlsx", "-o", "marked.xlsx", "--json")
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["ready"]
    assert (tmp_path / "marked.xlsx").is_file()
    book = load_workbook(tmp_path / "own.xlsx")
    _put(book, "measures", 2, "region_id", "nowhere")
    book.save(tmp_path / "own.xlsx")
    done = run("check", "own.xlsx")
    assert done.returncode == 3
    assert "sheet measures, row 2, column region_id" in done.stdout


@pytest.fixture
def downloads(browser: webdriver.Chrome, tmp_path: Path) -> Iterator[Path]:
    """Where the browser puts what it downloads."""
    browser.execute_cdp_cmd(
        "Browser.setDownloadBehavior", {"behavior": "allow", "downloadPath": str(tmp_path / "downloads")}
    )
    yield tmp_path / "downloads"
    browser.execute_cdp_cmd("Browser.setDownloadBehavior", {"behavior": "default"})


def test_a_partner_checks_a_workbook_in_the_browser(
    browser: webdriver.Chrome, address: str, downloads: Path, spoil: Callable[..., Path]
) -> None:
    path = spoil(lambda book: _put(book, "transfers", 2, "stage", "done"))
    browser.get(f"{address}check")
    browser.find_element(By.ID, "file").send_keys(str(path))
    browser.find_element(By.CSS_SELECTOR, "form.check button").click()
    wait = WebDriverWait(browser, PATIENCE, ignored_exceptions=[StaleElementReferenceException])
    wait.until(lambda found: "1 thing to mend" in found.find_element(By.TAG_NAME, "main").text)
    assert urlsplit(browser.current_url).path == "/check"
    browser.find_element(By.PARTIAL_LINK_TEXT, "Download the workbook").click()
    marked = downloads / f"marked-{PROJECT}.xlsx"
    wait.until(lambda _: marked.is_file())
    assert load_workbook(marked).sheetnames[0] == annotate.LIST
    logged = browser.get_log("browser")  # type: ignore[no-untyped-call]
    assert not [entry for entry in logged if "Content Security" in entry["message"]]
