"""The work list: what is missing, who may know, where to add it; as page and as file."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import pyoxigraph as ox
from flask import Blueprint, Response, request

from policytrace.graph.gaps import kept
from policytrace.graph.gaps.find import Gap, find
from policytrace.graph.gaps.kinds import kinds
from policytrace.graph.gaps.place import Placed, concerning, place, projects
from policytrace.graph.gaps.table import COLUMNS, table
from policytrace.graph.parameters import Parameter, ParameterError
from policytrace.graph.texts import N_, gettext
from policytrace.server import exports, replies
from policytrace.server.engine import PoolEngine
from policytrace.server.exports import Export
from policytrace.server.fields import Choice, Field, field
from policytrace.server.negotiate import HTML, Format
from policytrace.server.pool import NoResultError
from policytrace.server.replies import ProblemError
from policytrace.server.sparql import problem
from policytrace.server.state import opened, state, view

blueprint = Blueprint("gaps", __name__)

PER_PAGE = 50
_KEPT = 16
_COUNTED = "gaps counted"
FILTERS = {
    parameter.name: parameter
    for parameter in (
        Parameter("project", "iri", N_("Only this project."), cls="pt:Project", segment="project"),
        Parameter("partner", "iri", N_("Only what this organisation may know."), segment="organisation"),
        Parameter("kind", "string", N_("Only gaps of this kind."), values=tuple(kinds())),
        Parameter("thing", "iri", N_("Only what has to do with this thing, such as region/friesland.")),
    )
}


@blueprint.get("/gaps")
def page() -> Response:
    """The work list."""
    form = exports.wanted()
    return _sent(form) if form is not HTML else _page()


@blueprint.get("/gaps.<extension>")
def file(extension: str) -> Response:
    """The whole work list as a file."""
    return _sent(exports.asked_format(extension))


def _page() -> Response:
    given = exports.filters()
    any_kind = _gaps(given, any_kind=True)
    every = _of_kind(any_kind, given)
    pages = max(-(-len(every) // PER_PAGE), 1)
    text = request.args.get("page", "1")
    if not text.isdecimal() or not 1 <= int(text) <= pages:
        raise ProblemError(404, "Not found", f"This list has the pages 1 to {pages}, not “{text}”.")
    at = (int(text) - 1) * PER_PAGE
    counts: dict[str, int] = {}
    for gap in any_kind:
        counts[gap.kind.code] = counts.get(gap.kind.code, 0) + 1
    return replies.page(
        "gaps.html",
        placed=place(view().reader, every[at : at + PER_PAGE]),
        thing=lambda iri: view().thing(ox.NamedNode(iri)),
        total=len(every),
        number=int(text),
        per_page=PER_PAGE,
        fields=_fields(given),
        given=given,
        counts=[(kind, counts.get(code, 0)) for code, kind in kinds().items()],
        pinned=request.args.get("release", "").strip(),
        formats=exports.FORMATS,
    )


def _fields(given: Mapping[str, str]) -> list[Field]:
    titles = tuple(Choice(code, gettext(kind.title)) for code, kind in kinds().items())
    every = [field(view(), one, given.get(name, "")) for name, one in FILTERS.items()]
    return [replace(one, choices=titles) if one.parameter.name == "kind" else one for one in every]


def _sent(form: Format) -> Response:
    given = exports.filters()
    placed = _placed(_gaps(given))
    if form is exports.JSON:
        body = {
            "release": opened().release.id,
            "again": exports.again("gaps", given),
            "filters": given,
            "total": len(placed),
            "gaps": [_dict(one) for one in placed],
        }
        return replies.send(replies.as_json(body), form)
    export = Export(
        "gaps",
        {"Data": table(placed, _name)},
        COLUMNS | exports.RELEASE,
        {"What this is": "What is missing in the tables, who may know, and where to add it"},
    )
    return exports.send(export, form, "gaps", given)


def _dict(one: Placed) -> dict[str, Any]:
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


def _gaps(given: Mapping[str, str], *, any_kind: bool = False) -> list[Gap]:
    """The gaps that pass the filters, or all but that of kinds."""
    try:
        chosen = _chosen(given)
        project, thing = chosen["project"], chosen["thing"]
        every = found(project.value) if project else about(thing)
    except ParameterError as error:
        raise ProblemError(400, "Bad filter", str(error), parameter=error.parameter) from None
    except NoResultError as error:
        raise problem(error, "") from None
    if not any_kind:
        every = _of_kind(every, given)
    if thing:
        every = concerning(view().reader, every, thing.value)
    if partner := chosen["partner"]:
        every = [one.gap for one in _placed(every) if partner.value in one.partners]
    return every


def _of_kind(every: Sequence[Gap], given: Mapping[str, str]) -> list[Gap]:
    kind = given.get("kind")
    return [gap for gap in every if not kind or gap.kind.code == kind]


def about(thing: ox.NamedNode | None) -> list[Gap]:
    """The gaps of all projects that can have to do with a thing, or simply all.

    Raises:
        NoResultError: a query had no result.
    """
    near = projects(view().reader, thing) if thing else []
    return [gap for project in near or [""] for gap in found(project)]


def _counted() -> list[Placed] | None:
    """The whole work list, if it was counted with the release."""
    memo = opened().memo
    if memo.get(_COUNTED) is None:
        memo[_COUNTED] = kept.read(opened().release.path)
    found: list[Placed] | None = memo[_COUNTED]
    return found


def _placed(every: Sequence[Gap]) -> list[Placed]:
    """Gaps with what the tables say of them."""
    counted = _counted()
    if counted is None:
        return place(view().reader, every)
    known = {one.gap.thing: one for one in counted}
    return [replace(known[gap.thing], gap=gap) for gap in every]


def _chosen(given: Mapping[str, str]) -> dict[str, ox.NamedNode | None]:
    for name in given:
        if name not in FILTERS:
            raise ParameterError(name, f"is no filter here. There are: {', '.join(FILTERS)}.")
    chosen: dict[str, ox.NamedNode | None] = {}
    for name, filter_ in FILTERS.items():
        term = filter_.term(given.get(name, ""))
        node = term if isinstance(term, ox.NamedNode) else None
        if node is not None and not view().reader.exists(node):
            raise ParameterError(name, f"nothing in this release is called {given[name]}.")
        chosen[name] = node
    return chosen


def found(project: str) -> list[Gap]:
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
