"""The order in which rdflib joins triple patterns.

rdflib sorts all patterns of a group by what is bound before the first of them, so it may multiply unconnected
ones, and forgets what is bound after the first of several joins. Here every pattern is a join of its own,
taken when most of it is bound; answers stay the same.
"""

from typing import Any

from rdflib.paths import Path
from rdflib.plugins.sparql.parserutils import CompValue
from rdflib.term import BNode, Variable

Bound = frozenset[Variable]
_NOTHING: Bound = frozenset()
_FEWEST = 2
"""Patterns that it takes to have an order."""


def reorder(algebra: CompValue) -> None:
    """Put the triple patterns of every basic graph pattern of a translated query in a connected order."""
    _visit(algebra, _NOTHING)


def _visit(part: Any, bound: Bound) -> Bound:
    """Order what is inside ``part``; returns the variables that are bound after it."""
    if not isinstance(part, CompValue):
        return bound
    match part.name:
        case "BGP":
            after = bound | _variables(part.triples)
            _chain(part, _connected(part.triples, bound))
            return after
        case "Join":
            part["lazy"] = part.lazy or _takes_bindings(part.p2)
            after = _visit(part.p1, bound)
            return after | _visit(part.p2, after if part.lazy else bound)
        case "LeftJoin":
            after = _visit(part.p1, bound)
            _visit(part.p2, after)
            return after
        case "Union":
            return _visit(part.p1, bound) & _visit(part.p2, bound)
        case "Minus":
            _visit(part.p2, bound)
            return _visit(part.p1, bound)
        case "Graph":
            return _visit(part.p, bound | _named(part.term))
        case "Extend":
            return _visit(part.p, bound) | {part.var}
        case "ToMultiSet":
            return bound | _multiset(part.p)
        case _:
            return _visit(part.p, bound) if part.p is not None else bound


def _takes_bindings(part: CompValue) -> bool:
    """Whether what is bound outside can be put into ``part`` without any change of what it means."""
    if part.name == "Graph":
        return _takes_bindings(part.p)
    return part.name == "BGP" or (part.name == "ToMultiSet" and part.p.name == "values")


def _multiset(part: CompValue) -> Bound:
    if part.name == "values":
        return frozenset(name for row in part.res for name in row if isinstance(name, Variable))
    _visit(part, _NOTHING)
    return frozenset(part.PV or ())


def _named(*terms: Any) -> Bound:
    return frozenset(term for term in terms if isinstance(term, Variable))


def _variables(triples: list[Any]) -> Bound:
    return _named(*(term for triple in triples for term in triple))


def _connected(triples: list[Any], bound: Bound) -> list[Any]:
    rest, ordered = list(triples), []
    while rest:
        best = min(rest, key=lambda triple: _cost(triple, bound))
        rest.remove(best)
        ordered.append(best)
        bound |= _named(*best)
    return ordered


def _chain(part: CompValue, triples: list[Any]) -> None:
    """Turn a basic graph pattern, in place, into joins of one triple pattern each."""
    if len(triples) < _FEWEST or any(isinstance(term, BNode) for triple in triples for term in triple):
        return
    *before, last = triples
    first = CompValue("BGP", triples=before, _vars=set(_variables(before)))
    _chain(first, before)
    part.name = "Join"
    part["p1"], part["p2"] = first, CompValue("BGP", triples=[last], _vars=set(_named(*last)))
    part["lazy"] = True
    del part["triples"]


def _cost(triple: Any, bound: Bound) -> tuple[int, bool, bool]:
    """Number of open ends, then subject before object, then plain properties before paths."""
    subject, predicate, other = triple
    still_open = [isinstance(term, Variable) and term not in bound for term in (subject, predicate, other)]
    return sum(still_open), still_open[0], isinstance(predicate, Path)
