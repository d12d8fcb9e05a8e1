"""The work of the benchmark of paths in every engine: each answer as Python objects, and how much it holds.

A method answers every question of a batch and returns one number for all answers together: of paths the sum
of their hops, of a closure that of the distances, of reach the places reached, of betweenness the sum of the
scores. Equal answers give equal numbers.
"""

import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import pairwise
from pathlib import Path
from typing import Any

import duckdb
import igraph
import ladybug
import networkx as nx
import numpy as np
import rustworkx as rx
from numpy.typing import NDArray
from path_pairs import between_pairs

from policytrace.graph.hops.arrays import HopArrays
from policytrace.graph.paths.choices import Limits
from policytrace.graph.paths.search.counts import betweenness, closure, count_reachable
from policytrace.graph.paths.search.view import View

MAX_HOPS = 6
FAR = 64

Pairs = Sequence[tuple[int, int]]
Answer = Callable[[Any], float]


@dataclass
class Graph:
    """A graph to ask: hops from ``start`` to ``end``, each also the other way round when undirected."""

    arrays: HopArrays
    undirected: bool

    @cached_property
    def hops(self) -> list[tuple[int, int]]:
        """The hops, once each."""
        c = self.arrays.columns
        count = self.arrays.hop_count // (2 if self.undirected else 1)
        return list(zip(c.start[:count].tolist(), c.end[:count].tolist(), strict=True))


class Ours:
    """This package, without limits of time, hops looked at, or number of paths."""

    def __init__(self, graph: Graph) -> None:
        self.view = View(graph.arrays)
        self.limits = Limits(max_hops=MAX_HOPS, max_paths=2**40, max_ms=2**40, max_edges=2**60)

    def all_simple(self, pairs: Pairs) -> float:
        every = between_pairs(self.view, pairs, max_hops=MAX_HOPS)
        return sum(len(path) for paths in every for path in paths)

    def shortest(self, pairs: Pairs) -> float:
        every = between_pairs(self.view, pairs, max_hops=FAR, shortest=True)
        return sum(len(paths[0]) for paths in every if paths)

    def all_shortest(self, pairs: Pairs) -> float:
        every = between_pairs(self.view, pairs, max_hops=FAR, shortest=True)
        return sum(len(path) for paths in every for path in paths)

    def closure(self, sources: Sequence[int]) -> float:
        found = [closure(self.view, [place]) for place in sources]
        return sum(n * count for one in found for n, count in enumerate(one.counts, 1))

    def reach(self, sources: Sequence[int]) -> float:
        return int(
            sum(
                count_reachable(self.view, sources, replace(self.limits, max_hops=FAR)).counts.sum(1).tolist()
            )
        )

    def betweenness(self, sources: Sequence[int] | None) -> float:
        return float(sum(betweenness(self.view, sources, self.limits).score.tolist()))


class Networkx:
    """networkx."""

    def __init__(self, graph: Graph) -> None:
        self.graph: Any = nx.Graph() if graph.undirected else nx.DiGraph()
        self.graph.add_nodes_from(range(graph.arrays.place_count))
        self.graph.add_edges_from(graph.hops)

    def all_simple(self, pairs: Pairs) -> float:
        found = [list(nx.all_simple_paths(self.graph, a, b, cutoff=MAX_HOPS)) for a, b in pairs]
        return sum(len(path) - 1 for paths in found for path in paths)

    def shortest(self, pairs: Pairs) -> float:
        return sum(len(nx.shortest_path(self.graph, a, b)) - 1 for a, b in pairs)

    def all_shortest(self, pairs: Pairs) -> float:
        found = [list(nx.all_shortest_paths(self.graph, a, b)) for a, b in pairs]
        return sum(len(path) - 1 for paths in found for path in paths)

    def closure(self, sources: Sequence[int]) -> float:
        return sum(
            sum(nx.single_source_shortest_path_length(self.graph, place).values()) for place in sources
        )

    def reach(self, sources: Sequence[int]) -> float:
        return sum([len(nx.descendants(self.graph, place)) for place in sources])

    def betweenness(self, sources: Sequence[int] | None) -> float:
        if sources is None:
            return sum(nx.betweenness_centrality(self.graph, normalized=False).values())
        found = nx.betweenness_centrality_subset(self.graph, sources, list(self.graph))
        return sum(found.values())


