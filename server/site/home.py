"""The pages that lead in: home, corrections."""

from contextlib import suppress

import pyoxigraph as ox
from flask import Blueprint, Response, render_template, request

from policytrace.graph.lookup.reader import RECORDS
from policytrace.graph.releases.release import DamagedError
from policytrace.graph.vocabulary.terms import thing
from policytrace.server.analyses.overview import coverage, overview, projects, section_counts
from policytrace.server.execution.errors import NoResultError
from policytrace.server.paths import example, page, routes
from policytrace.server.responses import responses
from policytrace.server.responses.responses import ProblemError
from policytrace.server.responses.state import engine, opened, state, view

blueprint = Blueprint("home", __name__)


@blueprint.get("/")
def home() -> Response:
    """The home page."""
    return responses.cached_page(("home",), _home)


def _home() -> str:
    project = ox.NamedNode(thing("project", state().settings.project))
    shown = None
    try:
        with suppress(DamagedError):
            shown = example.example(routes.path_graph()) if routes.has_hop_graph() else None
        return render_template(
            "site/home.html",
            project=overview(engine(), view(), project) if view().reader.exists(project) else None,
            coverage_of_all=coverage(engine(), view()),
            held=section_counts(engine(), view()),
            projects=projects(engine(), view()),
            example=shown,
            **page.hop_functions(),
        )
    except NoResultError as error:
        raise ProblemError(503, "The home page could not be made", str(error)) from None


@blueprint.get("/corrections")
def corrections() -> Response:
    """How to report that something is wrong; names the record, table and row in question."""
    about, record = request.args.get("about", ""), request.args.get("record", "")
    place: tuple[str, str] = ("", "")
    try:
        if record:
            reader, node = opened().reader, ox.NamedNode(record)
            place = tuple(reader.text(node, c, RECORDS) or "" for c in ("pt:inFile", "pt:inRow"))  # type: ignore[assignment]
    except ValueError:
        record = ""
    return responses.page("site/corrections.html", about=about, record=record, file=place[0], row=place[1])
