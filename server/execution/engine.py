"""Queries of pages and of the library, run in the query processes."""

from collections.abc import Mapping, Sequence
from pathlib import Path

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
        result = ox.parse_query_results(body, format=ox.QueryResultsFormat.JSON)
        assert isinstance(result, ox.QuerySolutions)
        return Rows.of(result)
