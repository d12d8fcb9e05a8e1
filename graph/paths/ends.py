"""The ends of a question: the places that an identifier stands for."""

from collections.abc import Iterable
from dataclasses import dataclass

import pyoxigraph as ox

from policytrace.graph.hops.arrays import HopArrays
from policytrace.graph.paths.request import SETS, QuestionError
from policytrace.graph.sparql.binding import bind_any
from policytrace.graph.sparql.engine import Engine, Rows
from policytrace.graph.sparql.query_text import query_text
from policytrace.graph.vocabulary.problems import UnanswerableError
from policytrace.graph.vocabulary.terms import kind

END_KINDS = (
    "practice",
    "measure",
    "plan",
    "instrument",
    "region",
    "organisation",
    "event",
    "project",
    "platform",
    "programme",
    "proposal",
    "output",
    *SETS,
)
"""Kinds of things that a path may begin or end with."""

_WITHIN = """
PREFIX pt: <https://w3id.org/policytrace/ns#>
SELECT DISTINCT ?thing WHERE { VALUES ?end { UNDEF } ?thing pt:within ?end }"""
_KNOWN = "SELECT ?thing WHERE { VALUES ?thing { UNDEF } ?thing ?p ?o } LIMIT 1"


class UnknownThingError(UnanswerableError, LookupError):
    """An identifier that the release does not know."""

    def __init__(self, option: str, iri: str) -> None:
        self.option, self.iri = option, iri
        super().__init__(f"{option}: nothing in this release is called {iri}.")


@dataclass(frozen=True, slots=True)
class Ends:
    """The places that one end of a question stands for, and the identifiers that were given."""

    given: tuple[str, ...]
    places: tuple[int, ...]

    def __bool__(self) -> bool:
        return bool(self.places)


def things(engine: Engine, query: str, variable: str, iris: Iterable[str]) -> list[str]:
    """The first column of a query whose ``variable`` is bound to any of some identifiers."""
    answer = engine.query(bind_any(query, variable, [ox.NamedNode(iri) for iri in iris]))
    assert isinstance(answer, Rows)
    return [row[0].value for row in answer.rows if isinstance(row[0], ox.NamedNode)]


def find_ends(engine: Engine, arrays: HopArrays, option: str, iris: tuple[str, ...], *, expand: bool) -> Ends:
    """The places that some identifiers stand for.

    Raises:
        UnknownThingError: the release knows nothing of one.
        QuestionError: one is of a kind that no path begins or ends with.
    """
    result: set[int] = set()
    for iri in iris:
        sort = kind(iri)
        places = set(arrays.places(iri))
        if expand and sort in SETS:
            members = things(engine, query_text(f"ends/{sort}"), "end", [iri])
            places.update(place for member in members for place in arrays.places(member))
        if not places:
            _check(engine, option, iri, sort)
        result |= places
    return Ends(iris, tuple(sorted(result)))


def _check(engine: Engine, option: str, iri: str, sort: str) -> None:
    if not things(engine, _KNOWN, "thing", [iri]):
        raise UnknownThingError(option, iri)
    if sort not in END_KINDS:
        what = f"a {sort.replace('-', ' ')}" if sort else "that"
        raise QuestionError(
            option,
            f"no path begins or ends with {what}, as {iri} is. Ends are of these kinds: "
            f"{', '.join(dict.fromkeys(END_KINDS))}.",
        )


def regions_within(engine: Engine, regions: tuple[str, ...]) -> frozenset[str]:
    """Some regions and all regions within them."""
    if not regions:
        return frozenset()
    return frozenset((*regions, *things(engine, _WITHIN, "end", regions)))
