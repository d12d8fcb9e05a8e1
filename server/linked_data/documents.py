"""Documents about things as RDF: which are meant by a name, and what is sent of one."""

from dataclasses import dataclass
from urllib.parse import quote

import pyoxigraph as ox

from policytrace.graph.lookup.reader import Reader, StatementTexts
from policytrace.graph.vocabulary.terms import GRAPH, WHOLE, expand
from policytrace.server.http import negotiation
from policytrace.server.http.negotiation import PAGE_AND_GRAPH, Format
from policytrace.server.linked_data import link_header
from policytrace.server.linked_data.description import describe, whole_graph, write
from policytrace.server.presentation.urls import Links
from policytrace.server.releases.current import Opened

LARGEST = 200_000
"""Triples up to which a named graph is sent whole."""
TOO_LARGE = (
    "This graph has {size} triples; a document holds up to {largest} of one. "
    "All of them are at the address of its dump, and in the dump of the data set it is part of."
)


@dataclass(frozen=True, slots=True)
class Document:
    """A document in one of the graph formats, with the headers that are its own."""

    body: bytes
    headers: dict[str, str]


def described(
    reader: Reader, links: Links, node: ox.NamedNode, path: str, form: Format, number: int = 1
) -> Document | None:
    """A page of the document about a thing; None where there is no such page.

    Args:
        reader: of the release.
        links: the addresses of this server.
        node: the thing.
        path: of the document, without leading slash and extension.
        form: one of the graph formats.
        number: of the page, from 1 on.
    """
    found = describe(reader, node, links.absolute(path), number)
    if found is None:
        return None
    statements, pages = found
    headers = link_header.headers(links, path, node.value, form, pages=pages)
    return Document(write(statements, form), headers)


def graph(opened: Opened, links: Links, node: ox.NamedNode, form: Format) -> Document | None:
    """A named graph, or where it is large what it is and how to get it; None where there is none."""
    if not known(opened.reader, node):
        return None
    path = "graph/" + node.value[len(GRAPH) :]
    size = graph_size(opened, node)
    statements = whole_graph(opened.reader, node, links.absolute(path), size <= LARGEST)
    if size > LARGEST:
        statements += _told(opened, links, node, size)
    return Document(write(statements, form), link_header.headers(links, path, node.value, form))


def graph_size(opened: Opened, node: ox.NamedNode) -> int:
    """How many triples a graph of a release has; 0 for a record, whose triples are not counted."""
    return int(opened.release.manifest.get("triples", {}).get(node.value, 0))


def _told(opened: Opened, links: Links, node: ox.NamedNode, size: int) -> list[StatementTexts]:
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


def meant(reader: Reader, base: str, name: str) -> tuple[ox.NamedNode, Format | None] | None:
    """What a name in an address stands for: a thing, and the format that an extension asks for.

    A known extension counts as one unless there is a thing whose name ends so. None for what names nothing.
    """
    whole = node(base + name)
    stem, _, extension = name.rpartition(".")
    form = negotiation.named(extension, PAGE_AND_GRAPH) if stem else None
    if whole is None or (form is not None and not known(reader, whole)):
        thing = node(base + stem) if form else None
        return (thing, form) if thing else None
    return whole, None


def known(reader: Reader, thing: ox.NamedNode) -> bool:
    """Whether a release says anything of a thing, or has a graph of that name."""
    return reader.exists(thing) or (thing.value.startswith(GRAPH) and reader.has_graph(thing))


def node(iri: str) -> ox.NamedNode | None:
    """The node of an IRI; None for what is none."""
    try:
        return ox.NamedNode(iri)
    except ValueError:
        return None
