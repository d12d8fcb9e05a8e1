"""The SPARQL endpoint (SPARQL 1.1 Protocol, query operation), read-only, with a form for browsers."""

from typing import Any

from flask import Blueprint, Response, request

from policytrace.graph.sparql import QueryRefusedError, check_read_only, tokens
from policytrace.server import query_page, replies
from policytrace.server.asked import asked
from policytrace.server.negotiate import (
    GRAPH_FORMATS,
    HTML,
    JSON_RESULTS,
    PAGE_FIRST,
    RESULT_FORMATS,
    TURTLE,
    Format,
)
from policytrace.server.pool import (
    BusyError,
    EvaluationError,
    MemoryLimitError,
    NoResultError,
    TimeLimitError,
    UnreadableQueryError,
)
from policytrace.server.replies import ProblemError
from policytrace.server.service import service_description
from policytrace.server.spreadsheet import XLSX
from policytrace.server.state import links, opened, state

blueprint = Blueprint("sparql", __name__)

RESULTS: tuple[Format, ...] = (*RESULT_FORMATS, HTML, XLSX)
GRAPHS: tuple[Format, ...] = (*GRAPH_FORMATS, HTML)

TRIPLES = frozenset(("CONSTRUCT", "DESCRIBE"))
FORMS = ("SELECT", "ASK", *TRIPLES)

FORM_TYPE = "application/x-www-form-urlencoded"
QUERY_TYPE = "application/sparql-query"
UPDATE_TYPE = "application/sparql-update"

STATUS: dict[type[NoResultError], tuple[int, str]] = {
    UnreadableQueryError: (400, "The query cannot be read"),
    TimeLimitError: (504, "Time limit reached"),
    MemoryLimitError: (507, "Memory limit reached"),
    BusyError: (503, "Busy"),
    EvaluationError: (500, "The query could not be answered"),
}


@blueprint.route("/sparql", methods=["GET", "POST"])
def endpoint() -> Response:
    """Answers a query; without one, shows the form or the service description."""
    query = _query() or query_page.asked()
    if query is None:
        return _no_query()
    try:
        return _answer(query)
    except ProblemError as problem:
        if problem.status == 406 or not replies.for_people():
            raise
        return query_page.failed(query, problem)


def _answer(query: str) -> Response:
    asked(query)
    found = _checked(query)
    form = replies.wanted(GRAPHS if found in TRIPLES else RESULTS)
    sent = _sent_as(form, found)
    try:
        body = state().pool.run(
            opened().release.store_path,
            query,
            sent.media_type,
            seconds=_seconds(),
            default_graphs=_graphs("default-graph-uri"),
            named_graphs=_graphs("named-graph-uri"),
        )
    except NoResultError as error:
        raise problem(error, query) from None
    if form is HTML:
        return query_page.answered(query, found in TRIPLES, body)
    if form is XLSX:
        body = query_page.spreadsheet(query, body)
    return replies.send(body, form, headers={"Link": f'<{links().absolute("sparql")}>; rel="via"'})


def _query() -> str | None:
    if request.method == "GET":
        sources = request.args
    else:
        if request.mimetype == UPDATE_TYPE:
            raise _read_only()
        if request.mimetype == QUERY_TYPE:
            return _text(request.get_data())
        if request.mimetype != FORM_TYPE:
            detail = f"Send {QUERY_TYPE} or {FORM_TYPE}, not {request.mimetype or 'nothing'}."
            raise ProblemError(415, "Unsupported media type", detail)
        sources = request.form
    if "update" in sources:
        raise _read_only()
    queries = sources.getlist("query")
    if len(queries) > 1:
        raise ProblemError(400, "More than one query", "Send exactly one query parameter.")
    query = queries[0] if queries else ""
    if not query.strip() and request.method == "POST":
        raise ProblemError(400, "No query", "Send one as the parameter “query”.")
    return query if query.strip() else None


def _text(data: bytes) -> str:
    try:
        return data.decode()
    except UnicodeDecodeError as error:
        raise ProblemError(400, "The query is not UTF-8", str(error)) from None


def _read_only() -> ProblemError:
    return ProblemError(403, "Read-only", "This endpoint answers queries; nothing can be changed over HTTP.")


def _checked(query: str) -> str:
    """The form of a query that may run: its first keyword that says so, or "" if there is none."""
    try:
        check_read_only(query)
    except QueryRefusedError as error:
        detail = f"{error.message} {error.hint}"
        raise ProblemError(403, "Refused", detail, line=error.line, column=error.column) from None
    return next((token.text.upper() for token in tokens(query) if token.is_word(*FORMS)), "")


def _seconds() -> float | None:
    text = request.values.get("timeout")
    if text is None:
        return None
    try:
        seconds = float(text)
    except ValueError:
        seconds = 0.0
    if seconds <= 0:
        raise ProblemError(
            400, "Bad timeout", f"timeout is a number of seconds greater than 0, not “{text}”."
        )
    return seconds


def _graphs(name: str) -> list[str] | None:
    return request.values.getlist(name) or None


def _sent_as(form: Format, found: str) -> Format:
    if form not in (HTML, XLSX):
        return form
    return TURTLE if found in TRIPLES else JSON_RESULTS


def problem(error: NoResultError, query: str) -> ProblemError:
    """What went wrong with a query, as a problem report that says what to do."""
    status, title = STATUS[type(error)]
    if isinstance(error, UnreadableQueryError):
        place = f"Line {error.line}, column {error.column}: " if error.line else ""
        members: dict[str, Any] = {"line": error.line, "column": error.column} if error.line else {}
        excerpt = _excerpt(query, error.line, error.column) if error.line else ""
        return ProblemError(status, title, f"{place}{error} {error.hint}".strip(), excerpt=excerpt, **members)
    if isinstance(error, TimeLimitError):
        limit = state().settings.query_seconds
        return ProblemError(status, title, str(error), limit_seconds=min(_seconds() or limit, limit))
    return ProblemError(status, title, str(error))


def _excerpt(query: str, line: int, column: int) -> str:
    lines = query.splitlines() or [""]
    text = lines[min(line, len(lines)) - 1]
    return f"{text}\n{' ' * (column - 1)}^"


def _no_query() -> Response:
    form = replies.wanted(PAGE_FIRST)
    if form is HTML:
        return query_page.blank()
    return replies.send(service_description(state().links, form), form)
