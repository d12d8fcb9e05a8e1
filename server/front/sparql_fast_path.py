"""Queries answered without the web framework, whose share of the time of a small one is the largest.

Only a whole result is sent from here. What else becomes of a request, a problem, a page or a result in parts,
is handed on to the application with what is known of it.
"""

from typing import TYPE_CHECKING

from policytrace.graph.releases.release import ReleaseError
from policytrace.graph.sparql.syntax import QueryError
from policytrace.server.execution.errors import NoResultError
from policytrace.server.limits.guard import ADMITTED, BEGUN, Guard
from policytrace.server.releases.current import NoReleaseError
from policytrace.server.releases.pinned_release import UnknownReleaseError
from policytrace.server.responses.query_results import ADDRESS
from policytrace.server.responses.reply import Reply
from policytrace.server.responses.responses import ProblemError
from policytrace.server.responses.state import State
from policytrace.server.sparql.evaluation import OUTCOME, SparqlEndpoint

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIEnvironment


class SparqlFastPath:
    """Answers queries in the place of an application.

    Args:
        state: of the application.
        guard: the limits of one client, which the application keeps to as well.
    """

    def __init__(self, state: State, guard: Guard) -> None:
        self._state, self._guard, self._endpoint = state, guard, SparqlEndpoint(state)

    def reply(self, environ: "WSGIEnvironment") -> Reply | None:
        """The whole reply to a request; None when the application is to answer it."""
        if environ["PATH_INFO"] != f"/{ADDRESS}" or environ["REQUEST_METHOD"] not in ("GET", "POST"):
            return None
        try:
            request = self._endpoint.read(environ)
            query, formats = request.text, request.formats
        except ProblemError:
            return None
        if query is None or formats.none or formats.rendered:
            return None
        client = self._guard.let_in(environ)
        if client is None:
            return None
        try:
            self._guard.begin(client)
        except ProblemError as refused:
            environ[ADMITTED] = refused.again()
            return None
        environ[BEGUN] = True
        try:
            opened = self._state.open(request.release)
            outcome = self._endpoint.evaluate(opened, query, request, environ)
        except (NoReleaseError, UnknownReleaseError, QueryError, ReleaseError, OSError):
            return None
        except BaseException:
            self._guard.end(client)
            del environ[BEGUN]
            raise
        result = outcome.result
        if isinstance(result, NoResultError) or result.more:
            environ[OUTCOME] = outcome
            return None
        self._guard.end(client)
        return self._endpoint.reply(opened, query, request, result, environ)
