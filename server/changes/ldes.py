"""The feed of changes as a Linked Data Event Stream, and for people."""

from collections.abc import Mapping
from datetime import datetime
from functools import cache
from importlib.resources import files
from types import MappingProxyType

import pyoxigraph as ox
from flask import Blueprint, Response
from werkzeug.http import http_date

from policytrace.graph.distribution import feed
from policytrace.graph.distribution.feed import AS, STREAM, FeedEntry
from policytrace.graph.vocabulary.terms import RDF, SH, XSD, expand
from policytrace.server.http.conditional import IMMUTABLE
from policytrace.server.http.negotiation import HTML, JSON_LD, N_QUADS, TRIG, TURTLE, Format
from policytrace.server.linked_data import link_header
from policytrace.server.responses import responses
from policytrace.server.responses.responses import ProblemError
from policytrace.server.responses.state import licence, links, opened, state

blueprint = Blueprint("ldes", __name__)

LDES, TREE = "https://w3id.org/ldes#", "https://w3id.org/tree#"
PREFIXES = {
    "ldes": LDES,
    "tree": TREE,
    "as": AS,
    "sh": SH,
    "xsd": XSD,
    "dct": expand("dct:title")[: -len("title")],
}
NODES = (TRIG, N_QUADS, TURTLE, JSON_LD, HTML)
MEMBERS = (TRIG, N_QUADS, JSON_LD)
"""Formats of pages with members, whose content stands in named graphs."""
LASTING = {"Cache-Control": IMMUTABLE}
SHAPE = f"{feed.LDES}#change"
"""The shape of members; the root says it whole, so nobody has to look it up elsewhere."""
POLLING = 3600
"""Seconds after which it is worth to look again."""
TITLE = "Changes of PolicyTrace"
ABOUT = (
    "Every record of a table that was made, changed or deleted, and every change of how a learning transfer "
    "stands: its stage, the status of its claim, the strength of its evidence. Every member is kept."
)


@blueprint.get("/ldes")
def root() -> Response:
    """The stream and the way to its members; a page for people."""
    form = responses.wanted(NODES)
    known = feed.entries(state().settings.home)
    if form is HTML:
        opened()
        return responses.page("changes/feed.html", entries=known[::-1], about=ABOUT, title=TITLE)
    here = links().absolute("ldes")
    quads = [*_stream(here), *_shape()]
    for entry in known:
        if entry.pages:
            to = f"ldes/{entry.id}" if entry.pages > 1 else f"ldes/{entry.id}/1"
            quads += _relations(here, entry.id, entry.published, to)
    return _send(quads, form, "ldes", NODES, known[-1].published if known else "")


@blueprint.get("/ldes/<release_id>")
def release(release_id: str) -> Response:
    """The pages of one release."""
    entry = _entry(release_id)
    form = responses.wanted(NODES[:-1])
    path = f"ldes/{entry.id}"
    here = links().absolute(path)
    quads = _node(here)
    for number in range(1, entry.pages + 1):
        quads += _relations(here, str(number), entry.published, f"{path}/{number}")
    return _send(quads, form, path, NODES[:-1], entry.published, LASTING)


@blueprint.get("/ldes/<release_id>/<int:number>")
def page(release_id: str, number: int) -> Response:
    """Members; a page never changes."""
    entry = _entry(release_id)
    form = responses.wanted(MEMBERS)
    try:
        members = list(ox.parse(entry.page(number), format=ox.RdfFormat.N_QUADS))
    except FileNotFoundError:
        detail = f"Release {entry.id} has {entry.pages} pages of changes."
        raise ProblemError(404, "Not found", detail) from None
    path = f"ldes/{entry.id}/{number}"
    quads = _node(links().absolute(path))
    names = dict.fromkeys(one.subject for one in members if isinstance(one.graph_name, ox.DefaultGraph))
    quads += [_quad(STREAM, TREE + "member", name) for name in names]
    return _send([*quads, *members], form, path, MEMBERS, entry.published, LASTING)


