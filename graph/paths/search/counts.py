"""Counts over a whole hop graph: closures, reach, betweenness, and how many paths lead through what."""

import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from policytrace.graph.hops.arrays import Int32
from policytrace.graph.paths.choices import Limit, Limits
from policytrace.graph.paths.kernels.arguments import FAR
from policytrace.graph.paths.kernels.betweenness import add_betweenness
from policytrace.graph.paths.kernels.breadth_first import (
    clear_distances,
    count_reach,
    label_distances,
)
from policytrace.graph.paths.kernels.path_counts import (
    ANYWHERE,
    INSIDE,
    START,
    count_paths,
)
from policytrace.graph.paths.search.scratch import scratch
from policytrace.graph.paths.search.view import View
from policytrace.graph.vocabulary.scales import LEVELS

COUNTING = Limits(max_hops=6, max_paths=2**40, max_ms=20_000, max_edges=1_000_000_000)
"""What a count over a whole graph may use, unless told otherwise."""
_SLICE = 20_000_000
"""Hops looked at between two looks at the clock."""

Memberships = Mapping[int, Iterable[int]]
"""Numbers of the groups that a place or a hop belongs to."""


class _Budget:
    """What is left of the limits of a count."""

    def __init__(self, limits: Limits) -> None:
        self.limits = limits
        self.edges = 0
        self.deadline = time.perf_counter() + limits.max_ms / 1000
        self.bound: list[Limit] = []

    @property
    def next(self) -> int:
        """Hops that may be looked at before the next look at the clock."""
        return max(1, min(_SLICE, self.limits.max_edges - self.edges))

    def spent(self, edges: int) -> bool:
        """Note what was looked at; whether to stop."""
        self.edges += edges
        if self.edges >= self.limits.max_edges:
            self.bound = [Limit.EDGES]
        elif time.perf_counter() > self.deadline:
            self.bound = [Limit.MS]
        return bool(self.bound)


@dataclass(frozen=True, slots=True)
class Reachability:
    """What can be reached from somewhere."""

    counts: tuple[int, ...]
    """Places at 1, 2, 3… hops."""
    places: tuple[int, ...]
    """The places reached, the nearest first."""

    @property
    def total(self) -> int:
        """How many places can be reached."""
        return len(self.places)


def closure(
    view: View, starts: Sequence[int], *, backward: bool = False, max_hops: int = FAR - 1
) -> Reachability:
    """The places that can be reached from some places, or from which these can be reached.

    Args:
        view: the hops that may be taken.
        starts: places that are not counted themselves.
        backward: against the direction of hops.
        max_hops: how far.
    """
    adjacency = view.reverse if backward else view.forward
    work = scratch(view.arrays.place_count)
    distance, queue = work.distance, work.queue
    first = sorted(set(starts))
    queue[: len(first)] = first
    count, _ = label_distances(adjacency, view.at_least(0), max_hops, distance, queue, len(first))
    result = queue[len(first) : count]
    counts = tuple(np.bincount(distance[result])[1:].tolist())
    places = tuple(result.tolist())
    clear_distances(distance, queue, count)
    return Reachability(counts, places)


@dataclass(frozen=True, slots=True)
class Reach:
    """How far each of some places reaches."""

    counts: Int32
    """Places at 1, 2, 3… hops of each: shape (places asked for, max_hops)."""
    done: int
    """For how many, from the first on, it was counted."""
    bound: list[Limit]
    """The limit that ended the count."""


def count_reachable(view: View, places: Sequence[int], limits: Limits = COUNTING) -> Reach:
    """How many places can be reached from each of some, by distance up to ``max_hops``."""
    size = view.arrays.place_count
    sources = np.asarray(places, np.int32)
    counts = np.zeros((len(sources), limits.max_hops), np.int32)
    arrays = (np.zeros(size, np.int32), np.empty(size, np.int32), counts)
    budget, done = _Budget(limits), 0
    while done < len(sources):
        done, edges = count_reach(sources, done, view.successors, limits.max_hops, budget.next, arrays)
        if budget.spent(edges) and done < len(sources):
            return Reach(counts, done, budget.bound)
    return Reach(counts, done, [])


@dataclass(frozen=True, slots=True)
class Betweenness:
    """Shortest paths that lead through each place."""

    score: NDArray[np.float64]
    """For each place the sum, over all pairs of other places, of its share of the shortest paths between
    them. Parallel hops are different paths, as everywhere."""
    done: int
    """From how many places, in order, paths were counted."""
    bound: list[Limit]


