"""Analyses of the hop graph as pages and files, each number with the rows behind it."""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any

import pyoxigraph as ox
from flask import Blueprint, Response, render_template, request
from markupsafe import Markup

from policytrace.graph.library.gc_pause import gc_paused
from policytrace.graph.paths import evidence
from policytrace.graph.paths.answer import NamedThing
from policytrace.graph.paths.choices import Limit
from policytrace.graph.paths.request import QuestionError
from policytrace.graph.search.facet_schema import KIND, facet_schema
from policytrace.graph.search.facets import Facets
from policytrace.graph.search.index import ThingList
from policytrace.graph.sparql.binding import Term
from policytrace.graph.sparql.engine import Rows
from policytrace.graph.vocabulary.terms import ID, SCHEME, segment_of
from policytrace.server.execution.engine import PoolEngine
from policytrace.server.execution.errors import NoResultError
from policytrace.server.http import negotiation
from policytrace.server.http.negotiation import JSON, XLSX, Format
from policytrace.server.paths import routes
from policytrace.server.presentation.view import Value, code_of
from policytrace.server.responses import exports, responses
from policytrace.server.responses.exports import Export
from policytrace.server.responses.query_problems import problem
from policytrace.server.responses.responses import ProblemError
from policytrace.server.responses.state import links, opened, state, view
from policytrace.server.search.facet_filter import Narrowing
from policytrace.server.search.index import search_index

if TYPE_CHECKING:
    from policytrace.graph.analyses.analyses import Analysis
    from policytrace.graph.analyses.rows import AnalysisReport, AnalysisRow

blueprint = Blueprint("analysis", __name__)

PER_PAGE = 100
"""Rows on one page."""
GRID = 25
"""Receivers and givers that the grid of a matrix shows."""
SHADES = 5
"""Steps of shade in a grid."""
CLAIMS = 10_000
"""Transfers up to which a workbook holds the evidence of all."""
BEHIND = {
    "of_row": "The row of the sheet Data, the first below its head being 1",
    "transfer": "A learning transfer that the row rests on",
    "hop": "A hop that the row rests on",
}
"""Columns of what stands behind the rows."""
_NUMBERS = {
    "matrix": {"transfers": "transfers-pair"},
    "reach": {"direct": "transfers", "onward": "transfers-onward"},
}
"""Columns of analyses whose numbers are named on their pages."""
_ROWS_BEHIND = Markup(' data-number="rows"')
"""The name of any other number: how many rows stand behind it."""
_KEPT = 32
_OWN = frozenset(("format", "sort", "row", "page", "release", *facet_schema().facets))
"""Parameters of an address that are no options of the analysis."""


@blueprint.get("/analysis")
def index() -> Response:
    """Every analysis."""
    from policytrace.graph.analyses.analyses import ANALYSES

    return responses.page("analyses/analyses.html", analyses=list(ANALYSES.values()))


@blueprint.get("/analysis/<name>")
@gc_paused()
def page(name: str) -> Response:
    """One analysis: its options, its numbers, and for one row what it rests on."""
    stem, _, extension = name.rpartition(".")
    name, form = stem or name, exports.asked_format(extension) if stem else exports.wanted()
    found, asked = _report(name), _asked(name)
    given = {option: value for option, value in _options().items() if value != asked.options.get(option)}
    context: dict[str, Any] = {"asked": asked, "report": found, "given": given}
    if key := request.args.get("row"):
        row = next((row for row in found.rows if row.support.key == key), None)
        if row is None:
            raise ProblemError(404, "No such row", "This analysis has no row of that key in this release.")
        context |= {"cells": _cells(row), "transfers": _things(row.support.transfers), "hops": _hops(row)}
        return _sent(found, render_template("analyses/analysis_row.html", **context), negotiation.HTML)
    sort = request.args.get("sort", "")
    narrowing, chosen = _narrowed(found, {**given, "sort": sort})
    rows = [found.rows[int(number)] for number in chosen.numbers]
    if form is not negotiation.HTML:
        return _file(replace(found, rows=rows), form, narrowing)
    number = responses.page_of_list(len(rows), PER_PAGE)
    some = _sorted(replace(found, rows=rows), sort)[(number - 1) * PER_PAGE : number * PER_PAGE]
    context |= {
        "rows": [(row.support.key, _cells(row)) for row in some],
        "sort": sort,
        "numbers": _numbers(found),
        "grid": _grid(found) if name == "matrix" else None,
        "named_number": partial(_named_number, found),
        "narrowing": narrowing,
        "facets": narrowing.facets(chosen),
        "total": len(rows),
        "number": number,
        "per_page": PER_PAGE,
        "formats": exports.FORMATS,
    }
    return _sent(found, render_template("analyses/analysis.html", **context), negotiation.HTML)


