"""The workbook that partners fill: a sheet for each table, columns explained, codes to choose from."""

from collections.abc import Iterable, Sequence
from typing import IO

from openpyxl import Workbook
from openpyxl.comments import Comment
from openpyxl.styles import Font, PatternFill
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.datavalidation import DataValidation
from openpyxl.worksheet.worksheet import Worksheet

from policytrace.graph.tables import sheet_writer
from policytrace.graph.tables.schema import Table, TableColumn, schema
from policytrace.graph.tables.sheet_writer import BOLD, TEXT, WRAPPED, put
from policytrace.graph.tables.tables import FOLDER_OF, REMARK, SHARED, Sheet
from policytrace.graph.workbooks import column_help

READ_ME, CODES, KNOWN = f"{REMARK}read me", f"{REMARK}codes", f"{REMARK}known"
ROWS_WITH_CHOICES = 2_000
"""Rows below the head for which cells offer choices."""
_WIDTHS = {"meaning": 90, "name": 60}
_HEAD, _REQUIRED = PatternFill("solid", fgColor="E3EEEE"), PatternFill("solid", fgColor="BFDCDC")
_WIDE = frozenset(("text", "sources", "url"))

_INSTRUCTIONS = (
    "How to fill this workbook",
    "Each sheet is a table; each row is one thing or one claim. Leave empty the tables you have nothing for.",
    f"Begin with the sheet “{FOLDER_OF}”: one row says whose rows these are.",
    "Each row needs a source (source_url: where it stands) and a confidence: how directly that says it.",
    "Columns with a dark head are required. What a column holds stands in the comment of its head.",
    "Cells with a list offer codes, or the ids of rows elsewhere in this workbook.",
    f"Regions, organisations and countries that are known already stand on the sheet “{KNOWN}” with their "
    "ids; others can be added as rows of their tables.",
    "Where you do not know something, leave the cell empty. Where two sources disagree, add both as figures.",
    "Write values, not formulas. Do not merge cells, and do not rename sheets or columns.",
    "Names of private persons stay out: write roles and organisations.",
    f"Sheets whose name begins with “{REMARK}” are not read: add some for your own notes.",
    "Check the workbook before you send it: policytrace check FILE.xlsx, or the page /check of the server.",
)


def write(target: str | IO[bytes], known: Iterable[Sheet], filled: Sequence[Sheet] = ()) -> None:
    """Write a workbook.

    Args:
        target: path, or file to write to.
        known: sheets of shared tables whose rows can be referred to.
        filled: sheets whose rows stand in it already.

    Raises:
        OSError: the file cannot be written.
    """
    book = Workbook()
    _read_me(book)
    ranges = _codes(book) | _known(book, known)
    rows = {sheet.table.name: sheet for sheet in filled}
    for table in _ordered():
        _table(book.create_sheet(table.name), table, rows.get(table.name), ranges)
    for name in (CODES, KNOWN):
        book.move_sheet(name, offset=len(book.sheetnames))
    book.save(target)


def _ordered() -> list[Table]:
    """The tables, that of the project first."""
    tables = schema().tables
    return [tables[FOLDER_OF], *(table for table in tables.values() if table.name != FOLDER_OF)]


def _read_me(book: Workbook) -> None:
    sheet = book.active
    assert isinstance(sheet, Worksheet)
    sheet.title = READ_ME
    sheet.column_dimensions["A"].width = 110
    for number, text in enumerate(_INSTRUCTIONS, start=1):
        cell = sheet.cell(number, 1, text)
        cell.alignment = WRAPPED
        cell.font = Font(bold=number == 1, size=14 if number == 1 else 11)


def _codes(book: Workbook) -> dict[str, str]:
    """The sheet of codes; for each scheme the cells that hold them."""
    rows = [
        (scheme, one.code, one.label, one.definition)
        for scheme in sorted(schema().codes)
        for one in column_help.codes(scheme)
    ]
    return _list_sheet(book, CODES, ("scheme", "code", "name", "meaning"), rows, "code:")


