"""Brute force over networkx: what counts over a whole hop graph must give."""

from collections.abc import Iterator, Mapping
from itertools import pairwise
from typing import Any

import networkx as nx

from policytrace.graph.hops.arrays import HopArrays
from policytrace.graph.paths.search.view import View

Path = tuple[int, ...]
"""Hops of a path."""


def network(view: View, least: int = 0) -> "nx.MultiDiGraph[int]":
    """The places and the hops that may be taken, hops by number as keys."""
    found: nx.MultiDiGraph[int] = nx.MultiDiGraph()
    found.add_nodes_from(range(view.arrays.place_count))
    c = view.arrays.columns
    for hop in range(view.arrays.hop_count):
        if view.ok[hop] and view.rank[hop] >= least:
            found.add_edge(int(c.start[hop]), int(c.end[hop]), key=hop)
    return found


def simple_paths(found: "nx.MultiDiGraph[int]", longest: int) -> Iterator[Path]:
    """Every simple path of at most so many hops."""
    for start in found:
        for end in found:
            if end != start:
                paths: Iterator[list[Any]] = nx.all_simple_edge_paths(found, start, end, cutoff=longest)
                yield from (tuple(edge[2] for edge in edges) for edges in paths)


def places(arrays: HopArrays, path: Path) -> list[int]:
    """The places of a path."""
    c = arrays.columns
    assert all(c.end[a] == c.start[b] for a, b in pairwise(path))
    return [int(c.start[path[0]]), *(int(c.end[hop]) for hop in path)]


def betweenness(found: "nx.MultiDiGraph[int]") -> dict[int, float]:
    """Betweenness with parallel hops as different paths: each hop becomes a node of its own on the way."""
    split: nx.DiGraph[tuple[str, int]] = nx.DiGraph()
    ends = [("place", place) for place in found]
    split.add_nodes_from(ends)
    for start, end, hop in found.edges(keys=True):
        split.add_edge(("place", start), ("hop", hop))
        split.add_edge(("hop", hop), ("place", end))
    score: Mapping[tuple[str, int], float] = nx.betweenness_centrality_subset(split, ends, ends)
    return {place: score["place", place] for place in found}