class Rustworkx:
    """rustworkx."""

    def __init__(self, graph: Graph) -> None:
        self.graph: Any = rx.PyGraph() if graph.undirected else rx.PyDiGraph()
        self.graph.add_nodes_from(range(graph.arrays.place_count))
        self.graph.add_edges_from_no_data(graph.hops)

    def all_simple(self, pairs: Pairs) -> float:
        found = [rx.all_simple_paths(self.graph, a, b, cutoff=MAX_HOPS + 1) for a, b in pairs]
        return sum(len(path) - 1 for paths in found for path in paths)

    def shortest(self, pairs: Pairs) -> float:
        return sum(len(rx.dijkstra_shortest_paths(self.graph, a, b)[b]) - 1 for a, b in pairs)

    def all_shortest(self, pairs: Pairs) -> float:
        found = [rx.all_shortest_paths(self.graph, a, b) for a, b in pairs]
        return sum(len(path) - 1 for paths in found for path in paths)

    def closure(self, sources: Sequence[int]) -> float:
        found = [
            dict(rx.dijkstra_shortest_path_lengths(self.graph, place, lambda _: 1.0)) for place in sources
        ]
        return sum(sum(lengths.values()) for lengths in found)

    def reach(self, sources: Sequence[int]) -> float:
        return sum([len(rx.descendants(self.graph, place)) for place in sources])

    def betweenness(self, sources: Sequence[int] | None) -> float:
        if sources is not None:
            raise NotImplementedError
        return sum(dict(rx.betweenness_centrality(self.graph, normalized=False)).values())


class Igraph:
    """igraph."""

    def __init__(self, graph: Graph) -> None:
        self.graph = igraph.Graph(graph.arrays.place_count, graph.hops, directed=not graph.undirected)
        self.mode = "all" if graph.undirected else "out"

    def all_simple(self, pairs: Pairs) -> float:
        found = [self.graph.get_all_simple_paths(a, b, maxlen=MAX_HOPS, mode=self.mode) for a, b in pairs]
        return sum(len(path) - 1 for paths in found for path in paths)

    def shortest(self, pairs: Pairs) -> float:
        return sum(len(self.graph.get_shortest_path(a, b, mode=self.mode)) - 1 for a, b in pairs)

    def all_shortest(self, pairs: Pairs) -> float:
        found = [self.graph.get_all_shortest_paths(a, b, mode=self.mode) for a, b in pairs]
        return sum(len(path) - 1 for paths in found for path in paths)

    def closure(self, sources: Sequence[int]) -> float:
        total = 0
        for place in sources:
            _, layers, _ = self.graph.bfs(place, mode=self.mode)
            sizes = [b - a for a, b in pairwise(layers)]
            total += sum(distance * size for distance, size in enumerate(sizes))
        return total

    def reach(self, sources: Sequence[int]) -> float:
        count = self.graph.vcount()
        return float(sum(self.graph.neighborhood_size(sources, order=count, mode=self.mode, mindist=1)))

    def betweenness(self, sources: Sequence[int] | None) -> float:
        found = self.graph.betweenness(directed=self.mode == "out", sources=sources)
        return float(sum(found))


def _simple(nodes: Sequence[dict[str, Any]]) -> bool:
    # ACYCLIC of ladybug 0.22 also gives some paths that meet their end before it.
    return len({node["id"] for node in nodes}) == len(nodes)


