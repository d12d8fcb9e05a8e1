"""The pages that lead in: home, what points at a thing, corrections."""

import pyoxigraph as ox
from flask import Blueprint, Response, render_template, request

from policytrace.graph.reader import RECORDS
from policytrace.graph.terms import expand, thing
from policytrace.server import path_example, path_page, paths, replies
from policytrace.server.engine import PoolEngine
from policytrace.server.groups import group
from policytrace.server.overview import coverage, held, overview, projects
from policytrace.server.pool import NoResultError
from policytrace.server.replies import ProblemError
from policytrace.server.state import opened, state, view

blueprint = Blueprint("home", __name__)

PER_PAGE = 100


def engine() -> PoolEngine:
    """The engine of the release this request is answered from."""
    return PoolEngine(state().pool, opened().release.store_path)


@blueprint.get("/")
def home() -> Response:
    """The home page."""
    return replies.kept_page(("home",), _home)


def _home() -> str:
    project = ox.NamedNode(thing("project", state().settings.project))
    try:
        shown = path_example.example(paths.graph()) if paths.possible() else None
        return render_template(
            "home.html",
            project=overview(engine(), view(), project) if view().reader.exists(project) else None,
            coverage_of_all=coverage(engine(), view()),
            held=held(engine(), view()),
            projects=projects(engine(), view()),
            example=shown,
            **path_page.words(),
        )
    except NoResultError as error:
        raise ProblemError(503, "The home page could not be made", str(error)) from None


@blueprint.get("/linked")
def linked() -> Response:
    """All things that point at one thing by one property, page by page."""
    node, predicate = _node("to"), _node("by")
    text = request.args.get("page", "1")
    number = int(text) if text.isdecimal() and int(text) > 0 else 1
    reader = opened().reader
    incoming = reader.pointing(node, predicate, PER_PAGE, (number - 1) * PER_PAGE)
    if not incoming.subjects:
        raise ProblemError(404, "Not found", "Nothing stands on this page of links.")
    return replies.page(
        "linked.html",
        thing=view().thing(node),
        group=group(view(), incoming, node, PER_PAGE, PER_PAGE),
        to=node.value,
        number=number,
        per_page=PER_PAGE,
    )


def _node(name: str) -> ox.NamedNode:
    text = request.args.get(name, "")
    try:
        return ox.NamedNode(expand(text) if text.startswith("pt:") else text)
    except (ValueError, KeyError):
        raise ProblemError(400, "Bad request", f"“{name}” must be an IRI, not “{text}”.") from None


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
    return replies.page("corrections.html", about=about, record=record, file=place[0], row=place[1])
