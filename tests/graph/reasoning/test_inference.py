"""Inference: each kind of axiom, equality with owlrl, and what is refused."""

import tempfile
from pathlib import Path

import networkx as nx
import numpy as np
import pyoxigraph as ox
import pytest
from folders import DATA, SAMPLE
from hypothesis import given, settings
from hypothesis import strategies as st
from owlrl_closure import inconsistencies
from rdflib import OWL, RDF, RDFS, BNode, Graph, URIRef
from rdflib.collection import Collection
from thorough import share

from policytrace.graph.reasoning import fixed_point, ntriples_reader
from policytrace.graph.reasoning.axioms import Axioms, UnknownAxiom, axioms, packaged
from policytrace.graph.reasoning.fixed_point import FixedPoint, JoinRule
from policytrace.graph.reasoning.infer import infer
from policytrace.graph.reasoning.ntriples_reader import NotCanonical
from policytrace.graph.reasoning.owlrl_reasoner import infer_by_owlrl
from policytrace.graph.tables import tables
from policytrace.graph.tables.load import load
from policytrace.graph.tables.schema import schema
from policytrace.graph.vocabulary.scales import REALISED, REFUSED
from policytrace.graph.vocabulary.terms import concept, expand

HERE = DATA / "inference"
RULES = sorted((HERE / "rules").iterdir())
UNKNOWN = sorted((HERE / "unknown").iterdir())
EX = "https://example.org/"


def stated(folder: Path) -> Axioms:
    return axioms(Graph().parse(folder / "axioms.ttl"))


def triples(path: Path) -> set[ox.Triple]:
    return {quad.triple for quad in ox.parse(path=str(path), format=ox.RdfFormat.N_TRIPLES)}


@pytest.mark.parametrize("folder", RULES, ids=lambda path: path.name)
def test_every_kind_of_axiom_gives_what_follows_and_nothing_else(folder: Path, tmp_path: Path) -> None:
    out = tmp_path / "inferred.nt"
    count = infer(folder / "data.nt", out, stated(folder))
    expected = (folder / "expected.nt").read_bytes()
    assert out.read_bytes() == expected
    assert count == expected.count(b"\n")


@pytest.mark.parametrize("folder", RULES, ids=lambda path: path.name)
def test_hand_made_cases_equal_owlrl(folder: Path, tmp_path: Path) -> None:
    out = tmp_path / "reference.nt"
    count = infer_by_owlrl(folder / "data.nt", out, stated(folder))
    assert triples(out) == triples(folder / "expected.nt")
    assert count == len(triples(out))


@pytest.mark.parametrize("path", UNKNOWN, ids=lambda path: path.stem)
def test_unknown_axioms_are_refused_by_name_with_a_way_out(path: Path) -> None:
    with pytest.raises(UnknownAxiom) as refused:
        axioms(Graph().parse(path))
    expected = path.read_text("utf-8").splitlines()[0].removeprefix("# ")
    message = next(line for line in str(refused.value).splitlines() if line.startswith(expected))
    assert len(message.partition(" is not supported. ")[2]) > 20


def test_all_unknown_axioms_are_named_at_once() -> None:
    graph = Graph()
    for path in UNKNOWN:
        if not path.stem.startswith("chain-"):
            graph.parse(path)
    with pytest.raises(UnknownAxiom) as refused:
        axioms(graph)
    assert len({finding.axiom for finding in refused.value.findings}) > 15


def test_the_packaged_ontology_has_known_axioms_only() -> None:
    found = axioms()
    names = {
        "pt:inspiredBy": ("pt:realisedThrough", "pt:source"),
        "pt:inArea": ("pt:inRegion", "pt:within"),
        "pt:hasPartner": ("pt:hasPartnerMembership", "org:member"),
    }
    chains = {(expand(head), tuple(map(expand, body))) for head, body in names.items()}
    assert chains <= found.chains
    assert found.transitive == {expand("pt:within")}
    assert (expand("pt:Project"), expand("pt:Exchange")) in found.sub_classes


PROPERTIES = [URIRef(f"{EX}property/{name}") for name in "pqrst"]
CLASSES = [URIRef(f"{EX}class/{name}") for name in "ABCD"]
THINGS = [f"<{EX}thing/{number}>" for number in range(5)] + ["_:b0"]
LITERALS = ['"1"', '"1"@en', '"01"^^<http://www.w3.org/2001/XMLSchema#integer>']


