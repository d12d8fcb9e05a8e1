"""Run compiled shapes on a store: leaf constraints as queries, the rest as algebra on the nodes that fail."""

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any, NamedTuple

import pyoxigraph as ox

from policytrace.graph import shacl
from policytrace.graph.conditions import CONDITIONS, Constraint, component, constraints, lacking, wrong
from policytrace.graph.scope import NotCompiledError, Scope, either, explicit, targets, values
from policytrace.graph.shapes import TYPE, Path, Shape, ShapesGraph, Term
from policytrace.graph.terms import RDFS, SH

_NOT_CONSTRAINTS = frozenset(
    (
        *("path", "severity", "message", "deactivated"),
        *("targetClass", "targetNode", "targetSubjectsOf", "targetObjectsOf"),
        *("name", "description", "order", "group", "defaultValue", "prefixes", "declare"),
        *("flags", "ignoredProperties"),
        *("qualifiedMinCount", "qualifiedMaxCount", "qualifiedValueShapesDisjoint"),
    )
)
_LISTED = 1000
"""Up to so many nodes are named in a query; more are matched after it."""


@dataclass(frozen=True, slots=True)
class Result:
    """One validation result, with the fields of sh:ValidationResult."""

    focus: Term
    path: Path | None
    value: Term | None
    component: str
    shape: Term
    severity: str
    messages: tuple[ox.Literal, ...]

    @property
    def key(self) -> tuple[str, str, str, str, str, str]:
        """What makes it the same result in another validator's report: all but the message."""
        return (
            str(self.focus),
            self.path.text if self.path else "",
            str(self.value) if self.value is not None else "",
            self.component,
            self.severity,
            str(self.shape),
        )


class Finding(NamedTuple):
    """A result and the node that does not conform because of it."""

    node: Term
    result: Result


