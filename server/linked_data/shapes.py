"""The shapes, as the server shows and sends them."""

from dataclasses import dataclass
from functools import cache
from importlib.resources import files

import pyoxigraph as ox

from policytrace.graph.vocabulary.terms import PTSH, RDF, RDFS, SH
from policytrace.server.presentation.urls import local_name
from policytrace.server.presentation.view import Value, View

A = RDF + "type"


@dataclass(frozen=True)
class Rule:
    """One thing a shape asks for, of which property, and how serious it is when it is not so."""

    anchor: str
    message: str
    severity: str
    about: Value | None


@dataclass(frozen=True)
class Shape:
    """The shape of one class."""

    anchor: str
    name: str
    targets: tuple[Value, ...]
    rules: tuple[Rule, ...]


@cache
def shape_triples() -> tuple[ox.Triple, ...]:
    """All packaged shapes; every process names their blank nodes alike."""
    folder = files("policytrace") / "shapes"
    names = sorted(file.name for file in folder.iterdir() if file.name.endswith(".ttl"))
    triples = [
        quad.triple
        for name in names
        for quad in ox.parse(
            (folder / name).read_bytes(), format=ox.RdfFormat.TURTLE, rename_blank_nodes=True
        )
    ]
    called: dict[object, ox.BlankNode] = {}
    for term in (term for triple in triples for term in (triple.subject, triple.object)):
        if isinstance(term, ox.BlankNode):
            called.setdefault(term, ox.BlankNode(f"b{len(called)}"))
    return tuple(ox.Triple(called.get(s, s), p, called.get(o, o)) for s, p, o in triples)


@cache
def facts() -> dict[str, dict[str, tuple[str, ...]]]:
    """Property to values of each named shape, by its identifier."""
    found: dict[str, dict[str, tuple[str, ...]]] = {}
    for t in shape_triples():
        if isinstance(t.subject, ox.NamedNode) and not isinstance(t.object, ox.Triple):
            of_subject = found.setdefault(t.subject.value, {})
            of_subject[t.predicate.value] = (*of_subject.get(t.predicate.value, ()), t.object.value)
    return found


def _first(facts: dict[str, tuple[str, ...]], *properties: str) -> str:
    return next((facts[p][0] for p in properties if p in facts), "")


def _rule(view: View, iri: str, said: dict[str, tuple[str, ...]]) -> Rule:
    severity = local_name(_first(said, SH + "severity") or SH + "Violation")
    path = _first(said, SH + "path")
    about = view.property(ox.NamedNode(path)) if "://" in path else None
    return Rule(iri[len(PTSH) :], _first(said, SH + "message", SH + "name", RDFS + "label"), severity, about)


def shape_list(view: View) -> tuple[Shape, ...]:
    """Every node shape with what it asks for, in the order of names."""
    known = facts()
    found = []
    for iri, said in sorted(known.items()):
        if SH + "NodeShape" not in said.get(A, ()) or not iri.startswith(PTSH):
            continue
        targets = tuple(view.thing(ox.NamedNode(target)) for target in said.get(SH + "targetClass", ()))
        asked = [*said.get(SH + "property", ()), *said.get(SH + "sparql", ())]
        rules = tuple(
            _rule(view, rule, known[rule]) for rule in asked if rule in known and rule.startswith(PTSH)
        )
        anchor = iri[len(PTSH) :]
        found.append(Shape(anchor, _first(said, SH + "name", RDFS + "label") or anchor, targets, rules))
    return tuple(found)
