"""A result as a table of linked, labelled cells."""

from dataclasses import dataclass, replace

import pyoxigraph as ox

from policytrace.graph.sparql.binding import Term
from policytrace.graph.sparql.engine import Rows
from policytrace.server.presentation.view import NUMBERS, Value, View

ROWS_SHOWN = 1_000
"""Rows a page shows at most; downloads have all."""
WEIGHT = 70_000
"""Bytes that the cells of a page may take, about; the rows that fit are shown."""
_FOLDED = 1.6
"""How many times as much the cells of a library query take before names are folded into what they name."""
_MARKUP = 70
"""Bytes of a value on a page beside its text and address."""
LABEL = "Label"
"""How the column with the name of a thing ends in library queries."""
SOURCES = "sources"
"""The column of library queries that holds the addresses of documents, with spaces between."""


Cell = tuple[Value, ...]


@dataclass(frozen=True)
class Table:
    """The head and body of a table, and how many rows the whole result has."""

    names: tuple[str, ...]
    rows: tuple[tuple[Cell, ...], ...]
    numeric: tuple[bool, ...]
    total: int

    @property
    def cut(self) -> bool:
        """Whether the page shows fewer rows than there are."""
        return self.total > len(self.rows)


def table(view: View, found: Rows, most: int = WEIGHT) -> Table:
    """The table of some rows; things stand under their label and lead to their page.

    Args:
        view: names things.
        found: all rows.
        most: bytes that the cells may take.
    """
    cells: list[tuple[Cell, ...]] = []
    weight = 0
    for row in found.rows[:ROWS_SHOWN]:
        cells.append(tuple(() if term is None else (view.term(term),) for term in row))
        weight += sum(_weight(value) for cell in cells[-1] for value in cell)
        if weight > most:
            break
    numeric = tuple(
        _numeric([row[at] for row in found.rows[: len(cells)]]) for at in range(len(found.variables))
    )
    return Table(found.variables, tuple(cells), numeric, len(found.rows))


def _weight(value: Value) -> int:
    return len(value.text.encode()) + len(value.href or "") + _MARKUP


def readable(view: View, found: Rows) -> Table:
    """The table of a library query: labels fold into what they name, addresses lead there, and columns
    without any value are left out."""
    whole = table(view, found, round(WEIGHT * _FOLDED))
    place = {name: at for at, name in enumerate(whole.names)}
    shown = [
        at
        for name, at in place.items()
        if not (name.endswith(LABEL) and name.removesuffix(LABEL) in place)
        and any(row[at] for row in whole.rows)
    ]
    labels = {at: place.get(whole.names[at] + LABEL) for at in shown}
    return Table(
        tuple(whole.names[at] for at in shown),
        tuple(tuple(_cell(row, at, labels[at], whole.names[at]) for at in shown) for row in whole.rows),
        tuple(whole.numeric[at] for at in shown),
        whole.total,
    )


def _cell(row: tuple[Cell, ...], at: int, label: int | None, name: str) -> Cell:
    cell = row[at]
    if name == SOURCES:
        return tuple(_address(text) for value in cell for text in value.text.split())
    if label is not None and cell and row[label]:
        return (replace(cell[0], text=row[label][0].text, language=row[label][0].language),)
    return cell


def _address(text: str) -> Value:
    if not text.startswith(("http://", "https://")):
        return Value(text)
    short = text.partition("//")[2].removeprefix("www.").rstrip("/")
    return Value(short if len(short) < 44 else f"{short[:20]}…{short[-20:]}", text, outside=True)


def _numeric(column: list[Term | None]) -> bool:
    literals = [term for term in column if term is not None]
    return bool(literals) and all(isinstance(t, ox.Literal) and t.datatype.value in NUMBERS for t in literals)
