"""What is known of each claim: the facts that the rule of strength looks at.

A claim is a learning transfer, or what the row of a measure, plan, event or link states: it concerns an
instrument, is part of a plan, was attended. Both are judged from the same facts.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

import pyoxigraph as ox

from policytrace.graph.tables.independence import Parties, Publisher, relation
from policytrace.graph.vocabulary.terms import PREFIXES, SCHEME

_PROLOGUE = "".join(f"PREFIX {prefix}: <{PREFIXES[prefix]}>\n" for prefix in ("pt", "dct", "org"))
_TRANSFERS = """
SELECT ?claim ?confidence ?status ?kind ?source ?unnamed ?override ?because WHERE {
  ?claim a pt:LearningTransfer .
  OPTIONAL { ?claim pt:confidence ?confidence }
  OPTIONAL { ?claim pt:claimStatus ?status }
  OPTIONAL { ?claim pt:sourceKind ?kind }
  OPTIONAL { ?claim pt:source ?source OPTIONAL { ?source pt:titleIsOurs ?unnamed } }
  OPTIONAL { ?claim pt:strengthOverride ?override }
  OPTIONAL { ?claim pt:strengthOverrideReason ?because }
}"""
_EVIDENCE = """
SELECT ?claim ?direction ?relation ?document ?publisher ?locator WHERE {
  ?line pt:evidenceFor ?claim ; pt:direction ?direction .
  OPTIONAL { ?line pt:publisherRelation ?relation }
  OPTIONAL { ?line pt:document ?document OPTIONAL { ?document dct:publisher ?publisher } }
  OPTIONAL { ?line pt:passage/pt:locator ?locator }
}"""
_STRUCTURE = "?claim a ?class VALUES ?class { pt:Measure pt:ActionPlan pt:LearningEvent pt:StructuralLink }"
_STATED = f"""
SELECT ?claim ?confidence ?project WHERE {{
  {_STRUCTURE}
  OPTIONAL {{ ?claim pt:confidence ?confidence }}
  OPTIONAL {{ ?claim pt:inProject ?project }}
}}"""
_SOURCES = f"""
SELECT ?claim ?document ?publisher WHERE {{
  {_STRUCTURE} ?claim dct:source ?document OPTIONAL {{ ?document dct:publisher ?publisher }}
}}"""
_ANSWERABLE = f"""
SELECT ?claim ?organisation WHERE {{
  {_STRUCTURE}
  {{ ?claim pt:responsible ?organisation }} UNION {{ ?claim pt:hostedBy ?organisation }}
}}"""
_PARTICIPANTS = """
SELECT ?project ?organisation WHERE { ?membership org:member ?organisation ; pt:inProject ?project }"""
_PUBLISHERS = """
SELECT ?publisher ?kind ?organisation ?project ?programme WHERE {
  ?publisher a pt:Publisher ; pt:publisherKind ?kind .
  OPTIONAL { ?publisher pt:publisherOrganisation ?organisation }
  OPTIONAL { ?publisher pt:publisherProject ?project OPTIONAL { ?project pt:fundedBy ?programme } }
}"""

Kind = Literal["transfer", "structure"]
Row = dict[str, str]


@dataclass(slots=True)
class Facts:
    """What the rule looks at for one claim. Sets hold publishers, the same one under two names once."""

    kind: Kind = "transfer"
    confidence: str = ""
    status: str = ""
    source: str = ""
    """The kind of thing learned from if the evidence names it, ``both-ends`` for a stated link."""
    documents: set[str] = field(default_factory=set)
    supporters: set[str] = field(default_factory=set)
    opponents: set[str] = field(default_factory=set)
    third_party: int = 0
    """Supporting documents published outside the claim, its project and its programme."""
    first_hand: int = 0
    """Supporting documents published by the receiver, or by who answers for what is stated."""
    locators: int = 0
    """Supporting lines that give the place in their document."""
    override: str = ""
    """The level that people set instead of the computed one, as a code, and why."""
    override_reason: str = ""

    @property
    def supporting(self) -> int:
        """How many documents support the claim."""
        return len(self.documents)

    @property
    def publishers(self) -> int:
        """How many known publishers support the claim."""
        return len(self.supporters - {""})

    @property
    def weakening(self) -> int:
        """How many publishers weaken the claim; those that are not known count as one, if no other does."""
        return len(self.opponents - {""}) or len(self.opponents)

    def key(self) -> tuple[object, ...]:
        """All that a judgement depends on: claims with the same key are judged alike."""
        said = (self.kind, self.confidence, self.status, self.source, self.override, self.override_reason)
        numbers = (self.supporting, self.publishers, self.weakening)
        return (*said, *numbers, self.third_party, self.first_hand, self.locators)

    def support(self, document: str, stands: str, publisher: str) -> None:
        """Take note of a supporting document, and of how its publisher stands to the claim."""
        self.documents.add(document)
        self.supporters.add(publisher)
        self.third_party += stands == "third-party"
        self.first_hand += stands == "receiver"


class _FactReader:
    """Reads the facts of all claims from a store, or of one."""

    def __init__(self, store: ox.Store, claim: ox.NamedNode | None) -> None:
        self._store = store
        self._claim = claim
        self.publishers: dict[str, Publisher] = {}
        self._voices: dict[str, str] = {}
        for row in self.rows(_PUBLISHERS):
            iri, kind, project = row["publisher"], _code(row["kind"]), row["project"]
            self.publishers[iri] = Publisher(kind, row["organisation"], project)
            behind = {"project": project, "programme": row["programme"] or project}.get(kind)
            self._voices[iri] = row["organisation"] or behind or iri

    def rows(self, query: str, **fixed: str) -> Iterator[Row]:
        """The solutions as name to IRI or text; what is unbound gives ``""``."""
        given: dict[ox.Variable, ox.NamedNode | ox.BlankNode | ox.Literal | ox.Triple] = {
            ox.Variable(name): ox.NamedNode(value) for name, value in fixed.items()
        }
        if self._claim is not None and "?claim" in query:
            given[ox.Variable("claim")] = self._claim
        answer = self._store.query(_PROLOGUE + query, substitutions=given)
        assert isinstance(answer, ox.QuerySolutions)
        names = [variable.value for variable in answer.variables]
        for row in answer:
            yield {name: "" if term is None else term.value for name, term in zip(names, row, strict=True)}

    def sets(self, query: str, key: str, value: str, **fixed: str) -> dict[str, set[str]]:
        result: dict[str, set[str]] = {}
        for row in self.rows(query, **fixed):
            result.setdefault(row[key], set()).add(row[value])
        return result

    def voice(self, iri: str) -> str:
        """Who speaks through a publisher: its organisation, project or programme; ``""`` if not known."""
        return self._voices.get(iri, iri)


def _code(iri: str) -> str:
    return iri.removeprefix(SCHEME).rpartition("/")[2]


def _transfers(reader: _FactReader, facts_of: dict[str, Facts]) -> None:
    for row in reader.rows(_TRANSFERS):
        named = row["source"] and row["unnamed"] not in ("true", "1")
        facts_of[row["claim"]] = Facts(
            confidence=_code(row["confidence"]),
            status=_code(row["status"]),
            source=_code(row["kind"]) if named else "",
            override=_code(row["override"]),
            override_reason=row["because"],
        )


def _structure(reader: _FactReader, facts_of: dict[str, Facts], lines: Sequence[Row], *, one: bool) -> None:
    stated = list(reader.rows(_STATED))
    if not stated:
        return
    answerable = reader.sets(_ANSWERABLE, "claim", "organisation")
    fixed = {"project": stated[0]["project"]} if one and stated[0]["project"] else {}
    participants = reader.sets(_PARTICIPANTS, "project", "organisation", **fixed)
    parties: dict[str, Parties] = {}
    for row in stated:
        claim, project = row["claim"], row["project"]
        parties[claim] = Parties((), answerable.get(claim, ()), participants.get(project, ()), project)
        facts_of[claim] = Facts("structure", confidence=_code(row["confidence"]), source="both-ends")
    described = {(row["claim"], row["document"]) for row in lines}
    for row in reader.rows(_SOURCES):
        claim, document = row["claim"], row["document"]
        if (claim, document) not in described:
            publisher = row["publisher"]
            stands = relation(reader.publishers.get(publisher), parties[claim])
            facts_of[claim].support(document, stands, reader.voice(publisher))


def _evidence(reader: _FactReader, facts_of: Mapping[str, Facts], lines: Sequence[Row]) -> None:
    for row in lines:
        facts = facts_of.get(row["claim"])
        direction = _code(row["direction"])
        if facts is not None and direction == "supports":
            facts.support(row["document"], _code(row["relation"]), reader.voice(row["publisher"]))
            facts.locators += bool(row["locator"])
        elif facts is not None and direction == "weakens":
            facts.opponents.add(reader.voice(row["publisher"]))


def collect_facts(store: ox.Store, claim: ox.NamedNode | None = None) -> dict[str, Facts]:
    """The facts of every claim in the default graph, by the IRI of the transfer or of what states it.

    With ``claim`` only of that one; what is no claim gives an empty answer.
    """
    reader = _FactReader(store, claim)
    result: dict[str, Facts] = {}
    lines = list(reader.rows(_EVIDENCE))
    _transfers(reader, result)
    _structure(reader, result, lines, one=claim is not None)
    _evidence(reader, result, lines)
    return result
