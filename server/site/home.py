"""The pages that lead in: home, corrections."""

from contextlib import suppress

from flask import Blueprint, Response, render_template, request

from policytrace.graph.lookup.reader import RECORDS
from policytrace.graph.releases.release import DamagedError
from policytrace.graph.vocabulary.terms import node_of, thing
from policytrace.server.analyses.overview import coverage, overview, projects, section_counts
from policytrace.server.execution.errors import NoResultError
from policytrace.server.paths import example, page, routes
from policytrace.server.responses import responses
from policytrace.server.responses.responses import ProblemError
from policytrace.server.responses.state import engine, known_node, opened, state, view

blueprint = Blueprint("home", __name__)


@blueprint.get("/")
def home() -> Response:
    """The home page."""
    return responses.cached_page(("home",), _home)


def _home() -> str:
    project = known_node(thing("project", state().settings.project))
    shown = None
    try:
        with suppress(DamagedError):
            shown = example.example(routes.path_graph()) if routes.has_hop_graph() else None
        return render_template(
            "site/home.html",
            project=overview(engine(), view(), project) if project else None,
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
    node = node_of(record)
    file, row = (
        (opened().reader.text(node, curie, RECORDS) or "" if node else "")
        for curie in ("pt:inFile", "pt:inRow")
    )
    return responses.page(
        "site/corrections.html", about=about, record=record if node else "", file=file, row=row
    )
