"""Check shapes on a graph: leaves by query, what names other shapes by algebra on the nodes that fail."""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator

import pyoxigraph as ox

from policytrace.graph.validation import shacl
from policytrace.graph.validation.conditions import Constraint, component, violation
from policytrace.graph.validation.constraints import LEAVES, SETTLED, Check, conditions
from policytrace.graph.validation.data_graph import DataGraph
from policytrace.graph.validation.results import NodeResult, Result, node_result
from policytrace.graph.validation.shapes import Shape, ShapesGraph, Term
from policytrace.graph.validation.targets import NotCompiledError, Scope, explicit, targets, values
from policytrace.graph.vocabulary.terms import SH

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
_WRONG = "The value does not conform to the shape asked for."


class Conformance:
    """Checks shapes on a data graph."""

    def __init__(self, data: DataGraph, shapes: ShapesGraph) -> None:
        self.data = data
        self.shapes = shapes
        self._algebra: dict[str, Callable[[Shape, Scope, str], Iterator[NodeResult]]] = {
            "property": self._property,  # SHACL, 4.7.2
            "node": self._node,  # 4.7.1
            "not": self._node,  # 4.6.1
            **dict.fromkeys(("and", "or", "xone"), self._logical),  # 4.6.2 to 4.6.4
            "qualifiedValueShape": self._qualified,  # 4.7.3
        }

    def check_root(self, shape: Shape) -> list[Result]:
        """The results of a shape on its own targets, each once.

        Raises:
            NotCompiledError: a constraint of it, or of a shape it refers to, cannot be compiled.
        """
        self._compilable(shape)
        scope = targets(self.shapes, shape, self.data)
        return list(dict.fromkeys(broken.result for broken in self.check(shape, scope)))

    def _compilable(self, root: Shape) -> None:
        strangers = any(not self.data.mentions(node) for node in root.parameters.get("targetNode", []))
        known = _NOT_CONSTRAINTS | SETTLED | self._algebra.keys()
        for shape in self._reached(root, ()):
            for name in shape.parameters:
                if name not in known and ":" not in name:
                    raise NotCompiledError(f"sh:{name} is not known")
                if name in self.shapes.custom:
                    raise NotCompiledError(f"<{name}> belongs to a constraint component of its own")
            if strangers and shape.path is not None and not shape.path.bounded:
                raise NotCompiledError(
                    "the engine follows no empty path from a node that is not in the graph"
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

    def check(self, shape: Shape, scope: Scope) -> Iterator[NodeResult]:
        """What breaks a shape on a scope; that of a nested shape may hold more nodes than are asked for."""
        if shape.deactivated:
            return
        leaf = Check(self.data, self.shapes, shape, scope)
        yield from conditions(leaf)
        for name in shape.parameters:
            if name in LEAVES:
                yield from LEAVES[name](leaf, name)
            elif name in self._algebra:
                yield from self._algebra[name](shape, scope, name)

    def failing(self, node: Term, scope: Scope) -> set[Term]:
        """The nodes of a scope that do not conform to a shape."""
        return {broken.node for broken in self.check(self.shapes.shape(node), scope)}

    def _property(self, shape: Shape, scope: Scope, name: str) -> Iterator[NodeResult]:
        for node in shape.parameters["property"]:
            nested = self.shapes.shape(node)
            if shape.path is None:
                yield from self.check(nested, scope)
                continue
            results: dict[Term, list[Result]] = {}
            for found in self.check(nested, values(scope, shape.path)):
                results.setdefault(found.node, []).append(found.result)
            for this, value in self._having(shape, scope, set(results)):
                for result in results[value]:
                    yield NodeResult(this, result)

    def _node(self, shape: Shape, scope: Scope, name: str) -> Iterator[NodeResult]:
        nested = _values(shape, scope)
        for node in shape.parameters[name]:
            if not self._settled(shape, name, node):
                failing = self.failing(node, nested)
                if name == "not":
                    failing = self.data.nodes(nested) - failing
                yield from self._wrong(shape, scope, name, failing)

    def _logical(self, shape: Shape, scope: Scope, name: str) -> Iterator[NodeResult]:
        nested = _values(shape, scope)
        for listed in shape.parameters[name]:
            if not self._settled(shape, name, listed):
                members = self.shapes.items(listed)
                failing = self._all(members, nested) if name == "or" else self._some(members, nested, name)
                yield from self._wrong(shape, scope, name, failing)

    def _some(self, members: list[Term], scope: Scope, name: str) -> set[Term]:
        """The nodes that fail any member; for sh:xone those that do not conform to exactly one."""
        failures = Counter(node for member in members for node in self.failing(member, scope))
        if name == "xone" and len(members) > 1:
            one = {node for node, count in failures.items() if count == len(members) - 1}
            return self.data.nodes(scope) - one
        return set(failures)

    def _all(self, members: Iterable[Term], scope: Scope) -> set[Term]:
        """The nodes that fail every member; once few are left, only they are asked about."""
        left: set[Term] | None = None
        for member in members:
            failing = self.failing(member, scope)
            left = failing if left is None else left & failing
            if not left:
                return set()
            if _can_be_listed(left):
                scope = explicit(list(left))
        return left or set()

    def _settled(self, shape: Shape, name: str, term: Term) -> bool:
        return violation(Constraint(self.shapes, self.data, shape, name, term)) is not None

    def _qualified(self, shape: Shape, scope: Scope, name: str) -> Iterator[NodeResult]:
        if shape.path is None:
            return
        minimum, maximum = shape.number("qualifiedMinCount"), shape.number("qualifiedMaxCount")
        nested = values(scope, shape.path)
        for node in shape.parameters[name]:
            failing = self.failing(node, nested)
            for sibling in self._siblings(shape, node):
                failing |= self.data.nodes(nested) - self.failing(sibling, nested)
            pairs = self.data.rows(shacl.pairs(shape, scope))
            counts = Counter(this for this, value in pairs if value not in failing)
            if maximum is not None:
                for this in (this for this, count in counts.items() if count > maximum):
                    by = component("qualifiedMaxCount")
                    yield node_result(shape, by, this, message=f"More than {maximum} such values.")
            if minimum:
                for this in (this for this in self.data.nodes(scope) if counts[this] < minimum):
                    by = component("qualifiedMinCount")
                    yield node_result(shape, by, this, message=f"Fewer than {minimum} such values.")

    def _siblings(self, shape: Shape, own: Term) -> set[Term]:
        if not shape.flag("qualifiedValueShapesDisjoint"):
            return set()
        return {
            sibling
            for parent in self.shapes.parents(shape.node)
            for other in self.shapes.values(parent, SH + "property")
            for sibling in self.shapes.values(other, SH + "qualifiedValueShape")
        } - {own}

    def _wrong(self, shape: Shape, scope: Scope, name: str, failing: set[Term]) -> Iterator[NodeResult]:
        for this, value in self._having(shape, scope, failing):
            yield node_result(shape, component(name), this, value, _WRONG)

    def _having(self, shape: Shape, scope: Scope, sought: set[Term]) -> Iterator[tuple[Term, Term]]:
        """Focus nodes and values, for those values that are sought."""
        if not sought:
            return
        if shape.path is None:
            rows = self.data.rows(f"SELECT ?this (?this AS ?value) WHERE {scope.distinct()}")
        else:
            listed = f"VALUES ?value {{ {' '.join(map(str, sought))} }}" if _can_be_listed(sought) else ""
            rows = self.data.rows(shacl.pairs(shape, scope, extra=listed))
        for this, value in rows:
            if value in sought:
                yield this, value


def _values(shape: Shape, scope: Scope) -> Scope:
    return scope if shape.path is None else values(scope, shape.path)


def _can_be_listed(nodes: set[Term]) -> bool:
    return len(nodes) <= _LISTED and not any(isinstance(node, ox.BlankNode) for node in nodes)
