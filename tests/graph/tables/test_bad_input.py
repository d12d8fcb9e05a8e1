"""What is wrong with tables is told all at once, with its place, and the last release stays as it was."""

import csv
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path

import pytest
from folders import DATA, SMALL
from openpyxl import Workbook, load_workbook

from policytrace.graph.building.build import build
from policytrace.graph.releases.release import Releases

LOCKED = DATA / "bad_input" / "password.xlsx"
BROKEN_DATA = 3


def _build(home: Path, *paths: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "policytrace", "--home", str(home), "build", "--no-dumps", *map(str, paths)],
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
        env={**os.environ, "PYTHONUTF8": "1"},
    )


def _bytes(home: Path) -> dict[str, str]:
    """The digest of every file under the releases."""
    return {
        path.relative_to(home).as_posix(): sha256(path.read_bytes()).hexdigest()
        for path in sorted((home / "releases").rglob("*"))
        if path.is_file()
    }


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home with one good release, which no test may change."""
    folder = tmp_path_factory.mktemp("home")
    build([SMALL], folder)
    return folder


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """A copy of good tables, to be spoiled."""
    return Path(shutil.copytree(SMALL, tmp_path / "data"))


def _refused(home: Path, *paths: Path) -> str:
    """Build bad tables; the message, after checking that nothing else happened."""
    before = _bytes(home)
    current = Releases(home).current()
    done = _build(home, *paths)
    assert done.returncode == BROKEN_DATA, done.stdout + done.stderr
    assert "Traceback" not in done.stderr
    assert _bytes(home) == before
    after = Releases(home).current()
    assert after is not None
    assert after == current
    assert after.damaged() == []
    assert sum(1 for _ in after.open()) > 0
    assert not list(home.glob("staging-*"))
    return done.stderr


def _set(path: Path, line: int, column: str, text: str) -> None:
    """Replace one cell; ``line`` counts as an editor does."""
    rows = list(csv.reader(path.read_text("utf-8").splitlines(keepends=True)))
    rows[line - 1][rows[0].index(column)] = text
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file, lineterminator="\n").writerows(rows)


MISTAKES = [
    (
        "transfers",
        2,
        "to_measure_id",
        "me-desc",
        "no row of measures has the id 'me-desc'. Did you mean me-desk",
    ),
    (
        "transfers",
        3,
        "id",
        "tr-desk",
        "the id 'tr-desk' is taken: it stands in alpha/transfers.csv, row 2 too",
    ),
    ("transfers", 3, "statement", "", "this cell must not be empty"),
    ("transfers", 4, "source_url", "", "this cell must not be empty"),
    ("transfers", 2, "as_of", "June 2018", "'June 2018' is not a date. Write 2019"),
    ("transfers", 2, "as_of", "2018-02-30", "there is no day 30 in that month"),
    ("transfers", 3, "as_of", "2019/2018", "ends before it begins"),
    ("measures", 2, "cost", "424,700", "'424,700' is not a decimal number. Write digits only"),
    ("measures", 2, "cost", "-3", "-3 is less than 0"),
    ("measures", 2, "cost", "nan", "is not a decimal number"),
    (
        "transfers",
        2,
        "stage",
        "implementd",
        "no code of the scheme stage. Did you mean implemented",
    ),
    ("measures", 2, "confidence", "certain", "'certain' is no code of the scheme confidence"),
    ("measures", 2, "title_is_ours", "perhaps", "'perhaps' is neither yes nor no"),
    ("measures", 2, "source_url", "ftp://x.example/", "is neither an http(s) address nor the id of a row"),
    ("measures", 2, "id", "me desk", "'me desk' cannot be an id"),
    ("measures", 2, "title", "bell \x07", "the text holds a control character"),
    ("good_practices", 2, "region_id", "basque", "no row of regions has the id 'basque'"),
]


@pytest.mark.parametrize(
    ("table", "line", "column", "text", "message"), MISTAKES, ids=[f"{m[2]}={m[3]!r}" for m in MISTAKES]
)
def test_a_wrong_cell_is_named_by_table_row_and_column(
    home: Path, data: Path, table: str, line: int, column: str, text: str, message: str
) -> None:
    _set(data / "alpha" / f"{table}.csv", line, column, text)
    told = _refused(home, data)
    shown = [
        found for found in told.splitlines() if f"alpha/{table}.csv, row {line}, column {column}:" in found
    ]
    assert shown, told
    assert message in shown[0]


def test_all_problems_of_all_tables_are_told_at_once(home: Path, data: Path) -> None:
    alpha = data / "alpha"
    _set(alpha / "transfers.csv", 2, "as_of", "soon")
    _set(alpha / "transfers.csv", 2, "stage", "done")
    _set(alpha / "transfers.csv", 3, "to_measure_id", "nowhere")
    _set(alpha / "transfers.csv", 4, "statement", "")
    _set(alpha / "measures.csv", 2, "cost", "much")
    _set(alpha / "measures.csv", 2, "source_url", "my notes")
    _set(alpha / "good_practices.csv", 2, "confidence", "")
    _set(data / "shared" / "regions.csv", 2, "within", "atlantis")
    (data / "alpha" / "wishes.csv").write_text("id\n", "utf-8")
    told = _refused(home, data)
    for place in (
        "alpha/transfers.csv, row 2, column as_of",
        "alpha/transfers.csv, row 2, column stage",
        "alpha/transfers.csv, row 3, column to_measure_id",
        "alpha/transfers.csv, row 4, column statement",
        "alpha/measures.csv, row 2, column cost",
        "alpha/measures.csv, row 2, column source_url",
        "alpha/good_practices.csv, row 2, column confidence",
        "shared/regions.csv, row 2, column within",
        "alpha/wishes.csv",
    ):
        assert place in told
    assert "9 problem" in told


def test_a_duplicate_id_in_another_folder_names_both_places(home: Path, data: Path) -> None:
    shutil.copytree(data / "alpha", data / "beta")
    _set(data / "beta" / "project.csv", 2, "id", "beta")
    told = _refused(home, data)
    assert (
        "beta/measures.csv, row 2, column id: the id 'me-desk' is taken: it stands in alpha/measures.csv"
        in told
    )


def test_a_file_in_another_encoding_names_the_line(home: Path, data: Path) -> None:
    path = data / "alpha" / "measures.csv"
    _set(path, 2, "title", "Maison à nous")
    path.write_bytes(path.read_text("utf-8").encode("latin-1"))
    told = _refused(home, data)
    assert "alpha/measures.csv: line 2 is not UTF-8 (byte 0xe0). Save the file as “CSV UTF-8”" in told


def test_a_file_in_utf_16_is_refused(home: Path, data: Path) -> None:
    path = data / "alpha" / "measures.csv"
    path.write_bytes(path.read_text("utf-8").encode("utf-16"))
    assert "alpha/measures.csv: line 1 is not UTF-8" in _refused(home, data)


def test_semicolons_between_cells_are_named(home: Path, data: Path) -> None:
    path = data / "alpha" / "measures.csv"
    path.write_text(path.read_text("utf-8").replace(",", ";"), "utf-8")
    assert "alpha/measures.csv, row 1: the cells are separated by semicolons" in _refused(home, data)


def test_a_byte_order_mark_changes_nothing(home: Path, data: Path, tmp_path: Path) -> None:
    for path in data.rglob("*.csv"):
        path.write_bytes(b"\xef\xbb\xbf" + path.read_bytes())
    marked = build([data], tmp_path / "home").release
    plain = Releases(home).current()
    assert plain is not None
    assert marked.manifest["content"] == plain.manifest["content"]


def test_an_unclosed_quotation_mark_names_the_line(home: Path, data: Path) -> None:
    with (data / "alpha" / "measures.csv").open("a", encoding="utf-8") as file:
        file.write('me-third,,"Never closed,no\n')
    assert "alpha/measures.csv: line 3 cannot be read as CSV" in _refused(home, data)


def _without_column(path: Path, column: str) -> None:
    rows = list(csv.reader(path.read_text("utf-8").splitlines(keepends=True)))
    at = rows[0].index(column)
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file, lineterminator="\n").writerows([row[:at] + row[at + 1 :] for row in rows])


def test_a_missing_required_column_is_named(home: Path, data: Path) -> None:
    _without_column(data / "alpha" / "transfers.csv", "stage")
    told = _refused(home, data)
    assert "alpha/transfers.csv, row 1, column stage: this required column is missing" in told


def test_a_missing_id_column_is_named(home: Path, data: Path) -> None:
    _without_column(data / "alpha" / "transfers.csv", "id")
    assert "alpha/transfers.csv, row 1, column id: this required column is missing" in _refused(home, data)


def test_a_missing_table_is_named(home: Path, data: Path) -> None:
    (data / "alpha" / "project.csv").unlink()
    assert "alpha/project.csv: this table is missing" in _refused(home, data)


def test_rows_that_refer_to_a_missing_table_are_named(home: Path, data: Path) -> None:
    (data / "alpha" / "measures.csv").unlink()
    told = _refused(home, data)
    assert "alpha/transfers.csv, row 2, column to_measure_id: no row of measures has the id 'me-desk'" in told


def test_an_extra_column_is_named_with_what_was_perhaps_meant(home: Path, data: Path) -> None:
    path = data / "alpha" / "measures.csv"
    path.write_text(path.read_text("utf-8").replace("region_id", "regionid", 1), "utf-8")
    told = _refused(home, data)
    assert "alpha/measures.csv, row 1, column regionid: the table measures has no such column" in told
    assert "Did you mean region_id?" in told


def test_a_row_with_more_cells_than_the_header_is_named(home: Path, data: Path) -> None:
    path = data / "alpha" / "measures.csv"
    lines = path.read_text("utf-8").splitlines()
    path.write_text("\n".join([lines[0], lines[1] + ",stray"]) + "\n", "utf-8")
    assert "alpha/measures.csv, row 2: the row has more cells than the header" in _refused(home, data)


def test_an_empty_file_is_named(home: Path, data: Path) -> None:
    (data / "alpha" / "measures.csv").write_bytes(b"")
    assert "alpha/measures.csv: the table has not even a header row" in _refused(home, data)


def test_an_empty_folder_is_named(home: Path, tmp_path: Path) -> None:
    (tmp_path / "nothing").mkdir()
    told = _refused(home, tmp_path / "nothing")
    assert f"{tmp_path / 'nothing'}: the folder holds no table" in told


def test_a_folder_that_is_not_there_is_named(home: Path, tmp_path: Path) -> None:
    assert f"{tmp_path / 'gone'}: there is no such folder" in _refused(home, tmp_path / "gone")


@pytest.fixture
def workbook(data: Path) -> Path:
    """The project as a workbook, beside the shared tables."""
    book = Workbook()
    assert book.active is not None
    book.remove(book.active)
    for path in sorted((data / "alpha").glob("*.csv")):
        sheet = book.create_sheet(path.stem)
        for row in csv.reader(path.read_text("utf-8").splitlines(keepends=True)):
            sheet.append(row)
    shutil.rmtree(data / "alpha")
    path = data / "alpha.xlsx"
    book.save(path)
    return path


def _edit(path: Path, change: Callable[[Workbook], None]) -> None:
    book = load_workbook(path)
    change(book)
    book.save(path)


def test_a_formula_in_a_workbook_is_named_by_sheet_row_and_column(home: Path, workbook: Path) -> None:
    def formula(book: Workbook) -> None:
        sheet = book["measures"]
        at = next(cell.column for cell in sheet[1] if cell.value == "cost")
        sheet.cell(2, at, "=SUM(1,2)")

    _edit(workbook, formula)
    told = _refused(home, workbook.parent)
    assert "alpha.xlsx, sheet measures, row 2, column cost: the cell holds a formula" in told


def test_a_wrong_cell_in_a_workbook_is_named_by_sheet_row_and_column(home: Path, workbook: Path) -> None:
    def misspelt(book: Workbook) -> None:
        sheet = book["transfers"]
        at = next(cell.column for cell in sheet[1] if cell.value == "stage")
        sheet.cell(3, at, "implementd")

    _edit(workbook, misspelt)
    told = _refused(home, workbook.parent)
    assert "alpha.xlsx, sheet transfers, row 3, column stage: 'implementd' is no code" in told


def test_an_unknown_sheet_is_named(home: Path, workbook: Path) -> None:
    _edit(workbook, lambda book: book.create_sheet("mesures").append(["id"]))
    told = _refused(home, workbook.parent)
    assert "alpha.xlsx, sheet mesures: there is no table called 'mesures'. Did you mean measures?" in told


def test_a_workbook_with_a_password_is_refused(home: Path, workbook: Path) -> None:
    shutil.copyfile(LOCKED, workbook)
    assert "alpha.xlsx: this workbook has a password" in _refused(home, workbook.parent)


@pytest.mark.parametrize("content", [b"", b"not a workbook", b"PK\x03\x04 cut short"])
def test_a_file_that_is_no_workbook_is_refused(home: Path, workbook: Path, content: bytes) -> None:
    workbook.write_bytes(content)
    assert "alpha.xlsx: this is not a readable .xlsx workbook" in _refused(home, workbook.parent)


def test_a_workbook_cut_short_is_refused(home: Path, workbook: Path) -> None:
    workbook.write_bytes(workbook.read_bytes()[:-200])
    assert "alpha.xlsx: this is not a readable .xlsx workbook" in _refused(home, workbook.parent)
