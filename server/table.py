"""A result as a table of linked, labelled cells."""

from dataclasses import dataclass
from itertools import islice

import pyoxigraph as ox

from policytrace.graph.store import Rows
from policytrace.server.engine import rows
from policytrace.server.view import NUMBERS, Value, View

ROWS_SHOWN = 1_000
"""Rows a page shows; downloads have all."""


@dataclass(frozen=True)
class Table:
    """The head and body of a table, and how many rows the whole result has."""

    names: tuple[str, ...]
    rows: tuple[tuple[Value | None, ...], ...]
    numeric: tuple[bool, ...]
    total: int

    @property
    def cut(self) -> bool:
        """Whether the page shows fewer rows than there are."""
        return self.total > len(self.rows)


def table(view: View, body: bytes) -> Table:
    """The table of a SPARQL 1.1 JSON result."""
    return table_of(view, rows(body))


def table_of(view: View, found: Rows) -> Table:
    """The table of some rows; things stand under their label and lead to their page."""
    shown = tuple(
        tuple(None if term is None else view.term(term) for term in row)
        for row in islice(found.rows, ROWS_SHOWN)
    )
    columns = list(zip(*found.rows[:ROWS_SHOWN], strict=True)) or [()] * len(found.variables)
    numeric = tuple(_numeric(column) for column in columns)
    return Table(found.variables, shown, numeric, len(found.rows))


def _numeric(column: tuple[object, ...]) -> bool:
    literals = [term for term in column if term is not None]
    return bool(literals) and all(isinstance(t, ox.Literal) and t.datatype.value in NUMBERS for t in literals)
