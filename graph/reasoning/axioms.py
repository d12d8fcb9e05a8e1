"""The axioms of the ontology that inference knows; any other kind is refused."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cache
from importlib.resources import files
from importlib.resources.abc import Traversable
from typing import NamedTuple

from rdflib import OWL, RDF, RDFS, BNode, Graph, URIRef
from rdflib.term import Node

from policytrace.graph.vocabulary.terms import compact

Pair = tuple[str, str]

_RESERVED = (str(RDF), str(RDFS), str(OWL))
_PAIRS = (RDFS.subClassOf, RDFS.subPropertyOf, OWL.inverseOf)
_KINDS = (OWL.SymmetricProperty, OWL.TransitiveProperty)
_DESCRIBING = (RDFS.label, RDFS.comment, RDFS.seeAlso, RDFS.isDefinedBy)
"""Properties of the RDF vocabulary that may be super-properties: no rule gives them a meaning."""

_ANNOTATIONS = {
    *_DESCRIBING,
    OWL.versionInfo,
    OWL.versionIRI,
    OWL.priorVersion,
    OWL.backwardCompatibleWith,
    OWL.incompatibleWith,
    OWL.deprecated,
}
_DECLARATIONS = {
    OWL.Ontology,
    OWL.Class,
    RDFS.Class,
    RDF.Property,
    OWL.ObjectProperty,
    OWL.DatatypeProperty,
    OWL.AnnotationProperty,
    OWL.NamedIndividual,
    OWL.DeprecatedClass,
    OWL.DeprecatedProperty,
    RDF.List,
}
_BOTH_WAYS = "State it as a sub-class or sub-property in both directions."
_IN_A_SHAPE = "It is a constraint: put it into a SHACL shape."
_HINTS: dict[Node, str] = {
    RDFS.domain: "Say schema:domainIncludes, and put the constraint into a SHACL shape.",
    RDFS.range: "Say schema:rangeIncludes, and put the constraint into a SHACL shape.",
    OWL.equivalentClass: _BOTH_WAYS,
    OWL.equivalentProperty: _BOTH_WAYS,
    OWL.sameAs: "Use one IRI for one thing, or link the two with skos:exactMatch or pt:sameThing.",
    OWL.imports: "Copy the axioms that are wanted into the ontology.",
    OWL.FunctionalProperty: _IN_A_SHAPE,
    OWL.InverseFunctionalProperty: _IN_A_SHAPE,
    OWL.AsymmetricProperty: _IN_A_SHAPE,
    OWL.IrreflexiveProperty: _IN_A_SHAPE,
    OWL.disjointWith: _IN_A_SHAPE,
    OWL.propertyDisjointWith: _IN_A_SHAPE,
    OWL.AllDisjointClasses: _IN_A_SHAPE,
    OWL.Restriction: _IN_A_SHAPE,
}
_REMOVE = (
    "Take it out of the ontology, or teach graph/reasoning/axioms.py and graph/reasoning/infer.py its rule."
)
_NAME_IT = "Give it an IRI: for an inverse, declare a property with owl:inverseOf and use its name."
_OWN_TERM = "Axioms may be stated of own or reused terms, not of the RDF, RDFS and OWL vocabulary."


class AxiomFinding(NamedTuple):
    """One axiom that inference does not know."""

    term: str
    axiom: str
    hint: str


class UnknownAxiom(Exception):  # noqa: N818
    """The ontology states what inference does not know; ``findings`` lists every such axiom."""

    def __init__(self, findings: list[AxiomFinding]) -> None:
        self.findings = findings
        lines = (f"{term}: {axiom} is not supported. {hint}" for term, axiom, hint in findings)
        super().__init__("\n".join(lines))


@dataclass(frozen=True)
class Axioms:
    """Axioms by kind, with full IRIs, each with the rule of OWL 2 RL/RDF that gives it its meaning.

    Source: OWL 2 Profiles (W3C, 2012), section 4.3, tables 5 and 7:
    https://www.w3.org/TR/owl2-profiles/#Reasoning_in_OWL_2_RL_and_RDF_Graphs_using_Rules.
    """

    sub_classes: frozenset[Pair] = frozenset()
    """Sub-class and super-class: cax-sco."""
    sub_properties: frozenset[Pair] = frozenset()
    """Sub-property and super-property: prp-spo1."""
    inverses: frozenset[Pair] = frozenset()
    """Two properties that are each other's inverse, stated once: prp-inv1 and prp-inv2."""
    symmetric: frozenset[str] = frozenset()
    """Properties that hold in both directions: prp-symp."""
    transitive: frozenset[str] = frozenset()
    """Properties that hold over any number of steps: prp-trp."""
    chains: frozenset[tuple[str, tuple[str, ...]]] = frozenset()
    """A property and the two or more properties that lead to it, in order: prp-spo2."""
    source: Graph = field(default_factory=Graph, repr=False, compare=False)
    """The statements the axioms were read from, for a reasoner that reads RDF."""

    @property
    def classes(self) -> frozenset[str]:
        """Every class of an axiom."""
        return frozenset(name for pair in self.sub_classes for name in pair)

    @property
    def properties(self) -> frozenset[str]:
        """Every property of an axiom."""
        pairs = {name for pair in self.sub_properties | self.inverses for name in pair}
        chained = {name for head, body in self.chains for name in (head, *body)}
        return frozenset(pairs | chained) | self.symmetric | self.transitive


