"""Constraints that one query settles: conditions on values, counts, comparisons, closed shapes, SPARQL."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

import pyoxigraph as ox

from policytrace.graph.validation import shacl
from policytrace.graph.validation.conditions import (
    CONDITIONS,
    component,
    constraints,
    required_patterns,
    violation,
)
from policytrace.graph.validation.data_graph import DataGraph
from policytrace.graph.validation.results import NodeResult, fill_message, node_result
from policytrace.graph.validation.shapes import Shape, ShapesGraph
from policytrace.graph.validation.targets import Scope, any_of
from policytrace.graph.vocabulary.terms import SH


@dataclass(frozen=True, slots=True)
class Check:
    """A shape to be checked on a scope of a graph."""

    data: DataGraph
    shapes: ShapesGraph
    shape: Shape
    scope: Scope


_WRONG = "The value is not as this rule asks."


def conditions(c: Check) -> Iterator[NodeResult]:
    """All constraints that one value settles, in as few queries as possible."""
    tests = []
    for constraint in constraints(c.shapes, c.data, c.shape):
        without = required_patterns(constraint) if c.shape.path is not None else None
        if without is not None:
            taken = " ".join(f"MINUS {{ {triple} }}" for triple in without)
            for this, value in c.data.rows(shacl.pairs(c.shape, c.scope, extra=taken)):
                yield node_result(c.shape, constraint.component, this, value, _WRONG)
        elif (condition := violation(constraint)) is not None:
            tests.append((constraint.component, condition))
    if not tests:
        return
    flags = " ".join(f"({condition} AS ?b{n})" for n, (_, condition) in enumerate(tests))
    any_wrong = any_of([condition for _, condition in tests])
    query = shacl.pairs(c.shape, c.scope, any_wrong, select=flags if len(tests) > 1 else "")
    for this, value, *flagged in c.data.rows(query):
        for n, (by, _) in enumerate(tests):
            if not flagged or (flagged[n] is not None and flagged[n].value == "true"):
                yield node_result(c.shape, by, this, value, _WRONG)


def _min_count(c: Check, name: str) -> Iterator[NodeResult]:
    wanted = c.shape.number("minCount") or 0
    if c.shape.path is None or wanted < 1:
        return
    if wanted == 1:
        lacks = {row[0] for row in c.data.rows(shacl.nodes_without_values(c.shape.path, c.scope))}
    else:
        enough = {row[0] for row in c.data.rows(shacl.counts(c.shape.path, c.scope, wanted - 1))}
        lacks = c.data.nodes(c.scope) - enough
    for this in lacks:
        yield node_result(c.shape, component(name), this, message=f"Fewer than {wanted} values.")


def _max_count(c: Check, name: str) -> Iterator[NodeResult]:
    allowed = c.shape.number("maxCount")
    if c.shape.path is None or allowed is None:
        return
    for row in c.data.rows(shacl.counts(c.shape.path, c.scope, allowed)):
        yield node_result(c.shape, component(name), row[0], message=f"More than {allowed} values.")


def _has_value(c: Check, name: str) -> Iterator[NodeResult]:
    for wanted in c.shape.parameters["hasValue"]:
        for row in c.data.rows(shacl.without_value(c.shape, c.scope, wanted)):
            yield node_result(c.shape, component(name), row[0], message=f"{wanted} is not among the values.")


def _compared(c: Check, name: str) -> Iterator[NodeResult]:
    for other in c.shape.parameters[name]:
        message = f"The values and those of {other} do not agree."
        for query in shacl.pair_violations(c.shape, c.scope, name, other):
            for this, value in c.data.rows(query):
                yield node_result(c.shape, component(name), this, value, message)


def _unique_lang(c: Check, name: str) -> Iterator[NodeResult]:
    if c.shape.path is not None and c.shape.flag("uniqueLang"):
        for this, tag in c.data.rows(shacl.shared_languages(c.shape.path, c.scope)):
            message = f"More than one value in the language {tag.value}."
            yield node_result(c.shape, component(name), this, message=message)


def _closed(c: Check, name: str) -> Iterator[NodeResult]:
    if not c.shape.flag("closed"):
        return
    nested = [c.shapes.shape(node).path for node in c.shape.parameters.get("property", [])]
    allowed = [path.node.value for path in nested if path and isinstance(path.node, ox.NamedNode)]
    for listed in c.shape.parameters.get("ignoredProperties", []):
        allowed += [item.value for item in c.shapes.items(listed)]
    for this, prop, value in c.data.rows(shacl.closed(c.shape, c.scope, allowed)):
        result = node_result(c.shape, component(name), this, value, "This property is not expected here.")
        yield NodeResult(this, replace(result.result, path=c.shapes.path(prop)))


def _sparql(c: Check, name: str) -> Iterator[NodeResult]:
    for constraint in c.shape.parameters["sparql"]:
        if any(term.value == "true" for term in c.shapes.values(constraint, SH + "deactivated")):
            continue
        own = [m for m in c.shapes.values(constraint, SH + "message") if isinstance(m, ox.Literal)]
        for row in c.data.solutions(shacl.select(c.shapes, c.shape, constraint, c.scope)):
            this, path = row["this"], row.get("path")
            value = row.get("value") or (this if c.shape.path is None else None)
            result = node_result(c.shape, SH + "SPARQLConstraintComponent", this, value).result
            yield NodeResult(
                this,
                replace(
                    result,
                    messages=tuple(fill_message(message, row) for message in (*own, *c.shape.messages)),
                    path=c.shapes.path(path) if path is not None else result.path,
                ),
            )


LEAVES: dict[str, Callable[[Check, str], Iterator[NodeResult]]] = {
    "minCount": _min_count,  # SHACL, 4.2.1
    "maxCount": _max_count,  # 4.2.2
    "hasValue": _has_value,  # 4.8.2
    **dict.fromkeys(("equals", "disjoint", "lessThan", "lessThanOrEquals"), _compared),  # 4.5
    "uniqueLang": _unique_lang,  # 4.4.5
    "closed": _closed,  # 4.8.1
    "sparql": _sparql,  # 5
}
"""Parameter to the check of it; ``conditions`` sees to those of ``CONDITIONS``."""

SETTLED = frozenset((*LEAVES, *CONDITIONS))
"""Parameters that this module checks, some of them only where a shape they name needs no join."""
