"""What an editor completes from: prefixes, the ontology, and what is in the data, with counts."""

import json
from collections.abc import Iterator
from typing import Any

import pyoxigraph as ox
from flask import Blueprint, Response

from policytrace.graph.vocabulary.terms import PREFIXES, compact, expand
from policytrace.server.http.negotiation import JSON
from policytrace.server.responses import responses
from policytrace.server.responses.state import opened, view

blueprint = Blueprint("completion", __name__)

MEANINGS = ("skos:definition", "rdfs:comment", "dct:description")
KINDS = {
    "class": ("owl:Class", "rdfs:Class"),
    "property": ("owl:ObjectProperty", "owl:DatatypeProperty", "owl:AnnotationProperty", "rdf:Property"),
    "concept": ("skos:Concept",),
    "scheme": ("skos:ConceptScheme",),
}
OURS = "https://w3id.org/policytrace/"


@blueprint.get("/api/vocabulary")
def vocabulary() -> Response:
    """Prefixes, classes, properties, concepts and graphs, with counts and the properties of each class."""
    body = opened().documents.get_or_make(("vocabulary",), lambda: json.dumps(_vocabulary()).encode())
    return responses.send(body, JSON, negotiated=False)


def _vocabulary() -> dict[str, Any]:
    found = opened().release.manifest.get("statistics", {})
    counts = {"class": found.get("classes", {}), "property": found.get("properties", {})}
    terms = [
        _term(iri, kind, counts.get(kind, {}).get(iri))
        for kind in KINDS
        for iri in sorted(_declared(kind) | set(counts.get(kind, ())))
    ]
    return {
        "prefixes": PREFIXES,
        "terms": [*terms, *_graphs()],
        "properties": {
            compact(cls): sorted(map(compact, properties))
            for cls, properties in sorted(found.get("partitions", {}).items())
        },
    }


def _declared(kind: str) -> set[str]:
    reader = opened().reader
    classes = [ox.NamedNode(expand(curie)) for curie in KINDS[kind]]
    found = {node.value for cls in classes for node in reader.subjects("rdf:type", cls)}
    return {iri for iri in found if iri.startswith(OURS)} if kind in ("concept", "scheme") else found


def _term(iri: str, kind: str, count: int | None) -> dict[str, Any]:
    node = ox.NamedNode(iri)
    found: dict[str, Any] = {"iri": iri, "name": compact(iri), "kind": kind, "label": view().thing(node).text}
    meaning = next((v.text for curie in MEANINGS for v in view().values(node, curie)), "")
    return found | ({"meaning": meaning} if meaning else {}) | ({"count": count} if count else {})


def _graphs() -> Iterator[dict[str, Any]]:
    """The graphs of the release that are no record."""
    for iri, size in opened().release.manifest.get("triples", {}).items():
        if iri.startswith("http"):
            yield {
                "iri": iri,
                "name": compact(iri),
                "kind": "graph",
                "label": iri.rpartition("/graph/")[2],
                "count": size,
            }