def _known(book: Workbook, known: Iterable[Sheet]) -> dict[str, str]:
    """The sheet of known things; for each table the cells that hold their ids."""
    rows = []
    for sheet in known:
        if sheet.folder == SHARED and "id" in sheet.header and "name" in sheet.header:
            at, name = sheet.header.index("id"), sheet.header.index("name")
            named = ((row.cells[at], row.cells[name]) for row in sheet.rows if len(row.cells) > max(at, name))
            rows += [(sheet.table.name, *pair) for pair in sorted(named)]
    return _list_sheet(book, KNOWN, ("table", "id", "name"), rows, "ref:")


def _list_sheet(
    book: Workbook, title: str, head: Sequence[str], rows: Sequence[Sequence[str]], kind: str
) -> dict[str, str]:
    sheet = book.create_sheet(title)
    sheet_writer.head(sheet, head, [_WIDTHS.get(name, 26) for name in head])
    bounds: dict[str, tuple[int, int]] = {}
    for line, row in enumerate(rows, start=2):
        for at, text in enumerate(row, start=1):
            _put(sheet, line, at, text)
        first = bounds.get(row[0], (line, line))[0]
        bounds[row[0]] = (first, line)
    return {f"{kind}{name}": f"'{title}'!$B${first}:$B${last}" for name, (first, last) in bounds.items()}


def _table(sheet: Worksheet, table: Table, filled: Sheet | None, ranges: dict[str, str]) -> None:
    sheet.freeze_panes = "B2"
    for at, column in enumerate(table.columns.values(), start=1):
        letter = get_column_letter(at)
        head = sheet.cell(1, at, column.name)
        head.font, head.fill = BOLD, _REQUIRED if column.required else _HEAD
        head.comment = Comment(column_help.column(column), "PolicyTrace", width=320, height=160)
        sheet.column_dimensions[letter].width = 40 if column.type in _WIDE else 22
        sheet.column_dimensions[letter].number_format = TEXT
        if choices := _choices(column, ranges):
            _offer(sheet, f"{letter}2:{letter}{ROWS_WITH_CHOICES + 1}", choices, column)
    if filled is not None:
        _fill(sheet, table, filled)


def _choices(column: TableColumn, ranges: dict[str, str]) -> str:
    """The cells, or the list, a column is chosen from; empty where it is typed."""
    if column.type == "boolean":
        return '"true,false"'
    if column.type == "code":
        return ranges.get(f"code:{column.scheme}", "")
    if column.type == "ref" and len(column.to) == 1:
        return ranges.get(f"ref:{column.to[0]}", f"'{column.to[0]}'!$A$2:$A${ROWS_WITH_CHOICES + 1}")
    return ""


def _offer(sheet: Worksheet, cells: str, choices: str, column: TableColumn) -> None:
    """A list to choose from; only a closed one refuses anything else."""
    closed = column.type in ("code", "boolean") and not column.separator
    rule = DataValidation(type="list", formula1=choices, allow_blank=True, showErrorMessage=closed)
    rule.errorTitle, rule.error = "Not in the list", f"{column.name} is one of the values in the list."
    rule.add(cells)
    sheet.add_data_validation(rule)


def _fill(sheet: Worksheet, table: Table, filled: Sheet) -> None:
    for line, row in enumerate(filled.rows, start=2):
        for at, name in enumerate(table.columns, start=1):
            place = filled.header.index(name) if name in filled.header else -1
            if 0 <= place < len(row.cells) and row.cells[place]:
                _put(sheet, line, at, row.cells[place])


def _put(sheet: Worksheet, line: int, at: int, text: str) -> None:
    """A text that stays a text, whatever it begins with."""
    cell = sheet.cell(line, at)
    put(cell, text)
    cell.number_format = TEXT
