"""The engine a release is queried with: embedded Oxigraph.

Every engine takes the same query text and gives the same neutral terms, those of pyoxigraph. None writes,
follows SERVICE, or fetches what FROM names.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import pyoxigraph as ox

from policytrace.graph.binding import Term, bind
from policytrace.graph.sparql import (
    QueryError,
    QueryRefusedError,
    check_read_only,
    from_clauses,
    undeclared_prefix,
    unexpected,
)

__all__ = [
    "Engine",
    "OxigraphEngine",
    "QueryError",
    "QueryRefusedError",
    "Result",
    "Rows",
    "Term",
    "check_read_only",
]

_OXIGRAPH_ERROR = re.compile(r"error at (\d+):(\d+): (.*)", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Rows:
    """The answer to a SELECT query; ``None`` in a row is an unbound variable."""

    variables: tuple[str, ...]
    rows: list[tuple[Term | None, ...]]


Result = Rows | bool | list[ox.Triple]
"""Rows of SELECT, truth of ASK, triples of CONSTRUCT and DESCRIBE."""


class Engine(Protocol):
    """Something that answers SPARQL 1.1 queries over one release."""

    def query(
        self,
        text: str,
        *,
        bindings: Mapping[str, Term | None] | None = None,
        default_graphs: Sequence[str] | None = None,
        named_graphs: Sequence[str] | None = None,
    ) -> Result:
        """Answer a query.

        Args:
            text: the query.
            bindings: terms for variables, bound as ``sparql.bind`` says.
            default_graphs: IRIs of the graphs whose merge is the default graph, instead of the release's own.
            named_graphs: IRIs of the graphs GRAPH may see. If either list is given, the other is empty unless
                given too (SPARQL 1.1 Protocol, 2.1.4).

        Raises:
            QueryRefusedError: the query writes or calls another server.
            QueryError: it is no SPARQL, or cannot be evaluated.
        """
        ...


class OxigraphEngine:
    """A pyoxigraph store, in memory or on disk."""

    def __init__(self, store: ox.Store) -> None:
        self.store = store

    @classmethod
    def open(cls, path: Path) -> "OxigraphEngine":
        """Open the store folder of a release, read-only."""
        return cls(ox.Store.read_only(str(path)))

    def query(
        self,
        text: str,
        *,
        bindings: Mapping[str, Term | None] | None = None,
        default_graphs: Sequence[str] | None = None,
        named_graphs: Sequence[str] | None = None,
    ) -> Result:
        """See ``Engine.query``."""
        return _neutral(
            self.answer(text, bindings=bindings, default_graphs=default_graphs, named_graphs=named_graphs)
        )

    def answer(
        self,
        text: str,
        *,
        bindings: Mapping[str, Term | None] | None = None,
        default_graphs: Sequence[str] | None = None,
        named_graphs: Sequence[str] | None = None,
    ) -> ox.QuerySolutions | ox.QueryBoolean | ox.QueryTriples:
        """The same as ``query``, as Oxigraph's own answer, which can be serialised without reading it."""
        check_read_only(text)
        store, dataset = self.store, _Choice.of(text, default_graphs, named_graphs)
        try:
            if dataset is None:
                return store.query(bind(text, bindings or {}))
            if len(dataset.default) > 1:
                store, dataset = _merged(store, dataset)
            return store.query(
                bind(text, bindings or {}),
                default_graph=[ox.NamedNode(iri) for iri in dataset.default] or ox.BlankNode(),
                named_graphs=[ox.NamedNode(iri) for iri in dataset.named],
            )
        except SyntaxError as error:
            raise _oxigraph_error(text, error) from error
        except (RuntimeError, ValueError) as error:
            raise QueryError(str(error)) from error


@dataclass(frozen=True, slots=True)
class _Choice:
    """The graphs a request or a FROM clause chooses."""

    default: tuple[str, ...]
    named: tuple[str, ...]

    @classmethod
    def of(
        cls, text: str, default_graphs: Sequence[str] | None, named_graphs: Sequence[str] | None
    ) -> "_Choice | None":
        if default_graphs is not None or named_graphs is not None:
            return cls(tuple(default_graphs or ()), tuple(named_graphs or ()))
        if not from_clauses(text):
            return None
        from policytrace.graph.rdflib_engine import parsed

        clauses = parsed(text).algebra.datasetClause or ()
        return cls(
            tuple(str(clause.default) for clause in clauses if clause.default),
            tuple(str(clause.named) for clause in clauses if clause.named),
        )


_MERGED = "https://w3id.org/policytrace/graph/merged"


def _merged(store: ox.Store, dataset: _Choice) -> tuple[ox.Store, _Choice]:
    # Oxigraph reads several default graphs one after the other: a triple in two of them would be found twice.
    copy, merged = ox.Store(), ox.NamedNode(_MERGED)
    for iri in dataset.default:
        graph = ox.NamedNode(iri)
        copy.bulk_extend(
            ox.Quad(quad.subject, quad.predicate, quad.object, merged)
            for quad in store.quads_for_pattern(None, None, None, graph)
        )
    for iri in dataset.named:
        copy.bulk_extend(store.quads_for_pattern(None, None, None, ox.NamedNode(iri)))
    return copy, _Choice((_MERGED,), dataset.named)


def _neutral(answer: ox.QuerySolutions | ox.QueryBoolean | ox.QueryTriples) -> Result:
    if isinstance(answer, ox.QuerySolutions):
        names = tuple(variable.value for variable in answer.variables)
        return Rows(names, [tuple(solution) for solution in answer])
    if isinstance(answer, ox.QueryBoolean):
        return bool(answer)
    return list(answer)


def _oxigraph_error(text: str, error: SyntaxError) -> QueryError:
    match = _OXIGRAPH_ERROR.match(str(error))
    if match is None:
        return QueryError(f"This is no valid SPARQL query: {error}")
    line, column = int(match[1]), int(match[2])
    if "Prefix not found" in match[3]:
        return undeclared_prefix(text, line, column)
    return unexpected(text, line, column)
