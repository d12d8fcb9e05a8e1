"""Paths between many pairs of places at once, for analyses that ask thousands of small questions."""

from collections.abc import Sequence
from itertools import pairwise

import numpy as np

from policytrace.graph.paths.search.pair_kernels import paths_of_pairs
from policytrace.graph.paths.search.scratch import scratch
from policytrace.graph.paths.search.view import View

_ROOM = 1_024
"""Paths for which there is room at first."""

Path = tuple[int, ...]


def between_pairs(
    view: View, pairs: Sequence[tuple[int, int]], *, max_hops: int, shortest: bool = False
) -> list[list[Path]]:
    """For each pair of places, its simple paths of at most ``max_hops`` hops, as hops, in the total order.

    The same as ``search`` with ``Question.ALL``, or ``SHORTEST``, for one start and one target each, but
    without limits of its own: it takes as long as it takes, and keeps every path.
    """
    given = np.array(pairs, np.int32).reshape(-1, 2)
    a, c, s = view.arrays, view.arrays.columns, scratch(view.arrays.place_count)
    until, done, room = np.zeros(len(given), np.int64), 0, _ROOM
    steps, bounds = np.empty(room * max_hops, np.int32), np.zeros(room + 1, np.int64)
    while True:
        done = paths_of_pairs(
            given,
            done,
            a.out_starts,
            a.out_hops,
            c.end,
            a.in_starts,
            a.in_hops,
            c.start,
            view.ok,
            view.rank,
            c.earliest,
            c.latest,
            view.when,
            s.far,
            s.dist,
            s.marks,
            s.queue,
            shortest,
            max_hops,
            np.empty((room, max_hops), np.int32),
            np.empty((room, 4), np.int32),
            steps,
            bounds,
            until,
        )
        if done == len(given):
            break
        room *= 4
        steps, bounds = np.resize(steps, room * max_hops), np.resize(bounds, room + 1)
    count = int(until[-1]) if len(until) else 0
    hops = steps[: bounds[count]].tolist()
    every = [tuple(hops[begin:end]) for begin, end in pairwise(bounds[: count + 1].tolist())]
    return [every[begin:end] for begin, end in pairwise([0, *until.tolist()])]