def betweenness(view: View, sources: Sequence[int] | None = None, limits: Limits = COUNTING) -> Betweenness:
    """Betweenness centrality, not normalised, of paths of any length from all places or from ``sources``."""
    count = view.arrays.place_count
    chosen = np.arange(count, dtype=np.int32) if sources is None else np.asarray(sources, np.int32)
    position, queue, distance = (
        np.full(count, -1, np.int32),
        np.empty(count, np.int32),
        np.empty(count, np.int32),
    )
    paths, dependency, score = np.empty(count), np.empty(count), np.zeros(count)
    first, onward = np.empty(count + 1, np.int32), np.empty(view.arrays.hop_count, np.int32)
    arrays = (position, queue, distance, paths, dependency, first, onward, score)
    budget, done = _Budget(limits), 0
    while done < len(chosen):
        done, edges = add_betweenness(chosen, done, view.successors, budget.next, arrays)
        if budget.spent(edges) and done < len(chosen):
            return Betweenness(score, done, budget.bound)
    return Betweenness(score, done, [])


@dataclass(frozen=True, slots=True)
class PathTotals:
    """How many simple paths of at most ``max_hops`` hops there are, and what lies on them."""

    paths: int
    maximal: int
    """Of these, the ones that cannot go on at either end."""
    cut: int
    """Of these, the ones of ``max_hops`` hops that could go on."""
    inside: NDArray[np.int64]
    """For each place, the paths on which it lies, but not at an end."""
    through: list[int]
    """For each group, the paths that have one of its places inside."""
    touching: list[int]
    """For each group, the paths that have one of its places or hops anywhere."""
    bound: list[Limit]
    """The limit that ended the count; the counts are then too small."""


def count_simple_paths(
    view: View,
    limits: Limits = COUNTING,
    *,
    least: int = 0,
    groups: int = 0,
    of_place: Memberships | None = None,
    of_hop: Memberships | None = None,
) -> PathTotals:
    """Count all simple paths of at most ``max_hops`` hops.

    Args:
        view: the hops that may be taken.
        limits: ``max_hops``, ``max_ms`` and ``max_edges`` are kept to.
        least: take only hops of at least this rank.
        groups: how many groups there are.
        of_place: the groups of places, for those that have any.
        of_hop: the groups of hops.
    """
    places, longest = view.arrays.place_count, limits.max_hops
    members = (*_rows(of_place or {}, places), *_rows(of_hop or {}, view.arrays.hop_count))
    cursor, stack = np.array([0, -1]), np.zeros((4, longest + 1), np.int64)
    state = (cursor, stack, np.zeros(places, np.uint8))
    totals, inside = np.zeros(3, np.int64), np.zeros(places, np.int64)
    seen, touched = np.zeros((2, groups), np.int64), np.zeros((2, groups), np.int64)
    counts = (totals, inside, seen, touched)
    hop_filter, budget = view.at_least(least), _Budget(limits)
    while (unfinished := int(cursor[START]) < places) and not budget.bound:
        edges = count_paths(
            view.forward, view.reverse, hop_filter, longest, budget.next, members, state, counts
        )
        budget.spent(edges)
    bound = budget.bound if unfinished else []
    paths, maximal, cut = totals.tolist()
    through, touching = touched[INSIDE].tolist(), touched[ANYWHERE].tolist()
    return PathTotals(paths, maximal, cut, inside, through, touching, bound)


def _rows(groups: Memberships, count: int) -> tuple[Int32, Int32]:
    """Compressed rows of the groups of each place or hop."""
    members = {number: sorted(set(some)) for number, some in sorted(groups.items())}
    starts = np.zeros(count + 1, np.int32)
    for number, some in members.items():
        starts[number + 1] = len(some)
    np.cumsum(starts, out=starts)
    return starts, np.array([group for some in members.values() for group in some], np.int32)


@dataclass(frozen=True, slots=True)
class StrengthRow:
    """The paths whose weakest hop has at least some strength."""

    strength: str
    """The level; empty for any, unknown included."""
    hops: int
    paths: int
    maximal: int
    cut: int
    bound: tuple[Limit, ...]
    """The limit that ended the count; the counts are then too small."""


def paths_by_strength(view: View, limits: Limits = COUNTING) -> list[StrengthRow]:
    """How many hops and paths remain at each threshold of strength, from any to the strongest."""
    rows = []
    for least, level in enumerate(("", *LEVELS)):
        hops = int((view.ok.astype(bool) & (view.rank >= least)).sum())
        result = count_simple_paths(view, limits, least=least)
        rows.append(StrengthRow(level, hops, result.paths, result.maximal, result.cut, tuple(result.bound)))
    return rows
