"""Says of gaps who may know, what else they are about, and where the tables hold the thing."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from pathlib import Path, PurePosixPath

import pyoxigraph as ox

from policytrace.graph.gaps.find import Gap
from policytrace.graph.gaps.kinds import gap_kinds, kinds
from policytrace.graph.library import answer_store
from policytrace.graph.library.answer_store import AnswerKey, AnswerWriter
from policytrace.graph.library.gc_pause import gc_paused
from policytrace.graph.lookup.reader import RECORDS, Reader
from policytrace.graph.sparql.query_text import query_text
from policytrace.graph.vocabulary.terms import ID, segment_of
from policytrace.graph.vocabulary.translation import gettext

_ORGANISATION = ID + "organisation/"
_ANYWHERE = frozenset(("region", "organisation", "country"))
"""Segments of things that gaps of any project can be about, in several steps."""


@dataclass(frozen=True, slots=True)
class RowPlace:
    """Where a row of a table is: file, row and the record that describes it; None where it is not known."""

    file: str | None
    row: int | None
    record: str | None


@dataclass(frozen=True, slots=True)
class PlacedGap:
    """A gap with who may know, and where to add what."""

    gap: Gap
    partners: tuple[str, ...]
    """IRIs of organisations; none if the tables name nobody."""
    why: str
    """What they have to do with it."""
    place: RowPlace
    """The row of the thing."""

    @property
    def target(self) -> str:
        """The file to change: that of the thing, or beside it the table that gets a new row."""
        if self.place.file is None:
            return ""
        path = PurePosixPath(self.place.file)
        if self.gap.kind.own or path.suffix != ".csv":
            return str(path)
        return str(path.with_name(f"{self.gap.kind.table}.csv"))

    @property
    def where(self) -> str:
        """File, row and columns in words."""
        kind = self.gap.kind
        file = self.target or gettext("the table {table}").format(table=kind.table)
        if self.target and not self.target.endswith(".csv"):
            file = gettext("{file}, sheet {sheet}").format(file=file, sheet=kind.table)
        if kind.own:
            if self.place.row is None:
                return gettext("{file}, in {columns}").format(file=file, columns=_any(kind.columns))
            row = gettext("{file}, row {row}, in {columns}")
            return row.format(file=file, row=self.place.row, columns=_any(kind.columns))
        own = self.gap.thing.removeprefix(ID).partition("/")[2]
        first, *others = kind.columns
        if not others:
            new = gettext("{file}, a new row with {id} in {column}")
            return new.format(file=file, id=own, column=first)
        new = gettext("{file}, a new row with {id} in {column} and {others}")
        more = _any(others) if kind.any else _all(others)
        return new.format(file=file, id=own, column=first, others=more)


def _any(columns: Sequence[str]) -> str:
    *most, last = columns
    return gettext("{most} or {last}").format(most=", ".join(most), last=last) if most else last


def _all(columns: Sequence[str]) -> str:
    *most, last = columns
    return gettext("{most} and {last}").format(most=", ".join(most), last=last) if most else last


def place(reader: Reader, gaps: Sequence[Gap]) -> list[PlacedGap]:
    """Gaps with what the tables say of them."""
    nodes = {gap.thing: ox.NamedNode(gap.thing) for gap in gaps}
    reader.prepare(list(nodes.values()), *_steps())
    found: dict[str, tuple[tuple[str, ...], str, RowPlace]] = {}
    for gap in gaps:
        if gap.thing not in found:
            partners, why = _contacts(reader, nodes[gap.thing], gap.segment)
            found[gap.thing] = partners, why, _place(reader, nodes[gap.thing])
    return [PlacedGap(gap, *found[gap.thing]) for gap in gaps]


@cache
def key() -> AnswerKey:
    """The key of the whole work list in the store of precomputed answers."""
    table = (files("policytrace") / "graph" / "gaps" / "kinds.toml").read_text("utf-8")
    queries = sorted({kind.query for kind in kinds().values()})
    return AnswerKey("gaps", answer_store.digest_of(table, *map(query_text, queries)))


def add_to(store: AnswerWriter, gaps: Iterable[PlacedGap]) -> None:
    """Store the whole work list of a release."""
    rows = [
        (
            one.gap.kind.code,
            one.gap.thing,
            one.gap.project,
            one.gap.missing,
            one.partners,
            one.why,
            (one.place.file, one.place.row, one.place.record),
        )
        for one in gaps
    ]
    store.add_json(key(), rows)


@gc_paused()
def read(release: Path) -> list[PlacedGap] | None:
    """The whole work list of the release in a folder; None if it is not precomputed."""
    rows = answer_store.read_json(release, key())
    if rows is None:
        return None
    of = kinds()
    return [
        PlacedGap(Gap(of[kind], thing, project, missing), tuple(partners), why, RowPlace(*where))
        for kind, thing, project, missing, partners, why, where in rows
    ]


def gaps_about(reader: Reader, gaps: Iterable[Gap], thing: str) -> list[Gap]:
    """The gaps that have to do with a thing: its own, and those of things that name it or lie in it."""
    every = list(gaps)
    ends = {ox.NamedNode(thing), *reader.subjects("pt:within", ox.NamedNode(thing))}
    reached: dict[str, set[str]] = {}
    for segment in {gap.segment for gap in every}:
        paths = (path.split("/") for path in gap_kinds().about.get(segment, ()))
        reached[segment] = {node.value for path in paths for node in _starts(reader, ends, path)} | {thing}
    return [gap for gap in every if gap.thing in reached[gap.segment]]


def projects(reader: Reader, thing: ox.NamedNode) -> list[str]:
    """The projects whose gaps can have to do with a thing; none if those of any project can."""
    if segment_of(thing.value) in _ANYWHERE:
        return []
    steps = {path for paths in gap_kinds().about.values() for path in paths if "/" not in path}
    near = [thing, *(subject for step in sorted(steps) for subject in reader.subjects(step, thing))]
    return sorted({project.value for one in near for project in reader.nodes(one, "pt:inProject")})


def _contacts(reader: Reader, node: ox.NamedNode, segment: str) -> tuple[tuple[str, ...], str]:
    for path, words in gap_kinds().who.get(segment, ()):
        ends = {end.value for end in _ends(reader, node, path.split("/"))}
        if named := sorted(end for end in ends if end.startswith(_ORGANISATION)):
            return tuple(named), gettext(words)
    return (), ""


def _ends(reader: Reader, node: ox.NamedNode, steps: Sequence[str]) -> set[ox.NamedNode]:
    ends = {node}
    for step in steps:
        ends = {end for start in ends for end in reader.nodes(start, step)}
    return ends


def _starts(reader: Reader, ends: set[ox.NamedNode], steps: Sequence[str]) -> set[ox.NamedNode]:
    """From where a path leads to one of some things."""
    for step in reversed(steps):
        ends = {start for end in ends for start in reader.subjects(step, end)}
    return ends


def _place(reader: Reader, node: ox.NamedNode) -> RowPlace:
    for record in reader.records(node):
        file, row = (reader.text(record, name, RECORDS) for name in ("pt:inFile", "pt:inRow"))
        if file:
            return RowPlace(file, int(row) if row else None, record.value)
    return RowPlace(None, None, None)


def _steps() -> list[str]:
    """The properties that lead from a thing to what is read further."""
    paths = [path for rows in gap_kinds().who.values() for path, _ in rows if "/" in path]
    return sorted({path.partition("/")[0] for path in paths})