class Ladybug:
    """ladybug, the successor of Kuzu, in memory, with an index on the places."""

    def __init__(self, graph: Graph) -> None:
        self.connection: Any = ladybug.Connection(ladybug.Database(":memory:"))
        self.arrow = "-" if graph.undirected else "->"
        self.connection.execute("CREATE NODE TABLE Place(id INT64 PRIMARY KEY)")
        self.connection.execute("CREATE REL TABLE Hop(FROM Place TO Place)")
        with tempfile.TemporaryDirectory() as folder:
            places, hops = Path(folder) / "places.csv", Path(folder) / "hops.csv"
            places.write_text("\n".join(map(str, range(graph.arrays.place_count))) + "\n", "ascii")
            hops.write_text("\n".join(f"{a},{b}" for a, b in graph.hops) + "\n", "ascii")
            self.connection.execute(f'COPY Place FROM "{places}"')
            self.connection.execute(f'COPY Hop FROM "{hops}"')

    def _lengths(self, pattern: str, pairs: Pairs) -> float:
        text = f"MATCH p = (a:Place)-[e:Hop* {pattern}]{self.arrow}(b:Place)"
        text += " WHERE a.id = $a AND b.id = $b RETURN p"
        prepared = self.connection.prepare(text)
        total = 0
        for a, b in pairs:
            found = self.connection.execute(prepared, {"a": a, "b": b}).get_all()
            total += sum(len(row[0]["_RELS"]) for row in found if _simple(row[0]["_NODES"]))
        return total

    def all_simple(self, pairs: Pairs) -> float:
        return self._lengths(f"ACYCLIC 1..{MAX_HOPS}", pairs)

    def shortest(self, pairs: Pairs) -> float:
        return self._lengths("SHORTEST 1..30", pairs)

    def all_shortest(self, pairs: Pairs) -> float:
        return self._lengths("ALL SHORTEST 1..30", pairs)

    def closure(self, sources: Sequence[int]) -> float:
        text = f"MATCH (a:Place)-[e:Hop* SHORTEST 1..30]{self.arrow}(b:Place) WHERE a.id = $a AND b.id <> $a"
        prepared = self.connection.prepare(f"{text} RETURN length(e), count(*)")
        rows = [row for a in sources for row in self.connection.execute(prepared, {"a": a}).get_all()]
        return float(sum(length * count for length, count in rows))

    def reach(self, sources: Sequence[int]) -> float:
        raise NotImplementedError

    def betweenness(self, sources: Sequence[int] | None) -> float:
        raise NotImplementedError


class Duckdb:
    """DuckDB, recursive common table expressions over a table with an index."""

    def __init__(self, graph: Graph) -> None:
        self.connection: Any = duckdb.connect(":memory:")
        c = graph.arrays.columns
        one, other = np.asarray(c.start), np.asarray(c.end)
        table = {"a": one, "b": other}
        self.connection.register("given", table)
        self.connection.execute("CREATE TABLE hop AS SELECT a, b FROM given ORDER BY a")
        self.connection.execute("CREATE INDEX hop_a ON hop (a)")

    def all_simple(self, pairs: Pairs) -> float:
        text = f"""
        WITH RECURSIVE walk(b, path) AS (
          SELECT b, [a, b] FROM hop WHERE a = $a
          UNION ALL
          SELECT hop.b, list_append(path, hop.b) FROM walk JOIN hop ON hop.a = walk.b
          WHERE len(path) <= {MAX_HOPS} AND walk.b <> $b AND NOT list_contains(path, hop.b))
        SELECT path FROM walk WHERE b = $b"""
        found = [self.connection.execute(text, {"a": a, "b": b}).fetchall() for a, b in pairs]
        return sum(len(row[0]) - 1 for rows in found for row in rows)

    def shortest(self, pairs: Pairs) -> float:
        raise NotImplementedError

    def all_shortest(self, pairs: Pairs) -> float:
        raise NotImplementedError

    def closure(self, sources: Sequence[int]) -> float:
        text = """
        WITH RECURSIVE near(place, distance) USING KEY (place) AS (
          SELECT $a::INT, 0
          UNION
          SELECT hop.b, min(near.distance) + 1 FROM near JOIN hop ON hop.a = near.place
          WHERE hop.b NOT IN (SELECT place FROM recurring.near) GROUP BY hop.b)
        SELECT distance, count(*) FROM near GROUP BY distance"""
        rows = [row for a in sources for row in self.connection.execute(text, {"a": a}).fetchall()]
        return float(sum(distance * count for distance, count in rows))

    def reach(self, sources: Sequence[int]) -> float:
        raise NotImplementedError

    def betweenness(self, sources: Sequence[int] | None) -> float:
        raise NotImplementedError


ENGINES: dict[str, Callable[[Graph], Any]] = {
    "ours": Ours,
    "networkx": Networkx,
    "rustworkx": Rustworkx,
    "igraph": Igraph,
    "ladybug": Ladybug,
    "duckdb": Duckdb,
}


def linked(
    arrays: HopArrays, sources: NDArray[np.int32], count: int, seed: int, *, least: int
) -> list[tuple[int, int]]:
    """Pairs of a source and a place that it reaches over at least so many hops, drawn."""
    draw, view, found = np.random.default_rng(seed), View(arrays), list[tuple[int, int]]()
    for place in draw.permutation(sources).tolist():
        near = closure(view, [place], max_hops=MAX_HOPS)
        far = near.places[sum(near.counts[: least - 1]) :]
        if far:
            found.append((place, int(far[draw.integers(len(far))])))
        if len(found) == count:
            break
    return found
