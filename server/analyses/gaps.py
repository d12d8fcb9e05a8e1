"""The work list: what is missing, who may know, where to add it; as page and as file."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any
from urllib.parse import urlencode

import pyoxigraph as ox
from flask import Blueprint, Response, request

from policytrace.graph.gaps.find import Gap, find
from policytrace.graph.gaps.kinds import kinds
from policytrace.graph.gaps.place import PlacedGap, gaps_about, place, projects, read
from policytrace.graph.gaps.table import COLUMNS, table
from policytrace.graph.search.facet_schema import facet_schema
from policytrace.graph.search.facets import Facets
from policytrace.graph.search.index import ThingList
from policytrace.graph.sparql.parameters import Parameter, ParameterError
from policytrace.graph.vocabulary.translation import N_
from policytrace.server.execution.engine import PoolEngine
from policytrace.server.execution.errors import NoResultError
from policytrace.server.http.negotiation import HTML, JSON, Format
from policytrace.server.responses import exports, responses
from policytrace.server.responses.exports import Export
from policytrace.server.responses.query_problems import problem
from policytrace.server.responses.responses import ProblemError
from policytrace.server.responses.state import links, opened, state, view
from policytrace.server.search.facet_filter import Narrowing, Own
from policytrace.server.search.form_fields import field
from policytrace.server.search.index import search_index

blueprint = Blueprint("gaps", __name__)

PER_PAGE = 50
_KEPT = 16
_COUNTED = "gaps counted"
_FACETS = "gaps facets"
OTHERS = {
    parameter.name: parameter
    for parameter in (
        Parameter("partner", "iri", N_("Only what this organisation may know."), segment="organisation"),
        Parameter("thing", "iri", N_("Only what has to do with this thing, such as region/friesland.")),
    )
}
"""Filters beside the facets."""
_GAP = Own(N_("What is missing"), {code: kind.title for code, kind in kinds().items()})
_OFFERED = (*OTHERS, "gap", *facet_schema().facets)


@blueprint.get("/gaps")
def page() -> Response:
    """The work list."""
    form = exports.wanted()
    return _moved("gaps") or (_sent(form) if form is not HTML else _page())


@blueprint.get("/gaps.<extension>")
def file(extension: str) -> Response:
    """The whole work list as a file."""
    form = exports.asked_format(extension)
    return _moved(f"gaps.{extension}") or _sent(form)


def _moved(path: str) -> Response | None:
    """Where the list now is that an older address chose a kind of gap from by ``kind``."""
    if request.args.get("kind", "") not in kinds():
        return None
    pairs = [("gap" if name == "kind" else name, value) for name, value in request.args.items(multi=True)]
    return Response(status=301, headers={"Location": f"{links().absolute(path)}?{urlencode(pairs)}"})


def _page() -> Response:
    narrowing, every, found = _listed()
    number = responses.page_of_list(len(found), PER_PAGE)
    at = (number - 1) * PER_PAGE
    shown = [every[int(row)] for row in found.numbers[at : at + PER_PAGE]]
    return responses.page(
        "analyses/gaps.html",
        placed=_placed(shown),
        thing=lambda iri: view().thing(ox.NamedNode(iri)),
        narrowing=narrowing,
        facets=narrowing.facets(found),
        total=len(found),
        number=number,
        per_page=PER_PAGE,
        fields=[field(view(), one, narrowing.rest.get(name, "")) for name, one in OTHERS.items()],
        given=narrowing.given,
        formats=exports.FORMATS,
    )


def _sent(form: Format) -> Response:
    narrowing, every, found = _listed()
    placed = _placed([every[int(row)] for row in found.numbers])
    if form is JSON:
        body = {
            "release": opened().release.id,
            "again": exports.again("gaps", narrowing.given),
            "filters": narrowing.given,
            "total": len(placed),
            "gaps": [_dict(one) for one in placed],
        }
        return responses.send(responses.as_json(body), form)
    export = Export(
        "gaps",
        {"Data": table(placed, _name)},
        COLUMNS | exports.RELEASE,
        {"What this is": "What is missing in the tables, who may know, and where to add it"},
    )
    return exports.send(export, form, "gaps", narrowing.given)


def _dict(one: PlacedGap) -> dict[str, Any]:
    gap = one.gap
    return {
        "kind": gap.kind.code,
        "project": _named(gap.project),
        "thing": _named(gap.thing),
        "missing": gap.missing,
        "add": gap.kind.add,
        "where": one.where,
        "file": one.target or None,
        "row": one.place.row if gap.kind.own else None,
        "table": gap.kind.table,
        "columns": list(gap.kind.columns),
        "record": one.place.record,
        "partners": [_named(iri) for iri in one.partners],
        "partner_role": one.why or None,
    }


def _named(iri: str) -> dict[str, str]:
    return {"id": iri, "label": _name(iri)}


def _name(iri: str) -> str:
    return view().thing(ox.NamedNode(iri)).text


def _listed() -> tuple[Narrowing, Sequence[Gap], ThingList]:
    """The gaps that the address asks for, and the rows of them that its facets leave."""
    for name in exports.filters():
        if name not in _OFFERED:
            detail = f"{name} is no filter here. There are: {', '.join(_OFFERED)}."
            raise ProblemError(400, "Bad filter", detail, parameter=name)
    rest = {name: request.args.get(name, "").strip() for name in OTHERS}
    narrowing = Narrowing.from_request("gaps", rest, {"gap": _GAP}, extensions=True)
    try:
        every = _gaps(rest)
    except ParameterError as error:
        raise ProblemError(400, "Bad filter", str(error), parameter=error.parameter) from None
    except NoResultError as error:
        raise problem(error, "") from None
    memo = opened().memo
    facets = _facets(every) if any(rest.values()) or _FACETS not in memo else memo[_FACETS]
    if not any(rest.values()):
        memo[_FACETS] = facets
    return narrowing, every, narrowing.rows(facets)


def _facets(every: Sequence[Gap]) -> Facets:
    own = {
        "gap": [(gap.kind.code,) for gap in every],
        "project": [(gap.project.rpartition("/")[2],) for gap in every],
    }
    return search_index().rows([(gap.thing,) for gap in every], own, {"gap": list(kinds())})


def _gaps(given: Mapping[str, str]) -> Sequence[Gap]:
    """The gaps that have to do with a thing, and that an organisation may know of, where these are given."""
    chosen = _chosen(given)
    thing, partner = chosen["thing"], chosen["partner"]
    every = candidate_gaps(thing)
    if thing:
        every = gaps_about(view().reader, every, thing.value)
    if partner:
        every = [one.gap for one in _placed(every) if partner.value in one.partners]
    return every


def candidate_gaps(thing: ox.NamedNode | None) -> list[Gap]:
    """The gaps of all projects that can have to do with a thing, or simply all.

    Raises:
        NoResultError: a query had no result.
    """
    near = projects(view().reader, thing) if thing else []
    return [gap for project in near or [""] for gap in gaps_of_project(project)]


def _counted() -> list[PlacedGap] | None:
    """The whole work list, if it was counted with the release."""
    memo = opened().memo
    if memo.get(_COUNTED) is None:
        memo[_COUNTED] = read(opened().release.path)
    found: list[PlacedGap] | None = memo[_COUNTED]
    return found


def _placed(every: Sequence[Gap]) -> list[PlacedGap]:
    """Gaps with what the tables say of them."""
    counted = _counted()
    if counted is None:
        return place(view().reader, every)
    known = {one.gap.thing: one for one in counted}
    return [replace(known[gap.thing], gap=gap) for gap in every]


def _chosen(given: Mapping[str, str]) -> dict[str, ox.NamedNode | None]:
    chosen: dict[str, ox.NamedNode | None] = {}
    for name, filter_ in OTHERS.items():
        term = filter_.term(given[name])
        node = term if isinstance(term, ox.NamedNode) else None
        if node is not None and not view().reader.exists(node):
            raise ParameterError(name, f"nothing in this release is called {given[name]}.")
        chosen[name] = node
    return chosen


def gaps_of_project(project: str) -> list[Gap]:
    """The gaps of a project by its IRI, or of all, in the release that this request is answered from.

    Raises:
        NoResultError: a query had no result.
    """
    found_so_far: dict[str, list[Gap]] = opened().memo.setdefault("gaps", {})
    if not project and (counted := _counted()) is not None:
        return [one.gap for one in counted]
    if project not in found_so_far:
        engine = PoolEngine(state().pool, opened().release.store_path)
        found_so_far[project] = find(engine, ox.NamedNode(project) if project else None)
        for oldest in list(found_so_far)[:-_KEPT]:
            found_so_far.pop(oldest, None)
    return found_so_far[project]
