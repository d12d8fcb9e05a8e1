"""The terms of the ontology, as a page tells them: what each means, and where it is used."""

import re
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import pyoxigraph as ox

from policytrace.graph.library.queries import library
from policytrace.graph.lookup.reader import ONTOLOGY
from policytrace.graph.vocabulary.terms import PT, PTSH, RDF, SH, expand
from policytrace.graph.vocabulary.translation import N_, gettext
from policytrace.server.linked_data.shapes import facts
from policytrace.server.presentation.urls import local_name
from policytrace.server.presentation.view import PropertyRow, Value, View

KINDS = {
    N_("Classes"): ("owl:Class", "rdfs:Class"),
    N_("Relations between things"): ("owl:ObjectProperty",),
    N_("Attributes"): ("owl:DatatypeProperty",),
    N_("Annotations"): ("owl:AnnotationProperty", "rdf:Property"),
}
"""Headings of the page and the kinds of term under each."""
CHARACTER = {
    "owl:TransitiveProperty": N_("transitive"),
    "owl:SymmetricProperty": N_("symmetric"),
    "owl:FunctionalProperty": N_("functional"),
}
"""Kinds of property that say how it behaves."""
SAID = {
    "rdfs:subClassOf": (N_("Is a kind of"), N_("Kinds of it")),
    "rdfs:subPropertyOf": (N_("Implies"), N_("Implied by")),
    "owl:inverseOf": (N_("The same the other way round"), N_("The same the other way round")),
    "schema:domainIncludes": (N_("Said of"), N_("Has the properties")),
    "schema:rangeIncludes": (N_("Leads to"), N_("Is the value of")),
    "skos:exactMatch": (N_("The same elsewhere"), ""),
    "skos:closeMatch": (N_("Close to"), ""),
    "skos:broadMatch": (N_("Broader elsewhere"), ""),
    "skos:narrowMatch": (N_("Narrower elsewhere"), ""),
    "skos:relatedMatch": (N_("Related to"), ""),
    "rdfs:seeAlso": (N_("See also"), ""),
}
"""What is said of a term, and of the terms at the other end of the same, if that is told."""
CHAIN = "owl:propertyChainAxiom"
HEADER = (
    (N_("Version"), "owl:versionIRI"),
    (N_("Issued"), "dct:issued"),
    (N_("Modified"), "dct:modified"),
    (N_("Publisher"), "dct:publisher"),
    (N_("Licence"), "dct:license"),
    (N_("Status"), "bibo:status"),
    (N_("Source"), "dct:source"),
    (N_("Cite as"), "dct:bibliographicCitation"),
    (N_("Reuses"), "void:vocabulary"),
)
"""What the page says of the ontology as a whole."""
_NAME = re.compile(r"\bpt:([A-Za-z]+)")
_NIL = ox.NamedNode(RDF + "nil")


@dataclass(frozen=True)
class Entry:
    """One term: its anchor, name, meaning, cross references, and where shapes and queries use it.

    ``count`` is how often the release uses it; None where that was not counted.
    """

    anchor: str
    term: Value
    definition: str
    examples: tuple[str, ...]
    notes: tuple[str, ...]
    character: tuple[str, ...]
    rows: tuple[PropertyRow, ...]
    status: str
    issued: str
    count: int | None


@dataclass(frozen=True)
class Vocabulary:
    """The ontology as a page."""

    title: str
    description: str
    version: str
    header: tuple[PropertyRow, ...]
    questions: tuple[str, ...]
    kinds: dict[str, tuple[Entry, ...]]


@dataclass
class _Said:
    """All that the ontology says, both ways."""

    out: dict[ox.NamedNode, dict[str, list[Any]]] = field(default_factory=dict)
    back: dict[ox.NamedNode, dict[str, list[ox.NamedNode]]] = field(default_factory=dict)

    @classmethod
    def read(cls, triples: Iterable[ox.Triple]) -> "_Said":
        said = cls()
        for t in sorted(triples, key=str):
            if isinstance(t.subject, ox.NamedNode):
                said.out.setdefault(t.subject, {}).setdefault(t.predicate.value, []).append(t.object)
                if isinstance(t.object, ox.NamedNode):
                    said.back.setdefault(t.object, {}).setdefault(t.predicate.value, []).append(t.subject)
        return said

    def values(self, node: ox.NamedNode, curie: str) -> list[Any]:
        return self.out.get(node, {}).get(expand(curie), [])

    def texts(self, node: ox.NamedNode, curie: str) -> tuple[str, ...]:
        return tuple(term.value for term in self.values(node, curie) if isinstance(term, ox.Literal))

    def chain(self, node: ox.NamedNode) -> Iterator[ox.NamedNode]:
        """The properties of a list, in order."""
        while node != _NIL:
            yield from self.values(node, "rdf:first")
            node = next(iter(self.values(node, "rdf:rest")), _NIL)


