"""A learning transfer in words: a sentence, the chain it belongs to, how far it got and how we know."""

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import chain

import pyoxigraph as ox

from policytrace.graph.reader import STRENGTH, Reader
from policytrace.server.view import Value, View, code_of

Fragment = str | Value

REALISED = {
    "committed": "It was committed to in the measure",
    "piloted": "It was piloted in the measure",
    "implemented": "It led to the measure",
}
"""How a realised transfer stands to its measure, by realisation."""

TAKEN: dict[str, str] = {
    "adopted": "adopted",
    "adapted": "adapted",
    "element": "took up an element of",
    "inspired": "was inspired by",
    "informed": "was informed by",
    "unknown": "learned from",
}
"""The verb of a realised transfer, by mode."""

DRAWN = "drew on"
"""The verb of a realised transfer from an event, an exchange or something unnamed, whatever its mode."""

OTHERWISE: dict[str, str] = {
    "learning-only": "learned about",
    "candidate": "may use",
    "intended": "intends to use",
    "blocked": "could not use",
    "rejected": "looked at, and decided against,",
    "discontinued": "used, and later gave up,",
    "reported": "is reported to have used",
    "unknown": "learned, in a way that is not stated, from",
}
"""The verb of any other transfer, by realisation."""

SOURCES: dict[str, str] = {
    "practice": "the good practice ",
    "recommendation": "the peer-review recommendation ",
    "stakeholder-proposal": "the stakeholders' proposal ",
    "measure": "the measure ",
    "event": "the event ",
    "exchange": "the exchange in ",
    "unnamed-practice": "a practice that the source does not name",
    "unnamed": "something that the source does not name",
}
"""What was learned from, by kind of source."""

FIELDS: dict[str, tuple[str, ...]] = {
    "what was learned from": ("pt:source",),
    "who gave it": ("pt:fromRegion", "pt:fromOrganisation"),
    "which organisation received it": ("pt:toOrganisation",),
    "the receiving region": ("pt:toRegion",),
    "the event it went through": ("pt:throughEvent",),
    "the measure": ("pt:toMeasure",),
    "what exactly moved": ("pt:transferredElements",),
    "how it was adapted": ("pt:adaptation",),
    "when": ("pt:dateAsWritten", "pt:earliest"),
    "an independent confirmation": ("pt:substantiatedBy", "pt:validatedBy"),
}
"""What a reader may look for in a transfer, and the properties any of which says it."""


@dataclass(frozen=True)
class Step:
    """One step of the chain from source to policy: its kind, and the things there; none if not recorded."""

    kind: str
    things: tuple[Value, ...]


@dataclass(frozen=True)
class Evidence:
    """One line of evidence for or against a transfer."""

    line: Value
    direction: Value | None
    document: Value | None
    page: Value | None
    publisher: Value | None
    relation: Value | None
    date: str
    locator: str
    statement: str


@dataclass(frozen=True)
class Told:
    """A transfer in one sentence with its scales, for lists."""

    transfer: Value
    sentence: tuple[Fragment, ...]
    realisation: Value | None
    claim_status: Value | None
    strength: Value | None
    realised: bool


@dataclass(frozen=True)
class Story:
    """Everything a page tells of one transfer."""

    told: Told
    steps: tuple[Step, ...]
    reasons: tuple[str, ...]
    computed: Value | None
    """The strength that the rule gives, where people have set another."""
    override_reason: str
    evidence: tuple[Evidence, ...]
    missing: tuple[str, ...]


def _listed(values: Iterable[Value]) -> list[Fragment]:
    parts: list[Fragment] = []
    for value in values:
        parts += [", ", value] if parts else [value]
    return parts


def _party(view: View, transfer: ox.NamedNode, end: str) -> list[Fragment]:
    """The organisations and regions at one end (``from`` or ``to``); empty if none is recorded."""
    organisations = _listed(view.values(transfer, f"pt:{end}Organisation"))
    regions = _listed(view.values(transfer, f"pt:{end}Region"))
    if organisations and regions:
        return [*organisations, " in ", *regions]
    return organisations or regions


def _source(view: View, transfer: ox.NamedNode) -> list[Fragment]:
    kind = code_of(view.reader.node(transfer, "pt:sourceKind"))
    named = view.values(transfer, "pt:source")
    if not named:
        return [SOURCES.get(kind, SOURCES["unnamed"]) if kind.startswith("unnamed") else SOURCES["unnamed"]]
    return [SOURCES.get(kind, ""), *_listed(named)]


def _verb(realisation: str, mode: str, kind: str) -> str:
    if realisation in REALISED and kind in ("event", "exchange", "unnamed"):
        return DRAWN
    if realisation in REALISED:
        return TAKEN.get(mode, TAKEN["unknown"])
    return OTHERWISE.get(realisation, OTHERWISE["unknown"])


