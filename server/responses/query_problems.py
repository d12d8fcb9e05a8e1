"""What went wrong with a query, for people and programs (RFC 9457)."""

from collections.abc import Mapping
from typing import Any

from flask import g

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
    StoppedError,
    TimeLimitError,
    TooDeepError,
    UnreadableQueryError,
    UnsupportedError,
)
from policytrace.server.operations.access_log import facts
from policytrace.server.responses.responses import ProblemError
from policytrace.server.responses.state import links, state

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
    StoppedError: (503, "The query was interrupted"),
    ClientGoneError: (503, "Nobody waits for the answer"),
    EvaluationError: (503, "The query could not be answered"),
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
