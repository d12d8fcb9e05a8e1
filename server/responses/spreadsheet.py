"""Rows as a workbook: numbers and dates as such, names beside identifiers, and no cell that is a formula."""

import io
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date, datetime
from typing import Any

import pyoxigraph as ox
from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE
from openpyxl.styles import Font
from openpyxl.utils import get_column_letter

from policytrace.graph.paths.formats.rows import made
from policytrace.graph.sparql.binding import Term
from policytrace.graph.sparql.engine import Rows
from policytrace.graph.vocabulary.terms import XSD
from policytrace.server.presentation.result_table import LABEL
from policytrace.server.presentation.view import NUMBERS, View

ROWS = 1_048_575
"""Rows a sheet holds below its head; more go on a further sheet."""
LETTERS = 32_767
"""Letters a cell holds."""
CUT = " … (cut)"
EXACT = 2**53
"""Whole numbers up to which a spreadsheet counts exactly; larger ones stay text."""
WIDTHS = (8, 60)


def workbook(
    view: View, sheets: Mapping[str, Rows], about: Mapping[str, str], meanings: Mapping[str, str]
) -> bytes:
    """Rows as an XLSX file: a sheet for each table, ``Codebook``, and ``About`` with where they come from.

    Args:
        sheets: tables by the name of their sheet.
        about: what is said of the whole, for example its query, release and licence.
        meanings: what a column holds, by name.
    """
    book = Workbook(write_only=True)
    book.properties.created = book.properties.modified = made(about.get("Release", ""))
    for title, found in sheets.items():
        _sheets(book, title, view, found)
    columns = dict.fromkeys(name for found in sheets.values() for name in found.variables)
    told = {name: meanings[name] for name in columns if name in meanings}
    if told:
        _pairs(book, "Codebook", {"Column": "What it holds"} | told, head=True)
    _pairs(book, "About", about)
    output = io.BytesIO()
    book.save(output)
    return output.getvalue()


def _sheets(book: Workbook, title: str, view: View, found: Rows) -> None:
    columns = list(_columns(view, found))
    head = [name for name, _ in columns]
    for start in range(0, max(len(found.rows), 1), ROWS):
        sheet = book.create_sheet(title if not start else f"{title} {start // ROWS + 1}")
        some = found.rows[start : start + ROWS]
        sheet.freeze_panes = "A2"
        for number, width in enumerate(_widths(head, columns, some), start=1):
            sheet.column_dimensions[get_column_letter(number)].width = width
        sheet.append([_cell(sheet, name, bold=True) for name in head])
        for row in some:
            sheet.append([_cell(sheet, value(row)) for _, value in columns])


class _Value:
    """Reads the cell of one column."""

    def __init__(self, at: int) -> None:
        self.at = at

    def __call__(self, row: Sequence[Term | None]) -> Any:
        return plain(row[self.at])


class _Name(_Value):
    """Reads the name of the thing in one column."""

    def __init__(self, at: int, view: View) -> None:
        super().__init__(at)
        self.view = view

    def __call__(self, row: Sequence[Term | None]) -> Any:
        term = row[self.at]
        return self.view.thing(term).text if isinstance(term, ox.NamedNode) else None


def _columns(view: View, found: Rows) -> Iterator[tuple[str, _Value]]:
    for at, name in enumerate(found.variables):
        yield name, _Value(at)
        things = any(isinstance(row[at], ox.NamedNode) for row in found.rows)
        if things and name + LABEL not in found.variables:
            yield name + LABEL, _Name(at, view)


def plain(term: Term | None) -> str | int | float | bool | date | datetime | None:
    """A term as a spreadsheet holds it."""
    if not isinstance(term, ox.Literal):
        return None if term is None else term.value if isinstance(term, ox.NamedNode) else f"_:{term.value}"
    text, datatype = term.value, term.datatype.value
    try:
        if datatype in NUMBERS:
            return _number(text)
        if datatype == XSD + "boolean":
            return text in ("true", "1")
        if datatype == XSD + "date" and text >= "1900-03-01":
            return date.fromisoformat(text)
    except ValueError:
        return text
    return text


def _number(text: str) -> int | float | str:
    try:
        whole = int(text)
    except ValueError:
        number = float(text)
        return number if number - number == 0 else text
    return whole if abs(whole) <= EXACT else text


def _cell(sheet: Any, value: Any, *, bold: bool = False) -> Any:
    if isinstance(value, str):
        value = ILLEGAL_CHARACTERS_RE.sub("", value)
        value = value if len(value) <= LETTERS else value[: LETTERS - len(CUT)] + CUT
    cell = WriteOnlyCell(sheet, value)
    if isinstance(value, str):
        cell.data_type = "s"
    if bold:
        cell.font = Font(bold=True)
    return cell


def _widths(
    head: Sequence[str], columns: Sequence[tuple[str, _Value]], rows: Sequence[Sequence[Term | None]]
) -> Iterable[int]:
    for name, (_, value) in zip(head, columns, strict=True):
        longest = max((len(str(value(row) or "")) for row in rows[:100]), default=0)
        yield min(max(longest, len(name), WIDTHS[0]) + 2, WIDTHS[1])


def _pairs(book: Workbook, title: str, pairs: Mapping[str, str], *, head: bool = False) -> None:
    sheet = book.create_sheet(title)
    sheet.column_dimensions["A"].width, sheet.column_dimensions["B"].width = 24, 100
    for at, (name, text) in enumerate(pairs.items()):
        sheet.append([_cell(sheet, name, bold=not head or not at), _cell(sheet, text, bold=head and not at)])
