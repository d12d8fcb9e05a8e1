"""The page of the SPARQL endpoint: the query, its answer or what is wrong with it, links and downloads."""

from dataclasses import replace
from typing import Any

import pyoxigraph as ox
from flask import Response, request

from policytrace.graph.library.queries import library
from policytrace.graph.sparql.binding import bind
from policytrace.graph.sparql.engine import Rows
from policytrace.graph.sparql.parameters import ParameterError
from policytrace.server.execution.wire import ResultKind
from policytrace.server.http.negotiation import RESULT_FORMATS, TRIPLE_FORMATS, XLSX, Format
from policytrace.server.presentation.result_table import ROWS_SHOWN, WEIGHT, table
from policytrace.server.responses import responses
from policytrace.server.responses.csv import SAFE
from policytrace.server.responses.responses import ProblemError
from policytrace.server.responses.state import links, opened, state, view
from policytrace.server.sparql import permalink
from policytrace.server.sparql.snippets import snippets

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

DOWNLOADS: tuple[Format, ...] = (*RESULT_FORMATS, XLSX, SAFE)
COLUMNS = 500
"""Columns of a table on a page."""
LINKED = 8_000
"""Characters up to which a link holds a query, and programs beside it do: longer addresses go nowhere."""


def blank() -> Response:
    """The page before a query is asked.

    ``from`` names a query of the library to begin with; its parameters, if given too, are bound.
    """
    query = library().get(request.args.get("from", ""))
    if query is None:
        return _page(FIRST_QUERY)
    known = {parameter.name for parameter in query.parameters}
    given = {name: value for name, value in request.args.items() if name in known}
    try:
        return _page(bind(query.sparql, query.terms(given)) if given else query.sparql)
    except ParameterError:
        return _page(query.sparql)


def answered(query: str, kind: ResultKind, body: bytes, total: int) -> Response:
    """The page of an answer: its first triples as Turtle, its first rows or truth value as JSON results.

    ``total`` is how many triples or rows there are.
    """
    if kind is ResultKind.GRAPH:
        whole = body.decode(errors="ignore")
        cut = total > ROWS_SHOWN or len(whole) > WEIGHT
        return _page(query, formats=TRIPLE_FORMATS, text=whole[:WEIGHT], cut=cut, answered=True)
    result = ox.parse_query_results(body, format=ox.QueryResultsFormat.JSON)
    if isinstance(result, ox.QueryBoolean):
        return _page(
            query, formats=RESULT_FORMATS, text="yes (true)" if result else "no (false)", answered=True
        )
    if len(result.variables) > COLUMNS:
        width = len(result.variables)
        detail = f"A page shows up to {COLUMNS} columns; this result has {width}. Take CSV instead."
        raise ProblemError(422, "Too many columns for a page", detail)
    shown = replace(table(view(), Rows.of(result)), total=total)
    return _page(query, formats=DOWNLOADS, result=shown, answered=True)


def failed(query: str, problem: ProblemError) -> Response:
    """The page of a query that has no answer: what is wrong, where, and the query to go on with."""
    return _page(query, status=problem.status, problem=problem)


def about(query: str, address: str) -> dict[str, str]:
    """What a workbook says of where its rows come from."""
    licence = opened().release.licence
    return {
        "Query": query.strip(),
        "Asked at": address,
        "Again": links().absolute(f"sparql?q={permalink.shorten(query)}&release={opened().release.id}"),
        "Release": opened().release.id,
        **({"Licence": licence} if licence else {}),
    }


def _page(query: str, *, status: int = 200, **context: Any) -> Response:
    pinned = request.args.get("release", "").strip()
    release, short = opened().release.id, permalink.shorten(query)
    short = short if len(short) <= LINKED else ""
    return responses.page(
        "sparql/sparql.html",
        status=status,
        query=query,
        pinned=pinned,
        releases=state().published.release_ids(),
        current=state().published.current().release.id,
        short_query=short,
        link=links().path("sparql", q=short, release=pinned),
        lasting=links().path("sparql", q=short, release=release),
        snippets=snippets(links().absolute("sparql"), query, pinned) if short else (),
        questions=[(entry.name, entry.summary) for entry in library().values()],
        **({"formats": RESULT_FORMATS, "result": None} | context),
    )
