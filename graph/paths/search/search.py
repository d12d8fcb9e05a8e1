"""The search: exact answers to forward, backward, between, all, shortest and best, in one total order."""

import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np

from policytrace.graph.hops.arrays import Int32
from policytrace.graph.paths.choices import DEFAULT_LIMITS, Limit, Limits, Question, Time
from policytrace.graph.paths.kernels.arguments import FAR
from policytrace.graph.paths.kernels.bidirectional import clear_labels, label_both_ends
from policytrace.graph.paths.kernels.simple_paths import (
    ANY_TIME,
    CERTAIN,
    CUT,
    DEPTH,
    DONE,
    EDGES,
    FOUND,
    FULL,
    IS_START,
    IS_TARGET,
    ON_PATH,
    ONCE,
    OPEN_END,
    PAUSED,
    PLACE,
    POSSIBLE,
    STOP,
    THROUGH,
    PathState,
    enumerate_paths,
    first_hops,
    path_rules,
)
from policytrace.graph.paths.kernels.strong_components import most_hops
from policytrace.graph.paths.search.scratch import scratch
from policytrace.graph.paths.search.view import View

_SLICE = 2_000_000
"""Hops looked at between two looks at the clock."""
_ROOM = 4_096
"""Paths up to which all are found before they are ordered."""
_LARGEST = 262_144
"""Paths of one rank and length that are held before only the best are kept."""
_FIRST = 64
"""Paths for which there is room at first: most questions have few answers, and large arrays cost time."""
_FEW = 256
"""Paths up to which they are ordered as Python objects, which is quicker than as arrays."""


_TIME = {Time.ANY: ANY_TIME, Time.POSSIBLE: POSSIBLE, Time.CERTAIN: CERTAIN}
_ENDING = {
    Question.FORWARD: OPEN_END,
    Question.BACKWARD: OPEN_END,
    Question.BETWEEN: ONCE,
    Question.SHORTEST: ONCE,
    Question.ALL: THROUGH,
    Question.BEST: THROUGH,
}


@dataclass(frozen=True, slots=True)
class SearchRequest:
    """One question on places of a hop graph."""

    question: Question
    starts: Sequence[int] = ()
    targets: Sequence[int] = ()
    time: Time = Time.ANY
    prefixes: bool = False
    """Forward and backward: give every path and not only those that cannot go on."""
    limits: Limits = DEFAULT_LIMITS


@dataclass(slots=True)
class PathsFound:
    """The answer: paths as tuples of hops, in the order strength, length, latest date, hops."""

    paths: list[tuple[int, ...]]
    bound: list[Limit]
    """The limits that bound, in the order of ``Limit``."""
    complete: bool
    """Whether every path within ``max_hops`` was looked at; when not, more may exist than are counted."""
    edges: int
    """Hops looked at."""
    ms: float
    """Milliseconds it took."""
    total: int | None = None
    """How many paths there are within ``max_hops``, where that is known."""
    hops: frozenset[int] = frozenset()
    """The hops on all paths that were found, given or not."""

    @property
    def truncated(self) -> bool:
        """Whether any limit bound."""
        return bool(self.bound)


class _Labels(NamedTuple):
    """What ``both_ends`` says of its labels."""

    back: int
    ahead: int
    nearest: int
    whole: int


_NONE_LABELLED = _Labels(0, 0, FAR, 0)


