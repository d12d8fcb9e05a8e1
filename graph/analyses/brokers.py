"""Who and what influence passes through, and how far practices reach: counts of paths as rows."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from gettext import NullTranslations
from pathlib import Path
from typing import NamedTuple, overload

import numpy as np

from policytrace.graph.analyses.rows import AnalysisRow, Support, with_label
from policytrace.graph.analyses.transfers import Claim, analysis_query, claims, read_values
from policytrace.graph.hops.arrays import HopArrays
from policytrace.graph.library import answer_store
from policytrace.graph.library.answer_store import AnswerKey, AnswerWriter
from policytrace.graph.library.gc_pause import gc_paused
from policytrace.graph.paths.answer import NamedThing
from policytrace.graph.paths.choices import Limit
from policytrace.graph.paths.narrate import labels
from policytrace.graph.paths.search.counts import COUNTING, count_reachable, count_simple_paths
from policytrace.graph.paths.search.view import View
from policytrace.graph.sparql.engine import Engine
from policytrace.graph.vocabulary.terms import kind, thing
from policytrace.graph.vocabulary.translation import ENGLISH, N_, language, speaking

KINDS = ("organisation", "practice", "event")
_TRANSFER = thing("transfer", "")


@dataclass(frozen=True)
class Broker(AnalysisRow):
    """A practice, organisation or event with the paths it lies on."""

    kind: str
    broker: NamedThing
    through: int
    touching: int
    hops_in: int
    hops_out: int
    support: Support


BROKER_COLUMNS = {
    "kind": N_("Organisation, practice or event."),
    "broker": N_("Who or what stands in the middle."),
    "through": N_(
        "Paths that lead through it: it gives on what it received, and is neither the beginning nor the end."
    ),
    "touching": N_(
        "Paths it has to do with: it lies anywhere on them; an organisation also as giver or "
        "receiver of a transfer on them, or as owner of or responsible for a thing on them; an event by a "
        "transfer on them that came about through it."
    ),
    "hops_in": N_("Hops that lead to it."),
    "hops_out": N_("Hops that lead on from it."),
}


@dataclass(frozen=True)
class PracticeReach(AnalysisRow):
    """A practice with what its influence reached."""

    practice: NamedThing
    reached: int
    by_distance: tuple[int, ...]
    support: Support


REACH_COLUMNS = {
    "practice": N_("The good practice."),
    "reached": N_("Things its influence reached, over any number of hops up to the limit."),
    "by_distance": N_("Of these, how many lie one hop away, two hops, three and so on."),
}


def support_of(arrays: HopArrays, key: str, hops: Iterable[int]) -> Support:
    """What a row rests on, from the hops it counts."""
    chosen = sorted(set(hops))
    records = {arrays.records[int(arrays.columns.record[hop])] for hop in chosen}
    transfers = tuple(sorted(record for record in records if record.startswith(_TRANSFER)))
    return Support(key, transfers, tuple(arrays.hop_id(hop) for hop in chosen))


class LazyTexts(Sequence[str]):
    """The texts of some numbers, in their order, made only when somebody reads them.

    Args:
        numbers: of the texts.
        text: gives the text of a number.
    """

    __slots__ = ("_numbers", "_text")

    def __init__(self, numbers: Sequence[int], text: Callable[[int], str]) -> None:
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
    """A broker as it is counted: see ``Broker``. Its transfers and hops are numbers in the hop arrays."""

    iri: str
    label: str
    """Its name in English."""
    through: int
    touching: int
    hops_in: int
    hops_out: int
    transfers: Sequence[int]
    hops: Sequence[int]


def count_brokers(
    engine: Engine, view: View, kinds: Iterable[str] = KINDS, max_hops: int = COUNTING.max_hops
) -> tuple[list[BrokerCount], tuple[Limit, ...]]:
    """Brokers by how many paths lead through them, in no order, and the limits that bound."""
    arrays, c = view.arrays, view.arrays.columns
    wanted = set(kinds)
    of_record, of_thing = _memberships(engine, claims(engine))
    group: dict[str, int] = {}

    def groups(iris: Iterable[str]) -> list[int]:
        return [group.setdefault(iri, len(group)) for iri in iris if kind(iri) in wanted]

    passing = np.flatnonzero(view.ok).tolist()
    places = np.unique(np.concatenate([c.start[passing], c.end[passing]])).tolist()
    of_place = {
        place: groups((arrays.thing(place), *of_thing.get(arrays.thing(place), ()))) for place in places
    }
    of_hop = {hop: groups(of_record.get(arrays.records[int(c.record[hop])], ())) for hop in passing}
    counted = count_simple_paths(
        view, replace(COUNTING, max_hops=max_hops), groups=len(group), of_place=of_place, of_hop=of_hop
    )
    hops: dict[int, set[int]] = defaultdict(set)
    for hop in passing:
        for number in of_hop[hop] + of_place[int(c.start[hop])] + of_place[int(c.end[hop])]:
            hops[number].add(hop)
    with speaking(NullTranslations(), ENGLISH):
        names = labels(engine, group)
    result = []
    for iri, number in group.items():
        if counted.touching[number]:
            of_it, own = sorted(hops[number]), set(arrays.places(iri))
            records = sorted({int(c.record[hop]) for hop in of_it})
            result.append(
                BrokerCount(
                    iri,
                    names[iri],
                    int(sum(counted.inside[place] for place in own)),
                    counted.touching[number],
                    sum(int(c.end[hop]) in own for hop in of_it),
                    sum(int(c.start[hop]) in own for hop in of_it),
                    [one for one in records if arrays.records[one].startswith(_TRANSFER)],
                    of_it,
                )
            )
    return result, tuple(counted.bound)


def key() -> AnswerKey:
    """The key of the brokers over all realised paths in the store of precomputed answers."""
    return AnswerKey(
        "brokers",
        answer_store.digest_of(analysis_query("transfers"), analysis_query("responsible"), *KINDS),
    )


def add_to(store: AnswerWriter, engine: Engine, view: View) -> None:
    """Count all brokers and store them; nothing is stored of a count that a limit ended.

    Args:
        store: takes them.
        engine: over the release.
        view: its realised hops.
    """
    found, bound = count_brokers(engine, view)
    store.add_json(key(), None if bound else found)


@gc_paused()
def read(release: Path) -> list[BrokerCount] | None:
    """The brokers over all realised paths of a release, in no order; None if they are not precomputed."""
    result = answer_store.read_json(release, key())
    return None if result is None else [BrokerCount(*one) for one in result]


def broker_rows(engine: Engine, arrays: HopArrays, counted: Iterable[BrokerCount]) -> list[Broker]:
    """Brokers as rows, the busiest first."""
    every = list(counted)
    english = {one.iri: one.label for one in every}
    names = english if language() == ENGLISH else labels(engine, english)
    rows = [
        Broker(
            kind(one.iri),
            NamedThing(one.iri, names[one.iri], kind(one.iri)),
            one.through,
            one.touching,
            one.hops_in,
            one.hops_out,
            Support(
                one.iri,
                LazyTexts(one.transfers, arrays.records.__getitem__),
                LazyTexts(one.hops, arrays.hop_id),
            ),
        )
        for one in every
    ]
    rows.sort(key=lambda row: (-row.through, -row.touching, row.broker.label, row.broker.id))
    return rows


def _memberships(engine: Engine, every: list[Claim]) -> tuple[dict[str, set[str]], dict[str, set[str]]]:
    """The organisations and events of each transfer, and the organisations behind each thing."""
    of_record: dict[str, set[str]] = defaultdict(set)
    for claim in every:
        for what in ("from_organisation", "to_organisation", "event"):
            of_record[claim.transfer] |= set(claim.values.get(what, ()))
    found = read_values(engine, "responsible").get("organisation", {})
    return of_record, {iri: set(organisations) for iri, organisations in found.items()}


def reach_rows(
    engine: Engine, view: View, max_hops: int = COUNTING.max_hops
) -> tuple[list[PracticeReach], tuple[Limit, ...]]:
    """Every practice that a hop touches by how many things it reached, the furthest reaching first."""
    arrays = view.arrays
    practices = [place for place in range(len(arrays.names)) if kind(arrays.names[place]) == "practice"]
    counted = count_reachable(view, practices, replace(COUNTING, max_hops=max_hops))
    names = labels(engine, (arrays.names[place] for place in practices))
    rows = []
    for place, counts in zip(practices[: counted.done], counted.counts.tolist(), strict=False):
        iri = arrays.names[place]
        leaving = arrays.out_hops[arrays.out_starts[place] : arrays.out_starts[place + 1]].tolist()
        first = [hop for hop in leaving if view.ok[hop]]
        far = max((at + 1 for at, count in enumerate(counts) if count), default=0)
        rows.append(
            PracticeReach(
                with_label(iri, names, "practice"),
                sum(counts),
                tuple(counts[:far]),
                support_of(arrays, iri, first),
            )
        )
    rows.sort(key=lambda row: (-row.reached, row.practice.label, row.practice.id))
    return rows, tuple(counted.bound)
