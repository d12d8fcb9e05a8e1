"""What pages ask of a release: look-ups of a fixed, small cost, whatever the size of the graph."""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, partial
from itertools import islice
from pathlib import Path
from typing import Protocol

import pyoxigraph as ox

from policytrace.graph.releases.checksums import Damage
from policytrace.graph.releases.release import DamagedError
from policytrace.graph.vocabulary.bounded_cache import ENTRY, TERM, remember
from policytrace.graph.vocabulary.terms import PT, RDF, RDFS, expand, graph
from policytrace.graph.vocabulary.translation import ENGLISH

Subject = ox.NamedNode | ox.BlankNode
Term = ox.NamedNode | ox.BlankNode | ox.Literal

StatementTexts = tuple[str, str, str]
"""A statement: its subject, property and value as N-Triples writes them."""

A = ox.NamedNode(RDF + "type")
LABELS = tuple(
    ox.NamedNode(iri)
    for iri in (RDFS + "label", expand("skos:prefLabel"), expand("dct:title"), expand("foaf:name"))
)
OTHER_NAMES = (ox.NamedNode(expand("skos:altLabel")), ox.NamedNode(expand("dct:alternative")))
"""Properties that name a thing otherwise, often in the language of the place."""
DEFAULT = ox.DefaultGraph()
INFERRED = ox.NamedNode(graph("inferred"))
STRENGTH = ox.NamedNode(graph("strength"))
RECORDS = ox.NamedNode(graph("records"))
ONTOLOGY = ox.NamedNode(graph("ontology"))
DESCRIBES = ox.NamedNode(PT + "describes")
INVERSE = ox.NamedNode(expand("owl:inverseOf"))

HUB = 2_000
"""Incoming links up to which all are read; a busier thing is read property by property."""
MOST_COUNTED = 10_000
"""How far links of one property are counted."""
NAMES, LONGEST = 16 * 2**20, 4 * 2**10
"""Bytes of names that stay in memory, of each of three kinds, and those of one name with its identifier."""


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


Graph = ox.NamedNode | ox.DefaultGraph


class Statements(Protocol):
    """Where a reader finds statements: the store of a release, or a SPARQL server."""

    def find(
        self,
        subject: Subject | None,
        predicate: ox.NamedNode | None,
        value: Term | None,
        graph: Graph | None,
        limit: int | None = None,
    ) -> list[ox.Triple]:
        """The statements of a pattern in one graph, or in any named or the default one."""
        ...

    def statement_texts(self, subject: Subject, graph: Graph) -> list[StatementTexts]:
        """The statements about a thing in one graph, in order."""
        return in_order(self.find(subject, None, None, graph))

    def incoming(self, node: ox.NamedNode, limit: int) -> list[Incoming] | None:
        """What points at a thing in the default graph, by property; None when that is too much to look at."""
        triples = self.find(None, None, node, DEFAULT, HUB + 1)
        return by_property(triples, limit) if len(triples) <= HUB else None

    def pointing(self, node: ox.NamedNode, predicate: ox.NamedNode, limit: int, offset: int) -> Incoming:
        """What points at a thing by one property: see ``Reader.pointing``."""
        ...

    def count(self, predicate: ox.NamedNode, value: Term) -> int:
        """How many things have a value in the default graph."""
        ...

    def label(self, node: ox.NamedNode) -> Label | None:
        """What the default graph calls a thing."""
        return label_among(self, node)

    def prepare(self, nodes: Collection[ox.NamedNode], follow: Collection[str]) -> None:
        """See ``Reader.prepare``."""
        ...

    def prepare_names(self, nodes: Iterable[ox.NamedNode]) -> None:
        """See ``Reader.prepare_names``."""
        ...


class StoreStatements(Statements):
    """The statements of an embedded store. Safe to share between threads."""

    def __init__(self, store: ox.Store) -> None:
        self.store = store

    def find(
        self,
        subject: Subject | None,
        predicate: ox.NamedNode | None,
        value: Term | None,
        graph: Graph | None,
        limit: int | None = None,
    ) -> list[ox.Triple]:
        """See ``Statements.find``."""
        try:
            quads = self.store.quads_for_pattern(subject, predicate, value, graph)
            return [quad.triple for quad in islice(quads, limit)]
        except _FAILURES as error:
            raise _damage() from error

    def pointing(self, node: ox.NamedNode, predicate: ox.NamedNode, limit: int, offset: int) -> Incoming:
        """See ``Statements.pointing``."""
        result = [triple.subject for triple in self.find(None, predicate, node, DEFAULT, MOST_COUNTED + 1)]
        if len(result) <= MOST_COUNTED:
            return Incoming(predicate, sorted_nodes(result)[offset : offset + limit], len(result))
        try:
            quads = self.store.quads_for_pattern(None, predicate, node, DEFAULT)
            some = [quad.subject for quad in islice(quads, offset, offset + limit)]
        except _FAILURES as error:
            raise _damage() from error
        return Incoming(predicate, sorted_nodes(some), MOST_COUNTED, at_least=True)

    def count(self, predicate: ox.NamedNode, value: Term) -> int:
        """See ``Statements.count``."""
        try:
            return sum(1 for _ in self.store.quads_for_pattern(None, predicate, value, DEFAULT))
        except _FAILURES as error:
            raise _damage() from error

    def prepare(self, nodes: Collection[ox.NamedNode], follow: Collection[str]) -> None:
        """Nothing: a look-up costs microseconds here."""

    def prepare_names(self, nodes: Iterable[ox.NamedNode]) -> None:
        """Nothing: a look-up costs microseconds here."""


