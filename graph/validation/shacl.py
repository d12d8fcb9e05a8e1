"""SHACL constraints as SPARQL: what a shape forbids, asked of a whole graph at once.

Every query binds ``?this``, the focus node, and most bind ``?value``.
Source: SHACL (W3C, 2017): the validators of section 4 and of section 5, constraints in SPARQL.
"""

import re
from collections.abc import Sequence

from policytrace.graph.validation.shapes import TYPE, Path, Shape, ShapesGraph, Term
from policytrace.graph.validation.targets import NotCompiledError, Scope, constant
from policytrace.graph.vocabulary.terms import RDFS, SH

_ALL = 1 << 60
"""A limit that nothing reaches; it keeps the engine from moving a costly filter to meet every row."""


def pairs(shape: Shape, scope: Scope, condition: str = "", *, extra: str = "", select: str = "") -> str:
    """A query for focus nodes and values that meet a condition over ``?this`` and ``?value``.

    ``extra`` are further patterns, ``select`` further columns.
    """
    chosen = f"FILTER({condition})" if condition else ""
    head = f"SELECT DISTINCT ?this ?value {select} WHERE {{"
    if shape.path is None:
        return f"{head} {scope.distinct()} BIND(?this AS ?value) {extra} {chosen} }}"
    if result := scope.along(shape.path):
        nested = f"{result[0]} . {extra} {chosen}"
        if not result[1]:
            return f"{head} {nested} }}"
        return f"{head} {{ SELECT ?this ?value WHERE {{ {nested} }} LIMIT {_ALL} }} FILTER({result[1]}) }}"
    return f"{head} {joined(scope, shape.path)} . {extra} {chosen} }}"


def joined(scope: Scope, path: Path, value: str = "?value") -> str:
    """The nodes of a scope with their values along a path."""
    return f"{scope.distinct()} {path.triple('?this', value)}"


def nodes_without_values(path: Path, scope: Scope) -> str:
    """Focus nodes without any value."""
    if path.predicate and scope.narrow(path.predicate):
        none = f"FILTER NOT EXISTS {{ {path.triple('?this', '?value')} }}"
    else:
        none = " ".join(
            f"MINUS {{ {way.triple('?this', '?value') if way.bounded else joined(scope, way)} }}"
            for way in path.alternatives or (path,)
        )
    return f"SELECT ?this WHERE {{ {scope.distinct()} {none} }}"


def counts(path: Path, scope: Scope, more_than: int = 0) -> str:
    """Focus nodes with more than so many values, and how many."""
    if result := scope.along(path):
        nested = (
            f"SELECT ?this (COUNT(*) AS ?n) WHERE {{ {result[0]} }} "
            f"GROUP BY ?this HAVING (COUNT(*) > {more_than}) LIMIT {_ALL}"
        )
        chosen = f"FILTER({result[1]})" if result[1] else ""
        return f"SELECT ?this ?n WHERE {{ {{ {nested} }} {chosen} }}"
    return (
        f"SELECT ?this (COUNT(DISTINCT ?value) AS ?n) WHERE {{ {joined(scope, path)} }} "
        f"GROUP BY ?this HAVING (COUNT(DISTINCT ?value) > {more_than})"
    )


def without_value(shape: Shape, scope: Scope, wanted: Term) -> str:
    """Focus nodes that have not the wanted value among theirs."""
    term = constant(wanted)
    if shape.path is None:
        return f"SELECT ?this WHERE {{ {scope.distinct()} FILTER(!sameTerm(?this, {term})) }}"
    plain = shape.path.triple("?this", term)
    there = plain if shape.path.bounded else joined(scope, shape.path, term)
    return f"SELECT ?this WHERE {{ {scope.distinct()} MINUS {{ {there} }} }}"


