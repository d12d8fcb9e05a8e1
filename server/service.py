"""The description of the SPARQL service (SPARQL 1.1 Service Description)."""

import pyoxigraph as ox

from policytrace.graph.terms import RDF
from policytrace.server.description import serialise
from policytrace.server.links import Links
from policytrace.server.negotiate import Format

SD = "http://www.w3.org/ns/sparql-service-description#"
FORMATS = "http://www.w3.org/ns/formats/"
RESULT_FORMATS = (
    "SPARQL_Results_JSON",
    "SPARQL_Results_XML",
    "SPARQL_Results_CSV",
    "SPARQL_Results_TSV",
    "Turtle",
    "N-Triples",
    "RDF_XML",
    "JSON-LD",
)


def service_description(links: Links, form: Format) -> bytes:
    """What this endpoint speaks, as RDF."""
    address = ox.NamedNode(links.absolute("sparql"))
    facts = [
        (RDF + "type", SD + "Service"),
        (SD + "endpoint", address.value),
        (SD + "supportedLanguage", SD + "SPARQL11Query"),
        *((SD + "resultFormat", FORMATS + name) for name in RESULT_FORMATS),
    ]
    return serialise([ox.Triple(address, ox.NamedNode(p), ox.NamedNode(o)) for p, o in facts], form)