@dataclass(slots=True)
class _Batch:
    """Paths as the kernel gives them: hops of shape (paths, width); rank, length, date and cut of each."""

    hops: Int32
    facts: Int32

    @property
    def cut(self) -> bool:
        return bool(self.facts[:, CUT].any())

    def all_hops(self) -> frozenset[int]:
        """The hops on any of them."""
        taken = np.arange(self.hops.shape[1]) < self.facts[:, 1:2]
        return frozenset(np.unique(self.hops[taken]).tolist())

    def ordered(self, most: int, *, backward: bool) -> "_Batch":
        """The first ``most`` in the total order."""
        rank, length, date = self.facts[:, :3].T.astype(np.int64)
        steps = np.arange(self.hops.shape[1])
        hops = self.hops
        if backward:
            hops = np.take_along_axis(hops, np.maximum(length[:, None] - 1 - steps, 0), 1)
        hops = np.where(steps < length[:, None], hops, -1)
        best = np.lexsort((*hops.T[::-1], -date, length, -rank))[:most]
        return _Batch(self.hops[best], self.facts[best])

    def paths(self, most: int, *, backward: bool) -> list[tuple[int, ...]]:
        """The hops of each of the first ``most`` paths, from its beginning to its end, in the total order."""
        few = len(self.facts) <= _FEW
        chosen = self if few else self.ordered(most, backward=backward)
        step, keyed = -1 if backward else 1, []
        for hops, (rank, length, date, _) in zip(chosen.hops.tolist(), chosen.facts.tolist(), strict=True):
            keyed.append((-rank, length, -date, tuple(hops[:length][::step])))
        if few:
            keyed.sort()
        return [path for *_, path in keyed[:most]]


def _nothing(width: int) -> _Batch:
    return _Batch(np.empty((0, width), np.int32), np.empty((0, 4), np.int32))


def _joined(batches: "list[_Batch]") -> _Batch:
    return _Batch(np.concatenate([b.hops for b in batches]), np.concatenate([b.facts for b in batches]))


class _Stopped(Exception):  # noqa: N818
    """A limit of time or hops ended the search; carries what was found until then."""

    def __init__(self, limit: Limit, batch: _Batch) -> None:
        self.limit, self.batch = limit, batch


