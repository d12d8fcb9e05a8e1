"""The paths that a learning transfer lies on, against brute force over the whole hop graph."""

from collections.abc import Iterator

import networkx as nx
import pytest

from policytrace.graph.hops.arrays import Hop
from policytrace.graph.paths.path_graph import PathGraph
from policytrace.graph.paths.record_paths import paths_of_record
from policytrace.graph.releases.release import Release
from policytrace.graph.sparql.engine import OxigraphEngine
from policytrace.graph.vocabulary.scales import INFLUENCE
from policytrace.graph.vocabulary.terms import ID

Node = tuple[str, bool]
ALL = 10_000


@pytest.fixture(scope="module")
def graph(sample_release: Release) -> PathGraph:
    return PathGraph.open(sample_release, OxigraphEngine(sample_release.open()))


def _ends(hop: Hop) -> tuple[Node, Node]:
    actor = hop.kind == "gives-to"
    return (hop.start, actor), (hop.end, actor)


def _grown(
    network: "nx.MultiDiGraph[Node]", place: Node, *, backward: bool
) -> Iterator[tuple[tuple[str, ...], tuple[Node, ...]]]:
    """The longest walks from a place that touch no place twice: hops, and the places after the first."""
    stack: list[tuple[Node, tuple[str, ...], tuple[Node, ...]]] = [(place, (), ())]
    while stack:
        at, hops, places = stack.pop()
        edges = network.in_edges(at, keys=True) if backward else network.out_edges(at, keys=True)
        further = [((a if backward else b), key) for a, b, key in edges]
        ways = [(node, key) for node, key in further if node != place and node not in places]
        if not ways:
            yield hops, places
        stack += [(node, (*hops, key), (*places, node)) for node, key in ways]


def _expected(graph: PathGraph, hops: list[Hop], transfer: str) -> set[tuple[str, ...]]:
    found: set[tuple[str, ...]] = set()
    for hop in (one for one in hops if one.record == transfer):
        network: nx.MultiDiGraph[Node] = nx.MultiDiGraph()
        for one in hops:
            if one.layer in (INFLUENCE, hop.layer):
                network.add_edge(*_ends(one), key=one.id)
        start, end = _ends(hop)
        for before, earlier in _grown(network, start, backward=True):
            for after, later in _grown(network, end, backward=False):
                places = [*earlier, start, end, *later]
                if len(places) == len(set(places)):
                    found.add((*before[::-1], hop.id, *after))
    return {
        path
        for path in found
        if not any(
            path != other and path == other[i : i + len(path)] for other in found for i in range(len(other))
        )
    }


def test_every_path_of_a_transfer_is_found_and_no_other(graph: PathGraph) -> None:
    hops = [graph.arrays.hop(number) for number in range(graph.arrays.hop_count)]
    transfers = sorted({hop.record for hop in hops if "/id/transfer/" in hop.record})
    lengths = set()
    for transfer in transfers[::9]:
        expected = _expected(graph, hops, transfer)
        if len(expected) > 60 or any(len(path) > 6 for path in expected):
            continue
        found = paths_of_record(graph, transfer, ALL)
        assert {tuple(hop.id for hop in path.hops) for path in found.paths} == expected, transfer
        assert not found.cut
        assert all(any(hop.transfer and hop.transfer.id == transfer for hop in p.hops) for p in found.paths)
        lengths |= {len(path) for path in expected}
    assert {1, 2} <= lengths


def test_the_best_evidenced_come_first_and_a_cut_is_told(graph: PathGraph) -> None:
    transfer = f"{ID}transfer/tr-altbau-riga"
    whole, some = paths_of_record(graph, transfer, ALL), paths_of_record(graph, transfer, 3)
    assert [path.id for path in some.paths] == [path.id for path in whole.paths[:3]]
    assert some.cut
    order = ["very-weak", "weak", "moderate", "strong", "very-strong"]
    ranks = [order.index(path.verdict.strength or "") for path in whole.paths]
    assert ranks == sorted(ranks, reverse=True)


def test_a_thing_that_states_no_hop_lies_on_no_path(graph: PathGraph) -> None:
    assert paths_of_record(graph, f"{ID}transfer/nothing", 5).paths == ()
