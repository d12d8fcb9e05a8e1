"""Compiled loops of path search over compressed rows. All arrays are those of ``hop_arrays.HopArrays``.

Places and hops are numbers. ``ok`` tells which hops may be taken; ``rank`` is the strength of a hop, 0 if
unknown. Going backward, the caller hands over the rows of entering hops and exchanges beginnings and ends.
Every loop counts the hops it looks at, stops when a count is reached, and goes on when it is called again.
"""

from typing import Any

import numpy as np
from numba import njit
from numpy.typing import NDArray

FAR = 2**30
"""Distance of a place from which no target is reached."""

IS_START, IS_TARGET, ON_PATH = 1, 2, 4
"""Bits of the marks of a place."""

ANY_TIME, POSSIBLE, CERTAIN = 0, 1, 2
"""What is asked of the order of dates along a path."""

OPEN_END, ONCE, THROUGH = 0, 1, 2
"""Where a path ends: where it cannot go on; at the first target; at any target, going through others."""

DONE, PAUSED, FULL = 0, 1, 2
"""How a call ended: nothing left, count of hops reached, room for answers used up."""

DEPTH, FOUND, EDGES = 0, 1, 2
"""Entries of the state that a call leaves for the next."""

POS, STOP, PLACE, HOP, TIME, RANK = range(6)
"""Rows of the stack, whose columns are the steps of the current path."""

_NEVER, _ALWAYS = -(2**31), 2**31 - 1


@njit(cache=True, nogil=True)
def distances(
    starts: Any,
    hops: Any,
    ends: Any,
    ok: Any,
    rank: Any,
    least: int,
    limit: int,
    dist: Any,
    queue: Any,
    count: int,
) -> tuple[int, int]:
    """Label places with their number of hops to the nearest of ``queue[:count]``, over entering hops.

    Labels only what is at most ``limit`` hops away; ``dist`` is ``FAR`` elsewhere.

    Returns:
        How many places were labelled (they stand in ``queue``), and how many hops were looked at.
    """
    edges = 0
    for i in range(count):
        dist[queue[i]] = 0
    head = 0
    while head < count:
        place = queue[head]
        head += 1
        further = dist[place] + 1
        if further > limit:
            break
        for at in range(starts[place], starts[place + 1]):
            hop = hops[at]
            edges += 1
            if ok[hop] and rank[hop] >= least:
                other = ends[hop]
                if dist[other] == FAR:
                    dist[other] = further
                    queue[count] = other
                    count += 1
    return count, edges


@njit(cache=True, nogil=True)
def forget(dist: Any, queue: Any, count: int) -> None:
    """Undo ``distances``."""
    for i in range(count):
        dist[queue[i]] = FAR


@njit(cache=True, nogil=True, inline="always")
def _in_time(time: int, now: int, earliest: int, latest: int, backward: bool) -> bool:
    if time == POSSIBLE:
        return earliest <= now if backward else latest >= now
    if time == CERTAIN:
        return latest <= now if backward else earliest >= now
    return True


@njit(cache=True, nogil=True, inline="always")
def _later(time: int, now: int, earliest: int, latest: int, backward: bool) -> int:
    if time == POSSIBLE:
        return min(now, latest) if backward else max(now, earliest)
    if time == CERTAIN:
        return earliest if backward else latest
    return now


@njit(cache=True, nogil=True)
def _goes_on(
    place: int,
    now: int,
    starts: Any,
    hops: Any,
    ends: Any,
    ok: Any,
    earliest: Any,
    latest: Any,
    marks: Any,
    time: int,
    backward: bool,
) -> bool:
    """Whether any hop leads on from the end of a path to a place that is not on it."""
    for at in range(starts[place], starts[place + 1]):
        hop = hops[at]
        free = ok[hop] and not marks[ends[hop]] & ON_PATH and ends[hop] != place
        if free and _in_time(time, now, earliest[hop], latest[hop], backward):
            return True
    return False


@njit(cache=True, nogil=True)
def _begins_earlier(
    stack: Any,
    depth: int,
    last: int,
    in_starts: Any,
    in_hops: Any,
    begins: Any,
    ok: Any,
    earliest: Any,
    latest: Any,
    marks: Any,
    time: int,
    backward: bool,
) -> bool:
    """Whether the path is the rest of a longer one that begins at another start."""
    first = stack[PLACE, 0]
    for at in range(in_starts[first], in_starts[first + 1]):
        hop = in_hops[at]
        before = begins[hop]
        if not ok[hop] or marks[before] & (IS_START | ON_PATH) != IS_START or before == last:
            continue
        now = _later(time, _ALWAYS if backward else _NEVER, earliest[hop], latest[hop], backward)
        fits = True
        for step in range(depth + 1):
            taken = stack[HOP, step]
            if not _in_time(time, now, earliest[taken], latest[taken], backward):
                fits = False
                break
            now = _later(time, now, earliest[taken], latest[taken], backward)
        if fits:
            return True
    return False


