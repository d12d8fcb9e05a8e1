"""The query library described as RDF, where tools look for the example queries of an endpoint."""

from collections.abc import Iterator

import pyoxigraph as ox
from flask import Blueprint, Response

from policytrace.graph.library.queries import Query, library
from policytrace.graph.sparql.syntax import tokens
from policytrace.graph.vocabulary.terms import RDF, RDFS, SH, XSD, expand
from policytrace.server.http.negotiation import GRAPH_FORMATS
from policytrace.server.linked_data import link_header
from policytrace.server.linked_data.description import serialise
from policytrace.server.responses import responses
from policytrace.server.responses.state import licence, links, state

blueprint = Blueprint("examples", __name__)

PATH = ".well-known/sparql-examples"


@blueprint.get(f"/{PATH}")
def examples() -> Response:
    """Every query of the library, its parameters bound, with its keywords, endpoint and prefixes."""
    form = responses.wanted(GRAPH_FORMATS)
    triples = [ox.Triple(s, _node(p), o) for query in library().values() for s, p, o in _described(query)]
    triples += [ox.Triple(s, _node(p), o) for s, p, o in _prefixes()]
    service = f'<{links().absolute("sparql")}>; rel="service"'
    headers = {"Link": ", ".join([service, *link_header.of_data(links(), licence(), PATH, GRAPH_FORMATS)])}
    return responses.send(serialise(triples, form), form, headers=headers)


Fact = tuple[ox.NamedNode | ox.BlankNode, str, ox.NamedNode | ox.BlankNode | ox.Literal]


def _described(query: Query) -> Iterator[Fact]:
    subject = ox.NamedNode(links().absolute(f"queries/{query.name}"))
    yield subject, RDF + "type", _node(SH + "SPARQLExecutable")
    yield subject, RDF + "type", _node(SH + "SPARQLSelectExecutable")
    yield subject, RDFS + "label", ox.Literal(query.summary, language="en")
    yield subject, RDFS + "comment", ox.Literal(query.description, language="en")
    yield subject, SH + "select", ox.Literal(_with_values(query))
    yield subject, SH + "prefixes", _declarer()
    yield subject, expand("schema:target"), ox.NamedNode(links().absolute("sparql"))
    for word in query.tags:
        yield subject, expand("schema:keywords"), ox.Literal(word)


def _with_values(query: Query) -> str:
    """The query with the usual values of its parameters, so that it is answered fast as it stands.

    Where a project may be named and none is usual, it is the one that the home page opens with.
    """
    usual = {p.name: p.default for p in query.parameters}
    project = state().settings.project
    for parameter in query.parameters:
        if parameter.segment == "project" and not parameter.default and project:
            usual[parameter.name] = project
    lines = query.bound(usual).splitlines(keepends=True)
    return "".join(line for line in lines if not line.startswith("#+")).lstrip()


def _prefixes() -> Iterator[Fact]:
    for prefix, namespace in _declared().items():
        place = ox.NamedNode(links().absolute(f"{PATH}#{prefix}"))
        yield _declarer(), SH + "declare", place
        yield place, SH + "prefix", ox.Literal(prefix)
        yield place, SH + "namespace", ox.Literal(namespace, datatype=_node(XSD + "anyURI"))


def _declared() -> dict[str, str]:
    """The prefixes the queries declare, with their namespaces."""
    found: dict[str, str] = {}
    for query in library().values():
        pieces = list(tokens(query.sparql))
        for word, name, iri in zip(pieces, pieces[1:], pieces[2:], strict=False):
            if word.is_word("PREFIX"):
                found[name.text.rstrip(":")] = iri.text.strip("<>")
    return dict(sorted(found.items()))


def _declarer() -> ox.NamedNode:
    return ox.NamedNode(links().absolute(f"{PATH}#prefixes"))


def _node(iri: str) -> ox.NamedNode:
    return ox.NamedNode(iri)
