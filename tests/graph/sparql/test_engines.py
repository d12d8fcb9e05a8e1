"""Both engines give equal answers, bind terms safely, write nothing and ask no other server."""

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pyoxigraph as ox
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from thorough import share

from policytrace.graph.releases.release import Release
from policytrace.graph.sparql.binding import bind, serialise
from policytrace.graph.sparql.dataset_clause import PARTS, Datasets, QueryDataset
from policytrace.graph.sparql.engine import Engine, OxigraphEngine, Rows
from policytrace.graph.sparql.rdflib_engine import RdflibEngine
from policytrace.graph.sparql.syntax import QueryError, QueryRefusedError, check_read_only, tokens

EX = "http://example.org/"
NQUADS = """
<http://example.org/a> <http://example.org/knows> <http://example.org/b> .
<http://example.org/b> <http://example.org/knows> <http://example.org/c> .
<http://example.org/a> <http://example.org/name> "Ann"@en .
<http://example.org/a> <http://example.org/age> "41"^^<http://www.w3.org/2001/XMLSchema#integer> .
<http://example.org/b> <http://example.org/name> "Bob" .
<http://example.org/a> <http://example.org/knows> <http://example.org/b> <http://example.org/g1> .
<http://example.org/a> <http://example.org/knows> <http://example.org/b> <http://example.org/g2> .
<http://example.org/a> <http://example.org/knows> <http://example.org/c> <http://example.org/g2> .
"""
PREFIX = "PREFIX ex: <http://example.org/> "


def quads() -> list[ox.Quad]:
    return list(ox.parse(NQUADS, format=ox.RdfFormat.N_QUADS))


@pytest.fixture(params=["oxigraph", "rdflib"])
def engine(request: pytest.FixtureRequest) -> Engine:
    if request.param == "rdflib":
        return RdflibEngine.load(quads())
    store = ox.Store()
    store.bulk_extend(quads())
    return OxigraphEngine(store)


def iri(name: str) -> ox.NamedNode:
    return ox.NamedNode(EX + name)


def rows(engine: Engine, text: str, **options: object) -> list[tuple[object, ...]]:
    answer = engine.query(PREFIX + text, **options)  # type: ignore[arg-type]
    assert isinstance(answer, Rows)
    return sorted(answer.rows, key=str)


def test_terms_come_back_as_they_were_written(engine: Engine) -> None:
    assert rows(engine, "SELECT ?p ?o { ex:a ?p ?o }") == [
        (iri("age"), ox.Literal("41", datatype=ox.NamedNode("http://www.w3.org/2001/XMLSchema#integer"))),
        (iri("knows"), iri("b")),
        (iri("name"), ox.Literal("Ann", language="en")),
    ]


def test_unbound_variables_are_none(engine: Engine) -> None:
    assert rows(
        engine, "SELECT ?s ?age { ?s ex:name ?n OPTIONAL { ?s ex:age ?age } FILTER (?s = ex:b) }"
    ) == [(iri("b"), None)]


def test_ask_construct_and_describe(engine: Engine) -> None:
    assert engine.query(PREFIX + "ASK { ex:a ex:knows ex:b }") is True
    assert engine.query(PREFIX + "CONSTRUCT { ?o ex:knownBy ?s } WHERE { ?s ex:knows ?o }") != []
    assert isinstance(engine.query(PREFIX + "DESCRIBE ex:a"), list)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("SELECT ?o { ?s ex:knows ?o }", [(iri("b"),)]),
        ("SELECT (COUNT(*) AS ?n) WHERE { ?s ex:knows ?o }", [("1",)]),
        ("SELECT ?o { { ?s ex:knows ?o } UNION { ?s ex:age ?o } }", [("41",), (iri("b"),)]),
        ("SELECT ?n { { SELECT ?s (COUNT(*) AS ?n) { ?s ex:knows ?o } GROUP BY ?s } }", [("1",)]),
        ("SELECT ?n { { SELECT ?s (COUNT(*) AS ?n) { ?s ex:missing ?o } GROUP BY ?s } }", []),
        ("SELECT ?o { VALUES ?s { UNDEF } ?s ex:knows ?o }", [(iri("b"),)]),
        (
            "SELECT ?n { { SELECT (COUNT(*) AS ?n) { VALUES ?s { UNDEF } ?s ex:knows ?o } } "
            "FILTER EXISTS { VALUES ?s { UNDEF } ?s ex:age ?x } }",
            [("1",)],
        ),
    ],
)
def test_a_bound_variable_holds_everywhere_it_is_marked(
    engine: Engine, text: str, expected: list[tuple[object]]
) -> None:
    found = rows(engine, text, bindings={"s": iri("a")})
    assert [(getattr(cell, "value", cell),) for (cell,) in found] == [
        (getattr(cell, "value", cell),) for (cell,) in expected
    ]


