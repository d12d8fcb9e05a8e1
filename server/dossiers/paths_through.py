"""Every path that a learning transfer lies on, as a page."""

import pyoxigraph as ox
from flask import Blueprint, Response

from policytrace.graph.vocabulary.terms import thing
from policytrace.server.dossiers import dossier
from policytrace.server.paths import page as path_page
from policytrace.server.responses import responses
from policytrace.server.responses.responses import ProblemError
from policytrace.server.responses.state import links, view

blueprint = Blueprint("through", __name__)

MOST = 100
"""Paths that the page names; the search for them ends there too."""


@blueprint.get("/through/transfer/<name>")
def page(name: str) -> Response:
    """The paths that a transfer lies on, the best evidenced first."""
    node = ox.NamedNode(thing("transfer", name))
    if not view().reader.exists(node):
        hints = [("All learning transfers", links().path("browse/transfer"))]
        raise ProblemError(404, "Not found", f"There is no transfer “{name}” in this release.", hints=hints)
    found = dossier.through(node, MOST)
    return responses.page(
        "dossiers/through.html", thing=view().thing(node), through=found, **path_page.hop_functions()
    )