@blueprint.get("/api/analysis/<name>")
def data(name: str) -> Response:
    """One analysis as JSON: all rows with the transfers and hops behind each."""
    form, found = responses.wanted((JSON,)), _report(name)
    narrowing, chosen = _narrowed(found, _options())
    return _file(replace(found, rows=[found.rows[int(n)] for n in chosen.numbers]), form, narrowing)


def _narrowed(found: "AnalysisReport", rest: Mapping[str, str]) -> tuple[Narrowing, ThingList]:
    """The rows that the address leaves, by the things they name and the transfers they rest on."""
    kept: dict[Any, tuple[Any, Facets]] = opened().memo.setdefault("analysis/facets", {})
    key = (found.name, *sorted(found.options.items()))
    if key not in kept or kept[key][0] is not found.rows:
        things = [
            [
                one.id
                for value in row.cells().values()
                for one in _several(value)
                if isinstance(one, NamedThing)
            ]
            for row in found.rows
        ]
        about = [[*ids, *row.support.transfers] for ids, row in zip(things, found.rows, strict=True)]
        kinds = [sorted({segment_of(iri) for iri in ids if iri}) for ids in things]
        kept[key] = found.rows, search_index().rows(about, {KIND: kinds})
        for oldest in list(kept)[:-_KEPT]:
            kept.pop(oldest, None)
    narrowing = Narrowing.from_request(f"analysis/{found.name}", rest, extensions=True)
    return narrowing, narrowing.rows(kept[key][1])


def _file(found: "AnalysisReport", form: Format, narrowing: Narrowing) -> Response:
    """The rows as JSON or as tables."""
    given = {name: value for name, value in narrowing.given.items() if name != "sort"}
    if form is JSON:
        whole = found.as_dict() | {"again": exports.again(narrowing.address, given)}
        return _sent(found, responses.as_json(whole), form)
    about = {
        "What this is": f"{_asked(found.name).title}: {_asked(found.name).description}",
        "Options": ", ".join(f"{name} = {value}" for name, value in found.options.items() if value),
        "Notes": " ".join(found.notes),
    }
    sheets = {"Data": found.table()}
    if form is XLSX:
        sheets["Paths"] = _behind(found)
        claims = {iri for row in found.rows for iri in row.support.transfers}
        if len(claims) <= CLAIMS:
            sheets["Evidence"] = _evidence(claims)
        else:
            about["Evidence"] = f"Left out: more than {CLAIMS:,} transfers. Narrow the list to have it."
    meanings = dict(found.columns) | BEHIND | evidence.COLUMNS | exports.RELEASE
    answer = exports.send(Export(found.name, sheets, meanings, about), form, narrowing.address, given)
    answer.headers["X-PolicyTrace-Truncated"] = ", ".join(found.bound) or "no"
    return answer


def _behind(found: "AnalysisReport") -> Rows:
    """The transfers and hops that the rows rest on."""
    lines: list[tuple[Term | None, ...]] = []
    for number, row in enumerate(found.rows, start=1):
        place = ox.Literal(number)
        lines += [(place, ox.NamedNode(iri), None) for iri in row.support.transfers]
        lines += [(place, None, ox.NamedNode(f"{ID}hop/{hop}")) for hop in row.support.hops]
    return Rows(tuple(BEHIND), lines)


def _evidence(claims: set[str]) -> Rows:
    try:
        return evidence.evidence(PoolEngine(state().pool, opened().release.store_path), claims)
    except NoResultError as error:
        raise problem(error, "") from None


def _asked(name: str) -> "Analysis":
    from policytrace.graph.analyses.analyses import analysis

    return analysis(name)


def _options() -> dict[str, str]:
    return {name: value for name, value in request.args.items() if name not in _OWN and value.strip()}


def _report(name: str) -> "AnalysisReport":
    from policytrace.graph.analyses.analyses import UnknownAnalysisError, report

    kept: dict[Any, AnalysisReport] = opened().memo.setdefault("analysis", {})
    key = (name, *sorted(_options().items()))
    if key in kept:
        return kept[key]
    try:
        found = report(routes.path_graph(), name, _options())
    except UnknownAnalysisError as error:
        hints = [("All analyses", links().path("analysis"))]
        raise ProblemError(404, "Not found", str(error), hints=hints) from None
    except QuestionError as error:
        raise ProblemError(400, "The question cannot be read", str(error), option=error.option) from None
    except NoResultError as error:
        raise problem(error, "") from None
    if Limit.MS not in found.bound:
        kept[key] = found
        for oldest in list(kept)[:-_KEPT]:
            kept.pop(oldest, None)
    return found


