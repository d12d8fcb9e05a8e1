"""The SPARQL endpoint (SPARQL 1.1 Protocol, query operation), read-only, with a form for browsers."""

import json
from typing import Any

from flask import Blueprint, Response, request

from policytrace.graph.queries import library
from policytrace.graph.sparql import QueryRefusedError, check_read_only, tokens
from policytrace.server import replies
from policytrace.server.asked import asked
from policytrace.server.engine import rows
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
from policytrace.server.state import links, opened, state, view
from policytrace.server.table import ROWS_SHOWN, table

blueprint = Blueprint("sparql", __name__)

RESULTS: tuple[Format, ...] = (*RESULT_FORMATS, HTML)
GRAPHS: tuple[Format, ...] = (*GRAPH_FORMATS, HTML)

FIRST_QUERY = """\
PREFIX pt: <https://w3id.org/policytrace/ns#>
PREFIX rdfs: <http://www.w3.org/2000/01/rdf-schema#>

# Which practices led to which measures?
SELECT ?practice ?practiceName ?measure ?measureName WHERE {
  ?measure pt:inspiredBy ?practice ; rdfs:label ?measureName .
  ?practice a pt:GoodPractice ; rdfs:label ?practiceName .
}
ORDER BY ?practiceName
LIMIT 25
"""

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
    query = _query()
    if query is None:
        return _no_query()
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
        return _page(query, found, body)
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
    if form is not HTML:
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
        query = library().get(request.args.get("from", ""))
        text = query.text if query else FIRST_QUERY
        return replies.page("sparql.html", query=text, result=None, formats=RESULT_FORMATS)
    return replies.send(service_description(state().links, form), form)


def _page(query: str, found: str, body: bytes) -> Response:
    formats = GRAPH_FORMATS if found in TRIPLES else RESULT_FORMATS
    if found in TRIPLES:
        return replies.page(
            "sparql.html", query=query, text=body.decode(), formats=formats, result=None, asked=True
        )
    answer = json.loads(body)
    if "boolean" in answer:
        text = "yes (true)" if answer["boolean"] else "no (false)"
        return replies.page("sparql.html", query=query, text=text, formats=formats, result=None, asked=True)
    shown = table(view(), rows(body))
    return replies.page(
        "sparql.html", query=query, result=shown, formats=formats, limit=ROWS_SHOWN, asked=True
    )
