"""How well each claim is evidenced: a published rule over facts in the graph.

The rule gives points; the points give one of five levels. Its criteria stand in the scheme ``strength``.
"""

from pathlib import Path
from typing import NamedTuple

import pyoxigraph as ox

from policytrace.graph.cells import Term, literal
from policytrace.graph.claims import Facts, gather
from policytrace.graph.statements import code, p
from policytrace.graph.terms import ID

RULE_VERSION = "1.1.0"
_TRANSFER = ID + "transfer/"

LEVELS = ("very-weak", "weak", "moderate", "strong", "very-strong")
_LEVEL_OF_POINTS = (0, 0, 1, 2, 3, 3, 4)
"""Level by points; fewer points than 0 count as 0, more than the last as the last."""


class Judgement(NamedTuple):
    """The level of a claim, as the code of a concept, and why, in words."""

    level: str
    reasons: str

    def terms(self) -> tuple[tuple[str, Term], ...]:
        """Property and value of the statements that carry the judgement."""
        return (
            (p("pt:strength"), code("strength", self.level)),
            (p("pt:strengthReason"), literal(self.reasons, lang="en")),
        )


def points(facts: Facts) -> tuple[int, list[str]]:
    """The points of a claim and the reason for each, in words."""
    parts = [
        (
            facts.supporting > 0,
            1,
            _count(facts.supporting, "source supports", "sources support"),
            "no supporting source",
        ),
        (len(facts.publishers) > 1, 1, f"{len(facts.publishers)} publishers", "no second publisher known"),
        (facts.third_party > 0, 1, "a third party says so", "no third party known to say so"),
        (facts.confidence == "high", 1, "the source says it directly", ""),
        (facts.confidence == "low", -1, "the source says it only indirectly", ""),
        (facts.direct, 1, "what was learned from is named", "what was learned from is not named"),
        (facts.locators > 0, 1, "the place in the document is given", "no place in the document is given"),
        (
            facts.status in ("substantiated", "validated"),
            1,
            f"the claim is {facts.status}",
            "nobody independent has confirmed the claim",
        ),
        (
            facts.weakening > 0,
            -2 * facts.weakening,
            _count(facts.weakening, "source weakens", "sources weaken"),
            "",
        ),
    ]
    total = sum(weight for holds, weight, _, _ in parts if holds)
    reasons = [f"{yes} ({weight:+d})" if holds else no for holds, weight, yes, no in parts if holds or no]
    return total, reasons


def _count(number: int, one: str, more: str) -> str:
    return f"{number} {one if number == 1 else more} it"


def level(total: int) -> str:
    """The code of the strength level for a number of points."""
    return LEVELS[_LEVEL_OF_POINTS[max(0, min(total, len(_LEVEL_OF_POINTS) - 1))]]


def judge(store: ox.Store) -> dict[str, Judgement]:
    """The judgement of every claim in the default graph, by the IRI of the transfer or of what states it."""
    judged = {}
    for claim, facts in sorted(gather(store).items()):
        total, reasons = points(facts)
        judged[claim] = Judgement(level(total), f"{'; '.join(reasons)}.")
    return judged


def write(judged: dict[str, Judgement], path: Path) -> None:
    """Write the judgements of transfers as N-Triples; those of other claims stand on their hops."""
    with path.open("w", encoding="utf-8") as file:
        for claim, judgement in judged.items():
            if claim.startswith(_TRANSFER):
                file.writelines(f"<{claim}> {name} {value} .\n" for name, value in judgement.terms())
