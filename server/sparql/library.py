"""The query library: every question as a page with a form, a table, downloads and the query itself."""

import io
from collections.abc import Mapping
from urllib.parse import urlencode

import pyoxigraph as ox
from flask import Blueprint, Response, request

from policytrace.graph.library import answers
from policytrace.graph.library.queries import Query, library
from policytrace.graph.sparql import result_formats
from policytrace.graph.sparql.engine import Rows
from policytrace.graph.sparql.parameters import ParameterError
from policytrace.graph.vocabulary.terms import concept
from policytrace.server.execution.engine import PoolEngine
from policytrace.server.execution.errors import NoResultError
from policytrace.server.http import negotiation
from policytrace.server.http.negotiation import HTML, XLSX, Format
from policytrace.server.operations.access_log import facts
from policytrace.server.presentation.result_table import readable
from policytrace.server.responses import responses
from policytrace.server.responses.csv import SAFE, safe
from policytrace.server.responses.query_problems import problem
from policytrace.server.responses.responses import ProblemError
from policytrace.server.responses.state import links, opened, state, view
from policytrace.server.search.form_fields import field
from policytrace.server.search.index import search_index
from policytrace.server.sparql.page import DOWNLOADS, about

blueprint = Blueprint("library", __name__)

OFFERS: tuple[Format, ...] = (HTML, *DOWNLOADS)


@blueprint.get("/queries")
def index() -> Response:
    """All questions, in the order of the competency questions."""
    opened().reader.prepare_names([_concept(query) for query in library().values()])
    questions = [(query, _question(query)) for query in library().values()]
    return responses.page("sparql/queries.html", questions=questions)


@blueprint.get("/queries/<name>")
def question(name: str) -> Response:
    """One question: its form, its answer, its text."""
    stem, _, extension = name.rpartition(".")
    chosen = negotiation.named(extension, DOWNLOADS) if stem else None
    query = library().get(stem if chosen else name)
    if query is None:
        hints = [("All questions", links().path("queries"))]
        raise ProblemError(404, "Not found", f"There is no query called “{name}”.", hints=hints)
    form = responses.wanted(OFFERS, chosen)
    given = {key: value for key, value in request.args.items() if key not in ("format", "release")}
    try:
        release = opened().release
        engine = PoolEngine(state().pool, release.store_path)
        found = answers.ask(engine, query.name, given, release.path, search_index)
    except ParameterError as error:
        if form is HTML:
            return _page(query, given, None, str(error))
        raise ProblemError(400, "Bad parameter", str(error), parameter=error.parameter) from None
    except NoResultError as error:
        raise problem(error, query.text) from None
    facts()["rows"] = len(found.rows)
    if form is HTML:
        return _page(query, given, found)
    headers = {
        "Link": f'<{links().absolute(f"queries/{query.name}")}>; rel="canonical"',
        "Content-Disposition": f'inline; filename="{query.name}.{form.name}"',
    }
    return responses.send(_written(query, given, found, form), form, headers=headers)


def _written(query: Query, given: Mapping[str, str], found: Rows, form: Format) -> bytes:
    if form is XLSX:
        address = links().absolute(f"queries/{query.name}?{urlencode(given)}".rstrip("?"))
        meanings = {name: query.meaning(name) for name in found.variables}
        origin = {"Question": _question(query), **about(query.bound(given), address)}
        from policytrace.server.responses.spreadsheet import workbook

        return workbook(
            view(), {"Data": found}, origin, {name: text for name, text in meanings.items() if text}
        )
    if form is SAFE:
        return safe(view(), found)
    output = io.BytesIO()
    result_formats.write(found, form.name, output)
    return output.getvalue()


def _page(query: Query, given: Mapping[str, str], found: Rows | None, error: str = "") -> Response:
    values = {p.name: given.get(p.name, p.default) for p in query.parameters}
    result = readable(view(), found) if found is not None else None
    meanings = {name: query.meaning(name) for name in result.names} if result else {}
    return responses.page(
        "sparql/query.html",
        status=400 if error else 200,
        query=query,
        error=error,
        question=_question(query),
        fields=[field(view(), parameter, values[parameter.name]) for parameter in query.parameters],
        result=result,
        meanings={name: text for name, text in meanings.items() if text},
        formats=DOWNLOADS,
        sent=given,
        pinned=request.args.get("release", ""),
        query_string=urlencode(given),
    )


def _question(query: Query) -> str:
    """The competency question a query answers, in words."""
    label = opened().reader.label(_concept(query))
    return label.text if label else ""


def _concept(query: Query) -> ox.NamedNode:
    return ox.NamedNode(concept("competency-question", query.question))