def _entry(release_id: str) -> FeedEntry:
    for entry in feed.entries(state().settings.home):
        if entry.id == release_id:
            return entry
    raise ProblemError(404, "Not found", f"The feed has no entry of a release “{release_id}”.")


def _send(
    quads: list[ox.Quad],
    form: Format,
    path: str,
    offers: tuple[Format, ...],
    changed: str,
    headers: Mapping[str, str] = MappingProxyType({}),
) -> Response:
    kind = ox.RdfFormat.from_media_type(form.media_type)
    assert kind is not None
    items = [quad.triple for quad in quads] if form is TURTLE else quads
    body = ox.serialize(items, format=kind, prefixes=PREFIXES) or b""
    found = {"Link": ", ".join(link_header.of_data(links(), licence(), path, offers)), **headers}
    if changed:
        found["Last-Modified"] = http_date(datetime.fromisoformat(changed))
    return responses.send(body, form, headers=found)


@cache
def _shape() -> tuple[ox.Quad, ...]:
    """What a member looks like."""
    text = (files("policytrace") / "server" / "changes" / "change.ttl").read_bytes()
    return tuple(ox.parse(text, format=ox.RdfFormat.TURTLE))


def _stream(here: str) -> list[ox.Quad]:
    """What the root says of the stream."""
    named = licence()
    return [
        _quad(STREAM, RDF + "type", ox.NamedNode(LDES + "EventStream")),
        _quad(STREAM, expand("dct:title"), ox.Literal(TITLE, language="en")),
        _quad(STREAM, expand("dct:description"), ox.Literal(ABOUT, language="en")),
        *([_quad(STREAM, expand("dct:license"), ox.NamedNode(named))] if named else ()),
        _quad(STREAM, TREE + "view", ox.NamedNode(here)),
        _quad(STREAM, TREE + "shape", ox.NamedNode(SHAPE)),
        _quad(STREAM, LDES + "timestampPath", ox.NamedNode(AS + "published")),
        _quad(STREAM, LDES + "versionOfPath", ox.NamedNode(AS + "object")),
        _quad(STREAM, LDES + "versionCreateObject", ox.NamedNode(AS + "Create")),
        _quad(STREAM, LDES + "versionUpdateObject", ox.NamedNode(AS + "Update")),
        _quad(STREAM, LDES + "versionDeleteObject", ox.NamedNode(AS + "Delete")),
        _quad(STREAM, LDES + "pollingInterval", ox.Literal(POLLING)),
        _quad(here, RDF + "type", ox.NamedNode(TREE + "Node")),
    ]


def _node(here: str) -> list[ox.Quad]:
    """What a node below the root says of itself: it never changes."""
    return [
        _quad(here, RDF + "type", ox.NamedNode(TREE + "Node")),
        _quad(here, LDES + "immutable", ox.Literal(True)),
    ]


def _relations(here: str, name: str, published: str, to: str) -> list[ox.Quad]:
    """The way to a node whose members were all published at one time."""
    value = ox.Literal(published, datatype=ox.NamedNode(XSD + "dateTime"))
    found = []
    for kind in ("GreaterThanOrEqualTo", "LessThanOrEqualTo"):
        relation = f"{here}#{name}-{'from' if kind.startswith('Greater') else 'to'}"
        found += [
            _quad(here, TREE + "relation", ox.NamedNode(relation)),
            _quad(relation, RDF + "type", ox.NamedNode(f"{TREE}{kind}Relation")),
            _quad(relation, TREE + "path", ox.NamedNode(AS + "published")),
            _quad(relation, TREE + "value", value),
            _quad(relation, TREE + "node", ox.NamedNode(links().absolute(to))),
        ]
    return found


def _quad(subject: str, predicate: str, value: ox.NamedNode | ox.Literal) -> ox.Quad:
    return ox.Quad(ox.NamedNode(subject), ox.NamedNode(predicate), value)
