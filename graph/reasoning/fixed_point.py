"""Fixed point of rules over binary relations, on sorted arrays of pairs.

A pair is one 64-bit integer: the number of the first term in the high half, of the second in the low half.
Rules are evaluated semi-naively: each round joins only with what the round before found (Abiteboul, Hull and
Vianu 1995: Foundations of Databases, 13.1). Joins look up sorted arrays by binary search.
"""

from collections.abc import Iterable, Iterator, Mapping
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

Pairs = npt.NDArray[np.int64]

HALF = 32
LOW = (1 << HALF) - 1
NONE: Pairs = np.empty(0, np.int64)
BLOCK = 1 << 22
"""Pairs a join writes before it drops repetitions; bounds its memory."""


class JoinRule(NamedTuple):
    """Whatever is joined by ``body``, one relation after the other, is joined by ``head``.

    ``flipped`` turns the result around: the rule of an inverse.
    """

    head: bytes
    body: tuple[bytes, ...]
    flipped: bool = False


def distinct(*parts: Pairs) -> Pairs:
    """The union, sorted, each pair once."""
    pairs = np.sort(parts[0] if len(parts) == 1 else np.concatenate(parts or (NONE,)))
    return pairs[_changes(pairs)]


def _changes(values: Pairs) -> npt.NDArray[np.bool_]:
    keep = np.ones(values.size, np.bool_)
    np.not_equal(values[1:], values[:-1], out=keep[1:])
    return keep


def set_difference(pairs: Pairs, known: Pairs) -> Pairs:
    """The ``pairs`` that are not among the sorted ``known``."""
    if not known.size or not pairs.size:
        return pairs
    at = np.searchsorted(known, pairs)
    at[at == known.size] = 0
    result: Pairs = pairs[known[at] != pairs]
    return result


def flip(pairs: Pairs) -> Pairs:
    """Every pair turned around, sorted."""
    return np.sort((pairs & LOW) << HALF | pairs >> HALF)


def follow(pairs: Pairs, index: Pairs) -> Pairs:
    """Every (a, c) with (a, b) in ``pairs`` and (b, c) in ``index``; all sorted."""
    middles = (pairs & LOW) << HALF
    starts = np.searchsorted(index, middles)
    counts = np.searchsorted(index, middles + (1 << HALF)) - starts
    joining = counts > 0
    pairs, starts, counts = pairs[joining], starts[joining], counts[joining]
    return distinct(*(_expand(pairs[at], starts[at], counts[at], index) for at in _blocks(counts)))


def _blocks(counts: npt.NDArray[np.int64]) -> Iterator[slice]:
    ends = np.cumsum(counts)
    start = 0
    while start < counts.size:
        before = ends[start - 1] if start else 0
        stop = max(start + 1, int(np.searchsorted(ends, before + BLOCK, side="right")))
        yield slice(start, stop)
        start = stop


def _expand(
    pairs: Pairs, starts: npt.NDArray[np.int64], counts: npt.NDArray[np.int64], index: Pairs
) -> Pairs:
    ends = np.cumsum(counts)
    at = np.arange(ends[-1]) + np.repeat(starts - ends + counts, counts)
    return distinct(np.repeat(pairs & ~LOW, counts) | index[at] & LOW)


class Relation:
    """A growing set of pairs, kept as sorted runs of which each is at least twice as long as the next.

    Adding costs in proportion to what is added, up to a logarithm, however large the relation is: the
    logarithmic method of Bentley and Saxe (1980), as in log-structured merge trees.
    """

    def __init__(self) -> None:
        self._runs: list[Pairs] = []
        self._backward: Pairs | None = None

    def add(self, pairs: Pairs) -> Pairs:
        """Add pairs; the new ones among them, sorted."""
        fresh = distinct(pairs)
        for run in self._runs:
            fresh = set_difference(fresh, run)
        if fresh.size:
            self._runs.append(fresh)
            self._backward = None
            while len(self._runs) > 1 and self._runs[-2].size < 2 * self._runs[-1].size:
                self._merge(2)
        return fresh

    def __len__(self) -> int:
        return sum(run.size for run in self._runs)

    def forward(self) -> Pairs:
        """All pairs, sorted by the first term."""
        if len(self._runs) > 1:
            self._merge(len(self._runs))
        return self._runs[0] if self._runs else NONE

    def backward(self) -> Pairs:
        """All pairs turned around, sorted by what was the second term."""
        if self._backward is None:
            self._backward = flip(self.forward())
        return self._backward

    def _merge(self, count: int) -> None:
        self._runs[-count:] = [np.sort(np.concatenate(self._runs[-count:]), kind="stable")]


class Transitive(Relation):
    """A relation that is closed under its own composition.

    Semi-naive evaluation of the linear rule: paths are only ever lengthened by edges that came from
    outside, so a pair is met once for every edge it can end in, not once for every point it can be cut at.
    """

    def __init__(self) -> None:
        super().__init__()
        self._edges = Relation()

    def add(self, pairs: Pairs) -> Pairs:
        fresh = super().add(pairs)
        if not fresh.size:
            return fresh
        self._edges.add(fresh)
        edges = self._edges.forward()
        result = [fresh]
        if len(self) > fresh.size:
            result.append(super().add(flip(follow(flip(fresh), self.backward()))))
        ends = distinct(*result)
        while ends.size:
            ends = super().add(follow(ends, edges))
            result.append(ends)
        return distinct(*result)


class FixedPoint:
    """Relations under rules; ``add`` facts first, then ``run``."""

    def __init__(
        self, rules: Iterable[JoinRule], symmetric: Iterable[bytes], transitive: Iterable[bytes]
    ) -> None:
        self._rules = sorted(set(rules))
        self._symmetric = frozenset(symmetric)
        names = {name for rule in self._rules for name in (rule.head, *rule.body)} | self._symmetric
        closed = frozenset(transitive)
        self.relations: Mapping[bytes, Relation] = {
            name: Transitive() if name in closed else Relation() for name in sorted(names | closed)
        }
        self._fresh: dict[bytes, Pairs] = {}

    def add(self, name: bytes, pairs: Pairs) -> None:
        """Add facts to a relation."""
        if name in self._symmetric:
            pairs = distinct(pairs, flip(pairs))
        fresh = self.relations[name].add(pairs)
        self._fresh[name] = distinct(self._fresh.get(name, NONE), fresh)

    def run(self) -> None:
        """Apply the rules until nothing new follows."""
        while any(pairs.size for pairs in self._fresh.values()):
            last, self._fresh = self._fresh, {}
            for rule in self._rules:
                for pairs in self._apply(rule, last):
                    self.add(rule.head, pairs)

    def _apply(self, rule: JoinRule, last: Mapping[bytes, Pairs]) -> Iterator[Pairs]:
        """What follows by one rule from at least one fact of the last round."""
        for position, name in enumerate(rule.body):
            fresh = last.get(name, NONE)
            if fresh.size:
                pairs = self._join(rule, position, fresh)
                yield flip(pairs) if rule.flipped else pairs
            if fresh.size == len(self.relations[name]):
                return

    def _join(self, rule: JoinRule, position: int, pairs: Pairs) -> Pairs:
        for name in rule.body[position + 1 :]:
            pairs = follow(pairs, self.relations[name].forward())
        if position == 0 or not pairs.size:
            return pairs
        pairs = flip(pairs)
        for name in reversed(rule.body[:position]):
            pairs = follow(pairs, self.relations[name].backward())
        return flip(pairs)
