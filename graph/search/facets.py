"""Facets of an index as arrays: lists narrowed and counted in a moment, at any size.

Facets are combined by AND, codes of one facet by OR; the counts of a facet leave its own selection out.
"""

import json
import sqlite3
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import chain

import numpy as np
from numpy.typing import NDArray

from policytrace.graph.search.facet_schema import facet_schema

Mask = NDArray[np.bool_]
"""For each thing of an index, or each row of a list, whether it is meant."""
Numbers = NDArray[np.int32]
Selection = Mapping[str, Sequence[str]]
"""Codes chosen of facets: a thing needs one of each facet."""

NOT_RECORDED = "not-recorded"
"""Chosen of a facet: things that have no value for it, of kinds whose things may have one."""


@dataclass(frozen=True)
class FacetCount:
    """How many things of a list have a code."""

    code: str
    things: int


class UnknownCodeError(Exception):
    """No thing has this code for this facet."""

    def __init__(self, facet: str, code: str) -> None:
        known = facet_schema().facets.get(facet)
        title = known.title.lower() if known else facet
        super().__init__(f"There is no {title} “{code}” in this release.")
        self.facet, self.code = facet, code


class Values:
    """The codes that things have for one facet, as pairs of numbers in the order of things, each once."""

    def __init__(self, size: int, codes: Sequence[str], things: Numbers, numbers: Numbers) -> None:
        self.size, self.codes = size, codes
        self.things, self.numbers = things, numbers

    @classmethod
    def of(cls, given: Sequence[Sequence[str]], codes: Sequence[str] = ()) -> "Values":
        """The codes of things as they are given; ``codes`` are known beside them."""
        place = {code: number for number, code in enumerate(codes)}
        numbers = np.fromiter(
            (place.setdefault(code, len(place)) for some in given for code in some), np.int64
        )
        return _paired(_repeated(given), numbers, len(given), list(place))

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

    def count(self, mask: Mask) -> list[FacetCount]:
        """How many things of a list have each code, the most frequent first; codes of none are left out."""
        counts = np.bincount(self.numbers[mask[self.things]], minlength=len(self.codes))
        result = [FacetCount(self.codes[int(n)], int(counts[n])) for n in np.flatnonzero(counts)]
        return sorted(result, key=lambda count: (-count.things, count.code))

    def over(self, rows: NDArray[np.int64], things: Numbers, size: int) -> "Values":
        """The codes of rows: all that any thing of a row has.

        Args:
            rows: a row for each of the ``things``.
            things: the things the rows are about.
            size: how many rows there are.
        """
        first = np.searchsorted(self.things, things, "left")
        counts = np.searchsorted(self.things, things, "right") - first
        starts = np.repeat(first - (np.cumsum(counts) - counts), counts)
        numbers = self.numbers[starts + np.arange(len(starts))]
        return _paired(np.repeat(rows, counts), numbers.astype(np.int64), size, self.codes)


class Facets:
    """All facets of so many things, or rows."""

    def __init__(self, size: int, values: Mapping[str, Values], may_have: Mapping[str, Mask]) -> None:
        self.size, self.values = size, values
        self._may_have = may_have

    @classmethod
    def read(cls, connection: sqlite3.Connection, size: int) -> "Facets":
        """The facets in a file."""
        rows = {
            row[0]: row[1:] for row in connection.execute("SELECT name, codes, things, numbers FROM facet")
        }
        result = {}
        for name in (name for name in facet_schema().facets if name in rows):
            codes, *pairs = rows[name]
            things, numbers = (np.frombuffer(one, np.int32) for one in pairs)
            result[name] = Values(size, json.loads(codes), things, numbers)
        kinds = result["kind"]
        may_have = {
            name: kinds.having([count.code for count in kinds.count(~values.without)])
            for name, values in result.items()
        }
        return cls(size, result, may_have)

    def over(
        self,
        rows: Sequence[Sequence[int]],
        own: Mapping[str, Sequence[Sequence[str]]] | None = None,
        known: Mapping[str, Sequence[str]] | None = None,
    ) -> "Facets":
        """The facets of rows, each about some of these things: a row has the codes that any of them has.

        Args:
            rows: the numbers of the things that each row is about.
            own: for some facets the codes of each row, whatever its things have.
            known: for some of these codes that can be chosen though no row has them.
        """
        row = _repeated(rows)
        things = np.fromiter(chain.from_iterable(rows), np.int32, len(row))
        values: dict[str, Values] = {}
        may_have: dict[str, Mask] = {}
        for name, given in (own or {}).items():
            also = self.values[name].codes if name in self.values else (known or {}).get(name, ())
            values[name] = Values.of(given, also)
            may_have[name] = ~values[name].without
        for name, each in self.values.items():
            if name not in values:
                values[name] = each.over(row, things, len(rows))
                may_have[name] = np.zeros(len(rows), np.bool_)
                may_have[name][row[self._may_have[name][things]]] = True
        return Facets(len(rows), values, may_have)

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

    def narrow(self, mask: Mask, chosen: Selection) -> tuple[Mask, dict[str, list[FacetCount]]]:
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
                counts[facet].append(FacetCount(NOT_RECORDED, missing))
        for narrowing in masks.values():
            mask = mask & narrowing
        return mask, counts


def _repeated(rows: Sequence[Sequence[object]]) -> NDArray[np.int64]:
    """The number of each row, as often as it has members."""
    return np.repeat(np.arange(len(rows)), np.fromiter(map(len, rows), np.int64, len(rows)))


def _paired(things: NDArray[np.int64], numbers: NDArray[np.int64], size: int, codes: Sequence[str]) -> Values:
    pairs = np.unique(things << 32 | numbers)
    return Values(size, codes, (pairs >> 32).astype(np.int32), (pairs & 0xFFFFFFFF).astype(np.int32))
