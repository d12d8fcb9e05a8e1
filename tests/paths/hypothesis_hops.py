"""Random hop graphs for tests."""

import hashlib
from datetime import date, timedelta

from hypothesis import strategies as st
from path_oracle import STRENGTHS

from policytrace.graph.hop_arrays import Hop

CODES = {
    "kind": ("gives-to", "improves", "inspires", "teaches"),
    "layer": ("realised", "considered", "opportunity"),
    "strength": STRENGTHS,
    "realisation": ("candidate", "committed", "implemented"),
    "status": ("claimed", "documented"),
}
DAY = date(2018, 1, 1)


def iri(number: int) -> str:
    return f"https://example.org/{number}"


@st.composite
def hops(draw: st.DrawFn) -> list[Hop]:
    """A multigraph of at most eight things, with parallel hops, loops, and unknown values of every sort."""
    things = draw(st.integers(2, 8))
    found = []
    for number in range(draw(st.integers(0, 16))):
        start, end = draw(st.integers(0, things - 1)), draw(st.integers(0, things - 1))
        first = draw(st.none() | st.integers(0, 6))
        last = draw(st.none() | st.integers(first or 0, 6))
        digest = hashlib.sha256(f"{number} {start} {end}".encode()).hexdigest()[:20]
        found.append(
            Hop(
                digest,
                iri(start),
                iri(end),
                draw(st.sampled_from(CODES["kind"])),
                draw(st.sampled_from(("realised", "realised", "realised", "considered", "opportunity"))),
                f"https://example.org/record/{number}",
                None if first is None else DAY + timedelta(first),
                None if last is None else DAY + timedelta(last),
                draw(st.none() | st.sampled_from(STRENGTHS)),
                draw(st.none() | st.sampled_from(CODES["realisation"])),
                draw(st.none() | st.sampled_from(CODES["status"])),
                draw(st.none() | st.sampled_from((iri(100), iri(101)))),
                draw(st.none() | st.sampled_from((iri(200), iri(201)))),
                draw(st.none() | st.sampled_from((iri(200), iri(201)))),
            )
        )
    return found


def some(values: tuple[str, ...]) -> st.SearchStrategy[frozenset[str]]:
    return st.just(frozenset()) | st.sets(st.sampled_from(values), min_size=1).map(frozenset)
