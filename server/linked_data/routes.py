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
    """A thing cannot be sent; the document about it can (303)."""
    base = f"{ID}{segment}/"
    meant = documents.meant(opened().reader, base, slug)
    if meant is None or not _known(meant[0]):
        raise _unknown(base, slug, f"id/{segment}/")
    node, extension = meant
    form = extension or responses.wanted(PAGE_AND_GRAPH)
    suffix = f".{form.name}" if extension or request.args.get("format") else ""
    place = links().absolute(f"doc/{node.value[len(ID) :]}{suffix}")
    return Response(status=303, headers={"Location": place, "Vary": "Accept"})


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
    meant = documents.meant(opened().reader, GRAPH, name)
    if meant is None or not _known(meant[0]):
        raise _unknown(GRAPH, name, "graph/")
    node, extension = meant
    return _graph(node, responses.wanted(PAGE_AND_GRAPH, extension))


def _graph(node: ox.NamedNode, form: Format) -> Response:
    if form is HTML:
        path = "graph/" + node.value[len(GRAPH) :]
        headers = link_header.headers(links(), path, node.value, form)
        shown = graph_page(view(), node, documents.graph_size(opened(), node))
        return responses.page(
            "linked_data/graph.html", shown=shown, address=path, formats=GRAPH_FORMATS, headers=headers
        )
    found = documents.graph(opened(), links(), node, form)
    assert found is not None
    return responses.send(found.body, form, headers=found.headers)


def _answer(base: str, name: str, folder: str) -> Response:
    if meant := documents.meant(opened().reader, base, name):
        node, extension = meant
        path = folder + node.value[len(base) :]
        form, number = responses.wanted(PAGE_AND_GRAPH, extension), responses.page_number()
        answer = _page(node, path) if form is HTML else _description(node, path, form, number)
        if answer is not None:
            return answer
    raise _unknown(base, name, folder)


def _page(node: ox.NamedNode, path: str) -> Response | None:
    if not _known(node):
        return None
    body = opened().kept.get((path, HTML.name), lambda: dossier(node, path).encode())
    types = [cls.value for cls in opened().reader.types(node)]
    return responses.send(
        body, HTML, headers=link_header.headers(links(), path, node.value, HTML, types=types)
    )


def _description(node: ox.NamedNode, path: str, form: Format, number: int) -> Response | None:
    found = documents.described(opened().reader, links(), node, path, form, number)
    if found is not None:
        return responses.send(found.body, form, headers=found.headers)
    if number > 1 and _known(node):
        detail = f"What is linked to it is listed by {INCOMING}; there is no page {number}."
        raise ProblemError(404, "Not found", detail, hints=[("The first page", links().path(path))])
    return None


def _known(node: ox.NamedNode) -> bool:
    return documents.known(opened().reader, node)


def _unknown(base: str, name: str, folder: str) -> ProblemError:
    """What is said of a name that nothing here has: it may have a slash too many."""
    plain = name.rstrip("/")
    meant = documents.meant(opened().reader, base, plain) if plain != name else None
    if meant is not None and _known(meant[0]):
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
