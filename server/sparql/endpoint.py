"""The SPARQL endpoint in the application: what ``evaluation`` answers, and pages and problems around it."""

from flask import Blueprint, Response, g, request

from policytrace.server.catalogue.service_description import service_description
from policytrace.server.execution.errors import NoResultError, UnwantedFormError
from policytrace.server.execution.wire import ResultKind
from policytrace.server.execution.worker_process import QueryResult
from policytrace.server.http.negotiation import (
    HTML,
    PAGE_AND_GRAPH,
    RESULT_FORMATS,
    TRIPLE_FORMATS,
    Format,
)
from policytrace.server.operations.access_log import facts
from policytrace.server.responses import query_results, responses
from policytrace.server.responses.query_problems import problem
from policytrace.server.responses.query_results import ADDRESS, limits_header, via
from policytrace.server.responses.responses import ProblemError
from policytrace.server.responses.state import links, opened, state
from policytrace.server.sparql import page
from policytrace.server.sparql.evaluation import OUTCOME, QueryOutcome, SparqlEndpoint
from policytrace.server.sparql.formats import FILES, GRAPHS, RESULTS, SHEET_ROWS
from policytrace.server.sparql.protocol import SparqlRequest, note_query

blueprint = Blueprint("sparql", __name__)


@blueprint.route("/sparql", methods=["GET", "POST"])
def endpoint() -> Response:
    """Answers a query; without one, shows the form or the service description."""
    g.limits = state().pool.limits(None)
    service = SparqlEndpoint(state())
    sparql_request = service.read(request.environ)
    g.limits = state().pool.limits(sparql_request.seconds)
    query = sparql_request.text
    if query is None:
        return _no_query()
    note_query(query)
    try:
        return _answer(service, query, sparql_request)
    except ProblemError as problem:
        if problem.status == 406 or not responses.for_people():
            raise
        return page.failed(query, problem)


def _answer(service: SparqlEndpoint, query: str, sparql_request: SparqlRequest) -> Response:
    """The answer to a query, which may have been evaluated before the application was called."""
    if sparql_request.formats.none:
        raise _not_acceptable((*RESULT_FORMATS, *TRIPLE_FORMATS, HTML), sparql_request)
    outcome: QueryOutcome | None = request.environ.pop(OUTCOME, None)
    if outcome is None:
        outcome = service.evaluate(opened(), query, sparql_request, request.environ)
    g.opened, result = outcome
    if isinstance(result, UnwantedFormError):
        raise _not_acceptable(GRAPHS if result.graph else RESULTS, sparql_request)
    if isinstance(result, NoResultError):
        raise problem(result, query)
    form = sparql_request.formats.of(result.form)
    if form in FILES:
        _check_file(result)
        if not result.more:
            result.close()
            facts()["rows"] = result.rows
            return responses.send(result.first, form, headers=via(links()))
    elif form is HTML:
        return _page(query, result)
    if result.more:
        return query_results.stream(result, form, via(links()))
    return responses.send_reply(service.reply(g.opened, query, sparql_request, result, request.environ))


def _page(query: str, result: QueryResult) -> Response:
    """A result as a page, made of its first rows."""
    try:
        body = b"".join(result)
    except NoResultError as error:
        raise problem(error, query) from None
    finally:
        result.close()
    facts()["rows"] = result.rows
    return page.answered(query, result.form, body, result.rows)


def _check_file(result: QueryResult) -> None:
    """That a result can be a file for spreadsheets.

    Raises:
        ProblemError: 406, it has no rows; 422, it has too many.
    """
    if result.form is ResultKind.ROWS and result.rows <= SHEET_ROWS:
        return
    result.close()
    if result.form is not ResultKind.ROWS:
        raise ProblemError(406, "No table", "The answer is yes or no; there are no rows for a spreadsheet.")
    facts()["rows"] = result.rows
    detail = f"A spreadsheet takes {SHEET_ROWS} rows; this result has {result.rows}. Take CSV instead."
    raise ProblemError(422, "Too many rows for a spreadsheet", detail, limit="rows")


@blueprint.after_request
def _state_limits(response: Response) -> Response:
    if "limits" in g:
        response.headers["X-PolicyTrace-Limits"] = limits_header(g.limits)
    return response


def _not_acceptable(offers: tuple[Format, ...], sparql_request: SparqlRequest) -> ProblemError:
    name, accept = sparql_request.format, sparql_request.accept
    wish = f"There is no format called “{name}”" if name else f"Nothing is {accept}"
    return responses.not_acceptable(offers, f"{wish} for this kind of result.")


def _no_query() -> Response:
    form = responses.wanted(PAGE_AND_GRAPH)
    if form is HTML:
        return page.blank()
    about = opened()
    body = about.documents.get_or_make(
        ("sparql", form.name),
        lambda: service_description(
            links(), about.release.manifest, g.limits, form, state().settings.services
        ),
    )
    return responses.send(body, form, headers={"Link": f'<{links().absolute(ADDRESS)}>; rel="describes"'})
