"""Identifiers and the documents about things, answered without the web framework.

Only what is found is sent from here. A web page, a page of a list after the first, a name that is not known
and whatever else asks for a choice of words is left to the application.
"""

import re
from typing import TYPE_CHECKING

import pyoxigraph as ox

from policytrace.graph.vocabulary.terms import BASE, GRAPH, ID
from policytrace.server.front.answer_cache import CachedAnswer
from policytrace.server.front.finished_reply import finished, led_on
from policytrace.server.http import negotiation
from policytrace.server.http.negotiation import HTML, PAGE_AND_GRAPH, Format
from policytrace.server.limits.guard import Guard
from policytrace.server.linked_data import documents
from policytrace.server.presentation.urls import document_path
from policytrace.server.releases.current import NoReleaseError, Opened
from policytrace.server.responses.state import State

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIEnvironment

_NAMES = r"[A-Za-z0-9._~-]+(?:/[A-Za-z0-9._~-]+)*"
_ADDRESS = re.compile(rf"/(id/[a-z-]+/|doc/(?!path/)[a-z-]+/|scheme/|graph/)({_NAMES})")
"""Addresses that are answered here: those that read the same however they are written.

Paths are computed when they are asked for, so that their documents count among the queries of a client.
"""


class DirectDocuments:
    """Answers plain requests for identifiers and documents in the place of an application.

    Args:
        state: of the application.
        guard: the limits of one client, which the application keeps to as well.
    """

    def __init__(self, state: State, guard: Guard) -> None:
        self._state, self._guard = state, guard

    def answer(self, environ: "WSGIEnvironment") -> CachedAnswer | None:
        """The whole answer to a request; None when the application is to answer it."""
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
        base = BASE + folder.replace("doc/", "id/", 1)
        meant = documents.meant(opened.reader, base, name)
        if meant is None:
            return None
        node, extension = meant
        form = extension or negotiation.choose(environ.get("HTTP_ACCEPT"), PAGE_AND_GRAPH)
        if form is None:
            return None
        if folder.startswith("id/"):
            return self._identifier(opened, node, f".{form.name}" if extension else "")
        return None if form is HTML else self._document(opened, node, form, environ)

    def _identifier(self, opened: Opened, node: ox.NamedNode, suffix: str) -> CachedAnswer | None:
        if not documents.known(opened.reader, node):
            return None
        return led_on(opened, self._state.links.absolute(f"doc/{node.value[len(ID) :]}{suffix}"))

    def _document(
        self, opened: Opened, node: ox.NamedNode, form: Format, environ: "WSGIEnvironment"
    ) -> CachedAnswer | None:
        path = document_path(node.value)
        assert path is not None
        found = (
            documents.graph(opened, self._state.links, node, form)
            if node.value.startswith(GRAPH)
            else documents.described(opened.reader, self._state.links, node, path, form)
        )
        return None if found is None else finished(opened, found.body, form, environ, found.headers)
