"""Statements in the making, with the terms of PREFIXES by their compact names."""

import pyoxigraph as ox

from policytrace.graph.vocabulary.terms import RDF, XSD, expand
from policytrace.server.http.negotiation import Format
from policytrace.server.linked_data.description import serialise

Node = ox.NamedNode | ox.BlankNode
Value = Node | ox.Literal


def iri(text: str) -> ox.NamedNode:
    """A node by its IRI."""
    return ox.NamedNode(text)


def named(text: str | None) -> ox.NamedNode | None:
    """A node by its IRI, where it has one."""
    return ox.NamedNode(text) if text else None


def term(curie: str) -> ox.NamedNode:
    """A node by its compact name."""
    return ox.NamedNode(expand(curie))


def english(text: str) -> ox.Literal:
    """A text in English."""
    return ox.Literal(text, language="en")


def typed(text: str, name: str) -> ox.Literal:
    """A literal of a datatype of XML Schema."""
    return ox.Literal(text, datatype=ox.NamedNode(XSD + name))


class Facts:
    """Collects statements, in the order they are made."""

    def __init__(self) -> None:
        self.triples: list[ox.Triple] = []

    def is_a(self, subject: Node, *curies: str) -> None:
        """A thing is of some classes."""
        for curie in curies:
            self.triples.append(ox.Triple(subject, ox.NamedNode(RDF + "type"), term(curie)))

    def say(self, subject: Node, curie: str, *values: Value | None) -> None:
        """A thing has values for a property; None is no statement."""
        predicate = term(curie)
        self.triples += [ox.Triple(subject, predicate, value) for value in values if value is not None]

    def serialised(self, form: Format) -> bytes:
        """All of it in one of the graph formats."""
        return serialise(self.triples, form)
