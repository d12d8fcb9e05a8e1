"""Transfer paths over HTTP: data in every format, and paths by their identifier."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import pyoxigraph as ox
from flask import Blueprint, Response, redirect, request

from policytrace.graph.hops.arrays import FOLDER, HopArrays, HopArraysError
from policytrace.graph.library.answer_store import PrecomputedEngine
from policytrace.graph.paths.answer import Answer
from policytrace.graph.paths.choices import Limit
from policytrace.graph.paths.ends import UnknownThingError
from policytrace.graph.paths.formats.formats import FORMATS
from policytrace.graph.paths.narrate import SEPARATOR
from policytrace.graph.paths.permalink import PathIdError
from policytrace.graph.paths.request import QuestionError
from policytrace.graph.releases.release import DamagedError, ReleaseError
from policytrace.graph.vocabulary.terms import ID
from policytrace.server.execution.engine import PoolEngine
from policytrace.server.execution.errors import NoResultError
from policytrace.server.http.negotiation import HTML, Format
from policytrace.server.paths import example
from policytrace.server.paths import form as path_form
from policytrace.server.paths import page as path_page
from policytrace.server.responses import responses
from policytrace.server.responses.query_problems import problem
from policytrace.server.responses.responses import ProblemError
from policytrace.server.responses.state import links, opened, state, view

if TYPE_CHECKING:
    from policytrace.graph.paths.path_graph import PathGraph

blueprint = Blueprint("paths", __name__)

DATA: tuple[Format, ...] = tuple(
    Format(form.name, form.media_type, form.title, ("application/x-json",) if form.name == "json" else ())
    for form in FORMATS.values()
)
"""The formats of answers, as the negotiator takes them."""
_GRAPH = "paths"
MOST = 50
"""Things, or other values, that one option of a question names at most."""
_OWN = frozenset(("format", "release", "page"))
"""Parameters of an address that are no options of the question."""


def path_graph() -> "PathGraph":
    """The hop graph of the release this request is answered from.

    Raises:
        ProblemError: 503, the release was built by a version that knows no hop arrays, or a newer one.
        DamagedError: they are not as they were written.
    """
    # Loaded here: the compiled loops take longer to load than the rest of the server.
    from policytrace.graph.paths.path_graph import PathGraph

    memo = opened().memo
    found: PathGraph | None = memo.get(_GRAPH)
    try:
        if found is not None:
            found.arrays.check()
            return found
    except DamagedError:
        del memo[_GRAPH]
    release = opened().release
    engine = PrecomputedEngine(PoolEngine(state().pool, release.store_path), release.path)
    try:
        found = memo[_GRAPH] = PathGraph.open(release, engine)
    except HopArraysError as error:
        raise ProblemError(503, "No transfer paths in this release", str(error)) from None
    return found


def has_hop_graph() -> bool:
    """Whether the release has a hop graph that this version can read."""
    try:
        path_graph()
    except ProblemError:
        return False
    return True


def options() -> dict[str, list[str]]:
    """The options of the question in the address; empty ones of a form are left out.

    Raises:
        ProblemError: 400, one has more than ``MOST`` values, each of which has to be looked for.
    """
    given = request.args.to_dict(flat=False)
    kept = {name: [text for text in values if text.strip()] for name, values in given.items()}
    for name, values in kept.items():
        if sum(len(text.replace(",", " ").split()) for text in values) > MOST:
            detail = f"“{name[:40]}” takes up to {MOST} values. Ask for fewer, or for a region instead."
            raise ProblemError(400, "Too many values", detail, option=name[:40])
    return {name: values for name, values in kept.items() if values and name not in _OWN}


@blueprint.get("/paths")
def page() -> Response:
    """The page of a question, with its answer when it is complete."""
    given = options()
    asked = path_form.normalised(given)
    sent = request.args.to_dict(flat=False)
    plain = asked | {name: values for name, values in sent.items() if name in _OWN and any(values)}
    if plain != sent:
        return _elsewhere("paths", path_form.query_string(plain), 302)
    try:
        if path_form.missing_end(asked):
            shown = None if asked else example.example(path_graph())
            return responses.send(path_page.question_page(None, asked, None, example=shown), HTML)
        answer = path_graph().answer(asked)
    except QuestionError as error:
        return responses.send(path_page.question_page(None, asked, error), HTML, status=400)
    except UnknownThingError as error:
        return responses.send(path_page.question_page(None, asked, error), HTML, status=404)
    except NoResultError as error:
        raise problem(error, "") from None
    number = responses.page_of_list(path_page.length(answer), path_page.PER_PAGE, "This answer has")
    page = path_page.question_page(answer, asked, None, number)
    return responses.send(page, HTML, headers=_truncation(answer))


@blueprint.get("/api/paths")
def data() -> Response:
    """The answer to a question, as data."""
    form = responses.wanted(DATA)
    return _send(answer(options()), form)


def answer(given: Mapping[str, list[str]]) -> Answer:
    """The answer to a question.

    Raises:
        ProblemError: the question cannot be read, or one of its ends is not known.
    """
    try:
        return path_graph().answer(given)
    except QuestionError as error:
        raise ProblemError(400, "The question cannot be read", str(error), option=error.option) from None
    except UnknownThingError as error:
        raise ProblemError(
            404, "Unknown thing", str(error), hints=near_things(error.iri), option=error.option
        ) from None
    except NoResultError as error:
        raise problem(error, "") from None


def near_things(iri: str) -> list[tuple[str, str]]:
    """Things whose names come near an identifier that is unknown: text and address."""
    shown = [view().thing(ox.NamedNode(found)) for found in path_form.near_names(iri)]
    return [(value.text, links().path(f"doc/{value.iri.removeprefix(ID)}")) for value in shown]


def _truncation(answer: Answer) -> dict[str, str]:
    """Which limits bound; what was cut by time would be longer another time, so it is not kept."""
    kept = {"Cache-Control": "no-store"} if Limit.MS in answer.bound else {}
    return {"X-PolicyTrace-Truncated": ", ".join(answer.bound) or "no", **kept}


def _send(answer: Answer, form: Format, *, status: int = 200) -> Response:
    headers = _truncation(answer)
    if form.name in ("csv", "csv-safe", "xlsx", "graphml"):
        ending = "safe.csv" if form.name == "csv-safe" else form.name
        headers["Content-Disposition"] = f'attachment; filename="transfer-paths.{ending}"'
    body = FORMATS[form.name].write(answer)
    return responses.send(body, form, status=status, headers=headers)


@blueprint.get("/id/path/<path_id>")
def identifier(path_id: str) -> Response:
    """A path cannot be sent; the document about it can (303)."""
    query = f"?{request.query_string.decode()}" if request.query_string else ""
    return _elsewhere(f"doc/path/{path_id}", query, 303)


def _elsewhere(path: str, query: str, status: int) -> Response:
    answer = redirect(links().absolute(path) + query, status)
    return Response(answer.get_data(), status, answer.headers)


@blueprint.get("/doc/path/<path_id>")
def document(path_id: str) -> Response:
    """A path that was cited, as it stands in this release."""
    form = responses.wanted((HTML, *DATA))
    answer, changes = cited_path(path_id)
    if form is not HTML:
        return _send(answer, form)
    query = request.query_string.decode()
    address = f"doc/path/{path_id}" + (f"?{query}" if query else "")
    return responses.send(path_page.cited_path_page(answer, changes, address), HTML)


def cited_path(path_id: str) -> tuple[Answer, list[Any]]:
    """A path that was cited, and what became of its hops.

    Raises:
        ProblemError: 404, there is no such path.
    """
    since, states = request.args.get("since", ""), request.args.get("state", "").split(SEPARATOR)

    def older() -> HopArrays | None:
        try:
            known = state().published.releases.open(since) if since else None
            return HopArrays.open(known.verified(FOLDER)) if known else None
        except ReleaseError:
            return None

    try:
        return path_graph().cited(path_id, since, states if any(states) else [], older)
    except PathIdError as error:
        raise ProblemError(404, "No such path", str(error)) from None
    except NoResultError as error:
        raise problem(error, "") from None
