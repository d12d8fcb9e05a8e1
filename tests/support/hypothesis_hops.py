"""Random hop graphs for tests."""

import hashlib
from datetime import date, timedelta
from itertools import combinations_with_replacement, product
from typing import Any

from hypothesis import strategies as st
from path_oracle import STRENGTHS

from policytrace.graph.hops.arrays import Hop

CODES = {
    "kind": ("gives-to", "improves", "inspires", "teaches"),
    "layer": ("realised", "considered", "opportunity"),
    "strength": STRENGTHS,
    "stage": ("considered", "committed", "implemented"),
    "status": ("claimed", "documented"),
}
DAY = date(2018, 1, 1)


def iri(number: int) -> str:
    return f"https://example.org/{number}"


def _or_none(values: tuple[Any, ...]) -> tuple[Any, ...]:
    """Values of which half are unknown."""
    return (None,) * len(values) + values


_DAYS = [DAY + timedelta(number) for number in range(7)]
_KNOWN = list(combinations_with_replacement(_DAYS, 2))
_HALF_KNOWN = [(day, None) for day in _DAYS] + [(None, day) for day in _DAYS]
_PERIODS = [*_KNOWN, *4 * _HALF_KNOWN, *len(_KNOWN) * [(None, None)]]
_LAYERS = ("realised", "realised", "realised", "considered", "opportunity")
_REGIONS = _or_none((iri(200), iri(201)))
# Every draw costs as much as a search: hence few for a hop, of rows of facts.
_THINGS, _HOPS = st.integers(2, 8), st.integers(0, 16)
_ENDS = {things: st.sampled_from(list(product(range(things), repeat=2))) for things in range(2, 9)}
_SORT = st.sampled_from(list(product(CODES["kind"], _LAYERS)))
_PERIOD = st.sampled_from(_PERIODS)
_CLAIM = st.sampled_from(
    list(product(_or_none(STRENGTHS), _or_none(CODES["stage"]), _or_none(CODES["status"])))
)
_PLACE = st.sampled_from(list(product(_or_none((iri(100), iri(101))), _REGIONS, _REGIONS)))


@st.composite
def hops(draw: st.DrawFn) -> list[Hop]:
    """A multigraph of at most eight things, with parallel hops, loops, and unknown values of every sort."""
    things = draw(_THINGS)
    found = []
    for number in range(draw(_HOPS)):
        start, end = draw(_ENDS[things])
        digest = hashlib.sha256(f"{number} {start} {end}".encode()).hexdigest()[:20]
        record = f"https://example.org/record/{number}"
        facts = (*draw(_SORT), record, *draw(_PERIOD), *draw(_CLAIM), *draw(_PLACE))
        found.append(Hop(digest, iri(start), iri(end), *facts))
    return found


def some(values: tuple[str, ...]) -> st.SearchStrategy[frozenset[str]]:
    return st.just(frozenset()) | st.sets(st.sampled_from(values), min_size=1).map(frozenset)
