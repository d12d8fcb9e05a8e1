"""A grid of numbers: receivers by givers, or kinds of events by years."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from policytrace.graph.vocabulary.translation import gettext
from policytrace.server.pictures.learning import End, Learning, Pair, totals
from policytrace.server.pictures.text_fitting import wrapped

SHOWN = 18
"""Rows, and columns, that a grid of learning has at most."""
CELL, SIDE, TOP, TURNED = 30.0, 200.0, 130.0, 118.0
"""Of a cell, the room for names of rows and of columns, and of a name that is turned."""
SHADES = 5


@dataclass(frozen=True)
class Cell:
    """A number in the grid; ``shade`` runs from 1 to ``SHADES``."""

    x: float
    y: float
    count: int
    shade: int
    title: str


@dataclass(frozen=True)
class Heading:
    """The name of a row or a column, cut to its room."""

    name: str
    label: str
    at: float


@dataclass(frozen=True)
class Grid:
    """What the template draws; ``left_out`` counts what stands beyond it."""

    width: float
    height: float
    rows: tuple[Heading, ...]
    columns: tuple[Heading, ...]
    cells: tuple[Cell, ...]
    left_out: int
    across: str
    down: str


def grid(
    counts: Mapping[tuple[str, str], int], rows: Sequence[str], columns: Sequence[str], down: str, across: str
) -> Grid:
    """A grid of counts by row and column; a pair that is missing stays empty.

    Args:
        counts: numbers by row and column.
        rows, columns: the names that are shown, in order.
        down, across: what rows and columns are.
    """
    shown = {key: count for key, count in counts.items() if key[0] in rows and key[1] in columns}
    most = max(shown.values(), default=1)
    cells = tuple(
        Cell(
            SIDE + columns.index(column) * CELL,
            TOP + rows.index(row) * CELL,
            count,
            -(-count * SHADES // most),
            f"{row}, {column}: {count}",
        )
        for (row, column), count in shown.items()
        if count
    )
    return Grid(
        SIDE + max(len(columns), 1) * CELL + 12,
        TOP + max(len(rows), 1) * CELL + 12,
        tuple(Heading(n, wrapped(n, SIDE - 20, 1)[0], TOP + at * CELL) for at, n in enumerate(rows)),
        tuple(Heading(n, wrapped(n, TURNED, 1)[0], SIDE + at * CELL) for at, n in enumerate(columns)),
        cells,
        sum(counts.values()) - sum(shown.values()),
        across,
        down,
    )


def matrix(learning: Learning) -> Grid:
    """Receivers by givers, the busiest first, what is not known last."""
    pairs = learning.pairs
    counts = totals(((pair.receiver.name, pair.giver.name), pair) for pair in pairs)
    receivers = _busiest((pair.receiver, pair) for pair in pairs)
    givers = _busiest((pair.giver, pair) for pair in pairs)
    return grid(counts, receivers, givers, gettext("who learned"), gettext("from whom"))


def _busiest(ends: Iterable[tuple[End, Pair]]) -> list[str]:
    counts = totals(ends)
    ordered = sorted(counts, key=lambda end: (-counts[end], end.name, end.iri))
    known = [end.name for end in ordered if end.place][:SHOWN]
    return list(dict.fromkeys([*known, *(end.name for end in ordered if not end.place)]))
