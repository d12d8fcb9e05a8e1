"""The ontology, its concept schemes, its style rules, and what follows from its axioms."""

import re
import tomllib
from collections import Counter
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any

import pyshacl
import pytest
from folders import DATA
from rdflib import DCTERMS, OWL, RDF, RDFS, SKOS, VOID, Graph, Literal, Namespace, URIRef
from rdflib.term import Node

from policytrace.graph.reasoning.strength import rule
from policytrace.graph.vocabulary.scales import LEVELS, RELATIONS, STAGES

CASES = DATA / "ontology"
ONTOLOGY = Path(str(files("policytrace") / "ontology"))
SCHEMES = sorted((ONTOLOGY / "schemes").glob("*.ttl"))

HEADER = URIRef("https://w3id.org/policytrace/ns")
MOD = Namespace("https://w3id.org/mod#")
PT = Namespace("https://w3id.org/policytrace/ns#")
PTSH = Namespace("https://w3id.org/policytrace/shapes#")
SCHEMA = Namespace("https://schema.org/")
SCHEME = "https://w3id.org/policytrace/scheme/"
SH = Namespace("http://www.w3.org/ns/shacl#")

AXIOMS = {
    RDFS.subClassOf,
    RDFS.subPropertyOf,
    OWL.inverseOf,
    OWL.propertyChainAxiom,
}
CHARACTERISTICS = {OWL.SymmetricProperty, OWL.TransitiveProperty}
KINDS = {OWL.Class, OWL.ObjectProperty, OWL.DatatypeProperty}
DATATYPES = {"integer": "xsd:integer", "decimal": "xsd:decimal", "boolean": "xsd:boolean"}

UNWANTED = [
    "http://www.w3.org/ns/prov#hadActivity",
    "http://www.w3.org/ns/prov#wasDerivedFrom",
    "http://data.europa.eu/m8g/hasSupportingEvidence",
]
"""Foreign properties whose domains would type our things as what they are not."""


def graph(*paths: Path) -> Graph:
    found = Graph()
    for path in paths:
        found.parse(path)
    return found


@cache
def core() -> Graph:
    return graph(ONTOLOGY / "core.ttl")


@cache
def published() -> Graph:
    return graph(ONTOLOGY / "core.ttl", ONTOLOGY / "alignments.ttl", *SCHEMES)


@cache
def style() -> Graph:
    return graph(ONTOLOGY / "style.ttl", ONTOLOGY / "prefixes.ttl")


def results(data: Graph) -> Counter[tuple[Node | None, Node | None]]:
    """Focus node and broken rule of each result; an exception of the style guide is part of the data."""
    judged = Graph() + data
    for exception in style().triples((None, PTSH.exemptFrom, None)):
        judged.add(exception)
    _, report, _ = pyshacl.validate(judged, shacl_graph=style())
    assert isinstance(report, Graph)
    return Counter(
        (report.value(found, SH.focusNode), report.value(found, SH.sourceConstraint) or shape)
        for found, shape in report.subject_objects(SH.sourceShape)
    )


@cache
def schema() -> dict[str, Any]:
    return tomllib.loads((files("policytrace") / "graph" / "tables" / "schema.toml").read_text("utf-8"))


def columns() -> list[tuple[str, str, dict[str, Any]]]:
    """Table, name and declaration of every column that becomes one of our properties."""
    return [
        (table, name, column)
        for table, declared in schema().items()
        for name, column in declared["columns"].items()
        if column.get("property", "").startswith("pt:")
    ]


def table_class(table: str) -> URIRef:
    declared = schema()[table].get("class", "rdfs:Resource")
    return expand("pt:Exchange" if isinstance(declared, dict) else declared)


def expand(curie: str) -> URIRef:
    return core().namespace_manager.expand_curie(curie)


# Form


@pytest.mark.parametrize("path", sorted(ONTOLOGY.rglob("*.ttl")), ids=lambda path: path.name)
def test_file_is_turtle_and_says_something(path: Path) -> None:
    assert len(graph(path)) > 0


def test_ontology_keeps_its_style_rules() -> None:
    assert results(published()) == Counter()


