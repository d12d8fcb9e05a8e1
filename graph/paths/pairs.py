"""Paths between many pairs of places at once, for analyses that ask thousands of small questions."""

from collections.abc import Sequence
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from policytrace.graph.hop_arrays import Int32
from policytrace.graph.paths.pair_kernels import paths_of_pairs
from policytrace.graph.paths.scratch import scratch
from policytrace.graph.paths.view import View

_ROOM = 4_096
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
    hops, facts = np.empty((room, max_hops), np.int32), np.empty((room, 4), np.int32)
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
            hops,
            facts,
            until,
        )
        if done == len(given):
            return _told(hops, facts, until)
        room *= 4
        hops, facts = (
            np.concatenate((old, np.empty((room, old.shape[1]), np.int32))) for old in (hops, facts)
        )


def _told(hops: Int32, facts: Int32, until: NDArray[np.int64]) -> list[list[Path]]:
    count = int(until[-1]) if len(until) else 0
    lengths = facts[:count, 1]
    steps = hops[:count][np.arange(hops.shape[1]) < lengths[:, None]].tolist()
    bounds = pairwise([0, *np.cumsum(lengths).tolist()])
    every, known = [tuple(steps[begin:end]) for begin, end in bounds], facts[:count].tolist()
    return [
        every[begin:end] if end - begin < 2 else _ordered(every[begin:end], known[begin:end])
        for begin, end in pairwise([0, *until.tolist()])
    ]


def _ordered(paths: list[Path], facts: list[list[int]]) -> list[Path]:
    keys = ((-rank, length, -date) for rank, length, date, _ in facts)
    return [path for _, path in sorted(zip(keys, paths, strict=True))]
