"""Linked data: things, concepts and records, as pages and as RDF, under one negotiator."""

import pyoxigraph as ox
from flask import Blueprint, Response, request

from policytrace.graph.vocabulary.terms import GRAPH, ID, SCHEME
from policytrace.server.dossiers.dossier import dossier
from policytrace.server.dossiers.record import graph_page
from policytrace.server.http import negotiation
from policytrace.server.http.negotiation import GRAPH_FORMATS, HTML, PAGE_AND_GRAPH, Format
from policytrace.server.linked_data import documents, link_header
from policytrace.server.linked_data.description import INCOMING
from policytrace.server.linked_data.tombstone import tombstone
from policytrace.server.presentation.sections import SECTIONS
from policytrace.server.responses import responses
from policytrace.server.responses.responses import ProblemError
from policytrace.server.responses.state import links, opened, view

blueprint = Blueprint("things", __name__)


@blueprint.get("/id/<segment>/<path:slug>")
def identifier(segment: str, slug: str) -> Response:
    """The way from a thing to the document about it."""
    base = f"{ID}{segment}/"
    target = documents.target(opened().reader, base, slug)
    if target is not None and _known(target.node):
        form = target.extension or responses.wanted(PAGE_AND_GRAPH)
        named = form if target.extension or request.args.get("format") else None
        reply = documents.see_other(opened(), links(), target.node, named)
        assert reply is not None
        return responses.send_reply(reply)
    raise _unknown(base, slug, f"id/{segment}/")


@blueprint.get("/doc/<segment>/<path:slug>")
def document(segment: str, slug: str) -> Response:
    """The document about a thing."""
    return _answer(f"{ID}{segment}/", slug, f"doc/{segment}/")


@blueprint.get("/scheme/<path:name>")
def concept(name: str) -> Response:
    """A concept scheme or a concept."""
    return _answer(SCHEME, name, "scheme/")


@blueprint.get("/graph/<path:name>")
def named_graph(name: str) -> Response:
    """A named graph: the record of one table row, or one of the graphs of the release."""
    target = documents.target(opened().reader, GRAPH, name)
    if target is None or not _known(target.node):
        raise _unknown(GRAPH, name, "graph/")
    node, extension = target
    form = responses.wanted(PAGE_AND_GRAPH, extension)
    answer = _graph_page(node) if form is HTML else _document(node, form)
    assert answer is not None
    return answer


def _graph_page(node: ox.NamedNode) -> Response:
    path = "graph/" + node.value[len(GRAPH) :]
    licence = link_header.licence_about(opened().release, node.value)
    headers = link_header.headers(links(), path, node.value, HTML, licence)
    shown = graph_page(view(), node, documents.graph_size(opened(), node))
    return responses.page(
        "linked_data/graph.html", shown=shown, address=path, formats=GRAPH_FORMATS, headers=headers
    )


def _answer(base: str, name: str, folder: str) -> Response:
    if target := documents.target(opened().reader, base, name):
        node, extension = target
        path = folder + node.value[len(base) :]
        form, number = responses.wanted(PAGE_AND_GRAPH, extension), responses.page_number()
        answer = _page(node, path) if form is HTML else _document(node, form, number)
        if answer is not None:
            return answer
        if form is not HTML and number > 1 and _known(node):
            detail = f"What is linked to it is listed by {INCOMING}; there is no page {number}."
            raise ProblemError(404, "Not found", detail, hints=[("The first page", links().path(path))])
    raise _unknown(base, name, folder)


def _page(node: ox.NamedNode, path: str) -> Response | None:
    if not _known(node):
        return None
    body = opened().documents.get_or_make((path, HTML.name), lambda: dossier(node, path).encode())
    types = [cls.value for cls in opened().reader.types(node)]
    licence = link_header.licence_about(opened().release, node.value)
    headers = link_header.headers(links(), path, node.value, HTML, licence, types=types)
    return responses.send(body, HTML, headers=headers)


def _document(node: ox.NamedNode, form: Format, number: int = 1) -> Response | None:
    accepted = request.headers.get("Accept-Encoding", "")
    reply = documents.document(opened(), links(), node, form, accepted, number)
    return responses.send_reply(reply) if reply else None


def _known(node: ox.NamedNode) -> bool:
    return documents.known(opened().reader, node)


def _unknown(base: str, name: str, folder: str) -> ProblemError:
    """What is said of a name that nothing here has: it may have a slash too many."""
    plain = name.rstrip("/")
    target = documents.target(opened().reader, base, plain) if plain != name else None
    if target is not None and _known(target.node):
        place = links().absolute(folder + plain)
        return ProblemError(308, "Moved", f"It is at {place}.", headers={"Location": place})
    stem, _, extension = name.rpartition(".")
    called = stem if stem and negotiation.named(extension, PAGE_AND_GRAPH) else name
    if gone := tombstone(base + called):
        return gone
    segment = base[len(ID) :].strip("/") if base.startswith(ID) else ""
    words = called.rpartition("/")[2].replace("-", " ")
    hints = [(f"Search for “{words}”", links().path("search", q=words))]
    if segment in SECTIONS:
        hints.append((f"All {SECTIONS[segment].many.lower()}", links().path(f"browse/{segment}")))
    return ProblemError(404, "Not found", f"Nothing in this release is called {base}{called}.", hints=hints)
