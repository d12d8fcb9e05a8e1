"""Reads from an engine what the index holds: names, texts and values of facets."""

from collections.abc import Iterable, Iterator

import pyoxigraph as ox

from policytrace.graph.search.facet_schema import KIND, PLACES, YEARS, Facet, facet_schema
from policytrace.graph.search.nuts_rollup import Places
from policytrace.graph.sparql.engine import Engine, Rows
from policytrace.graph.vocabulary.terms import ID, PREFIXES

Pair = tuple[str, str]
"""Identifier of a thing, and a text or code."""

_TIMES = f"""PREFIX pt: <{PREFIXES["pt"]}>
SELECT ?thing ?earliest ?latest WHERE {{
  {{ ?thing pt:earliest ?earliest OPTIONAL {{ ?thing pt:latest ?latest }} }}
  UNION {{ ?thing pt:latest ?latest MINUS {{ ?thing pt:earliest ?some }} }}
}}"""
_ONTOLOGY_AGENTS = f"""PREFIX foaf: <{PREFIXES["foaf"]}>
SELECT ?thing WHERE {{
  ?thing a foaf:Agent MINUS {{ ?thing a ?class FILTER (STRSTARTS(STR(?class), "{PREFIXES["pt"]}")) }}
}}"""
_TRANSFER = f"{ID}transfer/"
_STAGES = f"""PREFIX pt: <{PREFIXES["pt"]}>
SELECT ?thing ?asOf (?asOf AS ?same) WHERE {{ ?thing a pt:LearningTransfer ; pt:asOf ?asOf }}"""
"""When the stage of a transfer was so, as written."""
_LONGEST_TIME = 60
"""Years of an interval that are listed one by one; a longer one counts for its first and last year."""


def names(engine: Engine) -> Iterator[tuple[str, str, bool]]:
    """Things of the data with each of their names, and whether they are listed by it.

    Who publishes the ontology has an identifier and a name, but stands in no table.

    Raises:
        QueryError: the engine could not list them.
    """
    answer = engine.query(_ONTOLOGY_AGENTS)
    assert isinstance(answer, Rows)
    agents = {thing.value for (thing,) in answer.rows if thing is not None}
    for listed, properties in ((True, facet_schema().names), (False, facet_schema().other_names)):
        for thing, name in _pairs(engine, "|".join(properties), literals=True):
            if thing not in agents:
                yield thing, name, listed


def texts(engine: Engine) -> Iterator[Pair]:
    """Things with each text that tells of them.

    Raises:
        QueryError: the engine could not list them.
    """
    return _pairs(engine, "|".join(facet_schema().texts), literals=True)


def related(engine: Engine) -> Iterator[Pair]:
    """Things with the places and organisations whose names find them too.

    Raises:
        QueryError: the engine could not list them.
    """
    return _pairs(engine, facet_schema().related)


def values(engine: Engine, facet: Facet, places: Places) -> Iterator[Pair]:
    """Things with each of their codes for a facet; some stand more than once.

    Raises:
        QueryError: the engine could not list them.
    """
    if facet.rolls == YEARS:
        yield from _years(engine)
    elif not facet.values:
        return
    elif facet.rolls == PLACES:
        for thing, iri in _pairs(engine, facet.values):
            for code in places.codes(iri):
                yield thing, code
    else:
        for thing, iri in _pairs(engine, facet.values):
            yield thing, iri.rpartition("/")[2]


def self_values(things: Iterable[str], facet: Facet, places: Places) -> Iterator[Pair]:
    """The things that are values of a facet themselves, with their codes."""
    for iri in things:
        kind, _, slug = iri[len(ID) :].partition("/")
        if facet.name == KIND:
            yield iri, kind
        elif kind in facet.own:
            for code in places.codes(iri) if facet.rolls == PLACES else (slug,):
                yield iri, code


def _pairs(engine: Engine, path: str, *, literals: bool = False) -> Iterator[Pair]:
    """Things and what a property path leads to."""
    used = {name for name in PREFIXES if f"{name}:" in path}
    head = "".join(f"PREFIX {name}: <{PREFIXES[name]}>\n" for name in sorted(used))
    steps = " UNION ".join(f"{{ ?thing {step} ?value }}" for step in path.split("|"))
    answer = engine.query(
        f'{head}SELECT ?thing ?value WHERE {{ {steps} FILTER(STRSTARTS(STR(?thing), "{ID}")) }}'
    )
    assert isinstance(answer, Rows)
    for thing, value in answer.rows:
        if isinstance(thing, ox.NamedNode) and isinstance(value, ox.Literal if literals else ox.NamedNode):
            yield thing.value, value.value


def _years(engine: Engine) -> Iterator[Pair]:
    """Things with every year that their interval touches; an open end counts for the year of the other.

    The stage of a transfer was so at one time: where its date touches several years, it has none.
    """
    for thing, earliest, latest in _triples(engine, _TIMES):
        if not thing.startswith(_TRANSFER):
            begin, end = sorted(int((text or earliest or latest)[:4]) for text in (earliest, latest))
            for year in range(begin, end + 1) if end - begin < _LONGEST_TIME else (begin, end):
                yield thing, str(year)
    for transfer, written, _ in _triples(engine, _STAGES):
        years = {part.strip()[:4] for part in written.split("/")}
        if len(years) == 1:
            yield transfer, years.pop()


def _triples(engine: Engine, text: str) -> Iterator[tuple[str, str, str]]:
    answer = engine.query(text)
    assert isinstance(answer, Rows)
    for thing, one, other in answer.rows:
        if isinstance(thing, ox.NamedNode):
            yield thing.value, _text(one), _text(other)


def _text(term: object) -> str:
    return term.value if isinstance(term, ox.Literal) else ""
