"""Terms of Oxigraph as those of rdflib, and back."""

from typing import Any

import pyoxigraph as ox
import rdflib
import rdflib.plugins.sparql

from policytrace.graph.sparql.binding import Term
from policytrace.graph.vocabulary.terms import XSD


def to_rdflib(term: Any) -> rdflib.term.Identifier:
    """A neutral term as one of rdflib, its literal as written."""
    if isinstance(term, ox.NamedNode):
        return rdflib.URIRef(term.value)
    if isinstance(term, ox.BlankNode):
        return rdflib.BNode(term.value)
    if term.language:
        return rdflib.Literal(term.value, lang=term.language)
    datatype = None if term.datatype.value == XSD + "string" else rdflib.URIRef(term.datatype.value)
    return rdflib.Literal(term.value, datatype=datatype, normalize=False)


def from_rdflib(term: rdflib.term.Identifier | None) -> Term | None:
    """A term of rdflib as a neutral one."""
    if term is None:
        return None
    if isinstance(term, rdflib.URIRef):
        return ox.NamedNode(str(term))
    if isinstance(term, rdflib.BNode):
        return ox.BlankNode(str(term))
    assert isinstance(term, rdflib.Literal)
    if term.language:
        return ox.Literal(str(term), language=str(term.language))
    return ox.Literal(str(term), datatype=ox.NamedNode(str(term.datatype)) if term.datatype else None)
