"""A graph as validation sees it: rows of queries, and sizes worth knowing before a query is written."""

from collections.abc import Sequence
from typing import Any

import pyoxigraph as ox

from policytrace.graph.validation.shapes import TYPE, Term
from policytrace.graph.validation.targets import Scope
from policytrace.graph.vocabulary.terms import RDFS


class DataGraph:
    """The default graph of a store, which does not change while it is looked at."""

    def __init__(self, store: ox.Store) -> None:
        self._store = store
        self._classes: dict[str, list[str]] = {}
        self._instances: dict[str, int] = {}
        self._read: dict[str, tuple[int, bool]] = {}

    def rows(self, query: str) -> list[tuple[Term, ...]]:
        """The rows of a SELECT query; all of them, because an answer must end in the thread it began in."""
        answer = self._store.query(query)
        assert isinstance(answer, ox.QuerySolutions)
        return [tuple(row) for row in answer]

    def solutions(self, query: str) -> list[dict[str, Any]]:
        """The same, with the names of the variables."""
        answer = self._store.query(query)
        assert isinstance(answer, ox.QuerySolutions)
        names = [variable.value for variable in answer.variables]
        return [dict(zip(names, row, strict=True)) for row in answer]

    def nodes(self, scope: Scope) -> set[Term]:
        """The nodes of a scope."""
        return {row[0] for row in self.rows(f"SELECT ?this WHERE {scope.distinct()}")}

    def mentions(self, node: Term) -> bool:
        """Whether a node is subject or object of any statement."""
        default = ox.DefaultGraph()
        patterns = [(None, node)] if isinstance(node, ox.Literal) else [(node, None), (None, node)]
        return any(
            next(self._store.quads_for_pattern(subject, None, value, default), None) is not None
            for subject, value in patterns
        )

    def classes(self, iri: str) -> list[str]:
        """A class and its sub-classes in the data."""
        if iri not in self._classes:
            rows = self.rows(f"SELECT DISTINCT ?c WHERE {{ ?c <{RDFS}subClassOf>* <{iri}> }}")
            result = {row[0].value for row in rows if isinstance(row[0], ox.NamedNode)}
            self._classes[iri] = [iri, *sorted(result - {iri})]
        return self._classes[iri]

    def instances(self, classes: Sequence[str]) -> int:
        """How many things are stated to be of these classes; one of two classes counts twice."""
        for iri in classes:
            if iri not in self._instances:
                self._instances[iri] = self._count(f"?s <{TYPE}> <{iri}>")
        return sum(self._instances[iri] for iri in classes)

    def exceeds(self, predicate: str, limit: int) -> bool:
        """Whether more than ``limit`` statements have this predicate; no more are read than needed."""
        count, whole = self._read.get(predicate, (-1, False))
        if count <= limit and not whole:
            count = self._count(f"?s <{predicate}> ?o", limit + 1)
            self._read[predicate] = (count, count <= limit)
        return count > limit

    def _count(self, pattern: str, limit: int | None = None) -> int:
        within = f"{{ SELECT ?s WHERE {{ {pattern} }} LIMIT {limit} }}" if limit else pattern
        (row,) = self.rows(f"SELECT (COUNT(*) AS ?n) WHERE {{ {within} }}")
        return int(row[0].value)
