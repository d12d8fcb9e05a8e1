"""Queries of pages and of the library, run in the query processes."""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pyoxigraph as ox

from policytrace.graph.sparql.binding import Term, bind
from policytrace.graph.sparql.engine import Rows
from policytrace.server.execution.pool import Pool
from policytrace.server.http.negotiation import JSON_RESULTS


class PoolEngine:
    """The SELECT part of a query engine over one release, under the limits of a pool."""

    def __init__(self, pool: Pool, store: Path) -> None:
        self.pool, self.store = pool, store

    def query(
        self,
        text: str,
        *,
        bindings: Mapping[str, Term | None] | None = None,
        default_graphs: Sequence[str] | None = None,
        named_graphs: Sequence[str] | None = None,
    ) -> Rows:
        """The rows of a SELECT query.

        Raises:
            NoResultError: it has no result; the sub-class says why.
        """
        body = self.pool.run(
            self.store,
            bind(text, bindings or {}),
            JSON_RESULTS.media_type,
            default_graphs=None if default_graphs is None else list(default_graphs),
            named_graphs=None if named_graphs is None else list(named_graphs),
        )
        return rows(body)


def rows(body: bytes) -> Rows:
    """The rows of a SPARQL 1.1 JSON result."""
    found = json.loads(body)
    names = tuple(found["head"].get("vars", ()))
    bindings = found["results"]["bindings"]
    return Rows(names, [tuple(_term(b.get(name)) for name in names) for b in bindings])


def _term(binding: dict[str, Any] | None) -> Term | None:
    if binding is None:
        return None
    kind, value = binding["type"], str(binding["value"])
    if kind == "uri":
        return ox.NamedNode(value)
    if kind == "bnode":
        return ox.BlankNode(value)
    if language := binding.get("xml:lang"):
        return ox.Literal(value, language=language)
    datatype = binding.get("datatype")
    return ox.Literal(value, datatype=ox.NamedNode(datatype)) if datatype else ox.Literal(value)
