"""Compiled loop over pairs of places: what ``search`` does for one question, without its cost each time."""

from typing import Any

import numpy as np
from numba import njit

from policytrace.graph.paths.search.bidirectional import both_ends, forget
from policytrace.graph.paths.search.kernels import (
    DEPTH,
    EDGES,
    FOUND,
    FULL,
    IS_START,
    IS_TARGET,
    ONCE,
    PLACE,
    POS,
    STOP,
    paths,
)

_LATEST = 2**31 - 1


@njit(cache=True, nogil=True)
def _order(facts: Any, count: int) -> Any:
    """Rows of ``facts`` in the total order; rows come in the order of their hops, which settles ties."""
    if count < 2:
        return np.arange(count)
    keys = np.empty(count, np.int64)
    for row in range(count):
        rank, length, date = facts[row, 0], facts[row, 1], np.int64(facts[row, 2])
        keys[row] = ((255 - rank) << 40) + (length << 33) + (_LATEST - date)
    return np.argsort(keys, kind="mergesort")


@njit(cache=True, nogil=True)
def paths_of_pairs(
    pairs: Any,
    done: int,
    out_starts: Any,
    out_hops: Any,
    ends: Any,
    in_starts: Any,
    in_hops: Any,
    begins: Any,
    ok: Any,
    rank: Any,
    earliest: Any,
    latest: Any,
    when: Any,
    far: Any,
    dist: Any,
    marks: Any,
    queue: Any,
    shortest: bool,
    longest: int,
    found_hops: Any,
    found_facts: Any,
    steps: Any,
    bounds: Any,
    until: Any,
) -> int:
    """The simple paths of pairs in the total order, from pair ``done`` on, until there is no more room.

    Args:
        pairs: beginnings and ends, shape (pairs, 2).
        shortest: only those with the fewest hops.
        found_hops, found_facts: room for the paths of one pair as ``paths`` gives them.
        steps, bounds: the paths found: path ``i`` has the hops ``steps[bounds[i]:bounds[i + 1]]``.
        until: for each pair done, how many paths there are up to it; read for the pair before ``done``.

    Other arguments are those of ``both_ends`` and ``paths``.

    Returns:
        How many pairs are done.
    """
    source, goal = np.empty(1, np.int32), np.empty(1, np.int32)
    state, stack = np.zeros(3, np.int64), np.zeros((6, longest + 1), np.int64)
    at = until[done - 1] if done > 0 else 0
    for number in range(done, len(pairs)):
        start, end = pairs[number, 0], pairs[number, 1]
        source[0], goal[0] = start, end
        back, ahead, nearest, _, _ = both_ends(
            source, goal, out_starts, out_hops, ends, in_starts, in_hops, begins, ok, rank, 0, longest,
            shortest, far, queue,
        )  # fmt: skip
        full, found = False, 0
        if 0 < nearest <= longest:
            first = out_hops[out_starts[start] : out_starts[start + 1]]
            state[DEPTH] = state[FOUND] = state[EDGES] = 0
            stack[POS, 0], stack[STOP, 0] = 0, len(first)
            marks[start], marks[end] = IS_START, IS_TARGET
            exact = nearest if shortest else 0
            status = paths(
                first, out_starts, out_hops, begins, ends, in_starts, in_hops, ok, rank, earliest, latest,
                when, dist, marks, state, stack, ONCE, False, False, longest, 0, exact, 0, -1, False, 0,
                False, 2**62, found_hops, found_facts,
            )  # fmt: skip
            found = state[FOUND]
            full = status == FULL or at + found + 1 >= len(bounds)
            for step in range(state[DEPTH] + 1):
                marks[stack[PLACE, step]] = 0
            marks[start] = marks[end] = 0
        forget(far, queue, back, ahead)
        if full:
            return number
        for row in _order(found_facts, found):
            first_step, length = bounds[at], found_facts[row, 1]
            for step in range(length):
                steps[first_step + step] = found_hops[row, step]
            at += 1
            bounds[at] = first_step + length
        until[number] = at
    return len(pairs)