class _Search:
    """One question under way."""

    def __init__(self, view: View, request: SearchRequest) -> None:
        self.view, self.request, self.limits = view, request, request.limits
        self.began = time.perf_counter()
        self.deadline = self.began + request.limits.max_ms / 1000
        self.edges = 0
        self.backward = request.question is Question.BACKWARD
        self.ending = _ENDING[request.question]
        self.onward, self.entering = view.forward, view.reverse
        if self.backward:
            self.onward, self.entering = self.entering, self.onward
        self.sources = sorted(set(request.targets if self.backward else request.starts))
        self.goals = [] if self.ending == OPEN_END else sorted(set(request.targets))
        self.source_array = np.array(self.sources, np.int32)
        self.goal_array = np.array(self.goals, np.int32)
        self.apart = set(self.sources).isdisjoint(self.goals)
        self.scratch = scratch(view.arrays.place_count)
        self.labels = _NONE_LABELLED
        self.total: int | None = None
        self.cut: bool | None = None
        self.best: list[_Batch] = []

    def __enter__(self) -> "_Search":
        marks = self.scratch.marks
        for place in self.sources:
            marks[place] |= IS_START
        for place in self.goals:
            marks[place] |= IS_TARGET
        return self

    def __exit__(self, *_: object) -> None:
        self._forget()
        marks = self.scratch.marks
        for place in (*self.sources, *self.goals):
            marks[place] = 0

    def _forget(self) -> None:
        if self.labels is not _NONE_LABELLED:
            clear_labels(self.scratch.labels, self.labels.back, self.labels.ahead)
            self.labels = _NONE_LABELLED

    def _label(self, least: int, limit: int, *, shortest: bool = False) -> None:
        """Label places on paths of at most so many hops with their distance to the nearest goal."""
        if self.ending == OPEN_END:
            return
        self._forget()
        *result, looked = label_both_ends(
            self.source_array,
            self.goal_array,
            self.onward,
            self.entering,
            self.view.at_least(least),
            limit,
            shortest,
            self.scratch.labels,
        )
        self.labels = _Labels(*result)
        self.edges += looked
        if self.edges > self.limits.max_edges:
            raise _Stopped(Limit.EDGES, _nothing(self.limits.max_hops))

    def _first(self, least: int) -> Int32:
        """The hops that a path may begin with, ascending; some may not be taken."""
        if len(self.sources) == 1:
            place, (starts, hops, _) = self.sources[0], self.onward
            first: Int32 = hops[starts[place] : starts[place + 1]]
        else:
            first = first_hops(self.source_array, self.onward, self.view.at_least(least))
            first.setflags(write=False)
        return first

    def enumerate(
        self,
        *,
        most: int | None = None,
        least: int = 0,
        weakest: int = -1,
        exact: int = 0,
        shallow: int = 0,
        cut_only: bool = False,
        longest: int | None = None,
    ) -> _Batch | None:
        """Paths that fit; ``None`` when there are more than ``most``, otherwise at least the best of them.

        ``least`` must be the one that places were labelled with.

        Raises:
            _Stopped: a limit of time or hops bound.
        """
        longest = longest or self.limits.max_hops
        most_held = self.limits.max_paths + 1
        first = self._first(least)
        if not len(first) or (self.goals and self.labels.nearest > longest):
            return _nothing(longest)
        rules = path_rules(
            self.ending,
            longest,
            time=_TIME[self.request.time],
            reverse=self.backward,
            several=len(self.sources) > 1,
            prefixes=self.request.prefixes,
            shallow=shallow,
            exact=exact,
            weakest=weakest,
            cut_only=cut_only,
        )
        counters, stack = np.zeros(3, np.int64), np.zeros((6, longest + 1), np.int64)
        stack[STOP, 0] = len(first)
        state = (counters, stack, self.scratch.marks)
        size = _FIRST if most is None else min(_FIRST, most + 1)
        hops = np.empty((size, 0 if shallow else longest), np.int32)
        facts = np.empty((size, 4), np.int32)
        hop_filter, spent = self.view.at_least(least), self.edges
        while True:
            status = enumerate_paths(
                first,
                self.onward,
                self.entering,
                hop_filter,
                self.view.dates,
                self.scratch.distance,
                rules,
                min(self.limits.max_edges - spent, int(counters[EDGES]) + _SLICE),
                state,
                (hops, facts),
            )
            self.edges = spent + int(counters[EDGES])
            result = int(counters[FOUND])
            batch = _Batch(hops[:result], facts[:result])
            if status == DONE:
                return batch
            if status == FULL:
                if most is not None and result > most:
                    self._leave(state)
                    return None
                if most is None and size >= max(_LARGEST, 2 * most_held):
                    best = batch.ordered(most_held, backward=self.backward)
                    counters[FOUND] = len(best.facts)
                    hops[: len(best.facts)], facts[: len(best.facts)] = best.hops, best.facts
                else:
                    size = 8 * size if most is None else min(8 * size, most + 1)
                    hops, facts = _grown(hops, size), _grown(facts, size)
            limit = self._bound()
            if limit is not None and status == PAUSED:
                self._leave(state)
                raise _Stopped(limit, batch)

    def exists(self, **wanted: Any) -> bool:
        """Whether any path fits, as ``enumerate`` has it."""
        return self.enumerate(most=0, **wanted) is None

    def _bound(self) -> Limit | None:
        if self.edges >= self.limits.max_edges:
            return Limit.EDGES
        return Limit.MS if time.perf_counter() > self.deadline else None

    @staticmethod
    def _leave(state: PathState) -> None:
        counters, stack, marks = state
        marks[stack[PLACE, : int(counters[DEPTH]) + 1]] &= ~np.uint8(ON_PATH)

    def _lengths(self) -> range:
        return range(1, self.limits.max_hops + 1)

    def _all(self) -> _Batch:
        """Every path, or, when there are too many, the strongest and shortest of them."""
        self._label(0, self.limits.max_hops)
        everything = self.enumerate(most=max(_ROOM, self.limits.max_paths))
        if everything is not None:
            self.total = len(everything.facts)
            self.cut = everything.cut
            return everything
        try:
            return self._best()
        except _Stopped as stopped:
            raise _Stopped(stopped.limit, _joined([*self.best, stopped.batch])) from None

    def _best(self) -> _Batch:
        """The strongest and shortest paths, rank by rank, by iterative deepening (Korf 1985)."""
        count = 0
        for rank in self.view.ranks:
            self._label(rank, self.limits.max_hops)
            for length in self._lengths():
                batch = self.enumerate(least=rank, weakest=rank, exact=length)
                assert batch is not None
                self.best.append(batch)
                count += len(batch.facts)
                if count > self.limits.max_paths:
                    return _joined(self.best)
        raise AssertionError("fewer paths than were counted")

    def _shortest(self) -> _Batch:
        """The paths with the fewest hops, by iterative deepening from the distance that labels tell."""
        longest = self.limits.max_hops
        plain = self.apart and self.request.time is Time.ANY
        self._label(0, longest, shortest=plain)
        for length in range(max(1, self.labels.nearest), longest + 1):
            batch = self.enumerate(exact=length)
            assert batch is not None
            if len(batch.facts):
                return batch
        return _nothing(longest)

    def _hops_bind(self, paths: int) -> bool:
        """Whether there are answers of more than ``max_hops`` hops."""
        longest = self.limits.max_hops
        if self.ending == OPEN_END:
            if self.cut is not None:
                return self.cut
            return self.exists(exact=longest, cut_only=True)
        if self.request.question is Question.SHORTEST and paths:
            return False
        if self.labels.whole and self.labels.nearest == FAR:
            return False
        deepest = longest + 1
        for deepest in (longest + 1, longest + 2, longest + 4):
            if self.labels.whole:
                break
            if self._longer(deepest):
                return True
        self._label(0, FAR)
        if self.labels.nearest == FAR or self.labels.back <= deepest:
            return False
        most = most_hops(
            self.source_array,
            self.onward,
            self.view.at_least(0),
            self.scratch.labels,
            self.labels.back,
            self.labels.ahead,
        )
        deepest = max(deepest, self.labels.nearest)
        while deepest < most:
            if self._longer(deepest):
                return True
            deepest *= 2
        return most > longest and self._longer(most)

    def _longer(self, deepest: int) -> bool:
        """Whether there are answers of more than ``max_hops`` hops, but at most so many."""
        self._label(0, deepest)
        return self.exists(shallow=self.limits.max_hops + 1, longest=deepest)

    def answer(self) -> PathsFound:
        """Search within the limits."""
        bound, complete = set(), True
        try:
            batch = self._shortest() if self.request.question is Question.SHORTEST else self._all()
        except _Stopped as stopped:
            batch, complete = stopped.batch, False
            bound.add(stopped.limit)
        if len(batch.facts) > self.limits.max_paths:
            bound.add(Limit.PATHS)
        if complete:
            try:
                if self._hops_bind(len(batch.facts)):
                    bound.add(Limit.HOPS)
            except _Stopped as stopped:
                bound.add(stopped.limit)
        return PathsFound(
            batch.paths(self.limits.max_paths, backward=self.backward),
            [limit for limit in Limit if limit in bound],
            complete,
            self.edges,
            (time.perf_counter() - self.began) * 1000,
            self.total if complete else None,
            batch.all_hops(),
        )


def _grown(array: Int32, room: int) -> Int32:
    larger = np.empty((room, array.shape[1]), np.int32)
    larger[: len(array)] = array
    return larger


def search(view: View, request: SearchRequest) -> PathsFound:
    """Answer a question on a hop graph.

    The same question on the same graph gives the same paths in the same order, unless ``max_ms`` bound.
    """
    with _Search(view, request) as under_way:
        return under_way.answer()
