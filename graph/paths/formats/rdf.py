"""Answers as RDF: transfers, chains of them, paths of hops as the release has them, influence as PROV-O."""

from collections.abc import Iterator
from functools import cache

import pyoxigraph as ox

from policytrace.graph.paths.answer import (
    Answer,
    Chain,
    Evidence,
    HopAnswer,
    NamedThing,
    PathAnswer,
    TransferAnswer,
)
from policytrace.graph.tables.schema import ByCode, schema
from policytrace.graph.vocabulary.scales import INFLUENCE
from policytrace.graph.vocabulary.terms import PREFIXES, RDF, XSD, concept, expand, thing

_INFLUENCES = frozenset(("inspires", "teaches", "gives-to"))
"""Kinds of hop that, when realised, say that the end was influenced by the beginning."""


def _node(curie: str) -> ox.NamedNode:
    return ox.NamedNode(expand(curie))


@cache
def _classes() -> dict[str, str]:
    """Class of each kind of thing, as the tables declare it."""
    result: dict[str, str] = {}
    for table in schema().tables.values():
        if isinstance(table.cls, ByCode) and isinstance(table.segment, ByCode):
            result |= {table.segment.values[code]: cls for code, cls in table.cls.values.items()}
        elif isinstance(table.cls, str) and isinstance(table.segment, str):
            result[table.segment] = table.cls
    return result


def statements(answer: Answer) -> Iterator[ox.Triple]:
    """What an answer says, each statement once, those about one thing together."""
    result: dict[object, dict[ox.Triple, None]] = {}
    for path in answer.paths:
        for statement in _path(path):
            result.setdefault(statement.subject, {})[statement] = None
    for one in answer.transfers:
        for statement in _counted(one):
            result.setdefault(statement.subject, {})[statement] = None
    for number, chain in enumerate(answer.chains, start=1):
        for statement in _chain(number, chain):
            result.setdefault(statement.subject, {})[statement] = None
    for about in result.values():
        yield from about


def _counted(one: TransferAnswer) -> Iterator[ox.Triple]:
    """A transfer of the answer, also one that states no hop."""
    me = ox.NamedNode(one.id)
    yield from _named(NamedThing(one.id, one.label, "transfer"))
    if one.layer == INFLUENCE:
        yield _realised(me)
    for name, scheme in _SCALES.items():
        if code := getattr(one, name):
            yield ox.Triple(me, _node(scheme[0]), ox.NamedNode(concept(scheme[1], code)))
    for curie, ends in (("pt:source", one.source), ("pt:toMeasure", one.measure)):
        for end in ends:
            yield ox.Triple(me, _node(curie), ox.NamedNode(end.id))
            yield from _named(end)
    for side, ends in (("from", one.giver), ("to", one.receiver)):
        for end in ends:
            sort = "Region" if end.kind == "region" else "Organisation"
            yield ox.Triple(me, _node(f"pt:{side}{sort}"), ox.NamedNode(end.id))
            yield from _named(end)


_SCALES = {
    "layer": ("pt:layer", "layer"),
    "stage": ("pt:stage", "stage"),
    "outcome": ("pt:outcome", "outcome"),
    "effect": ("pt:effect", "effect"),
    "degree": ("pt:degree", "degree"),
    "status": ("pt:claimStatus", "claim-status"),
    "strength": ("pt:strength", "strength"),
    "giver_kind": ("pt:giverKind", "giver-kind"),
}
"""Property and scheme of what is told of a transfer by code."""


def _chain(number: int, chain: Chain) -> Iterator[ox.Triple]:
    """How transfers are chained: a sequence of them."""
    me = ox.BlankNode(f"chain{number}")
    yield ox.Triple(me, _node("rdf:type"), ox.NamedNode(RDF + "Seq"))
    yield ox.Triple(me, _node("rdfs:label"), ox.Literal("Chain of transfers", language="en"))
    for step, transfer in enumerate(chain.transfers, start=1):
        yield ox.Triple(me, ox.NamedNode(f"{RDF}_{step}"), ox.NamedNode(transfer))


def _path(path: PathAnswer) -> Iterator[ox.Triple]:
    me = ox.NamedNode(thing("path", path.id))
    yield ox.Triple(me, _node("rdf:type"), _node("pt:TransferPath"))
    yield ox.Triple(me, _node("rdf:type"), ox.NamedNode(RDF + "Seq"))
    yield ox.Triple(
        me, _node("rdfs:label"), ox.Literal(" ".join(h.sentence for h in path.hops), language="en")
    )
    yield ox.Triple(me, _node("pt:weakestHop"), ox.NamedNode(thing("hop", path.verdict.weakest_hop)))
    if path.verdict.strength:
        yield ox.Triple(me, _node("pt:strength"), ox.NamedNode(concept("strength", path.verdict.strength)))
    for number, hop in enumerate(path.hops, start=1):
        yield ox.Triple(me, ox.NamedNode(f"{RDF}_{number}"), ox.NamedNode(thing("hop", hop.id)))
        yield from _hop(hop)


