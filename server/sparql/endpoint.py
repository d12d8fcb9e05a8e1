"""The SPARQL endpoint (SPARQL 1.1 Protocol, query operation), read-only, with a form for browsers."""

from dataclasses import dataclass

from flask import Blueprint, Response, g, request

from policytrace.server.catalogue.service_description import service_description
from policytrace.server.execution.errors import (
    NoResultError,
    UnwantedFormError,
)
from policytrace.server.execution.wire import ResultKind
from policytrace.server.execution.worker_process import QueryResult
from policytrace.server.http import connections, negotiation
from policytrace.server.http.negotiation import (
    HTML,
    JSON_RESULTS,
    PAGE_AND_GRAPH,
    RESULT_FORMATS,
    TRIPLE_FORMATS,
    TURTLE,
    XLSX,
    Format,
)
from policytrace.server.operations.access_log import facts
from policytrace.server.presentation.result_table import ROWS_SHOWN
from policytrace.server.releases.current import Opened
from policytrace.server.responses import responses
from policytrace.server.responses.csv import SAFE
from policytrace.server.responses.query_problems import ADDRESS, problem, send_answer, stated, via
from policytrace.server.responses.responses import ProblemError
from policytrace.server.responses.state import links, opened, state
from policytrace.server.sparql import page, protocol
from policytrace.server.sparql.protocol import Asked
from policytrace.server.sparql.volatility import asked

blueprint = Blueprint("sparql", __name__)

RESULTS: tuple[Format, ...] = (*RESULT_FORMATS, HTML, XLSX, SAFE)
GRAPHS: tuple[Format, ...] = (*TRIPLE_FORMATS, HTML)
SHEET_ROWS = 100_000
"""Rows a workbook is made of at most; other formats have no such limit."""
SHOWN: dict[Format | None, int] = {HTML: ROWS_SHOWN, XLSX: SHEET_ROWS, SAFE: SHEET_ROWS}
"""Formats made here of the first rows of a result, and how many these are."""


OPENED = "policytrace.opened"
"""Where the WSGI environment holds what became of the query, when it was run already: a ``QueryOutcome``."""


@dataclass(frozen=True)
class QueryOutcome:
    """What became of a query, on which release."""

    opened: Opened
    answer: QueryResult | NoResultError


@blueprint.route("/sparql", methods=["GET", "POST"])
def endpoint() -> Response:
    """Answers a query; without one, shows the form or the service description."""
    g.limits = state().pool.limits(None)
    request_asks = protocol.read()
    g.limits = state().pool.limits(request_asks.seconds)
    query = request_asks.query or page.asked()
    if query is None:
        return _no_query()
    asked(query)
    try:
        return _answer(query, request_asks)
    except ProblemError as problem:
        if problem.status == 406 or not responses.for_people():
            raise
        return page.failed(query, problem)


def _answer(query: str, request_asks: Asked) -> Response:
    as_rows, as_graph = _chosen(request_asks, RESULTS), _chosen(request_asks, GRAPHS)
    if as_rows is None and as_graph is None:
        raise _not_acceptable((*RESULT_FORMATS, *TRIPLE_FORMATS, HTML), request_asks)
    try:
        answer = _run(query, request_asks, as_rows, as_graph)
    except UnwantedFormError as error:
        raise _not_acceptable(GRAPHS if error.graph else RESULTS, request_asks) from None
    except NoResultError as error:
        raise problem(error, query) from None
    form = as_graph if answer.form is ResultKind.GRAPH else as_rows
    assert form is not None
    return _rendered(query, answer, form) if form in SHOWN else send_answer(answer, form)


def _run(query: str, request_asks: Asked, as_rows: Format | None, as_graph: Format | None) -> QueryResult:
    """The answer to a query; the one there is when it was run already.

    Raises:
        NoResultError: it has no result; the sub-class says why.
    """
    found: QueryOutcome | None = request.environ.pop(OPENED, None)
    if found is not None:
        g.opened = found.opened
        if isinstance(found.answer, NoResultError):
            raise found.answer
        return found.answer
    return state().pool.open(
        opened().release.store_path,
        query,
        _sent(as_rows, JSON_RESULTS),
        _sent(as_graph, TURTLE),
        seconds=request_asks.seconds,
        default_graphs=request_asks.default_graphs,
        named_graphs=request_asks.named_graphs,
        shown_rows=SHOWN.get(as_rows, 0),
        shown_triples=ROWS_SHOWN if as_graph is HTML else 0,
        base=links().absolute(ADDRESS),
        gone=connections.watch(request.environ),
    )


def _rendered(query: str, answer: QueryResult, form: Format) -> Response:
    """The answer as a page or for a spreadsheet, made of its first rows."""
    try:
        body = b"".join(answer)
    except NoResultError as error:
        raise problem(error, query) from None
    finally:
        answer.close()
    facts()["rows"] = answer.rows
    if form is HTML:
        return page.answered(query, answer.form is ResultKind.GRAPH, body, answer.rows)
    if answer.rows > SHEET_ROWS:
        detail = f"A spreadsheet takes {SHEET_ROWS} rows; this result has {answer.rows}. Take CSV instead."
        raise ProblemError(422, "Too many rows for a spreadsheet", detail, limit="rows")
    body = page.spreadsheet(query, body, form)
    return responses.send(body, form, headers=via(links()))


@blueprint.after_request
def _state_limits(response: Response) -> Response:
    if "limits" in g:
        response.headers["X-PolicyTrace-Limits"] = stated(g.limits)
    return response


def _chosen(asked: Asked, offers: tuple[Format, ...]) -> Format | None:
    name = asked.first("format")
    return (
        negotiation.named(name, offers) if name else negotiation.choose(request.headers.get("Accept"), offers)
    )


def _sent(form: Format | None, for_page: Format) -> str:
    return "" if form is None else for_page.media_type if form in SHOWN else form.media_type


def _not_acceptable(offers: tuple[Format, ...], asked: Asked) -> ProblemError:
    name = asked.first("format")
    wish = f"There is no format called “{name}”" if name else f"Nothing is {request.headers.get('Accept')}"
    return responses.not_acceptable(offers, f"{wish} for this kind of result.")


def _no_query() -> Response:
    form = responses.wanted(PAGE_AND_GRAPH)
    if form is HTML:
        return page.blank()
    about = opened()
    body = about.kept.get(
        ("sparql", form.name),
        lambda: service_description(
            links(), about.release.manifest, g.limits, form, state().settings.services
        ),
    )
    return responses.send(body, form, headers={"Link": f'<{links().absolute(ADDRESS)}>; rel="describes"'})
