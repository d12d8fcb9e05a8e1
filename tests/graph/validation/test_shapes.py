"""Every shape has valid and invalid cases in files, and both validators judge all of them alike.

A file ``tests/data/shapes/<shape>/{valid,invalid}-<what>.ttl`` describes first the thing to be judged. An
invalid one says in lines ``# expect: <source shape> <severity>`` what that shape must report about it. All
cases are checked in one graph, in which each has identifiers of its own.
"""

import re
from collections.abc import Iterable
from functools import cache
from importlib.resources import files
from pathlib import Path

import pyoxigraph as ox
import pytest
from folders import DATA

from policytrace.graph.tables.schema import schema
from policytrace.graph.validation.report import ValidationReport
from policytrace.graph.validation.results import Result
from policytrace.graph.validation.shapes import ShapesGraph, Term, packaged, title
from policytrace.graph.validation.validate import reference, validate
from policytrace.graph.vocabulary.terms import BASE, PTSH, RDF, RDFS, SH, expand

FOLDER = DATA / "shapes"
CASES = {path.relative_to(FOLDER).with_suffix("").as_posix(): path for path in sorted(FOLDER.glob("*/*.ttl"))}
CONCEPT = "concept"
"""Shapes of this ending are asked for by others and have no targets of their own."""

Expected = set[tuple[str, str]]


@cache
def shapes() -> ShapesGraph:
    return ShapesGraph(packaged())


@cache
def ontology() -> list[ox.Triple]:
    root = files("policytrace") / "ontology"
    sources = [root / "core.ttl", *(root / "schemes").iterdir()]
    return [
        quad.triple
        for source in sources
        for quad in ox.parse(source.read_bytes(), format=ox.RdfFormat.TURTLE)
        if quad.predicate.value in (RDFS + "subClassOf", RDF + "type") or "/schemes" in str(source)
    ]


def _parsed(path: Path) -> list[ox.Triple]:
    return [quad.triple for quad in ox.parse(path=str(path), format=ox.RdfFormat.TURTLE)]


def _own(number: int, triples: list[ox.Triple]) -> Iterable[ox.Triple]:
    """The case with identifiers that no other case has."""
    described = {triple.subject for triple in triples}

    def own(term: Term) -> Term:
        if isinstance(term, ox.NamedNode) and (term in described or term.value.startswith(BASE + "id/")):
            return ox.NamedNode(f"{term.value}/case/{number}")
        return term

    for triple in triples:
        yield ox.Triple(own(triple.subject), triple.predicate, own(triple.object))  # type: ignore[arg-type]


@pytest.fixture(scope="module")
def graph() -> ox.Store:
    triples = list(ontology())
    for number, path in enumerate(CASES.values()):
        triples += _own(number, _parsed(path))
    store = ox.Store()
    store.extend(ox.Quad(*triple) for triple in triples)
    return store


@pytest.fixture(scope="module")
def compiled(graph: ox.Store) -> ValidationReport:
    return validate(graph)


@pytest.fixture(scope="module")
def by_pyshacl(graph: ox.Store) -> ValidationReport:
    return reference(graph)


def _judged(report: ValidationReport, name: str) -> Expected:
    """What the shape of a case reports about the thing of the case."""
    subject = _parsed(CASES[name])[0].subject
    assert isinstance(subject, ox.NamedNode)
    thing = f"{subject.value}/case/{list(CASES).index(name)}"
    shape = PTSH + name.partition("/")[0]
    return {
        (title(result.shape), f"sh:{result.severity.removeprefix(SH)}")
        for result in report.results
        if result.focus.value == thing and re.fullmatch(f"{re.escape(shape)}(-.*)?", result.shape.value)
    }


def _expected(name: str) -> Expected:
    found = re.findall(r"^# expect: (\S+) (\S+)$", CASES[name].read_text("utf-8"), re.MULTILINE)
    return {(shape, severity) for shape, severity in found}


@pytest.mark.parametrize("name", CASES)
def test_a_case_is_judged_as_its_file_says(name: str, compiled: ValidationReport) -> None:
    expected = _expected(name)
    assert bool(expected) == name.partition("/")[2].startswith("invalid-")
    assert _judged(compiled, name) == expected


def test_no_shape_needs_pyshacl(compiled: ValidationReport) -> None:
    assert compiled.fallback == {}


def test_pyshacl_reports_the_same(compiled: ValidationReport, by_pyshacl: ValidationReport) -> None:
    assert {result.key for result in compiled.results} == {result.key for result in by_pyshacl.results}


def test_both_report_the_same_messages(compiled: ValidationReport, by_pyshacl: ValidationReport) -> None:
    def said(results: Iterable[Result]) -> dict[tuple[str, ...], list[str]]:
        # pySHACL drops the language of a message it has filled in.
        return {result.key: [message.value for message in result.messages] for result in results}

    assert said(compiled.results) == said(by_pyshacl.results)


def test_every_shape_has_valid_and_invalid_cases() -> None:
    wanted = {
        (root.node.value.removeprefix(PTSH), kind)
        for root in shapes().roots()
        for kind in ("valid", "invalid")
    }
    found = {(name.partition("/")[0], name.partition("/")[2].partition("-")[0]) for name in CASES}
    assert found == wanted


def test_every_rule_is_broken_by_a_case() -> None:
    rules = set()
    for root in shapes().roots():
        inner = root.parameters.get("property", [])
        rules |= {title(node) for node in inner}
        if set(root.parameters) & {"or", "xone", "sparql"}:
            rules.add(title(root.node))
    assert {rule for rule, _ in set().union(*map(_expected, CASES))} == rules


def test_every_class_of_the_tables_has_a_shape() -> None:
    targets = {term.value for root in shapes().roots() for term in root.parameters.get("targetClass", [])}
    classes = set()
    for table in schema().tables.values():
        classes |= {table.cls} if isinstance(table.cls, str) else set(table.cls.values.values())
    assert classes - targets == {expand("skos:Concept")}


def test_a_class_has_its_shape_in_the_file_of_its_name() -> None:
    root = files("policytrace") / "shapes"
    for node in shapes().roots():
        classes = [term.value for term in node.parameters.get("targetClass", [])]
        if len(classes) == 1:
            name = re.split("[#/]", classes[0])[-1]
            assert f"{title(node.node)}\n" in (root / f"{name}.ttl").read_text("utf-8")


def test_every_rule_says_in_english_what_to_do() -> None:
    for node in shapes().nodes():
        if isinstance(node, ox.NamedNode) and node.value.startswith(PTSH):
            shape = shapes().shape(node)
            if "select" in shape.parameters or re.search(rf"-{CONCEPT}(-|$)", node.value):
                continue
            assert "name" in shape.parameters, node
            if shape.path is not None or set(shape.parameters) & {"or", "xone", "sparql"}:
                assert "severity" in shape.parameters, node
                (message,) = shape.messages
                assert message.language == "en"
                assert len(message.value) > 40
                assert message.value.endswith(".")


def test_what_is_missing_is_a_gap_and_no_violation() -> None:
    for node in shapes().nodes():
        if isinstance(node, ox.NamedNode) and node.value.endswith("Known") and "Known" in node.value:
            shape = shapes().shape(node)
            paths = shape.path.text if shape.path else ""
            assert shape.severity == SH + "Info" or RDF + "type" in paths, node