@pytest.mark.parametrize("name", ["broken_concepts", "broken_header", "broken_terms"])
def test_style_rules_find_each_fault_and_no_other(name: str) -> None:
    data = graph(CASES / f"{name}.ttl")
    expected: Counter[tuple[Node | None, Node | None]] = Counter()
    for result in list(data.subjects(RDF.type, SH.ValidationResult)):
        expected[data.value(result, SH.focusNode), data.value(result, SH.sourceShape)] = 1
        data.remove((result, None, None))
    assert expected
    assert set(results(data)) == set(expected)


def test_each_style_rule_is_broken_by_a_case_and_has_a_message() -> None:
    rules = set(style().subjects(SH.message))
    cases = graph(*CASES.glob("broken_*.ttl"))
    assert set(cases.objects(None, SH.sourceShape)) == rules


def test_terms_have_one_block_shape_and_stand_in_alphabetical_order() -> None:
    order = [
        "a", "rdfs:subClassOf", "rdfs:subPropertyOf", "owl:inverseOf", "owl:propertyChainAxiom", "rdfs:label",
        "skos:definition", "skos:example", "skos:scopeNote", "schema:domainIncludes", "schema:rangeIncludes",
        "rdfs:seeAlso", "rdfs:isDefinedBy", "vs:term_status", "dct:issued",
    ]  # fmt: skip
    text = (ONTOLOGY / "core.ttl").read_text("utf-8")
    for section in re.split(r"\n# [A-Z][a-z ]+\n", text)[1:]:
        blocks = re.findall(r"^pt:(\w+)\n((?:    .+\n)+)", section, re.MULTILINE)
        names = [name for name, _ in blocks]
        assert names == sorted(names)
        for name, block in blocks:
            used = [line.split()[0] for line in block.splitlines()]
            assert used == sorted(used, key=order.index), name


# Header


def test_header_describes_the_ontology_fully() -> None:
    wanted = {
        "bibo:status", "dct:abstract", "dct:bibliographicCitation", "dct:contributor", "dct:created",
        "dct:creator", "dct:description", "dct:issued", "dct:license", "dct:modified", "dct:publisher",
        "dct:source", "dct:title", "mod:competencyQuestion", "owl:versionIRI", "owl:versionInfo",
        "vann:preferredNamespacePrefix", "vann:preferredNamespaceUri", "void:vocabulary",
    }  # fmt: skip
    assert {expand(name) for name in wanted} <= set(core().predicates(HEADER))
    version = core().value(HEADER, OWL.versionInfo)
    assert core().value(HEADER, OWL.versionIRI) == URIRef(f"{HEADER}/{version}")


def test_header_asks_the_competency_questions_of_the_scheme() -> None:
    scheme = URIRef(SCHEME + "competency-question")
    questions = {
        published().value(concept, SKOS.prefLabel) for concept in published().subjects(SKOS.inScheme, scheme)
    }
    assert len(questions) == 20
    assert set(core().objects(HEADER, MOD.competencyQuestion)) == questions


def test_header_declares_the_vocabularies_that_the_ontology_reuses() -> None:
    own = {str(PT), "https://w3id.org/policytrace/id/publisher/"}
    basic = {str(RDF), str(RDFS), str(OWL), "http://www.w3.org/2001/XMLSchema#"}
    used = {
        re.sub(r"[^/#]+$", "", str(term))
        for s, p, o in core()
        for term in (
            p,
            o if p in {RDF.type, RDFS.subClassOf, RDFS.subPropertyOf, SCHEMA.rangeIncludes} else p,
        )
    }
    assert used - own - basic == {str(name) for name in core().objects(HEADER, VOID.vocabulary)}


# Agreement with the tables


