"""The dossier of a learning transfer: what is claimed, how we know, what speaks against it and is missing."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import Any

import pyoxigraph as ox

from policytrace.graph.lookup.reader import STRENGTH
from policytrace.graph.reasoning.strength import Rise, what_would_raise
from policytrace.graph.vocabulary.translation import N_, gettext
from policytrace.server.dossiers.evidence import WEAKENS, Evidence, Voices, evidence, independence
from policytrace.server.dossiers.tables import table
from policytrace.server.presentation.footnotes import Sources
from policytrace.server.presentation.sections import SECTIONS
from policytrace.server.presentation.transfer_sentence import (
    CHAIN,
    ENDED,
    TransferSentence,
    instruments,
    plans,
    transfer_sentence,
)
from policytrace.server.presentation.view import PropertyRow, Value, View, by_label, code_of, concept

CONFLICTS = {
    "evidence": N_("A source weakens it:"),
    "stage": N_("Another claim about the same source and receiver says “{}”:"),
    "time": N_("The event certainly took place after the time of the measure:"),
}
"""What does not fit a claim, before the name of what it does not fit with."""
MOST = 30
"""Other claims of one kind that a dossier tells."""
BROAD = frozenset(("exchange", "event"))
"""Kinds of source of which a region may well learn several things, so that claims about it need not agree."""
_LOOKED_AT = 500
"""Other claims that are compared with one."""


@dataclass(frozen=True)
class ChainStep:
    """One step of the chain from source to policy: its kind, and the things there; none if not recorded."""

    kind: str
    things: tuple[Value, ...]
    always: bool = True
    """Whether it is shown where nothing is recorded."""


@dataclass(frozen=True)
class Conflict:
    """Something that does not fit the claim: in words, and the claim or thing in question."""

    words: str
    other: Value


@dataclass(frozen=True)
class NextLevel:
    """The way to the next level of strength, and what would give points towards it."""

    level: Value
    rise: Rise


@dataclass(frozen=True)
class Story:
    """Everything a page tells of one transfer, but for the paths it lies on."""

    told: TransferSentence
    degree: Value | None
    effect: Value | None
    as_of: str
    """When the stage was so, in words; undated where no source tells."""
    steps: tuple[ChainStep, ...]
    moved: tuple[PropertyRow, ...]
    events: tuple[tuple[Value, tuple[PropertyRow, ...]], ...]
    evidence: tuple[Evidence, ...]
    independence: tuple[Voices, ...]
    confirmed: tuple[Value, ...]
    """Who confirmed or accepted it independently."""
    reasons: tuple[str, ...]
    computed: Value | None
    """The strength that the rule gives, where people have set another."""
    override_reason: str
    way: NextLevel | None
    explained: tuple[Value, ...]
    """What else may have led to the same, as sources name it."""
    rivals: tuple[TransferSentence, ...]
    """Other claims on what led to the same measure."""
    problems: tuple[Value, ...]
    """What else the measure responds to."""
    alternatives: tuple[Value, ...]
    conflicts: tuple[Conflict, ...]
    missing: tuple[str, ...]


def story(view: View, transfer: ox.NamedNode, sources: Sources) -> Story:
    """Everything a page tells of a transfer; its documents are cited in ``sources``."""
    reader = view.reader
    lines = evidence(view, transfer, sources)
    reasons = reader.text(transfer, "pt:strengthReason", STRENGTH) or ""
    measures = reader.nodes(transfer, "pt:toMeasure")
    rivals = _others(view, transfer, (("pt:toMeasure", measure) for measure in measures))
    reader.prepare(rivals[:MOST], *CHAIN)
    problems = chain.from_iterable(view.values(measure, "pt:respondsTo") for measure in measures)
    return Story(
        told=transfer_sentence(view, transfer),
        degree=view.one(transfer, "pt:degree"),
        effect=view.one(transfer, "pt:effect"),
        as_of=_as_of(view, transfer),
        steps=_steps(view, transfer),
        moved=_rows(view, transfer, table("transfer")["moved"]),
        events=tuple(
            (view.thing(event), _rows(view, event, table("transfer")["event"]))
            for event in reader.nodes(transfer, "pt:throughEvent")
        ),
        evidence=lines,
        independence=independence(view, lines),
        confirmed=view.values(transfer, "pt:substantiatedBy", "pt:validatedBy"),
        reasons=tuple(part.strip().rstrip(".") for part in reasons.split(";") if part.strip()),
        computed=view.one(transfer, "pt:computedStrength"),
        override_reason=reader.text(transfer, "pt:strengthOverrideReason") or "",
        way=_way(view, transfer),
        explained=view.values(transfer, "pt:rivalExplanation"),
        rivals=tuple(transfer_sentence(view, other) for other in rivals[:MOST]),
        problems=tuple(by_label(problems)),
        alternatives=tuple(by_label(view.values(transfer, "pt:alternativeTo"))),
        conflicts=tuple(_conflicts(view, transfer, lines)),
        missing=_missing(view, transfer, lines),
    )


def _as_of(view: View, transfer: ox.NamedNode) -> str:
    if not (date := view.date(transfer)):
        return gettext("undated")
    kind = code_of(view.reader.node(transfer, "pt:asOfKind"))
    return gettext("not before {date}").format(date=date) if kind == "not-before" else date


def _rows(view: View, node: ox.NamedNode, lines: Iterable[Mapping[str, Any]]) -> tuple[PropertyRow, ...]:
    found = ((line["text"], view.values(node, *line["properties"])) for line in lines)
    return tuple(PropertyRow(Value(gettext(name)), values) for name, values in found if values)


def _steps(view: View, transfer: ox.NamedNode) -> tuple[ChainStep, ...]:
    measures = view.reader.nodes(transfer, "pt:toMeasure")
    changes = [
        view.thing(node) for measure in measures for node in view.reader.subjects("pt:changedBy", measure)
    ]
    steps = [
        ChainStep(gettext("Learned from"), view.values(transfer, "pt:source")),
        ChainStep(gettext("Through"), view.values(transfer, "pt:throughEvent")),
        ChainStep(gettext(SECTIONS["measure"].one), view.values(transfer, "pt:toMeasure")),
        ChainStep(
            gettext(SECTIONS["plan"].one), tuple(view.thing(node) for node in plans(view, transfer)), False
        ),
        ChainStep(gettext(SECTIONS["instrument"].one), instruments(view, transfer)),
        ChainStep(gettext(SECTIONS["policy-change"].one), tuple(changes), False),
    ]
    return tuple(step for step in steps if step.things or step.always)


def _others(
    view: View, transfer: ox.NamedNode, shared: Iterable[tuple[str, ox.NamedNode]]
) -> list[ox.NamedNode]:
    """Other transfers that share a value with this one."""
    found = chain.from_iterable(
        view.reader.subjects(curie, value, limit=_LOOKED_AT) for curie, value in shared
    )
    return [node for node in dict.fromkeys(found) if node != transfer]


def _way(view: View, transfer: ox.NamedNode) -> NextLevel | None:
    found = what_would_raise(_surroundings(view, transfer), transfer)
    return NextLevel(view.thing(concept("strength", found.level)), found) if found else None


def _surroundings(view: View, transfer: ox.NamedNode) -> ox.Store:
    """The statements about a transfer that its strength rests on, in a store of their own."""
    reader, store = view.reader, ox.Store()

    def take(nodes: Iterable[ox.NamedNode], *curies: str) -> list[ox.NamedNode]:
        known = list(dict.fromkeys(nodes))
        store.extend(
            ox.Quad(t.subject, t.predicate, t.object) for node in known for t in reader.statements(node)
        )
        return [value for node in known for curie in curies for value in reader.nodes(node, curie)]

    take(take([transfer], "pt:source"))
    lines = reader.subjects("pt:evidenceFor", transfer)
    take(take(lines, "pt:passage"))
    take(take(take(take(lines, "pt:document"), "dct:publisher"), "pt:publisherProject"))
    return store


def _last_word(view: View, transfer: ox.NamedNode) -> Value | None:
    """How a transfer ended if it did with less than it set out for, else how far it got."""
    ended = code_of(view.reader.node(transfer, "pt:outcome")) in ENDED
    return view.one(transfer, "pt:outcome" if ended else "pt:stage")


def _conflicts(view: View, transfer: ox.NamedNode, lines: Sequence[Evidence]) -> Iterable[Conflict]:
    """What does not fit the claim: evidence, other claims, and the order of time."""
    reader = view.reader
    for line in lines:
        if line.code == WEAKENS and line.source:
            yield Conflict(gettext(CONFLICTS["evidence"]), line.source.document)
    sources = reader.nodes(transfer, "pt:source")
    broad = code_of(reader.node(transfer, "pt:sourceKind")) in BROAD
    ends = ("pt:toMeasure",) if broad else ("pt:toMeasure", "pt:toRegion")
    receivers = {curie: set(reader.nodes(transfer, curie)) for curie in ends}
    said = _last_word(view, transfer)
    for other in _others(view, transfer, (("pt:source", source) for source in sources)):
        same = any(receivers[curie] & set(reader.nodes(other, curie)) for curie in receivers)
        if same and (differing := _last_word(view, other)) != said:
            words = gettext(CONFLICTS["stage"]).format(differing.text.lower() if differing else "")
            yield Conflict(words, view.thing(other))
    for event in reader.nodes(transfer, "pt:throughEvent"):
        for measure in receivers["pt:toMeasure"]:
            after, before = reader.text(event, "pt:earliest"), reader.text(measure, "pt:latest")
            if after and before and after > before:
                yield Conflict(gettext(CONFLICTS["time"]), view.thing(measure))


def _missing(view: View, transfer: ox.NamedNode, lines: Iterable[Evidence]) -> tuple[str, ...]:
    missing = [
        gettext(row["text"])
        for row in table("transfer")["recorded"]
        if not view.values(transfer, *row["properties"])
    ]
    if not any(line.locator for line in lines):
        missing.append(gettext("the place in the document"))
    return tuple(missing)
