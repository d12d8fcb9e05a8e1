"""The search: exact answers to forward, backward, between, all, shortest and best, in one total order."""

import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from policytrace.graph.hop_arrays import Int32
from policytrace.graph.paths import kernels as k
from policytrace.graph.paths.choices import Limit, Question, Time
from policytrace.graph.paths.limits import DEFAULT, Limits
from policytrace.graph.paths.view import View

_SLICE = 2_000_000
"""Hops looked at between two looks at the clock."""
_ROOM = 4_096
"""Paths up to which all are found before they are ordered."""
_LARGEST = 262_144
"""Paths of one rank and length that are held before only the best are kept."""


_TIME = {Time.ANY: k.ANY_TIME, Time.POSSIBLE: k.POSSIBLE, Time.CERTAIN: k.CERTAIN}
_ENDING = {
    Question.FORWARD: k.OPEN_END,
    Question.BACKWARD: k.OPEN_END,
    Question.BETWEEN: k.ONCE,
    Question.SHORTEST: k.ONCE,
    Question.ALL: k.THROUGH,
    Question.BEST: k.THROUGH,
}


@dataclass(frozen=True, slots=True)
class Ask:
    """One question on places of a hop graph."""

    question: Question
    starts: Sequence[int] = ()
    targets: Sequence[int] = ()
    time: Time = Time.ANY
    prefixes: bool = False
    """Forward and backward: give every path and not only those that cannot go on."""
    limits: Limits = DEFAULT


@dataclass(slots=True)
class Found:
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

    @property
    def truncated(self) -> bool:
        """Whether any limit bound."""
        return bool(self.bound)


@dataclass(slots=True)
class _Scratch:
    """Arrays that searches of one thread reuse; between searches ``dist`` is far and ``marks`` is 0."""

    dist: Int32
    marks: NDArray[np.uint8]
    queue: Int32

    @classmethod
    def of(cls, places: int) -> "_Scratch":
        return cls(np.full(places, k.FAR, np.int32), np.zeros(places, np.uint8), np.empty(places, np.int32))


_kept = threading.local()


def _scratch(places: int) -> _Scratch:
    found: _Scratch | None = getattr(_kept, "scratch", None)
    if found is None or len(found.dist) != places:
        found = _kept.scratch = _Scratch.of(places)
    return found