@pytest.mark.parametrize(("table", "name", "column"), columns(), ids=lambda value: str(value)[:40])
def test_column_has_a_declared_property_that_fits(table: str, name: str, column: dict[str, Any]) -> None:
    term = expand(column["property"])
    things = {"ref", "code", "url", "sources"}
    kind = OWL.ObjectProperty if column["type"] in things else OWL.DatatypeProperty
    assert (term, RDF.type, kind) in core()
    carriers = set(core().objects(term, SCHEMA.domainIncludes))
    assert carriers & {table_class(table), RDFS.Resource}
    values = set(core().objects(term, SCHEMA.rangeIncludes))
    if column["type"] == "ref":
        assert {table_class(target) for target in column["to"]} <= values
    elif column["type"] == "code":
        assert SKOS.Concept in values
        assert URIRef(SCHEME + column["scheme"]) in set(core().objects(term, RDFS.seeAlso))
    elif column["type"] == "sources":
        assert table_class("documents") in values
    else:
        text = "rdf:langString" if column.get("lang") else "xsd:string"
        assert expand(DATATYPES.get(column["type"], text)) in values


def test_each_scheme_and_class_the_tables_use_exists() -> None:
    wanted = {
        URIRef(SCHEME + column["scheme"])
        for declared in schema().values()
        for column in declared["columns"].values()
        if "scheme" in column
    }
    assert wanted <= set(published().subjects(RDF.type, SKOS.ConceptScheme))
    classes = {table_class(table) for table in schema()} | {
        expand(name)
        for declared in schema().values()
        if isinstance(by_code := declared.get("class"), dict)
        for code, name in by_code.items()
        if code != "column"
    }
    assert {name for name in classes if name in PT} <= set(core().subjects(RDF.type, OWL.Class))


def test_each_property_that_names_a_scheme_names_a_published_one() -> None:
    named = {str(scheme) for scheme in core().objects(None, RDFS.seeAlso) if str(scheme).startswith(SCHEME)}
    foreign = {"exchange-kind", "organisation-type", "role"}
    assert named == {SCHEME + path.stem for path in SCHEMES if path.stem not in foreign}


def test_scheme_stands_in_the_file_of_its_name() -> None:
    for path in SCHEMES:
        assert set(graph(path).subjects(RDF.type, SKOS.ConceptScheme)) == {URIRef(SCHEME + path.stem)}


def test_each_kind_of_event_has_a_phase() -> None:
    kinds = set(published().subjects(SKOS.inScheme, URIRef(SCHEME + "event-kind")))
    phases = set(published().subjects(SKOS.inScheme, URIRef(SCHEME + "phase")))
    assert kinds
    assert {published().value(kind, PT.typicalPhase) for kind in kinds} <= phases


def test_terms_named_in_code_queries_and_shapes_are_declared() -> None:
    declared = {str(term).removeprefix(str(PT)) for kind in KINDS for term in core().subjects(RDF.type, kind)}
    for folder, suffix in (("graph", "py"), ("queries", "rq"), ("shapes", "ttl"), ("server", "py")):
        for path in sorted(Path(str(files("policytrace") / folder)).rglob(f"*.{suffix}")):
            named = set(re.findall(r"\bpt:([A-Za-z]\w*)(?![\w{])", path.read_text("utf-8")))
            assert named <= declared, path.name


# Axioms


def test_axioms_are_of_the_kinds_that_inference_reads() -> None:
    structure = {RDF.type, RDF.first, RDF.rest}
    for s, p, o in published():
        if p in AXIOMS | structure or not str(p).startswith(str(OWL)):
            continue
        assert s == HEADER, (s, p, o)
    types = set(published().objects(None, RDF.type))
    assert {t for t in types if str(t).startswith(str(OWL))} == KINDS | CHARACTERISTICS | {OWL.Ontology}


@pytest.mark.parametrize("term", UNWANTED)
def test_ontology_keeps_away_from(term: str) -> None:
    assert not any(URIRef(term) in triple for triple in published())


def test_alignments_are_mappings_alone() -> None:
    mappings = {SKOS.closeMatch, SKOS.broadMatch, SKOS.exactMatch, SKOS.narrowMatch, SKOS.relatedMatch}
    aligned = graph(ONTOLOGY / "alignments.ttl")
    assert set(aligned.predicates()) <= mappings
    known = set(core().subjects()) | {s for path in SCHEMES for s in graph(path).subjects()}
    assert set(aligned.subjects()) <= known


