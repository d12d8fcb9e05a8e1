"""The page of a named graph: the record of one table row, or one of the large graphs of a release."""

from dataclasses import dataclass

import pyoxigraph as ox

from policytrace.graph.lookup.reader import RECORDS
from policytrace.server.dossiers.thing import Record, record_of
from policytrace.server.presentation.footnotes import Sources
from policytrace.server.presentation.view import PropertyRow, Value, View, by_label

STATEMENTS_SHOWN = 500
"""Statements of a graph that a page lists."""


@dataclass(frozen=True)
class GraphPage:
    """What the page of a named graph shows; ``record`` is None for a graph that is no table row."""

    iri: str
    describes: Value | None
    record: Record | None
    subjects: tuple[tuple[Value, tuple[PropertyRow, ...]], ...]
    shown: int
    total: int


def graph_page(view: View, name: ox.NamedNode, total: int) -> GraphPage:
    """The page of a named graph that holds ``total`` statements (0: few enough to count here)."""
    reader = view.reader
    triples = reader.some(name, STATEMENTS_SHOWN)
    reader.prepare({t.subject for t in triples if isinstance(t.subject, ox.NamedNode)})
    described = reader.nodes(name, "pt:describes", RECORDS)
    return GraphPage(
        iri=name.value,
        describes=view.thing(described[0]) if described else None,
        record=record_of(view, name, Sources(view)) if described else None,
        subjects=_by_subject(view, triples),
        shown=len(triples),
        total=max(total, len(triples)),
    )


def _by_subject(view: View, triples: list[ox.Triple]) -> tuple[tuple[Value, tuple[PropertyRow, ...]], ...]:
    found: dict[ox.NamedNode, dict[ox.NamedNode, list[Value]]] = {}
    for t in triples:
        if isinstance(t.subject, ox.NamedNode) and not isinstance(t.object, ox.Triple):
            found.setdefault(t.subject, {}).setdefault(t.predicate, []).append(view.term(t.object))
    return tuple(
        (
            view.thing(subject),
            tuple(PropertyRow(view.property(p), tuple(by_label(v))) for p, v in said.items()),
        )
        for subject, said in found.items()
    )
