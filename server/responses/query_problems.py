"""The answer to a query, and what went wrong with one, for people and programs."""

from collections.abc import Mapping, Sequence
from typing import Any

from flask import Response, g, request

from policytrace.server.execution.errors import (
    BusyError,
    ClientGoneError,
    EvaluationError,
    MemoryLimitError,
    NoResultError,
    RefusedQueryError,
    RowLimitError,
    ServiceError,
    SizeLimitError,
    TimeLimitError,
    TooDeepError,
    UnreadableQueryError,
    UnsupportedError,
)
from policytrace.server.execution.wire import ResultKind
from policytrace.server.execution.worker_process import QueryResult
from policytrace.server.http import content_coding
from policytrace.server.http.negotiation import (
    Format,
)
from policytrace.server.operations.access_log import facts
from policytrace.server.presentation.urls import Links
from policytrace.server.responses import responses
from policytrace.server.responses.responses import ProblemError
from policytrace.server.responses.state import links, state
from policytrace.server.responses.streaming import Body

ADDRESS = "sparql"
"""The path of the endpoint."""


STATUS: dict[type[NoResultError], tuple[int, str]] = {
    UnreadableQueryError: (400, "The query cannot be read"),
    RefusedQueryError: (403, "Refused"),
    UnsupportedError: (422, "The query cannot be evaluated"),
    TooDeepError: (422, "The query is too deep"),
    RowLimitError: (422, "The result has too many rows"),
    SizeLimitError: (422, "The result is too large"),
    TimeLimitError: (504, "Time limit reached"),
    MemoryLimitError: (507, "Memory limit reached"),
    ServiceError: (502, "Another service did not answer"),
    BusyError: (503, "Busy"),
    ClientGoneError: (503, "Nobody waits for the answer"),
    EvaluationError: (500, "The query could not be answered"),
}


LIMIT_NAMES = {"seconds": "time", "rows": "size"}
"""What the log calls a limit, where it has another name there."""


RAISED_BY = {
    "seconds": "POLICYTRACE_QUERY_SECONDS",
    "memory": "POLICYTRACE_QUERY_MEMORY",
    "size": "POLICYTRACE_RESULT_SIZE",
    "rows": "POLICYTRACE_RESULT_ROWS",
}
"""The setting with which whoever runs the server raises a limit."""


def stated(limits: Mapping[str, float]) -> str:
    """The limits of a query as a header states them."""
    return ", ".join(f"{name}={limit:.12g}" for name, limit in limits.items() if limit)


def via(links: Links) -> dict[str, str]:
    """The header that leads from a result to where it was asked."""
    return {"Link": f'<{links.absolute(ADDRESS)}>; rel="via"'}


def send_answer(answer: QueryResult, form: Format, more: Sequence[str] = ()) -> Response:
    """The answer whole when it is, else as a stream; it is closed in either case.

    Args:
        answer: of the engine.
        form: the format it is written in.
        more: values of its Link header, beside the one that leads to the endpoint.
    """
    headers = {"Link": ", ".join([via(links())["Link"], *more])}
    if not answer.more:
        answer.close()
        if answer.form is not ResultKind.TRUTH:
            headers["X-PolicyTrace-Rows"] = str(answer.rows)
            facts()["rows"] = answer.rows
        return responses.send(answer.first, form, headers=headers)
    coding = content_coding.choose(request.headers.get("Accept-Encoding", ""))
    response = Response(Body(answer, coding), content_type=form.content_type, headers=headers)
    response.vary.update(("Accept", "Accept-Encoding"))
    response.headers["Cache-Control"] = "no-cache"
    if coding:
        response.headers["Content-Encoding"] = coding
    return response


def problem(error: NoResultError, query: str) -> ProblemError:
    """What went wrong with a query, as a problem report that says what to do."""
    status, title = STATUS[type(error)]
    if isinstance(error, UnreadableQueryError):
        place = f"Line {error.line}, column {error.column}: " if error.line else ""
        members: dict[str, Any] = {"line": error.line, "column": error.column} if error.line else {}
        members |= {"hint": error.hint} if error.hint else {}
        excerpt = _excerpt(query, error.line, error.column) if error.line else ""
        return ProblemError(status, title, f"{place}{error} {error.hint}".strip(), excerpt=excerpt, **members)
    if not error.limit:
        return ProblemError(status, title, str(error))
    facts()["limit"] = LIMIT_NAMES.get(error.limit, error.limit)
    limits: dict[str, float] = g.get("limits") or state().pool.limits(None)
    named: dict[str, Any] = {"limit": error.limit, f"limit_{error.limit}": limits[error.limit]}
    hints = [("Dumps to ask where there is no limit", links().path("dumps"))]
    return ProblemError(status, title, f"{error} {_more(error.limit, limits)}", hints=hints, **named)


def _more(limit: str, limits: Mapping[str, float]) -> str:
    """How to get past a limit."""
    most = state().pool.limits(None)["seconds"]
    if limit == "seconds" and limits[limit] < most:
        return f"timeout={most:g} asks for all that this server allows."
    return (
        f"Ask for less, or take the dumps; whoever runs this server raises the limit with {RAISED_BY[limit]}."
    )


EXCERPT = 120
"""Characters of the line of an error that are quoted."""


def _excerpt(query: str, line: int, column: int) -> str:
    lines = query.split("\n")
    start = max(column - EXCERPT, 0)
    text = lines[min(line, len(lines)) - 1][start : start + 2 * EXCERPT].replace("\t", " ").rstrip("\r")
    return f"{text}\n{' ' * (column - 1 - start)}^"