def _sent(found: "AnalysisReport", body: str, form: Format) -> Response:
    headers = {"X-PolicyTrace-Truncated": ", ".join(found.bound) or "no"}
    if Limit.MS in found.bound:
        headers["Cache-Control"] = "no-store"
    return responses.send(body, form, headers=headers)


def _value(value: Any) -> Value:
    """One cell as a page shows it."""
    if isinstance(value, NamedThing):
        return view().thing(ox.NamedNode(value.id)) if value.id else Value(value.label)
    return Value("" if value is None else f"{value:g}" if isinstance(value, float) else str(value))


def _cells(row: "AnalysisRow") -> dict[str, list[Value]]:
    return {
        name: [_value(one) for one in (value if isinstance(value, tuple) else (value,))]
        for name, value in row.cells().items()
        if name != "path"
    }


def _numbers(found: "AnalysisReport") -> set[str]:
    """The columns that hold numbers."""
    numbers, left = (int, float, type(None)), set(found.columns)
    for row in found.rows:
        cells = row.cells()
        left -= {name for name in left if not isinstance(cells[name], numbers)}
    return left


def _sorted(found: "AnalysisReport", sort: str) -> "list[AnalysisRow]":
    """The rows by a column, largest first with a minus before it; what has no value comes last."""
    name = sort.removeprefix("-")
    if name not in found.columns:
        return list(found.rows)

    def text(row: "AnalysisRow") -> Any:
        value = row.cells()[name]
        labels = [one.label.casefold() if isinstance(one, NamedThing) else one for one in _several(value)]
        return labels if isinstance(value, tuple) else labels[0]

    known = [row for row in found.rows if row.cells()[name] not in (None, ())]
    rest = [row for row in found.rows if row.cells()[name] in (None, ())]
    return sorted(known, key=text, reverse=sort.startswith("-")) + rest


def _several(value: Any) -> tuple[Any, ...]:
    return value if isinstance(value, tuple) else (value,)


def _things(iris: Iterable[str]) -> list[Value]:
    return [view().thing(ox.NamedNode(iri)) for iri in iris]


def _hops(row: "AnalysisRow") -> list[tuple[str, Value]]:
    """The hops behind a row in words, each with what states it."""
    from policytrace.graph.paths.narrate import sentence

    arrays, shown, found = routes.path_graph().arrays, view(), []
    for number in filter(lambda number: number >= 0, map(arrays.find_hop, row.support.hops)):
        hop = arrays.hop(number)
        start, end, record = (shown.thing(ox.NamedNode(iri)) for iri in (hop.start, hop.end, hop.record))
        outcome, effect = (
            code_of(shown.reader.node(ox.NamedNode(hop.record), curie))
            for curie in ("pt:outcome", "pt:effect")
        )
        words = sentence(hop.kind, start.text, end.text, hop.stage, outcome, effect)
        found.append((words, record))
    return found


def _path_of(iri: str) -> str:
    """A thing, or the kind of a giver, as the names of numbers have it."""
    return iri.removeprefix(ID).removeprefix(SCHEME)


def _named_number(found: "AnalysisReport", key: str, column: str) -> Markup:
    """The attributes that name a number of a row."""
    names = _NUMBERS.get(found.name, {})
    if column not in names or found.options["min_strength"]:
        return _ROWS_BEHIND
    of = {"data-number": names[column], "data-layer": found.options["layer"]}
    if found.name == "matrix":
        receiver, _, giver = key.partition(" ")
        if found.options["by"] == "project" or not receiver:
            return _ROWS_BEHIND
        of |= {"data-of": _path_of(giver), "data-to": _path_of(receiver)}
    else:
        of |= {"data-of": _path_of(key)}
    return Markup("").join(Markup(' {}="{}"').format(*pair) for pair in of.items())


def _grid(found: "AnalysisReport") -> dict[str, Any]:
    """The matrix as a grid whose cells have a number, a shade from 1 on, and the key of their row."""
    from policytrace.graph.analyses.matrix import Cell, grid

    whole = grid([row for row in found.rows if isinstance(row, Cell)], GRID)

    def cell(receiver: NamedThing, giver: NamedThing) -> tuple[int, int, str, str, str] | None:
        one = whole.cells.get((receiver.id, giver.id))
        if one is None:
            return None
        ends = (_path_of(receiver.id), _path_of(giver.id))
        return one.transfers, -(-one.transfers * SHADES // whole.most), one.support.key, *ends

    return {
        "givers": [_value(giver) for giver in whole.givers],
        "rows": [(_value(one), [cell(one, giver) for giver in whole.givers]) for one in whole.receivers],
        "left_out": whole.left_out,
    }
