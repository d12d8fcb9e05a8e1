"""The transfers of an answer, each once, and how they are chained: what is counted, whatever tells it."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np
import pyoxigraph as ox

from policytrace.graph.paths.answer import Chain, NamedThing, PathAnswer, TransferAnswer
from policytrace.graph.paths.ends import things
from policytrace.graph.paths.narrate import labels
from policytrace.graph.paths.request import PathRequest
from policytrace.graph.paths.search.view import View
from policytrace.graph.sparql.binding import bind_any
from policytrace.graph.sparql.engine import Engine, Rows
from policytrace.graph.sparql.query_text import query_text
from policytrace.graph.vocabulary.scales import LEVELS
from policytrace.graph.vocabulary.terms import kind, thing

_TRANSFER = thing("transfer", "")
_HOPS = frozenset(("inspires", "teaches", "gives-to"))
"""Kinds of hop that transfers state."""
_AT_ONCE = 500
"""Transfers asked for in one query."""

Facts = Mapping[str, Sequence[str]]
"""Values of a transfer by what ``queries/paths/transfers.rq`` calls them."""


@dataclass(frozen=True, slots=True)
class Transfers:
    """The transfers of an answer, those that name what was asked for first, then the best evidenced."""

    told: tuple[TransferAnswer, ...]
    counts: dict[str, int]
    """``transfers``: all that were found, told or not; ``direct``: those that name what was asked for."""

    @property
    def total(self) -> int:
        """All that were found."""
        return self.counts["transfers"]


def direct(engine: Engine, view: View, request: PathRequest) -> set[str]:
    """The transfers that themselves name what a question asks for, whether or not they state a hop.

    A transfer whose giver or source nobody names may state no hop; it is an answer all the same.
    """
    sides = [
        {one for one in things(engine, query_text(f"paths/{name}"), "end", ends) if one.startswith(_TRANSFER)}
        for name, ends in (("taught", request.starts), ("learned", request.ends))
        if ends
    ]
    found = set.intersection(*sides) if request.expand and sides else set()
    if request.kinds and not request.kinds & _HOPS:
        return set()
    numbers = {iri: view.arrays.records.find(iri) for iri in found}
    stating = {iri for iri, number in numbers.items() if number >= 0}
    passing = np.unique(view.arrays.columns.record[view.ok.astype(bool)])
    kept = {iri for iri in stating if _within(passing, numbers[iri])}
    facts = _facts(engine, found - stating)
    return kept | {iri for iri, values in facts.items() if _passes(values, view, request)}


def _within(ascending: "np.typing.NDArray[np.int32]", number: int) -> bool:
    at = int(np.searchsorted(ascending, number))
    return at < len(ascending) and int(ascending[at]) == number


def _passes(values: Facts, view: View, request: PathRequest) -> bool:
    """Whether a transfer that states no hop passes the filters that hops pass."""
    filters = view.filters
    coded = (("layer", filters.layers), ("stage", filters.stages), ("status", filters.statuses))
    if any(wanted and _code(values, name) not in wanted for name, wanted in coded):
        return False
    strength = _code(values, "strength")
    least = LEVELS.index(filters.min_strength) if filters.min_strength else -1
    if least >= 0 and (strength not in LEVELS or LEVELS.index(strength) < least):
        return False
    for name, among in (("project", filters.projects), ("region", filters.regions)):
        if among and not among & set(values.get(name, ())):
            return False
    since, until = filters.period
    earliest, latest = (_day(values, name) for name in ("earliest", "latest"))
    return not ((since and latest and latest < since) or (until and earliest and earliest > until))


def on_hops(view: View, hops: Iterable[int]) -> set[str]:
    """The transfers that state some hops."""
    arrays = view.arrays
    records = {arrays.records[int(arrays.columns.record[hop])] for hop in hops}
    return {record for record in records if record.startswith(_TRANSFER)}


def gathered(
    engine: Engine, named: Iterable[str], linked: Iterable[str], paths: Iterable[PathAnswer], most: int
) -> Transfers:
    """The transfers that name what was asked for, and those on paths.

    Args:
        engine: the release to ask.
        named: identifiers of the first.
        linked: identifiers of those on all paths that were found.
        paths: the paths of the answer.
        most: how many are told; those on its paths always are.
    """
    first, every = set(named), set(linked)
    on_paths = {hop.transfer.id for path in paths for hop in path.hops if hop.transfer}
    every |= first | on_paths
    others = sorted(every - on_paths, key=lambda iri: (iri not in first, iri))
    chosen = [*sorted(on_paths), *others[: max(most - len(on_paths), 0)]]
    facts = _facts(engine, chosen)
    named_things = {iri for values in facts.values() for what in _NAMED for iri in values.get(what, ())}
    names = labels(engine, {*chosen, *named_things})
    told = [_told(iri, facts.get(iri, {}), names, direct=iri in first) for iri in chosen]
    told.sort(key=_order)
    return Transfers(tuple(told), {"transfers": len(every), "direct": len(first)})


_NAMED = ("source", "giver", "receiver", "measure")


def _told(iri: str, values: Facts, names: Mapping[str, str], *, direct: bool) -> TransferAnswer:
    def things_of(what: str) -> tuple[NamedThing, ...]:
        return tuple(NamedThing(one, names[one], kind(one)) for one in values.get(what, ()))

    earliest, latest = (_day(values, what) for what in ("earliest", "latest"))
    return TransferAnswer(
        id=iri,
        label=names[iri],
        direct=direct,
        layer=_code(values, "layer"),
        stage=_code(values, "stage"),
        outcome=_code(values, "outcome"),
        effect=_code(values, "effect"),
        degree=_code(values, "degree"),
        status=_code(values, "status"),
        strength=_code(values, "strength"),
        date=next(iter(values.get("date", ())), None),
        earliest=earliest.isoformat() if earliest else None,
        latest=latest.isoformat() if latest else None,
        source=things_of("source"),
        giver_kind=_code(values, "giver_kind"),
        giver=things_of("giver"),
        receiver=things_of("receiver"),
        measure=things_of("measure"),
        passages=len(values.get("passage", ())),
    )


def _order(one: TransferAnswer) -> tuple[bool, int, str, str]:
    rank = LEVELS.index(one.strength) if one.strength in LEVELS else -1
    return not one.direct, -rank, one.latest or one.earliest or "9999", one.id


def chains(paths: Sequence[PathAnswer], alone: Iterable[TransferAnswer]) -> tuple[Chain, ...]:
    """Each sequence of transfers that paths tell, once, in the order of paths; then those that none tells."""
    found: dict[tuple[str, ...], list[str]] = {}
    for path in paths:
        hops = [hop.transfer.id for hop in path.hops if hop.transfer]
        sequence = tuple(one for at, one in enumerate(hops) if at == 0 or hops[at - 1] != one)
        if sequence:
            found.setdefault(sequence, []).append(path.id)
    chained = {transfer for sequence in found for transfer in sequence}
    for one in alone:
        if one.id not in chained:
            found[one.id,] = []
    return tuple(Chain(sequence, tuple(told)) for sequence, told in found.items())


def _facts(engine: Engine, iris: Iterable[str]) -> dict[str, dict[str, list[str]]]:
    wanted = [ox.NamedNode(iri) for iri in sorted(set(iris))]
    found: dict[str, dict[str, set[str]]] = {}
    for at in range(0, len(wanted), _AT_ONCE):
        answer = engine.query(bind_any(query_text("paths/transfers"), "thing", wanted[at : at + _AT_ONCE]))
        assert isinstance(answer, Rows)
        for row in answer.rows:
            iri, what, value = (term.value for term in row if term is not None)
            found.setdefault(iri, {}).setdefault(what, set()).add(value)
    return {iri: {what: sorted(some) for what, some in values.items()} for iri, values in found.items()}


def _code(values: Facts, name: str) -> str | None:
    value = next(iter(values.get(name, ())), None)
    return value.rpartition("/")[2] if value else None


def _day(values: Facts, name: str) -> date | None:
    value = next(iter(values.get(name, ())), None)
    return date.fromisoformat(value) if value else None
