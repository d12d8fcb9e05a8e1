"""Documents about things as RDF, from an address to the reply."""

from typing import NamedTuple
from urllib.parse import quote

import pyoxigraph as ox

from policytrace.graph.lookup.reader import Reader, StatementTexts
from policytrace.graph.vocabulary.terms import GRAPH, ID, WHOLE, expand, node_of
from policytrace.server.http import negotiation
from policytrace.server.http.links import shortened
from policytrace.server.http.negotiation import PAGE_AND_GRAPH, Format
from policytrace.server.linked_data import link_header
from policytrace.server.linked_data.description import describe, whole_graph, write
from policytrace.server.presentation.urls import Links, document_path
from policytrace.server.releases.current import Opened
from policytrace.server.responses import reply
from policytrace.server.responses.reply import Reply

LARGEST = 200_000
"""Triples up to which a named graph is sent whole."""
TOO_LARGE = (
    "This graph has {size} triples; a document holds up to {largest} of one. "
    "All of them are at the address of its dump, and in the dump of the data set it is part of."
)


class Target(NamedTuple):
    """What an address leads to: a thing, and the format that an extension of its name asks for."""

    node: ox.NamedNode
    extension: Format | None


def target(reader: Reader, base: str, name: str) -> Target | None:
    """What a name in an address stands for; None for what names nothing.

    A known extension counts as one unless there is a thing whose name ends so.
    """
    whole = node_of(base + name)
    stem, _, extension = name.rpartition(".")
    form = negotiation.named(extension, PAGE_AND_GRAPH) if stem else None
    if whole is None or (form is not None and not known(reader, whole)):
        thing = node_of(base + stem) if form else None
        return Target(thing, form) if thing else None
    return Target(whole, None)


def see_other(opened: Opened, links: Links, thing: ox.NamedNode, extension: Format | None) -> Reply | None:
    """The reply that leads from an identifier to its document; None where there is no such thing.

    A thing cannot be sent; the document about it can (RFC 9110, section 15.4.4).
    """
    if not known(opened.reader, thing):
        return None
    suffix = f".{extension.name}" if extension else ""
    return reply.see_other(opened.release, links.absolute(f"doc/{thing.value[len(ID) :]}{suffix}"))


def document(
    opened: Opened, links: Links, thing: ox.NamedNode, form: Format, accept_encoding: str, number: int = 1
) -> Reply | None:
    """The reply with a page of the document about a thing, or with a named graph; None where there is none.

    Args:
        opened: the release.
        links: the addresses of this server.
        thing: what the document is about.
        form: one of the graph formats.
        accept_encoding: that header of the request.
        number: of the page, from 1 on.
    """
    path = document_path(thing.value)
    assert path is not None
    licence = link_header.licence_about(opened.release, thing.value)
    if thing.value.startswith(GRAPH):
        statements, pages = _graph(opened, links, thing, path, licence), None
    else:
        address = links.absolute(path)
        statements, pages = describe(opened.reader, thing, address, licence, number) or ([], None)
    if not statements:
        return None
    headers = link_header.headers(links, path, thing.value, form, licence, pages=pages)
    headers["Link"] = shortened(headers["Link"])
    return reply.ok(opened.release, write(statements, form), form, accept_encoding, headers)


def _graph(
    opened: Opened, links: Links, name: ox.NamedNode, path: str, licence: str | None
) -> list[StatementTexts]:
    """A named graph, or where it is large what it is and how to get it; nothing where there is none."""
    if not known(opened.reader, name):
        return []
    size = graph_size(opened, name)
    statements = whole_graph(opened.reader, name, links.absolute(path), licence, size <= LARGEST)
    return statements + _not_whole(opened, links, name, size) if size > LARGEST else statements


def graph_size(opened: Opened, node: ox.NamedNode) -> int:
    """How many triples a graph of a release has; 0 for a record, whose triples are not counted."""
    return int(opened.release.manifest.get("triples", {}).get(node.value, 0))


def _not_whole(opened: Opened, links: Links, node: ox.NamedNode, size: int) -> list[StatementTexts]:
    """What is said of a graph that is not sent whole."""
    there = f"rdf-graph-store?graph={quote(node.value, safe='')}"
    about = (
        ("rdf:type", ox.NamedNode(expand("void:Dataset"))),
        ("void:triples", ox.Literal(size)),
        ("void:dataDump", ox.NamedNode(links.absolute(there))),
        ("dct:isPartOf", ox.NamedNode(WHOLE)),
        ("rdfs:comment", ox.Literal(TOO_LARGE.format(size=size, largest=LARGEST), language="en")),
    )
    return [(str(node), str(ox.NamedNode(expand(curie))), str(value)) for curie, value in about]


def known(reader: Reader, thing: ox.NamedNode) -> bool:
    """Whether a release says anything of a thing, or has a graph of that name."""
    return reader.exists(thing) or (thing.value.startswith(GRAPH) and reader.has_graph(thing))
