"""The description of the SPARQL service (SPARQL 1.1 Service Description), with its statistics (VoID)."""

from collections.abc import Iterator, Mapping
from typing import Any

import pyoxigraph as ox

from policytrace.graph.terms import RDF, XSD, expand
from policytrace.server.description import serialise
from policytrace.server.links import Links
from policytrace.server.negotiate import Format
from policytrace.server.replies import LICENCE

SD = "http://www.w3.org/ns/sparql-service-description#"
VOID = "http://rdfs.org/ns/void#"
FORMATS = "http://www.w3.org/ns/formats/"
RESULTS = (
    "SPARQL_Results_JSON",
    "SPARQL_Results_XML",
    "SPARQL_Results_CSV",
    "SPARQL_Results_TSV",
    "Turtle",
    "N-Triples",
    "RDF_XML",
    "JSON-LD",
    "TriG",
    "N-Quads",
)
"""The formats of results, by the names the W3C gave them."""
LIMITS = (
    "A query may take {seconds:g} seconds (timeout= lowers that){memory_too}; its result "
    "may have {size:g} MiB and {rows:.0f} rows or triples. A query over a limit is answered with an error "
    "that names it."
)
MODE = (
    "The default graph is the merge of what sources state, what follows from it and realised hops, each "
    "triple once; it is not the union of the named graphs. Nothing is fetched: SERVICE is refused, FROM "
    "chooses among the graphs here, and nothing can be changed."
)

Object = ox.NamedNode | ox.BlankNode | ox.Literal


def service_description(
    links: Links, manifest: Mapping[str, Any], limits: Mapping[str, float], form: Format
) -> bytes:
    """What this endpoint speaks, under which limits, and what its release holds, as RDF."""
    return serialise(_service(links, manifest, limits), form)


def _service(links: Links, manifest: Mapping[str, Any], limits: Mapping[str, float]) -> Iterator[ox.Triple]:
    address = ox.NamedNode(links.absolute("sparql"))
    dataset, default = ox.BlankNode("dataset"), ox.BlankNode("default")
    yield _is(address, SD + "Service")
    yield _says(address, SD + "endpoint", address)
    yield _says(address, SD + "supportedLanguage", ox.NamedNode(SD + "SPARQL11Query"))
    for name in RESULTS:
        yield _says(address, SD + "resultFormat", ox.NamedNode(FORMATS + name))
    memory = f" and {limits['memory']:g} MiB of memory" if limits["memory"] else ""
    for text in (MODE, LIMITS.format(**limits, memory_too=memory)):
        yield _says(address, expand("rdfs:comment"), ox.Literal(text, language="en"))
    yield _says(address, SD + "defaultDataset", dataset)
    yield from (_is(dataset, SD + "Dataset"), _is(dataset, VOID + "Dataset"))
    yield _says(dataset, VOID + "sparqlEndpoint", address)
    yield _says(dataset, expand("dct:license"), ox.NamedNode(LICENCE))
    yield _says(dataset, expand("dct:identifier"), ox.Literal(str(manifest["id"])))
    created = ox.Literal(str(manifest["created"]), datatype=ox.NamedNode(XSD + "dateTime"))
    yield _says(dataset, expand("dct:modified"), created)
    yield _says(dataset, SD + "defaultGraph", default)
    triples = manifest.get("triples", {})
    yield from _graph(default, triples.get("default"))
    yield from _statistics(default, manifest.get("statistics", {}))
    for at, name in enumerate(sorted(name for name in triples if name != "default")):
        named, graph = ox.BlankNode(f"named{at}"), ox.BlankNode(f"graph{at}")
        yield _says(dataset, SD + "namedGraph", named)
        yield from (_is(named, SD + "NamedGraph"), _says(named, SD + "name", ox.NamedNode(name)))
        yield _says(named, SD + "graph", graph)
        yield from _graph(graph, triples[name])


def _graph(graph: ox.BlankNode, triples: int | None) -> Iterator[ox.Triple]:
    yield from (_is(graph, SD + "Graph"), _is(graph, VOID + "Dataset"))
    if triples is not None:
        yield _says(graph, VOID + "triples", ox.Literal(triples))


def _statistics(graph: ox.BlankNode, found: Mapping[str, Any]) -> Iterator[ox.Triple]:
    if not found:
        return
    yield _says(graph, VOID + "distinctSubjects", ox.Literal(found["subjects"]))
    yield _says(graph, VOID + "classes", ox.Literal(len(found["classes"])))
    yield _says(graph, VOID + "properties", ox.Literal(len(found["properties"])))
    for kind, one, counted in (("classes", "class", "entities"), ("properties", "property", "triples")):
        for at, (iri, count) in enumerate(sorted(found[kind].items())):
            part = ox.BlankNode(f"{one}{at}")
            yield _says(graph, f"{VOID}{one}Partition", part)
            yield _says(part, VOID + one, ox.NamedNode(iri))
            yield _says(part, VOID + counted, ox.Literal(count))


def _is(subject: ox.NamedNode | ox.BlankNode, cls: str) -> ox.Triple:
    return ox.Triple(subject, ox.NamedNode(RDF + "type"), ox.NamedNode(cls))


def _says(subject: ox.NamedNode | ox.BlankNode, predicate: str, value: Object) -> ox.Triple:
    return ox.Triple(subject, ox.NamedNode(predicate), value)