_FAILURES = (OSError, RuntimeError)
"""What the engine raises when a file differs from the checksums it has of its own."""


def _damage() -> DamagedError:
    return DamagedError("the store", Damage("a file", "cannot be read"))


def in_order(triples: Iterable[ox.Triple]) -> list[StatementTexts]:
    """Statements as they are written, each once."""
    return sorted({(str(t.subject), str(t.predicate), str(t.object)) for t in triples})


def sorted_nodes(nodes: Iterable[object]) -> tuple[ox.NamedNode, ...]:
    """The IRIs among nodes, in their order."""
    return tuple(sorted((n for n in nodes if isinstance(n, ox.NamedNode)), key=lambda n: n.value))


def by_property(triples: Iterable[ox.Triple], limit: int) -> list[Incoming]:
    """The subjects of statements by property, with at most ``limit`` of each."""
    result: dict[ox.NamedNode, list[object]] = {}
    for triple in triples:
        result.setdefault(triple.predicate, []).append(triple.subject)
    ordered = sorted(result.items(), key=lambda item: item[0].value)
    return [Incoming(predicate, sorted_nodes(nodes)[:limit], len(nodes)) for predicate, nodes in ordered]


class Reader:
    """Reads one release. Safe to share between threads."""

    def __init__(self, source: Statements) -> None:
        self.source = source
        self.label = remember(source.label, NAMES, LONGEST, _size)
        # Of the source, not of the reader: one that refers to itself stays open long after it was replaced.
        self._label_in = remember(partial(_label_in, source), NAMES, LONGEST, _size)
        self.name = remember(partial(_name, source), NAMES, LONGEST, _size)

    @classmethod
    def open(cls, store: Path) -> "Reader":
        """A reader of the store folder of a release."""
        return cls(StoreStatements(ox.Store.read_only(str(store))))

    def label_in(self, node: ox.NamedNode, language: str) -> Label | None:
        """A name in a language: another name where no label is in it, else the label as it is."""
        return (self._label_in(node, language) if language != ENGLISH else None) or self.label(node)

    def prepare(self, nodes: Collection[ox.NamedNode], *follow: str) -> None:
        """Say what will be read, so that a source far away is asked once for all of it.

        Args:
            nodes: things whose statements, and the names of whose values, will be read.
            follow: properties whose values will be read in the same way, step by step.
        """
        self.source.prepare(nodes, follow)

    def prepare_names(self, nodes: Iterable[ox.NamedNode]) -> None:
        """Say whose names will be read."""
        self.source.prepare_names(nodes)

    def statements(self, subject: Subject, in_graph: Graph = DEFAULT) -> list[ox.Triple]:
        """All statements about a thing; if the default graph has none, those of any graph."""
        result = self.source.find(subject, None, None, in_graph)
        if not result and isinstance(in_graph, ox.DefaultGraph):
            result = list(dict.fromkeys(self.source.find(subject, None, None, None)))
        return sorted(result, key=str)

    def statement_texts(self, subject: Subject, in_graph: Graph = DEFAULT) -> list[StatementTexts]:
        """The same as ``statements``, as they are written."""
        result = self.source.statement_texts(subject, in_graph)
        if not result and isinstance(in_graph, ox.DefaultGraph):
            result = in_order(self.source.find(subject, None, None, None))
        return result

    def some(self, name: ox.NamedNode, limit: int) -> list[ox.Triple]:
        """The first statements of a named graph; all of them, in a fixed order, if there are no more."""
        return sorted(self.source.find(None, None, None, name, limit), key=str)

    def graph(self, name: ox.NamedNode) -> list[ox.Triple]:
        """All statements of a named graph."""
        return self.source.find(None, None, None, name)

    def exists(self, node: ox.NamedNode) -> bool:
        """Whether anything is said of a thing."""
        return any(self.source.find(node, None, None, graph, 1) for graph in (DEFAULT, None))

    def has_graph(self, name: ox.NamedNode) -> bool:
        """Whether a named graph holds anything."""
        return bool(self.source.find(None, None, None, name, 1))

    def holds(self, triple: ox.Triple, in_graph: ox.NamedNode) -> bool:
        """Whether a statement stands in a graph."""
        value = triple.object
        if isinstance(value, ox.Triple) or isinstance(triple.subject, ox.Triple):
            return False
        return bool(self.source.find(triple.subject, triple.predicate, value, in_graph, 1))

    def held(self, subject: Subject, in_graph: ox.NamedNode) -> frozenset[ox.Triple]:
        """The statements about a thing that stand in a graph."""
        return frozenset(self.source.find(subject, None, None, in_graph))

    def values(self, subject: Subject, curie: str, in_graph: Graph = DEFAULT) -> list[Term]:
        """The values of a property, given as ``pt:toRegion``, in a fixed order."""
        result = self.source.find(subject, ox.NamedNode(expand(curie)), None, in_graph)
        return sorted((t.object for t in result if not isinstance(t.object, ox.Triple)), key=str)

    def nodes(self, subject: Subject, curie: str, in_graph: Graph = DEFAULT) -> list[ox.NamedNode]:
        """The values of a property that are things."""
        return [term for term in self.values(subject, curie, in_graph) if isinstance(term, ox.NamedNode)]

    def node(self, subject: Subject, curie: str) -> ox.NamedNode | None:
        """The first thing that is a value of a property."""
        return next(iter(self.nodes(subject, curie)), None)

    def text(self, subject: Subject, curie: str, in_graph: Graph = DEFAULT) -> str | None:
        """The text of the first value of a property."""
        return next((t.value for t in self.values(subject, curie, in_graph)), None)

    def subjects(
        self, curie: str, value: Term, in_graph: Graph = DEFAULT, limit: int | None = None
    ) -> list[ox.NamedNode]:
        """The things that have a value for a property, in the order of identifiers."""
        result = self.source.find(None, ox.NamedNode(expand(curie)), value, in_graph, limit)
        return list(sorted_nodes(triple.subject for triple in result))

    def incoming(self, node: ox.NamedNode, limit: int) -> list[Incoming]:
        """What points at a thing, by property, with at most ``limit`` things of each."""
        result = self.source.incoming(node, limit)
        if result is None:
            ordered = sorted(self.properties, key=lambda p: p.value)
            result = [group for p in ordered if (group := self.pointing(node, p, limit)).count]
        return result

    def pointing(self, node: ox.NamedNode, predicate: ox.NamedNode, limit: int, offset: int = 0) -> Incoming:
        """What points at a thing by one property: ``limit`` of them from ``offset`` on, and how many.

        They are in the order of identifiers, unless there are more than ``MOST_COUNTED``.
        """
        return self.source.pointing(node, predicate, limit, offset)

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
        for triple in self.source.find(None, INVERSE, None, DEFAULT):
            if isinstance(triple.subject, ox.NamedNode) and isinstance(triple.object, ox.NamedNode):
                pairs[triple.subject] = triple.object
                pairs[triple.object] = triple.subject
        return pairs

    def types(self, node: ox.NamedNode) -> list[ox.NamedNode]:
        """The classes of a thing, our own first."""
        return sorted(self.nodes(node, "rdf:type"), key=lambda c: (not c.value.startswith(PT), c.value))

    def records(self, node: ox.NamedNode) -> list[ox.NamedNode]:
        """The table rows that describe a thing."""
        return sorted(self.subjects("pt:describes", node, RECORDS), key=lambda r: r.value)

    def count(self, curie: str, value: Term) -> int:
        """How many things have a value for a property."""
        return self.source.count(ox.NamedNode(expand(curie)), value)


