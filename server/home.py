"""The pages that lead in: home, lists, corrections."""

from typing import Any

import pyoxigraph as ox
from flask import Blueprint, Response, render_template, request

from policytrace.graph.reader import RECORDS, Reader
from policytrace.graph.terms import ID, expand, thing
from policytrace.server import path_example, path_page, paths, replies
from policytrace.server.engine import PoolEngine
from policytrace.server.groups import group
from policytrace.server.overview import coverage, held, overview, projects
from policytrace.server.pool import NoResultError
from policytrace.server.replies import ProblemError
from policytrace.server.state import links, opened, state, view
from policytrace.server.transfer import CHAIN, tell
from policytrace.server.words import BESIDE, SECTIONS, Section

blueprint = Blueprint("home", __name__)

PER_PAGE = 100
SORTED = 5_000
"""Things of one kind up to which a list is in the order of names; beyond, in that of identifiers."""


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


@blueprint.get("/browse")
def kinds() -> Response:
    """All kinds of things."""
    reader = opened().reader
    counted = [(s, len(_things(reader, s))) for s in SECTIONS.values()]
    return replies.page("kinds.html", kinds=[pair for pair in counted if pair[1]])


@blueprint.get("/browse/<segment>")
def browse(segment: str) -> Response:
    """Things of one kind, by name."""
    if segment not in SECTIONS:
        hints = [(s.many, links().path(f"browse/{s.segment}")) for s in SECTIONS.values() if s.main]
        raise ProblemError(404, "Not found", f"There is no list called “{segment}”.", hints=hints)
    number = _page_number(len(_things(opened().reader, SECTIONS[segment])))
    return replies.kept_page(("browse", segment, str(number)), lambda: _list(SECTIONS[segment], number))


def _list(section: Section, number: int) -> str:
    nodes = _things(opened().reader, section)
    some = nodes[(number - 1) * PER_PAGE : number * PER_PAGE]
    view().reader.prepare(some, *(CHAIN if section.segment == "transfer" else ()))
    context: dict[str, Any] = {
        "section": section,
        "total": len(nodes),
        "number": number,
        "per_page": PER_PAGE,
    }
    if section.segment == "transfer":
        context["told"] = [tell(view(), node) for node in some]
    else:
        beside = BESIDE.get(section.segment, ())
        context["items"] = [(view().thing(node), view().values(node, *beside)) for node in some]
    return render_template("browse.html", **context)


def _things(reader: Reader, section: Section) -> list[ox.NamedNode]:
    memo = opened().memo
    key = f"browse/{section.segment}"
    if key not in memo:
        every = reader.subjects("rdf:type", ox.NamedNode(section.cls))
        own = [node for node in every if node.value.startswith(f"{ID}{section.segment}/")]
        if len(own) <= SORTED:
            reader.prepare_names(own)
            own.sort(key=lambda node: (_name(reader, node), node.value))
        memo[key] = own
    found: list[ox.NamedNode] = memo[key]
    return found


def _name(reader: Reader, node: ox.NamedNode) -> str:
    label = reader.label(node)
    return label.text.casefold() if label else ""


def _page_number(total: int) -> int:
    pages = max(-(-total // PER_PAGE), 1)
    text = request.args.get("page", "1")
    if not text.isdecimal() or not 1 <= int(text) <= pages:
        raise ProblemError(
            404, "Not found", f"This list has the pages 1 to {pages}; “{text}” is not one of them."
        )
    return int(text)


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
