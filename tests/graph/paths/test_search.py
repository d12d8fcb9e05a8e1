"""The search finds exactly what brute force finds, in the same order, and reports the limits that bind."""

import hashlib
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis_hops import CODES, DAY, hops, iri, some
from path_oracle import STRENGTHS, UNLIMITED, expected
from path_pairs import between_pairs
from thorough import share

from policytrace.graph.hops.arrays import Hop, HopArrays
from policytrace.graph.paths.choices import Limit, Question, Time
from policytrace.graph.paths.search.search import PathsFound, SearchRequest, search
from policytrace.graph.paths.search.view import Filters, View

DATES = st.none() | st.integers(0, 6).map(lambda days: DAY + timedelta(days))
FILTERS = st.builds(
    Filters,
    layers=st.just(frozenset(("realised",))) | some(CODES["layer"]).filter(bool),
    kinds=st.just(frozenset()) | some(CODES["kind"]),
    min_strength=st.sampled_from(("", "", "", *STRENGTHS)),
    stages=st.just(frozenset()) | some(CODES["stage"]),
    statuses=st.just(frozenset()) | some(CODES["status"]),
    projects=st.just(frozenset()) | some((iri(100), iri(101))),
    regions=st.just(frozenset()) | some((iri(200), iri(201))),
    period=st.just((None, None)) | st.tuples(DATES, DATES),
)
ENDS = st.sets(st.integers(0, 7), min_size=1, max_size=3)


def answer(
    arrays: HopArrays, filters: Filters, starts: set[str], targets: set[str], ask: SearchRequest
) -> PathsFound:
    places = [[p for one in sorted(ends) for p in arrays.places(one)] for ends in (starts, targets)]
    return search(View(arrays, filters), replace(ask, starts=places[0], targets=places[1]))


@given(
    graph=hops(),
    filters=FILTERS,
    question=st.sampled_from(Question),
    starts=ENDS,
    targets=ENDS,
    time=st.sampled_from(Time),
    prefixes=st.booleans(),
    max_hops=st.integers(1, 6),
    max_paths=st.sampled_from((1, 2, 3, 5, 1000)),
)
@settings(max_examples=share(2000, 500), deadline=None)
def test_every_question_is_answered_as_by_brute_force(
    graph: list[Hop],
    filters: Filters,
    question: Question,
    starts: set[int],
    targets: set[int],
    time: Time,
    prefixes: bool,
    max_hops: int,
    max_paths: int,
) -> None:
    limits = replace(UNLIMITED, max_hops=max_hops, max_paths=max_paths)
    one, other = {iri(n) for n in starts}, {iri(n) for n in targets}
    wanted = expected(graph, filters, question, one, other, time, prefixes, limits)
    arrays = HopArrays.of(graph, CODES)
    found = answer(
        arrays, filters, one, other, SearchRequest(question, time=time, prefixes=prefixes, limits=limits)
    )
    assert [tuple(arrays.hop_id(hop) for hop in path) for path in found.paths] == wanted.paths
    assert found.bound == wanted.bound
    assert found.complete


@given(graph=hops(), question=st.sampled_from(Question), starts=ENDS, targets=ENDS, share=st.floats(0, 1.2))
@settings(max_examples=share(300, 100), deadline=None)
def test_a_limit_of_hops_looked_at_is_reported_exactly_when_it_binds(
    graph: list[Hop], question: Question, starts: set[int], targets: set[int], share: float
) -> None:
    one, other = {iri(n) for n in starts}, {iri(n) for n in targets}
    arrays = HopArrays.of(graph, CODES)
    ask = SearchRequest(question, limits=replace(UNLIMITED, max_hops=4))
    whole = answer(arrays, Filters(), one, other, ask)
    room = int(whole.edges * share)
    ask = replace(ask, limits=replace(ask.limits, max_edges=room))
    part = answer(arrays, Filters(), one, other, ask)
    assert part.edges <= whole.edges
    if Limit.EDGES in part.bound:
        assert room <= whole.edges
        assert set(part.paths) <= set(whole.paths)
    else:
        assert part == replace(whole, ms=part.ms)
        assert room >= whole.edges


