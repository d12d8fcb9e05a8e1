"""Shapes as SHACL graphs declare them, read into plain objects.

Source: Shapes Constraint Language (SHACL), W3C Recommendation, 2017.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property
from importlib.resources import files

import pyoxigraph as ox

from policytrace.graph.vocabulary.terms import PTSH, RDF, RDFS, SH

Term = ox.NamedNode | ox.BlankNode | ox.Literal

TYPE = RDF + "type"
_NIL = ox.NamedNode(RDF + "nil")
# SHACL, 2.3.1.5 to 2.3.1.7.
_REPEATED = {"zeroOrMorePath": "*", "oneOrMorePath": "+", "zeroOrOnePath": "?"}
# SHACL, 2.1.3.
_TARGETS = ("targetClass", "targetNode", "targetSubjectsOf", "targetObjectsOf")


class ShapeSyntaxError(Exception):
    """A shapes graph is not well-formed; the message names the node."""


@dataclass(frozen=True, slots=True)
class Path:
    """A property path (SHACL, 2.3.1): its node in the shapes graph and its SPARQL text.

    ``predicate`` is set when the path is one property or the inverse of one; ``alternatives`` when it is a
    choice of paths; ``first`` holds the properties it may begin with, in their own direction; it is
    ``bounded`` when nothing in it repeats.
    """

    node: Term
    text: str
    predicate: str = ""
    inverse: bool = False
    alternatives: tuple["Path", ...] = ()
    first: tuple[str, ...] = ()
    bounded: bool = True

    def triple(self, subject: str, value: str) -> str:
        """The pattern that leads from ``subject`` to ``value`` along the path."""
        if self.inverse:
            return f"{value} <{self.predicate}> {subject}"
        return f"{subject} {self.text} {value}"


@dataclass(frozen=True)
class Shape:
    """A node shape, or a property shape when it has a path."""

    node: Term
    path: Path | None
    parameters: dict[str, list[Term]]
    """Values of its properties in the SHACL namespace, by local name; of others by full IRI."""
    severity: str
    messages: tuple[ox.Literal, ...]
    deactivated: bool

    def one(self, name: str) -> Term | None:
        """The value of a parameter that may have one only.

        Raises:
            ShapeSyntaxError: it has more.
        """
        result = self.parameters.get(name, [])
        if len(result) > 1:
            raise ShapeSyntaxError(f"{self.node} has more than one sh:{name}")
        return result[0] if result else None

    def number(self, name: str) -> int | None:
        """The value of a parameter that is a whole number."""
        result = self.one(name)
        return int(result.value) if result is not None else None

    def flag(self, name: str) -> bool:
        """Whether a parameter is ``true``, written so: the W3C suite reads no other form as true."""
        return any(term.value == "true" for term in self.parameters.get(name, []))


class ShapesGraph:
    """All shapes of a graph."""

    def __init__(self, triples: Iterable[ox.Triple]) -> None:
        self.triples = list(triples)
        self._statements: dict[Term, dict[str, list[Term]]] = {}
        for triple in self.triples:
            assert isinstance(triple.subject, ox.NamedNode | ox.BlankNode)
            values = self._statements.setdefault(triple.subject, {})
            assert not isinstance(triple.object, ox.Triple)
            values.setdefault(triple.predicate.value, []).append(triple.object)
        self._shapes: dict[Term, Shape] = {}

    def values(self, node: Term, prop: str) -> list[Term]:
        """The objects of one property of a node."""
        return self._statements.get(node, {}).get(prop, [])

    def items(self, node: Term) -> list[Term]:
        """The members of an RDF list.

        Raises:
            ShapeSyntaxError: it is not well-formed.
        """
        result: list[Term] = []
        seen: set[Term] = set()
        while node != _NIL:
            first, rest = self.values(node, RDF + "first"), self.values(node, RDF + "rest")
            if len(first) != 1 or len(rest) != 1 or node in seen:
                raise ShapeSyntaxError(f"{node} is not a well-formed list")
            seen.add(node)
            result.append(first[0])
            node = rest[0]
        return result

    def nodes(self) -> list[Term]:
        """Everything the graph says something about."""
        return list(self._statements)

    def description(self, node: Term) -> Iterator[ox.Triple]:
        """What the graph says about a blank node and the blank nodes it leads to."""
        if isinstance(node, ox.BlankNode):
            for prop, values in self._statements.get(node, {}).items():
                for value in values:
                    yield ox.Triple(node, ox.NamedNode(prop), value)
                    yield from self.description(value)

    @cached_property
    def _class_classes(self) -> set[str]:
        result = {RDFS + "Class"}
        while True:
            wider = {
                subject.value
                for subject, values in self._statements.items()
                if any(term.value in result for term in values.get(RDFS + "subClassOf", []))
            } - result
            if not wider:
                return result
            result |= wider

    @cached_property
    def custom(self) -> frozenset[str]:
        """The parameters of constraint components that the graph itself declares (SHACL, 6.2.1)."""
        declared = [node for values in self._statements.values() for node in values.get(SH + "parameter", [])]
        return frozenset(path.value for node in declared for path in self.values(node, SH + "path"))

    def parents(self, shape: Term) -> list[Term]:
        """The shapes that have this one as a property shape."""
        return [node for node, values in self._statements.items() if shape in values.get(SH + "property", [])]

    def roots(self) -> list[Shape]:
        """The shapes with targets of their own, by name."""
        result = [
            node
            for node, values in self._statements.items()
            if any(SH + name in values for name in _TARGETS) or self.is_class(node)
        ]
        return [self.shape(node) for node in sorted(result, key=str)]

    def is_class(self, node: Term) -> bool:
        """Whether a shape is a class too, and so has its instances as targets (SHACL, 2.1.3.3)."""
        types = {term.value for term in self.values(node, TYPE)}
        return bool(
            types & self._class_classes
            and types & {SH + "NodeShape", SH + "PropertyShape"}
            and isinstance(node, ox.NamedNode)
        )

    def shape(self, node: Term) -> Shape:
        """The shape of this node.

        Raises:
            ShapeSyntaxError: it has two paths, or one that is none.
        """
        if node not in self._shapes:
            statements = self._statements.get(node, {})
            parameters = {name.removeprefix(SH): values for name, values in statements.items()}
            paths = parameters.get("path", [])
            if len(paths) > 1:
                raise ShapeSyntaxError(f"{node} has more than one sh:path")
            severity = parameters.get("severity", [ox.NamedNode(SH + "Violation")])[0]
            messages = sorted(parameters.get("message", []), key=str)
            self._shapes[node] = Shape(
                node,
                self.path(paths[0]) if paths else None,
                parameters,
                severity.value,
                tuple(message for message in messages if isinstance(message, ox.Literal)),
                any(term.value in ("true", "1") for term in parameters.get("deactivated", [])),
            )
        return self._shapes[node]

    def path(self, node: Term) -> Path:
        """The property path of this node.

        Raises:
            ShapeSyntaxError: it is none.
        """
        if isinstance(node, ox.NamedNode) and node != _NIL:
            return Path(node, f"<{node.value}>", node.value, first=(node.value,))
        if self.values(node, RDF + "first"):
            steps = [self.path(item) for item in self.items(node)]
            text = f"({'/'.join(step.text for step in steps)})"
            return Path(node, text, first=steps[0].first, bounded=all(step.bounded for step in steps))
        if inverse := self.values(node, SH + "inversePath"):
            nested = self.path(inverse[0])
            plain = nested.predicate if not nested.inverse else ""
            return Path(node, f"^({nested.text})", plain, inverse=bool(plain), bounded=nested.bounded)
        if alternatives := self.values(node, SH + "alternativePath"):
            ways = tuple(self.path(item) for item in self.items(alternatives[0]))
            text = f"({'|'.join(way.text for way in ways)})"
            first = tuple(dict.fromkeys(name for way in ways for name in way.first))
            return Path(node, text, alternatives=ways, first=first, bounded=all(way.bounded for way in ways))
        for name, mark in _REPEATED.items():
            if repeated := self.values(node, SH + name):
                nested = self.path(repeated[0])
                return Path(node, f"({nested.text}){mark}", first=nested.first, bounded=False)
        raise ShapeSyntaxError(f"{node} is not a property path")

    def prefixes(self, node: Term) -> dict[str, str]:
        """The prefixes that a SPARQL constraint declares through sh:prefixes (SHACL, 5.2.1)."""
        result = {}
        for source in self.values(node, SH + "prefixes"):
            for declared in self.values(source, SH + "declare"):
                name, namespace = (
                    self.values(declared, SH + "prefix"),
                    self.values(declared, SH + "namespace"),
                )
                if name and namespace:
                    result[name[0].value] = namespace[0].value
        return result


def packaged() -> list[ox.Triple]:
    """The shapes of this version of the product, with the declared prefixes their queries use."""
    root = files("policytrace")
    sources = [root / "ontology" / "prefixes.ttl"]
    sources += sorted((root / "shapes").iterdir(), key=lambda entry: entry.name)
    result = []
    for source in sources:
        if source.name.endswith(".ttl"):
            quads = ox.parse(source.read_bytes(), format=ox.RdfFormat.TURTLE, rename_blank_nodes=True)
            result += [quad.triple for quad in quads]
    return result


def title(node: Term) -> str:
    """A short name of a shape for people."""
    return f"ptsh:{node.value.removeprefix(PTSH)}" if node.value.startswith(PTSH) else str(node)
