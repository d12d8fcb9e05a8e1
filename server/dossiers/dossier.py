"""The page about a thing: what was read of it, set in its template."""

from typing import TYPE_CHECKING, Any

import pyoxigraph as ox
from flask import render_template

from policytrace.server.dossiers.inputs_outputs import EMPTY, SIDES
from policytrace.server.dossiers.thing import page
from policytrace.server.execution.errors import NoResultError
from policytrace.server.http.negotiation import GRAPH_FORMATS
from policytrace.server.paths import page as path_page
from policytrace.server.paths import routes
from policytrace.server.responses.query_problems import problem
from policytrace.server.responses.state import view

if TYPE_CHECKING:
    from policytrace.graph.paths.record_paths import RecordPaths

PATHS = 12
"""Paths that the dossier of a transfer names."""


def dossier(node: ox.NamedNode, path: str) -> str:
    """The page about a thing, whose document has this path."""
    shown = page(view(), node)
    context: dict[str, Any] = {"side_words": SIDES, "empty_side": EMPTY}
    if shown.story:
        context |= {"through": through(node, PATHS), **path_page.hop_functions()}
    template = "dossiers/transfer.html" if shown.story else "dossiers/thing.html"
    return render_template(template, shown=shown, address=path, formats=GRAPH_FORMATS, **context)


def through(transfer: ox.NamedNode, most: int) -> "RecordPaths | None":
    """The paths that a transfer lies on; None in a release that has no hop graph.

    Raises:
        ProblemError: no answer came in time.
    """
    if not routes.has_hop_graph():
        return None
    # Loaded here: the compiled loops take longer to load than the rest of the server.
    from policytrace.graph.paths.record_paths import paths_of_record

    try:
        return paths_of_record(routes.path_graph(), transfer.value, most)
    except NoResultError as error:
        raise problem(error, "") from None