@st.composite
def ontologies(draw: st.DrawFn) -> Graph:
    """A few random axioms of the known kinds."""
    graph = Graph()
    properties, classes = st.sampled_from(PROPERTIES), st.sampled_from(CLASSES)
    for _ in range(draw(st.integers(0, 5))):
        kind = draw(st.sampled_from(["class", "property", "inverse", "symmetric", "transitive", "chain"]))
        head = draw(properties)
        if kind == "class":
            graph.add((draw(classes), RDFS.subClassOf, draw(classes)))
        elif kind == "chain":
            body = BNode()
            Collection(graph, body, draw(st.lists(properties, min_size=2, max_size=3)))
            graph.add((head, OWL.propertyChainAxiom, body))
        elif kind in ("symmetric", "transitive"):
            graph.add((head, RDF.type, OWL[f"{kind.title()}Property"]))
        else:
            graph.add((head, RDFS.subPropertyOf if kind == "property" else OWL.inverseOf, draw(properties)))
    return graph


LINES = st.one_of(
    st.tuples(st.sampled_from(THINGS), st.just(RDF.type), st.sampled_from([f"<{c}>" for c in CLASSES])),
    st.tuples(st.sampled_from(THINGS), st.sampled_from(PROPERTIES), st.sampled_from(THINGS + LITERALS)),
)


@settings(max_examples=share(120, 40), deadline=None)
@given(ontologies(), st.lists(LINES, max_size=14))
def test_random_graphs_under_random_axioms_equal_owlrl(
    ontology: Graph, statements: list[tuple[str, URIRef, str]]
) -> None:
    stated = axioms(ontology)
    with tempfile.TemporaryDirectory() as folder:
        data, ours, reference = (Path(folder) / name for name in ("data.nt", "ours.nt", "reference.nt"))
        data.write_text("".join(f"{s} <{p}> {o} .\n" for s, p, o in statements))
        infer(data, ours, stated)
        infer_by_owlrl(data, reference, stated)
        assert triples(ours) == triples(reference)
        assert not any(line.startswith(b'"') for line in ours.read_bytes().splitlines())
        assert infer([data, ours], reference, stated) == 0


@pytest.mark.parametrize("block", [1, 7, fixed_point.BLOCK])
@pytest.mark.parametrize("kind", ["path", "tree", "dense", "cycles"])
def test_transitive_closure_equals_networkx(kind: str, block: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fixed_point, "BLOCK", block)
    graph: nx.DiGraph[int] = {
        "path": nx.path_graph(150, nx.DiGraph),
        "tree": nx.random_labeled_rooted_tree(120, seed=1).to_directed(),
        "dense": nx.gnp_random_graph(40, 0.1, seed=2, directed=True),
        "cycles": nx.compose(
            nx.cycle_graph(range(20), nx.DiGraph), nx.cycle_graph(range(15, 40), nx.DiGraph)
        ),
    }[kind]
    pairs = np.array([a << fixed_point.HALF | b for a, b in graph.edges], np.int64)
    found = FixedPoint([JoinRule(b"p", (b"q",))], [], [b"p"])
    found.add(b"p", pairs[::2])
    found.add(b"q", pairs[1::2])
    found.run()
    closed = {
        (int(pair >> fixed_point.HALF), int(pair & fixed_point.LOW))
        for pair in found.relations[b"p"].forward()
    }
    assert closed == set(nx.transitive_closure(graph, reflexive=None).edges) | {
        (node, node) for cycle in nx.strongly_connected_components(graph) if len(cycle) > 1 for node in cycle
    }


def test_chunks_and_a_last_line_without_end_lose_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = HERE / "rules" / "all-together"
    data, out = tmp_path / "data.nt", tmp_path / "out.nt"
    data.write_bytes((folder / "data.nt").read_bytes().removesuffix(b"\n"))
    monkeypatch.setattr(ntriples_reader, "_CHUNK", 16)
    steps: list[tuple[int, int]] = []
    infer(data, out, stated(folder), progress=lambda _stage, done, total: steps.append((done, total)))
    assert out.read_bytes() == (folder / "expected.nt").read_bytes()
    assert len(steps) > 3
    assert steps == sorted(steps)
    assert steps[-1][0] >= steps[-1][1]