def test_strength_levels_are_ordered_and_tell_the_rule_in_words() -> None:
    scheme = URIRef(SCHEME + "strength")
    levels = sorted(published().subjects(SKOS.inScheme, scheme), key=lambda level: rank(level))
    codes = [str(level).rpartition("/")[2] for level in levels]
    assert codes == ["very-weak", "weak", "moderate", "strong", "very-strong"]
    for node, level in zip(levels, rule().levels, strict=True):
        assert str(published().value(node, SKOS.definition)) == level.definition
    assert str(published().value(scheme, SKOS.scopeNote)) == rule().note


def codes(scheme: str) -> dict[str, Literal | None]:
    """The codes of a scheme with their ranks."""
    found = published().subjects(SKOS.inScheme, URIRef(SCHEME + scheme))
    ranks = {concept: published().value(concept, PT.rank) for concept in found}
    assert all(value is None or isinstance(value, Literal) for value in ranks.values())
    return {str(concept).rpartition("/")[2]: value for concept, value in ranks.items()}  # type: ignore[misc]


def test_stages_are_ordered_and_the_unknown_one_is_not() -> None:
    stages = codes("stage")
    assert stages.pop("unknown") is None
    ordered = ["learned", "considered", "intended", "committed", "piloted", "implemented", "sustained"]
    assert sorted(stages, key=lambda code: int(stages[code] or 0)) == ordered
    assert [int(stages[code] or 0) for code in ordered] == [1, 2, 3, 4, 5, 6, 7]


@pytest.mark.parametrize(
    ("scheme", "wanted"),
    {
        "outcome": {"open", "completed", "rejected", "blocked", "discontinued", "unknown"},
        "as-of-kind": {"stated", "not-before"},
        "effect": {"start", "change", "stop", "avoid", "none-yet"},
        "degree": {"copied", "adapted", "combined", "inspired", "negative-lesson", "unknown"},
        "object": {"goal", "design", "instrument", "programme", "institution", "tool", "idea"},
        "attribution": {"explicit", "implied", "inferred"},
        "reading": {"whole", "part"},
        "locator-state": {"none", "given", "checked", "gone"},
        "change-state": {"intended", "made"},
        "evidence-direction": {"supports", "weakens", "context"},
    }.items(),
)
def test_schemes_of_the_codebook_hold_its_codes_in_no_order(scheme: str, wanted: set[str]) -> None:
    assert codes(scheme) == dict.fromkeys(wanted)


@pytest.mark.parametrize("scheme", ["stage", "outcome", "effect", "degree", "object", "attribution"])
def test_schemes_of_the_codebook_name_their_literature(scheme: str) -> None:
    node = URIRef(SCHEME + scheme)
    works = [str(text) for text in published().objects(node, DCTERMS.bibliographicCitation)]
    assert works
    assert all(re.search(r", (19|20)\d\d(, pp\. \d+-\d+)?\.$", work) for work in works)
    for named in published().objects(node, DCTERMS.source):
        assert str(named).startswith("https://doi.org/10.")
    assert published().value(node, SKOS.scopeNote)


def test_an_amount_is_said_of_a_sum_alone_and_how_to_add_up() -> None:
    assert set(core().objects(PT.amount, SCHEMA.domainIncludes)) == {PT.SumOfMoney}
    assert set(core().objects(PT.money, SCHEMA.rangeIncludes)) == {PT.SumOfMoney}
    (note,) = core().objects(PT.amount, SKOS.scopeNote)
    assert "each sum once and each currency for itself" in str(note)


def rank(level: Node) -> int:
    value = published().value(level, PT.rank)
    assert isinstance(value, Literal)
    return int(value)


@pytest.mark.parametrize(
    ("scheme", "codes"),
    [("strength", LEVELS), ("stage", STAGES), ("publisher-relation", RELATIONS)],
)
def test_a_scale_orders_the_codes_of_its_scheme(scheme: str, codes: tuple[str, ...]) -> None:
    published = Graph().parse(ONTOLOGY / "schemes" / f"{scheme}.ttl").objects(None, SKOS.notation)
    assert sorted(codes) == sorted(map(str, published))
