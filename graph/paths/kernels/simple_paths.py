"""Enumeration of simple paths by depth-first search with backtracking, pruned by distances to the goals.

No published algorithm in particular: a place is entered only if a goal is near enough from it, as labelled by
``bidirectional``, so that no branch ends without a path unless dates, ranks or places already on the path
forbid it.

Going in reverse, the caller hands over the hops that enter a place as those that lead on. The loop counts the
hops it looks at, stops when a count is reached, and goes on when it is called again.
"""

import numpy as np
from numba import njit
from numpy.typing import NDArray

from policytrace.graph.hops.arrays import Int32, UInt8
from policytrace.graph.paths.kernels.arguments import Adjacency, HopDates, HopFilter

IS_START, IS_TARGET, ON_PATH = 1, 2, 4
"""Bits of the marks of a place."""

ANY_TIME, POSSIBLE, CERTAIN = 0, 1, 2
"""What is required of the order of dates along a path."""

OPEN_END, ONCE, THROUGH = 0, 1, 2
"""Where a path ends: where it cannot go on; at the first target; at any target, going through others."""

DONE, PAUSED, FULL = 0, 1, 2
"""How a call ended: nothing left, count of hops reached, room for results used up."""

DEPTH, FOUND, EDGES = 0, 1, 2
"""Entries of the counters of a state: steps of the current path, paths found, hops looked at."""

POS, STOP, PLACE, HOP, TIME, RANK = range(6)
"""Rows of the stack of a state."""

STRENGTH, LENGTH, DATE, CUT = range(4)
"""Columns of the facts of a path: rank of the weakest hop, hops, latest date, 1 if it was cut."""

Int64 = NDArray[np.int64]
_NEVER, _ALWAYS = -(2**31), 2**31 - 1


PathRules = tuple[int, int, bool, bool, bool, int, int, int, int, bool]
"""Which paths are wanted, as ``path_rules`` makes them."""

PathState = tuple[Int64, Int64, UInt8]
"""What a call of ``enumerate_paths`` leaves for the next.

counters: shape (3,); entries ``DEPTH``, ``FOUND`` and ``EDGES``; 0 at first.
stack: shape (6, longest + 1), a column for each step of the current path; next position among the hops of the
    place and where they stop, the place, the hop taken from it, the date reached, the rank of the weakest hop
    so far. At first 0, but ``stack[STOP, 0]`` the number of first hops.
marks: shape (places,); bits ``IS_START`` and ``IS_TARGET``, set by the caller, and ``ON_PATH``.
"""

PathRoom = tuple[Int32, Int32]
"""Room for the paths found.

hops: shape (room, longest); the hops of each path in the order of travel. Where a path has more hops than
    there are columns they are not written.
facts: shape (room, 4); columns ``STRENGTH``, ``LENGTH``, ``DATE`` and ``CUT`` of each path.
"""


def path_rules(
    ending: int,
    longest: int,
    *,
    time: int = ANY_TIME,
    reverse: bool = False,
    several: bool = False,
    prefixes: bool = False,
    shallow: int = 0,
    exact: int = 0,
    weakest: int = -1,
    cut_only: bool = False,
) -> PathRules:
    """Which paths are wanted.

    Args:
        ending: ``OPEN_END``, ``ONCE`` or ``THROUGH``.
        longest: the most hops of a path; a longer one is cut there.
        time: ``ANY_TIME``, ``POSSIBLE`` or ``CERTAIN``.
        reverse: paths are followed against the direction of hops, so dates must not rise along them.
        several: there are several starts, so with an open end a path that is the rest of another is left out.
        prefixes: with an open end, every path and not only those that cannot go on.
        shallow: only paths of at least so many hops.
        exact: only paths of exactly so many hops, unless 0.
        weakest: only paths whose weakest hop has this rank, unless negative.
        cut_only: only paths that were cut and would go on.
    """
    return ending, time, reverse, several, prefixes, longest, shallow, exact, weakest, cut_only


@njit(cache=True, nogil=True, inline="always")
def _in_time(time: int, now: int, earliest: int, latest: int, reverse: bool) -> bool:
    if time == POSSIBLE:
        return earliest <= now if reverse else latest >= now
    if time == CERTAIN:
        return latest <= now if reverse else earliest >= now
    return True


@njit(cache=True, nogil=True, inline="always")
def _later(time: int, now: int, earliest: int, latest: int, reverse: bool) -> int:
    if time == POSSIBLE:
        return min(now, latest) if reverse else max(now, earliest)
    if time == CERTAIN:
        return earliest if reverse else latest
    return now


@njit(cache=True, nogil=True)
def _goes_on(
    place: int,
    now: int,
    onward: Adjacency,
    ok: UInt8,
    dates: HopDates,
    marks: UInt8,
    time: int,
    reverse: bool,
) -> bool:
    """Whether any hop leads on from the end of a path to a place that is not on it."""
    starts, hops, ends = onward
    earliest, latest, _ = dates
    for at in range(starts[place], starts[place + 1]):
        hop = hops[at]
        free = ok[hop] and not marks[ends[hop]] & ON_PATH and ends[hop] != place
        if free and _in_time(time, now, earliest[hop], latest[hop], reverse):
            return True
    return False


