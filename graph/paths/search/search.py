"""The search: exact answers to forward, backward, between, all, shortest and best, in one total order."""

import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from policytrace.graph.hops.arrays import Int32
from policytrace.graph.paths.choices import Limit, Question, Time
from policytrace.graph.paths.limits import DEFAULT, Limits
from policytrace.graph.paths.search import kernels as k
from policytrace.graph.paths.search.bidirectional import both_ends, forget, most_hops
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


_NONE_LABELLED = _Labels(0, 0, k.FAR, 0)


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

    def paths(self, most: int, *, backward: bool) -> list[tuple[int, ...]]:
        """The hops of each of the first ``most`` paths, from its beginning to its end, in the total order."""
        few = len(self.facts) <= _FEW
        chosen = self if few else self.ordered(most, backward=backward)
        step, told = -1 if backward else 1, []
        for hops, (rank, length, date, _) in zip(chosen.hops.tolist(), chosen.facts.tolist(), strict=True):
            told.append((-rank, length, -date, tuple(hops[:length][::step])))
        if few:
            told.sort()
        return [path for *_, path in told[:most]]


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
        self.sources = sorted(set(ask.targets if self.backward else ask.starts))
        self.goals = [] if self.ending == k.OPEN_END else sorted(set(ask.targets))
        self.source_array = np.array(self.sources, np.int32)
        self.goal_array = np.array(self.goals, np.int32)
        self.apart = set(self.sources).isdisjoint(self.goals)
        self.scratch = scratch(a.place_count)
        self.labels = _NONE_LABELLED
        self.total: int | None = None
        self.cut: bool | None = None
        self.kept: list[_Batch] = []

    def __enter__(self) -> "_Search":
        marks = self.scratch.marks
        for place in self.sources:
            marks[place] |= k.IS_START
        for place in self.goals:
            marks[place] |= k.IS_TARGET
        return self

    def __exit__(self, *_: object) -> None:
        self._forget()
        marks = self.scratch.marks
        for place in (*self.sources, *self.goals):
            marks[place] = 0

    def _forget(self) -> None:
        if self.labels is not _NONE_LABELLED:
            forget(self.scratch.far, self.scratch.queue, self.labels.back, self.labels.ahead)
            self.labels = _NONE_LABELLED

    def _label(self, least: int, limit: int, *, shortest: bool = False) -> None:
        """Label places on paths of at most so many hops with their distance to the nearest goal."""
        if self.ending == k.OPEN_END:
            return
        self._forget()
        *found, looked = both_ends(
            self.source_array,
            self.goal_array,
            *self.leaving,
            self.ends,
            *self.entering,
            self.begins,
            self.view.ok,
            self.view.rank,
            least,
            limit,
            shortest,
            self.scratch.far,
            self.scratch.queue,
        )
        self.labels = _Labels(*found)
        self.edges += looked
        if self.edges > self.limits.max_edges:
            raise _Stopped(Limit.EDGES, _nothing(self.limits.max_hops))

    def _first(self, least: int) -> Int32:
        """The hops that a path may begin with, ascending; some may not be taken."""
        starts, hops = self.leaving
        if len(self.sources) == 1:
            place = self.sources[0]
            first: Int32 = hops[starts[place] : starts[place + 1]]
        else:
            first = k.first_hops(self.source_array, starts, hops, self.view.ok, self.view.rank, least)
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
        view, s = self.view, self.scratch
        c = view.arrays.columns
        longest = longest or self.limits.max_hops
        keep = self.limits.max_paths + 1
        first = self._first(least)
        if not len(first) or (self.goals and self.labels.nearest > longest):
            return _nothing(longest)
        stack = np.zeros((6, longest + 1), np.int64)
        stack[k.STOP, 0] = len(first)
        state = np.zeros(3, np.int64)
        room = _FIRST if most is None else min(_FIRST, most + 1)
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
                    room = 8 * room if most is None else min(8 * room, most + 1)
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
        longest = self.limits.max_hops
        plain = self.apart and self.ask.time is Time.ANY
        self._label(0, longest, shortest=plain)
        for length in range(max(1, self.labels.nearest), longest + 1):
            batch = self.enumerate(exact=length)
            assert batch is not None
            if len(batch.facts):
                return batch
        return _nothing(longest)

    def _hops_bind(self, found: int) -> bool:
        """Whether there are answers of more than ``max_hops`` hops."""
        longest = self.limits.max_hops
        if self.ending == k.OPEN_END:
            if self.cut is not None:
                return self.cut
            return self.exists(exact=longest, cut_only=True)
        if self.ask.question is Question.SHORTEST and found:
            return False
        if self.labels.whole and self.labels.nearest == k.FAR:
            return False
        deepest = longest + 1
        for deepest in (longest + 1, longest + 2, longest + 4):
            if self.labels.whole:
                break
            if self._longer(deepest):
                return True
        self._label(0, k.FAR)
        if self.labels.nearest == k.FAR or self.labels.back <= deepest:
            return False
        most = most_hops(
            self.source_array,
            *self.leaving,
            self.ends,
            self.view.ok,
            self.scratch.far,
            self.scratch.queue,
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
        return PathsFound(
            batch.paths(self.limits.max_paths, backward=self.backward),
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


def search(view: View, ask: Ask) -> PathsFound:
    """Answer a question on a hop graph.

    The same question on the same graph gives the same paths in the same order, unless ``max_ms`` bound.
    """
    with _Search(view, ask) as under_way:
        return under_way.answer()
