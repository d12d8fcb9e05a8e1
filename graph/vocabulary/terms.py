"""Namespaces and the identifiers of terms, concepts, things and graphs."""

from functools import cache
from importlib.resources import files

import pyoxigraph as ox

BASE = "https://w3id.org/policytrace/"
PT = BASE + "ns#"
PTSH = BASE + "shapes#"
ID = BASE + "id/"
SCHEME = BASE + "scheme/"
GRAPH = BASE + "graph/"
DATASET = BASE + "dataset/"
WHOLE = DATASET + "policytrace"
"""The data set of a whole release."""
LICENCE = "https://creativecommons.org/licenses/by/4.0/"
"""The licence of the packaged data, and of the ontology, the schemes and the shapes (CC BY 4.0)."""

SH = "http://www.w3.org/ns/shacl#"
RDF = "http://www.w3.org/1999/02/22-rdf-syntax-ns#"
RDFS = "http://www.w3.org/2000/01/rdf-schema#"
XSD = "http://www.w3.org/2001/XMLSchema#"


def _declared_prefixes() -> dict[str, str]:
    source = files("policytrace") / "ontology" / "prefixes.ttl"
    names: dict[str, dict[str, str]] = {}
    for quad in ox.parse(source.read_bytes(), format=ox.RdfFormat.TURTLE):
        if isinstance(quad.object, ox.Literal) and isinstance(quad.subject, ox.BlankNode):
            names.setdefault(quad.subject.value, {})[quad.predicate.value] = quad.object.value
    return dict(sorted((row[SH + "prefix"], row[SH + "namespace"]) for row in names.values()))


PREFIXES: dict[str, str] = _declared_prefixes()
"""Prefix to namespace, as ``ontology/prefixes.ttl`` declares them."""


@cache
def expand(curie: str) -> str:
    """The full IRI of a compact one such as ``pt:Measure``.

    Raises:
        KeyError: the prefix is not declared.
    """
    prefix, _, local = curie.partition(":")
    return PREFIXES[prefix] + local


def node_of(iri: str) -> ox.NamedNode | None:
    """The node of an IRI that somebody gave; None for what is none (RFC 3987)."""
    try:
        return ox.NamedNode(iri)
    except ValueError:
        return None


def compact(iri: str) -> str:
    """The shortest compact form of an IRI, or the IRI itself when no declared prefix fits."""
    best = ""
    for prefix, namespace in PREFIXES.items():
        if iri.startswith(namespace) and len(namespace) > len(PREFIXES.get(best, "")):
            best = prefix
    local = iri[len(PREFIXES[best]) :] if best else ""
    return f"{best}:{local}" if best and local and "/" not in local else iri


def thing(segment: str, slug: str) -> str:
    """The IRI of a thing, for example ``thing("practice", "gp-ergo")``."""
    return f"{ID}{segment}/{slug}"


def concept(scheme: str, code: str) -> str:
    """The IRI of a concept of one of the published schemes."""
    return f"{SCHEME}{scheme}/{code}"


def graph(*parts: str) -> str:
    """The IRI of a named graph."""
    return GRAPH + "/".join(parts)


def is_record(graph: str) -> bool:
    """Whether a named graph is the record of a table row: it is named by folder, table and id."""
    return graph.startswith(GRAPH) and graph.count("/", len(GRAPH)) == 2


def kind(iri: str) -> str:
    """The kind of an end, told by its identifier: ``practice``, ``region``, ``theme``…"""
    for base in (ID, SCHEME):
        if iri.startswith(base):
            return iri[len(base) :].partition("/")[0]
    return ""


def segment_of(iri: str) -> str:
    """The kind of a thing, as its identifier tells it; ``""`` for what is no thing."""
    return iri[len(ID) :].partition("/")[0] if iri.startswith(ID) else ""