@njit(cache=True, nogil=True)
def _begins_earlier(
    state: PathState,
    depth: int,
    last: int,
    entering: Adjacency,
    ok: UInt8,
    dates: HopDates,
    time: int,
    reverse: bool,
) -> bool:
    """Whether the path is the rest of a longer one that begins at another start."""
    in_starts, in_hops, begins = entering
    _, stack, marks = state
    earliest, latest, _ = dates
    first = stack[PLACE, 0]
    for at in range(in_starts[first], in_starts[first + 1]):
        hop = in_hops[at]
        before = begins[hop]
        if not ok[hop] or marks[before] & (IS_START | ON_PATH) != IS_START or before == last:
            continue
        now = _later(time, _ALWAYS if reverse else _NEVER, earliest[hop], latest[hop], reverse)
        fits = True
        for step in range(depth + 1):
            taken = stack[HOP, step]
            if not _in_time(time, now, earliest[taken], latest[taken], reverse):
                fits = False
                break
            now = _later(time, now, earliest[taken], latest[taken], reverse)
        if fits:
            return True
    return False


@njit(cache=True, nogil=True)
def enumerate_paths(
    first: Int32,
    onward: Adjacency,
    entering: Adjacency,
    hop_filter: HopFilter,
    dates: HopDates,
    distance: Int32,
    rules: PathRules,
    budget: int,
    state: PathState,
    room: PathRoom,
) -> int:
    """Enumerate simple paths, depth first, in the order of the hops of a place.

    Args:
        first: shape (first hops,), int32: the hops a path may begin with.
        onward: the hops that lead on from a place.
        entering: the hops that lead to a place, each with the place it leads from.
        hop_filter: the hops that may be taken.
        dates: when hops happened.
        distance: shape (places,), int32: hops from a place to the nearest target; read only when there are
            targets.
        rules: which paths are wanted.
        budget: pause when ``counters[EDGES]`` has grown to this.
        state: what the last call left; written to.
        room: the paths found; written to from ``counters[FOUND]`` on.

    Returns:
        ``DONE``, ``PAUSED`` or ``FULL``.
    """
    starts, hops, ends = onward
    _, _, begins = entering
    ok, rank, least = hop_filter
    earliest, latest, when = dates
    ending, time, reverse, several, prefixes, longest, shallow, exact, weakest, cut_only = rules
    counters, stack, marks = state
    found_hops, found_facts = room
    depth, result, edges = counters[DEPTH], counters[FOUND], counters[EDGES]
    deepest = exact if exact > 0 else longest
    status = DONE
    while depth >= 0:
        if result == len(found_facts):
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
            now, low = _ALWAYS if reverse else _NEVER, 255
        else:
            hop = hops[at]
            now, low = stack[TIME, depth - 1], stack[RANK, depth - 1]
        place = ends[hop]
        if not ok[hop] or rank[hop] < least or marks[place] & ON_PATH:
            continue
        if time != ANY_TIME:
            if not _in_time(time, now, earliest[hop], latest[hop], reverse):
                continue
            now = _later(time, now, earliest[hop], latest[hop], reverse)
        low, length = min(low, rank[hop]), depth + 1
        stack[HOP, depth], stack[TIME, depth], stack[RANK, depth] = hop, now, low
        on, cut, give = True, False, False
        if ending == OPEN_END:
            on = _goes_on(place, now, onward, ok, dates, marks, time, reverse)
            cut = on and length == longest
            give = prefixes or cut or not on
        else:
            give = marks[place] & IS_TARGET != 0
            if ending == ONCE and marks[place] & (IS_START | IS_TARGET):
                on = False
        give = give and length >= shallow and (exact == 0 or length == exact)
        give = give and (weakest < 0 or low == weakest) and (cut or not cut_only)
        if give and several and ending == OPEN_END and length < longest:
            give = not _begins_earlier(state, depth, place, entering, ok, dates, time, reverse)
        if give:
            date = _NEVER
            for step in range(length):
                date = max(date, when[stack[HOP, step]])
            if found_hops.shape[1] >= length:
                for step in range(length):
                    found_hops[result, step] = stack[HOP, step]
            found_facts[result, STRENGTH], found_facts[result, LENGTH] = low, length
            found_facts[result, DATE], found_facts[result, CUT] = date, cut
            result += 1
        if on and length < deepest and (ending == OPEN_END or length + distance[place] <= deepest):
            depth += 1
            stack[PLACE, depth] = place
            marks[place] |= ON_PATH
            stack[POS, depth], stack[STOP, depth] = starts[place], starts[place + 1]
    counters[DEPTH], counters[FOUND], counters[EDGES] = depth, result, edges
    return status


@njit(cache=True, nogil=True)
def first_hops(sources: Int32, onward: Adjacency, hop_filter: HopFilter) -> Int32:
    """The hops that may be taken from some places: shape (first hops,), int32, ascending.

    Args:
        sources: shape (sources,), int32: the places.
        onward: the hops that lead on from a place.
        hop_filter: the hops that may be taken.
    """
    starts, hops, _ = onward
    ok, rank, least = hop_filter
    count = 0
    for i in range(len(sources)):
        count += starts[sources[i] + 1] - starts[sources[i]]
    result = np.empty(count, np.int32)
    count = 0
    for i in range(len(sources)):
        for at in range(starts[sources[i]], starts[sources[i] + 1]):
            if ok[hops[at]] and rank[hops[at]] >= least:
                result[count] = hops[at]
                count += 1
    result = result[:count]
    return np.sort(result) if len(sources) > 1 else result
