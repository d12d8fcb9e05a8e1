"""The engines a release is queried with: embedded Oxigraph, and rdflib as the reference.

Both take the same query text and give the same neutral terms (those of pyoxigraph); only this module knows
the terms of rdflib. Neither writes, follows SERVICE, or fetches what FROM names.
"""

import re
import warnings
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import pyoxigraph as ox
import rdflib
import rdflib.plugins.sparql
from pyparsing.exceptions import ParseBaseException
from rdflib.plugins.sparql import parser
from rdflib.plugins.sparql.algebra import translateQuery
from rdflib.plugins.sparql.parserutils import CompValue
from rdflib.plugins.sparql.sparql import Query as RdflibQuery

from policytrace.graph.binding import Term, bind
from policytrace.graph.sparql import (
    QueryError,
    QueryRefusedError,
    check_read_only,
    expand_code_points,
    from_clauses,
    undeclared_prefix,
    unexpected,
)
from policytrace.graph.terms import XSD

rdflib.plugins.sparql.SPARQL_LOAD_GRAPHS = False

__all__ = [
    "Engine",
    "OxigraphEngine",
    "QueryError",
    "QueryRefusedError",
    "RdflibEngine",
    "Result",
    "Rows",
    "Term",
    "check_read_only",
    "from_rdflib",
    "to_rdflib",
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
        clauses = _parsed(text).algebra.datasetClause or ()
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


class RdflibEngine:
    """The reference engine: slow, independent of Oxigraph, for small releases and for tests."""

    def __init__(self, dataset: rdflib.Dataset) -> None:
        self.dataset = dataset

    @classmethod
    def load(cls, quads: Iterable[ox.Quad]) -> "RdflibEngine":
        """Copy quads, for example those of a dump or of another store."""
        dataset = rdflib.Dataset(default_union=False)
        known: dict[str, rdflib.Graph] = {}
        for quad in quads:
            name = quad.graph_name
            graph = dataset.default_graph
            if isinstance(name, ox.NamedNode):
                if name.value not in known:
                    known[name.value] = dataset.graph(rdflib.URIRef(name.value))
                graph = known[name.value]
            graph.add((to_rdflib(quad.subject), to_rdflib(quad.predicate), to_rdflib(quad.object)))
        return cls(dataset)

    @classmethod
    def open(cls, dump: Path) -> "RdflibEngine":
        """Read an N-Quads dump."""
        return cls.load(ox.parse(path=str(dump), format=ox.RdfFormat.N_QUADS))

    def query(
        self,
        text: str,
        *,
        bindings: Mapping[str, Term | None] | None = None,
        default_graphs: Sequence[str] | None = None,
        named_graphs: Sequence[str] | None = None,
    ) -> Result:
        """See ``Engine.query``."""
        check_read_only(text)
        query = _parsed(bind(text, bindings or {}))
        if default_graphs is not None or named_graphs is not None:
            query.algebra.datasetClause = [
                *(CompValue("DatasetClause", default=rdflib.URIRef(iri)) for iri in default_graphs or ()),
                *(CompValue("DatasetClause", named=rdflib.URIRef(iri)) for iri in named_graphs or ()),
            ]
        try:
            with warnings.catch_warnings():
                # rdflib's evaluator uses a property that rdflib itself declares deprecated.
                warnings.simplefilter("ignore", DeprecationWarning)
                return _from_result(self.dataset.query(query))
        except Exception as error:
            raise QueryError(f"rdflib cannot evaluate this query: {error}") from error


def _parsed(text: str) -> RdflibQuery:
    try:
        # Not rdflib's own entry: it expands code points without looking whether they stand in a string.
        return translateQuery(parser.Query.parse_string(expand_code_points(text), parse_all=True))
    except ParseBaseException as error:
        raise unexpected(text, error.lineno, error.column) from error
    except Exception as error:
        if "prefix" in str(error).lower():
            raise undeclared_prefix(text, 0, 0) from error
        raise QueryError(f"This is no valid SPARQL query: {error}") from error


def _from_result(result: Any) -> Result:
    if result.type == "ASK":
        return bool(result.askAnswer)
    if result.type == "SELECT":
        names = tuple(str(variable) for variable in result.vars)
        return Rows(
            names,
            [tuple(from_rdflib(row.get(variable)) for variable in result.vars) for row in result.bindings],
        )
    return [
        ox.Triple(from_rdflib(s), from_rdflib(p), from_rdflib(o))  # type: ignore[arg-type]
        for s, p, o in result.graph
    ]


def to_rdflib(term: Any) -> rdflib.term.Identifier:
    """A neutral term as one of rdflib, its literal as written."""
    if isinstance(term, ox.NamedNode):
        return rdflib.URIRef(term.value)
    if isinstance(term, ox.BlankNode):
        return rdflib.BNode(term.value)
    if term.language:
        return rdflib.Literal(term.value, lang=term.language)
    datatype = None if term.datatype.value == XSD + "string" else rdflib.URIRef(term.datatype.value)
    return rdflib.Literal(term.value, datatype=datatype, normalize=False)


def from_rdflib(term: rdflib.term.Identifier | None) -> Term | None:
    """A term of rdflib as a neutral one."""
    if term is None:
        return None
    if isinstance(term, rdflib.URIRef):
        return ox.NamedNode(str(term))
    if isinstance(term, rdflib.BNode):
        return ox.BlankNode(str(term))
    assert isinstance(term, rdflib.Literal)
    if term.language:
        return ox.Literal(str(term), language=str(term.language))
    return ox.Literal(str(term), datatype=ox.NamedNode(str(term.datatype)) if term.datatype else None)
