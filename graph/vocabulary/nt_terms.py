"""RDF terms as N-Triples write them (RDF 1.1 N-Triples, section 2)."""

from policytrace.graph.vocabulary.terms import XSD, concept, expand

Term = str
"""An RDF term in N-Triples syntax."""


_ESCAPES = str.maketrans({"\\": "\\\\", '"': '\\"', "\n": "\\n", "\r": "\\r", "\t": "\\t"})


def literal(text: str, *, lang: str = "", datatype: str = "") -> Term:
    """A literal; ``datatype`` is the local name of an XML Schema type."""
    escaped = f'"{text.translate(_ESCAPES)}"'
    if lang:
        return f"{escaped}@{lang}"
    return f"{escaped}^^<{XSD}{datatype}>" if datatype else escaped


def nt_iri(curie: str) -> str:
    """A property as an N-Triples term."""
    return f"<{expand(curie)}>"


def code(scheme: str, name: str) -> Term:
    """A concept as an N-Triples term."""
    return f"<{concept(scheme, name)}>"
