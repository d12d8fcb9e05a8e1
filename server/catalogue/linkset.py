"""FAIR Signposting, level 2: all links of a page in a document of their own (RFC 9264)."""

import json
from typing import Any

from flask import Blueprint, Response, current_app, request
from werkzeug.datastructures import MultiDict

from policytrace.graph.vocabulary import media_types
from policytrace.server.http.links import Link, read_links
from policytrace.server.http.negotiation import HTML, Format
from policytrace.server.responses import responses
from policytrace.server.responses.responses import ProblemError
from policytrace.server.responses.state import links

blueprint = Blueprint("linkset", __name__)

LIMITED = (413, 422, *responses.RETRY_AFTER, 504, 507)
"""Statuses by which a page says that a limit was reached."""
_CLIENT = ("REMOTE_ADDR", "HTTP_X_FORWARDED_FOR", "HTTP_FORWARDED")
"""Where the WSGI environment says who asks."""
LINKSET = Format("json", media_types.LINKSET, "Linkset", ("application/json",))


@blueprint.get("/linkset/<path:path>")
def linkset(path: str) -> Response:
    """The links of the page at a path, and those of its other representations back to it."""
    form = responses.wanted((LINKSET,))
    page = _links_of(path)
    address = links().absolute(path)
    contexts = [_context(address, [one for one in page if one[1]["rel"] != "linkset"])]
    for target, parameters in page:
        if parameters["rel"] == "describedby":
            back = {"rel": "describes", "type": HTML.media_type}
            contexts.append(_context(target, [(address, back)]))
    return responses.send(json.dumps({"linkset": contexts}, indent=1) + "\n", form)


def _links_of(path: str) -> list[Link]:
    """The links that the page at a path sends, by asking the application itself in the client's name."""
    headers, query = {"Accept": HTML.media_type}, MultiDict(request.args)
    query.poplist("format")
    own = {name: request.environ[name] for name in _CLIENT if name in request.environ}
    own[responses.ALL_LINKS] = True
    with current_app.test_request_context(
        f"/{path}", headers=headers, query_string=query, environ_overrides=own
    ):
        answer = current_app.full_dispatch_request()
        answer.close()
    if answer.status_code in LIMITED:
        detail = f"The page at {links().absolute(path)} could not be made now; it has the links."
        raise ProblemError(answer.status_code, "Too much at once", detail)
    if answer.status_code != 200 or answer.mimetype != HTML.media_type:
        raise ProblemError(404, "Not found", f"There is no page at {links().absolute(path)}.")
    return read_links(", ".join(answer.headers.getlist("Link")))


def _context(anchor: str, found: list[Link]) -> dict[str, Any]:
    context: dict[str, Any] = {"anchor": anchor}
    for target, parameters in found:
        rest = {name: value for name, value in parameters.items() if name != "rel"}
        context.setdefault(parameters["rel"], []).append({"href": target, **rest})
    return context