def shared_languages(path: Path, scope: Scope) -> str:
    """Focus nodes with two values in one language, once for each language."""
    return (
        f"SELECT ?this ?tag WHERE {{ {joined(scope, path)} . "
        "BIND(LCASE(LANG(?value)) AS ?tag) FILTER(BOUND(?tag) && ?tag != '') } "
        "GROUP BY ?this ?tag HAVING (COUNT(DISTINCT ?value) > 1)"
    )


def pair_violations(shape: Shape, scope: Scope, name: str, other: Term) -> list[str]:
    """The queries for sh:equals, sh:disjoint, sh:lessThan and sh:lessThanOrEquals."""
    there = f"?this <{other.value}> ?value"
    if name == "disjoint":
        return [pairs(shape, scope, extra=there + " .")]
    if name == "equals":
        own = f"{scope.distinct()} BIND(?this AS ?value)" if shape.path is None else joined(scope, shape.path)
        others = f"{scope.distinct()} {there}"
        return [
            pairs(shape, scope, f"NOT EXISTS {{ {there} }}"),
            f"SELECT DISTINCT ?this ?value WHERE {{ {others} MINUS {{ {own} }} }}",
        ]
    sign = "<" if name == "lessThan" else "<="
    extra = f"?this <{other.value}> ?other ."
    return [pairs(shape, scope, f"!COALESCE(?value {sign} ?other, false)", extra=extra)]


def closed(shape: Shape, scope: Scope, allowed: Sequence[str]) -> str:
    """Statements about a node that its closed shape does not name."""
    known = ", ".join(f"<{iri}>" for iri in allowed)
    result = f"!(?path = <{TYPE}> && ?value = <{RDFS}Resource>)"
    result += f" && ?path NOT IN ({known})" if known else ""
    if shape.path is None:
        body = f"{scope.distinct()} ?this ?path ?value ."
    else:
        body = f"{joined(scope, shape.path, '?node')} . ?node ?path ?value ."
    return f"SELECT DISTINCT ?this ?path ?value WHERE {{ {body} FILTER({result}) }}"


_WORDS = re.compile(r"\b(UNION|MINUS|VALUES|SERVICE|GRAPH|GROUP|HAVING|LIMIT|OFFSET|FROM)\b", re.IGNORECASE)
_QUOTED = re.compile(r"\"(?:[^\"\\]|\\.)*\"|'(?:[^'\\]|\\.)*'|<[^<>\s]*>|#[^\n]*")
_BEFORE_BRACE = re.compile(r"(\S+)\s*\{")


def select(shapes: ShapesGraph, shape: Shape, constraint: Term, scope: Scope) -> str:
    """A SPARQL constraint as one query over the whole scope instead of one for each focus node.

    Raises:
        NotCompiledError: its meaning may depend on the focus node being bound beforehand.
    """
    result = shapes.values(constraint, SH + "select")
    if len(result) != 1:
        raise NotCompiledError("a SPARQL constraint needs one sh:select")
    text = result[0].value.replace("$this", "?this").replace("$value", "?value")
    if "$PATH" in text:
        if shape.path is None:
            raise NotCompiledError("$PATH stands in a shape without a path")
        text = text.replace("$PATH", shape.path.text)
    bare = _QUOTED.sub(" ", text)
    nested = [match[1].upper() for match in _BEFORE_BRACE.finditer(bare)][1:]
    head, brace, _ = text.partition("{")
    if (
        _WORDS.search(bare)
        or "$" in bare
        or bare.upper().count("SELECT") != 1
        or re.search(r"\bAS\s+\?this\b", bare, re.IGNORECASE)
        or not {*nested} <= {"EXISTS", "OPTIONAL"}
        or not brace
    ):
        raise NotCompiledError("a SPARQL constraint is not a plain group of patterns")
    declared = "".join(f"PREFIX {name}: <{iri}>\n" for name, iri in shapes.prefixes(constraint).items())
    return f"{declared}{head}{{ {scope.distinct()} {text[len(head) + 1 :]}"
