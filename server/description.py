"""The description of a thing as RDF: what it is, what points at it, which rows say so."""

from collections.abc import Iterable, Sequence

import pyoxigraph as ox

from policytrace.graph.reader import LABELS, RECORDS, A, Reader
from policytrace.graph.terms import ID, PREFIXES, RDF, XSD, expand
from policytrace.server.negotiate import Format
from policytrace.server.replies import LICENCE

INCOMING = 200
"""How many things that point here by one property a description lists."""

UNPREFIXED = frozenset(("id", "graph", "scheme", "country", "nuts"))
"""Prefixes whose names would need escapes in Turtle."""


def describe(reader: Reader, node: ox.NamedNode, document: str) -> list[ox.Triple]:
    """The triples about a thing, the rows behind it, and the document at the address ``document``."""
    triples = reader.statements(node)
    cut = []
    for incoming in reader.incoming(node, INCOMING):
        triples += [ox.Triple(s, incoming.property, node) for s in incoming.subjects if s != node]
        if incoming.at_least or incoming.count > len(incoming.subjects):
            cut.append(incoming.property.value)
    for record in reader.records(node):
        triples += reader.statements(record, RECORDS)
    triples += list(_labels(reader, node, triples))
    return [*_document(ox.NamedNode(document), node, cut), *triples]


def whole_graph(reader: Reader, name: ox.NamedNode, document: str) -> list[ox.Triple]:
    """A named graph with its description in the graph of records."""
    described = reader.statements(name, RECORDS)
    return [*_document(ox.NamedNode(document), name, []), *described, *reader.graph(name)]


def _labels(reader: Reader, node: ox.NamedNode, triples: Sequence[ox.Triple]) -> Iterable[ox.Triple]:
    terms = {term for t in triples for term in (t.subject, t.object) if isinstance(term, ox.NamedNode)}
    reader.prepare_names(terms)
    for term in sorted(terms - {node}, key=lambda t: t.value):
        if label := reader.label(term):
            yield ox.Triple(term, LABELS[0], ox.Literal(label.text, language=label.language or None))


def _document(document: ox.NamedNode, topic: ox.NamedNode, cut: Sequence[str]) -> Iterable[ox.Triple]:
    yield ox.Triple(document, ox.NamedNode(RDF + "type"), ox.NamedNode(expand("foaf:Document")))
    yield ox.Triple(document, ox.NamedNode(expand("foaf:primaryTopic")), topic)
    yield ox.Triple(document, ox.NamedNode(expand("dct:license")), ox.NamedNode(LICENCE))
    for iri in cut:
        text = f"Only the first {INCOMING} things that point here by <{iri}> are listed."
        yield ox.Triple(document, ox.NamedNode(expand("rdfs:comment")), ox.Literal(text, language="en"))


def serialise(triples: Iterable[ox.Triple], form: Format) -> bytes:
    """The triples in one of the graph formats, grouped by subject, each once."""
    unique = list(dict.fromkeys(triples))
    place = {subject: at for at, subject in enumerate(dict.fromkeys(t.subject for t in unique))}
    unique.sort(
        key=lambda t: (place[t.subject], t.predicate not in (A, LABELS[0]), t.predicate.value, str(t.object))
    )
    syntax = ox.RdfFormat.from_media_type(form.media_type)
    return ox.serialize(unique, format=syntax, prefixes=_used(unique)) or b""


def _used(triples: Iterable[ox.Triple]) -> dict[str, str]:
    iris = {t.predicate.value for t in triples}
    iris |= {t.object.value for t in triples if isinstance(t.object, ox.NamedNode)}
    iris |= {t.object.datatype.value for t in triples if isinstance(t.object, ox.Literal)} - {XSD + "string"}
    known = {p: ns for p, ns in PREFIXES.items() if p not in UNPREFIXED and not ns.startswith(ID)}
    return {prefix: ns for prefix, ns in known.items() if any(iri.startswith(ns) for iri in iris)}
