"""Breadth-first search (Moore 1959; Lee 1961), from several places at once and from each of many places."""

from numba import njit

from policytrace.graph.hops.arrays import Int32
from policytrace.graph.paths.kernels.arguments import FAR, Adjacency, HopFilter, Successors


@njit(cache=True, nogil=True)
def label_distances(
    adjacency: Adjacency, hop_filter: HopFilter, limit: int, distance: Int32, queue: Int32, count: int
) -> tuple[int, int]:
    """Label places with their number of hops from the nearest of ``queue[:count]``.

    Args:
        adjacency: the hops of each place in the direction of travel.
        hop_filter: the hops that may be taken.
        limit: the most hops; places further away get no label.
        distance: shape (places,), int32: ``FAR`` everywhere at first; written to.
        queue: shape (places,), int32: the sources first; the places labelled are added, nearest first.
        count: number of sources.

    Returns:
        How many places were labelled, and how many hops were looked at.
    """
    starts, hops, ends = adjacency
    ok, rank, least = hop_filter
    edges = 0
    for i in range(count):
        distance[queue[i]] = 0
    head = 0
    while head < count:
        place = queue[head]
        head += 1
        further = distance[place] + 1
        if further > limit:
            break
        for at in range(starts[place], starts[place + 1]):
            hop = hops[at]
            edges += 1
            if ok[hop] and rank[hop] >= least:
                other = ends[hop]
                if distance[other] == FAR:
                    distance[other] = further
                    queue[count] = other
                    count += 1
    return count, edges


@njit(cache=True, nogil=True)
def clear_distances(distance: Int32, queue: Int32, count: int) -> None:
    """Set the labels of ``queue[:count]`` back to ``FAR``; the arrays are those of ``label_distances``."""
    for i in range(count):
        distance[queue[i]] = FAR


ReachArrays = tuple[Int32, Int32, Int32]
"""What ``count_reach`` works on and what it counts.

seen: shape (places,); the number, plus one, of the last source that reached a place; 0 at first.
queue: shape (places,); the places that the source at hand reaches.
counts: shape (sources, distances); places at 1, 2, 3… hops of each source, those further than there are
    columns in the last one; 0 at first.
"""


@njit(cache=True, nogil=True)
def count_reach(
    sources: Int32, begin: int, successors: Successors, limit: int, budget: int, arrays: ReachArrays
) -> tuple[int, int]:
    """Count, for each source from ``begin`` on, the places at 1, 2, … ``limit`` hops from it.

    Args:
        sources: shape (sources,), int32: the places to start from.
        begin: where in ``sources`` to go on.
        successors: the places after each place.
        limit: the most hops.
        budget: hops to be looked at before the caller looks at the clock; a source is always finished.
        arrays: work space, and the counts.

    Returns:
        The source to go on with, and how many hops were looked at.
    """
    starts, ends = successors
    seen, queue, counts = arrays
    edges, columns = 0, counts.shape[1]
    number = begin
    while number < len(sources) and edges < budget:
        mark = number + 1
        seen[sources[number]] = mark
        queue[0] = sources[number]
        count, at, distance = 1, 0, 0
        while at < count and distance < limit:
            until = count
            while at < until:
                place = queue[at]
                at += 1
                for row in range(starts[place], starts[place + 1]):
                    other = ends[row]
                    if seen[other] != mark:
                        seen[other] = mark
                        queue[count] = other
                        count += 1
                edges += starts[place + 1] - starts[place]
            if count > until:
                counts[number, min(distance, columns - 1)] += count - until
            distance += 1
        number += 1
    return number, edges
