"""How long simple paths can be at most, by the strong components of a graph.

Tarjan, R. (1972): Depth-first search and linear graph algorithms. SIAM Journal on Computing 1(2), 146-160,
without recursion. Components come out in reverse topological order, so the heaviest chain of them is found on
the way.
"""

import numpy as np
from numba import njit

from policytrace.graph.hops.arrays import Int32
from policytrace.graph.paths.kernels.arguments import FAR, Adjacency, HopFilter
from policytrace.graph.paths.kernels.bidirectional import PlaceLabels


@njit(cache=True, nogil=True)
def most_hops(
    sources: Int32, forward: Adjacency, hop_filter: HopFilter, labels: PlaceLabels, back: int, ahead: int
) -> int:
    """A number of hops that no simple path from a source to a goal exceeds.

    A simple path enters a component of places that all reach each other at most once: the bound is the
    heaviest chain of components by number of places.

    Args:
        sources: shape (sources,), int32: the places that paths begin with.
        forward: the hops that lead on from a place.
        hop_filter: the hops that may be taken.
        labels: distances of all places from both ends, without limit. Those from the sources are used up:
            the row holds the order in which places are met while this runs, and is ``FAR`` afterwards.
        back: how many places were labelled from the goals.
        ahead: how many places were labelled from the sources.
    """
    starts, hops, ends = forward
    ok, rank, least = hop_filter
    far, queue = labels
    for i in range(ahead):
        far[1, queue[1, i]] = FAR
    room = back + len(sources)
    low = np.empty(room, np.int32)
    heaviest = np.zeros(room, np.int32)
    cursor = np.empty(room, np.int32)
    path = np.empty(room, np.int32)
    unassigned = np.empty(room, np.int32)
    closed = np.zeros(room, np.uint8)
    numbered = depth = waiting = bound = 0
    for i in range(len(sources)):
        if far[0, sources[i]] == FAR or far[1, sources[i]] != FAR:
            continue
        place = sources[i]
        far[1, place] = low[numbered] = numbered
        queue[1, numbered] = place
        cursor[numbered] = starts[place]
        path[0], unassigned[waiting] = numbered, numbered
        numbered, waiting, depth = numbered + 1, waiting + 1, 1
        while depth > 0:
            me = path[depth - 1]
            place = queue[1, me]
            if cursor[me] < starts[place + 1]:
                hop = hops[cursor[me]]
                cursor[me] += 1
                other = ends[hop]
                if not ok[hop] or rank[hop] < least or far[0, other] == FAR:
                    continue
                number = far[1, other]
                if number == FAR:
                    far[1, other] = low[numbered] = numbered
                    queue[1, numbered] = other
                    cursor[numbered] = starts[other]
                    path[depth], unassigned[waiting] = numbered, numbered
                    numbered, waiting, depth = numbered + 1, waiting + 1, depth + 1
                elif closed[number]:
                    heaviest[me] = max(heaviest[me], heaviest[number])
                else:
                    low[me] = min(low[me], number)
                continue
            depth -= 1
            if low[me] == me:
                size, beyond, at = 0, 0, waiting
                while True:
                    at -= 1
                    size += 1
                    beyond = max(beyond, heaviest[unassigned[at]])
                    if unassigned[at] == me:
                        break
                for member in range(at, waiting):
                    heaviest[unassigned[member]] = size + beyond
                    closed[unassigned[member]] = 1
                waiting = at
                if depth > 0:
                    above = path[depth - 1]
                    heaviest[above] = max(heaviest[above], size + beyond)
            else:
                above = path[depth - 1]
                low[above] = min(low[above], low[me])
        bound = max(bound, heaviest[far[1, sources[i]]])
    for i in range(numbered):
        far[1, queue[1, i]] = FAR
    return bound - 1
