"""owlrl as a reasoner: the OWL 2 RL closure by another hand, which inference must equal. Far slower.

For ``policytrace build --reasoner owlrl``; the rules are those of OWL 2 Profiles, section 4.3 (W3C, 2012).
"""

from pathlib import Path

import owlrl  # type: ignore[import-untyped]
import pyoxigraph as ox
from rdflib import RDF, BNode, Graph, Literal, URIRef
from rdflib.term import Node

from policytrace.graph.reasoning.axioms import Axioms
from policytrace.graph.reasoning.infer import Sources, as_paths
from policytrace.graph.reasoning.ntriples_reader import NotCanonical
from policytrace.graph.vocabulary.progress import Progress, silent


def infer_by_owlrl(triples: Sources, out: Path, axioms: Axioms, *, progress: Progress = silent) -> int:
    """The same as :func:`~policytrace.graph.reasoning.infer.infer`.

    owlrl reads the axioms as RDF. Of what it adds, the statements with a property or class of an axiom
    count; those with a literal as subject do not.
    """
    graph = Graph()
    texts: dict[Node, str] = {}
    for path in as_paths(triples):
        for quad in ox.parse(path=str(path), format=ox.RdfFormat.N_TRIPLES):
            graph.add((_node(quad.subject, texts), _node(quad.predicate, texts), _node(quad.object, texts)))
    asserted = set(graph)
    for statement in axioms.source:
        graph.add(statement)
    progress("infer", 0, 1)
    owlrl.DeductiveClosure(owlrl.OWLRL_Semantics).expand(graph)
    progress("infer", 1, 1)
    added = (statement for statement in graph if statement not in asserted and _counts(statement, axioms))
    lines = sorted(" ".join(texts.get(node) or node.n3() for node in line) + " .\n" for line in added)
    out.write_bytes("".join(lines).encode())
    return len(lines)


def _node(term: ox.NamedNode | ox.BlankNode | ox.Literal | ox.Triple, texts: dict[Node, str]) -> Node:
    """The term for rdflib; ``texts`` remembers how it is written."""
    node: Node
    if isinstance(term, ox.Literal):
        datatype = None if term.language else term.datatype.value
        node = Literal(term.value, lang=term.language, datatype=datatype, normalize=False)
    elif isinstance(term, ox.Triple):
        raise NotCanonical(f"A statement about a statement is not supported: {term}")
    else:
        node = URIRef(term.value) if isinstance(term, ox.NamedNode) else BNode(term.value)
    texts[node] = str(term)
    return node


def _counts(statement: tuple[Node, Node, Node], axioms: Axioms) -> bool:
    """Whether a statement of the closure is one that axioms of the ontology lead to."""
    subject, predicate, object_ = statement
    if isinstance(subject, Literal):
        return False
    if predicate == RDF.type:
        return str(object_) in axioms.classes
    return str(predicate) in axioms.properties
