"""Hop graphs for the benchmark of paths: drawn, not measured, and labelled synthetic in every name.

``programme`` has the kinds of hops, their shares, and the spread of degrees of a release built from tables of
``generate.py``, drawn directly because building ten million statements takes minutes. ``dense`` is a graph
that no programme has: heavy-tailed degrees at both ends of a hop and everything linked with everything.
Neither has parallel hops or loops, so that paths of hops and paths of things are the same and peers without
parallel edges give the same answers. The same arguments give the same graph.
"""

from dataclasses import dataclass, fields, replace

import numpy as np
from numpy.typing import NDArray

from policytrace.graph.hops.arrays import ALWAYS, NEVER, Columns, HopArrays
from policytrace.graph.hops.table import scales
from policytrace.graph.hops.text_table import TextTable

SITE = "https://example.org/synthetic/"
_SKEW = 1.6
_ELSEWHERE = 0.06

_PER_PROJECT = {
    "practice": 17,
    "measure": 26,
    "region": 14,
    "organisation": 24,
    "giving-region": 14,
    "giving-organisation": 24,
    "plan": 7,
    "instrument": 7,
    "proposal": 3,
    "project": 1,
}
"""Places of a project, by sort."""

_SHARES = {
    ("practice", "teaches", "region"): 4010,
    ("giving-region", "gives-to", "giving-region"): 4004,
    ("practice", "inspires", "measure"): 3906,
    ("practice", "teaches", "organisation"): 3137,
    ("giving-organisation", "gives-to", "giving-organisation"): 1913,
    ("measure", "part-of", "plan"): 1813,
    ("measure", "improves", "instrument"): 1381,
    ("plan", "addresses", "instrument"): 1121,
    ("measure", "builds-on", "measure"): 268,
    ("proposal", "teaches", "region"): 236,
    ("proposal", "inspires", "measure"): 230,
    ("proposal", "teaches", "organisation"): 186,
    ("measure", "same-thing", "practice"): 174,
    ("practice", "same-thing", "measure"): 174,
    ("measure", "teaches", "region"): 152,
    ("project", "teaches", "region"): 151,
    ("project", "inspires", "measure"): 148,
    ("measure", "inspires", "measure"): 145,
    ("project", "teaches", "organisation"): 123,
    ("measure", "teaches", "organisation"): 114,
    ("measure", "documented-as", "practice"): 74,
}
"""Realised hops by sort of their ends, counted in a release of a million statements."""


@dataclass(frozen=True)
class Drawn:
    """A drawn graph: its hop arrays, and the places that stand for practices."""

    arrays: HopArrays
    practices: NDArray[np.int32]


def programme(places: int, hops: int, seed: int) -> Drawn:
    """A graph with the shape of a programme, of about so many places and exactly so many hops."""
    draw = np.random.default_rng(seed)
    projects = places // sum(_PER_PROJECT.values())
    first, at = {}, 0
    for sort, count in _PER_PROJECT.items():
        first[sort], at = at, at + count * projects
    wanted = np.array(list(_SHARES.values()))
    kinds = draw.choice(len(_SHARES), size=hops * 2, p=wanted / wanted.sum())
    start, end = (np.zeros(len(kinds), np.int64) for _ in range(2))
    for number, (one, _, other) in enumerate(_SHARES):
        chosen = np.flatnonzero(kinds == number)
        project = draw.integers(projects, size=len(chosen))
        away = np.where(
            draw.random(len(chosen)) < _ELSEWHERE, draw.integers(projects, size=len(chosen)), project
        )
        start[chosen] = first[one] + _member(draw, one, away)
        end[chosen] = first[other] + _member(draw, other, project)
    names = [kind for _, kind, _ in _SHARES]
    codes = np.array([scales()["kind"].index(kind) for kind in names], np.uint8)[kinds]
    practices = np.arange(first["practice"], first["practice"] + 17 * projects, dtype=np.int32)
    return Drawn(_arrays(start, end, codes, at, hops, draw), practices)


def _member(draw: np.random.Generator, sort: str, project: NDArray[np.int64]) -> NDArray[np.int64]:
    count = _PER_PROJECT[sort]
    return project * count + (count * draw.random(len(project)) ** _SKEW).astype(np.int64)


