"""The work list as a table, for the command line and for exports."""

from collections.abc import Callable, Sequence

import pyoxigraph as ox

from policytrace.graph.gaps.place import PlacedGap
from policytrace.graph.sparql.binding import Term
from policytrace.graph.sparql.engine import Rows
from policytrace.graph.vocabulary.terms import XSD

COLUMNS = {
    "kind": "Kind of gap, as a code",
    "gap": "Kind of gap, in words",
    "project": "The project",
    "projectLabel": "Its name",
    "thing": "The thing in which something is missing",
    "thingLabel": "Its name",
    "missing": "What is not known",
    "add": "What would close the gap",
    "where": "Where in the tables, in words",
    "file": "The file to change",
    "row": "The row to change; empty where a new row is to be added",
    "table": "The table, which is also the sheet of a workbook",
    "columns": "Its columns, separated by spaces",
    "partner": "Who may know, as far as the tables name somebody",
    "partnerLabel": "Their name",
    "partnerRole": "What they have to do with it",
}
"""Columns of the table and what each holds."""


def table(gaps: Sequence[PlacedGap], label: Callable[[str], str]) -> Rows:
    """One row for each gap; where several organisations may know, they stand in one cell."""
    return Rows(tuple(COLUMNS), [_row(one, label) for one in gaps])


def _row(one: PlacedGap, label: Callable[[str], str]) -> tuple[Term | None, ...]:
    gap, kind = one.gap, one.gap.kind
    partners: Term | None = _text(" ".join(one.partners))
    if len(one.partners) == 1:
        partners = ox.NamedNode(one.partners[0])
    row = one.place.row if kind.own else None
    return (
        _text(kind.code),
        _text(kind.title),
        ox.NamedNode(gap.project),
        _text(label(gap.project)),
        ox.NamedNode(gap.thing),
        _text(label(gap.thing)),
        _text(gap.missing),
        _text(kind.add),
        _text(one.where),
        _text(one.target),
        None if row is None else ox.Literal(str(row), datatype=ox.NamedNode(XSD + "integer")),
        _text(kind.table),
        _text(" ".join(kind.columns)),
        partners,
        _text("; ".join(map(label, one.partners)) or "not known"),
        _text(one.why),
    )


def _text(value: str) -> Term | None:
    return ox.Literal(value) if value else None