@njit(cache=True, nogil=True)
def paths(
    first: Any,
    starts: Any,
    hops: Any,
    begins: Any,
    ends: Any,
    in_starts: Any,
    in_hops: Any,
    ok: Any,
    rank: Any,
    earliest: Any,
    latest: Any,
    when: Any,
    dist: Any,
    marks: Any,
    state: Any,
    stack: Any,
    ending: int,
    prefixes: bool,
    several: bool,
    longest: int,
    shallow: int,
    exact: int,
    least: int,
    weakest: int,
    cut_only: bool,
    time: int,
    backward: bool,
    budget: int,
    found_hops: Any,
    found_facts: Any,
) -> int:
    """Enumerate simple paths, depth first, in the order of the hops of a place.

    Args:
        first: the hops a path may begin with.
        starts, hops, begins, ends: rows of hops that leave a place; where a hop begins and ends.
        in_starts, in_hops: rows of hops that enter a place.
        when: the date of a hop, by which paths are ordered.
        dist: hops from a place to the nearest target; read only when there are targets.
        state, stack: what the last call left; at first zero, but ``stack[STOP, 0]`` the length of ``first``.
        ending: ``OPEN_END``, ``ONCE`` or ``THROUGH``.
        prefixes: with an open end, give every path and not only those that cannot go on.
        several: there are several starts, so a path that is the rest of another is left out.
        longest: the most hops of a path; a longer one is cut there.
        shallow: give only paths of at least so many hops.
        exact: give only paths of exactly so many hops, unless 0.
        least: take only hops of at least this rank.
        weakest: give only paths whose weakest hop has this rank, unless negative.
        cut_only: give only paths that were cut and would go on.
        budget: stop when ``state[EDGES]`` has grown to this.
        found_hops, found_facts: answers: hops of shape (room, longest), and rank, length, date, cut of each.

    Returns:
        ``DONE``, ``PAUSED`` or ``FULL``.
    """
    depth, found, edges = state[DEPTH], state[FOUND], state[EDGES]
    deepest = exact if exact > 0 else longest
    status = DONE
    while depth >= 0:
        if found == len(found_facts):
            status = FULL
            break
        if stack[POS, depth] >= stack[STOP, depth]:
            if depth > 0:
                marks[stack[PLACE, depth]] &= ~ON_PATH
            elif stack[POS, 0] > 0:
                marks[stack[PLACE, 0]] &= ~ON_PATH
            depth -= 1
            continue
        if edges >= budget:
            status = PAUSED
            break
        at = stack[POS, depth]
        stack[POS, depth] += 1
        edges += 1
        if depth == 0:
            hop = first[at]
            if at > 0:
                marks[stack[PLACE, 0]] &= ~ON_PATH
            stack[PLACE, 0] = begins[hop]
            marks[begins[hop]] |= ON_PATH
            now, low = _ALWAYS if backward else _NEVER, 255
        else:
            hop = hops[at]
            now, low = stack[TIME, depth - 1], stack[RANK, depth - 1]
        place = ends[hop]
        if not ok[hop] or rank[hop] < least or marks[place] & ON_PATH:
            continue
        if time != ANY_TIME:
            if not _in_time(time, now, earliest[hop], latest[hop], backward):
                continue
            now = _later(time, now, earliest[hop], latest[hop], backward)
        low, length = min(low, rank[hop]), depth + 1
        stack[HOP, depth], stack[TIME, depth], stack[RANK, depth] = hop, now, low
        on, cut, give = True, False, False
        if ending == OPEN_END:
            on = _goes_on(place, now, starts, hops, ends, ok, earliest, latest, marks, time, backward)
            cut = on and length == longest
            give = prefixes or cut or not on
        else:
            give = marks[place] & IS_TARGET != 0
            if ending == ONCE and marks[place] & (IS_START | IS_TARGET):
                on = False
        give = give and length >= shallow and (exact == 0 or length == exact)
        give = give and (weakest < 0 or low == weakest) and (cut or not cut_only)
        if give and several and ending == OPEN_END and length < longest:
            give = not _begins_earlier(
                stack, depth, place, in_starts, in_hops, begins, ok, earliest, latest, marks, time, backward
            )
        if give:
            date = _NEVER
            for step in range(length):
                date = max(date, when[stack[HOP, step]])
            if found_hops.shape[1] >= length:
                for step in range(length):
                    found_hops[found, step] = stack[HOP, step]
            found_facts[found, 0], found_facts[found, 1] = low, length
            found_facts[found, 2], found_facts[found, 3] = date, cut
            found += 1
        if on and length < deepest and (ending == OPEN_END or length + dist[place] <= deepest):
            depth += 1
            stack[PLACE, depth] = place
            marks[place] |= ON_PATH
            stack[POS, depth], stack[STOP, depth] = starts[place], starts[place + 1]
    state[DEPTH], state[FOUND], state[EDGES] = depth, found, edges
    return status


@njit(cache=True, nogil=True)
def first_hops(sources: Any, starts: Any, hops: Any, ok: Any, rank: Any, least: int) -> NDArray[np.int32]:
    """The hops that may be taken from some places, ascending."""
    count = 0
    for i in range(len(sources)):
        count += starts[sources[i] + 1] - starts[sources[i]]
    found = np.empty(count, np.int32)
    count = 0
    for i in range(len(sources)):
        for at in range(starts[sources[i]], starts[sources[i] + 1]):
            if ok[hops[at]] and rank[hops[at]] >= least:
                found[count] = hops[at]
                count += 1
    found = found[:count]
    return np.sort(found) if len(sources) > 1 else found
