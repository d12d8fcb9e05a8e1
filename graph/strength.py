"""How well each learning transfer is evidenced: a published rule over facts in the graph.

The rule gives points; the points give one of five levels. Its criteria stand in the scheme ``strength``.
"""

from dataclasses import dataclass, field
from pathlib import Path

import pyoxigraph as ox

from policytrace.graph.cells import literal
from policytrace.graph.statements import code, p
from policytrace.graph.terms import SCHEME

RULE_VERSION = "1.0.0"

LEVELS = ("very-weak", "weak", "moderate", "strong", "very-strong")
_LEVEL_OF_POINTS = (0, 0, 1, 2, 3, 3, 4)
"""Level by points; fewer points than 0 count as 0, more than the last as the last."""

_FACTS = """
PREFIX pt: <https://w3id.org/policytrace/ns#>
PREFIX dct: <http://purl.org/dc/terms/>
SELECT ?transfer ?confidence ?status ?source WHERE {
  ?transfer a pt:LearningTransfer .
  OPTIONAL { ?transfer pt:confidence ?confidence }
  OPTIONAL { ?transfer pt:claimStatus ?status }
  OPTIONAL { ?transfer pt:source ?source }
}"""
_EVIDENCE = """
PREFIX pt: <https://w3id.org/policytrace/ns#>
PREFIX dct: <http://purl.org/dc/terms/>
SELECT ?transfer ?direction ?relation ?publisher ?locator WHERE {
  ?line pt:evidenceFor ?transfer ; pt:direction ?direction .
  OPTIONAL { ?line pt:publisherRelation ?relation }
  OPTIONAL { ?line pt:document/dct:publisher ?publisher }
  OPTIONAL { ?line pt:locator ?locator }
}"""


@dataclass(slots=True)
class Facts:
    """What the rule looks at for one transfer."""

    confidence: str = ""
    status: str = ""
    source_named: bool = False
    supporting: int = 0
    weakening: int = 0
    third_party: int = 0
    locators: int = 0
    publishers: set[str] = field(default_factory=set)


def points(facts: Facts) -> tuple[int, list[str]]:
    """The points of a transfer and the reason for each, in words."""
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
        (facts.source_named, 1, "what was learned from is named", "what was learned from is not named"),
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


def _name(term: object) -> str:
    return term.value.removeprefix(SCHEME).rpartition("/")[2] if isinstance(term, ox.NamedNode) else ""


def gather(store: ox.Store) -> dict[str, Facts]:
    """The facts of every transfer in the default graph, by the transfer's IRI."""
    found: dict[str, Facts] = {}
    for row in _select(store, _FACTS):
        facts = found.setdefault(row["transfer"].value, Facts())
        facts.confidence = _name(row["confidence"])
        facts.status = _name(row["status"])
        facts.source_named = row["source"] is not None
    for row in _select(store, _EVIDENCE):
        facts = found.setdefault(row["transfer"].value, Facts())
        direction = _name(row["direction"])
        facts.weakening += direction == "weakens"
        if direction == "supports":
            facts.supporting += 1
            facts.third_party += _name(row["relation"]) == "third-party"
            facts.locators += row["locator"] is not None
            if row["publisher"] is not None:
                facts.publishers.add(row["publisher"].value)
    return found


def _select(store: ox.Store, text: str) -> ox.QuerySolutions:
    answer = store.query(text)
    assert isinstance(answer, ox.QuerySolutions)
    return answer


def judge(store: ox.Store) -> dict[str, tuple[str, list[str]]]:
    """The level of every transfer in the default graph and the reasons for it, by the transfer's IRI."""
    judged = {}
    for transfer, facts in sorted(gather(store).items()):
        total, reasons = points(facts)
        judged[transfer] = (level(total), reasons)
    return judged


def write(judged: dict[str, tuple[str, list[str]]], path: Path) -> None:
    """Write the judgements as N-Triples."""
    with path.open("w", encoding="utf-8") as file:
        for transfer, (name, reasons) in judged.items():
            why = literal(f"{'; '.join(reasons)}.", lang="en")
            file.write(f"<{transfer}> {p('pt:strength')} {code('strength', name)} .\n")
            file.write(f"<{transfer}> {p('pt:strengthReason')} {why} .\n")
