"""Identifiers and the documents about things, answered without the web framework.

Only what is there is sent from here. A web page, a page of a list after the first, a name that is not known
and whatever else asks for a choice of words is left to the application.
"""

import re
from typing import TYPE_CHECKING

from policytrace.graph.vocabulary.terms import BASE
from policytrace.server.http import negotiation
from policytrace.server.http.negotiation import HTML, PAGE_AND_GRAPH
from policytrace.server.limits.guard import Guard
from policytrace.server.linked_data import documents
from policytrace.server.releases.current import NoReleaseError
from policytrace.server.responses.reply import Reply
from policytrace.server.responses.state import State

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIEnvironment

_NAMES = r"[A-Za-z0-9._~-]+(?:/[A-Za-z0-9._~-]+)*"
_ADDRESS = re.compile(rf"/(id/[a-z-]+/|doc/(?!path/)[a-z-]+/|scheme/|graph/)({_NAMES})")
"""Addresses that are answered here: those that read the same however they are written.

Paths are computed when they are asked for, so that their documents count among the queries of a client.
"""


class DocumentFastPath:
    """Answers plain requests for identifiers and documents in the place of an application.

    Args:
        state: of the application.
        guard: the limits of one client, which the application keeps to as well.
    """

    def __init__(self, state: State, guard: Guard) -> None:
        self._state, self._guard = state, guard

    def reply(self, environ: "WSGIEnvironment") -> Reply | None:
        """The whole reply to a request; None when the application is to answer it."""
        if environ["REQUEST_METHOD"] not in ("GET", "HEAD") or environ.get("QUERY_STRING"):
            return None
        address = _ADDRESS.fullmatch(environ["PATH_INFO"])
        if address is None:
            return None
        try:
            opened = self._state.published.current()
        except NoReleaseError:
            return None
        if self._guard.let_in(environ) is None:
            return None
        folder, name = address.groups()
        target = documents.target(opened.reader, BASE + folder.replace("doc/", "id/", 1), name)
        if target is None:
            return None
        form = target.extension or negotiation.choose(environ.get("HTTP_ACCEPT"), PAGE_AND_GRAPH)
        if form is None:
            return None
        links = self._state.links
        if folder.startswith("id/"):
            return documents.see_other(opened, links, target.node, target.extension)
        if form is HTML:
            return None
        coding = environ.get("HTTP_ACCEPT_ENCODING", "")
        return documents.document(opened, links, target.node, form, coding)