def test_bound_ask_and_construct(engine: Engine) -> None:
    assert engine.query(PREFIX + "ASK { ?s ex:age ?o }", bindings={"s": iri("b")}) is False
    found = engine.query(
        PREFIX + "CONSTRUCT { ?s ex:x ?o } WHERE { ?s ex:knows ?o }", bindings={"s": iri("b")}
    )
    assert found == [ox.Triple(iri("b"), iri("x"), iri("c"))]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("CONSTRUCT WHERE { ?s ex:knows ?o }", 1),
        ("SELECT (EXISTS { ?s ex:age ?x } AS ?e) { ?s ex:knows ?o }", 1),
        ("SELECT * { SELECT ?s ?o { ?s ex:knows ?o } }", 1),
    ],
)
def test_bound_forms_that_rdflib_cannot_evaluate(text: str, expected: int) -> None:
    store = ox.Store()
    store.bulk_extend(quads())
    answer = OxigraphEngine(store).query(PREFIX + text, bindings={"s": iri("b")})
    assert len(answer.rows if isinstance(answer, Rows) else answer) == expected  # type: ignore[arg-type]


def test_none_means_any(engine: Engine) -> None:
    text = "SELECT ?s ?o { VALUES ?s { UNDEF } ?s ex:knows ?o }"
    assert rows(engine, text) == rows(engine, text, bindings={"s": None})
    assert len(rows(engine, text)) == 2


def test_a_marker_in_a_string_or_comment_is_no_marker() -> None:
    text = 'SELECT ("VALUES ?s { UNDEF }" AS ?x) { # VALUES ?s { UNDEF }\n ?s ?p ?o }'
    bound = bind(text, {"s": iri("a")})
    assert '"VALUES ?s { UNDEF }"' in bound
    assert "# VALUES ?s { UNDEF }" in bound
    assert f"{{ VALUES ?s {{ <{EX}a> }} " in bound.replace("  ", " ")


def test_a_blank_node_cannot_be_bound() -> None:
    with pytest.raises(ValueError, match="blank node"):
        bind("SELECT * { ?s ?p ?o }", {"s": ox.BlankNode("b")})


OXIGRAPH = OxigraphEngine(ox.Store())
RDFLIB = RdflibEngine.load([])
NASTY = st.text(
    st.one_of(
        st.sampled_from(list("\\\"'{}<>\n\r\t#uU0012 5cx")),
        st.characters(codec="utf-8", exclude_characters="\0"),
    ),
    max_size=20,
)


@settings(deadline=None, max_examples=share(400, 150))
@given(NASTY)
def test_any_text_is_bound_as_itself(text: str) -> None:
    term = ox.Literal(text)
    for engine in (OXIGRAPH, RDFLIB):
        answer = engine.query("SELECT ?x { VALUES ?x { UNDEF } }", bindings={"x": term})
        assert isinstance(answer, Rows)
        assert answer.rows == [(term,)]


@settings(deadline=None, max_examples=share(300, 100))
@given(NASTY)
def test_a_serialised_text_is_one_token(text: str) -> None:
    assert [token.kind for token in tokens(serialise(ox.Literal(text)))] == ["string"]


