"""A request to the SPARQL endpoint, read from the WSGI environment as the SPARQL 1.1 Protocol has it."""

import math
import re
from typing import TYPE_CHECKING, NamedTuple
from urllib.parse import unquote

from flask import g
from werkzeug.http import parse_options_header

from policytrace.graph.vocabulary import media_types
from policytrace.server.http import negotiation, request_body
from policytrace.server.operations.access_log import digest, facts
from policytrace.server.responses.responses import ProblemError, too_slow
from policytrace.server.sparql import formats, permalink
from policytrace.server.sparql.formats import Formats
from policytrace.server.sparql.permalink import LinkError

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIEnvironment

FORM_TYPE = "application/x-www-form-urlencoded"
QUERY_TYPE = media_types.SPARQL_QUERY
UPDATE_TYPE = "application/sparql-update"
"""Media types of a body (SPARQL 1.1 Protocol, sections 2.1.2, 2.1.3 and 2.2.2)."""
MOST_PARAMETERS = 10_000
"""How many parameters a request may have."""
LEAST_SECONDS = 0.01
"""The shortest time limit that a request may wish: within less, not even a small query is answered."""
KIB = 2**10
ESCAPES = {
    f"{high}{low}": chr(int(high + low, 16)) for high in "01234567" for low in "0123456789abcdefABCDEF"
}
"""What addresses write of ASCII after a percent sign; decoding the rest is left to the library."""
READ = "policytrace.sparql"
"""Where the WSGI environment holds what was read of it: the request, or the problem with it."""

VOLATILE = re.compile(r"\b(?:NOW|RAND|UUID|STRUUID|BNODE)\b|SERVICE\b|\\u", re.IGNORECASE)
"""What may make two answers to one query differ; an escaped character may hide the name of a function."""
HINTS = ("NOW", "RAND", "UUID", "BNODE", "SERVICE", "\\U")
"""One of these is in every text that ``VOLATILE`` matches, and is searched for ten times as fast."""

Parameters = dict[str, list[str]]
"""Values of parameters by name, decoded, in order."""


class SparqlRequest(NamedTuple):
    """A request to the endpoint.

    Attributes:
        query: text of the query; None when the request has none.
        default_graphs, named_graphs: the dataset it chooses (section 2.1.4), None where it does not.
        seconds: the time limit it wishes, None for the usual one.
        release: the release it names; empty for the current one.
        link: the short link to a query in its address, if it has one.
        format: name of the format it wants, whatever it accepts; None when it names none.
        accept: its Accept header, None when it has none.
        formats: what its client gets by that.
    """

    query: str | None
    default_graphs: list[str] | None
    named_graphs: list[str] | None
    seconds: float | None
    release: str
    link: str
    format: str | None
    accept: str | None
    formats: Formats

    @property
    def text(self) -> str | None:
        """The query: the one that was sent, or the one a short link stands for.

        Raises:
            ProblemError: 400, the link is damaged.
        """
        if self.query is not None or not self.link:
            return self.query
        try:
            return permalink.expand(self.link)
        except LinkError as error:
            raise ProblemError(400, "The link is damaged", str(error)) from None


def read(environ: "WSGIEnvironment", largest: int) -> SparqlRequest:
    """The request of a WSGI environment, which is read once.

    Args:
        environ: the environment.
        largest: KiB of a body at most.

    Raises:
        ProblemError: it cannot be answered; says why.
    """
    known: SparqlRequest | ProblemError | None = environ.get(READ)
    if known is None:
        try:
            known = _read(environ, largest)
        except ProblemError as problem:
            known = problem.again()
        environ[READ] = known
    if isinstance(known, ProblemError):
        raise known.again()
    return known


def _read(environ: "WSGIEnvironment", largest: int) -> SparqlRequest:
    """See ``read`` (SPARQL 1.1 Protocol, sections 2.1.1 to 2.1.3)."""
    posted = environ["REQUEST_METHOD"] == "POST"
    query_string = environ.get("QUERY_STRING", "")
    if not query_string.isascii():
        query_string = _decoded(query_string.encode("latin-1"))
    address = _parameters(query_string)
    queries, parameters = address.get("query", []), address
    if posted:
        kind, data = _body(environ, largest)
        if kind == QUERY_TYPE:
            queries = [*queries, _decoded(data)]
        else:
            parameters = _joined(address, _parameters(_decoded(data)))
            queries = parameters.get("query", [])
    if "update" in parameters:
        raise _read_only()
    if len(queries) > 1:
        raise ProblemError(400, "More than one query", "Send exactly one query.")
    query = queries[0] if queries and queries[0].strip() else None
    accept = environ.get("HTTP_ACCEPT")
    if query is None and (posted or (queries and not _for_people(accept, address))):
        raise ProblemError(400, "No query", f"Send one as the parameter “query”, or as {QUERY_TYPE}.")
    timeout, name = _first(parameters, "timeout"), _first(parameters, "format")
    return SparqlRequest(
        query,
        parameters.get("default-graph-uri"),
        parameters.get("named-graph-uri"),
        None if timeout is None else _seconds(timeout),
        (_first(address, "release") or "").strip(),
        _first(address, "q") or "",
        name,
        accept,
        formats.named(name) if name else formats.accepted(accept),
    )


