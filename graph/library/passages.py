"""The passages that the rows of an answer rest on: where in which document it is said."""

from collections.abc import Iterable, Sequence

import pyoxigraph as ox

from policytrace.graph.sparql.binding import Term, bind_any
from policytrace.graph.sparql.engine import Engine, Rows
from policytrace.graph.sparql.query_text import query_text

COLUMN = "passages"
MOST = 8
"""Passages that a row names; the pages of its transfers have all."""
ROWS = 10_000
"""Rows of an answer up to which passages are looked up."""
_AT_ONCE = 500
SEPARATOR = " ; "
"""Between two passages, each an address and, after a space, a place in the document."""


def cited(engine: Engine, rows: Rows, columns: Sequence[str]) -> Rows:
    """The rows with one more column: the passages that support the transfers they name.

    It stays empty in answers of more than ``ROWS`` rows; narrower questions have it.

    Args:
        engine: the release to ask.
        rows: of a query of the library.
        columns: those that may hold transfers.
    """
    places = [rows.variables.index(name) for name in columns]
    named = [[term for at in places if isinstance(term := row[at], ox.NamedNode)] for row in rows.rows]
    known = _passages(engine, {one for of_row in named for one in of_row}) if len(named) <= ROWS else {}
    cells = (
        list(dict.fromkeys(passage for one in of_row for passage in known.get(one.value, ())))
        for of_row in named
    )
    variables = (*rows.variables, COLUMN)
    return Rows(variables, [(*row, _cell(cell)) for row, cell in zip(rows.rows, cells, strict=True)])


def _cell(passages: Sequence[str]) -> Term | None:
    if not passages:
        return None
    more = len(passages) - MOST
    told = [*passages[:MOST], *([f"and {more} more"] if more > 0 else [])]
    return ox.Literal(SEPARATOR.join(told))


def _passages(engine: Engine, transfers: Iterable[ox.NamedNode]) -> dict[str, list[str]]:
    """The passages of each transfer, sorted."""
    wanted = sorted(transfers, key=lambda one: one.value)
    found: dict[str, set[str]] = {}
    for at in range(0, len(wanted), _AT_ONCE):
        answer = engine.query(bind_any(query_text("paths/passages"), "thing", wanted[at : at + _AT_ONCE]))
        assert isinstance(answer, Rows)
        for thing, document, locator in answer.rows:
            assert thing is not None
            assert document is not None
            place = f" {locator.value}" if locator is not None else ""
            found.setdefault(thing.value, set()).add(f"{document.value}{place}")
    return {thing: sorted(passages) for thing, passages in found.items()}
