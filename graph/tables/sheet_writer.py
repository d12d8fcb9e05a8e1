"""Writes the sheets of workbooks: typed rows below a bold head that stays in view, and never a formula.

Office Open XML Workbooks (ECMA-376), as spreadsheets read them; the limits are those of Excel.
"""

import io
from collections.abc import Iterable, Sequence
from datetime import date, datetime
from typing import Any

from openpyxl import Workbook
from openpyxl.cell import Cell, MergedCell, WriteOnlyCell
from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE
from openpyxl.styles import Alignment, Font
from openpyxl.utils import get_column_letter

from policytrace.graph.releases.release import time_of

ROWS = 1_048_575
"""Rows a sheet holds below its head; more go on a further sheet."""
LETTERS = 32_767
"""Letters a cell holds."""
CUT = " … (cut)"
TEXT = "@"
"""Number format that keeps 2018-03 from becoming a day."""
BOLD = Font(bold=True)
WRAPPED = Alignment(wrap_text=True, vertical="top")
CellValue = str | int | float | bool | date | datetime | None


def workbook(release: str) -> Workbook:
    """An empty workbook, to whose sheets rows can only be appended.

    It is as old as its release, so that the same answer gives the same workbook.
    """
    try:
        made = time_of(release).replace(tzinfo=None)
    except ValueError:
        made = datetime(2000, 1, 1)
    book = Workbook(write_only=True)
    book.properties.created = book.properties.modified = made
    return book


def packed(book: Workbook) -> bytes:
    """The file of a workbook."""
    output = io.BytesIO()
    book.save(output)
    return output.getvalue()


def put(cell: Cell | MergedCell, value: CellValue) -> None:
    """Sets a cell; a text stays a text, whatever it begins with, without the characters that XML excludes."""
    if isinstance(value, str):
        value = ILLEGAL_CHARACTERS_RE.sub("", value)
        value = value if len(value) <= LETTERS else value[: LETTERS - len(CUT)] + CUT
    cell.value = value
    if isinstance(value, str):
        cell.data_type = "s"


def line(sheet: Any, values: Iterable[CellValue], *, bold: int = 0) -> list[Cell]:
    """Appends a row to a sheet, the first ``bold`` cells of it in bold; its cells."""
    cells = []
    for number, value in enumerate(values):
        cell = WriteOnlyCell(sheet)
        put(cell, value)
        if number < bold:
            cell.font = BOLD
        cells.append(cell)
    sheet.append(cells)
    return cells


def widen(sheet: Any, widths: Iterable[float]) -> None:
    """Sets the width of the first columns, in letters."""
    for number, width in enumerate(widths, start=1):
        sheet.column_dimensions[get_column_letter(number)].width = width


def head(sheet: Any, names: Sequence[str], widths: Iterable[float]) -> None:
    """Begins an empty sheet: how wide its columns are, and their names, which stay in view."""
    widen(sheet, widths)
    sheet.freeze_panes = "A2"
    line(sheet, names, bold=len(names))


def table(
    book: Workbook,
    title: str,
    names: Sequence[str],
    rows: Iterable[Iterable[CellValue]],
    widths: Iterable[float],
) -> None:
    """A sheet of rows below the names of their columns; what it cannot hold goes on further sheets."""
    sheet, widths = None, tuple(widths)
    for number, row in enumerate(rows):
        if number % ROWS == 0:
            sheet = book.create_sheet(title if not number else f"{title} {number // ROWS + 1}")
            head(sheet, names, widths)
        line(sheet, row)
    if sheet is None:
        head(book.create_sheet(title), names, widths)
