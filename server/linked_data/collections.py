"""Collections: every thing of a kind, page by page, for those who harvest all of them."""

from collections.abc import Iterator

import pyoxigraph as ox
from flask import Blueprint, Response, request

from policytrace.graph.lookup.reader import LABELS
from policytrace.graph.vocabulary.terms import ID, RDF, expand
from policytrace.server.http import negotiation
from policytrace.server.http.negotiation import GRAPH_FORMATS, HTML, PAGE_AND_GRAPH, Format
from policytrace.server.linked_data import link_header
from policytrace.server.linked_data.description import Pages, serialise, views
from policytrace.server.presentation.sections import SECTIONS, Section
from policytrace.server.responses import responses
from policytrace.server.responses.responses import ProblemError
from policytrace.server.responses.state import links, opened

blueprint = Blueprint("collections", __name__)

PER_PAGE = 500
"""Things on a page of a collection."""

_A = ox.NamedNode(RDF + "type")


@blueprint.get("/collection")
@blueprint.get("/collection.<extension>")
def collections(extension: str = "") -> Response:
    """The collections there are, and how many things each holds."""
    form = _form("collection", extension)
    if form is HTML:
        return _elsewhere("browse")
    return _send(_list(), form, "collection", Pages(1, 1))


@blueprint.get("/collection/<segment>")
@blueprint.get("/collection/<segment>.<extension>")
def collection(segment: str, extension: str = "") -> Response:
    """One page of the things of a kind, in the order of their identifiers."""
    section = SECTIONS.get(segment)
    if section is None:
        hints = [(one.many, links().path(f"collection/{one.segment}")) for one in SECTIONS.values()]
        raise ProblemError(404, "Not found", f"There is no collection called “{segment}”.", hints=hints)
    form = _form(f"collection/{segment}", extension)
    if form is HTML:
        return _elsewhere(f"browse/{segment}")
    members = _members(section)
    pages = Pages(responses.page_number(), max(-(-len(members) // PER_PAGE), 1))
    if pages.last is not None and pages.number > pages.last:
        raise ProblemError(404, "Not found", f"This collection has the pages 1 to {pages.last}.")
    return _send(_page(section, members, pages), form, f"collection/{segment}", pages)


def _form(path: str, extension: str) -> Format:
    chosen = negotiation.named(extension, PAGE_AND_GRAPH) if extension else None
    if extension and chosen is None:
        raise ProblemError(404, "Not found", f"There is no “{path}.{extension}”.")
    return responses.wanted(PAGE_AND_GRAPH, chosen)


def _elsewhere(path: str) -> Response:
    return Response(status=303, headers={"Location": links().absolute(path), "Vary": "Accept"})


def _send(triples: Iterator[ox.Triple], form: Format, path: str, pages: Pages) -> Response:
    address = links().absolute(path)
    query = f"?page={pages.number}" if request.args.get("page") else ""
    found = [
        f'<{address}.{f.name}{query}>; rel="alternate"; type="{f.media_type}"' for f in (*GRAPH_FORMATS, HTML)
    ]
    found += [*link_header.licensed(opened().release.licence), *link_header.paging(address, pages)]
    if path != "collection":
        found.append(f'<{links().absolute("collection")}>; rel="collection"')
    headers = {"Link": ", ".join(found), "Content-Location": f"{address}.{form.name}{query}"}
    return responses.send(serialise(triples, form), form, headers=headers)


def _members(section: Section) -> list[str]:
    """The ends of the identifiers of a kind, in order."""
    memo, key = opened().memo, f"collection/{section.segment}"
    if key not in memo:
        start = f"{ID}{section.segment}/"
        every = opened().reader.subjects("rdf:type", ox.NamedNode(section.cls))
        memo[key] = [node.value[len(start) :] for node in every if node.value.startswith(start)]
    found: list[str] = memo[key]
    return found


def _list() -> Iterator[ox.Triple]:
    for section in SECTIONS.values():
        if members := _members(section):
            yield from _about(section, len(members))


def _about(section: Section, total: int) -> Iterator[ox.Triple]:
    one = ox.NamedNode(links().absolute(f"collection/{section.segment}"))
    yield ox.Triple(one, _A, ox.NamedNode(expand("hydra:Collection")))
    yield ox.Triple(one, LABELS[0], ox.Literal(section.many, language="en"))
    yield ox.Triple(one, ox.NamedNode(expand("hydra:totalItems")), ox.Literal(total))
    if licence := opened().release.licence:
        yield ox.Triple(one, ox.NamedNode(expand("dct:license")), ox.NamedNode(licence))


def _page(section: Section, members: list[str], pages: Pages) -> Iterator[ox.Triple]:
    """The collection, its page, and the things on it with their names."""
    yield from _about(section, len(members))
    address = links().absolute(f"collection/{section.segment}")
    yield from views(address, pages)
    begin = (pages.number - 1) * PER_PAGE
    nodes = [ox.NamedNode(f"{ID}{section.segment}/{slug}") for slug in members[begin : begin + PER_PAGE]]
    member = ox.NamedNode(expand("hydra:member"))
    yield from (ox.Triple(ox.NamedNode(address), member, node) for node in nodes)
    reader = opened().reader
    reader.prepare_names(nodes)
    for node in nodes:
        if label := reader.label(node):
            yield ox.Triple(node, LABELS[0], ox.Literal(label.text, language=label.language or None))
