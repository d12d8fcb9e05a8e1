"""What pages ask of a release: look-ups of a fixed, small cost, whatever the size of the graph."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from itertools import islice
from pathlib import Path

import pyoxigraph as ox

from policytrace.graph.terms import PT, RDF, RDFS, expand, graph

Subject = ox.NamedNode | ox.BlankNode
Term = ox.NamedNode | ox.BlankNode | ox.Literal

A = ox.NamedNode(RDF + "type")
LABELS = tuple(
    ox.NamedNode(iri)
    for iri in (RDFS + "label", expand("skos:prefLabel"), expand("dct:title"), expand("foaf:name"))
)
DEFAULT = ox.DefaultGraph()
INFERRED = ox.NamedNode(graph("inferred"))
STRENGTH = ox.NamedNode(graph("strength"))
RECORDS = ox.NamedNode(graph("records"))
ONTOLOGY = ox.NamedNode(graph("ontology"))
INVERSE = ox.NamedNode(expand("owl:inverseOf"))

HUB = 2_000
"""Incoming links up to which all are read; a busier thing is read property by property."""
COUNTED = 10_000
"""How far links of one property are counted."""


@dataclass(frozen=True)
class Label:
    """A name for people, with its language."""

    text: str
    language: str = ""


@dataclass(frozen=True)
class Incoming:
    """The things that point at one thing by one property.

    ``count`` is exact unless ``at_least`` is set; ``subjects`` holds the first of them only.
    """

    property: ox.NamedNode
    subjects: tuple[ox.NamedNode, ...]
    count: int
    at_least: bool = False


class Reader:
    """Reads one release. Safe to share between threads."""

    def __init__(self, store: Path) -> None:
        self.store = ox.Store.read_only(str(store))
        self.label = lru_cache(maxsize=50_000)(self._label)

    def statements(
        self, subject: Subject, in_graph: ox.NamedNode | ox.DefaultGraph = DEFAULT
    ) -> list[ox.Triple]:
        """All statements about a thing; if the default graph has none, those of any graph."""
        found = [quad.triple for quad in self.store.quads_for_pattern(subject, None, None, in_graph)]
        if not found and isinstance(in_graph, ox.DefaultGraph):
            quads = self.store.quads_for_pattern(subject, None, None, None)
            found = list(dict.fromkeys(quad.triple for quad in quads))
        return found

    def some(self, name: ox.NamedNode, limit: int) -> list[ox.Triple]:
        """The first statements of a named graph."""
        return [q.triple for q in islice(self.store.quads_for_pattern(None, None, None, name), limit)]

    def graph(self, name: ox.NamedNode) -> list[ox.Triple]:
        """All statements of a named graph."""
        return [quad.triple for quad in self.store.quads_for_pattern(None, None, None, name)]

    def exists(self, node: ox.NamedNode) -> bool:
        """Whether anything is said of a thing."""
        return any(True for _ in self.store.quads_for_pattern(node, None, None, None))

    def has_graph(self, name: ox.NamedNode) -> bool:
        """Whether a named graph holds anything."""
        return any(True for _ in self.store.quads_for_pattern(None, None, None, name))

    def holds(self, triple: ox.Triple, in_graph: ox.NamedNode) -> bool:
        """Whether a statement stands in a graph."""
        return ox.Quad(triple.subject, triple.predicate, triple.object, in_graph) in self.store

    def values(
        self, subject: Subject, curie: str, in_graph: ox.NamedNode | ox.DefaultGraph = DEFAULT
    ) -> list[Term]:
        """The values of a property, given as ``pt:toRegion``."""
        pattern = self.store.quads_for_pattern(subject, ox.NamedNode(expand(curie)), None, in_graph)
        return [quad.object for quad in pattern if not isinstance(quad.object, ox.Triple)]

    def nodes(
        self, subject: Subject, curie: str, in_graph: ox.NamedNode | ox.DefaultGraph = DEFAULT
    ) -> list[ox.NamedNode]:
        """The values of a property that are things."""
        return [term for term in self.values(subject, curie, in_graph) if isinstance(term, ox.NamedNode)]

    def node(self, subject: Subject, curie: str) -> ox.NamedNode | None:
        """The first thing that is a value of a property."""
        return next(iter(self.nodes(subject, curie)), None)

    def text(
        self, subject: Subject, curie: str, in_graph: ox.NamedNode | ox.DefaultGraph = DEFAULT
    ) -> str | None:
        """The text of the first value of a property."""
        return next((t.value for t in self.values(subject, curie, in_graph)), None)

    def subjects(
        self,
        curie: str,
        value: Term,
        in_graph: ox.NamedNode | ox.DefaultGraph = DEFAULT,
        limit: int | None = None,
    ) -> list[ox.NamedNode]:
        """The things that have a value for a property."""
        quads = self.store.quads_for_pattern(None, ox.NamedNode(expand(curie)), value, in_graph)
        return [q.subject for q in islice(quads, limit) if isinstance(q.subject, ox.NamedNode)]

    def incoming(self, node: ox.NamedNode, limit: int) -> list[Incoming]:
        """What points at a thing, by property, with at most ``limit`` things of each."""
        quads = list(islice(self.store.quads_for_pattern(None, None, node, DEFAULT), HUB + 1))
        properties = {quad.predicate for quad in quads} if len(quads) <= HUB else self.properties
        ordered = sorted(properties, key=lambda p: p.value)
        return [group for p in ordered if (group := self.pointing(node, p, limit)).count]

    def pointing(self, node: ox.NamedNode, predicate: ox.NamedNode, limit: int, offset: int = 0) -> Incoming:
        """What points at a thing by one property: ``limit`` of them from ``offset`` on, and how many."""
        quads = self.store.quads_for_pattern(None, predicate, node, DEFAULT)
        skipped = sum(1 for _ in islice(quads, offset))
        some = [quad.subject for quad in islice(quads, limit)]
        count = skipped + len(some) + sum(1 for _ in islice(quads, max(COUNTED - offset, 0)))
        subjects = tuple(node for node in some if isinstance(node, ox.NamedNode))
        return Incoming(predicate, subjects, count, next(quads, None) is not None)

    @cached_property
    def properties(self) -> frozenset[ox.NamedNode]:
        """Every property the ontology declares or its vocabulary reuses."""
        kinds = ("owl:ObjectProperty", "owl:DatatypeProperty", "owl:AnnotationProperty", "rdf:Property")
        declared = {s for kind in kinds for s in self.subjects("rdf:type", ox.NamedNode(expand(kind)))}
        reused = "rdf:type dct:source dct:publisher org:member org:organization org:role skos:inScheme"
        return frozenset(declared | {ox.NamedNode(expand(curie)) for curie in reused.split()})

    @cached_property
    def inverses(self) -> Mapping[ox.NamedNode, ox.NamedNode]:
        """Each property that has a named inverse, both ways."""
        pairs: dict[ox.NamedNode, ox.NamedNode] = {}
        for quad in self.store.quads_for_pattern(None, INVERSE, None, DEFAULT):
            if isinstance(quad.subject, ox.NamedNode) and isinstance(quad.object, ox.NamedNode):
                pairs[quad.subject] = quad.object
                pairs[quad.object] = quad.subject
        return pairs

    def types(self, node: ox.NamedNode) -> list[ox.NamedNode]:
        """The classes of a thing, our own first."""
        return sorted(self.nodes(node, "rdf:type"), key=lambda c: (not c.value.startswith(PT), c.value))

    def records(self, node: ox.NamedNode) -> list[ox.NamedNode]:
        """The table rows that describe a thing."""
        return sorted(self.subjects("pt:describes", node, RECORDS), key=lambda r: r.value)

    def count(self, curie: str, value: Term) -> int:
        """How many things have a value for a property."""
        quads = self.store.quads_for_pattern(None, ox.NamedNode(expand(curie)), value, DEFAULT)
        return sum(1 for _ in quads)

    def _label(self, node: ox.NamedNode) -> Label | None:
        for predicate in LABELS:
            quads = self.store.quads_for_pattern(node, predicate, None, DEFAULT)
            if found := best_text(quad.object for quad in quads):
                return found
        return None


def best_text(terms: Iterable[object]) -> Label | None:
    """The literal to show: English first, then without language, then the first by language."""
    literals = [term for term in terms if isinstance(term, ox.Literal)]
    ranked: Sequence[ox.Literal] = sorted(
        literals, key=lambda t: (t.language != "en", t.language is not None, t.language or "", t.value)
    )
    return Label(ranked[0].value, ranked[0].language or "") if ranked else None
