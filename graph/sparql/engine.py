"""The engine a release is queried with: embedded Oxigraph.

Every engine takes the same query text and gives the same neutral terms, those of pyoxigraph. None writes,
fetches what FROM names, or follows SERVICE unless it is given a relay for that.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import pyoxigraph as ox

from policytrace.graph.releases.checksums import Damage
from policytrace.graph.releases.release import DamagedError
from policytrace.graph.sparql.binding import Term, bind
from policytrace.graph.sparql.dataset_clause import Datasets, disjoint_parts
from policytrace.graph.sparql.service_clause import Relay, RelayedQuery, relay_services
from policytrace.graph.sparql.syntax import (
    QueryError,
    UnsupportedQueryError,
    check_no_update,
    undeclared_prefix,
    unexpected,
)

_OXIGRAPH_ERROR = re.compile(r"error at (\d+):(\d+): (.*)", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Rows:
    """The answer to a SELECT query; ``None`` in a row is an unbound variable."""

    variables: tuple[str, ...]
    rows: list[tuple[Term | None, ...]]

    @classmethod
    def of(cls, answer: ox.QuerySolutions) -> "Rows":
        """All rows of an answer of Oxigraph, which are read from it."""
        names = tuple(variable.value for variable in answer.variables)
        return cls(names, [tuple(solution) for solution in answer])


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
            bindings: terms for variables, bound as ``binding.bind`` says.
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

    def __init__(self, store: ox.Store, disjoint: frozenset[str] = frozenset()) -> None:
        """``disjoint``: named graphs known to have no triple in common."""
        self.store = store
        self._datasets = Datasets(store, disjoint)

    @classmethod
    def open(cls, path: Path) -> "OxigraphEngine":
        """Open the store folder of a release, read-only."""
        return cls(ox.Store.read_only(str(path)), disjoint_parts(path.parent))

    def query(
        self,
        text: str,
        *,
        bindings: Mapping[str, Term | None] | None = None,
        default_graphs: Sequence[str] | None = None,
        named_graphs: Sequence[str] | None = None,
    ) -> Result:
        """See ``Engine.query``.

        Raises:
            DamagedError: a file of the store is not as it was written.
        """
        answer = self.answer(
            text, bindings=bindings, default_graphs=default_graphs, named_graphs=named_graphs
        )
        try:
            return _neutral(answer)
        except RuntimeError as error:
            raise _failure(error) from error

    def answer(
        self,
        text: str,
        *,
        bindings: Mapping[str, Term | None] | None = None,
        default_graphs: Sequence[str] | None = None,
        named_graphs: Sequence[str] | None = None,
        base: str | None = None,
        relay: Relay | None = None,
    ) -> ox.QuerySolutions | ox.QueryBoolean | ox.QueryTriples:
        """The same as ``query``, as Oxigraph's own answer, which can be serialised without reading it.

        ``base`` resolves relative IRIs of a query that declares no base; ``relay`` calls other services.
        """
        sent = relay_services(text, relay)
        try:
            bound = bind(sent.text, bindings) if bindings else sent.text
            dataset = self._datasets.dataset_of(bound, default_graphs, named_graphs, base)
            if dataset is None:
                return self.store.query(bound, base_iri=base)
            return dataset.store.query(
                bound,
                base_iri=base,
                default_graph=[ox.NamedNode(iri) for iri in dataset.default] or ox.BlankNode(),
                named_graphs=[ox.NamedNode(iri) for iri in dataset.named],
            )
        except SyntaxError as error:
            check_no_update(text)
            raise _oxigraph_error(sent, error) from error
        except RuntimeError as error:
            raise _failure(error) from error
        except ValueError as error:
            raise QueryError(str(error)) from error


def _failure(error: RuntimeError) -> Exception:
    """What the engine says it cannot do; it compares what it reads with checksums of its own."""
    if str(error).startswith("Corruption"):
        return DamagedError("the store", Damage("a file", "cannot be read"))
    return UnsupportedQueryError(str(error))


def _neutral(answer: ox.QuerySolutions | ox.QueryBoolean | ox.QueryTriples) -> Result:
    if isinstance(answer, ox.QuerySolutions):
        return Rows.of(answer)
    if isinstance(answer, ox.QueryBoolean):
        return bool(answer)
    return list(answer)


def _oxigraph_error(sent: RelayedQuery, error: SyntaxError) -> QueryError:
    match = _OXIGRAPH_ERROR.match(str(error))
    if match is None:
        return QueryError(f"This is no valid SPARQL query: {error}")
    text, (line, column) = sent.written, sent.original_position(int(match[1]), int(match[2]))
    if "Prefix not found" in match[3]:
        return undeclared_prefix(text, line, column)
    return unexpected(text, line, column)
