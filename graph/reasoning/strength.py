"""How well each claim is evidenced: the published rule of ``strength.toml`` over facts in the graph.

The rule gives points; the points give one of five levels. The scheme ``strength`` tells it in words.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import pairwise
from pathlib import Path
from typing import Any, NamedTuple

import pyoxigraph as ox

from policytrace.graph.reasoning.claim_facts import Facts, collect_facts
from policytrace.graph.vocabulary.nt_terms import Term, code, literal, nt_iri
from policytrace.graph.vocabulary.scales import strength_table
from policytrace.graph.vocabulary.terms import ID
from policytrace.graph.vocabulary.translation import gettext, ngettext

_TRANSFER = ID + "transfer/"


@dataclass(frozen=True, slots=True)
class Criterion:
    """One thing the rule looks at; its fields are explained in the table."""

    code: str
    fact: str
    points: int
    words: str
    about: str
    met: tuple[str, ...]
    unmet: str = ""
    remedy: str = ""
    at_least: int = 0
    one_of: tuple[str, ...] = ()
    each: bool = False
    claims: str = ""

    def applies(self, facts: Facts) -> bool:
        """Whether a claim of this kind can have it."""
        return self.claims in ("", facts.kind)

    def times(self, facts: Facts) -> int:
        """How often it holds for a claim: 0, 1 or, where each counts, more."""
        value = getattr(facts, self.fact)
        if self.one_of:
            return int(value in self.one_of)
        return (value if self.each else 1) if value >= self.at_least else 0

    def reason(self, facts: Facts) -> str:
        """In words, with its points, whether it holds for a claim; ``""`` when not worth saying."""
        times = self.times(facts)
        if not times:
            return self.unmet
        number = getattr(facts, self.fact)
        return f"{self.met[0 if number == 1 else -1].format(n=number)} ({self.points * times:+d})"


@dataclass(frozen=True, slots=True)
class Level:
    """A level of strength: the points it asks for, up to those of the next, and criteria that give it."""

    code: str
    least: int | None
    most: int | None
    example: tuple[Criterion, ...]

    @property
    def band(self) -> str:
        """The points of the level in words."""
        if self.least is None:
            return ngettext("at most {n} point", "at most {n} points", self.most or 0).format(n=self.most)
        if self.most is None:
            return gettext("at least {n} points").format(n=self.least)
        between = gettext(" or ").join(str(number) for number in range(self.least, self.most + 1))
        return gettext("{n} points").format(n=between)

    @property
    def such_as(self) -> str:
        """Criteria that give the level, in words to follow "such as when"."""
        return _listed(self.example)

    @property
    def definition(self) -> str:
        """The criteria of the level in a sentence."""
        return f"The rule of this scheme gives the claim {self.band}, such as when {self.such_as}."


class StrengthRule(NamedTuple):
    """The published rule: levels from the weakest to the strongest, and criteria."""

    version: str
    levels: tuple[Level, ...]
    criteria: tuple[Criterion, ...]

    @property
    def note(self) -> str:
        """All criteria with their points, in words."""
        groups: dict[int, list[Criterion]] = {}
        for criterion in self.criteria:
            groups.setdefault(criterion.points, []).append(criterion)
        return " ".join(
            f"{'This' if len(group) == 1 else 'These'} "
            f"{'give' if points > 0 else 'take'}{'s' if len(group) == 1 else ''} {abs(points)} "
            f"point{'' if abs(points) == 1 else 's'}{'' if len(group) == 1 else ' each'}: {_listed(group)}."
            for points, group in groups.items()
        )


def _listed(criteria: Sequence[Criterion]) -> str:
    *most, last = (gettext(criterion.words) for criterion in criteria)
    return gettext("{most} and {last}").format(most=", ".join(most), last=last) if most else last


def _criterion(spec: dict[str, Any]) -> Criterion:
    return Criterion(**{**spec, "met": tuple(spec["met"]), "one_of": tuple(spec.get("one_of", ()))})


@cache
def rule() -> StrengthRule:
    """The rule that this version of the product judges by."""
    declared = strength_table()
    criteria = {spec["code"]: _criterion(spec) for spec in declared["criteria"]}
    bounds = [level.get("least") for level in declared["levels"]] + [None]
    levels = tuple(
        Level(
            level["code"],
            least,
            None if after is None else after - 1,
            tuple(criteria[name] for name in level["example"]),
        )
        for level, (least, after) in zip(declared["levels"], pairwise(bounds), strict=True)
    )
    return StrengthRule(declared["version"], levels, tuple(criteria.values()))


RULE_VERSION = rule().version


class Judgement(NamedTuple):
    """The level of a claim, as the code of a concept, and why.

    ``reasons`` tell how the level was computed; where people have set another, ``computed`` is the
    one they replaced and ``override_reason`` their reason.
    """

    level: str
    reasons: str
    computed: str = ""
    override_reason: str = ""

    def terms(self) -> tuple[tuple[str, Term], ...]:
        """Property and value of the statements that carry the judgement."""
        result = [
            (nt_iri("pt:strength"), code("strength", self.level)),
            (nt_iri("pt:strengthReason"), literal(self.reasons, lang="en")),
        ]
        if self.computed:
            result.append((nt_iri("pt:computedStrength"), code("strength", self.computed)))
        if self.override_reason:
            result.append((nt_iri("pt:strengthOverrideReason"), literal(self.override_reason, lang="en")))
        return tuple(result)


class Remedy(NamedTuple):
    """Something missing that would raise a claim: what, by how many points, and the level then reached."""

    words: str
    points: int
    level: str


def points(facts: Facts) -> tuple[int, list[str]]:
    """The points of a claim and the reason for each, in words."""
    criteria = [criterion for criterion in rule().criteria if criterion.applies(facts)]
    total = sum(criterion.points * criterion.times(facts) for criterion in criteria)
    return total, [reason for criterion in criteria if (reason := criterion.reason(facts))]


def level(total: int) -> str:
    """The code of the strength level for a number of points."""
    return next(
        level.code for level in reversed(rule().levels) if level.least is None or total >= level.least
    )


def remedies(facts: Facts) -> tuple[Remedy, ...]:
    """What would raise a claim, each thing taken alone; empty when nothing is missing."""
    total, _ = points(facts)
    result = []
    for criterion in rule().criteria:
        if criterion.remedy and criterion.applies(facts) and not criterion.times(facts):
            replaced = sum(
                other.points * other.times(facts)
                for other in rule().criteria
                if other.one_of and other.fact == criterion.fact
            )
            gain = criterion.points - replaced
            result.append(Remedy(criterion.remedy, gain, level(total + gain)))
    return tuple(result)


class Rise(NamedTuple):
    """The way to a higher level: the next one, the points missing to it, and what would give points."""

    level: str
    points: int
    remedies: tuple[Remedy, ...]


def rise(facts: Facts) -> Rise | None:
    """The way to the next level by the rule; None for a claim on the highest."""
    total, _ = points(facts)
    above = next((level for level in rule().levels if level.least is not None and level.least > total), None)
    if above is None or above.least is None:
        return None
    return Rise(above.code, above.least - total, remedies(facts))


def what_would_raise(store: ox.Store, claim: ox.NamedNode) -> Rise | None:
    """What would raise a claim by one level; None for one on the highest, and for what is no claim.

    ``store`` may hold the whole release, or only what concerns the claim: itself, what it was learned from,
    its lines of evidence, and their documents and publishers.
    """
    return next((rise(facts) for facts in collect_facts(store, claim).values()), None)


def judgement(facts: Facts) -> Judgement:
    """What the rule says of a claim, or people instead of it."""
    total, reasons = points(facts)
    computed, why = level(total), f"{'; '.join(reasons)}."
    if facts.override:
        return Judgement(facts.override, why, computed, facts.override_reason)
    return Judgement(computed, why)


def judge(store: ox.Store) -> dict[str, Judgement]:
    """The judgement of every claim in the default graph, by the IRI of the transfer or of what states it."""
    alike: dict[tuple[object, ...], Judgement] = {}
    judged = {}
    for claim, facts in sorted(collect_facts(store).items()):
        key = facts.key()
        judged[claim] = alike.get(key) or alike.setdefault(key, judgement(facts))
    return judged


def write(judged: Mapping[str, Judgement], path: Path) -> None:
    """Write the judgements of transfers as N-Triples; those of other claims stand on their hops."""
    with path.open("w", encoding="utf-8") as file:
        for claim, judgement in judged.items():
            if claim.startswith(_TRANSFER):
                file.writelines(f"<{claim}> {name} {value} .\n" for name, value in judgement.terms())
