"""A learning transfer in words: a sentence, the chain it belongs to, how far it got and how we know."""

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import chain

import pyoxigraph as ox

from policytrace.graph.reader import Reader
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


@dataclass(frozen=True)
class Told:
    """A transfer in one sentence with its scales, for lists."""

    transfer: Value
    sentence: tuple[Fragment, ...]
    realisation: Value | None
    claim_status: Value | None
    strength: Value | None
    realised: bool
    claimed_by: tuple[Value, ...]
    """Who publishes the documents that its row cites."""


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
        if reached := instruments(view, transfer):
            parts += [", in the policy instrument ", *_listed(reached)]
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
        claimed_by=_publishers(view, transfer),
    )


def _publishers(view: View, transfer: ox.NamedNode) -> tuple[Value, ...]:
    documents = view.reader.nodes(transfer, "dct:source")
    found = (view.reader.node(document, "dct:publisher") for document in documents)
    return tuple(view.thing(node) for node in dict.fromkeys(found) if node)


def plans(view: View, transfer: ox.NamedNode) -> list[ox.NamedNode]:
    """The action plans that the measures of a transfer are part of."""
    measures = view.reader.nodes(transfer, "pt:toMeasure")
    return list(dict.fromkeys(chain.from_iterable(view.reader.nodes(m, "pt:partOfPlan") for m in measures)))


def instruments(view: View, transfer: ox.NamedNode) -> tuple[Value, ...]:
    """The instruments a transfer reached: its own, its measure's, or its measure's plan's."""
    reader = view.reader
    measures = reader.nodes(transfer, "pt:toMeasure")
    found = [
        *reader.nodes(transfer, "pt:toInstrument"),
        *chain.from_iterable(reader.nodes(m, "pt:concernsInstrument") for m in measures),
    ]
    found = found or list(chain.from_iterable(reader.nodes(p, "pt:addresses") for p in plans(view, transfer)))
    return tuple(view.thing(node) for node in dict.fromkeys(found))


CHAIN = (
    "pt:toMeasure",
    "pt:partOfPlan",
    "pt:addresses",
    "pt:concernsInstrument",
    "pt:toInstrument",
    "pt:source",
    "dct:source",
    "dct:publisher",
)
"""The properties read on from a transfer to tell it."""


def plain(parts: Iterable[Fragment]) -> str:
    """A sentence without its links."""
    return "".join(part if isinstance(part, str) else part.text for part in parts)
