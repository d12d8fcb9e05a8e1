"""How long is what a client may send, beside a query and a workbook, which have limits of their own.

All that is worked on letter by letter, looked for in an index or kept in a cache is refused here when it is
longer than what people send, so that no work behind this point grows with it.
"""

from collections.abc import Mapping
from typing import TYPE_CHECKING

from flask import Flask, request

from policytrace.server.responses.query_results import ADDRESS
from policytrace.server.responses.responses import ProblemError

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIEnvironment

PATH = 2_000
"""Characters of the path of an address."""
PARAMETERS = 8_000
"""Characters of what follows it, as it is written."""
VALUE = 2_000
"""Characters of one parameter."""
NUMBER = 200
"""Parameters of one address."""
HEADER = 2_000
"""Characters of a header by which an answer is chosen."""
CHOOSING = {
    "HTTP_ACCEPT": "Accept",
    "HTTP_ACCEPT_ENCODING": "Accept-Encoding",
    "HTTP_ACCEPT_LANGUAGE": "Accept-Language",
    "CONTENT_TYPE": "Content-Type",
}
"""These headers, as the WSGI environment names them."""
QUERIES = frozenset(("query", "q"))
"""Parameters of the endpoint that hold a query, which POLICYTRACE_QUERY_SIZE limits."""


def fits(environ: "WSGIEnvironment") -> bool:
    """Whether a request keeps to the limits that need no reading: path, parameters as a whole, headers."""
    get = environ.get
    return (
        len(get("HTTP_ACCEPT", "")) <= HEADER
        and len(get("HTTP_ACCEPT_ENCODING", "")) <= HEADER
        and len(environ["PATH_INFO"]) <= PATH
        and (len(get("QUERY_STRING", "")) <= PARAMETERS or environ["PATH_INFO"] == f"/{ADDRESS}")
        and len(get("CONTENT_TYPE", "")) <= HEADER
        and len(get("HTTP_ACCEPT_LANGUAGE", "")) <= HEADER
    )


def check(environ: "WSGIEnvironment", parameters: Mapping[str, list[str]]) -> None:
    """Refuses a request that is longer than any that makes sense.

    Args:
        environ: of the request.
        parameters: of its address, read.

    Raises:
        ProblemError: 414 of the address (RFC 9110, section 15.5.15), 400 of a parameter, 431 of a header
            (RFC 6585, section 5).
    """
    for variable, name in CHOOSING.items():
        if len(environ.get(variable, "")) > HEADER:
            raise _too_long(431, "Header too long", f"The header {name}", HEADER)
    if len(environ["PATH_INFO"]) > PATH:
        raise _too_long(414, "Address too long", "The path of an address", PATH)
    asks = environ["PATH_INFO"] == f"/{ADDRESS}"
    if not asks and len(environ.get("QUERY_STRING", "")) > PARAMETERS:
        raise _too_long(414, "Address too long", "An address behind its question mark", PARAMETERS)
    if not asks and sum(map(len, parameters.values())) > NUMBER:
        raise ProblemError(400, "Too many parameters", f"An address may have {NUMBER} parameters here.")
    for name, values in parameters.items():
        if not (asks and name in QUERIES) and max(map(len, (name, *values))) > VALUE:
            raise _too_long(400, "Parameter too long", f"The parameter “{name[:40]}”", VALUE)


def attach(app: Flask) -> None:
    """Has an application refuse what is too long, before anything else looks at it."""

    @app.before_request
    def refuse() -> None:
        check(request.environ, request.args.to_dict(flat=False))


def _too_long(status: int, title: str, what: str, most: int) -> ProblemError:
    return ProblemError(status, title, f"{what} may have {most:,} characters; nothing here needs more.")