def axioms(ontology: Graph | None = None) -> Axioms:
    """The axioms of an ontology; without one, of the packaged ontology with its alignments and schemes.

    Raises:
        UnknownAxiom: the ontology states an axiom of another kind, whose consequences would be missed.
    """
    return _of_packaged() if ontology is None else _read(ontology)


@cache
def _of_packaged() -> Axioms:
    return _read(packaged())


def _read(graph: Graph) -> Axioms:
    if findings := sorted(set(_unknown(graph))):
        raise UnknownAxiom(findings)
    return Axioms(
        sub_classes=_pairs(graph, RDFS.subClassOf),
        sub_properties=_pairs(graph, RDFS.subPropertyOf),
        inverses=_pairs(graph, OWL.inverseOf),
        symmetric=_typed(graph, OWL.SymmetricProperty),
        transitive=_typed(graph, OWL.TransitiveProperty),
        chains=frozenset(
            (str(head), tuple(map(str, graph.items(body))))
            for head, body in graph.subject_objects(OWL.propertyChainAxiom)
        ),
        source=_stated(graph),
    )


def packaged() -> Graph:
    """The packaged ontology: core, alignments and concept schemes."""
    root = files("policytrace") / "ontology"
    schemes: list[Traversable] = sorted((root / "schemes").iterdir(), key=lambda path: path.name)
    graph = Graph()
    for path in (root / "core.ttl", root / "alignments.ttl", *schemes):
        if path.name.endswith(".ttl"):
            graph.parse(data=path.read_text("utf-8"), format="turtle")
    return graph


def _pairs(graph: Graph, kind: URIRef) -> frozenset[Pair]:
    return frozenset((str(s), str(o)) for s, o in graph.subject_objects(kind))


def _typed(graph: Graph, kind: URIRef) -> frozenset[str]:
    return frozenset(map(str, graph.subjects(RDF.type, kind)))


def _stated(graph: Graph) -> Graph:
    """The statements in the vocabulary of RDF, RDFS and OWL, without what is said of things."""
    stated = Graph()
    for s, p, o in graph:
        if _reserved(p) and (p != RDF.type or _reserved(o)):
            stated.add((s, p, o))
    return stated


def _unknown(graph: Graph) -> Iterator[AxiomFinding]:
    for s, p, o in graph:
        if p in _PAIRS:
            yield from _terms(s, p, [s, o])
        elif p == OWL.propertyChainAxiom:
            yield from _chain(graph, s, o)
        elif p == RDF.type:
            if o in _KINDS:
                yield from _terms(s, o, [s])
            elif isinstance(o, BNode) or (_reserved(o) and o not in _DECLARATIONS):
                yield _finding(s, o)
        elif _reserved(p) and p not in _ANNOTATIONS and p not in (RDF.first, RDF.rest):
            yield _finding(s, p)


def _chain(graph: Graph, head: Node, body: Node) -> Iterator[AxiomFinding]:
    cells = [cell for cell in graph.transitive_objects(body, RDF.rest) if cell != RDF.nil]
    whole = all(len(list(graph.objects(cell, part))) == 1 for cell in cells for part in (RDF.first, RDF.rest))
    if len(cells) < 2 or not whole or (cells[-1], RDF.rest, RDF.nil) not in graph:
        yield AxiomFinding(
            _name(head), _name(OWL.propertyChainAxiom), "Make it a list of two or more properties."
        )
    links = (link for cell in cells for link in graph.objects(cell, RDF.first))
    yield from _terms(head, OWL.propertyChainAxiom, [head, *links])


def _terms(subject: Node, axiom: Node, terms: list[Node]) -> Iterator[AxiomFinding]:
    for term in terms:
        if not isinstance(term, URIRef):
            yield AxiomFinding(_name(subject), f"{_name(axiom)} with a term that has no IRI", _NAME_IT)
        elif _reserved(term) and not (
            axiom == RDFS.subPropertyOf and term in _DESCRIBING and term != subject
        ):
            yield AxiomFinding(_name(subject), f"{_name(axiom)} with {_name(term)}", _OWN_TERM)


def _finding(subject: Node, axiom: Node) -> AxiomFinding:
    return AxiomFinding(_name(subject), _name(axiom), _HINTS.get(axiom, _REMOVE))


def _reserved(term: Node) -> bool:
    return isinstance(term, URIRef) and str(term).startswith(_RESERVED)


def _name(term: Node) -> str:
    return compact(str(term)) if isinstance(term, URIRef) else "an anonymous term"
