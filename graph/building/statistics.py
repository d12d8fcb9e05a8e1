"""What the default graph of a release holds, in numbers: counted once, when it is built."""

from collections import Counter
from collections.abc import Iterator
from typing import Any

import pyoxigraph as ox

from policytrace.graph.vocabulary.terms import BASE, expand

ENTITY = f"^{BASE}(id|scheme|graph)/.+$"
"""Which subjects are things that a release is about: what their identifiers look like."""
CLASSES = "SELECT ?class (COUNT(*) AS ?count) { ?thing a ?class } GROUP BY ?class"
PROPERTIES = "SELECT ?property (COUNT(*) AS ?count) { ?thing ?property ?value } GROUP BY ?property"
PARTITIONS = """SELECT ?class ?property (COUNT(*) AS ?count) { ?thing a ?class ; ?property ?value }
GROUP BY ?class ?property"""
SUBJECTS = f"""SELECT (COUNT(*) AS ?count) (SUM(IF(REGEX(STR(?thing), "{ENTITY}"), 1, 0)) AS ?entities) {{
    SELECT DISTINCT ?thing {{ ?thing ?property ?value }} }}"""
OBJECTS = "SELECT (COUNT(DISTINCT ?value) AS ?count) { ?thing ?property ?value }"
_LOCATING = ("pt:inRegion", "pt:toRegion", "pt:fromRegion")
_COUNTRY = f"<{expand('pt:country')}>"
PLACES = f"""SELECT DISTINCT ?project ?country {{
    {{ ?thing {_COUNTRY} ?country }} UNION
    {" UNION ".join(f"{{ ?thing <{expand(p)}>/{_COUNTRY} ?country }}" for p in _LOCATING)}
    ?thing <{expand("pt:inProject")}> ?project }}"""
LINKING = ("exactMatch", "closeMatch", "broadMatch", "narrowMatch", "relatedMatch")
"""The properties of SKOS that link things here with things elsewhere."""


def statistics(store: ox.Store) -> dict[str, Any]:
    """The numbers of the default graph.

    Returns:
        ``classes`` and ``properties`` by IRI; ``partitions``, the properties by class; ``subjects`` and
        ``objects``, how many different ones there are; ``entities``, the subjects that are things; ``links``,
        how many lead to each namespace elsewhere, by property; ``places``, the countries that the things of
        each project lie in.
    """
    partitions: dict[str, dict[str, int]] = {}
    for cls, prop, count in _rows(store, PARTITIONS):
        if isinstance(cls, ox.NamedNode):
            partitions.setdefault(cls.value, {})[prop.value] = int(count.value)
    places: dict[str, list[str]] = {}
    for project, country in _rows(store, PLACES):
        places.setdefault(project.value, []).append(country.value)
    subjects, entities = (int(number.value) for number in next(_rows(store, SUBJECTS)))
    return {
        "classes": {c.value: int(n.value) for c, n in _rows(store, CLASSES) if isinstance(c, ox.NamedNode)},
        "properties": {p.value: int(n.value) for p, n in _rows(store, PROPERTIES)},
        "partitions": partitions,
        "subjects": subjects,
        "entities": entities,
        "objects": int(next(_rows(store, OBJECTS))[0].value),
        "links": _links(store),
        "places": {project: sorted(countries) for project, countries in places.items()},
    }


def _links(store: ox.Store) -> dict[str, dict[str, int]]:
    found: dict[str, Counter[str]] = {}
    for name in LINKING:
        predicate = ox.NamedNode(expand(f"skos:{name}"))
        for quad in store.quads_for_pattern(None, predicate, None, ox.DefaultGraph()):
            if isinstance(quad.object, ox.NamedNode) and not quad.object.value.startswith(BASE):
                found.setdefault(namespace(quad.object.value), Counter())[predicate.value] += 1
    return {target: dict(sorted(counts.items())) for target, counts in sorted(found.items())}


def namespace(iri: str) -> str:
    """An IRI without its last part: up to the hash, or to the last slash."""
    cut = iri.rfind("#") + 1 or iri.rfind("/") + 1
    return iri[:cut]


def _rows(store: ox.Store, query: str) -> Iterator[tuple[Any, ...]]:
    answer = store.query(query)
    assert isinstance(answer, ox.QuerySolutions)
    for row in answer:
        yield tuple(row)
