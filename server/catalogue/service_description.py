"""The description of the SPARQL service (SPARQL 1.1 Service Description), with its statistics (VoID)."""

from collections.abc import Mapping, Sequence
from typing import Any

import pyoxigraph as ox

from policytrace.graph.releases.release import licence_of
from policytrace.graph.vocabulary.terms import WHOLE
from policytrace.server.catalogue.facts import Facts, Node, english, iri, named, typed
from policytrace.server.catalogue.void import add_counts
from policytrace.server.http.negotiation import Format
from policytrace.server.presentation.urls import Links

SPARQL = "http://www.w3.org/ns/sparql-service-description#SPARQL11Query"
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
    "triple once; it is not the union of the named graphs. Nothing is fetched: FROM chooses among the graphs "
    "here, and nothing can be changed."
)
NO_SERVICES = "SERVICE is refused."
SERVICES = "SERVICE may call {} and no other; their answers are not kept."
FEDERATED = "http://www.w3.org/ns/sparql-service-description#BasicFederatedQuery"


def service_description(
    links: Links,
    manifest: Mapping[str, Any],
    limits: Mapping[str, float],
    form: Format,
    services: Sequence[str] = (),
) -> bytes:
    """What this endpoint speaks, under which limits, and what its release holds, as RDF."""
    facts = Facts()
    address, dataset = iri(links.absolute("sparql")), iri(WHOLE)
    facts.is_a(address, "sd:Service")
    facts.say(address, "sd:endpoint", address)
    facts.say(address, "sd:supportedLanguage", iri(SPARQL))
    facts.say(address, "sd:resultFormat", *(iri(FORMATS + name) for name in RESULTS))
    memory = f" and {limits['memory']:g} MiB of memory" if limits["memory"] else ""
    calls = SERVICES.format(", ".join(services)) if services else NO_SERVICES
    texts = (MODE, calls, LIMITS.format(**limits, memory_too=memory))
    facts.say(address, "rdfs:comment", *map(english, texts))
    if services:
        facts.say(address, "sd:feature", iri(FEDERATED))
    facts.say(address, "sd:defaultDataset", dataset)
    facts.is_a(dataset, "sd:Dataset", "void:Dataset")
    facts.say(dataset, "void:sparqlEndpoint", address)
    facts.say(dataset, "dct:license", named(licence_of(manifest)))
    facts.say(dataset, "dct:identifier", ox.Literal(str(manifest["id"])))
    facts.say(dataset, "dct:modified", typed(str(manifest["created"]), "dateTime"))
    _graphs(facts, dataset, manifest)
    return facts.serialised(form)


def _graphs(facts: Facts, dataset: Node, manifest: Mapping[str, Any]) -> None:
    triples, default = manifest.get("triples", {}), ox.BlankNode("default")
    facts.say(dataset, "sd:defaultGraph", default)
    facts.is_a(default, "sd:Graph", "void:Dataset")
    add_counts(facts, default, triples.get("default"), manifest.get("statistics", {}))
    for at, name in enumerate(sorted(name for name in triples if name != "default")):
        named, graph = ox.BlankNode(f"named{at}"), ox.BlankNode(f"graph{at}")
        facts.say(dataset, "sd:namedGraph", named)
        facts.is_a(named, "sd:NamedGraph")
        facts.say(named, "sd:name", iri(name))
        facts.say(named, "sd:graph", graph)
        facts.is_a(graph, "sd:Graph", "void:Dataset")
        add_counts(facts, graph, triples[name], {})
