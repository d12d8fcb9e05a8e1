"""Through whom and what transfers pass, and how far practices reach: counts of transfers told as rows."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from gettext import NullTranslations
from pathlib import Path
from typing import NamedTuple, overload

from policytrace.graph.analyses.rows import AnalysisRow, Support, with_label
from policytrace.graph.analyses.transfers import Claim, analysis_query, claims, read_values
from policytrace.graph.hops.text_table import TextTable
from policytrace.graph.library import answer_store
from policytrace.graph.library.answer_store import AnswerKey, AnswerWriter
from policytrace.graph.library.gc_pause import gc_paused
from policytrace.graph.paths.answer import NamedThing
from policytrace.graph.paths.narrate import labels
from policytrace.graph.sparql.engine import Engine
from policytrace.graph.vocabulary.scales import INFLUENCE
from policytrace.graph.vocabulary.terms import kind
from policytrace.graph.vocabulary.translation import ENGLISH, N_, language, speaking

KINDS = ("organisation", "practice", "event")


@dataclass(frozen=True)
class Broker(AnalysisRow):
    """A practice, organisation or event with the transfers that it has to do with."""

    kind: str
    broker: NamedThing
    through: int
    received: int
    passed_on: int
    touching: int
    support: Support


BROKER_COLUMNS = {
    "kind": N_("Organisation, practice or event."),
    "broker": N_("Who or what stands in the middle."),
    "through": N_(
        "Transfers that are chained through it: those it received and those it passed on, where it did both "
        "and not back to where it came from. A practice receives what led to the measure that it describes."
    ),
    "received": N_("Of these, the ones that led to it."),
    "passed_on": N_("Of these, the ones that led on from it."),
    "touching": N_(
        "All transfers it has to do with: an organisation also as owner of what was learned from or as "
        "responsible for the measure; an event by what came about through it."
    ),
}


@dataclass(frozen=True)
class PracticeReach(AnalysisRow):
    """A practice with what it led to."""

    practice: NamedThing
    direct: int
    onward: int
    measures: int
    support: Support


REACH_COLUMNS = {
    "practice": N_("The good practice."),
    "direct": N_("Transfers that took it up."),
    "onward": N_(
        "Further transfers: from a measure that one of these led to, and so on from measure to measure."
    ),
    "measures": N_("Measures that all these transfers led to."),
}


class LazyTexts(Sequence[str]):
    """The texts of some numbers, in their order, made only when somebody reads them.

    Args:
        numbers: of the texts.
        text: gives the text of a number.
    """

    __slots__ = ("_numbers", "_text")

    def __init__(self, numbers: Sequence[int | str], text: Callable[[int | str], str]) -> None:
        self._numbers, self._text = numbers, text

    def __len__(self) -> int:
        return len(self._numbers)

    def __iter__(self) -> Iterator[str]:
        return map(self._text, self._numbers)

    @overload
    def __getitem__(self, at: int) -> str: ...
    @overload
    def __getitem__(self, at: slice) -> "LazyTexts": ...
    def __getitem__(self, at: int | slice) -> "str | LazyTexts":
        if isinstance(at, slice):
            return LazyTexts(self._numbers[at], self._text)
        return self._text(self._numbers[at])


class BrokerCount(NamedTuple):
    """A broker as it is counted: see ``Broker``."""

    iri: str
    label: str
    """Its name in English."""
    through: int
    received: int
    passed_on: int
    touching: int
    transfers: Sequence[int | str]
    """All of them: numbers in the table of records of the hop arrays, or identifiers of those not in it."""


@dataclass(slots=True)
class _Ends:
    """The transfers on both sides of a broker, and all others that it has to do with."""

    received: list[Claim] = field(default_factory=list)
    given: list[Claim] = field(default_factory=list)
    every: set[str] = field(default_factory=set)

    def chained(self, before: str, after: str) -> tuple[set[str], set[str]]:
        """The received and the given that make a chain which does not lead back.

        Args:
            before: what tells where a received one came from.
            after: what tells where a given one went.
        """
        gone = [frozenset(claim.values.get(after, ())) for claim in self.given]
        come = [frozenset(claim.values.get(before, ())) for claim in self.received]
        went, came = set(gone), set(come)
        received = {c.transfer for c, one in zip(self.received, come, strict=True) if _apart(one, went)}
        given = {c.transfer for c, one in zip(self.given, gone, strict=True) if _apart(one, came)}
        return received, given


def _apart(one: frozenset[str], others: set[frozenset[str]]) -> bool:
    """Whether any of the others shares nothing with it."""
    return any(one.isdisjoint(other) for other in others)


def count_brokers(
    engine: Engine,
    records: TextTable,
    kinds: Iterable[str] = KINDS,
    layer: str = INFLUENCE,
    min_strength: str = "",
) -> list[BrokerCount]:
    """Brokers by the transfers that are chained through them, in no order.

    Args:
        engine: the release to ask.
        records: what states hops in it, by number.
        kinds: which of ``KINDS``.
        layer: the layer of the transfers.
        min_strength: the least strength of their evidence.
    """
    wanted, ends = set(kinds), defaultdict[str, _Ends](_Ends)
    documented = read_values(engine, "documented").get("documented", {})
    responsible = read_values(engine, "responsible").get("organisation", {})
    for claim in claims(engine, {layer}, min_strength):
        values = claim.values
        sources, measures = values.get("source", ()), values.get("measure", ())
        for iri in values.get("to_organisation", ()):
            ends[iri].received.append(claim)
        for iri in values.get("from_organisation", ()):
            ends[iri].given.append(claim)
        for iri in sources:
            ends[iri].given.append(claim)
        for iri in {practice for measure in measures for practice in documented.get(measure, ())}:
            ends[iri].received.append(claim)
            ends[iri].every.add(claim.transfer)
        behind = (one for thing in (*sources, *measures) for one in responsible.get(thing, ()))
        about = ("to_organisation", "from_organisation", "source", "event")
        for iri in {*behind, *(one for what in about for one in values.get(what, ()))}:
            ends[iri].every.add(claim.transfer)
    chosen = {iri: of_it for iri, of_it in ends.items() if kind(iri) in wanted}
    with speaking(NullTranslations(), ENGLISH):
        names = labels(engine, chosen)
    return [_count(iri, names[iri], of_it, records) for iri, of_it in chosen.items()]


_SIDES = {"organisation": ("from_organisation", "to_organisation"), "practice": ("measure", "measure")}
"""What tells where something came from and went, by kind of broker."""


def _count(iri: str, name: str, ends: _Ends, records: TextTable) -> BrokerCount:
    received, given = ends.chained(*_SIDES[kind(iri)]) if kind(iri) in _SIDES else (set[str](), set[str]())
    every = sorted(ends.every)
    numbers = [records.find(transfer) for transfer in every]
    known = [transfer if number < 0 else number for transfer, number in zip(every, numbers, strict=True)]
    return BrokerCount(iri, name, len(received | given), len(received), len(given), len(every), known)


def key() -> AnswerKey:
    """The key of the brokers of all realised transfers in the store of precomputed answers."""
    rules = map(analysis_query, ("transfers", "responsible", "documented"))
    return AnswerKey("brokers", answer_store.digest_of(*rules, *KINDS))


def add_to(store: AnswerWriter, engine: Engine, records: TextTable) -> None:
    """Count all brokers and store them.

    Args:
        store: takes them.
        engine: over the release.
        records: what states hops in it, by number.
    """
    store.add_json(key(), count_brokers(engine, records))


@gc_paused()
def read(release: Path) -> list[BrokerCount] | None:
    """The brokers of all realised transfers of a release, in no order; None if they are not precomputed."""
    found = answer_store.read_json(release, key())
    return None if found is None else [BrokerCount(*one) for one in found]


def broker_rows(engine: Engine, records: TextTable, counted: Iterable[BrokerCount]) -> list[Broker]:
    """Brokers as rows, the busiest first."""
    every = list(counted)
    english = {one.iri: one.label for one in every}
    names = english if language() == ENGLISH else labels(engine, english)

    def text(transfer: int | str) -> str:
        return transfer if isinstance(transfer, str) else records[transfer]

    rows = [
        Broker(
            kind(one.iri),
            NamedThing(one.iri, names[one.iri], kind(one.iri)),
            one.through,
            one.received,
            one.passed_on,
            one.touching,
            Support(one.iri, LazyTexts(one.transfers, text), ()),
        )
        for one in every
    ]
    rows.sort(key=lambda row: (-row.through, -row.touching, row.broker.label, row.broker.id))
    return rows


def reach_rows(engine: Engine, every: Sequence[Claim]) -> list[PracticeReach]:
    """Every practice that was taken up by how many transfers came of it, the furthest reaching first."""
    of_practice, of_measure = defaultdict[str, list[Claim]](list), defaultdict[str, list[Claim]](list)
    for claim in every:
        for source in claim.values.get("source", ()):
            if kind(source) == "practice":
                of_practice[source].append(claim)
            elif kind(source) == "measure":
                of_measure[source].append(claim)
    names = labels(engine, of_practice)
    rows = []
    for practice, direct in of_practice.items():
        onward, measures = _onward(direct, of_measure)
        transfers = tuple(sorted({claim.transfer for claim in direct} | onward))
        rows.append(
            PracticeReach(
                with_label(practice, names, "practice"),
                len(direct),
                len(onward),
                len(measures),
                Support(practice, transfers, ()),
            )
        )
    rows.sort(key=lambda row: (-row.direct - row.onward, row.practice.label, row.practice.id))
    return rows


def _onward(direct: Sequence[Claim], of_measure: Mapping[str, list[Claim]]) -> tuple[set[str], set[str]]:
    """The transfers from measures that some led to, from step to step, and all measures on the way."""
    own = {claim.transfer for claim in direct}
    measures = {measure for claim in direct for measure in claim.values.get("measure", ())}
    found, waiting = set[str](), sorted(measures)
    while waiting:
        for claim in of_measure.get(waiting.pop(), ()):
            if claim.transfer not in own:
                found.add(claim.transfer)
            fresh = set(claim.values.get("measure", ())) - measures
            measures |= fresh
            waiting += sorted(fresh)
    return found, measures
