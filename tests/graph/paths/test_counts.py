"""Counts over the hop graph equal brute force, and report the limits that bind."""

from collections import Counter
from dataclasses import replace

import networkx as nx
import pytest
from analysis_oracle import betweenness as expected_betweenness
from analysis_oracle import groups_of, network, places, simple_paths
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
    count_simple_paths,
    paths_by_strength,
)
from policytrace.graph.paths.search.search import SearchRequest, search
from policytrace.graph.paths.search.view import Filters, View

VIEWS = st.builds(Filters, layers=some(CODES["layer"]).filter(bool), kinds=some(CODES["kind"]))
GROUPS = st.dictionaries(st.integers(0, 7), st.lists(st.integers(0, 3), max_size=3), max_size=8)


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


@given(graph=hops(), filters=VIEWS, longest=st.integers(1, 6), of_place=GROUPS, of_hop=GROUPS)
@settings(max_examples=share(300, 100), deadline=None)
def test_tally_equals_all_simple_paths(
    graph: list[Hop],
    filters: Filters,
    longest: int,
    of_place: dict[int, list[int]],
    of_hop: dict[int, list[int]],
) -> None:
    view = view_of(graph, filters)
    of_place = {n: groups for n, groups in of_place.items() if n < view.arrays.place_count}
    of_hop = {n: groups for n, groups in of_hop.items() if n < view.arrays.hop_count}
    limits = replace(COUNTING, max_hops=longest)
    found = count_simple_paths(view, limits, groups=4, of_place=of_place, of_hop=of_hop)
    longer = set(simple_paths(network(view), longest + 1))
    paths = [path for path in longer if len(path) <= longest]
    goes_on = {path[1:] for path in longer} | {path[:-1] for path in longer}
    assert found.bound == []
    assert found.paths == len(paths)
    assert found.maximal == sum(path not in goes_on for path in paths)
    assert found.cut == sum(path in goes_on and len(path) == longest for path in paths)
    on = {path: places(view.arrays, path) for path in paths}
    inside = Counter(place for path in paths for place in on[path][1:-1])
    assert found.inside.tolist() == [inside[place] for place in range(view.arrays.place_count)]
    through = Counter(group for path in paths for group in groups_of(on[path][1:-1], of_place))
    assert found.through == [through[group] for group in range(4)]
    touching = Counter(
        group for path in paths for group in groups_of(on[path], of_place) | groups_of(list(path), of_hop)
    )
    assert found.touching == [touching[group] for group in range(4)]


@given(graph=hops(), filters=VIEWS)
@settings(max_examples=share(100, 50), deadline=None)
def test_paths_by_strength_equal_brute_force_at_every_threshold(graph: list[Hop], filters: Filters) -> None:
    view = view_of(graph, filters)
    rows = paths_by_strength(view)
    assert [row.strength for row in rows] == ["", *CODES["strength"]]
    for least, row in enumerate(rows):
        found = network(view, least)
        longer = set(simple_paths(found, 7))
        paths = [path for path in longer if len(path) <= 6]
        goes_on = {path[1:] for path in longer} | {path[:-1] for path in longer}
        assert row.hops == found.number_of_edges()
        assert row.paths == len(paths)
        assert row.maximal == sum(path not in goes_on for path in paths)
        assert row.cut == sum(path in goes_on and len(path) == 6 for path in paths)
        assert row.bound == ()


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
    whole = count_simple_paths(view)
    assert whole.paths == 5 * (4 + 4 * 3 + 4 * 3 * 2 + 4 * 3 * 2 * 1)
    assert (whole.maximal, whole.cut, whole.bound) == (5 * 24, 0, [])
    part = count_simple_paths(view, replace(COUNTING, max_edges=100))
    assert part.bound == [Limit.EDGES]
    assert 0 < part.paths < whole.paths
    assert count_reachable(view, range(5), replace(COUNTING, max_edges=20)).bound == [Limit.EDGES]
    assert betweenness(view, limits=replace(COUNTING, max_edges=20)).bound == [Limit.EDGES]
    assert paths_by_strength(view, replace(COUNTING, max_edges=100))[0].bound == (Limit.EDGES,)


def test_a_count_that_takes_too_long_ends_in_time() -> None:
    found = count_simple_paths(_clique(60), replace(COUNTING, max_ms=500))
    assert found.bound == [Limit.MS]
    assert found.paths > 0
