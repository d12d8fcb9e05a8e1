"""A copy of a workbook in which everything that was found is marked in its cell and listed in front."""

from collections.abc import Sequence
from pathlib import Path
from typing import IO

from openpyxl import load_workbook
from openpyxl.cell import Cell, MergedCell
from openpyxl.comments import Comment
from openpyxl.styles import PatternFill
from openpyxl.workbook import Workbook
from openpyxl.worksheet.worksheet import Worksheet

from policytrace.graph.tables import sheet_writer
from policytrace.graph.tables.sheet_writer import WRAPPED
from policytrace.graph.tables.tables import REMARK
from policytrace.graph.workbooks.check import ERROR, WorkbookProblem

LIST = f"{REMARK}to mend"
"""The sheet in front."""
MAX_MARKS = 2_000
"""Cells that are marked; all findings are listed."""
_RED, _YELLOW = PatternFill("solid", fgColor="F6B8B0"), PatternFill("solid", fgColor="F7E3A1")
_WIDTHS = (12, 24, 8, 26, 100)


def write(path: Path, target: str | IO[bytes], findings: Sequence[WorkbookProblem]) -> None:
    """Write a marked copy of a workbook; macros are left out.

    Raises:
        OSError: the copy cannot be written.
    """
    book = load_workbook(path)
    if LIST in book.sheetnames:
        del book[LIST]
    heads = {sheet.title: _head(sheet) for sheet in book.worksheets}
    places: list[Cell | None] = []
    for number, finding in enumerate(findings):
        cell = _cell(book, heads, finding) if number < MAX_MARKS else None
        places.append(cell)
        if cell is not None:
            _mark(cell, finding)
    _list(book, findings, places)
    book.save(target)


def _head(sheet: Worksheet) -> dict[str, int]:
    """The columns by name, from the first row that holds anything; 0 leads to that row."""
    for number, cells in enumerate(sheet.iter_rows(values_only=True), start=1):
        if any(value not in (None, "") for value in cells):
            named = {str(value).strip(): at for at, value in enumerate(cells, start=1) if value is not None}
            return {"": number, **named}
    return {"": 1}


def _cell(book: Workbook, heads: dict[str, dict[str, int]], finding: WorkbookProblem) -> Cell | None:
    """The cell that a finding is about: in its row the first of its columns, else the head of a column."""
    if finding.sheet not in heads:
        return None
    sheet, head = book[finding.sheet], heads[finding.sheet]
    column = next((head[name] for name in finding.column.split(" or ") if name in head and name), 1)
    cell = sheet.cell(finding.row or head[""], column)
    if isinstance(cell, MergedCell):
        for area in sheet.merged_cells.ranges:
            if cell.coordinate in area:
                cell = sheet.cell(area.min_row, area.min_col)
    return cell if isinstance(cell, Cell) else None


def _mark(cell: Cell, finding: WorkbookProblem) -> None:
    if not (cell.fill.fgColor.rgb == _RED.fgColor.rgb and cell.fill.fill_type):
        cell.fill = _RED if finding.severity == ERROR else _YELLOW
    before = f"{cell.comment.text}\n\n" if cell.comment else ""
    cell.comment = Comment(
        f"{before}{finding.severity.capitalize()}: {finding.message}", "PolicyTrace", height=200, width=320
    )


def _list(book: Workbook, findings: Sequence[WorkbookProblem], places: Sequence[Cell | None]) -> None:
    sheet = book.create_sheet(LIST, 0)
    sheet_writer.head(sheet, ("severity", "sheet", "row", "column", "what is wrong"), _WIDTHS)
    for finding, place in zip(findings, places, strict=True):
        texts = (finding.severity, finding.sheet, finding.row or "", finding.column, finding.message)
        cells = sheet_writer.line(sheet, texts)
        for cell in cells:
            cell.alignment = WRAPPED
        if place is not None:
            cells[2].hyperlink = f"#'{finding.sheet}'!{place.coordinate}"
    book.active = 0