def _body(environ: "WSGIEnvironment", largest: int) -> tuple[str, bytes]:
    """The media type and the body of a POST whose type and coding are known.

    Raises:
        ProblemError: 403, 408, 413 or 415.
    """
    content_type = environ.get("CONTENT_TYPE", "")
    kind, charset = content_type, "utf-8"
    if kind not in (FORM_TYPE, QUERY_TYPE):
        kind, options = parse_options_header(content_type)
        kind, charset = kind.lower(), options.get("charset", "utf-8").lower()
    if kind == UPDATE_TYPE:
        raise _read_only()
    if kind not in (FORM_TYPE, QUERY_TYPE) or charset not in ("utf-8", "utf8"):
        detail = f"Send {QUERY_TYPE} or {FORM_TYPE}, in UTF-8, not {content_type or 'nothing'}."
        raise ProblemError(415, "Unsupported media type", detail)
    coding = environ.get("HTTP_CONTENT_ENCODING", "identity").strip().lower()
    if coding != "identity":
        detail = f"Send the query as it is, not coded as {coding}."
        raise ProblemError(415, "Unsupported content coding", detail, headers={"Accept-Encoding": "identity"})
    try:
        return kind, request_body.body_of(environ, largest * KIB)
    except request_body.BodyTooLargeError:
        raised = "Whoever runs this server raises that with POLICYTRACE_QUERY_SIZE."
        detail = f"The body of a request may have {largest} KiB. {raised}"
        raise ProblemError(413, "Query too large", detail, limit="query_size", limit_kib=largest) from None
    except request_body.BodyTooSlowError as error:
        raise too_slow(error) from None


def _parameters(text: str) -> Parameters:
    """Parameters as forms write them (WHATWG URL, application/x-www-form-urlencoded)."""
    if text.count("&") >= MOST_PARAMETERS:
        raise ProblemError(400, "Too many parameters", f"A request may have {MOST_PARAMETERS} of them.")
    values: Parameters = {}
    try:
        for pair in text.split("&"):
            if pair:
                name, _, value = pair.partition("=")
                name, value = _unquoted(name), _unquoted(value)
                if name in values:
                    values[name].append(value)
                else:
                    values[name] = [value]
    except UnicodeDecodeError as error:
        raise _no_utf8(error) from None
    return values


def _for_people(accept: str | None, address: Parameters) -> bool:
    return negotiation.wants_page(accept) or _first(address, "format") == "html"


def _unquoted(text: str) -> str:
    """A text that was written for an address.

    Raises:
        UnicodeDecodeError: it is no UTF-8.
    """
    if "+" in text:
        text = text.replace("+", " ")
    if "%" not in text:
        return text
    begin, *parts = text.split("%")
    try:
        return begin + "".join([ESCAPES[part[:2]] + part[2:] for part in parts])
    except KeyError:
        return unquote(text, errors="strict")


def _joined(parameters: Parameters, more: Parameters) -> Parameters:
    if not parameters:
        return more
    return {name: [*parameters.get(name, ()), *more.get(name, ())] for name in {**parameters, **more}}


def _first(parameters: Parameters, name: str) -> str | None:
    return parameters[name][0] if name in parameters else None


def _decoded(data: bytes) -> str:
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
    if not LEAST_SECONDS <= seconds < math.inf:
        detail = f"timeout is a number of seconds from {LEAST_SECONDS:g} on, not “{text[:40]}”."
        raise ProblemError(400, "Bad timeout", detail)
    return seconds


def is_volatile(query: str) -> bool:
    """Whether two answers to a query may differ."""
    upper = query.upper()
    return any(name in upper for name in HINTS) and VOLATILE.search(query) is not None


def note_query(query: str) -> None:
    """Notes the query of the request being handled: for the log, and whether its answer may be cached."""
    facts()["query"] = digest(query)
    g.volatile = is_volatile(query)
