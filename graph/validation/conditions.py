"""Constraints that one value settles, as SPARQL conditions; among them whole shapes that need no join.

A condition never ends in an error: what cannot be compared or has no datatype is wrong.
Source: SHACL (W3C, 2017), section 4.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

import pyoxigraph as ox

from policytrace.graph.validation.shapes import TYPE, Path, Shape, ShapesGraph, Term
from policytrace.graph.validation.targets import NotCompiledError, Sizes, all_of, any_of, constant, evaluate
from policytrace.graph.vocabulary.terms import SH, XSD

_SUBTYPES = ("byte", "short", "int", "long", "unsignedByte", "unsignedShort", "unsignedInt", "unsignedLong")
NORMALISED_DATATYPES = frozenset(
    XSD + name
    for name in (*_SUBTYPES, "positiveInteger", "negativeInteger", "nonPositiveInteger", "nonNegativeInteger")
)
"""Datatypes that Oxigraph turns into xsd:integer when it stores a literal."""

_WELL_FORMED = {
    "integer": "(isNumeric({v}) || REGEX(STR({v}), '^[+-]?[0-9]+$'))",
    "decimal": "(isNumeric({v}) || REGEX(STR({v}), '^[+-]?([0-9]+([.][0-9]*)?|[.][0-9]+)$'))",
    "boolean": "(STR({v}) IN ('true', 'false', '1', '0'))",
} | {
    name: f"(STR(<{XSD}{name}>(STR({{v}}))) != '')"
    for name in ("date", "dateTime", "time", "double", "float")
}

# SHACL, 4.1.3.
_KINDS = {
    "IRI": "isIRI({v})",
    "BlankNode": "isBLANK({v})",
    "Literal": "isLITERAL({v})",
    "BlankNodeOrIRI": "!isLITERAL({v})",
    "BlankNodeOrLiteral": "!isIRI({v})",
    "IRIOrLiteral": "!isBLANK({v})",
}
# SHACL, 4.3.1 to 4.3.4.
_BOUNDS = {"minInclusive": ">=", "minExclusive": ">", "maxInclusive": "<=", "maxExclusive": "<"}
_DEPTH = 3
"""Conditions within conditions; deeper shapes are evaluated one by one."""


@dataclass(frozen=True, slots=True)
class Constraint:
    """One value of one parameter of a shape, and the SPARQL variable it is asked of."""

    shapes: ShapesGraph
    sizes: Sizes
    shape: Shape
    name: str
    term: Term
    variable: str = "?value"
    depth: int = 0

    def filled(self, text: str) -> str:
        """A template with the variable in it."""
        return text.replace("{v}", self.variable)

    @property
    def component(self) -> str:
        """The IRI of its constraint component."""
        return component(self.name)


def component(name: str) -> str:
    """The IRI of the constraint component of a parameter such as ``minCount``."""
    return f"{SH}{name[0].upper()}{name[1:]}ConstraintComponent"


def constraints(
    shapes: ShapesGraph, sizes: Sizes, shape: Shape, variable: str = "?value"
) -> Iterator[Constraint]:
    """The constraints of a shape that may be settled by one value."""
    for name in CONDITIONS:
        for term in shape.parameters.get(name, []):
            yield Constraint(shapes, sizes, shape, name, term, variable)


def violation(constraint: Constraint) -> str | None:
    """The condition under which a value breaks a constraint; None where one value does not settle it.

    Raises:
        NotCompiledError: the constraint cannot be compiled at all.
    """
    return CONDITIONS[constraint.name](constraint)


def _class(c: Constraint) -> str:
    return all_of([f"NOT EXISTS {{ {triple} }}" for triple in _typed(c)])


def _typed(c: Constraint) -> list[str]:
    return [f"{c.variable} <{TYPE}> <{iri}>" for iri in c.sizes.classes(c.term.value)]


def required_patterns(c: Constraint) -> list[str] | None:
    """The patterns of which a value must match one, where a constraint asks for nothing else.

    Such a constraint is settled much faster by taking away what matches than by a condition for each value.
    """
    if c.name == "class":
        return _typed(c)
    if c.name != "node":
        return None
    shape = c.shapes.shape(c.term)
    nested = [c.shapes.shape(node) for node in shape.parameters.get("property", [])]
    if len(nested) != 1 or shape.deactivated or nested[0].deactivated or not _asks(shape, "property"):
        return None
    path, wanted = nested[0].path, nested[0].parameters.get("hasValue", [])
    if path is None or not path.predicate or len(wanted) != 1 or not _asks(nested[0], "hasValue"):
        return None
    return [path.triple(c.variable, constant(wanted[0]))]


def _asks(shape: Shape, name: str) -> bool:
    return {key for key in shape.parameters if ":" not in key} - _SILENT == {name}


def _datatype(c: Constraint) -> str:
    c.shape.one(c.name)
    if c.term.value in NORMALISED_DATATYPES:
        raise NotCompiledError(f"the store keeps {c.term} as xsd:integer")
    known = _WELL_FORMED.get(c.term.value.removeprefix(XSD), "true")
    return c.filled(f"!COALESCE(DATATYPE({{v}}) = {c.term} && {known}, false)")


def _node_kind(c: Constraint) -> str:
    return c.filled(f"!({_KINDS[c.term.value.removeprefix(SH)]})")


def _bound(c: Constraint) -> str:
    return f"!COALESCE({c.variable} {_BOUNDS[c.name]} {constant(c.term)}, false)"


def _length(c: Constraint) -> str:
    sign = "<" if c.name == "minLength" else ">"
    return c.filled(f"COALESCE(isBLANK({{v}}) || STRLEN(STR({{v}})) {sign} {int(c.term.value)}, true)")


def _pattern(c: Constraint) -> str:
    flags = c.shape.one("flags")
    arguments = f"{ox.Literal(c.term.value)}, {ox.Literal(flags.value if flags else '')}"
    if evaluate(f"REGEX('', {arguments})") is None:
        raise NotCompiledError(f"the engine does not know the regular expression {c.term}")
    return f"!COALESCE(REGEX(STR({c.variable}), {arguments}), false)"


def _language_in(c: Constraint) -> str:
    ranges = [f"LANGMATCHES(LANG({c.variable}), {item})" for item in c.shapes.items(c.term)]
    return f"!COALESCE({' || '.join(ranges) or 'false'}, false)"


def _in(c: Constraint) -> str:
    return f"!{any_of([f'sameTerm({c.variable}, {constant(item)})' for item in c.shapes.items(c.term)])}"


def _node(c: Constraint) -> str | None:
    condition = _conforming(c, c.term)
    if condition is None:
        return None
    return condition if c.name == "not" else f"!({condition})"


def _logical(c: Constraint) -> str | None:
    result = [_conforming(c, member) for member in c.shapes.items(c.term)]
    conditions = [f"({condition})" for condition in result if condition is not None]
    if len(conditions) < len(result) or not result:
        return None
    if c.name == "xone":
        return f"({' + '.join(f'IF({condition}, 1, 0)' for condition in conditions)}) != 1"
    return f"!({all_of(conditions) if c.name == 'and' else any_of(conditions)})"


CONDITIONS: dict[str, Callable[[Constraint], str | None]] = {
    "class": _class,  # SHACL, 4.1.1
    "datatype": _datatype,  # 4.1.2
    "nodeKind": _node_kind,  # 4.1.3
    **dict.fromkeys(_BOUNDS, _bound),  # 4.3
    "minLength": _length,  # 4.4.1
    "maxLength": _length,  # 4.4.2
    "pattern": _pattern,  # 4.4.3
    "languageIn": _language_in,  # 4.4.4
    "in": _in,  # 4.8.3
    "node": _node,  # 4.7.1
    "not": _node,  # 4.6.1
    "and": _logical,  # 4.6.2
    "or": _logical,  # 4.6.3
    "xone": _logical,  # 4.6.4
}
"""Parameter to the condition under which a value breaks it."""

_SETTLED = frozenset((*CONDITIONS, "property", "hasValue", "minCount", "maxCount", "flags"))
_SILENT = frozenset(("path", "severity", "message", "name", "description", "order", "group", "deactivated"))


def _conforming(c: Constraint, node: Term) -> str | None:
    """The condition under which the variable conforms to a shape; None where it takes a join to know."""
    shape = c.shapes.shape(node)
    if shape.deactivated:
        return "true"
    nested = replace(c, shape=shape, depth=c.depth + 1)
    constrained = {name for name in shape.parameters if ":" not in name} - _SILENT
    if nested.depth > _DEPTH or not constrained <= _SETTLED:
        return None
    parts = _of_node(nested) if shape.path is None else _of_property(nested, shape.path)
    result = list(parts)
    return None if None in result else all_of([part for part in result if part])


def _own(c: Constraint, variable: str) -> Iterator[str | None]:
    for constraint in constraints(c.shapes, c.sizes, c.shape, variable):
        yield violation(replace(constraint, depth=c.depth))


def _of_node(c: Constraint) -> Iterator[str | None]:
    for condition in _own(c, c.variable):
        yield None if condition is None else f"!({condition})"
    for term in c.shape.parameters.get("hasValue", []):
        yield f"sameTerm({c.variable}, {constant(term)})"
    for node in c.shape.parameters.get("property", []):
        yield _conforming(c, node)


def _of_property(c: Constraint, path: Path) -> Iterator[str | None]:
    if not path.predicate or "property" in c.shape.parameters:
        yield None
        return
    value = f"{c.variable}{c.depth}"
    triple = path.triple(c.variable, value)
    for condition in _own(c, value):
        yield None if condition is None else f"NOT EXISTS {{ {triple} FILTER({condition}) }}"
    for term in c.shape.parameters.get("hasValue", []):
        yield f"EXISTS {{ {path.triple(c.variable, constant(term))} }}"
    if minimum := c.shape.number("minCount"):
        yield f"EXISTS {{ {triple} }}" if minimum == 1 else None
    maximum = c.shape.number("maxCount")
    if maximum is not None:
        yield f"NOT EXISTS {{ {triple} }}" if maximum == 0 else None
