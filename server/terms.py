"""The terms of the ontology, as a page lists them."""

from dataclasses import dataclass

import pyoxigraph as ox

from policytrace.graph.reader import ONTOLOGY
from policytrace.graph.terms import PT, expand
from policytrace.server.view import Row, Value, View

KINDS = {
    "Classes": ("owl:Class", "rdfs:Class"),
    "Relations between things": ("owl:ObjectProperty",),
    "Attributes": ("owl:DatatypeProperty",),
    "Annotations": ("owl:AnnotationProperty", "rdf:Property"),
}
"""Headings of the page and the kinds of term under each."""

SAID = ("rdfs:subClassOf", "rdfs:subPropertyOf", "owl:inverseOf", "skos:example", "skos:scopeNote")
"""What is said of each term beside its name and definition."""


@dataclass(frozen=True)
class Entry:
    """One term: its anchor, name, definition and what else is said of it."""

    anchor: str
    term: Value
    definition: str
    rows: tuple[Row, ...]


@dataclass(frozen=True)
class Vocabulary:
    """The ontology as a page."""

    title: str
    description: str
    version: str
    kinds: dict[str, tuple[Entry, ...]]


def _entry(view: View, node: ox.NamedNode) -> Entry:
    reader = view.reader
    definition = reader.text(node, "skos:definition") or reader.text(node, "rdfs:comment") or ""
    rows = []
    for curie in SAID:
        values = tuple(view.term(term) for term in reader.values(node, curie, ONTOLOGY))
        if values:
            rows.append(Row(view.property(ox.NamedNode(expand(curie))), values))
    return Entry(node.value[len(PT) :], view.thing(node), definition, tuple(rows))


def vocabulary(view: View) -> Vocabulary:
    """Every term of the ontology by kind."""
    reader = view.reader
    header = ox.NamedNode(PT.rstrip("#"))
    kinds: dict[str, tuple[Entry, ...]] = {}
    placed: set[ox.NamedNode] = set()
    for heading, curies in KINDS.items():
        nodes = {
            node
            for curie in curies
            for node in reader.subjects("rdf:type", ox.NamedNode(expand(curie)), ONTOLOGY)
            if node.value.startswith(PT)
        } - placed
        reader.prepare(nodes, *SAID)
        placed |= nodes
        kinds[heading] = tuple(_entry(view, node) for node in sorted(nodes, key=lambda n: n.value.casefold()))
    return Vocabulary(
        title=reader.text(header, "dct:title") or "Ontology",
        description=reader.text(header, "dct:description") or "",
        version=reader.text(header, "owl:versionInfo") or "",
        kinds={heading: entries for heading, entries in kinds.items() if entries},
    )
