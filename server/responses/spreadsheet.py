"""Rows as a workbook: numbers and dates as such, names beside identifiers, and no cell that is a formula."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date

import pyoxigraph as ox

from policytrace.graph.sparql.binding import Term
from policytrace.graph.sparql.engine import Rows
from policytrace.graph.tables import sheet_writer
from policytrace.graph.tables.sheet_writer import CellValue
from policytrace.graph.vocabulary.terms import XSD
from policytrace.server.presentation.result_table import LABEL
from policytrace.server.presentation.view import NUMBERS, View

EXACT = 2**53
"""Whole numbers up to which a spreadsheet counts exactly; larger ones stay text."""
WIDTHS = (8, 60)
PAIR = (24, 100)
"""Widths of the columns for a name and a text, in letters."""
MEASURED = 100
"""Rows that the width of a column is measured by, once for all its sheets."""


def workbook(
    view: View, sheets: Mapping[str, Rows], about: Mapping[str, str], meanings: Mapping[str, str]
) -> bytes:
    """Rows as an XLSX file: a sheet for each table, ``Codebook``, and ``About`` with where they come from.

    Args:
        sheets: tables by the name of their sheet.
        about: what is said of the whole, for example its query, release and licence.
        meanings: what a column holds, by name.
    """
    book = sheet_writer.workbook(about.get("Release", ""))
    for title, found in sheets.items():
        columns = list(_columns(view, found))
        names = [name for name, _ in columns]
        cells = ([value(row) for _, value in columns] for row in found.rows)
        sheet_writer.table(book, title, names, cells, _widths(columns, found.rows))
    known = dict.fromkeys(name for found in sheets.values() for name in found.variables if name in meanings)
    if known:
        codebook = book.create_sheet("Codebook")
        sheet_writer.widen(codebook, PAIR)
        sheet_writer.line(codebook, ("Column", "What it holds"), bold=2)
        for name in known:
            sheet_writer.line(codebook, (name, meanings[name]))
    origin = book.create_sheet("About")
    sheet_writer.widen(origin, PAIR)
    for pair in about.items():
        sheet_writer.line(origin, pair, bold=1)
    return sheet_writer.packed(book)


class _Value:
    """Reads the cell of one column."""

    def __init__(self, at: int) -> None:
        self.at = at

    def __call__(self, row: Sequence[Term | None]) -> CellValue:
        return plain(row[self.at])


class _Name(_Value):
    """Reads the name of the thing in one column."""

    def __init__(self, at: int, view: View) -> None:
        super().__init__(at)
        self.view = view

    def __call__(self, row: Sequence[Term | None]) -> CellValue:
        term = row[self.at]
        return self.view.thing(term).text if isinstance(term, ox.NamedNode) else None


def _columns(view: View, found: Rows) -> Iterator[tuple[str, _Value]]:
    for at, name in enumerate(found.variables):
        yield name, _Value(at)
        things = any(isinstance(row[at], ox.NamedNode) for row in found.rows)
        if things and name + LABEL not in found.variables:
            yield name + LABEL, _Name(at, view)


def plain(term: Term | None) -> CellValue:
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


def _widths(columns: Sequence[tuple[str, _Value]], rows: Sequence[Sequence[Term | None]]) -> Iterator[int]:
    for name, value in columns:
        longest = max((len(str(value(row) or "")) for row in rows[:MEASURED]), default=0)
        yield min(max(longest, len(name), WIDTHS[0]) + 2, WIDTHS[1])
