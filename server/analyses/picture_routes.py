"""Pictures over HTTP: ``/picture/{name}.svg``, ``.png``, and the table behind them as ``.csv``."""

from collections.abc import Mapping
from dataclasses import replace

import pyoxigraph as ox
from flask import Blueprint, Response, request

from policytrace.graph.library.overviews import first_values
from policytrace.graph.sparql.binding import Term
from policytrace.graph.sparql.engine import Rows
from policytrace.graph.vocabulary.terms import thing
from policytrace.graph.vocabulary.translation import N_, gettext
from policytrace.server.analyses.overview_pictures import PICTURES, Scene
from policytrace.server.http import negotiation
from policytrace.server.http.negotiation import CSV
from policytrace.server.paths import routes
from policytrace.server.pictures.answer import FORMATS, Picture, picture_file
from policytrace.server.pictures.learning import BY
from policytrace.server.responses import exports, responses
from policytrace.server.responses.responses import ProblemError
from policytrace.server.responses.state import known_node, links, opened, view

blueprint = Blueprint("pictures", __name__)

ALL = N_("all projects")


@blueprint.get("/picture/<name>.<extension>")
def picture(name: str, extension: str) -> Response:
    """A picture of a project, or of all."""
    form = negotiation.named(extension, FORMATS)
    if name not in PICTURES or form is None:
        hints = [(each, links().path(f"picture/{each}.svg")) for each in PICTURES]
        raise ProblemError(404, "Not found", f"There is no picture “{name}.{extension}”.", hints=hints)
    project, by = request.args.get("project", ""), request.args.get("by", BY[0])
    if by not in BY:
        raise ProblemError(400, "Bad request", f"by is {' or '.join(BY)}, not “{by}”.")
    key = ("picture", name, project, by, form.name)
    given = {"project": project, "by": by if by != BY[0] else ""}
    address = exports.again(f"picture/{name}.{form.name}", given)
    body = opened().documents.get_or_make(
        key, lambda: picture_file(picture_of(name, project, by), form, address)
    )
    file = "-".join(filter(None, (name, project, by if by != BY[0] else "")))
    shown = "attachment" if form is CSV else "inline"
    headers = {"Content-Disposition": f'{shown}; filename="{file}.{form.name}"'}
    return responses.send(body, form, headers=headers, negotiated=False)


def picture_of(name: str, project: str, by: str) -> Picture:
    """One picture: see ``pictures``."""
    return pictures({name: by}, project)[name]


def pictures(chosen: Mapping[str, str], project: str) -> dict[str, Picture]:
    """Pictures of the release that this request is answered from.

    Args:
        chosen: names, each one of ``PICTURES``, and by what each counts: region or country.
        project: the last part of the identifier of a project; empty for all.

    Raises:
        ProblemError: 404, there is no such project.
    """
    node = known_node(thing("project", project)) if project else None
    if project and node is None:
        hints = [("All projects", links().path("browse/project"))]
        raise ProblemError(404, "Not found", f"There is no project “{project}” in this release.", hints=hints)
    title = view().thing(node).text if node else gettext(ALL)
    scene = Scene(view(), node.value if node else "", title, BY[0], _said, _ask)
    return {name: PICTURES[name](replace(scene, by=by)) for name, by in chosen.items()}


def _said(name: str) -> dict[str, dict[str, Term]]:
    memo = opened().memo.setdefault("overview", {})
    if name not in memo:
        memo[name] = first_values(routes.path_graph().engine, name)
    found: dict[str, dict[str, Term]] = memo[name]
    return found


def _ask(text: str, project: ox.NamedNode | None) -> Rows:
    found = routes.path_graph().engine.query(text, bindings={"project": project} if project else {})
    assert isinstance(found, Rows)
    return found