class Conformance:
    """Checks shapes on the default graph of a store."""

    def __init__(self, store: ox.Store, shapes: ShapesGraph) -> None:
        self.store = store
        self.shapes = shapes
        self._classes: dict[str, list[str]] = {}
        self._instances: dict[str, int] = {}
        self._read: dict[str, tuple[int, bool]] = {}

    def check_root(self, shape: Shape) -> list[Result]:
        """The results of a shape on its own targets, each once.

        Raises:
            NotCompiledError: a constraint of it, or of a shape it refers to, cannot be compiled.
        """
        self._compilable(shape)
        scope = targets(self.shapes, shape, self)
        return list(dict.fromkeys(finding.result for finding in self.check(shape, scope)))

    def classes(self, iri: str) -> list[str]:
        """A class and its sub-classes in the data."""
        if iri not in self._classes:
            rows = self.rows(f"SELECT DISTINCT ?c WHERE {{ ?c <{RDFS}subClassOf>* <{iri}> }}")
            found = {row[0].value for row in rows if isinstance(row[0], ox.NamedNode)}
            self._classes[iri] = [iri, *sorted(found - {iri})]
        return self._classes[iri]

    def instances(self, classes: Sequence[str]) -> int:
        """How many things are stated to be of these classes; one of two classes counts twice."""
        for iri in classes:
            if iri not in self._instances:
                self._instances[iri] = self._count(f"?s <{TYPE}> <{iri}>")
        return sum(self._instances[iri] for iri in classes)

    def exceeds(self, predicate: str, limit: int) -> bool:
        """Whether more than ``limit`` statements have this predicate; no more are read than needed."""
        count, whole = self._read.get(predicate, (-1, False))
        if count <= limit and not whole:
            count = self._count(f"?s <{predicate}> ?o", limit + 1)
            self._read[predicate] = (count, count <= limit)
        return count > limit

    def _count(self, pattern: str, limit: int | None = None) -> int:
        within = f"{{ SELECT ?s WHERE {{ {pattern} }} LIMIT {limit} }}" if limit else pattern
        (row,) = self.rows(f"SELECT (COUNT(*) AS ?n) WHERE {{ {within} }}")
        return int(row[0].value)

    def rows(self, query: str) -> list[tuple[Term, ...]]:
        """The rows of a SELECT query; all of them, because an answer must end in the thread it began in."""
        answer = self.store.query(query)
        assert isinstance(answer, ox.QuerySolutions)
        return [tuple(row) for row in answer]

    def _solutions(self, query: str) -> list[dict[str, Any]]:
        answer = self.store.query(query)
        assert isinstance(answer, ox.QuerySolutions)
        names = [variable.value for variable in answer.variables]
        return [dict(zip(names, row, strict=True)) for row in answer]

    def _compilable(self, root: Shape) -> None:
        strangers = any(not self._stands(node) for node in root.parameters.get("targetNode", []))
        for shape in self._reached(root, ()):
            for name in shape.parameters:
                if name not in _NOT_CONSTRAINTS and name not in _KNOWN and ":" not in name:
                    raise NotCompiledError(f"sh:{name} is not known")
                if name in self.shapes.custom:
                    raise NotCompiledError(f"<{name}> belongs to a constraint component of its own")
            if strangers and shape.path is not None and not shape.path.bounded:
                raise NotCompiledError(
                    "the engine follows no empty path from a node that is not in the graph"
                )

    def _stands(self, node: Term) -> bool:
        default = ox.DefaultGraph()
        if isinstance(node, ox.Literal):
            found = self.store.quads_for_pattern(None, None, node, default)
            return next(found, None) is not None
        return any(
            next(found, None) is not None
            for found in (
                self.store.quads_for_pattern(node, None, None, default),
                self.store.quads_for_pattern(None, None, node, default),
            )
        )

    def _reached(self, shape: Shape, above: tuple[Term, ...]) -> Iterator[Shape]:
        """A shape and those it refers to, however often."""
        if shape.node in above:
            raise NotCompiledError("it refers to itself")
        yield shape
        for other in self._referred(shape):
            yield from self._reached(self.shapes.shape(other), (*above, shape.node))

    def _referred(self, shape: Shape) -> Iterator[Term]:
        for name in ("property", "node", "not", "qualifiedValueShape"):
            yield from shape.parameters.get(name, [])
        for name in ("and", "or", "xone"):
            for listed in shape.parameters.get(name, []):
                yield from self.shapes.items(listed)

    def check(self, shape: Shape, scope: Scope) -> Iterator[Finding]:
        """What breaks a shape on a scope; that of an inner shape may hold more nodes than are asked for."""
        if shape.deactivated:
            return
        yield from self._conditions(shape, scope)
        for name in _KNOWN.keys() & shape.parameters.keys():
            if handler := _KNOWN[name]:
                yield from handler(self, shape, scope, name)

    def failing(self, node: Term, scope: Scope) -> set[Term]:
        """The nodes of a scope that do not conform to a shape."""
        return {finding.node for finding in self.check(self.shapes.shape(node), scope)}

    def _finding(
        self, shape: Shape, name: str, focus: Term, value: Term | None = None, message: str = ""
    ) -> Finding:
        messages = shape.messages or ((ox.Literal(message),) if message else ())
        by = name if name.startswith(SH) else component(name)
        return Finding(focus, Result(focus, shape.path, value, by, shape.node, shape.severity, messages))

    def _constraint(self, shape: Shape, name: str, term: Term) -> Constraint:
        return Constraint(self.shapes, self, shape, name, term)

    def _conditions(self, shape: Shape, scope: Scope) -> Iterator[Finding]:
        tests = []
        for c in constraints(self.shapes, self, shape):
            without = lacking(c) if shape.path is not None else None
            if without is not None:
                query = shacl.pairs(
                    shape, scope, extra=" ".join(f"MINUS {{ {triple} }}" for triple in without)
                )
                for this, value in self.rows(query):
                    yield self._finding(shape, c.name, this, value, "The value is not as this rule asks.")
            elif (condition := wrong(c)) is not None:
                tests.append((c.component, condition))
        if not tests:
            return
        flags = " ".join(f"({condition} AS ?b{n})" for n, (_, condition) in enumerate(tests))
        query = shacl.pairs(
            shape, scope, either([c for _, c in tests]), select=flags if len(tests) > 1 else ""
        )
        for this, value, *flagged in self.rows(query):
            for n, (by, _) in enumerate(tests):
                if not flagged or (flagged[n] is not None and flagged[n].value == "true"):
                    yield self._finding(shape, by, this, value, "The value is not as this rule asks.")

    def _min_count(self, shape: Shape, scope: Scope, name: str) -> Iterator[Finding]:
        wanted = shape.number("minCount") or 0
        if shape.path is None or wanted < 1:
            return
        found = {row[0] for row in self.rows(shacl.few(shape.path, scope))}
        if wanted > 1:
            enough = {row[0] for row in self.rows(shacl.counts(shape.path, scope, wanted - 1))}
            found = {row[0] for row in self.rows(f"SELECT ?this WHERE {scope.distinct()}")} - enough
        for this in found:
            yield self._finding(shape, name, this, message=f"Fewer than {wanted} values.")

    def _max_count(self, shape: Shape, scope: Scope, name: str) -> Iterator[Finding]:
        allowed = shape.number("maxCount")
        if shape.path is None or allowed is None:
            return
        for row in self.rows(shacl.counts(shape.path, scope, allowed)):
            yield self._finding(shape, name, row[0], message=f"More than {allowed} values.")

    def _has_value(self, shape: Shape, scope: Scope, name: str) -> Iterator[Finding]:
        for wanted in shape.parameters["hasValue"]:
            for row in self.rows(shacl.without_value(shape, scope, wanted)):
                yield self._finding(shape, name, row[0], message=f"{wanted} is not among the values.")

    def _compared(self, shape: Shape, scope: Scope, name: str) -> Iterator[Finding]:
        for other in shape.parameters[name]:
            for query in shacl.compared(shape, scope, name, other):
                for this, value in self.rows(query):
                    yield self._finding(
                        shape, name, this, value, f"The values and those of {other} do not agree."
                    )

    def _unique_lang(self, shape: Shape, scope: Scope, name: str) -> Iterator[Finding]:
        if shape.path is not None and shape.flag("uniqueLang"):
            for this, tag in self.rows(shacl.shared_languages(shape.path, scope)):
                yield self._finding(
                    shape, name, this, message=f"More than one value in the language {tag.value}."
                )

    def _closed(self, shape: Shape, scope: Scope, name: str) -> Iterator[Finding]:
        if not shape.flag("closed"):
            return
        inner = [self.shapes.shape(node).path for node in shape.parameters.get("property", [])]
        allowed = [path.node.value for path in inner if path and isinstance(path.node, ox.NamedNode)]
        for listed in shape.parameters.get("ignoredProperties", []):
            allowed += [item.value for item in self.shapes.items(listed)]
        for this, prop, value in self.rows(shacl.closed(shape, scope, allowed)):
            found = self._finding(shape, name, this, value, "This property is not expected here.")
            yield Finding(this, replace(found.result, path=self.shapes.path(prop)))

    def _property(self, shape: Shape, scope: Scope, name: str) -> Iterator[Finding]:
        for node in shape.parameters["property"]:
            inner = self.shapes.shape(node)
            if shape.path is None:
                yield from self.check(inner, scope)
                continue
            found: dict[Term, list[Result]] = {}
            for finding in self.check(inner, values(scope, shape.path)):
                found.setdefault(finding.node, []).append(finding.result)
            for this, value in self._having(shape, scope, set(found)):
                for result in found[value]:
                    yield Finding(this, result)

    def _having(self, shape: Shape, scope: Scope, sought: set[Term]) -> Iterator[tuple[Term, Term]]:
        """Focus nodes and values, for those values that are sought."""
        if not sought:
            return
        listed = ""
        if len(sought) <= _LISTED and not any(isinstance(term, ox.BlankNode) for term in sought):
            listed = f"VALUES ?value {{ {' '.join(map(str, sought))} }}"
        if shape.path is None:
            rows = self.rows(f"SELECT ?this (?this AS ?value) WHERE {scope.distinct()}")
        else:
            rows = self.rows(shacl.pairs(shape, scope, extra=listed))
        for this, value in rows:
            if value in sought:
                yield this, value

    def _node(self, shape: Shape, scope: Scope, name: str) -> Iterator[Finding]:
        inner = self._value_scope(shape, scope)
        for node in shape.parameters[name]:
            if wrong(self._constraint(shape, name, node)) is None:
                failing = self.failing(node, inner)
                if name == "not":
                    failing = self._nodes(inner) - failing
                yield from self._wrong_values(shape, scope, name, failing)

    def _logical(self, shape: Shape, scope: Scope, name: str) -> Iterator[Finding]:
        inner = self._value_scope(shape, scope)
        for listed in shape.parameters[name]:
            if wrong(self._constraint(shape, name, listed)) is not None:
                continue
            members = self.shapes.items(listed)
            if name == "or":
                failing = self._failing_all(members, inner)
            else:
                failures = Counter(node for member in members for node in self.failing(member, inner))
                failing = set(failures)
                if name == "xone" and len(members) > 1:
                    one = {node for node, count in failures.items() if count == len(members) - 1}
                    failing = self._nodes(inner) - one
            yield from self._wrong_values(shape, scope, name, failing)

    def _failing_all(self, members: Iterable[Term], scope: Scope) -> set[Term]:
        """The nodes that fail every member; once few are left, only they are asked about."""
        left: set[Term] | None = None
        for member in members:
            failing = self.failing(member, scope)
            left = failing if left is None else left & failing
            if not left:
                return set()
            if len(left) <= _LISTED and not any(isinstance(term, ox.BlankNode) for term in left):
                scope = explicit(list(left))
        return left or set()

    def _qualified(self, shape: Shape, scope: Scope, name: str) -> Iterator[Finding]:
        if shape.path is None:
            return
        minimum, maximum = shape.number("qualifiedMinCount"), shape.number("qualifiedMaxCount")
        inner = values(scope, shape.path)
        for node in shape.parameters[name]:
            failing = self.failing(node, inner)
            for sibling in self._siblings(shape, node):
                failing |= self._nodes(inner) - self.failing(sibling, inner)
            counts = Counter(
                this for this, value in self.rows(shacl.pairs(shape, scope)) if value not in failing
            )
            if maximum is not None:
                for this, count in counts.items():
                    if count > maximum:
                        yield self._finding(shape, "qualifiedMaxCount", this, message="Too many such values.")
            if minimum:
                for this in self._nodes(scope):
                    if counts[this] < minimum:
                        yield self._finding(shape, "qualifiedMinCount", this, message="Too few such values.")

    def _siblings(self, shape: Shape, own: Term) -> set[Term]:
        if not shape.flag("qualifiedValueShapesDisjoint"):
            return set()
        return {
            sibling
            for parent in self.shapes.parents(shape.node)
            for other in self.shapes.values(parent, SH + "property")
            for sibling in self.shapes.values(other, SH + "qualifiedValueShape")
        } - {own}

    def _sparql(self, shape: Shape, scope: Scope, name: str) -> Iterator[Finding]:
        for constraint in shape.parameters["sparql"]:
            if any(term.value == "true" for term in self.shapes.values(constraint, SH + "deactivated")):
                continue
            own = [m for m in self.shapes.values(constraint, SH + "message") if isinstance(m, ox.Literal)]
            for row in self._solutions(shacl.select(self.shapes, shape, constraint, scope)):
                this = row["this"]
                value = row.get("value") or (this if shape.path is None else None)
                found = self._finding(shape, "sparql", this, value).result
                messages = tuple(_filled(message, row) for message in (*own, *shape.messages))
                path = row.get("path")
                yield Finding(
                    this,
                    replace(
                        found,
                        component=SH + "SPARQLConstraintComponent",
                        messages=messages,
                        path=self.shapes.path(path) if path is not None else found.path,
                    ),
                )

    def _value_scope(self, shape: Shape, scope: Scope) -> Scope:
        return scope if shape.path is None else values(scope, shape.path)

    def _nodes(self, scope: Scope) -> set[Term]:
        return {row[0] for row in self.rows(f"SELECT ?this WHERE {scope.distinct()}")}

    def _wrong_values(self, shape: Shape, scope: Scope, name: str, failing: set[Term]) -> Iterator[Finding]:
        for this, value in self._having(shape, scope, failing):
            yield self._finding(
                shape, name, this, value, "The value does not conform to the shape asked for."
            )


def _filled(message: ox.Literal, row: dict[str, Term | None]) -> ox.Literal:
    text = message.value
    for name, term in row.items():
        if term is not None:
            text = re.sub(rf"\{{[?$]{name}\}}", lambda _, term=term: term.value, text)  # type: ignore[misc]
    return ox.Literal(text, language=message.language) if message.language else ox.Literal(text)


_KNOWN = {
    **dict.fromkeys(CONDITIONS),
    "minCount": Conformance._min_count,
    "maxCount": Conformance._max_count,
    "hasValue": Conformance._has_value,
    **dict.fromkeys(("equals", "disjoint", "lessThan", "lessThanOrEquals"), Conformance._compared),
    "uniqueLang": Conformance._unique_lang,
    "closed": Conformance._closed,
    "property": Conformance._property,
    "node": Conformance._node,
    "not": Conformance._node,
    **dict.fromkeys(("and", "or", "xone"), Conformance._logical),
    "qualifiedValueShape": Conformance._qualified,
    "sparql": Conformance._sparql,
}
