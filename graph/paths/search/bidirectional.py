"""Compiled labelling before a path search: how far places are from both ends, from both ends at once.

Rows, ``ok`` and ``rank`` are those of ``kernels``. ``far`` has two rows with a number for each place, ``FAR``
between searches: hops from it to the nearest goal, and from the nearest source to it. ``queue`` has two rows
that list the places that were labelled.
"""

from typing import Any

import numpy as np
from numba import njit

from policytrace.graph.paths.search.kernels import FAR

BACK, AHEAD = 0, 1
"""Rows of the labels: hops to a goal, hops from a source."""


@njit(cache=True, nogil=True)
def both_ends(
    sources: Any,
    goals: Any,
    out_starts: Any,
    out_hops: Any,
    ends: Any,
    in_starts: Any,
    in_hops: Any,
    begins: Any,
    ok: Any,
    rank: Any,
    least: int,
    limit: int,
    shortest: bool,
    far: Any,
    queue: Any,
) -> tuple[int, int, int, int, int]:
    """Label every place that lies on a path of at most ``limit`` hops with its distance to a goal.

    The smaller frontier grows first, until both have gone ``limit`` hops together, or one cannot grow. With
    ``shortest`` they stop where they meet, and only places on shortest paths need have a label.

    Returns:
        How many places were labelled from the goals and from the sources; the hops between the nearest two
        (``FAR`` if not linked within ``limit``); 1 if all that is linked was labelled, whatever the limit;
        how many hops were looked at.
    """
    back, ahead = len(goals), len(sources)
    for i in range(back):
        far[0, goals[i]] = 0
        queue[0, i] = goals[i]
    nearest = FAR
    for i in range(ahead):
        far[1, sources[i]] = 0
        queue[1, i] = sources[i]
        if far[0, sources[i]] == 0:
            nearest = 0
    back_from = ahead_from = back_depth = ahead_depth = edges = 0
    while back_depth + ahead_depth < limit and back_from < back and ahead_from < ahead:
        if shortest and nearest < FAR:
            limit = nearest
            break
        if back - back_from <= ahead - ahead_from:
            back_depth += 1
            until, grown = back, back
            for at in range(back_from, until):
                place = queue[0, at]
                for row in range(in_starts[place], in_starts[place + 1]):
                    hop = in_hops[row]
                    other = begins[hop]
                    if far[0, other] == FAR and ok[hop] and rank[hop] >= least:
                        far[0, other] = back_depth
                        queue[0, grown] = other
                        grown += 1
                        if far[1, other] != FAR:
                            nearest = min(nearest, back_depth + far[1, other])
                edges += in_starts[place + 1] - in_starts[place]
            back_from, back = until, grown
        else:
            ahead_depth += 1
            until, grown = ahead, ahead
            for at in range(ahead_from, until):
                place = queue[1, at]
                for row in range(out_starts[place], out_starts[place + 1]):
                    hop = out_hops[row]
                    other = ends[hop]
                    if far[1, other] == FAR and ok[hop] and rank[hop] >= least:
                        far[1, other] = ahead_depth
                        queue[1, grown] = other
                        grown += 1
                        if far[0, other] != FAR:
                            nearest = min(nearest, ahead_depth + far[0, other])
                edges += out_starts[place + 1] - out_starts[place]
            ahead_from, ahead = until, grown
    if shortest and nearest < limit:
        limit = nearest
    whole = int(back_from == back or ahead_from == ahead)
    if nearest == FAR:
        return back, ahead, nearest, whole, edges
    at = back_from
    while at < back and back_depth < limit:
        back_depth += 1
        until = back
        for turn in range(at, until):
            place = queue[0, turn]
            for row in range(in_starts[place], in_starts[place + 1]):
                hop = in_hops[row]
                other = begins[hop]
                if (
                    far[0, other] == FAR
                    and far[1, other] <= limit - back_depth
                    and ok[hop]
                    and rank[hop] >= least
                ):
                    far[0, other] = back_depth
                    queue[0, back] = other
                    back += 1
            edges += in_starts[place + 1] - in_starts[place]
        at = until
    return back, ahead, nearest, whole, edges


@njit(cache=True, nogil=True)
def forget(far: Any, queue: Any, back: int, ahead: int) -> None:
    """Undo ``both_ends``."""
    for i in range(back):
        far[0, queue[0, i]] = FAR
    for i in range(ahead):
        far[1, queue[1, i]] = FAR


@njit(cache=True, nogil=True)
def most_hops(
    sources: Any, starts: Any, hops: Any, ends: Any, ok: Any, far: Any, queue: Any, back: int, ahead: int
) -> int:
    """A number of hops that no simple path from a source to a goal exceeds, places labelled without limit.

    Paths take each knot of places that all reach each other (strongly connected component) at most once:
    the bound is the heaviest chain of knots by number of places. Labels from the sources are used up.
    """
    for i in range(ahead):
        far[1, queue[1, i]] = FAR
    room = back + len(sources)
    low = np.empty(room, np.int32)
    heaviest = np.zeros(room, np.int32)
    cursor = np.empty(room, np.int32)
    path = np.empty(room, np.int32)
    open_knots = np.empty(room, np.int32)
    closed = np.zeros(room, np.uint8)
    numbered = depth = waiting = bound = 0
    for i in range(len(sources)):
        if far[0, sources[i]] == FAR or far[1, sources[i]] != FAR:
            continue
        place = sources[i]
        far[1, place] = low[numbered] = numbered
        queue[1, numbered] = place
        cursor[numbered] = starts[place]
        path[0], open_knots[waiting] = numbered, numbered
        numbered, waiting, depth = numbered + 1, waiting + 1, 1
        while depth > 0:
            me = path[depth - 1]
            place = queue[1, me]
            if cursor[me] < starts[place + 1]:
                hop = hops[cursor[me]]
                cursor[me] += 1
                other = ends[hop]
                if not ok[hop] or far[0, other] == FAR:
                    continue
                number = far[1, other]
                if number == FAR:
                    far[1, other] = low[numbered] = numbered
                    queue[1, numbered] = other
                    cursor[numbered] = starts[other]
                    path[depth], open_knots[waiting] = numbered, numbered
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
                    beyond = max(beyond, heaviest[open_knots[at]])
                    if open_knots[at] == me:
                        break
                for member in range(at, waiting):
                    heaviest[open_knots[member]] = size + beyond
                    closed[open_knots[member]] = 1
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
