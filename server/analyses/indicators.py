"""Indicators as pages and as JSON: the number, its rule, how it holds, and the rows behind it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import pyoxigraph as ox
from flask import Blueprint, Response, render_template, request

from policytrace.graph.indicators import headline, table
from policytrace.graph.indicators.definitions import (
    Definition,
    UnknownIndicatorError,
    definition,
    definitions,
)
from policytrace.graph.indicators.headline import Headline
from policytrace.graph.indicators.items import Item, ItemRow, ItemSet, collect, read, read_disputes
from policytrace.graph.indicators.measure import OPTIONS, Measurement, choose, measurement
from policytrace.graph.paths import evidence
from policytrace.graph.search.facet_schema import KIND, facet_schema
from policytrace.graph.search.facets import Facets
from policytrace.graph.sparql.binding import bind
from policytrace.graph.sparql.engine import Rows
from policytrace.graph.sparql.parameters import ParameterError
from policytrace.graph.vocabulary.terms import ID, segment_of
from policytrace.server.execution.engine import PoolEngine
from policytrace.server.execution.errors import NoResultError
from policytrace.server.http import negotiation
from policytrace.server.http.negotiation import JSON, XLSX, Format
from policytrace.server.presentation.footnotes import Footnote, Sources
from policytrace.server.presentation.view import Value, concept
from policytrace.server.releases.current import Opened
from policytrace.server.responses import exports, responses
from policytrace.server.responses.exports import Export
from policytrace.server.responses.query_problems import problem
from policytrace.server.responses.responses import ProblemError
from policytrace.server.responses.state import links, opened, state, view
from policytrace.server.search.facet_filter import Narrowing
from policytrace.server.search.form_fields import field
from policytrace.server.search.index import search_index

blueprint = Blueprint("indicators", __name__)

PER_PAGE = 35
GROUPS = 25
"""Groups of a breakdown that a page shows; the data have all."""
CLAIMS = 4
"""Claims and rows that a page names for one thing; the data have all."""
UNKNOWN = "unknown"
"""Value of ``show=`` for what would count, if all of its key were known."""
_KEPT = 64
_DISPUTED = "disputed"


@dataclass(frozen=True)
class Shown:
    """One thing on a page, with what it rests on and the documents that say so."""

    key: tuple[Value, ...]
    strength: Value | None
    disputes: tuple[str, ...]
    rests_on: tuple[tuple[Value, tuple[tuple[Value, str | None], ...]], ...]
    """Claims and rows, each with its documents and their addresses."""


@blueprint.get("/indicators")
def index() -> Response:
    """Every indicator with its number."""
    form = exports.wanted()
    if form is not negotiation.HTML:
        return _every(form)
    given = exports.filters()
    return responses.page(
        "analyses/indicators.html",
        measured=headlines(given),
        fields=_fields(given),
        given=given,
        pinned=_pinned(),
        place=given.get("project", "").rpartition("/")[2],
        formats=exports.FORMATS,
    )


@blueprint.get("/indicators.<extension>")
def numbers_file(extension: str) -> Response:
    """Every indicator with its number, as a file."""
    return _every(exports.asked_format(extension))


def headlines(given: Mapping[str, str]) -> list[Headline]:
    """Every indicator under some conditions, as the options of ``/indicators`` state them.

    Raises:
        ProblemError: 400, an option cannot be used; or no answer came in time.
    """
    if not given and (counted := headline.read(opened().release.path)) is not None:
        return counted
    return [headline.headline(_measured(known, given)) for known in definitions().values()]


@blueprint.get("/api/indicators")
def numbers() -> Response:
    """Every indicator with its number, as JSON."""
    return _every(responses.wanted((JSON,)))


def _every(form: Format) -> Response:
    given = exports.filters()
    measurements = [_measured(known, given) for known in definitions().values()]
    if form is not JSON:
        sheets = {"Data": table.overview(measurements)}
        return exports.send(Export("indicators", sheets, table.NUMBERS), form, "indicators", given)
    found = []
    for one in measurements:
        whole = one.as_dict(_label)
        found.append({name: value for name, value in whole.items() if name not in ("rows", "by")})
    body = {"release": opened().release.id, "again": exports.again("indicators", given), "indicators": found}
    return responses.send(responses.as_json(body), form)


@blueprint.get("/indicators/<name>")
def page(name: str) -> Response:
    """One indicator: its number, its rule, how it holds, and the rows behind it."""
    stem, _, extension = name.rpartition(".")
    known, given = known_indicator(stem or name), conditions()
    form = exports.asked_format(extension) if stem else exports.wanted()
    found, show = _measured(known, given), request.args.get("show", "")
    narrowing = narrowing_of(known, {**given, "show": show})
    if form is not negotiation.HTML:
        return file(found, form, given, narrowing)
    if show not in ("", UNKNOWN, *(lack.code for lack in known.lacks)):
        raise ProblemError(404, "Not found", f"This indicator has no rows called “{show}”.")
    rows = _rows_of(found, show)
    chosen = narrowing.rows(_facets(found, rows))
    total = len(chosen)
    number = responses.page_of_list(total, PER_PAGE)
    some = [rows[int(row)] for row in chosen.numbers[(number - 1) * PER_PAGE : number * PER_PAGE]]
    html = render_template(
        "analyses/indicator.html",
        known=known,
        found=found,
        fields=_fields(given),
        given=given,
        pinned=_pinned(),
        show=show,
        shown=[_shown(known, *one) for one in some],
        narrowing=narrowing,
        facets=narrowing.facets(chosen),
        total=total,
        number=number,
        per_page=PER_PAGE,
        levels=[view().thing(concept("strength", one.min_strength)) for one in found.sensitivity()[1:]],
        most=GROUPS,
        few=CLAIMS,
        groups={one.name: [(_value(g.value), g) for g in found.groups(one.name)] for one in known.by},
        query=bind(known.sparql, {"project": found.chosen.project}),
        formats=exports.FORMATS,
    )
    return responses.send(html, negotiation.HTML)


@blueprint.get("/api/indicators/<name>")
def data(name: str) -> Response:
    """One indicator as JSON, with all rows."""
    form, known, given = responses.wanted((JSON,)), known_indicator(name), conditions()
    return file(_measured(known, given), form, given, narrowing_of(known, given))


def conditions() -> dict[str, str]:
    """The options in the address; facets choose rows and leave the number as it is."""
    facets = set(facet_schema().facets) - set(OPTIONS)
    return {name: value for name, value in exports.filters().items() if name not in facets}


def narrowing_of(known: Definition, rest: Mapping[str, str]) -> Narrowing:
    """What the address chooses from the rows of an indicator, beside its options."""
    others = {name: value for name, value in rest.items() if name != "project"}
    return Narrowing.from_request(f"indicators/{known.name}", others, single=("project",), extensions=True)


def measured_by_name(name: str, given: Mapping[str, str]) -> Measurement:
    """An indicator of the release that this request is answered from.

    Raises:
        ProblemError: there is none of that name, or an option cannot be used.
    """
    return _measured(known_indicator(name), given)


def file(found: Measurement, form: Format, given: Mapping[str, str], narrowing: Narrowing) -> Response:
    """An indicator as JSON or as a file of tables: the number of the whole, and the rows that are left."""
    known, path = found.known, narrowing.address
    some, asked = found, {**given, **narrowing.given, "show": ""}
    if set(narrowing.chosen) - set(OPTIONS):
        kept = narrowing.rows(_facets(found, found.counted)).numbers
        some = replace(found, counted=tuple(found.counted[int(row)] for row in kept))
    if form is JSON:
        whole = found.as_dict(_label) | {"again": exports.again(path, asked)}
        if some is not found:
            whole["rows"] = some.as_dict(_label)["rows"]
        return responses.send(responses.as_json(whole), form)
    sheets = {"Data": table.things(some, _label)}
    if form is XLSX:
        sheets |= {
            "Sensitivity": table.sensitivity(found, _label),
            "Paths": table.chains(some, _label),
            "Evidence": _evidence(some),
        }
    about = {
        "Indicator": found.summary(),
        "Rule": known.rule,
        "Counts once": known.key_words,
        "Strength": known.judged,
        "Query": bind(known.sparql, {"project": found.chosen.project}),
    }
    meanings = evidence.COLUMNS | table.SENSITIVITY | table.meanings(found)
    return exports.send(Export(known.name, sheets, meanings, about), form, path, asked)


def _evidence(found: Measurement) -> Rows:
    claims = {
        row.values[name]
        for _, rows in found.counted
        for row in rows
        for name in found.known.evidence
        if name in row.values
    }
    try:
        return evidence.evidence(PoolEngine(state().pool, opened().release.store_path), claims)
    except NoResultError as error:
        raise problem(error, "") from None


def known_indicator(name: str) -> Definition:
    """The indicator of that name.

    Raises:
        ProblemError: 404, there is none.
    """
    try:
        return definition(name)
    except UnknownIndicatorError as error:
        hints = [("All indicators", links().path("indicators"))]
        raise ProblemError(404, "Not found", str(error), hints=hints) from None


def _pinned() -> str:
    return request.args.get("release", "").strip()


def _measured(known: Definition, given: Mapping[str, str]) -> Measurement:
    return measured_in(opened(), known, given)


def measured_in(release: Opened, known: Definition, given: Mapping[str, str]) -> Measurement:
    """An indicator in one release.

    Raises:
        ProblemError: an option cannot be read, or a query has no result.
    """
    engine = PoolEngine(state().pool, release.release.store_path)
    kept: dict[tuple[str, str], ItemSet] = release.memo.setdefault("indicators", {})
    try:
        chosen = choose(given, engine)
        key = (known.name, chosen.project.value if chosen.project else "")
        if key not in kept:
            kept[key] = _gathered(release, engine, known, chosen.project)
            for oldest in list(kept)[:-_KEPT]:
                kept.pop(oldest, None)
    except ParameterError as error:
        raise ProblemError(400, "Bad parameter", str(error), parameter=error.parameter) from None
    except NoResultError as error:
        raise problem(error, known.text) from None
    return measurement(known, release.release.id, chosen, kept[key])


def _gathered(
    release: Opened, engine: PoolEngine, known: Definition, project: ox.NamedNode | None
) -> ItemSet:
    """What an indicator looks at: of all projects as it was counted with the release, if it was."""
    if project is None and (counted := read(release.release.path, known)) is not None:
        return counted
    memo = release.memo
    if _DISPUTED not in memo:
        memo[_DISPUTED] = read_disputes(engine)
    return collect(engine, known, project, memo[_DISPUTED])


def _fields(given: Mapping[str, str]) -> list[Any]:
    return [field(view(), option, given.get(name, option.default)) for name, option in OPTIONS.items()]


def _rows_of(found: Measurement, show: str) -> Sequence[tuple[Item, Sequence[ItemRow]]]:
    """The things that count, or those that do not for one reason, each with its rows."""
    if not show:
        return found.counted
    if show == UNKNOWN:
        assert found.known.unknown
        column = found.known.unknown.record
        return [(Item((iri,)), [ItemRow({column: iri}, "", "", ())]) for iri in found.gathered.unknown]
    return [(item, item.rows) for item in found.gathered.items if item.lacks(found.known) == show]


def _facets(found: Measurement, rows: Sequence[tuple[Item, Sequence[ItemRow]]]) -> Facets:
    """The facets of things that count, by what tells them apart and what they rest on."""
    on = found.known.evidence
    about = [
        [*item.key, *{row.values[name] for name in on for row in of_item if name in row.values}]
        for item, of_item in rows
    ]
    kinds = [sorted({segment_of(iri) for iri in item.key if iri.startswith(ID)}) for item, _ in rows]
    return search_index().rows(about, {KIND: kinds})


def _shown(known: Definition, item: Item, rows: Sequence[ItemRow]) -> Shown:
    on = dict.fromkeys(row.values[name] for name in known.evidence for row in rows if name in row.values)
    return Shown(
        tuple(_value(part) for part in item.key),
        view().thing(concept("strength", item.strength)) if item.strength else None,
        item.disputes,
        tuple((_value(iri), _documents(iri)) for iri in on),
    )


def cited_thing(
    found: Measurement, item: Item, rows: Sequence[ItemRow], sources: Sources
) -> tuple[Shown, list[Footnote]]:
    """One thing as a page shows it, with the sources of what it rests on."""
    shown, reader = _shown(found.known, item, rows), view().reader
    on = (ox.NamedNode(value.iri) for value, _ in shown.rests_on)
    documents = dict.fromkeys(one for node in on for one in reader.nodes(node, "dct:source"))
    return shown, [sources.cite(document) for document in documents]


def _documents(iri: str) -> tuple[tuple[Value, str | None], ...]:
    reader = view().reader
    documents = reader.nodes(ox.NamedNode(iri), "dct:source")
    return tuple((view().thing(one), reader.text(one, "foaf:page")) for one in documents)


def _value(text: str) -> Value:
    if not text:
        return Value("not known")
    return view().thing(ox.NamedNode(text)) if text.startswith(("http://", "https://")) else Value(text)


def _label(iri: str) -> str:
    return _value(iri).text
