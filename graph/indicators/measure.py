"""An indicator measured: its number, what it rests on, and how it holds when weaker evidence is left out."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import accumulate, starmap
from typing import Any

import pyoxigraph as ox

from policytrace.graph.indicators.definitions import Definition, definition
from policytrace.graph.indicators.items import RANK, Item, ItemRow, ItemSet, collect, read_disputes
from policytrace.graph.indicators.numbers import Number, number
from policytrace.graph.sparql.engine import Engine, Rows
from policytrace.graph.sparql.parameters import Parameter, ParameterError
from policytrace.graph.vocabulary.scales import LEVELS
from policytrace.graph.vocabulary.translation import N_

THRESHOLDS = ("", *LEVELS)
"""The least strength that counts; the first counts everything, also what was not judged."""
WITH, WITHOUT = "with", "without"
OPTIONS = {
    parameter.name: parameter
    for parameter in (
        Parameter(
            "project", "iri", N_("Only this project; empty means all."), cls="pt:Project", segment="project"
        ),
        Parameter(
            "min_strength",
            "string",
            N_("The weakest evidence that counts; empty means any."),
            scheme="strength",
            values=LEVELS,
        ),
        Parameter(
            "disputed",
            "string",
            N_("Whether claims and sums that sources dispute count."),
            WITH,
            values=(WITH, WITHOUT),
        ),
    )
}
"""The options of an indicator."""
_KNOWN = "SELECT ?thing WHERE { VALUES ?thing { UNDEF } ?thing ?p ?o } LIMIT 1"


@dataclass(frozen=True, slots=True)
class IndicatorOptions:
    """The options of one question, read."""

    project: ox.NamedNode | None = None
    min_strength: str = ""
    disputed: bool = True


@dataclass(frozen=True, slots=True)
class Threshold:
    """What remains when only evidence at least so good counts, with and without disputed claims."""

    min_strength: str
    every: Number
    undisputed: Number


@dataclass(frozen=True, slots=True)
class BreakdownGroup:
    """One group of a breakdown: its value, empty if not known, and what remains of it at each threshold."""

    value: str
    thresholds: tuple[Threshold, ...]


@dataclass(frozen=True, slots=True)
class Measurement:
    """One indicator for one project or for all."""

    known: Definition
    release: str
    chosen: IndicatorOptions
    gathered: ItemSet
    counted: tuple[tuple[Item, tuple[ItemRow, ...]], ...]
    """The things that count under the conditions asked for, with the rows that make them count."""

    @property
    def number(self) -> Number:
        """The number asked for."""
        return number(self.known, self.counted)

    @property
    def total(self) -> int:
        """The denominator: all things, whether they count or not."""
        return len(self.gathered.items)

    def summary(self) -> str:
        """The number in a sentence, with what it is out of and what is not known."""
        known, unknown = self.known, self.known.unknown
        words = f"{known.title}: {self.number.words(known)}, of {self.total:,} {known.denominator}."
        if unknown and self.gathered.unknown:
            words += f" {len(self.gathered.unknown):,} {unknown.words}."
        return words

    @property
    def not_judged(self) -> int:
        """How many count whose evidence no rule has judged; they leave at the first threshold."""
        return sum(1 for item in self.gathered.items if not item.lacks(self.known) and not item.strength)

    @property
    def without(self) -> dict[str, int]:
        """How many do not count, by why."""
        found = dict.fromkeys((lack.code for lack in self.known.lacks), 0)
        for item in self.gathered.items:
            if lacks := item.lacks(self.known):
                found[lacks] += 1
        return found

    def sensitivity(self) -> tuple[Threshold, ...]:
        """The number at every threshold, with and without disputed claims."""
        return self._thresholds([(item, item.rows) for item in self.gathered.items])

    def groups(self, by: str) -> tuple[BreakdownGroup, ...]:
        """The groups of a breakdown, the largest first, what is not known last."""
        found: dict[str, dict[int, list[ItemRow]]] = {}
        for at, item in enumerate(self.gathered.items):
            for row in item.rows:
                if not row.lacks:
                    found.setdefault(row.values.get(by, ""), {}).setdefault(at, []).append(row)
        items = self.gathered.items
        groups = [
            BreakdownGroup(value, self._thresholds([(items[at], rows) for at, rows in rows_of.items()]))
            for value, rows_of in found.items()
        ]
        groups.sort(key=lambda one: (not one.value, -one.thresholds[0].every.count, one.value))
        return tuple(groups)

    def _thresholds(self, rows_of: Sequence[tuple[Item, Sequence[ItemRow]]]) -> tuple[Threshold, ...]:
        if self.known.statistic == "count":
            return tuple(starmap(Threshold, zip(THRESHOLDS, *_remaining(rows_of), strict=True)))
        found = []
        for level in THRESHOLDS:
            numbers = [
                number(self.known, _passing(rows_of, level, disputes=with_them))
                for with_them in (True, False)
            ]
            found.append(Threshold(level, *numbers))
        return tuple(found)

    def as_dict(self, label: Callable[[str], str]) -> dict[str, Any]:
        """Everything as JSON has it; ``label`` gives the name of a thing by its IRI."""
        known = self.known
        project = self.chosen.project
        return {
            "indicator": known.name,
            "title": known.title,
            "release": self.release,
            "options": {
                "project": project.value if project else None,
                "min_strength": self.chosen.min_strength or None,
                "disputed": WITH if self.chosen.disputed else WITHOUT,
            },
            "rule": known.rule,
            "key": known.key_words,
            "judged": known.judged,
            "number": self.number.as_dict(known),
            "denominator": {"count": self.total, "words": known.denominator},
            "not_counted": [
                {"code": lack.code, "words": lack.words, "count": self.without[lack.code]}
                for lack in known.lacks
            ],
            "unknown": {"count": len(self.gathered.unknown), "words": known.unknown.words}
            if known.unknown
            else None,
            "not_judged": self.not_judged,
            "sensitivity": [_threshold(known, one) for one in self.sensitivity()],
            "by": {one.name: self._group_dicts(one.name, label) for one in known.by},
            "rows": [_row(known, item, rows, label) for item, rows in self.counted],
        }

    def _group_dicts(self, by: str, label: Callable[[str], str]) -> list[dict[str, Any]]:
        return [
            {
                "id": group.value or None,
                "label": label(group.value) if group.value else "not known",
                "sensitivity": [_threshold(self.known, one) for one in group.thresholds],
            }
            for group in self.groups(by)
        ]


def _threshold(known: Definition, one: Threshold) -> dict[str, Any]:
    return {
        "min_strength": one.min_strength or None,
        "number": one.every.as_dict(known),
        "without_disputed": one.undisputed.as_dict(known),
    }


def _row(
    known: Definition, item: Item, rows: Sequence[ItemRow], label: Callable[[str], str]
) -> dict[str, Any]:
    def named(value: str) -> dict[str, str]:
        return {"id": value, "label": label(value)}

    return {
        "key": {
            name: named(value) if value.startswith("http") else value
            for name, value in zip(known.key, item.key, strict=True)
        },
        "strength": item.strength or None,
        "disputed": list(item.disputes),
        "rests_on": {
            name: [named(iri) for iri in sorted({row.values[name] for row in rows if name in row.values})]
            for name in known.evidence
        },
    }


def _remaining(rows_of: Iterable[tuple[Item, Sequence[ItemRow]]]) -> tuple[list[Number], list[Number]]:
    """How many things count at each threshold, with and without disputed claims: by the best row of each."""
    counts = [[0] * len(THRESHOLDS) for _ in (True, False)]
    for _, rows in rows_of:
        every = [(RANK[row.strength], row.disputes) for row in rows if not row.lacks]
        undisputed = [rank for rank, disputes in every if not disputes]
        for at, ranks in enumerate(([rank for rank, _ in every], undisputed)):
            if ranks:
                counts[at][max(ranks)] += 1
    summed = ([*accumulate(reversed(of_rank))][::-1] for of_rank in counts)
    every_number, without = ([Number(count) for count in column] for column in summed)
    return every_number, without


def _passing(
    rows_of: Iterable[tuple[Item, Sequence[ItemRow]]], min_strength: str, *, disputes: bool
) -> tuple[tuple[Item, tuple[ItemRow, ...]], ...]:
    """The things of which a row counts under these conditions, with the rows that do."""
    found = []
    for item, rows in rows_of:
        some = tuple(row for row in rows if row.passes(min_strength, disputes=disputes))
        if some:
            found.append((item, some))
    return tuple(found)


def choose(given: Mapping[str, str], engine: Engine) -> IndicatorOptions:
    """The options of a question; an empty one has its default.

    Raises:
        ParameterError: an option is unknown, or has a value it cannot have.
    """
    for name in given:
        if name not in OPTIONS:
            raise ParameterError(name, f"is no option here. There are: {', '.join(OPTIONS)}.")
    values = {name: given.get(name, "") or option.default for name, option in OPTIONS.items()}
    for name, option in OPTIONS.items():
        option.term(values[name])
    project = OPTIONS["project"].term(values["project"])
    if not isinstance(project, ox.NamedNode):
        return IndicatorOptions(None, values["min_strength"], values["disputed"] == WITH)
    answer = engine.query(_KNOWN, bindings={"thing": project})
    if not (isinstance(answer, Rows) and answer.rows):
        raise ParameterError("project", f"nothing in this release is called {project.value}.")
    return IndicatorOptions(project, values["min_strength"], values["disputed"] == WITH)


def measurement(known: Definition, release: str, chosen: IndicatorOptions, gathered: ItemSet) -> Measurement:
    """An indicator under some conditions, of what was gathered once."""
    every = ((item, item.rows) for item in gathered.items)
    counted = _passing(every, chosen.min_strength, disputes=chosen.disputed)
    return Measurement(known, release, chosen, gathered, counted)


def measure(engine: Engine, release: str, name: str, given: Mapping[str, str]) -> Measurement:
    """An indicator of a release.

    Raises:
        UnknownIndicatorError: there is none of that name.
        ParameterError: an option cannot be used.
    """
    known = definition(name)
    chosen = choose(given, engine)
    return measurement(known, release, chosen, collect(engine, known, chosen.project, read_disputes(engine)))
