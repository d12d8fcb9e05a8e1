"""The page about a thing, and the page of the paths that a transfer lies on."""

from typing import TYPE_CHECKING, Any

import pyoxigraph as ox
from flask import Blueprint, Response, render_template

from policytrace.graph.vocabulary.terms import thing
from policytrace.server.dossiers.inputs_outputs import EMPTY, SIDES
from policytrace.server.dossiers.thing import page
from policytrace.server.execution.errors import NoResultError
from policytrace.server.http.negotiation import GRAPH_FORMATS
from policytrace.server.paths import page as path_page
from policytrace.server.paths import routes
from policytrace.server.responses import responses
from policytrace.server.responses.query_problems import problem
from policytrace.server.responses.responses import ProblemError
from policytrace.server.responses.state import known_node, links, view

if TYPE_CHECKING:
    from policytrace.graph.paths.record_paths import RecordPaths

blueprint = Blueprint("through", __name__)

PATHS = 12
"""Paths that the dossier of a transfer names."""
MOST_PATHS = 100
"""Paths that a page of their own names; the search for them ends there too."""


def dossier(node: ox.NamedNode, path: str) -> str:
    """The page about a thing, whose document has this path."""
    shown = page(view(), node)
    context: dict[str, Any] = {"side_words": SIDES, "empty_side": EMPTY}
    if shown.story:
        context |= {"through": through(node, PATHS), **path_page.hop_functions()}
    template = "dossiers/transfer.html" if shown.story else "dossiers/thing.html"
    return render_template(template, shown=shown, address=path, formats=GRAPH_FORMATS, **context)


@blueprint.get("/through/transfer/<name>")
def paths_through(name: str) -> Response:
    """The page of the paths that a transfer lies on, the best evidenced first."""
    node = known_node(thing("transfer", name))
    if node is None:
        hints = [("All learning transfers", links().path("browse/transfer"))]
        raise ProblemError(404, "Not found", f"There is no transfer “{name}” in this release.", hints=hints)
    paths = through(node, MOST_PATHS)
    return responses.page(
        "dossiers/through.html", thing=view().thing(node), through=paths, **path_page.hop_functions()
    )


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