@given(graph=hops(), max_hops=st.integers(1, 6), shortest=st.booleans())
@settings(max_examples=share(300, 100), deadline=None)
def test_many_pairs_at_once_have_the_paths_that_each_has(
    graph: list[Hop], max_hops: int, shortest: bool
) -> None:
    arrays = HopArrays.of(graph, CODES)
    view, places = View(arrays), range(arrays.place_count)
    pairs = [(start, end) for start in places for end in places if start != end]
    limits = replace(UNLIMITED, max_hops=max_hops)
    question = Question.SHORTEST if shortest else Question.ALL
    each = [
        search(view, SearchRequest(question, [start], [end], limits=limits)).paths for start, end in pairs
    ]
    assert between_pairs(view, pairs, max_hops=max_hops, shortest=shortest) == each


def test_pairs_with_more_paths_than_there_is_room_for_have_them_all(crowd: HopArrays) -> None:
    ends = [(crowd.places(iri(a))[0], crowd.places(iri(b))[0]) for a in (0, 1) for b in (54, 60)]
    found = between_pairs(View(crowd), ends, max_hops=6)
    limits = replace(UNLIMITED, max_hops=6)
    assert found == [
        search(View(crowd), SearchRequest(Question.ALL, [a], [b], limits=limits)).paths for a, b in ends
    ]
    assert [len(paths) for paths in found] == [9**5] * 4


def _many(things: int, width: int) -> list[Hop]:
    """Layers of things, each linked with each of the next layer."""
    found = []
    for layer in range(things):
        for a in range(width):
            for b in range(width):
                start, end = iri(layer * width + a), iri((layer + 1) * width + b)
                digest = hashlib.sha256(f"{start} {end}".encode()).hexdigest()[:20]
                level = STRENGTHS[(a * b + layer) % 5]
                found.append(Hop(digest, start, end, "inspires", "realised", start, strength=level))
    return found


@pytest.fixture(scope="module")
def crowd() -> HopArrays:
    """A graph with 9^5 paths of six hops between its ends, more than are ordered at once."""
    return HopArrays.of(_many(6, 9), CODES)


@pytest.mark.parametrize(
    "question", [Question.BETWEEN, Question.ALL, Question.BEST, Question.SHORTEST, Question.FORWARD]
)
def test_too_many_paths_to_order_at_once_come_in_the_same_order(crowd: HopArrays, question: Question) -> None:
    first, last = [0], [p for n in range(54, 63) for p in crowd.places(iri(n))][:1]
    start = crowd.places(iri(0))
    limits = replace(UNLIMITED, max_hops=6, max_paths=2**30)
    every = search(View(crowd), SearchRequest(question, start, last, limits=limits))
    assert first
    assert len(every.paths) == 9 ** (6 if question is Question.FORWARD else 5)
    assert every.total in (len(every.paths), None)
    few = search(View(crowd), SearchRequest(question, start, last, limits=replace(limits, max_paths=50)))
    assert few.paths == every.paths[:50]
    assert few.bound == [Limit.PATHS]


def test_a_limit_of_time_that_binds_is_reported_with_what_was_found(crowd: HopArrays) -> None:
    wide = HopArrays.of(_many(12, 12), CODES)
    limits = replace(UNLIMITED, max_hops=12, max_paths=20, max_ms=50)
    found = search(View(wide), SearchRequest(Question.FORWARD, wide.places(iri(0)), limits=limits))
    assert Limit.MS in found.bound
    assert not found.complete
    assert found.ms < 1000
    again = search(View(crowd), SearchRequest(Question.FORWARD, crowd.places(iri(54 - 9)), limits=limits))
    assert (len(again.paths), again.bound) == (9, [])


def test_a_path_knows_its_hops(tmp_path: Any) -> None:
    graph = _many(2, 2)
    arrays = HopArrays.of(graph, CODES)
    arrays.save(tmp_path / "hops")
    opened = HopArrays.open(tmp_path / "hops")
    assert {opened.hop(n) for n in range(opened.hop_count)} == set(graph)
    assert [opened.find_hop(hop.id) for hop in graph] == [arrays.find_hop(hop.id) for hop in graph]
    assert opened.find_hop("00" * 10) == opened.find_hop("no hop") == -1