def _size(key: Sequence[object], name: tuple[Label | str | None]) -> int:
    """Bytes that a name with the identifier of what has it takes in memory, about."""
    text = name[0].text if isinstance(name[0], Label) else name[0] or ""
    return ENTRY + 2 * TERM + len(str(key[0])) + len(text)


def _label_in(source: Statements, node: ox.NamedNode, language: str) -> Label | None:
    """A name in a language, if there is one."""
    for predicate in (*LABELS, *OTHER_NAMES):
        terms = (t.object for t in source.find(node, predicate, None, DEFAULT))
        if result := best_text(in_language(terms, language)):
            return result
    return None


def _name(source: Statements, iri: str) -> str | None:
    """What the default graph calls an IRI, both as they are written."""
    label = source.label(ox.NamedNode(iri[1:-1]))
    return str(ox.Literal(label.text, language=label.language or None)) if label else None


def label_among(source: Statements, node: ox.NamedNode) -> Label | None:
    """The best text of the first property that names a thing."""
    for predicate in LABELS:
        if result := best_text(t.object for t in source.find(node, predicate, None, DEFAULT)):
            return result
    return None


def in_language(terms: Iterable[object], language: str) -> Iterator[ox.Literal]:
    """The literals in a language or one of its variants."""
    begin = f"{language}-".lower()
    for term in terms:
        if isinstance(term, ox.Literal) and f"{term.language or ''}-".lower().startswith(begin):
            yield term


def best_text(terms: Iterable[object]) -> Label | None:
    """The literal to show: English first, then without language, then the first by language."""
    literals = [term for term in terms if isinstance(term, ox.Literal)]
    ranked: Sequence[ox.Literal] = sorted(
        literals, key=lambda t: (t.language != "en", t.language is not None, t.language or "", t.value)
    )
    return Label(ranked[0].value, ranked[0].language or "") if ranked else None
