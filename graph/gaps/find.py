"""Finds gaps: the rows of the queries of each kind, without asking one query twice."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import pyoxigraph as ox

from policytrace.graph.gaps.kinds import GapKind, kinds
from policytrace.graph.library.queries import library, run
from policytrace.graph.sparql.engine import Engine, Rows
from policytrace.graph.sparql.query_text import query_text
from policytrace.graph.vocabulary.terms import segment_of
from policytrace.graph.vocabulary.translation import gettext


@dataclass(frozen=True, slots=True)
class Gap:
    """One thing in which something is missing."""

    kind: GapKind
    thing: str
    """IRI."""
    project: str
    """IRI."""
    missing: str
    """What is not known, in words."""

    @property
    def segment(self) -> str:
        """The segment of the thing, for example ``transfer``."""
        return segment_of(self.thing)


RowValues = Mapping[str, str]


def find(engine: Engine, project: ox.NamedNode | None, codes: Iterable[str] = ()) -> list[Gap]:
    """The gaps of one project or of all, by kind, in the order of the work list and of identifiers.

    Args:
        engine: the release to ask.
        project: only this project; None means all.
        codes: only these kinds; none means all.
    """
    wanted = set(codes) or set(kinds())
    rows: dict[str, list[RowValues]] = {}
    found: dict[Gap, None] = {}
    for kind in kinds().values():
        if kind.code in wanted:
            if kind.query not in rows:
                rows[kind.query] = _rows(engine, kind.query, project)
            found |= dict.fromkeys(sorted(_gaps_of(kind, rows[kind.query]), key=_order))
    return list(found)


def _order(gap: Gap) -> tuple[str, str, str]:
    return gap.project, gap.thing, gap.missing


def _rows(engine: Engine, name: str, project: ox.NamedNode | None) -> list[RowValues]:
    if name in library():
        answer = run(engine, name, {"project": project.value if project else ""})
    else:
        result = engine.query(query_text(name), bindings={"project": project})
        assert isinstance(result, Rows)
        answer = result
    return [
        {name: term.value for name, term in zip(answer.variables, row, strict=True) if term is not None}
        for row in answer.rows
    ]


def _gaps_of(kind: GapKind, rows: Sequence[RowValues]) -> Iterable[Gap]:
    for row in rows:
        if kind.thing in row and all(row.get(name) == value for name, value in kind.only.items()):
            yield Gap(
                kind,
                row[kind.thing],
                row["project"],
                _sentence(gettext(kind.missing).format_map(_WithDefault(row))),
            )


class _WithDefault(dict[str, str]):
    """Values for a sentence; what is not known says so."""

    def __missing__(self, key: str) -> str:
        return gettext("not known")


def _sentence(text: str) -> str:
    return text[:1].upper() + text[1:].replace("..", ".")
