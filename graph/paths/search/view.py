"""A hop graph seen through filters: which hops may be taken, and how strong each is."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from policytrace.graph.hops.arrays import ALWAYS, NONE, HopArrays, Int32, UInt8, day
from policytrace.graph.paths.kernels.arguments import Adjacency, HopDates, HopFilter, Successors

UNKNOWN_STRENGTH = 0
"""Rank of a hop whose strength is not known; the weakest level has rank 1."""


@dataclass(frozen=True, slots=True)
class Filters:
    """Which hops count. An empty set of codes means any; a hop that is on no such scale passes."""

    layers: frozenset[str] = frozenset({"realised"})
    kinds: frozenset[str] = frozenset()
    min_strength: str = ""
    stages: frozenset[str] = frozenset()
    statuses: frozenset[str] = frozenset()
    projects: frozenset[str] = frozenset()
    """IRIs of projects; a hop whose project is unknown does not pass."""
    regions: frozenset[str] = frozenset()
    """IRIs of regions, sub-regions included by the caller; a hop passes that gives or receives there."""
    period: tuple[date | None, date | None] = (None, None)
    """Hops that certainly lie outside do not pass; those without a date do."""


@dataclass(frozen=True)
class View:
    """The hops that pass. Keeps what searches need of them."""

    arrays: HopArrays
    filters: Filters = field(default_factory=Filters)

    @cached_property
    def ok(self) -> UInt8:
        """1 for each hop that passes, shape (hops,)."""
        c, f = self.arrays.columns, self.filters
        passes = self._coded("layer", c.layer, f.layers) & self._coded("kind", c.kind, f.kinds)
        passes &= self._coded("stage", c.stage, f.stages)
        passes &= self._coded("status", c.status, f.statuses)
        if f.min_strength:
            least = self.arrays.codes["strength"].index(f.min_strength) + 1
            passes &= self.rank >= least
        if f.projects:
            passes &= np.isin(c.project, _numbers(self.arrays.projects.find, f.projects))
        if f.regions:
            wanted = _numbers(self.arrays.regions.find, f.regions)
            passes &= np.isin(c.from_region, wanted) | np.isin(c.to_region, wanted)
        since, until = f.period
        if since is not None:
            passes &= c.latest >= day(since)
        if until is not None:
            passes &= c.earliest <= day(until)
        result = passes.astype(np.uint8)
        result.setflags(write=False)
        return result

    def _coded(self, scale: str, column: UInt8, wanted: frozenset[str]) -> NDArray[np.bool_]:
        allowed = np.ones(256, np.bool_)
        if wanted:
            known = self.arrays.codes[scale]
            allowed[: len(known)] = [code in wanted for code in known]
        return allowed[column]

    @cached_property
    def rank(self) -> UInt8:
        """Strength of each hop: 0 unknown, 1 the weakest level; shape (hops,)."""
        strength = self.arrays.columns.strength
        result = np.where(strength == NONE, UNKNOWN_STRENGTH, strength + 1).astype(np.uint8)
        result.setflags(write=False)
        return result

    @cached_property
    def when(self) -> Int32:
        """The day by which a hop is ordered: the last it can have happened, else the first, else never."""
        c = self.arrays.columns
        result = np.where(c.latest == ALWAYS, c.earliest, c.latest).astype(np.int32)
        result.setflags(write=False)
        return result

    @cached_property
    def forward(self) -> Adjacency:
        """All hops, those that do not pass too, by the place they leave."""
        arrays = self.arrays
        return arrays.out_starts, arrays.out_hops, arrays.columns.end

    @cached_property
    def reverse(self) -> Adjacency:
        """All hops, those that do not pass too, by the place they enter; each leads to where it begins."""
        arrays = self.arrays
        return arrays.in_starts, arrays.in_hops, arrays.columns.start

    @cached_property
    def dates(self) -> HopDates:
        """When hops happened."""
        return self.arrays.columns.earliest, self.arrays.columns.latest, self.when

    def at_least(self, rank: int) -> HopFilter:
        """The hops that pass and are at least so strong; 0 for any strength."""
        return self.ok, self.rank, rank

    @cached_property
    def successors(self) -> Successors:
        """The places that hops which pass lead to."""
        arrays = self.arrays
        passing = self.ok[arrays.out_hops].astype(bool)
        before = np.concatenate([[0], np.cumsum(passing)])
        starts = before[arrays.out_starts].astype(np.int32)
        result = (starts, arrays.columns.end[arrays.out_hops[passing]])
        for array in result:
            array.setflags(write=False)
        return result

    @cached_property
    def ranks(self) -> list[int]:
        """The ranks that occur among the hops that pass, strongest first."""
        return sorted(set(np.unique(self.rank[self.ok == 1]).tolist()), reverse=True)

    @cached_property
    def hop_count(self) -> int:
        """Number of hops that pass."""
        return int(self.ok.sum())


def _numbers(find: Callable[[str], int], wanted: Iterable[str]) -> list[int]:
    return [number for text in wanted if (number := find(text)) >= 0]
