"""Counts over a whole hop graph: closures, reach, betweenness, and how many paths lead through what."""

import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from policytrace.graph.hops.arrays import Int32
from policytrace.graph.paths.choices import Limit
from policytrace.graph.paths.limits import Limits
from policytrace.graph.paths.search import count_kernels as a
from policytrace.graph.paths.search import kernels as k
from policytrace.graph.paths.search.scratch import scratch
from policytrace.graph.paths.search.view import View
from policytrace.graph.vocabulary.scales import LEVELS

COUNTING = Limits(max_hops=6, max_paths=2**40, max_ms=20_000, max_edges=1_000_000_000)
"""What a count over a whole graph may use, unless told otherwise."""
_SLICE = 20_000_000
"""Hops looked at between two looks at the clock."""

Groups = Mapping[int, Iterable[int]]
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
    view: View, starts: Sequence[int], *, backward: bool = False, max_hops: int = k.FAR - 1
) -> Reachability:
    """The places that can be reached from some places, or from which these can be reached.

    Args:
        view: the hops that may be taken.
        starts: places that are not counted themselves.
        backward: against the direction of hops.
        max_hops: how far.
    """
    arrays, c = view.arrays, view.arrays.columns
    rows = (
        (arrays.in_starts, arrays.in_hops, c.start)
        if backward
        else (arrays.out_starts, arrays.out_hops, c.end)
    )
    work = scratch(arrays.place_count)
    dist, queue = work.dist, work.queue[0]
    first = sorted(set(starts))
    queue[: len(first)] = first
    count, _ = k.distances(*rows, view.ok, view.rank, 0, max_hops, dist, queue, len(first))
    found = queue[len(first) : count]
    distances = dist[found]
    counts = tuple(np.bincount(distances)[1:].tolist())
    places = tuple(found.tolist())
    k.forget(dist, queue, count)
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


def reach(view: View, places: Sequence[int], limits: Limits = COUNTING) -> Reach:
    """How many places can be reached from each of some, by distance up to ``max_hops``."""
    arrays = view.arrays
    sources = np.asarray(places, np.int32)
    counts = np.zeros((len(sources), limits.max_hops), np.int32)
    seen, queue = np.zeros(arrays.place_count, np.int32), np.empty(arrays.place_count, np.int32)
    budget, done = _Budget(limits), 0
    while done < len(sources):
        done, edges = a.reach(
            sources,
            done,
            *view.successors,
            limits.max_hops,
            budget.next,
            seen,
            queue,
            counts,
        )
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
    arrays = view.arrays
    count = arrays.place_count
    chosen = np.arange(count, dtype=np.int32) if sources is None else np.asarray(sources, np.int32)
    score, ways, share = np.zeros(count), np.empty(count), np.empty(count)
    seat, dist, queue = np.full(count, -1, np.int32), np.empty(count, np.int32), np.empty(count, np.int32)
    first, onward = np.empty(count + 1, np.int32), np.empty(arrays.hop_count, np.int32)
    budget, done = _Budget(limits), 0
    while done < len(chosen):
        done, edges = a.betweenness(
            chosen,
            done,
            *view.successors,
            budget.next,
            seat,
            dist,
            ways,
            share,
            queue,
            first,
            onward,
            score,
        )
        if budget.spent(edges) and done < len(chosen):
            return Betweenness(score, done, budget.bound)
    return Betweenness(score, done, [])


@dataclass(frozen=True, slots=True)
class Tally:
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


def tally(
    view: View,
    limits: Limits = COUNTING,
    *,
    least: int = 0,
    groups: int = 0,
    of_place: Groups | None = None,
    of_hop: Groups | None = None,
) -> Tally:
    """Count all simple paths of at most ``max_hops`` hops.

    Args:
        view: the hops that may be taken.
        limits: ``max_hops``, ``max_ms`` and ``max_edges`` are kept to.
        least: take only hops of at least this rank.
        groups: how many groups there are.
        of_place: the groups of places, for those that have any.
        of_hop: the groups of hops.
    """
    arrays, c = view.arrays, view.arrays.columns
    memberships = (*_rows(of_place or {}, arrays.place_count), *_rows(of_hop or {}, arrays.hop_count))
    on_path, seen = np.zeros(arrays.place_count, np.uint8), np.zeros((2, groups), np.int64)
    totals, inside = np.zeros(4, np.int64), np.zeros(arrays.place_count, np.int64)
    touched = np.zeros((2, groups), np.int64)
    stack, state = np.zeros((4, limits.max_hops + 1), np.int64), np.array([0, -1])
    budget = _Budget(limits)
    while (unfinished := int(state[0]) < arrays.place_count) and not budget.bound:
        edges = a.tally(
            state,
            stack,
            arrays.out_starts,
            arrays.out_hops,
            c.end,
            arrays.in_starts,
            arrays.in_hops,
            c.start,
            view.ok,
            view.rank,
            least,
            limits.max_hops,
            budget.next,
            on_path,
            *memberships,
            seen,
            totals,
            inside,
            touched,
        )
        budget.spent(edges)
    bound = budget.bound if unfinished else []
    paths, maximal, cut, _ = totals.tolist()
    return Tally(paths, maximal, cut, inside, touched[0].tolist(), touched[1].tolist(), bound)


def _rows(groups: Groups, count: int) -> tuple[Int32, Int32]:
    """Compressed rows of the groups of each place or hop."""
    members = {number: sorted(set(found)) for number, found in sorted(groups.items())}
    starts = np.zeros(count + 1, np.int32)
    for number, found in members.items():
        starts[number + 1] = len(found)
    np.cumsum(starts, out=starts)
    return starts, np.array([group for found in members.values() for group in found], np.int32)


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
        found = tally(view, limits, least=least)
        rows.append(StrengthRow(level, hops, found.paths, found.maximal, found.cut, tuple(found.bound)))
    return rows
