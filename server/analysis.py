"""Analyses of the hop graph as pages and as JSON, each number with the rows behind it."""

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

import pyoxigraph as ox
from flask import Blueprint, Response, render_template, request

from policytrace.graph.paths.choices import Limit
from policytrace.graph.paths.contract import Named
from policytrace.graph.paths.question import QuestionError
from policytrace.server import negotiate, paths, replies
from policytrace.server.negotiate import Format
from policytrace.server.pool import NoResultError
from policytrace.server.replies import ProblemError
from policytrace.server.sparql import problem
from policytrace.server.state import links, opened, view
from policytrace.server.view import Value

if TYPE_CHECKING:
    from policytrace.graph.paths.analyses import Analysis
    from policytrace.graph.paths.report import Report, Row

blueprint = Blueprint("analysis", __name__)

JSON = Format("json", "application/json", "JSON", ("application/x-json",))
ROWS_SHOWN = 500
"""Rows a page shows; the data have all."""
GRID = 25
"""Receivers and givers that the grid of a matrix shows."""
SHADES = 5
"""Steps of shade in a grid."""
_KEPT = 32
_OWN = frozenset(("format", "sort", "row"))
"""Parameters of an address that are no options of the analysis."""


@blueprint.get("/analysis")
def index() -> Response:
    """Every analysis."""
    from policytrace.graph.paths.analyses import ANALYSES

    return replies.page("analyses.html", analyses=list(ANALYSES.values()))


@blueprint.get("/analysis/<name>")
def page(name: str) -> Response:
    """One analysis: its options, its numbers, and for one row what it rests on."""
    found = _report(name)
    asked = _asked(name)
    given = {option: value for option, value in _options().items() if value != asked.options.get(option)}
    context: dict[str, Any] = {"asked": asked, "report": found, "given": given}
    if key := request.args.get("row"):
        row = next((row for row in found.rows if row.behind.key == key), None)
        if row is None:
            raise ProblemError(404, "No such row", "This analysis has no row of that key in this release.")
        context |= {"cells": _cells(row), "transfers": _things(row.behind.transfers), "hops": _hops(row)}
        return _sent(found, render_template("analysis_row.html", **context), negotiate.HTML)
    sort = request.args.get("sort", "")
    context |= {
        "rows": [(row.behind.key, _cells(row)) for row in _sorted(found, sort)[:ROWS_SHOWN]],
        "sort": sort,
        "numbers": _numbers(found),
        "grid": _grid(found) if name == "matrix" else None,
    }
    return _sent(found, render_template("analysis.html", **context), negotiate.HTML)


@blueprint.get("/api/analysis/<name>")
def data(name: str) -> Response:
    """One analysis as JSON: all rows with the transfers and hops behind each."""
    form = replies.wanted((JSON,))
    found = _report(name)
    return _sent(found, replies.as_json(found.as_dict()), form)


def _asked(name: str) -> "Analysis":
    from policytrace.graph.paths.analyses import analysis

    return analysis(name)


def _options() -> dict[str, str]:
    return {name: value for name, value in request.args.items() if name not in _OWN and value.strip()}


def _report(name: str) -> "Report":
    from policytrace.graph.paths.analyses import UnknownAnalysisError, report

    kept: dict[Any, Report] = opened().memo.setdefault("analysis", {})
    key = (name, *sorted(_options().items()))
    if key in kept:
        return kept[key]
    try:
        found = report(paths.graph(), name, _options())
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


def _sent(found: "Report", body: str, form: Format) -> Response:
    headers = {"X-PolicyTrace-Truncated": ", ".join(found.bound) or "no"}
    if Limit.MS in found.bound:
        headers["Cache-Control"] = "no-store"
    return replies.send(body, form, headers=headers)


def _value(value: Any) -> Value:
    """One cell as a page shows it."""
    if isinstance(value, Named):
        return view().thing(ox.NamedNode(value.id)) if value.id else Value(value.label)
    return Value("" if value is None else f"{value:g}" if isinstance(value, float) else str(value))


def _cells(row: "Row") -> dict[str, list[Value]]:
    return {
        name: [_value(one) for one in (value if isinstance(value, tuple) else (value,))]
        for name, value in row.cells().items()
        if name != "path"
    }


def _numbers(found: "Report") -> set[str]:
    """The columns that hold numbers."""
    numbers = (int, float, type(None))
    return {
        name for name in found.columns if all(isinstance(row.cells()[name], numbers) for row in found.rows)
    }


def _sorted(found: "Report", sort: str) -> "list[Row]":
    """The rows by a column, largest first with a minus before it; what has no value comes last."""
    name = sort.removeprefix("-")
    if name not in found.columns:
        return list(found.rows)

    def text(row: "Row") -> Any:
        value = row.cells()[name]
        labels = [one.label.casefold() if isinstance(one, Named) else one for one in _several(value)]
        return labels if isinstance(value, tuple) else labels[0]

    known = [row for row in found.rows if row.cells()[name] not in (None, ())]
    rest = [row for row in found.rows if row.cells()[name] in (None, ())]
    return sorted(known, key=text, reverse=sort.startswith("-")) + rest


def _several(value: Any) -> tuple[Any, ...]:
    return value if isinstance(value, tuple) else (value,)


def _things(iris: Iterable[str]) -> list[Value]:
    return [view().thing(ox.NamedNode(iri)) for iri in iris]


def _hops(row: "Row") -> list[tuple[str, Value]]:
    """The hops behind a row in words, each with what states it."""
    from policytrace.graph.paths.tell import sentence

    arrays, shown, found = paths.graph().arrays, view(), []
    for number in filter(lambda number: number >= 0, map(arrays.find_hop, row.behind.hops)):
        hop = arrays.hop(number)
        start, end, record = (shown.thing(ox.NamedNode(iri)) for iri in (hop.start, hop.end, hop.record))
        found.append((sentence(hop, start.text, end.text), record))
    return found


def _grid(found: "Report") -> dict[str, Any]:
    """The matrix as a grid whose cells have a number, a shade from 1 on, and the key of their row."""
    from policytrace.graph.paths.matrix import Cell, grid

    whole = grid([row for row in found.rows if isinstance(row, Cell)], GRID)

    def cell(receiver: Named, giver: Named) -> tuple[int, int, str] | None:
        one = whole.cells.get((receiver.id, giver.id))
        if one is None:
            return None
        return one.transfers, -(-one.transfers * SHADES // whole.most), one.behind.key

    return {
        "givers": [_value(giver) for giver in whole.givers],
        "rows": [(_value(one), [cell(one, giver) for giver in whole.givers]) for one in whole.receivers],
        "left_out": whole.left_out,
    }
