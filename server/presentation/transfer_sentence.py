"""A learning transfer in words: a sentence, the chain it belongs to, how far it got and how we know."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import chain

import pyoxigraph as ox

from policytrace.graph.lookup.reader import Reader
from policytrace.graph.vocabulary.scales import INFLUENCE
from policytrace.graph.vocabulary.translation import N_, gettext
from policytrace.server.presentation.view import Value, View, code_of

Fragment = str | Value
_PLACES = re.compile(r"(\{\w+\})")

LED: dict[str, str] = {
    "committed": N_("It was committed to in the measure {measure}"),
    "piloted": N_("It was piloted in the measure {measure}"),
    "implemented": N_("It led to the measure {measure}"),
    "sustained": N_("It led to the measure {measure}, which has lasted a year or more"),
}
"""How a realised transfer stands to its measure, by stage."""
PROPOSED = N_("It was proposed for the measure {measure}")
"""How any other transfer does."""

TAKEN: dict[str, str] = {
    "copied": N_("{receiver} took over {source} unchanged"),
    "adapted": N_("{receiver} adapted {source}"),
    "combined": N_("{receiver} used, along with something else, {source}"),
    "inspired": N_("{receiver} was inspired by {source}"),
    "negative-lesson": N_("{receiver} learned what not to do from {source}"),
    "unknown": N_("{receiver} learned from {source}"),
}
"""A realised transfer, by degree."""

DRAWN = N_("{receiver} drew on {source}")
"""A realised transfer from an event, an exchange or something unnamed, whatever its degree."""

NEGATIVE: dict[str, tuple[str, str]] = {
    "stop": (
        N_("{receiver} stopped {measure}, having learned from {source}"),
        N_("{receiver} stopped something of its own, having learned from {source}"),
    ),
    "avoid": (
        N_("{receiver} refrained from {measure}, having learned from {source}"),
        N_("{receiver} refrained from something, having learned from {source}"),
    ),
}
"""A realised transfer that leaves nothing in place, by effect: with a measure, and without."""

ENDED: dict[str, str] = {
    "blocked": N_("{receiver} could not use {source}"),
    "rejected": N_("{receiver} looked at, and decided against, {source}"),
    "discontinued": N_("{receiver} used, and later gave up, {source}"),
}
"""Any transfer with one of these outcomes."""

OTHERWISE: dict[str, str] = {
    "learned": N_("{receiver} learned about {source}"),
    "considered": N_("{receiver} may use {source}"),
    "intended": N_("{receiver} intends to use {source}"),
    "unknown": N_("{receiver} is said to have used, without a word on how far, {source}"),
}
"""Any other transfer, by stage."""

SOURCES: dict[str, str] = {
    "practice": N_("the good practice {source}"),
    "recommendation": N_("the peer-review recommendation {source}"),
    "stakeholder-proposal": N_("the stakeholders' proposal {source}"),
    "measure": N_("the measure {source}"),
    "event": N_("the event {source}"),
    "exchange": N_("the exchange in {source}"),
    "unnamed-practice": N_("a practice that the source does not name"),
    "unnamed": N_("something that the source does not name"),
}
"""What was learned from, by kind of source."""


@dataclass(frozen=True)
class TransferSentence:
    """A transfer in one sentence with its scales, for lists."""

    transfer: Value
    sentence: tuple[Fragment, ...]
    stage: Value | None
    outcome: Value | None
    """What became of it, unless that is open or not known."""
    claim_status: Value | None
    strength: Value | None
    realised: bool
    claimed_by: tuple[Value, ...]
    """Who publishes the documents that its row cites."""


def _filled(pattern: str, **parts: Sequence[Fragment]) -> list[Fragment]:
    """A sentence, what stands for its placeholders put in."""
    found: list[Fragment] = []
    for text in _PLACES.split(gettext(pattern)):
        if text[:1] == "{" and text[1:-1] in parts:
            found += parts[text[1:-1]]
        elif text:
            found.append(text)
    return found


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
        return _filled(N_("{organisations} in {regions}"), organisations=organisations, regions=regions)
    return organisations or regions


def _receiver(view: View, transfer: ox.NamedNode) -> list[Fragment]:
    """Who received: organisations that acted together, a region, or a group that is not named."""
    found = _party(view, transfer, "to")
    if joint := _listed(view.values(transfer, "pt:jointReceiver")):
        found = _filled(N_("{receiver} together with {others}"), receiver=found, others=joint)
    group = view.reader.text(transfer, "pt:toGroup")
    return found or ([group] if group else _filled(N_("A receiver that the source does not name")))


def _source(view: View, transfer: ox.NamedNode) -> list[Fragment]:
    kind = code_of(view.reader.node(transfer, "pt:sourceKind"))
    named = view.values(transfer, "pt:source")
    if not named:
        return _filled(SOURCES.get(kind if kind.startswith("unnamed") else "unnamed", SOURCES["unnamed"]))
    return _filled(SOURCES.get(kind, "{source}"), source=_listed(named))


def _pattern(stage: str, outcome: str, degree: str, kind: str, *, realised: bool) -> str:
    if outcome in ENDED:
        return ENDED[outcome]
    if not realised:
        return OTHERWISE.get(stage, OTHERWISE["unknown"])
    return DRAWN if kind in ("event", "exchange", "unnamed") else TAKEN.get(degree, TAKEN["unknown"])


def sentence(view: View, transfer: ox.NamedNode) -> tuple[Fragment, ...]:
    """Who took what from whom, through which event, and what it led to."""
    reader = view.reader
    stage, outcome, effect, degree, kind = (
        code_of(reader.node(transfer, curie))
        for curie in ("pt:stage", "pt:outcome", "pt:effect", "pt:degree", "pt:sourceKind")
    )
    realised = is_realised(reader, transfer)
    receiver = _receiver(view, transfer)
    measures = view.values(transfer, "pt:toMeasure")
    negative = realised and effect in NEGATIVE and outcome not in ENDED
    pattern = _pattern(stage, outcome, degree, kind, realised=realised)
    if negative:
        pattern = NEGATIVE[effect][0 if measures else 1]
    parts = _filled(pattern, receiver=receiver, source=_source(view, transfer), measure=_listed(measures))
    if giver := _party(view, transfer, "from"):
        parts = _filled(N_("{claim} from {giver}"), claim=parts, giver=giver)
    if events := view.values(transfer, "pt:throughEvent"):
        parts = _filled(N_("{claim}, through {event}"), claim=parts, event=_listed(events))
    if negative:
        return tuple(_filled(N_("{claim}."), claim=parts))
    if not measures:
        return tuple(_filled(N_("{claim}. No measure is recorded."), claim=parts))
    led = _filled(LED.get(stage, PROPOSED) if realised else PROPOSED, measure=_listed(measures))
    if reached := instruments(view, transfer):
        led = _filled(
            N_("{led}, in the policy instrument {instrument}"), led=led, instrument=_listed(reached)
        )
    return tuple(_filled(N_("{claim}. {led}."), claim=parts, led=led))


def is_realised(reader: Reader, transfer: ox.NamedNode) -> bool:
    """Whether a transfer was at least committed to, and neither rejected nor blocked."""
    return code_of(reader.node(transfer, "pt:layer")) == INFLUENCE


def transfer_sentence(view: View, transfer: ox.NamedNode) -> TransferSentence:
    """A transfer in one sentence with its scales."""
    outcome = view.one(transfer, "pt:outcome")
    return TransferSentence(
        transfer=view.thing(transfer),
        sentence=sentence(view, transfer),
        stage=view.one(transfer, "pt:stage"),
        outcome=None if outcome and outcome.iri.endswith(("/open", "/unknown")) else outcome,
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


def plain_sentence(parts: Iterable[Fragment]) -> str:
    """A sentence without its links."""
    return "".join(part if isinstance(part, str) else part.text for part in parts)