@dataclass(slots=True)
class _Batch:
    """Paths as the kernel gives them: hops of shape (paths, width); rank, length, date and cut of each."""

    hops: Int32
    facts: Int32

    @property
    def cut(self) -> bool:
        return bool(self.facts[:, 3].any())

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

    def paths(self, *, backward: bool) -> list[tuple[int, ...]]:
        """The hops of each path, from its beginning to its end."""
        lengths, step = self.facts[:, 1].tolist(), -1 if backward else 1
        rows = self.hops.tolist()
        return [tuple(row[:length][::step]) for row, length in zip(rows, lengths, strict=True)]


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

    def __init__(self, view: View, ask: Ask) -> None:
        self.view, self.ask, self.limits = view, ask, ask.limits
        self.began = time.perf_counter()
        self.deadline = self.began + ask.limits.max_ms / 1000
        self.edges = 0
        self.backward = ask.question is Question.BACKWARD
        self.ending = _ENDING[ask.question]
        a, c = view.arrays, view.arrays.columns
        self.leaving, self.entering = (a.out_starts, a.out_hops), (a.in_starts, a.in_hops)
        self.begins, self.ends = c.start, c.end
        if self.backward:
            self.leaving, self.entering = self.entering, self.leaving
            self.begins, self.ends = self.ends, self.begins
        chosen = ask.targets if self.backward else ask.starts
        self.sources = np.array(sorted(set(chosen)), np.int32)
        self.goals = np.array([] if self.ending == k.OPEN_END else sorted(set(ask.targets)), np.int32)
        self.scratch = _scratch(a.place_count)
        self.labelled = 0
        self.total: int | None = None
        self.cut: bool | None = None
        self.kept: list[_Batch] = []

    def __enter__(self) -> "_Search":
        marks = self.scratch.marks
        marks[self.sources] |= k.IS_START
        marks[self.goals] |= k.IS_TARGET
        return self

    def __exit__(self, *_: object) -> None:
        self._forget()
        self.scratch.marks[self.sources] = 0
        self.scratch.marks[self.goals] = 0

    def _forget(self) -> None:
        k.forget(self.scratch.dist, self.scratch.queue, self.labelled)
        self.labelled = 0

    def _label(self, least: int, limit: int) -> None:
        """Label places with their distance to the nearest goal."""
        if self.ending == k.OPEN_END:
            return
        self._forget()
        s = self.scratch
        s.queue[: len(self.goals)] = self.goals
        self.labelled, looked = k.distances(
            *self.entering,
            self.begins,
            self.view.ok,
            self.view.rank,
            least,
            limit,
            s.dist,
            s.queue,
            len(self.goals),
        )
        self.edges += looked
        if self.edges > self.limits.max_edges:
            raise _Stopped(Limit.EDGES, _nothing(self.limits.max_hops))

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
        view, s = self.view, self.scratch
        c = view.arrays.columns
        longest = longest or self.limits.max_hops
        keep = self.limits.max_paths + 1
        first = k.first_hops(self.sources, *self.leaving, view.ok, view.rank, least)
        if not len(first):
            return _nothing(longest)
        stack = np.zeros((7, longest + 1), np.int64)
        stack[k.STOP, 0] = len(first)
        state = np.zeros(3, np.int64)
        room = _ROOM if most is None else min(_ROOM, most + 1)
        hops = np.empty((room, 0 if shallow else longest), np.int32)
        facts = np.empty((room, 4), np.int32)
        spent = self.edges
        while True:
            status = k.paths(
                first,
                *self.leaving,
                self.begins,
                self.ends,
                *self.entering,
                view.ok,
                view.rank,
                c.earliest,
                c.latest,
                view.when,
                s.dist,
                s.marks,
                state,
                stack,
                self.ending,
                self.ask.prefixes,
                len(self.sources) > 1,
                longest,
                shallow,
                exact,
                least,
                weakest,
                cut_only,
                _TIME[self.ask.time],
                self.backward,
                min(self.limits.max_edges - spent, int(state[k.EDGES]) + _SLICE),
                hops,
                facts,
            )
            self.edges = spent + int(state[k.EDGES])
            found = int(state[k.FOUND])
            batch = _Batch(hops[:found], facts[:found])
            if status == k.DONE:
                return batch
            if status == k.FULL:
                if most is not None and found > most:
                    self._leave(stack, state)
                    return None
                if most is None and room >= max(_LARGEST, 2 * keep):
                    best = batch.ordered(keep, backward=self.backward)
                    state[k.FOUND] = len(best.facts)
                    hops[: len(best.facts)], facts[: len(best.facts)] = best.hops, best.facts
                else:
                    room = 2 * room if most is None else min(2 * room, most + 1)
                    hops, facts = _grown(hops, room), _grown(facts, room)
            limit = self._bound()
            if limit is not None and status == k.PAUSED:
                self._leave(stack, state)
                raise _Stopped(limit, batch)

    def exists(self, **wanted: Any) -> bool:
        """Whether any path fits, as ``enumerate`` has it."""
        return self.enumerate(most=0, **wanted) is None

    def _bound(self) -> Limit | None:
        if self.edges >= self.limits.max_edges:
            return Limit.EDGES
        return Limit.MS if time.perf_counter() > self.deadline else None

    def _leave(self, stack: NDArray[np.int64], state: NDArray[np.int64]) -> None:
        on_path = stack[k.PLACE, : int(state[k.DEPTH]) + 1]
        self.scratch.marks[on_path] &= ~np.uint8(k.ON_PATH)

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
            raise _Stopped(stopped.limit, _joined([*self.kept, stopped.batch])) from None

    def _best(self) -> _Batch:
        """The strongest and shortest paths, rank by rank and length by length."""
        count = 0
        for rank in self.view.ranks:
            self._label(rank, self.limits.max_hops)
            for length in self._lengths():
                batch = self.enumerate(least=rank, weakest=rank, exact=length)
                assert batch is not None
                self.kept.append(batch)
                count += len(batch.facts)
                if count > self.limits.max_paths:
                    return _joined(self.kept)
        raise AssertionError("fewer paths than were counted")

    def _shortest(self) -> _Batch:
        """The paths with the fewest hops."""
        self._label(0, self.limits.max_hops)
        for length in self._lengths():
            batch = self.enumerate(exact=length)
            assert batch is not None
            if len(batch.facts):
                return batch
        return _nothing(self.limits.max_hops)

    def _hops_bind(self, found: int) -> bool:
        """Whether there are answers of more than ``max_hops`` hops."""
        longest = self.limits.max_hops
        if self.ending == k.OPEN_END:
            if self.cut is not None:
                return self.cut
            return self.exists(exact=longest, cut_only=True)
        if self.ask.question is Question.SHORTEST and found:
            return False
        self._label(0, k.FAR)
        if self.labelled <= longest + 1:
            return False
        return self.exists(shallow=longest + 1, longest=self.view.arrays.place_count)

    def answer(self) -> Found:
        """Search within the limits."""
        bound, complete = set(), True
        try:
            batch = self._shortest() if self.ask.question is Question.SHORTEST else self._all()
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
        best = batch.ordered(self.limits.max_paths, backward=self.backward)
        return Found(
            best.paths(backward=self.backward),
            [limit for limit in Limit if limit in bound],
            complete,
            self.edges,
            (time.perf_counter() - self.began) * 1000,
            self.total if complete else None,
        )


def _grown(array: Int32, room: int) -> Int32:
    larger = np.empty((room, array.shape[1]), np.int32)
    larger[: len(array)] = array
    return larger


def search(view: View, ask: Ask) -> Found:
    """Answer a question on a hop graph.

    The same question on the same graph gives the same paths in the same order, unless ``max_ms`` bound.
    """
    with _Search(view, ask) as under_way:
        return under_way.answer()
