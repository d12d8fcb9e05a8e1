"""The overviews: of all projects at ``/overview``, of one at ``/overview/{project}``, with their pictures."""

from collections.abc import Callable
from typing import Any

import pyoxigraph as ox
from flask import Blueprint, Response, render_template

from policytrace.graph.library.gc_pause import gc_paused
from policytrace.graph.vocabulary.terms import thing
from policytrace.server.analyses import indicators
from policytrace.server.analyses.overview import coverage, overview, projects
from policytrace.server.analyses.picture_routes import pictures
from policytrace.server.execution.errors import NoResultError
from policytrace.server.paths import routes
from policytrace.server.pictures.answer import COLUMNS, FOOT, Picture
from policytrace.server.presentation.sections import SECTIONS
from policytrace.server.presentation.urls import local_name
from policytrace.server.presentation.view import Value
from policytrace.server.responses import exports, responses
from policytrace.server.responses.responses import ProblemError
from policytrace.server.responses.state import engine, known_node, links, view

blueprint = Blueprint("overview", __name__)

ROWS = 15
"""Rows of the table of a picture that a page shows; the CSV has all."""
OF_PROJECT = {"map": "region", "flow": "region", "matrix": "region", "time": "region"}
OF_ALL = {**OF_PROJECT, "flow": "country", "matrix": "country"}
"""The pictures, and by what each counts who learned from whom."""
_IDS = "_id"


@blueprint.get("/overview")
def all_projects() -> Response:
    """The overview of all projects."""
    return responses.cached_page(("overview",), lambda: _page("", _of_all))


@blueprint.get("/overview/<project>")
def one_project(project: str) -> Response:
    """The overview of one project."""
    node = known_node(thing("project", project))
    if node is None:
        hints = [("All projects", links().path("overview"))]
        raise ProblemError(404, "Not found", f"There is no project “{project}” in this release.", hints=hints)
    return responses.cached_page(("overview", project), lambda: _page(project, lambda: _of_project(node)))


def _of_all() -> dict[str, Any]:
    return {
        "shown": None,
        "coverage_of_it": coverage(engine(), view()),
        "projects": projects(engine(), view()),
        "every_project": view().reader.count("rdf:type", ox.NamedNode(SECTIONS["project"].cls)),
        "measured": indicators.headlines({}),
        "given": {},
    }


def _of_project(node: ox.NamedNode) -> dict[str, Any]:
    found = overview(engine(), view(), node)
    given = {"project": local_name(node.value)}
    return {
        "shown": found,
        "coverage_of_it": found.coverage,
        "projects": (),
        "measured": indicators.headlines(given),
        "given": given,
    }


@gc_paused()
def _page(project: str, make: Callable[[], dict[str, Any]]) -> str:
    chosen = (OF_PROJECT if project else OF_ALL) if routes.has_hop_graph() else {}
    try:
        context = make()
        drawn = {name: (chosen[name], picture) for name, picture in pictures(chosen, project).items()}
    except NoResultError as error:
        raise ProblemError(503, "The overview could not be made", str(error)) from None
    return render_template(
        "analyses/overview.html",
        segment=project,
        pictures=drawn,
        rows=_rows,
        columns=COLUMNS,
        foot=FOOT,
        formats=exports.FORMATS,
        **context,
    )


def _rows(picture: Picture) -> tuple[list[str], list[list[Value]]]:
    """The columns and first rows of the table of a picture; names lead to pages, identifiers are left out."""
    names = [name for name in picture.columns if not name.endswith(_IDS)]
    found = []
    for row in picture.rows[:ROWS]:
        cells = dict(zip(picture.columns, row, strict=True))
        found.append(
            [Value(str(cells[name]), links().page(str(cells.get(name + _IDS, ""))), iri="") for name in names]
        )
    return names, found