def dense(places: int, hops: int, seed: int) -> Drawn:
    """A graph whose degrees have a heavy tail at both ends, of exactly so many hops."""
    draw = np.random.default_rng(seed)
    weight = (1 + np.arange(places)) ** -0.5
    share = weight / weight.sum()
    one, other = draw.permutation(places), draw.permutation(places)
    start = one[draw.choice(places, size=hops * 2, p=share)]
    end = other[draw.choice(places, size=hops * 2, p=share)]
    codes = np.full(len(start), scales()["kind"].index("inspires"), np.uint8)
    practices = np.sort(draw.choice(places, size=places // 10, replace=False)).astype(np.int32)
    return Drawn(_arrays(start, end, codes, places, hops, draw), practices)


def _arrays(
    start: NDArray[np.int64],
    end: NDArray[np.int64],
    kind: NDArray[np.uint8],
    places: int,
    hops: int,
    draw: np.random.Generator,
) -> HopArrays:
    once = np.sort(np.unique(start * places + end, return_index=True)[1])
    kept = once[start[once] != end[once]][:hops]
    if len(kept) < hops:
        raise ValueError(f"only {len(kept)} of {hops} hops could be drawn between {places} places.")
    earliest = draw.integers(15_000, 19_000, size=hops).astype(np.int32)
    known = draw.random(hops) < 0.7
    ids = np.sort(draw.integers(2**63, size=hops)).astype(">u8").view(np.uint8).reshape(hops, 8)
    unknown = np.full(hops, -1, np.int32)
    columns = Columns(
        start=start[kept].astype(np.int32),
        end=end[kept].astype(np.int32),
        kind=kind[kept],
        layer=np.zeros(hops, np.uint8),
        strength=draw.integers(5, size=hops).astype(np.uint8),
        stage=np.full(hops, 255, np.uint8),
        status=np.full(hops, 255, np.uint8),
        earliest=np.where(known, earliest, NEVER).astype(np.int32),
        latest=np.where(known, earliest + 30, ALWAYS).astype(np.int32),
        record=np.arange(hops, dtype=np.int32),
        project=unknown,
        from_region=unknown,
        to_region=unknown,
    )
    return _made(columns, np.hstack([ids, np.zeros((hops, 2), np.uint8)]), places)


def _made(columns: Columns, ids: NDArray[np.uint8], places: int) -> HopArrays:
    def rows(ends: NDArray[np.int32]) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
        starts = np.zeros(places + 1, np.int32)
        np.cumsum(np.bincount(ends, minlength=places), out=starts[1:])
        return starts, np.argsort(ends, kind="stable").astype(np.int32)

    pairs = (*rows(columns.start), *rows(columns.end))
    made = HopArrays(
        TextTable.of(f"{SITE}thing/{number:09}" for number in range(places)),
        np.empty(0, np.int32),
        TextTable.of(f"{SITE}record/{number:09}" for number in range(int(columns.record.max()) + 1)),
        TextTable.of([]),
        TextTable.of([]),
        ids,
        columns,
        *pairs,
        codes=scales(),
    )
    for array in (ids, made.actors, *pairs, *(getattr(columns, field.name) for field in fields(Columns))):
        array.setflags(write=False)
    return made


def both_ways(arrays: HopArrays) -> HopArrays:
    """The graph whose hops may be taken against their direction too, one hop between two places.

    Simple paths take a hop once anyway. The hops against their direction stand in the second half.
    """
    every = arrays.columns
    pair = np.minimum(every.start, every.end) * np.int64(arrays.place_count) + np.maximum(
        every.start, every.end
    )
    once = np.sort(np.unique(pair, return_index=True)[1])
    c = Columns(**{f.name: getattr(every, f.name)[once] for f in fields(Columns)})
    twice = {f.name: np.concatenate([getattr(c, f.name)] * 2) for f in fields(Columns)}
    columns = replace(
        Columns(**twice), start=np.concatenate([c.start, c.end]), end=np.concatenate([c.end, c.start])
    )
    return _made(columns, np.concatenate([arrays.ids[once]] * 2), arrays.place_count)