def vocabulary(view: View, counts: Mapping[str, int]) -> Vocabulary:
    """Every term of the ontology by kind.

    Args:
        view: the release.
        counts: how often it uses each class and property, by identifier.
    """
    said = _Said.read(view.reader.graph(ONTOLOGY))
    view.reader.prepare_names({*said.out, *said.back})
    header = ox.NamedNode(PT.rstrip("#"))
    uses = _Uses(view)
    kinds: dict[str, tuple[Entry, ...]] = {}
    placed: set[ox.NamedNode] = set()
    for heading, curies in KINDS.items():
        nodes = {n for curie in curies for n in said.back.get(_node(curie), {}).get(RDF + "type", ())}
        own = {node for node in nodes if node.value.startswith(PT)} - placed
        placed |= own
        ordered = sorted(own, key=lambda n: n.value.casefold())
        kinds[heading] = tuple(_entry(view, said, uses, node, counts) for node in ordered)
    return Vocabulary(
        title=" ".join(said.texts(header, "dct:title")) or "Ontology",
        description=" ".join(said.texts(header, "dct:abstract") or said.texts(header, "dct:description")),
        version=" ".join(said.texts(header, "owl:versionInfo")),
        header=tuple(_rows(view, ((name, said.values(header, curie)) for name, curie in HEADER))),
        questions=said.texts(header, "mod:competencyQuestion"),
        kinds={heading: entries for heading, entries in kinds.items() if entries},
    )


def _entry(view: View, said: _Said, uses: "_Uses", node: ox.NamedNode, counts: Mapping[str, int]) -> Entry:
    anchor = node.value[len(PT) :]
    chains = [tuple(said.chain(start)) for start in said.values(node, CHAIN)]
    rows = [*_rows(view, _references(said, node)), *_chains(view, chains), *uses.rows(anchor)]
    types = said.values(node, "rdf:type")
    return Entry(
        anchor,
        view.thing(node),
        " ".join(said.texts(node, "skos:definition") or said.texts(node, "rdfs:comment")),
        said.texts(node, "skos:example"),
        said.texts(node, "skos:scopeNote"),
        tuple(word for curie, word in CHARACTER.items() if _node(curie) in types),
        tuple(rows),
        " ".join(said.texts(node, "vs:term_status")),
        " ".join(said.texts(node, "dct:issued")),
        counts.get(node.value),
    )


def _references(said: _Said, node: ox.NamedNode) -> Iterator[tuple[str, Collection[Any]]]:
    found: dict[str, dict[Any, None]] = {}
    for curie, (forward, backward) in SAID.items():
        found.setdefault(forward, {}).update(dict.fromkeys(said.values(node, curie)))
        back = said.back.get(node, {}).get(expand(curie), ()) if backward else ()
        found.setdefault(backward, {}).update(dict.fromkeys(t for t in back if t.value.startswith(PT)))
    yield from found.items()


def _rows(view: View, said: Iterable[tuple[str, Collection[Any]]]) -> Iterator[PropertyRow]:
    for name, terms in said:
        if terms:
            yield PropertyRow(Value(gettext(name)), tuple(view.term(term) for term in terms))


def _chains(view: View, chains: Iterable[tuple[ox.NamedNode, ...]]) -> Iterator[PropertyRow]:
    told = tuple(
        Value(gettext(" then ").join(view.thing(one).text for one in chain)) for chain in chains if chain
    )
    if told:
        yield PropertyRow(Value(gettext("Follows from")), told)


class _Uses:
    """Which shapes and which queries of the library use a term."""

    def __init__(self, view: View) -> None:
        self._shapes: dict[str, dict[str, str]] = {}
        self._queries: dict[str, dict[str, str]] = {}
        self._path = view.links.path
        for iri, about in facts().items():
            anchor = iri[len(PTSH) :]
            shape = anchor.partition("-")[0]
            for used in (*about.get(SH + "path", ()), *about.get(SH + "targetClass", ())):
                if used.startswith(PT) and iri.startswith(PTSH):
                    self._shapes.setdefault(local_name(used), {})[shape] = f"shapes#{shape}"
        for query in library().values():
            for used in _NAME.findall(query.sparql):
                self._queries.setdefault(used, {})[query.name] = f"queries/{query.name}"

    def rows(self, anchor: str) -> Iterator[PropertyRow]:
        for name, known in ((gettext("Checked by"), self._shapes), (gettext("Asked for by"), self._queries)):
            if found := known.get(anchor):
                yield PropertyRow(
                    Value(name),
                    tuple(Value(text, self._path(place)) for text, place in sorted(found.items())),
                )


def _node(curie: str) -> ox.NamedNode:
    return ox.NamedNode(expand(curie))
