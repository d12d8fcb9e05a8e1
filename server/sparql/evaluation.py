"""The query operation of the SPARQL 1.1 Protocol (section 2.1), from the WSGI environment to the reply.

The layer before the application and the application itself both answer queries with what is here.
"""

import json
from typing import TYPE_CHECKING, NamedTuple

from policytrace.graph.releases.release import Release
from policytrace.server.execution.errors import NoResultError
from policytrace.server.execution.wire import Rendering
from policytrace.server.execution.worker_process import QueryResult
from policytrace.server.http import connections
from policytrace.server.http.negotiation import Format
from policytrace.server.operations.access_log import digest
from policytrace.server.releases.current import Opened
from policytrace.server.responses import query_results
from policytrace.server.responses.query_results import ADDRESS, limits_header, via
from policytrace.server.responses.reply import Reply
from policytrace.server.responses.state import State
from policytrace.server.sparql import permalink, protocol
from policytrace.server.sparql.formats import FILES, PAGE
from policytrace.server.sparql.protocol import SparqlRequest, is_volatile

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIEnvironment

OUTCOME = "policytrace.outcome"
"""Where the WSGI environment holds what became of the query, when it was evaluated already."""


class QueryOutcome(NamedTuple):
    """What became of a query, on which release."""

    opened: Opened
    result: QueryResult | NoResultError


class SparqlEndpoint:
    """Reads requests, evaluates queries and makes replies of what comes out whole. Safe to share.

    Args:
        state: of the application.
    """

    def __init__(self, state: State) -> None:
        self._state = state
        self._address = state.links.absolute(ADDRESS)
        self._headers = {**via(state.links), "X-PolicyTrace-Limits": limits_header(state.pool.limits(None))}

    def read(self, environ: "WSGIEnvironment") -> SparqlRequest:
        """See ``protocol.read``."""
        return protocol.read(environ, self._state.settings.query_size)

    def evaluate(
        self, opened: Opened, query: str, request: SparqlRequest, environ: "WSGIEnvironment"
    ) -> QueryOutcome:
        """Evaluates a query.

        Args:
            opened: the release to ask.
            query: its text.
            request: what else is asked; its client accepts one format or more.
            environ: of the request; shows whether its client is still there.
        """
        formats = request.formats
        file = formats.rows if formats.rows in FILES else None
        try:
            result = self._state.pool.open(
                opened.release.store_path,
                query,
                formats.rows_as,
                formats.graph_as,
                seconds=request.seconds,
                default_graphs=request.default_graphs,
                named_graphs=request.named_graphs,
                shown_rows=formats.shown_rows,
                shown_triples=formats.shown_triples,
                shown_bytes=PAGE if formats.rendered else 0,
                rendering=self._rendering(opened.release, query, file) if file else None,
                base=self._address,
                client_gone=connections.watch(environ),
            )
        except NoResultError as error:
            # Where it was raised, it knows the request, which knows it: without that, both go at once.
            return QueryOutcome(opened, error.with_traceback(None))
        return QueryOutcome(opened, result)

    def _rendering(self, release: Release, query: str, file: Format) -> Rendering:
        """What a file says of itself."""
        links = self._state.links
        about = {
            "Asked at": self._address,
            "Again": links.absolute(f"sparql?q={permalink.shorten(query)}&release={release.id}"),
            "Release": release.id,
            **({"Licence": release.licence} if release.licence else {}),
        }
        return Rendering(file.name, links.site, self._state.settings.language, json.dumps(about))

    def reply(
        self,
        opened: Opened,
        query: str,
        request: SparqlRequest,
        result: QueryResult,
        environ: "WSGIEnvironment",
    ) -> Reply:
        """The reply with a whole result in a format that is not rendered here; closes the result."""
        headers = self._headers
        if request.seconds is not None:
            limits = self._state.pool.limits(request.seconds)
            headers = {**headers, "X-PolicyTrace-Limits": limits_header(limits)}
        return query_results.whole_reply(
            result,
            opened.release,
            request.formats.of(result.form),
            environ.get("HTTP_ACCEPT_ENCODING", ""),
            headers,
            private=is_volatile(query),
            facts={"query": digest(query)},
        )
