"""What is known of each claim: the facts that the rule of strength looks at.

A claim is a learning transfer, or what the row of a measure, plan, event or link states: it concerns an
instrument, is part of a plan, was attended. Both are judged from the same facts.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field

import pyoxigraph as ox

from policytrace.graph.independence import Parties, Publisher, relation
from policytrace.graph.terms import PREFIXES, SCHEME

_PROLOGUE = "".join(f"PREFIX {prefix}: <{PREFIXES[prefix]}>\n" for prefix in ("pt", "dct", "org"))
_TRANSFERS = """
SELECT ?claim ?confidence ?status ?source WHERE {
  ?claim a pt:LearningTransfer .
  OPTIONAL { ?claim pt:confidence ?confidence }
  OPTIONAL { ?claim pt:claimStatus ?status }
  OPTIONAL { ?claim pt:source ?source }
}"""
_EVIDENCE = """
SELECT ?claim ?direction ?relation ?publisher ?locator WHERE {
  ?line pt:evidenceFor ?claim ; pt:direction ?direction .
  OPTIONAL { ?line pt:publisherRelation ?relation }
  OPTIONAL { ?line pt:document/dct:publisher ?publisher }
  OPTIONAL { ?line pt:locator ?locator }
}"""
_STRUCTURE = "?claim a ?class VALUES ?class { pt:Measure pt:ActionPlan pt:LearningEvent pt:StructuralLink }"
_STATED = f"""
SELECT ?claim ?confidence ?project WHERE {{
  {_STRUCTURE}
  OPTIONAL {{ ?claim pt:confidence ?confidence }}
  OPTIONAL {{ ?claim pt:inProject ?project }}
}}"""
_SOURCES = f"SELECT ?claim ?document WHERE {{ {_STRUCTURE} ?claim dct:source ?document }}"
_ACTORS = f"""
SELECT ?claim ?organisation WHERE {{
  {_STRUCTURE}
  {{ ?claim pt:responsible ?organisation }} UNION {{ ?claim pt:hostedBy ?organisation }}
}}"""
_PARTICIPANTS = """
SELECT ?project ?organisation WHERE { ?membership org:member ?organisation ; pt:inProject ?project }"""
_PUBLISHED = "SELECT ?document ?publisher WHERE { ?document a pt:Document ; dct:publisher ?publisher }"
_PUBLISHERS = """
SELECT ?publisher ?kind ?organisation ?project WHERE {
  ?publisher a pt:Publisher ; pt:publisherKind ?kind .
  OPTIONAL { ?publisher pt:publisherOrganisation ?organisation }
  OPTIONAL { ?publisher pt:publisherProject ?project }
}"""


@dataclass(slots=True)
class Facts:
    """What the rule looks at for one claim."""

    confidence: str = ""
    status: str = ""
    direct: bool = False
    """Whether the evidence names what was learned from; for a stated link, both of its ends."""
    supporting: int = 0
    weakening: int = 0
    third_party: int = 0
    locators: int = 0
    publishers: set[str] = field(default_factory=set)


Row = dict[str, str]


def _rows(store: ox.Store, query: str) -> Iterator[Row]:
    """The solutions as name to IRI or text; what is unbound gives ``""``."""
    answer = store.query(_PROLOGUE + query)
    assert isinstance(answer, ox.QuerySolutions)
    names = [variable.value for variable in answer.variables]
    for row in answer:
        yield {name: "" if term is None else term.value for name, term in zip(names, row, strict=True)}


def _code(iri: str) -> str:
    return iri.removeprefix(SCHEME).rpartition("/")[2]


def _sets(store: ox.Store, query: str, key: str, value: str) -> dict[str, set[str]]:
    found: dict[str, set[str]] = {}
    for row in _rows(store, query):
        found.setdefault(row[key], set()).add(row[value])
    return found


def _transfers(store: ox.Store, found: dict[str, Facts]) -> None:
    for row in _rows(store, _TRANSFERS):
        facts = found.setdefault(row["claim"], Facts())
        facts.confidence, facts.status = _code(row["confidence"]), _code(row["status"])
        facts.direct = bool(row["source"])
    for row in _rows(store, _EVIDENCE):
        facts = found.setdefault(row["claim"], Facts())
        direction = _code(row["direction"])
        facts.weakening += direction == "weakens"
        if direction == "supports":
            facts.locators += bool(row["locator"])
            _support(facts, _code(row["relation"]), row["publisher"])


def _support(facts: Facts, stands: str, publisher: str) -> None:
    facts.supporting += 1
    facts.third_party += stands == "third-party"
    if publisher:
        facts.publishers.add(publisher)


def _structure(store: ox.Store, found: dict[str, Facts]) -> None:
    actors = _sets(store, _ACTORS, "claim", "organisation")
    participants = _sets(store, _PARTICIPANTS, "project", "organisation")
    sources = _sets(store, _SOURCES, "claim", "document")
    published = {row["document"]: row["publisher"] for row in _rows(store, _PUBLISHED)}
    publishers = {
        row["publisher"]: Publisher(_code(row["kind"]), row["organisation"], row["project"])
        for row in _rows(store, _PUBLISHERS)
    }
    for row in _rows(store, _STATED):
        claim, project = row["claim"], row["project"]
        facts = found[claim] = Facts(confidence=_code(row["confidence"]), direct=True)
        parties = Parties(
            receivers=actors.get(claim, ()), participants=participants.get(project, ()), project=project
        )
        for document in sources.get(claim, ()):
            publisher = published.get(document, "")
            _support(facts, relation(publishers.get(publisher), parties), publisher)


def gather(store: ox.Store) -> dict[str, Facts]:
    """The facts of every claim in the default graph, by the IRI of the transfer or of what states it."""
    found: dict[str, Facts] = {}
    _transfers(store, found)
    _structure(store, found)
    return found
