"""The RDF dataset a query is asked over, when a request or a FROM clause chooses it (SPARQL 1.1 Query, 13.2).

The default graph is the RDF merge of the graphs named. Oxigraph reads several default graphs one after the
other, so a triple in two of them would be found twice. Graphs without a common triple are read where they
are; only graphs that overlap are copied into memory.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from itertools import combinations
from pathlib import Path

import pyoxigraph as ox

from policytrace.graph.releases.release import Release, ReleaseError
from policytrace.graph.sparql.syntax import default_graph_clauses, named_graph_clauses, prologue
from policytrace.graph.vocabulary.bounded_cache import BoundedCache, entry_size
from policytrace.graph.vocabulary.terms import graph

MERGED = "https://w3id.org/policytrace/graph/merged"
"""The graph of a copy that holds the merge."""
COMPARED = 6
"""Up to so many default graphs are compared in pairs before they are copied."""
OVERLAPS = 4 * 2**20
"""Bytes of what was found out of pairs of graphs that stay in memory."""
PARTS = frozenset(graph(name) for name in ("asserted", "inferred", "strength", "ontology", "hops/realised"))
"""The graphs of a release that its default graph is made of."""


@dataclass(frozen=True, slots=True)
class QueryDataset:
    """A store, the graphs that make up the default graph without a common triple, and the named graphs."""

    store: ox.Store
    default: tuple[str, ...]
    named: tuple[str, ...]


class Datasets:
    """Chooses datasets of one store; remembers what it found out about its graphs and the last copy."""

    def __init__(self, store: ox.Store, disjoint: frozenset[str] = frozenset()) -> None:
        """``disjoint``: graphs known to have no triple in common."""
        self.store, self.disjoint = store, disjoint
        self._overlaps = BoundedCache[tuple[str, str], bool](OVERLAPS, entry_size)
        self._copied: tuple[tuple[str, ...], tuple[str, ...]] | None = None
        self._copy = store

    def dataset_of(
        self,
        text: str,
        default_graphs: Sequence[str] | None,
        named_graphs: Sequence[str] | None,
        base: str | None = None,
    ) -> QueryDataset | None:
        """The dataset of a query, or None when the store as it is will do.

        Graphs given with the request win over those of FROM clauses (SPARQL 1.1 Protocol, 2.1.4).

        Raises:
            ValueError: an IRI of the request is none.
            SyntaxError: a FROM clause cannot be read.
        """
        if default_graphs is not None or named_graphs is not None:
            return self._dataset(tuple(default_graphs or ()), tuple(named_graphs or ()))
        clauses = default_graph_clauses(text)
        if len(clauses) < 2:
            return None
        start = prologue(text)
        return self._dataset(
            _resolved(start, clauses, base), _resolved(start, named_graph_clauses(text), base)
        )

    def _dataset(self, default: tuple[str, ...], named: tuple[str, ...]) -> QueryDataset:
        default = tuple(iri for iri in dict.fromkeys(default) if self._holds(iri))
        if len(default) < 2 or (len(default) <= COMPARED and self._disjoint(default)):
            return QueryDataset(self.store, default, named)
        if self._copied != (default, named):
            self._copy, self._copied = _copy(self.store, default, named), (default, named)
        return QueryDataset(self._copy, (MERGED,), named)

    def _holds(self, iri: str) -> bool:
        return next(self.store.quads_for_pattern(None, None, None, ox.NamedNode(iri)), None) is not None

    def _disjoint(self, graphs: Sequence[str]) -> bool:
        for pair in combinations(sorted(graphs), 2):
            if self.disjoint.issuperset(pair):
                continue
            if self._overlaps.get_or_make(pair, partial(_overlap, self.store, *pair)):
                return False
        return True


def disjoint_parts(release: Path) -> frozenset[str]:
    """The parts of a release's default graph, if its counts prove that no triple stands in two of them."""
    try:
        counts = Release(release.name, release).manifest.get("triples", {})
    except ReleaseError:
        return frozenset()
    total = sum(counts.get(name, 0) for name in PARTS)
    return PARTS if counts.get("default") == total else frozenset()


def _overlap(store: ox.Store, one: str, other: str) -> bool:
    ask = "ASK {{ GRAPH {} {{ ?s ?p ?o }} GRAPH {} {{ ?s ?p ?o }} }}"
    return bool(store.query(ask.format(ox.NamedNode(one), ox.NamedNode(other))))


def _copy(store: ox.Store, default: Sequence[str], named: Sequence[str]) -> ox.Store:
    copy, merged = ox.Store(), ox.NamedNode(MERGED)
    for iri in default:
        graph = store.quads_for_pattern(None, None, None, ox.NamedNode(iri))
        copy.bulk_extend(ox.Quad(quad.subject, quad.predicate, quad.object, merged) for quad in graph)
    for iri in named:
        copy.bulk_extend(store.quads_for_pattern(None, None, None, ox.NamedNode(iri)))
    return copy


def _resolved(start: str, names: Sequence[str], base: str | None) -> tuple[str, ...]:
    """The IRIs that names stand for after the declarations a query starts with."""
    if not names:
        return ()
    columns = " ".join(f"({name} AS ?graph{at})" for at, name in enumerate(names))
    answer = ox.Store().query(f"{start} SELECT {columns} {{}}", base_iri=base)
    assert isinstance(answer, ox.QuerySolutions)
    return tuple(term.value for term in next(answer) if isinstance(term, ox.NamedNode))
