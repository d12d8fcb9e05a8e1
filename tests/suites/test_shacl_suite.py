"""The W3C test suite of SHACL Core, run with the compiler and with pySHACL.

``POLICYTRACE_SUITES`` names the folder that holds ``data-shapes/core``.
"""

import os
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import pyoxigraph as ox
import pytest

from policytrace.graph.validation.report import ValidationReport
from policytrace.graph.validation.shapes import ShapesGraph, Term
from policytrace.graph.validation.validate import reference, validate
from policytrace.graph.vocabulary.terms import SH

MF = "http://www.w3.org/2001/sw/DataAccess/tests/test-manifest#"
SHT = "http://www.w3.org/ns/shacl-test#"
SUITES = os.environ.get("POLICYTRACE_SUITES", "")
CORE = Path(SUITES) / "data-shapes" / "core"
KNOWN_FAILURES: dict[str, str] = {}
"""Cases that fail, and why."""
PYSHACL_FAILURES = {"property/uniqueLang-002": 'reads "1"^^xsd:boolean as true'}
"""Cases that pySHACL fails."""
CASES = 98

Key = tuple[str, str, str, str, str, str]


@dataclass(frozen=True)
class Case:
    """One test: data, shapes, and the results expected; None for a shapes graph that must be refused."""

    data: list[ox.Triple]
    shapes: list[ox.Triple]
    expected: list[Key] | None


@cache
def _parsed(path: Path) -> tuple[ox.Triple, ...]:
    quads = ox.parse(
        path=str(path), format=ox.RdfFormat.TURTLE, base_iri=path.as_uri(), rename_blank_nodes=True
    )
    return tuple(quad.triple for quad in quads)


def _file(term: Term) -> Path:
    return Path(term.value.removeprefix("file://"))


def _cases() -> dict[str, Path]:
    found = {}
    for path in sorted(CORE.rglob("*.ttl")):
        if any(triple.object == ox.NamedNode(SHT + "Validate") for triple in _parsed(path)):
            found[path.relative_to(CORE).with_suffix("").as_posix()] = path
    return found


def _case(path: Path) -> Case:
    triples = _parsed(path)
    graph = ShapesGraph(triples)
    (entry,) = [
        triple.subject
        for triple in triples
        if triple.object == ox.NamedNode(SHT + "Validate") and isinstance(triple.subject, ox.NamedNode)
    ]
    (action,), (result,) = graph.values(entry, MF + "action"), graph.values(entry, MF + "result")
    files = [_file(graph.values(action, SHT + name)[0]) for name in ("dataGraph", "shapesGraph")]
    data, shapes = (list(_parsed(file)) for file in files)
    if isinstance(result, ox.NamedNode):
        return Case(data, shapes, None)
    return Case(data, shapes, [_expected(graph, node) for node in graph.values(result, SH + "result")])


def _expected(graph: ShapesGraph, node: Term) -> Key:
    def one(name: str) -> Term | None:
        return next(iter(graph.values(node, SH + name)), None)

    path = one("resultPath")
    return (
        str(one("focusNode") or ""),
        graph.path(path).text if path is not None else "",
        str(one("value") or ""),
        getattr(one("sourceConstraintComponent"), "value", ""),
        getattr(one("resultSeverity"), "value", ""),
        str(one("sourceShape") or ""),
    )


def _agrees(expected: list[Key], report: ValidationReport) -> bool:
    """Whether each result expected was found and no other; a blank node in either is any node."""
    left = list(dict.fromkeys(result.key for result in report.results))
    for wanted in sorted(set(expected), key=lambda key: sum(part.startswith("_:") for part in key)):
        match = next((found for found in left if all(map(_same, wanted, found))), None)
        if match is None:
            return False
        left.remove(match)
    return not left


def _same(wanted: str, found: str) -> bool:
    return wanted == found or (wanted.startswith("_:") and found.startswith("_:"))


needs_suite = pytest.mark.skipif(
    not SUITES, reason="POLICYTRACE_SUITES does not name the folder of test suites"
)


@needs_suite
def test_the_suite_is_complete() -> None:
    assert len(_cases()) == CASES


@needs_suite
@pytest.mark.parametrize("name", _cases() if SUITES else ["data-shapes/core"])
def test_w3c_case(name: str) -> None:
    case = _case(_cases()[name])
    assert case.expected is not None
    agrees = _agrees(case.expected, validate(case.data, case.shapes))
    assert agrees != (name in KNOWN_FAILURES), KNOWN_FAILURES.get(name, "differs from the expected report")


@needs_suite
def test_whatever_pyshacl_passes_the_compiler_passes() -> None:
    failed = set()
    for name, path in _cases().items():
        case = _case(path)
        if case.expected is not None and not _agrees(case.expected, reference(case.data, case.shapes)):
            failed.add(name)
    assert failed == set(PYSHACL_FAILURES)
    assert set(KNOWN_FAILURES) <= set(PYSHACL_FAILURES)