def _hop(hop: HopAnswer) -> Iterator[ox.Triple]:
    me, start, end = (ox.NamedNode(iri) for iri in (thing("hop", hop.id), hop.start.id, hop.end.id))
    yield ox.Triple(me, _node("rdf:type"), _node("pt:Hop"))
    yield ox.Triple(me, _node("rdfs:label"), ox.Literal(hop.sentence, language="en"))
    yield ox.Triple(me, _node("pt:hopFrom"), start)
    yield ox.Triple(me, _node("pt:hopTo"), end)
    for name, scheme, code in (
        ("pt:hopKind", "hop-kind", hop.kind),
        ("pt:hopLayer", "layer", hop.layer),
        ("pt:strength", "strength", hop.strength),
    ):
        if code:
            yield ox.Triple(me, _node(name), ox.NamedNode(concept(scheme, code)))
    for name, value in (("pt:earliest", hop.earliest), ("pt:latest", hop.latest)):
        if value:
            yield ox.Triple(me, _node(name), ox.Literal(value, datatype=ox.NamedNode(XSD + "date")))
    if hop.reasons:
        reasons = ox.Literal(f"{'; '.join(hop.reasons)}.", language="en")
        yield ox.Triple(me, _node("pt:strengthReason"), reasons)
    for name, stated in (("pt:hopTransfer", hop.transfer), ("pt:hopRecord", hop.record)):
        if stated:
            yield ox.Triple(me, _node(name), ox.NamedNode(stated.id))
            yield from _named(stated)
    yield from _named(hop.start)
    yield from _named(hop.end)
    if hop.transfer:
        yield from _transfer(hop, ox.NamedNode(hop.transfer.id), start, end)
    for line in hop.evidence:
        yield from _evidence(line, hop)


def _named(named: NamedThing) -> Iterator[ox.Triple]:
    me = ox.NamedNode(named.id)
    yield ox.Triple(me, _node("rdfs:label"), ox.Literal(named.label))
    if named.kind in _classes():
        yield ox.Triple(me, _node("rdf:type"), ox.NamedNode(_classes()[named.kind]))


def _realised(transfer: ox.NamedNode) -> ox.Triple:
    return ox.Triple(transfer, _node("rdf:type"), _node("pt:RealisedTransfer"))


def _transfer(
    hop: HopAnswer, transfer: ox.NamedNode, start: ox.NamedNode, end: ox.NamedNode
) -> Iterator[ox.Triple]:
    """Influence is stated for realised hops only."""
    if hop.layer == INFLUENCE:
        yield _realised(transfer)
    for name, scheme, code in (
        ("pt:stage", "stage", hop.stage),
        ("pt:outcome", "outcome", hop.outcome),
        ("pt:effect", "effect", hop.effect),
        ("pt:claimStatus", "claim-status", hop.status),
        ("pt:degree", "degree", hop.degree),
    ):
        if code:
            yield ox.Triple(transfer, _node(name), ox.NamedNode(concept(scheme, code)))
    if hop.event:
        yield ox.Triple(transfer, _node("pt:throughEvent"), ox.NamedNode(hop.event.id))
        yield from _named(hop.event)
    if hop.layer == INFLUENCE and hop.kind in _INFLUENCES:
        yield ox.Triple(end, _node("prov:wasInfluencedBy"), start)
        if hop.kind != "gives-to":
            yield ox.Triple(end, _node("prov:qualifiedInfluence"), transfer)
            yield ox.Triple(transfer, _node("prov:influencer"), start)


def _evidence(line: Evidence, hop: HopAnswer) -> Iterator[ox.Triple]:
    document = ox.NamedNode(line.document)
    yield ox.Triple(document, _node("rdf:type"), _node("foaf:Document"))
    yield ox.Triple(document, _node("rdfs:label"), ox.Literal(line.title))
    if line.source:
        yield ox.Triple(document, _node("foaf:page"), ox.NamedNode(line.source))
    if hop.transfer is None:
        if hop.record:
            yield ox.Triple(ox.NamedNode(hop.record.id), _node("dct:source"), document)
        return
    me = ox.NamedNode(line.id)
    yield ox.Triple(me, _node("rdf:type"), _node("pt:EvidenceLine"))
    yield ox.Triple(me, _node("pt:evidenceFor"), ox.NamedNode(hop.transfer.id))
    yield ox.Triple(me, _node("pt:document"), document)
    yield ox.Triple(me, _node("pt:direction"), ox.NamedNode(concept("evidence-direction", line.direction)))
    for name, text in (("pt:locator", line.locator), ("pt:dateAsWritten", line.date)):
        if text:
            yield ox.Triple(me, _node(name), ox.Literal(text))


def serialised(answer: Answer, form: ox.RdfFormat) -> bytes:
    """An answer in a format of RDF."""
    return ox.serialize(statements(answer), format=form, prefixes=PREFIXES) or b""