@pytest.mark.parametrize(
    "text",
    [
        "SELECT * { SERVICE <http://x.org/> { ?s ?p ?o } }",
        "SELECT * { service silent <http://x.org/> { ?s ?p ?o } }",
        "SELECT * { BIND(1 AS ?x)SERVICE?e{ ?s ?p ?o } }",
        "PREFIX : <http://x.org/> SELECT * { SERVICE:e { ?s ?p ?o } }",
        "SELECT * { ?s ?p trueSERVICE <http://x.org/> { ?s ?p ?o } }",
        "SELECT * { \\u0053ERVICE <http://x.org/> { ?s ?p ?o } }",
        "SELECT * { FILTER (1<2)SERVICE<http://x.org/> { ?s ?p ?o } }",
        "SELECT * { FILTER NOT EXISTS { { SELECT * { SERVICE <http://x.org/> {} } } } }",
        'SELECT * { ?s ?p "\\"" . SERVICE <http://x.org/> { ?s ?p ?o } }',
        "SELECT * { ?s ?p '#' . SERVICE <http://x.org/> { ?s ?p ?o } }",
        "PREFIX : <http://x.org/> SELECT * { ?s :a\\#b ?o . SERVICE :e { ?s ?p ?o }\n}",
        "PREFIX : <http://x.org/> SELECT * { ?s :a\\'b ?o . SERVICE :e { ?s ?p ?o } } # '",
    ],
)
def test_service_is_refused_however_it_is_written(text: str) -> None:
    with pytest.raises(QueryRefusedError, match="SERVICE is refused"):
        check_read_only(text)


@pytest.mark.parametrize(
    "rest",
    [
        "FILTER(?a<2)SERVICE:e#>\n{ ?s ?p ?o }",
        "?s ?p :.SERVICE:e{ ?s ?p ?o }",
        "?s :\u200dc\\#x ?o . SERVICE :e { ?s ?p ?o }\n",
        'FILTER(?a<2)#>"""\nSERVICE :e { ?s ?p ?o }\n#"""\n',
        'FILTER(?a<2#>"""\n) SERVICE :e { ?s ?p ?o }\n#"""\n',
        "FILTER('a'<'>')SERVICE:e{ ?s ?p ?o } FILTER('a'='a')",
        "FILTER('a'<\\u0027>')SERVICE:e{ ?s ?p ?o } FILTER('a'='a')",
    ],
)
def test_what_can_be_read_in_two_ways_is_refused_beside_service(rest: str) -> None:
    with pytest.raises(QueryRefusedError, match="SERVICE"):
        check_read_only(f"PREFIX : <http://x.org/> SELECT * {{ BIND (1 AS ?a) {rest} }}")


@pytest.mark.parametrize(
    "text",
    [
        'SELECT * { ?s ?p "SERVICE <http://x.org/> {}" }',
        "SELECT * { ?s <http://x.org/SERVICE> ?service } # SERVICE <http://x.org/> {}",
        "PREFIX ex: <http://x.org/> SELECT * { ex:service ex:SERVICE ?o }",
        "SELECT * { ?s ?p '''it's SERVICE''' }",
        "SELECT * { ?s a <http://x.org/o'neil#service> FILTER (1 <2) } # it's service",
    ],
)
def test_the_word_service_alone_is_no_offence(text: str, engine: Engine) -> None:
    assert isinstance(engine.query(text), Rows)


@pytest.mark.parametrize(
    "text",
    [
        "INSERT DATA { <http://a> <http://b> <http://c> }",
        "PREFIX ex: <http://x.org/> DELETE WHERE { ?s ?p ?o }",
        "LOAD <http://x.org/>",
        "CLEAR ALL",
    ],
)
def test_writing_is_refused(text: str, engine: Engine) -> None:
    with pytest.raises(QueryRefusedError, match="nothing is written"):
        engine.query(text)


@pytest.fixture
def listening() -> Iterator[tuple[str, list[str]]]:
    asked: list[str] = []

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked.append(self.path)
            self.send_error(404)

        do_POST = do_GET  # noqa: N815

        def log_message(self, *_: object) -> None:
            pass

    server = HTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}/", asked
    server.shutdown()
    server.server_close()
    thread.join()


def test_from_never_fetches(engine: Engine, listening: tuple[str, list[str]], tmp_path: Path) -> None:
    address, asked = listening
    secret = tmp_path / "secret.ttl"
    secret.write_text("<http://a> <http://b> 'SECRET' .")
    for source in (address, secret.as_uri()):
        assert rows(engine, f"SELECT * FROM <{source}> {{ ?s ?p ?o }}") == []
        assert rows(engine, f"SELECT * FROM NAMED <{source}> {{ GRAPH ?g {{ ?s ?p ?o }} }}") == []
    with pytest.raises(QueryRefusedError):
        engine.query(f"SELECT * {{ SERVICE <{address}> {{ ?s ?p ?o }} }}")
    assert asked == []


def test_the_default_graph_is_not_the_union_of_the_named_ones(engine: Engine) -> None:
    assert len(rows(engine, "SELECT * { ?s ex:knows ?o }")) == 2
    assert len(rows(engine, "SELECT * { GRAPH ?g { ?s ex:knows ?o } }")) == 3


