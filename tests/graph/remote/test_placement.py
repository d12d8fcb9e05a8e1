"""A query placed on one release among several on a server means what it means on that release alone."""

import pyoxigraph as ox
import pytest

from policytrace.graph.remote.graph_names import Placement
from policytrace.graph.sparql.engine import OxigraphEngine, Rows
from policytrace.graph.sparql.syntax import QueryError
from policytrace.graph.vocabulary.terms import GRAPH

EX = "http://example.org/"
RECORD = GRAPH + "alpha/measures/m1"
DATA = f"""
<{EX}a> <{EX}p> <{EX}b> .
<{EX}b> <{EX}p> <{EX}c> .
<{EX}a> <{EX}p> <{EX}b> <{RECORD}> .
<{EX}b> <{EX}p> <{EX}c> <{GRAPH}inferred> .
<{RECORD}> <{EX}row> "3" <{GRAPH}records> .
"""
OTHER = f"""
<{EX}a> <{EX}p> <{EX}z> .
<{EX}a> <{EX}p> <{EX}z> <{RECORD}> .
<{RECORD}> <{EX}row> "9" <{GRAPH}records> .
"""
PLACE = Placement("20260101T000000Z-aaaaaaaa")


def _placed(data: str, placement: Placement) -> list[ox.Quad]:
    def there(term: object) -> object:
        return ox.NamedNode(placement.to_server(term.value)) if isinstance(term, ox.NamedNode) else term

    def graph(name: object) -> ox.NamedNode:
        return ox.NamedNode(
            placement.to_server(name.value) if isinstance(name, ox.NamedNode) else placement.default
        )

    return [
        ox.Quad(there(q.subject), there(q.predicate), there(q.object), graph(q.graph_name))  # type: ignore[arg-type]
        for q in ox.parse(data, format=ox.RdfFormat.N_QUADS)
    ]


@pytest.fixture(scope="module")
def alone() -> OxigraphEngine:
    store = ox.Store()
    store.load(DATA.encode(), format=ox.RdfFormat.N_QUADS)
    return OxigraphEngine(store)


@pytest.fixture(scope="module")
def server() -> OxigraphEngine:
    store = ox.Store()
    store.extend(_placed(DATA, PLACE))
    store.extend(_placed(OTHER, Placement("20260202T000000Z-bbbbbbbb")))
    return OxigraphEngine(store)


def _here(answer: object) -> object:
    def here(term: object) -> str:
        return PLACE.from_server(term.value) if isinstance(term, ox.NamedNode) else str(term)

    if isinstance(answer, Rows):
        return answer.variables, sorted(tuple(map(here, row)) for row in answer.rows)
    if isinstance(answer, list):
        return sorted(tuple(map(here, triple)) for triple in answer)
    return answer


PREFIXES = f"PREFIX ex: <{EX}> PREFIX graph: <{GRAPH}> "


@pytest.mark.parametrize(
    "text",
    [
        "SELECT * { ?s ex:p ?o }",
        "SELECT ?s FROM graph:inferred { ?s ?p ?o }",
        "SELECT ?g ?s FROM NAMED graph:inferred { GRAPH ?g { ?s ?p ?o } }",
        "SELECT (COUNT(*) AS ?n) FROM <http://elsewhere.example/> { ?s ?p ?o }",
        "SELECT ?g ?s { GRAPH ?g { ?s ?p ?o } }",
        "SELECT ?g ?row { ?s ex:p ex:b GRAPH ?g { ?s ex:p ?o } GRAPH graph:records { ?g ex:row ?row } }",
        "SELECT ?s ?g { ?s ex:p ?o OPTIONAL { GRAPH ?g { ?s ex:p ?o } } }",
        "SELECT ?s { ?s ex:p ?o MINUS { GRAPH ?g { ?s ex:p ?o } } }",
        "SELECT ?s { ?s ex:p ?o FILTER NOT EXISTS { GRAPH graph:inferred { ?s ex:p ?o } } }",
        "SELECT ?s { { SELECT ?s (COUNT(*) AS ?n) { ?s ex:p ?o } GROUP BY ?s } FILTER (?n = 1) }",
        "SELECT ?s (EXISTS { ?s ex:p ex:b } AS ?e) { ?s ex:p ?o }",
        "SELECT ?s { ?s ex:p ?o } GROUP BY ?s HAVING (EXISTS { ?s ex:p ex:b })",
        "SELECT ?s ?x { ?s ex:p ?o } VALUES (?s ?x) { (ex:a 1) }",
        "SELECT ?s { ?s ex:p+ ex:c }",
        "ASK { ?s ex:p ex:z }",
        "ASK WHERE { GRAPH ?g { ?s ex:p ex:z } }",
        "CONSTRUCT { ?o ex:q ?s } WHERE { ?s ex:p ?o }",
        "CONSTRUCT WHERE { ?s ex:p ?o }",
        "CONSTRUCT FROM graph:inferred WHERE { ?s ex:p ?o }",
        "DESCRIBE ex:a",
        "DESCRIBE ?s ex:b WHERE { ?s ex:p ex:b }",
        "BASE <https://w3id.org/policytrace/> SELECT ?s { GRAPH <graph/inferred> { ?s ?p ?o } }",
        "SELECT ?s { GRAPH <https://w3id.org/policytrace/\\u0067raph/inferred> { ?s ?p ?o } }",
        r"PREFIX pt: <https://w3id.org/policytrace/> SELECT ?s { GRAPH pt:graph\/inferred { ?s ?p ?o } }",
        "SELECT ?s { ?s ex:p ?o # GRAPH ?g {\n }",
        "SELECT ?s { ?s ex:p ?o FILTER (?s != '{') }",
    ],
)
def test_a_placed_query_means_the_same(text: str, alone: OxigraphEngine, server: OxigraphEngine) -> None:
    expected = alone.query(PREFIXES + text)
    assert _here(server.query(PLACE.query(PREFIXES + text))) == _here(expected)


def test_a_chosen_dataset_is_placed_too(alone: OxigraphEngine, server: OxigraphEngine) -> None:
    text = PREFIXES + "SELECT ?s ?g { ?s ?p ?o GRAPH ?g { ?x ex:row ?n } }"
    graphs = ([GRAPH + "inferred"], [GRAPH + "records"])
    expected = alone.query(text, default_graphs=graphs[0], named_graphs=graphs[1])
    found = server.query(
        PLACE.query(text, chosen=True),
        default_graphs=[PLACE.graph(iri) for iri in graphs[0]],
        named_graphs=[PLACE.graph(iri) for iri in graphs[1]],
    )
    assert _here(found) == _here(expected)


def test_describing_everything_needs_names() -> None:
    with pytest.raises(QueryError, match="DESCRIBE needs"):
        PLACE.query("DESCRIBE * { ?s ?p ?o }")
