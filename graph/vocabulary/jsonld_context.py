"""The JSON-LD context of the ontology: every term by its plain name, and what it reuses by prefix.

``python -m policytrace.graph.vocabulary.jsonld_context`` prints it. Each version is a file in
``ontology/context`` that never changes.
"""

import json
from importlib.resources import files
from typing import Any

import pyoxigraph as ox

from policytrace.graph.vocabulary.terms import PREFIXES, PT, RDF, RDFS, XSD, expand

CONTEXTS = files("policytrace") / "ontology" / "context"
"""Where the contexts are, one file for each version."""
_A = ox.NamedNode(RDF + "type")
_REUSED = ox.NamedNode(expand("void:vocabulary"))
_RANGE = ox.NamedNode(expand("schema:rangeIncludes"))


def context() -> dict[str, Any]:
    """The context of the ontology as it is packaged."""
    source = (files("policytrace") / "ontology" / "core.ttl").read_bytes()
    said = ox.Store()
    said.load(source, format=ox.RdfFormat.TURTLE)
    reused = {t.object for t in said.quads_for_pattern(None, _REUSED, None)}
    reused |= {ox.NamedNode(space) for space in (PT, RDF, RDFS, XSD)}
    prefixes = {name: space for name, space in PREFIXES.items() if ox.NamedNode(space) in reused}
    terms: dict[str, Any] = {"@version": 1.1, "id": "@id", "type": "@type", **prefixes}
    named = (quad.subject for quad in said.quads_for_pattern(None, _A, None))
    for term in sorted({n for n in named if isinstance(n, ox.NamedNode)}, key=lambda n: n.value):
        if term.value.startswith(PT):
            terms[term.value[len(PT) :]] = _meaning(said, term)
    return {"@context": terms}


def _meaning(said: ox.Store, term: ox.NamedNode) -> str | dict[str, str]:
    short = f"pt:{term.value[len(PT) :]}"
    kinds = {quad.object for quad in said.quads_for_pattern(term, _A, None)}
    if ox.NamedNode(expand("owl:ObjectProperty")) in kinds:
        return {"@id": short, "@type": "@id"}
    values = {str(quad.object.value) for quad in said.quads_for_pattern(term, _RANGE, None)}  # type: ignore[union-attr]
    datatype = values.pop() if len(values) == 1 else ""
    if datatype.startswith(XSD) and datatype != XSD + "string":
        return {"@id": short, "@type": f"xsd:{datatype[len(XSD) :]}"}
    return short


def text() -> str:
    """The context as its file holds it."""
    return json.dumps(context(), indent=1, ensure_ascii=False) + "\n"


if __name__ == "__main__":
    print(text(), end="")