def test_several_default_graphs_are_merged(engine: Engine) -> None:
    counted = "SELECT (COUNT(*) AS ?n) {} {{ ?s ex:knows ?o }}"
    by_clause = rows(engine, counted.format("FROM ex:g1 FROM ex:g2"))
    by_request = rows(engine, counted.format(""), default_graphs=[EX + "g1", EX + "g2"])
    assert [cell.value for (cell,) in by_clause + by_request] == ["2", "2"]  # type: ignore[attr-defined]


def test_graphs_without_a_common_triple_are_not_copied() -> None:
    store = ox.Store()
    store.bulk_extend(quads())
    for graph, subject in (("g3", "x"), ("g4", "y"), ("g5", "x")):
        store.add(ox.Quad(iri(subject), iri("knows"), iri("z"), iri(graph)))
    datasets = Datasets(store)
    apart = datasets.dataset_of("", [EX + "g3", EX + "g4", "urn:none"], None)
    assert apart is not None
    assert apart.store is store
    assert apart.default == (EX + "g3", EX + "g4")
    same = datasets.dataset_of("", [EX + "g3", EX + "g5"], [EX + "g1"])
    assert same is not None
    assert same.store is not store
    assert len(same.store) == 2
    assert datasets.dataset_of("", [EX + "g3", EX + "g5"], [EX + "g1"]) == same
    text = f"BASE <{EX}> PREFIX e: <{EX}> SELECT * FROM <g3> FROM NAMED <g1> FROM e:g4 {{ ?s ?p ?from }}"
    assert datasets.dataset_of(text, None, None) == QueryDataset(store, apart.default, (EX + "g1",))


def test_counts_of_a_release_prove_its_graphs_disjoint(sample_release: Release) -> None:
    engine = OxigraphEngine.open(sample_release.store_path)
    counted = "SELECT (COUNT(*) AS ?n) { ?s ?p ?o }"
    graphs = [name for name in sample_release.manifest["triples"] if name in PARTS]
    assert len(graphs) == len(PARTS)
    answer = engine.query(counted, default_graphs=graphs)
    assert isinstance(answer, Rows)
    assert answer == engine.query(counted)
    assert engine._datasets.disjoint == PARTS
    assert not engine._datasets._overlaps


def test_a_request_chooses_the_named_graphs(engine: Engine) -> None:
    text = "SELECT ?g { GRAPH ?g { ?s ?p ?o } }"
    assert rows(engine, text, named_graphs=[EX + "g1"]) == [(iri("g1"),)]
    assert rows(engine, "SELECT * { ?s ?p ?o }", named_graphs=[EX + "g1"]) == []
    assert len(rows(engine, "SELECT * { ?s ?p ?o }", default_graphs=[EX + "g2"])) == 2


def test_an_undeclared_prefix_is_named_with_the_way_out(engine: Engine) -> None:
    with pytest.raises(QueryError) as raised:
        engine.query("SELECT *\n{ ?s pt:source ?o }")
    assert (raised.value.line, raised.value.column) == (2, 6)
    assert raised.value.hint == "Add: PREFIX pt: <https://w3id.org/policytrace/ns#>"


@pytest.mark.parametrize(
    ("text", "line"), [("SELECT * {\n ?s ?p }", 2), ("SELEKT * { ?s ?p ?o }", 1), ("SELECT * { ?s ?p ?o", 1)]
)
def test_a_syntax_error_says_where(engine: Engine, text: str, line: int) -> None:
    with pytest.raises(QueryError) as raised:
        engine.query(text)
    assert raised.value.line == line
    assert len(str(raised.value)) < 200


def test_a_store_on_disk_is_opened_read_only(tmp_path: Path) -> None:
    store = ox.Store(tmp_path / "store")
    store.bulk_extend(quads())
    store.flush()
    del store
    assert len(rows(OxigraphEngine.open(tmp_path / "store"), "SELECT * { ?s ex:knows ?o }")) == 2


def test_a_dump_is_read_by_the_reference_engine(tmp_path: Path) -> None:
    (tmp_path / "dump.nq").write_text(NQUADS)
    assert len(rows(RdflibEngine.open(tmp_path / "dump.nq"), "SELECT * { GRAPH ex:g2 { ?s ?p ?o } }")) == 2
