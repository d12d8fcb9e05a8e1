"""Paths between many pairs of places at once: a search for each, without its cost each time.

For the benchmark of paths, whose batches are thousands of small questions, and as a second way to the same
answers in tests.
"""

from collections.abc import Sequence
from itertools import pairwise

import numpy as np
from numba import njit
from numpy.typing import NDArray

from policytrace.graph.hops.arrays import Int32, UInt8
from policytrace.graph.paths.kernels.arguments import Adjacency, HopDates, HopFilter
from policytrace.graph.paths.kernels.bidirectional import BACK, PlaceLabels, clear_labels, label_both_ends
from policytrace.graph.paths.kernels.simple_paths import (
    ANY_TIME,
    DATE,
    DEPTH,
    EDGES,
    FOUND,
    FULL,
    IS_START,
    IS_TARGET,
    LENGTH,
    ONCE,
    PLACE,
    POS,
    STOP,
    STRENGTH,
    PathRoom,
    enumerate_paths,
)
from policytrace.graph.paths.search.scratch import scratch
from policytrace.graph.paths.search.view import View

Int64 = NDArray[np.int64]
Path = tuple[int, ...]

_FIRST_ROOM = 1_024
"""Paths for which there is room at first."""
_LATEST = 2**31 - 1


PairPaths = tuple[Int32, Int64, Int64]
"""The paths of all pairs done.

steps: shape (hops of all paths,); path ``i`` has the hops ``steps[bounds[i]:bounds[i + 1]]``.
bounds: shape (paths + 1,).
until: shape (pairs,); how many paths there are up to a pair, its own included.
"""


@njit(cache=True, nogil=True)
def _order(facts: Int32, count: int) -> Int64:
    """Rows of ``facts`` in the total order; rows come in the order of their hops, which settles ties."""
    if count < 2:
        return np.arange(count)
    keys = np.empty(count, np.int64)
    for row in range(count):
        rank, length, date = facts[row, STRENGTH], facts[row, LENGTH], np.int64(facts[row, DATE])
        keys[row] = ((255 - rank) << 40) + (length << 33) + (_LATEST - date)
    return np.argsort(keys, kind="mergesort")


@njit(cache=True, nogil=True)
def paths_of_pairs(
    pairs: Int32,
    done: int,
    forward: Adjacency,
    reverse: Adjacency,
    hop_filter: HopFilter,
    dates: HopDates,
    labels: PlaceLabels,
    marks: UInt8,
    shortest: bool,
    longest: int,
    room: PathRoom,
    found: PairPaths,
) -> int:
    """The simple paths of pairs in the total order, from pair ``done`` on, until there is no more room.

    Args:
        pairs: shape (pairs, 2), int32: beginnings and ends.
        done: pairs that were answered by earlier calls.
        forward: the hops that lead on from a place.
        reverse: the hops that lead to a place.
        hop_filter: the hops that may be taken.
        dates: when hops happened.
        labels: work space, as ``label_both_ends`` has it.
        marks: shape (places,), uint8: work space, 0 between calls.
        shortest: only paths with the fewest hops.
        longest: the most hops of a path.
        room: work space for the paths of one pair.
        found: written to from pair ``done`` on.

    Returns:
        How many pairs are done.
    """
    out_starts, out_hops, _ = forward
    distance, _ = labels
    found_hops, facts = room
    steps, bounds, until = found
    source, goal = np.empty(1, np.int32), np.empty(1, np.int32)
    counters, stack = np.zeros(3, np.int64), np.zeros((6, longest + 1), np.int64)
    state = (counters, stack, marks)
    at = until[done - 1] if done > 0 else 0
    for number in range(done, len(pairs)):
        start, end = pairs[number, 0], pairs[number, 1]
        source[0], goal[0] = start, end
        back, ahead, nearest, _, _ = label_both_ends(
            source, goal, forward, reverse, hop_filter, longest, shortest, labels
        )
        full, count = False, 0
        if 0 < nearest <= longest:
            first = out_hops[out_starts[start] : out_starts[start + 1]]
            counters[DEPTH] = counters[FOUND] = counters[EDGES] = 0
            stack[POS, 0], stack[STOP, 0] = 0, len(first)
            marks[start], marks[end] = IS_START, IS_TARGET
            exact = nearest if shortest else 0
            rules = (ONCE, ANY_TIME, False, False, False, longest, 0, exact, -1, False)
            status = enumerate_paths(
                first, forward, reverse, hop_filter, dates, distance[BACK], rules, 2**62, state, room
            )
            count = counters[FOUND]
            full = status == FULL or at + count + 1 >= len(bounds)
            for step in range(counters[DEPTH] + 1):
                marks[stack[PLACE, step]] = 0
            marks[start] = marks[end] = 0
        clear_labels(labels, back, ahead)
        if full:
            return number
        for row in _order(facts, count):
            first_step, length = bounds[at], facts[row, LENGTH]
            for step in range(length):
                steps[first_step + step] = found_hops[row, step]
            at += 1
            bounds[at] = first_step + length
        until[number] = at
    return len(pairs)


def between_pairs(
    view: View, pairs: Sequence[tuple[int, int]], *, max_hops: int, shortest: bool = False
) -> list[list[Path]]:
    """For each pair of places, its simple paths of at most ``max_hops`` hops, as hops, in the total order.

    The same as ``search`` with ``Question.ALL``, or ``SHORTEST``, for one start and one target each, but
    without limits of its own: it takes as long as it takes, and returns every path.
    """
    given = np.array(pairs, np.int32).reshape(-1, 2)
    work = scratch(view.arrays.place_count)
    size, done = _FIRST_ROOM, 0
    steps, bounds = np.empty(size * max_hops, np.int32), np.zeros(size + 1, np.int64)
    until = np.zeros(len(given), np.int64)
    while True:
        done = paths_of_pairs(
            given,
            done,
            view.forward,
            view.reverse,
            view.at_least(0),
            view.dates,
            work.labels,
            work.marks,
            shortest,
            max_hops,
            (np.empty((size, max_hops), np.int32), np.empty((size, 4), np.int32)),
            (steps, bounds, until),
        )
        if done == len(given):
            break
        size *= 4
        steps, bounds = np.resize(steps, size * max_hops), np.resize(bounds, size + 1)
    count = int(until[-1]) if len(until) else 0
    hops = steps[: bounds[count]].tolist()
    every = [tuple(hops[begin:end]) for begin, end in pairwise(bounds[: count + 1].tolist())]
    return [every[begin:end] for begin, end in pairwise([0, *until.tolist()])]
