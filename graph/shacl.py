"""SHACL constraints as SPARQL: what a shape forbids, written as patterns and filters over a whole graph.

Every query binds ``?this``, the focus node, and most bind ``?value``.
Source: SHACL, W3C Recommendation, 2017.
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import pyoxigraph as ox

from policytrace.graph.shapes import TYPE, Path, Shape, ShapesGraph, Term
from policytrace.graph.terms import SH, XSD

Classes = Callable[[str], Sequence[str]]
"""Gives a class and all its sub-classes, as IRIs."""


class NotCompiledError(Exception):
    """A constraint that cannot be compiled without a change of meaning; the message says why."""


_SUBTYPES = ("byte", "short", "int", "long", "unsignedByte", "unsignedShort", "unsignedInt", "unsignedLong")
NOT_KEPT = frozenset(
    XSD + name
    for name in (*_SUBTYPES, "positiveInteger", "negativeInteger", "nonPositiveInteger", "nonNegativeInteger")
)
"""Datatypes that Oxigraph turns into xsd:integer when it stores a literal."""

_WELL_FORMED = {
    "integer": "(isNumeric(?value) || REGEX(STR(?value), '^[+-]?[0-9]+$'))",
    "decimal": r"(isNumeric(?value) || REGEX(STR(?value), '^[+-]?([0-9]+([.][0-9]*)?|[.][0-9]+)$'))",
    "boolean": "(STR(?value) IN ('true', 'false', '1', '0'))",
} | {
    name: f"(STR(<{XSD}{name}>(STR(?value))) != '')"
    for name in ("date", "dateTime", "time", "double", "float")
}

_KINDS = {
    "IRI": "isIRI(?value)",
    "BlankNode": "isBLANK(?value)",
    "Literal": "isLITERAL(?value)",
    "BlankNodeOrIRI": "!isLITERAL(?value)",
    "BlankNodeOrLiteral": "!isIRI(?value)",
    "IRIOrLiteral": "!isBLANK(?value)",
}
_BOUNDS = {"minInclusive": ">=", "minExclusive": ">", "maxInclusive": "<=", "maxExclusive": "<"}


def component(name: str) -> str:
    """The IRI of the constraint component of a parameter such as ``minCount``."""
    return f"{SH}{name[0].upper()}{name[1:]}ConstraintComponent"


def constant(term: Term) -> str:
    """A term of a shapes graph as SPARQL text.

    Raises:
        NotCompiledError: a blank node, which no query can name.
    """
    if isinstance(term, ox.BlankNode):
        raise NotCompiledError("a blank node stands where a query needs a name")
    return str(term)


@dataclass(frozen=True, slots=True)
class Scope:
    """The nodes that a shape is checked on.

    ``pattern`` gives SPARQL that binds the named variable to them; ``test`` a condition that holds for
    exactly them, or is None where only a join would say.
    """

    pattern: Callable[[str], str]
    test: Callable[[str], str] | None = None

    def distinct(self, variable: str = "?this") -> str:
        """The pattern, each node once."""
        return f"{{ SELECT DISTINCT {variable} WHERE {{ {self.pattern(variable)} }} }}"


def targets(shapes: ShapesGraph, shape: Shape, classes: Classes) -> Scope:
    """The scope that the target declarations of a shape span."""
    patterns: list[Callable[[str], str]] = []
    tests: list[Callable[[str], str]] = []
    named = [term.value for term in shape.parameters.get("targetClass", [])]
    named += [shape.node.value] if shapes.is_class(shape.node) else []
    parts = [f"{{v}} <{TYPE}> <{iri}>" for name in named for iri in classes(name)]
    parts += [f"{{v}} <{term.value}> []" for term in shape.parameters.get("targetSubjectsOf", [])]
    parts += [f"[] <{term.value}> {{v}}" for term in shape.parameters.get("targetObjectsOf", [])]
    for part in dict.fromkeys(parts):
        patterns.append(lambda v, part=part: part.replace("{v}", v))  # type: ignore[misc]
        tests.append(lambda v, part=part: f"EXISTS {{ {part.replace('{v}', v)} }}")  # type: ignore[misc]
    if nodes := shape.parameters.get("targetNode"):
        for node in nodes:
            _as_written(node)
        listed = explicit(nodes)
        patterns.append(listed.pattern)
        if listed.test:
            tests.append(listed.test)
    return Scope(
        lambda v: patterns[0](v) if len(patterns) == 1 else " UNION ".join(f"{{ {p(v)} }}" for p in patterns),
        lambda v: f"({' || '.join(t(v) for t in tests)})",
    )


def _as_written(term: Term) -> None:
    if isinstance(term, ox.Literal):
        answer = ox.Store().query(f"SELECT ({term} AS ?kept) WHERE {{}}")
        assert isinstance(answer, ox.QuerySolutions)
        if next(iter(answer))["kept"] != term:
            raise NotCompiledError(f"the engine would write the target {term} in another way")


def explicit(nodes: Sequence[Term]) -> Scope:
    """A scope of listed nodes."""
    terms = [constant(node) for node in nodes]
    return Scope(
        lambda v: f"VALUES {v} {{ {' '.join(terms)} }}",
        lambda v: f"({' || '.join(f'sameTerm({v}, {term})' for term in terms)})",
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


def pairs(shape: Shape, scope: Scope, condition: str = "", *, extra: str = "", select: str = "") -> str:
    """A query for focus nodes and values that meet a condition over ``?this`` and ``?value``.

    ``extra`` are further patterns, ``select`` further columns.
    """
    head = f"SELECT DISTINCT ?this ?value {select} WHERE {{"
    conditions = [condition] if condition else []
    if shape.path is None:
        body = f"{scope.distinct()} BIND(?this AS ?value)"
    elif shape.path.predicate and scope.test:
        body = shape.path.triple("?this", "?value") + " ."
        conditions.append(scope.test("?this"))
    else:
        body = f"{scope.distinct()} {shape.path.triple('?this', '?value')} ."
    found = f"FILTER({' && '.join(f'({c})' for c in conditions)})" if conditions else ""
    return f"{head} {body} {extra} {found} }}"


def value_tests(shapes: ShapesGraph, shape: Shape, classes: Classes) -> list[tuple[str, str]]:
    """Components that look at one value alone, each with the condition under which ``?value`` is wrong."""
    found = []
    for name, make in VALUE_TESTS.items():
        for term in shape.parameters.get(name, []):
            found.append((component(name), make(shapes, shape, term, name, classes)))
    return found


def _class(shapes: ShapesGraph, shape: Shape, term: Term, name: str, classes: Classes) -> str:
    return " && ".join(f"NOT EXISTS {{ ?value <{TYPE}> <{iri}> }}" for iri in classes(term.value))


def _datatype(shapes: ShapesGraph, shape: Shape, term: Term, name: str, classes: Classes) -> str:
    if term.value in NOT_KEPT:
        raise NotCompiledError(f"the store keeps {term} as xsd:integer")
    shape.one(name)
    well_formed = _WELL_FORMED.get(term.value.removeprefix(XSD), "true") if XSD in term.value else "true"
    return f"!COALESCE(DATATYPE(?value) = {term} && {well_formed}, false)"


def _node_kind(shapes: ShapesGraph, shape: Shape, term: Term, name: str, classes: Classes) -> str:
    return f"!({_KINDS[term.value.removeprefix(SH)]})"


def _bound(shapes: ShapesGraph, shape: Shape, term: Term, name: str, classes: Classes) -> str:
    return f"!COALESCE(?value {_BOUNDS[name]} {constant(term)}, false)"


def _length(shapes: ShapesGraph, shape: Shape, term: Term, name: str, classes: Classes) -> str:
    wrong = "<" if name == "minLength" else ">"
    return f"COALESCE(isBLANK(?value) || STRLEN(STR(?value)) {wrong} {int(term.value)}, true)"


def _pattern(shapes: ShapesGraph, shape: Shape, term: Term, name: str, classes: Classes) -> str:
    flags = shape.one("flags")
    arguments = f"{ox.Literal(term.value)}, {ox.Literal(flags.value if flags else '')}"
    answer = ox.Store().query(f"SELECT (REGEX('', {arguments}) AS ?known) WHERE {{}}")
    assert isinstance(answer, ox.QuerySolutions)
    if next(iter(answer))["known"] is None:
        raise NotCompiledError(f"the engine does not know the regular expression {term}")
    return f"!COALESCE(REGEX(STR(?value), {arguments}), false)"


def _language_in(shapes: ShapesGraph, shape: Shape, term: Term, name: str, classes: Classes) -> str:
    ranges = [f"LANGMATCHES(LANG(?value), {item})" for item in shapes.items(term)]
    return f"!COALESCE({' || '.join(ranges) or 'false'}, false)"


def _in(shapes: ShapesGraph, shape: Shape, term: Term, name: str, classes: Classes) -> str:
    members = [f"sameTerm(?value, {constant(item)})" for item in shapes.items(term)]
    return f"!({' || '.join(members) or 'false'})"


VALUE_TESTS: dict[str, Callable[[ShapesGraph, Shape, Term, str, Classes], str]] = {
    "class": _class,
    "datatype": _datatype,
    "nodeKind": _node_kind,
    **dict.fromkeys(_BOUNDS, _bound),
    "minLength": _length,
    "maxLength": _length,
    "pattern": _pattern,
    "languageIn": _language_in,
    "in": _in,
}


def few(shape: Shape, path: Path, scope: Scope) -> str:
    """Focus nodes without any value."""
    if path.predicate:
        having = path.triple("?this", "?v")
        return f"SELECT DISTINCT ?this WHERE {{ {scope.pattern('?this')} MINUS {{ {having} }} }}"
    return (
        f"SELECT DISTINCT ?this WHERE {{ {scope.distinct()} "
        f"MINUS {{ {scope.distinct()} {path.triple('?this', '?v')} }} }}"
    )


def counts(path: Path, scope: Scope, more_than: int = 0) -> str:
    """Focus nodes with more than so many values, and how many."""
    if path.predicate and scope.test:
        inner = (
            f"SELECT ?this (COUNT(*) AS ?n) WHERE {{ {path.triple('?this', '?value')} }} "
            f"GROUP BY ?this HAVING (COUNT(*) > {more_than})"
        )
        return f"SELECT ?this ?n WHERE {{ {{ {inner} }} FILTER({scope.test('?this')}) }}"
    having = f"{scope.distinct()} {path.triple('?this', '?value')}"
    return (
        f"SELECT ?this (COUNT(DISTINCT ?value) AS ?n) WHERE {{ {having} }} "
        f"GROUP BY ?this HAVING (COUNT(DISTINCT ?value) > {more_than})"
    )


def without_value(shape: Shape, scope: Scope, wanted: Term) -> str:
    """Focus nodes that have not the wanted value among theirs."""
    term = constant(wanted)
    if shape.path is None:
        return f"SELECT ?this WHERE {{ {scope.distinct()} FILTER(!sameTerm(?this, {term})) }}"
    if shape.path.predicate:
        there = shape.path.triple("?this", term)
    else:
        there = f"{scope.distinct()} {shape.path.triple('?this', term)}"
    return f"SELECT DISTINCT ?this WHERE {{ {scope.distinct()} MINUS {{ {there} }} }}"


def shared_languages(path: Path, scope: Scope) -> str:
    """Focus nodes with two values in one language, once for each language."""
    return (
        f"SELECT ?this ?tag WHERE {{ {scope.distinct()} {path.triple('?this', '?value')} . "
        "BIND(LCASE(LANG(?value)) AS ?tag) FILTER(BOUND(?tag) && ?tag != '') } "
        "GROUP BY ?this ?tag HAVING (COUNT(DISTINCT ?value) > 1)"
    )


def compared(shape: Shape, scope: Scope, name: str, other: Term) -> list[str]:
    """The queries for sh:equals, sh:disjoint, sh:lessThan and sh:lessThanOrEquals."""
    there = f"?this <{other.value}> ?value"
    if name == "disjoint":
        return [pairs(shape, scope, extra=there + " .")]
    if name == "equals":
        other_shape = Shape(
            shape.node, Path(other, f"<{other.value}>", other.value), {}, shape.severity, (), False
        )
        return [
            pairs(shape, scope, f"NOT EXISTS {{ {there} }}"),
            pairs(other_shape, scope, extra=f"MINUS {{ {_any(shape, scope)} }}"),
        ]
    sign = "<" if name == "lessThan" else "<="
    return [
        pairs(
            shape,
            scope,
            f"!COALESCE(?value {sign} ?other, false)",
            extra=f"?this <{other.value}> ?other .",
        )
    ]


def _any(shape: Shape, scope: Scope) -> str:
    if shape.path is None:
        return f"{scope.distinct()} BIND(?this AS ?value)"
    if shape.path.predicate:
        return shape.path.triple("?this", "?value")
    return f"{scope.distinct()} {shape.path.triple('?this', '?value')}"


def closed(shape: Shape, scope: Scope, allowed: Sequence[str]) -> str:
    """Statements about a node that its closed shape does not name."""
    known = ", ".join(f"<{iri}>" for iri in allowed)
    ignored = f"!(?path = <{TYPE}> && ?value = <http://www.w3.org/2000/01/rdf-schema#Resource>)"
    found = f"{ignored} && ?path NOT IN ({known})" if known else ignored
    if shape.path is None:
        body = f"{scope.distinct()} ?this ?path ?value ."
    else:
        body = f"{scope.distinct()} {shape.path.triple('?this', '?node')} . ?node ?path ?value ."
    return f"SELECT DISTINCT ?this ?path ?value WHERE {{ {body} FILTER({found}) }}"


_WORDS = re.compile(r"\b(UNION|MINUS|VALUES|SERVICE|GRAPH|GROUP|HAVING|LIMIT|OFFSET|FROM)\b", re.IGNORECASE)
_QUOTED = re.compile(r"\"(?:[^\"\\]|\\.)*\"|'(?:[^'\\]|\\.)*'|<[^<>\s]*>|#[^\n]*")
_BEFORE_BRACE = re.compile(r"(\S+)\s*\{")


def select(shapes: ShapesGraph, shape: Shape, constraint: Term, scope: Scope) -> str:
    """A SPARQL constraint as one query over the whole scope instead of one for each focus node.

    Raises:
        NotCompiledError: its meaning may depend on the focus node being bound beforehand.
    """
    found = shapes.values(constraint, SH + "select")
    if len(found) != 1:
        raise NotCompiledError("a SPARQL constraint needs one sh:select")
    text = found[0].value.replace("$this", "?this").replace("$value", "?value")
    if "$PATH" in text:
        if shape.path is None:
            raise NotCompiledError("$PATH stands in a shape without a path")
        text = text.replace("$PATH", shape.path.text)
    bare = _QUOTED.sub(" ", text)
    words = [match[1].upper() for match in _BEFORE_BRACE.finditer(bare)]
    head, brace, _ = text.partition("{")
    if (
        _WORDS.search(bare)
        or "$" in bare
        or bare.upper().count("SELECT") != 1
        or re.search(r"\bAS\s+\?this\b", bare, re.IGNORECASE)
        or words[1:] != [word for word in words[1:] if word in ("EXISTS", "OPTIONAL")]
        or not brace
    ):
        raise NotCompiledError("a SPARQL constraint is not a plain group of patterns")
    declared = "".join(f"PREFIX {name}: <{iri}>\n" for name, iri in shapes.prefixes(constraint).items())
    return f"{declared}{head}{{ {scope.distinct()} {text[len(head) + 1 :]}"
