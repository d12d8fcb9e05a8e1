"""A request to the SPARQL endpoint, read as the SPARQL 1.1 Protocol has it (section 2.1)."""

from dataclasses import dataclass
from urllib.parse import parse_qsl

from flask import request

from policytrace.graph.vocabulary import media_types
from policytrace.server.http import request_body
from policytrace.server.responses.responses import ProblemError, for_people, too_slow
from policytrace.server.responses.state import state

FORM_TYPE = "application/x-www-form-urlencoded"
QUERY_TYPE = media_types.SPARQL_QUERY
UPDATE_TYPE = "application/sparql-update"
FIELDS = 10_000
"""How many parameters a request may have."""
KIB = 2**10


@dataclass(frozen=True)
class Asked:
    """What a request asks.

    Attributes:
        query: text of the query; None when the request has none.
        default_graphs, named_graphs: the dataset it chooses, None where it does not.
        seconds: the time limit it wishes, None for the usual one.
        parameters: every parameter, decoded once, in order.
    """

    query: str | None
    default_graphs: list[str] | None
    named_graphs: list[str] | None
    seconds: float | None
    parameters: tuple[tuple[str, str], ...]

    def first(self, name: str) -> str | None:
        """The first value of a parameter."""
        return next((value for key, value in self.parameters if key == name), None)


def read() -> Asked:
    """The request being handled.

    Raises:
        ProblemError: it is none that can be answered; says why.
    """
    pairs = _pairs(request.environ.get("QUERY_STRING", "").encode("latin-1"))
    direct: str | None = None
    if request.method == "POST":
        data = _body()
        if request.mimetype == QUERY_TYPE:
            direct = _text(data)
        else:
            pairs += _pairs(data)
    if any(name == "update" for name, _ in pairs):
        raise _read_only()
    queries = [value for name, value in pairs if name == "query"] + ([] if direct is None else [direct])
    if len(queries) > 1:
        raise ProblemError(400, "More than one query", "Send exactly one query.")
    query = queries[0] if queries and queries[0].strip() else None
    if query is None and (request.method == "POST" or (queries and not for_people())):
        raise ProblemError(400, "No query", f"Send one as the parameter “query”, or as {QUERY_TYPE}.")
    timeouts = [value for name, value in pairs if name == "timeout"]
    return Asked(
        query,
        [value for name, value in pairs if name == "default-graph-uri"] or None,
        [value for name, value in pairs if name == "named-graph-uri"] or None,
        _seconds(timeouts[0]) if timeouts else None,
        tuple(pairs),
    )


def _body() -> bytes:
    """The body of a POST whose type and coding are known.

    Raises:
        ProblemError: 403, 408, 413 or 415.
    """
    if request.mimetype == UPDATE_TYPE:
        raise _read_only()
    charset = request.mimetype_params.get("charset", "utf-8").lower()
    if request.mimetype not in (FORM_TYPE, QUERY_TYPE) or charset not in ("utf-8", "utf8"):
        detail = f"Send {QUERY_TYPE} or {FORM_TYPE}, in UTF-8, not {request.content_type or 'nothing'}."
        raise ProblemError(415, "Unsupported media type", detail)
    coding = request.headers.get("Content-Encoding", "identity").strip().lower()
    if coding != "identity":
        detail = f"Send the query as it is, not coded as {coding}."
        raise ProblemError(415, "Unsupported content coding", detail, headers={"Accept-Encoding": "identity"})
    limit = state().settings.query_size
    try:
        return request_body.read(request.environ, request.stream, limit * KIB, request.content_length)
    except request_body.BodyTooLargeError:
        raised = "Whoever runs this server raises that with POLICYTRACE_QUERY_SIZE."
        detail = f"The body of a request may have {limit} KiB. {raised}"
        raise ProblemError(413, "Query too large", detail, limit="query_size", limit_kib=limit) from None
    except request_body.BodyTooSlowError as error:
        raise too_slow(error) from None


def _pairs(data: bytes) -> list[tuple[str, str]]:
    try:
        return parse_qsl(data.decode(), keep_blank_values=True, errors="strict", max_num_fields=FIELDS)
    except UnicodeDecodeError as error:
        raise _no_utf8(error) from None
    except ValueError:
        raise ProblemError(400, "Too many parameters", f"A request may have {FIELDS} of them.") from None


def _text(data: bytes) -> str:
    try:
        return data.decode()
    except UnicodeDecodeError as error:
        raise _no_utf8(error) from None


def _no_utf8(error: UnicodeDecodeError) -> ProblemError:
    return ProblemError(400, "The query is not UTF-8", f"At byte {error.start}: {error.reason}.")


def _read_only() -> ProblemError:
    return ProblemError(403, "Read-only", "This endpoint answers queries; nothing can be changed over HTTP.")


def _seconds(text: str) -> float:
    try:
        seconds = float(text)
    except ValueError:
        seconds = 0.0
    if not 0 < seconds < float("inf"):
        detail = f"timeout is a number of seconds greater than 0, not “{text[:40]}”."
        raise ProblemError(400, "Bad timeout", detail)
    return seconds
