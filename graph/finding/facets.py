"""Facets of an index as arrays: lists narrowed and counted in a moment, at any size."""

import json
import sqlite3
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from policytrace.graph.finding.declared import declared

Mask = NDArray[np.bool_]
"""For each thing of an index, whether it is on a list."""
Chosen = Mapping[str, Sequence[str]]
"""Codes chosen of facets: a thing needs one of each facet."""

NOT_RECORDED = "not-recorded"
"""Chosen of a facet: things that have no value for it, of kinds whose things may have one."""


@dataclass(frozen=True)
class Count:
    """How many things of a list have a code."""

    code: str
    things: int


class UnknownCodeError(Exception):
    """No thing has this code for this facet."""

    def __init__(self, facet: str, code: str) -> None:
        super().__init__(f"There is no {declared().facets[facet].title.lower()} “{code}” in this release.")
        self.facet, self.code = facet, code


class Values:
    """The codes that things have for one facet, as pairs of numbers."""

    def __init__(self, size: int, codes: Sequence[str], things: bytes, numbers: bytes) -> None:
        self.size, self.codes = size, codes
        self.things, self.numbers = np.frombuffer(things, np.int32), np.frombuffer(numbers, np.int32)

    @cached_property
    def _place(self) -> dict[str, int]:
        return {code: number for number, code in enumerate(self.codes)}

    @cached_property
    def without(self) -> Mask:
        """Things without any code."""
        mask = np.ones(self.size, np.bool_)
        mask[self.things] = False
        return mask

    def having(self, codes: Sequence[str]) -> Mask:
        """Things with at least one of some codes.

        Raises:
            KeyError: no thing has one of the codes.
        """
        chosen = np.zeros(len(self.codes), np.bool_)
        chosen[[self._place[code] for code in codes]] = True
        mask = np.zeros(self.size, np.bool_)
        mask[self.things[chosen[self.numbers]]] = True
        return mask

    def count(self, mask: Mask) -> list[Count]:
        """How many things of a list have each code, the most frequent first; codes of none are left out."""
        counts = np.bincount(self.numbers[mask[self.things]], minlength=len(self.codes))
        found = [Count(self.codes[int(n)], int(counts[n])) for n in np.flatnonzero(counts)]
        return sorted(found, key=lambda count: (-count.things, count.code))


class Facets:
    """All facets of an index of so many things."""

    def __init__(self, size: int, values: Mapping[str, Values]) -> None:
        self.size, self.values = size, values

    @classmethod
    def read(cls, connection: sqlite3.Connection, size: int) -> "Facets":
        """The facets in a file."""
        rows = {
            row[0]: row[1:] for row in connection.execute("SELECT name, codes, things, numbers FROM facet")
        }
        found = {
            name: Values(size, json.loads(rows[name][0]), *rows[name][1:])
            for name in declared().facets
            if name in rows
        }
        return cls(size, found)

    @cached_property
    def _may_have(self) -> dict[str, Mask]:
        """For each facet the things of kinds of which any thing has a value."""
        kinds = self.values["kind"]
        found = {}
        for name, values in self.values.items():
            codes = [count.code for count in kinds.count(~values.without)]
            found[name] = kinds.having(codes)
        return found

    def mask(self, facet: str, codes: Sequence[str]) -> Mask:
        """Things with at least one of the codes chosen of a facet.

        Raises:
            UnknownCodeError: no thing has one of them.
        """
        values = self.values[facet]
        known = [code for code in codes if code != NOT_RECORDED]
        for code in known:
            if code not in values.codes:
                raise UnknownCodeError(facet, code)
        mask = values.having(known)
        if NOT_RECORDED in codes:
            mask |= self._unrecorded(facet)
        return mask

    def _unrecorded(self, facet: str) -> Mask:
        return self.values[facet].without & self._may_have[facet]

    def narrow(self, mask: Mask, chosen: Chosen) -> tuple[Mask, dict[str, list[Count]]]:
        """A list narrowed to what was chosen, and for every facet what could be chosen next.

        The counts of a facet are those of the list narrowed by all other facets, so that choosing another
        code of it can be weighed.

        Raises:
            UnknownCodeError: no thing has a code that was chosen.
        """
        masks = {facet: self.mask(facet, codes) for facet, codes in chosen.items() if codes}
        counts = {}
        for facet, values in self.values.items():
            rest = mask.copy()
            for other, narrowing in masks.items():
                if other != facet:
                    rest &= narrowing
            counts[facet] = values.count(rest)
            if missing := int(np.count_nonzero(rest & self._unrecorded(facet))):
                counts[facet].append(Count(NOT_RECORDED, missing))
        for narrowing in masks.values():
            mask = mask & narrowing
        return mask, counts