def sentence(view: View, transfer: ox.NamedNode) -> tuple[Fragment, ...]:
    """Who took what from whom, through which event, and what it led to."""
    reader = view.reader
    realisation = code_of(reader.node(transfer, "pt:realisation"))
    parts: list[Fragment] = list(_party(view, transfer, "to") or ["A receiver that the source does not name"])
    mode, kind = (code_of(reader.node(transfer, curie)) for curie in ("pt:mode", "pt:sourceKind"))
    parts += [" ", _verb(realisation, mode, kind), " "]
    parts += _source(view, transfer)
    if giver := _party(view, transfer, "from"):
        parts += [" from ", *giver]
    if events := view.values(transfer, "pt:throughEvent"):
        parts += [", through ", *_listed(events)]
    parts.append(". ")
    measures = view.values(transfer, "pt:toMeasure")
    if measures:
        parts += [REALISED.get(realisation, "It was proposed for the measure"), " ", *_listed(measures)]
        if instruments := _instruments(view, transfer):
            parts += [", in the policy instrument ", *_listed(instruments)]
        parts.append(".")
    else:
        parts.append("No measure is recorded.")
    return tuple(parts)


def is_realised(reader: Reader, transfer: ox.NamedNode) -> bool:
    """Whether a transfer was at least committed to."""
    return code_of(reader.node(transfer, "pt:realisation")) in REALISED


def tell(view: View, transfer: ox.NamedNode) -> Told:
    """A transfer in one sentence with its scales."""
    realisation = view.one(transfer, "pt:realisation")
    return Told(
        transfer=view.thing(transfer),
        sentence=sentence(view, transfer),
        realisation=realisation,
        claim_status=view.one(transfer, "pt:claimStatus"),
        strength=view.one(transfer, "pt:strength"),
        realised=is_realised(view.reader, transfer),
    )


def _plans(view: View, transfer: ox.NamedNode) -> list[ox.NamedNode]:
    measures = view.reader.nodes(transfer, "pt:toMeasure")
    return list(dict.fromkeys(chain.from_iterable(view.reader.nodes(m, "pt:partOfPlan") for m in measures)))


def _instruments(view: View, transfer: ox.NamedNode) -> tuple[Value, ...]:
    """The instruments a transfer reached: its own, its measure's, or its measure's plan's."""
    reader = view.reader
    measures = reader.nodes(transfer, "pt:toMeasure")
    found = [
        *reader.nodes(transfer, "pt:toInstrument"),
        *chain.from_iterable(reader.nodes(m, "pt:concernsInstrument") for m in measures),
    ]
    found = found or list(
        chain.from_iterable(reader.nodes(p, "pt:addresses") for p in _plans(view, transfer))
    )
    return tuple(view.thing(node) for node in dict.fromkeys(found))


def _steps(view: View, transfer: ox.NamedNode) -> tuple[Step, ...]:
    measures = view.reader.nodes(transfer, "pt:toMeasure")
    changes = [
        view.thing(node) for measure in measures for node in view.reader.subjects("pt:changedBy", measure)
    ]
    plans = tuple(view.thing(node) for node in _plans(view, transfer))
    steps = [
        Step("Learned from", view.values(transfer, "pt:source")),
        Step("Through", view.values(transfer, "pt:throughEvent")),
        Step("Measure", view.values(transfer, "pt:toMeasure")),
        Step("Action plan", plans),
        Step("Policy instrument", _instruments(view, transfer)),
        Step("Policy change", tuple(changes)),
    ]
    return tuple(step for step in steps if step.things or step.kind not in ("Action plan", "Policy change"))


def _evidence(view: View, line: ox.NamedNode) -> Evidence:
    reader = view.reader
    document = reader.node(line, "pt:document") or reader.node(line, "dct:source")
    return Evidence(
        line=view.thing(line),
        direction=view.one(line, "pt:direction"),
        document=view.thing(document) if document else None,
        page=view.one(document, "foaf:page") if document else None,
        publisher=view.one(document, "dct:publisher") if document else None,
        relation=view.one(line, "pt:publisherRelation"),
        date=view.date(line),
        locator=reader.text(line, "pt:locator") or "",
        statement=reader.text(line, "pt:statement") or "",
    )


def _missing(view: View, transfer: ox.NamedNode, evidence: Iterable[Evidence]) -> tuple[str, ...]:
    missing = [name for name, curies in FIELDS.items() if not view.values(transfer, *curies)]
    if not any(line.locator for line in evidence):
        missing.append("the place in the document")
    return tuple(missing)


CHAIN = (
    "pt:toMeasure",
    "pt:partOfPlan",
    "pt:addresses",
    "pt:concernsInstrument",
    "pt:toInstrument",
    "pt:source",
)
"""The properties read on from a transfer to tell it."""


def story(view: View, transfer: ox.NamedNode) -> Story:
    """Everything a page tells of a transfer."""
    lines = sorted(view.reader.subjects("pt:evidenceFor", transfer), key=lambda node: node.value)
    view.reader.prepare(lines, "pt:document", "dct:source", "dct:publisher")
    evidence = tuple(_evidence(view, line) for line in lines)
    reasons = view.reader.text(transfer, "pt:strengthReason", STRENGTH) or ""
    return Story(
        told=tell(view, transfer),
        steps=_steps(view, transfer),
        reasons=tuple(part.strip().rstrip(".") for part in reasons.split(";") if part.strip()),
        computed=view.one(transfer, "pt:computedStrength"),
        override_reason=view.reader.text(transfer, "pt:strengthOverrideReason") or "",
        evidence=evidence,
        missing=_missing(view, transfer, evidence),
    )


def plain(parts: Iterable[Fragment]) -> str:
    """A sentence without its links."""
    return "".join(part if isinstance(part, str) else part.text for part in parts)
