"""Counts over a whole hop graph: closures, reachability and betweenness."""

import time
from collections.abc import Sequence
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
from policytrace.graph.paths.search.scratch import scratch
from policytrace.graph.paths.search.view import View

COUNTING = Limits(max_hops=6, max_paths=2**40, max_ms=20_000, max_edges=1_000_000_000)
"""What a count over a whole graph may use, unless told otherwise."""
_SLICE = 20_000_000
"""Hops looked at between two looks at the clock."""


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
