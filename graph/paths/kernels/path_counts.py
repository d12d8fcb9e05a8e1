"""Counts of the simple paths of a whole graph, by exhaustive depth-first search from every place.

Exact and exponential in the length of paths: no shortcut is known (counting simple paths is #P-complete,
Valiant 1979), so the caller bounds their length and the hops looked at.
"""

import numpy as np
from numba import njit
from numpy.typing import NDArray

from policytrace.graph.hops.arrays import Int32, UInt8
from policytrace.graph.paths.kernels.arguments import Adjacency, HopFilter

START, DEPTH = 0, 1
"""Entries of the cursor of a state."""

PLACE, NEXT, HOP, BELOW = range(4)
"""Rows of the stack of a state."""

ALL, MAXIMAL, CUT = range(3)
"""Entries of the totals."""

INSIDE, ANYWHERE = 0, 1
"""Rows of ``seen`` and ``touched``."""

Int64 = NDArray[np.int64]


Groups = tuple[Int32, Int32, Int32, Int32]
"""The groups, such as organisations, that places and hops belong to, in compressed sparse rows.

place_starts: shape (places + 1,); where the groups of a place begin in ``place_groups``.
place_groups: shape (memberships of places,); numbers of groups.
hop_starts: shape (hops + 1,); where the groups of a hop begin in ``hop_groups``.
hop_groups: shape (memberships of hops,); numbers of groups.
"""

CountState = tuple[Int64, Int64, UInt8]
"""What a call of ``count_paths`` leaves for the next.

cursor: shape (2,); the place that the paths at hand begin at, 0 at first, and the depth, -1 at first.
stack: shape (4, longest + 1), a column for each step of the current path; the place, the next position among
    its hops, the hop taken, and the longer paths counted below.
on_path: shape (places,); 1 for a place on the current path, 0 between calls that finished.
"""

PathCounts = tuple[Int64, Int64, Int64, Int64]
"""What is counted; all 0 at first and added to.

totals: shape (3,); all paths, those that cannot go on at either end, those of ``longest`` hops that could.
inside: shape (places,); paths on which a place lies, but not at an end.
seen: shape (2, groups); the number of the last path that touched a group, inside or anywhere.
touched: shape (2, groups); paths that lead through one of a group's places (row ``INSIDE``), and paths that
    touch one of its places or hops (row ``ANYWHERE``).
"""


@njit(cache=True, nogil=True)
def _goes_on(place: int, adjacency: Adjacency, hop_filter: HopFilter, on_path: UInt8) -> bool:
    starts, hops, ends = adjacency
    ok, rank, least = hop_filter
    for row in range(starts[place], starts[place + 1]):
        hop = hops[row]
        if ok[hop] and rank[hop] >= least and not on_path[ends[hop]]:
            return True
    return False


@njit(cache=True, nogil=True)
def count_paths(
    forward: Adjacency,
    reverse: Adjacency,
    hop_filter: HopFilter,
    longest: int,
    budget: int,
    groups: Groups,
    state: CountState,
    counts: PathCounts,
) -> int:
    """Count the simple paths of at most ``longest`` hops.

    Args:
        forward: the hops that lead on from a place.
        reverse: the hops that lead to a place, each with the place it leads from.
        hop_filter: the hops that may be taken.
        longest: the most hops of a path.
        budget: hops to be looked at before the caller looks at the clock.
        groups: the groups of places and hops.
        state: what the last call left; written to.
        counts: written to.

    Returns:
        How many hops were looked at.
    """
    out_starts, out_hops, ends = forward
    ok, rank, least = hop_filter
    place_starts, place_groups, hop_starts, hop_groups = groups
    cursor, stack, on_path = state
    totals, inside, seen, touched = counts
    edges, place, depth = 0, cursor[START], cursor[DEPTH]
    while place < len(on_path):
        if depth < 0:
            depth = 0
            stack[PLACE, 0], stack[NEXT, 0], stack[BELOW, 0] = place, out_starts[place], 0
            on_path[place] = 1
        while depth >= 0 and edges < budget:
            me = stack[PLACE, depth]
            if stack[NEXT, depth] == out_starts[me + 1]:
                on_path[me] = 0
                if depth > 0:
                    inside[me] += stack[BELOW, depth]
                    stack[BELOW, depth - 1] += stack[BELOW, depth] + 1
                depth -= 1
                continue
            hop = out_hops[stack[NEXT, depth]]
            stack[NEXT, depth] += 1
            edges += 1
            other = ends[hop]
            if not ok[hop] or rank[hop] < least or on_path[other]:
                continue
            length = depth + 1
            totals[ALL] += 1
            on_path[other] = 1
            on = _goes_on(other, forward, hop_filter, on_path)
            before = _goes_on(place, reverse, hop_filter, on_path)
            on_path[other] = 0
            if not on and not before:
                totals[MAXIMAL] += 1
            elif length == longest:
                totals[CUT] += 1
            stack[HOP, depth] = hop
            path = totals[ALL]
            for step in range(length + 1):
                one = other if step == length else stack[PLACE, step]
                for row in range(place_starts[one], place_starts[one + 1]):
                    group = place_groups[row]
                    if seen[ANYWHERE, group] != path:
                        seen[ANYWHERE, group] = path
                        touched[ANYWHERE, group] += 1
                    if 0 < step < length and seen[INSIDE, group] != path:
                        seen[INSIDE, group] = path
                        touched[INSIDE, group] += 1
                if step < length:
                    taken = stack[HOP, step]
                    for row in range(hop_starts[taken], hop_starts[taken + 1]):
                        group = hop_groups[row]
                        if seen[ANYWHERE, group] != path:
                            seen[ANYWHERE, group] = path
                            touched[ANYWHERE, group] += 1
            if length < longest:
                depth += 1
                stack[PLACE, depth], stack[NEXT, depth] = other, out_starts[other]
                stack[BELOW, depth] = 0
                on_path[other] = 1
            else:
                stack[BELOW, depth] += 1
        if depth >= 0:
            break
        place += 1
    cursor[START], cursor[DEPTH] = place, depth
    return edges
