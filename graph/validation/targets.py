"""The nodes a shape is checked on, as SPARQL: its targets, the values of a path, a list of nodes.

Source: SHACL (W3C, 2017), 2.1.3, targets, and 3.7, value nodes.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

import pyoxigraph as ox

from policytrace.graph.validation.shapes import TYPE, Path, Shape, ShapesGraph, Term


class NotCompiledError(Exception):
    """A constraint that cannot be compiled without a change of meaning; the message says why."""


class Sizes(Protocol):
    """What is worth knowing about a graph before a query is written."""

    def classes(self, iri: str) -> Sequence[str]:
        """A class and its sub-classes."""
        ...

    def instances(self, classes: Sequence[str]) -> int:
        """How many things are stated to be of these classes, at most."""
        ...

    def exceeds(self, predicate: str, limit: int) -> bool:
        """Whether more than ``limit`` statements have this predicate."""
        ...


_LOOKUP = 5
"""One look-up from a node costs about as much as reading so many statements in order."""
_FEW = 8
"""Up to so many nodes are compared one by one."""


@dataclass(frozen=True, slots=True)
class Scope:
    """Nodes to check.

    ``pattern`` gives SPARQL that binds the named variable to them; ``test`` a condition that holds for
    exactly them, or is None where only a join would say; ``narrow`` says of a predicate whether it is
    cheaper to start from the nodes than from all its statements; all subjects of the predicates in
    ``subjects`` lie in the scope.
    """

    pattern: Callable[[str], str]
    test: Callable[[str], str] | None = None
    narrow: Callable[[str], bool] = lambda predicate: False
    subjects: frozenset[str] = frozenset()

    def distinct(self, variable: str = "?this") -> str:
        """The pattern, each node once."""
        return f"{{ SELECT DISTINCT {variable} WHERE {{ {self.pattern(variable)} }} }}"

    def along(self, path: Path) -> tuple[str, str] | None:
        """Pattern and condition for ``?this`` and ``?value`` along a path, the cheaper way round.

        None where the two have to be joined the plain way.
        """
        if not path.predicate or self.test is None or self.narrow(path.predicate):
            return None
        if path.predicate in self.subjects and not path.inverse:
            return path.triple("?this", "?value"), ""
        return path.triple("?this", "?value"), self.test("?this")


def constant(term: Term) -> str:
    """A term of a shapes graph as SPARQL text.

    Raises:
        NotCompiledError: a blank node, which no query can name.
    """
    if isinstance(term, ox.BlankNode):
        raise NotCompiledError("a blank node stands where a query needs a name")
    return str(term)


def targets(shapes: ShapesGraph, shape: Shape, sizes: Sizes) -> Scope:
    """The scope that the target declarations of a shape span."""
    named = [term.value for term in shape.parameters.get("targetClass", [])]
    named += [shape.node.value] if shapes.is_class(shape.node) else []
    classes = list(dict.fromkeys(iri for name in named for iri in sizes.classes(name)))
    subjects = [term.value for term in shape.parameters.get("targetSubjectsOf", [])]
    objects = [term.value for term in shape.parameters.get("targetObjectsOf", [])]
    parts = [f"{{v}} <{TYPE}> <{iri}>" for iri in classes]
    parts += [f"{{v}} <{iri}> []" for iri in subjects] + [f"[] <{iri}> {{v}}" for iri in objects]
    patterns = [_filled(part) for part in parts]
    tests = [_filled(f"EXISTS {{ {part} }}") for part in parts]
    nodes = shape.parameters.get("targetNode", [])
    for node in nodes:
        _as_written(node)
    if nodes:
        terms = [constant(node) for node in nodes]
        patterns.append(lambda v: f"VALUES {v} {{ {' '.join(terms)} }}")
        tests.append(lambda v: f"{v} IN ({', '.join(terms)})")
    if objects or subjects or any(isinstance(node, ox.Literal) for node in nodes):
        return Scope(
            _union(patterns),
            None if any(isinstance(node, ox.Literal) for node in nodes) else _either(tests),
            subjects=frozenset(subjects),
        )
    size = sizes.instances(classes) + len(nodes)
    return Scope(_union(patterns), _either(tests), lambda predicate: sizes.exceeds(predicate, _LOOKUP * size))


def _filled(text: str) -> Callable[[str], str]:
    return lambda v: text.replace("{v}", v)


def _union(patterns: Sequence[Callable[[str], str]]) -> Callable[[str], str]:
    if len(patterns) == 1:
        return patterns[0]
    return lambda v: " UNION ".join(f"{{ {pattern(v)} }}" for pattern in patterns)


def _either(tests: Sequence[Callable[[str], str]]) -> Callable[[str], str]:
    return lambda v: any_of([test(v) for test in tests])


def all_of(conditions: Sequence[str]) -> str:
    """All of the conditions. Unlike ``&&`` it is certain to stop at the first that fails."""
    result = "true"
    for condition in reversed(conditions):
        result = f"({condition})" if result == "true" else f"IF({condition}, {result}, false)"
    return result


def any_of(conditions: Sequence[str]) -> str:
    """Any of the conditions, up to the first that holds."""
    result = "false"
    for condition in reversed(conditions):
        result = f"({condition})" if result == "false" else f"IF({condition}, true, {result})"
    return result


def evaluate(expression: str) -> Term | None:
    """What the engine makes of an expression without variables; None when that is an error."""
    answer = ox.Store().query(f"SELECT ({expression} AS ?value) WHERE {{}}")
    assert isinstance(answer, ox.QuerySolutions)
    (row,) = answer
    value: Term | None = row["value"]
    assert not isinstance(value, ox.Triple)
    return value


def _as_written(term: Term) -> None:
    if isinstance(term, ox.Literal) and evaluate(str(term)) != term:
        raise NotCompiledError(f"the engine would write the target {term} in another way")


def explicit(nodes: Sequence[Term]) -> Scope:
    """A scope of listed nodes."""
    terms = [constant(node) for node in nodes]
    same = [f"sameTerm({{v}}, {term})" for term in terms]
    return Scope(
        lambda v: f"VALUES {v} {{ {' '.join(terms)} }}",
        _either([_filled(text) for text in same]) if len(terms) <= _FEW else None,
        lambda predicate: True,
    )


def values(scope: Scope, path: Path) -> Scope:
    """The values that a path leads to from a scope.

    Along a single property these are all its values, whoever has them: more nodes than asked for do no
    harm, because what is found wrong is joined with the focus nodes again, and no join is needed here.
    """
    if path.predicate:
        return Scope(lambda v: path.triple("[]", v))
    return Scope(
        lambda v: f"{{ SELECT DISTINCT {v} WHERE {{ {scope.distinct(f'{v}o')} {path.triple(f'{v}o', v)} }} }}"
    )
