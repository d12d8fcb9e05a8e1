"""Counts over the hop graph equal brute force, and report the limits that bind."""

from collections import Counter
from dataclasses import replace

import networkx as nx
import pytest
from analysis_oracle import betweenness as expected_betweenness
from analysis_oracle import network, places, simple_paths
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis_hops import CODES, hops, some
from thorough import share

from policytrace.graph.hops.arrays import Hop, HopArrays
from policytrace.graph.paths.choices import Limit, Question
from policytrace.graph.paths.search.counts import (
    COUNTING,
    betweenness,
    closure,
    count_reachable,
)
from policytrace.graph.paths.search.search import SearchRequest, search
from policytrace.graph.paths.search.view import Filters, View

VIEWS = st.builds(Filters, layers=some(CODES["layer"]).filter(bool), kinds=some(CODES["kind"]))


def view_of(graph: list[Hop], filters: Filters) -> View:
    return View(HopArrays.of(graph, CODES), filters)


@given(graph=hops(), filters=VIEWS, starts=st.sets(st.integers(0, 5), max_size=2), limit=st.integers(1, 9))
@settings(max_examples=share(300, 100), deadline=None)
def test_closure_and_reach_equal_shortest_path_lengths(
    graph: list[Hop], filters: Filters, starts: set[int], limit: int
) -> None:
    view = view_of(graph, filters)
    known = sorted(place for place in starts if place < view.arrays.place_count)
    for backward in (False, True):
        found = network(view).reverse() if backward else network(view)
        lengths = nx.multi_source_dijkstra_path_length(found, known, cutoff=limit) if known else {}
        answer = closure(view, known, backward=backward, max_hops=limit)
        assert set(answer.places) == set(lengths) - set(known)
        counts = Counter(int(n) for place, n in lengths.items() if place not in known)
        assert answer.counts == tuple(counts[n] for n in range(1, max(counts, default=0) + 1))
        assert [lengths[place] for place in answer.places] == sorted(lengths[p] for p in answer.places)
    every = list(range(view.arrays.place_count))
    counted = count_reachable(view, every, replace(COUNTING, max_hops=limit))
    assert (counted.done, counted.bound) == (len(every), [])
    for place in every:
        away = nx.single_source_shortest_path_length(network(view), place, cutoff=limit)
        expected = Counter(away.values())
        assert counted.counts[place].tolist() == [expected[n] for n in range(1, limit + 1)]


@given(graph=hops(), filters=VIEWS)
@settings(max_examples=share(300, 100), deadline=None)
def test_betweenness_equals_networkx_with_parallel_hops_as_paths(graph: list[Hop], filters: Filters) -> None:
    view = view_of(graph, filters)
    wanted = expected_betweenness(network(view))
    found = betweenness(view)
    assert found.bound == []
    assert dict(enumerate(found.score.tolist())) == pytest.approx(wanted)
    whole = network(view)
    if not any(whole.number_of_edges(a, b) > 1 for a, b in whole.edges()):
        simple = nx.betweenness_centrality(nx.DiGraph(whole), normalized=False)
        assert dict(enumerate(found.score.tolist())) == pytest.approx(simple)


@given(graph=hops(), filters=VIEWS, starts=st.sets(st.integers(0, 5), min_size=1, max_size=1))
@settings(max_examples=share(100, 50), deadline=None)
def test_the_shortest_paths_are_all_the_shortest(
    graph: list[Hop], filters: Filters, starts: set[int]
) -> None:
    view = view_of(graph, filters)
    found = network(view)
    for start in starts & set(found):
        for end in set(found) - starts:
            answer = search(
                view, SearchRequest(Question.SHORTEST, [start], [end], limits=replace(COUNTING, max_hops=9))
            )
            nodes = list(nx.all_shortest_paths(found, start, end)) if nx.has_path(found, start, end) else []
            shortest = {
                path
                for path in simple_paths(found, len(nodes[0]) - 1 if nodes else 0)
                if len(path) == len(nodes[0]) - 1 and places(view.arrays, path)[:: len(path)] == [start, end]
            }
            assert set(answer.paths) == shortest
            assert len(answer.paths) == len(shortest)


def _clique(count: int) -> View:
    found = [
        Hop(f"{a * count + b:020x}", f"urn:{a:02}", f"urn:{b:02}", "inspires", "realised", "urn:record")
        for a in range(count)
        for b in range(count)
        if a != b
    ]
    return View(HopArrays.of(found, CODES))


def test_limits_of_counts_are_reported_exactly_when_they_bind() -> None:
    view = _clique(5)
    assert count_reachable(view, range(5), replace(COUNTING, max_edges=20)).bound == [Limit.EDGES]
    assert betweenness(view, limits=replace(COUNTING, max_edges=20)).bound == [Limit.EDGES]


def test_a_count_that_takes_too_long_ends_in_time() -> None:
    often = [*range(60)] * 200
    found = count_reachable(_clique(60), often, replace(COUNTING, max_ms=0))
    assert found.bound == [Limit.MS]
    assert 0 < found.done < len(often)