@pytest.mark.parametrize(
    "line",
    [
        "<x:a>\t<x:p>\t<x:b> .",
        "<x:a> <x:p> <x:b>.",
        "<x:a> <x:p> <x:b> .\r",
        "<x:a>  <x:p> <x:b> .",
        "# remark",
        "",
        "<x:a> <x:p> .",
    ],
)
def test_other_layouts_of_n_triples_are_refused_with_their_line(line: str, tmp_path: Path) -> None:
    data = tmp_path / "data.nt"
    data.write_bytes(f"<x:a> <x:p> <x:b> .\n{line}\n<x:a> <x:p> <x:c> .\n".encode())
    with pytest.raises(NotCanonical, match=r"data\.nt, line 2:"):
        infer(data, tmp_path / "out.nt", Axioms(symmetric=frozenset({"x:p"})))


def test_equality_between_data_is_refused(tmp_path: Path) -> None:
    data = tmp_path / "data.nt"
    data.write_text(f"<x:a> <{OWL.sameAs}> <x:b> .\n")
    with pytest.raises(UnknownAxiom, match="x:a"):
        infer(data, tmp_path / "out.nt", axioms())


@pytest.fixture(scope="module")
def sample_triples(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The sample with the ontology and its schemes, as a release has them."""
    folder = tmp_path_factory.mktemp("loaded")
    path = load(tables.read([SAMPLE], schema()), folder).triples
    with path.open("a", encoding="utf-8") as file:
        for quad in ox.parse(packaged().serialize(format="nt"), format=ox.RdfFormat.N_TRIPLES):
            if not isinstance(quad.subject, ox.BlankNode) and not isinstance(quad.object, ox.BlankNode):
                file.write(f"{quad.triple} .\n")
    return path


@pytest.fixture(scope="module")
def sample_inferred(sample_triples: Path) -> Path:
    out = sample_triples.parent / "inferred.nt"
    infer(sample_triples, out, axioms())
    return out


def test_the_sample_equals_owlrl(sample_triples: Path, sample_inferred: Path) -> None:
    out = sample_triples.parent / "reference.nt"
    infer_by_owlrl(sample_triples, out, axioms())
    assert triples(sample_inferred) == triples(out)


def test_inferring_again_adds_nothing(sample_triples: Path, sample_inferred: Path) -> None:
    again = sample_triples.parent / "again.nt"
    assert infer([sample_triples, sample_inferred], again, axioms()) == 0
    assert again.read_bytes() == b""


def test_the_output_is_sorted_new_and_parses(sample_triples: Path, sample_inferred: Path) -> None:
    lines = sample_inferred.read_bytes().splitlines(keepends=True)
    assert lines == sorted(set(lines))
    assert len(triples(sample_inferred)) == len(lines)
    assert not triples(sample_inferred) & triples(sample_triples)


def test_only_realised_transfers_entail_influence(sample_triples: Path, sample_inferred: Path) -> None:
    store = ox.Store()
    store.bulk_load(path=str(sample_triples), format=ox.RdfFormat.N_TRIPLES)
    codes = " ".join(f"<{concept('stage', code)}>" for code in REALISED)
    refused = " ".join(f"<{concept('outcome', code)}>" for code in REFUSED)
    rows = store.query(
        "SELECT ?measure ?source { ?t pt:toMeasure ?measure ; pt:source ?source ; pt:stage ?code "
        f"VALUES ?code {{ {codes} }} "
        f"FILTER NOT EXISTS {{ ?t pt:outcome ?outcome VALUES ?outcome {{ {refused} }} }} }}",
        prefixes={"pt": expand("pt:")},
    )
    assert isinstance(rows, ox.QuerySolutions)
    realised = {(row["measure"], row["source"]) for row in rows}
    inspired = {
        (t.subject, t.object)
        for t in triples(sample_inferred)
        if t.predicate.value == expand("pt:inspiredBy")
    }
    assert realised
    assert inspired == realised


def test_contradictions_are_listed_and_the_ontology_has_none(tmp_path: Path) -> None:
    assert inconsistencies(axioms().source) == []
    graph = Graph().parse(HERE / "unknown" / "disjoint.ttl")
    thing = URIRef(EX + "a")
    graph.add((thing, RDF.type, URIRef(EX + "A")))
    graph.add((thing, RDF.type, URIRef(EX + "B")))
    size = len(graph)
    (message,) = inconsistencies(graph)
    assert "isjoint" in message
    assert str(thing) in message
    assert len(graph) == size
