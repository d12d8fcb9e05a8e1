"""rdflib as an engine: the reference beside Oxigraph, and the only module that knows rdflib's terms."""

import warnings
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import pyoxigraph as ox
import rdflib
import rdflib.plugins.sparql
from pyparsing.exceptions import ParseBaseException
from rdflib.paths import Path as PropertyPath
from rdflib.plugins.sparql import parser
from rdflib.plugins.sparql.algebra import translateQuery, traverse
from rdflib.plugins.sparql.evaluate import evalAggregateJoin, evalBGP
from rdflib.plugins.sparql.parserutils import CompValue
from rdflib.plugins.sparql.sparql import Query as RdflibQuery
from rdflib.plugins.sparql.sparql import QueryContext

from policytrace.graph.sparql.binding import Term, bind
from policytrace.graph.sparql.engine import Result, Rows
from policytrace.graph.sparql.rdflib_terms import from_rdflib, to_rdflib
from policytrace.graph.sparql.syntax import (
    QueryError,
    check_read_only,
    expand_code_points,
    undeclared_prefix,
    unexpected,
)

rdflib.plugins.sparql.SPARQL_LOAD_GRAPHS = False

_GREEDY = "PolicyTraceBGP"
"""Name of a basic graph pattern whose triple patterns are joined greedily."""
_GROUPED = "PolicyTraceGroups"
"""Name of an aggregation that gives nothing where there is no group."""


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
        query = parsed(bind(text, bindings or {}))
        if default_graphs is not None or named_graphs is not None:
            query.algebra.datasetClause = [
                *(CompValue("DatasetClause", default=rdflib.URIRef(iri)) for iri in default_graphs or ()),
                *(CompValue("DatasetClause", named=rdflib.URIRef(iri)) for iri in named_graphs or ()),
            ]
        traverse(query.algebra, visitPre=_mend)
        try:
            with warnings.catch_warnings():
                # rdflib's evaluator uses a property that rdflib itself declares deprecated.
                warnings.simplefilter("ignore", DeprecationWarning)
                return _from_result(self.dataset.query(query))
        except Exception as error:
            raise QueryError(f"rdflib cannot evaluate this query: {error}") from error


def parsed(text: str) -> RdflibQuery:
    """A query, parsed whole.

    Raises:
        QueryError: it is no SPARQL; with line and column.
    """
    try:
        # Not rdflib's own entry: it expands code points without looking whether they stand in a string.
        return translateQuery(parser.Query.parse_string(expand_code_points(text), parse_all=True))
    except ParseBaseException as error:
        raise unexpected(text, error.lineno, error.column) from error
    except Exception as error:
        if "prefix" in str(error).lower():
            raise undeclared_prefix(text, 0, 0) from error
        raise QueryError(f"This is no valid SPARQL query: {error}") from error


def _mend(part: Any) -> None:
    """Have joins use what is bound, without which rdflib does not end on half of the library of queries.

    rdflib sorts the triple patterns of a basic graph pattern (SPARQL 1.1 Query, 18.3) once, by what is bound
    before the first of them, so that it multiplies unconnected ones; and it evaluates the second part of a
    join on its own where the first holds a sub-select. Answers stay the same.

    A query that groups nothing has no groups (SPARQL 1.1 Query, 18.5.1); rdflib gives one without values.
    """
    if isinstance(part, CompValue):
        if part.name == "Join" and _takes_bindings(part.p2):
            part["lazy"] = True
        elif part.name == "BGP":
            part.name = _GREEDY
        elif part.name == "AggregateJoin" and part.p.expr is not None:
            part.name = _GROUPED


def _takes_bindings(part: CompValue) -> bool:
    """Whether what is bound outside can be put into ``part`` without any change of what it means."""
    if part.name == "Graph":
        return _takes_bindings(part.p)
    return part.name == "BGP" or (part.name == "ToMultiSet" and part.p.name == "values")


def _evaluate(context: QueryContext, part: CompValue) -> Iterator[Any]:
    if part.name != _GREEDY:
        raise NotImplementedError
    return _solutions(context, part.triples)


def _evaluate_groups(context: QueryContext, part: CompValue) -> Iterator[Any]:
    if part.name != _GROUPED:
        raise NotImplementedError
    return (group for group in evalAggregateJoin(context, part) if len(group))


rdflib.plugins.sparql.CUSTOM_EVALS |= {_GREEDY: _evaluate, _GROUPED: _evaluate_groups}


def _solutions(context: QueryContext, triples: list[Any]) -> Iterator[Any]:
    """The solutions of triple patterns; the one with the fewest unbound terms is matched next."""
    if not triples:
        yield context.solution()
        return

    def cost(at: int) -> tuple[int, bool, bool]:
        unbound = [context[term] is None for term in triples[at]]
        return sum(unbound), unbound[0], isinstance(triples[at][1], PropertyPath)

    first = min(range(len(triples)), key=cost)
    rest = triples[:first] + triples[first + 1 :]
    for solution in evalBGP(context, [triples[first]]):
        yield from _solutions(context.thaw(solution), rest)


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
