"""What an analysis answers: rows in words, each with the hops and transfers behind it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from typing import Any

import pyoxigraph as ox

from policytrace.graph.paths.answer import NamedThing
from policytrace.graph.paths.choices import Limit
from policytrace.graph.sparql.binding import Term
from policytrace.graph.sparql.engine import Rows
from policytrace.graph.vocabulary.terms import XSD

UNKNOWN_LABEL = "unknown"
"""How a value that no source names is written."""


@dataclass(frozen=True)
class Support:
    """What a row rests on."""

    key: str
    """Tells the rows of a report apart, and stays the same for the same facts."""
    transfers: Sequence[str]
    """Identifiers of learning transfers."""
    hops: Sequence[str]
    """Identifiers of hops, without the address before them."""


class AnalysisRow:
    """A row of a report: a frozen dataclass whose columns are its fields but ``support``."""

    support: Support

    def cells(self) -> dict[str, Any]:
        """Values by column."""
        return {f.name: getattr(self, f.name) for f in fields(self) if f.name != "support"}  # type: ignore[arg-type]


@dataclass(frozen=True)
class AnalysisReport:
    """The answer of an analysis."""

    name: str
    release: str
    options: Mapping[str, str]
    columns: Mapping[str, str]
    """What each column means."""
    rows: Sequence[AnalysisRow]
    notes: tuple[str, ...] = ()
    """What a reader must know to read the numbers rightly."""
    bound: tuple[Limit, ...] = ()
    """Limits that ended the count; numbers are then too small, and a note says so."""

    def as_dict(self) -> dict[str, Any]:
        """The report as JSON has it."""
        return {
            "analysis": self.name,
            "release": self.release,
            "options": dict(self.options),
            "columns": dict(self.columns),
            "rows": [
                {
                    **{name: _plain(value) for name, value in row.cells().items()},
                    "key": row.support.key,
                    "transfers": list(row.support.transfers),
                    "hops": list(row.support.hops),
                }
                for row in self.rows
            ],
            "notes": list(self.notes),
            "truncated": bool(self.bound),
            "bound": [str(limit) for limit in self.bound],
        }

    def table(self) -> Rows:
        """The report as the rows of a query: things with their labels, numbers, texts."""
        names: list[str] = []
        lines = []
        for row in self.rows:
            line: dict[str, Term | None] = {}
            for name, value in row.cells().items():
                line |= _terms(name, value)
            lines.append(line)
            names += [name for name in line if name not in names]
        return Rows(tuple(names or self.columns), [tuple(line.get(name) for name in names) for line in lines])


def _plain(value: Any) -> Any:
    if isinstance(value, NamedThing):
        return {"id": value.id or None, "label": value.label}
    return [_plain(one) for one in value] if isinstance(value, tuple) else value


def _terms(name: str, value: Any) -> dict[str, Term | None]:
    if isinstance(value, NamedThing):
        thing = ox.NamedNode(value.id) if value.id else None
        return {name: thing, f"{name}Label": ox.Literal(value.label)}
    if value is None:
        return {name: None}
    if isinstance(value, int | float):
        kind = "integer" if isinstance(value, int) else "decimal"
        return {name: ox.Literal(str(value), datatype=ox.NamedNode(XSD + kind))}
    if isinstance(value, tuple):
        return {
            name: ox.Literal(
                ", ".join(one.label if isinstance(one, NamedThing) else str(one) for one in value)
            )
        }
    return {name: ox.Literal(str(value))}


def with_label(iri: str, labels: Mapping[str, str], kind: str) -> NamedThing:
    """A thing by its label, or the unknown one."""
    return NamedThing(iri, labels[iri] if iri else UNKNOWN_LABEL, kind)
