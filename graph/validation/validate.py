"""Validate a graph: shapes compiled to SPARQL, with pySHACL as reference and for what cannot be compiled."""

import logging
import os
import warnings
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from contextlib import contextmanager

import pyoxigraph as ox
import pyshacl
import rdflib

from policytrace.graph.sparql.rdflib_terms import from_rdflib, to_rdflib
from policytrace.graph.validation.algebra import Conformance
from policytrace.graph.validation.conditions import NORMALISED_DATATYPES
from policytrace.graph.validation.data_graph import DataGraph
from policytrace.graph.validation.report import ValidationReport, ordered, places
from policytrace.graph.validation.results import Result
from policytrace.graph.validation.shapes import TYPE, Shape, ShapesGraph, Term, packaged, title
from policytrace.graph.validation.targets import NotCompiledError
from policytrace.graph.vocabulary.terms import SH

_TARGETS = tuple(SH + name for name in ("targetClass", "targetNode", "targetSubjectsOf", "targetObjectsOf"))
_THREADS = min(4, os.cpu_count() or 1)

Progress = Callable[[str, int, int], None]


def validate(
    data: ox.Store | Sequence[ox.Triple],
    shapes: Iterable[ox.Triple] | None = None,
    *,
    progress: Progress | None = None,
) -> ValidationReport:
    """Check a graph against shapes.

    Args:
        data: a store, of which the default graph is checked, or triples.
        shapes: a shapes graph; without one, that of the product.
        progress: called with ``"validate"``, the shapes done and the shapes to do.

    Raises:
        ShapeSyntaxError: the shapes graph is not well-formed.
    """
    graph = ShapesGraph(packaged() if shapes is None else shapes)
    store = data if isinstance(data, ox.Store) else _stored(data)
    roots = graph.roots()
    lost = _lost(data)
    reasons = {root.node: f"the store does not keep {lost}" for root in roots if lost}
    results: list[Result] = []
    conformance = Conformance(DataGraph(store), graph)
    with ThreadPoolExecutor(_THREADS) as pool:
        work = {pool.submit(conformance.check_root, root): root for root in roots if not lost}
        for number, future in enumerate(as_completed(work)):
            if progress:
                progress("validate", number, len(work))
            try:
                results += future.result()
            except NotCompiledError as error:
                reasons[work[future].node] = str(error)
    if reasons:
        left = _without_targets(graph, [root for root in roots if root.node not in reasons])
        results += _pyshacl(data, left)
    if progress:
        progress("validate", len(roots), len(roots))
    found = ordered(results)
    fallback = {title(node): reason for node, reason in sorted(reasons.items(), key=str)}
    return ValidationReport(found, graph, places(store, found), fallback)


def reference(
    data: ox.Store | Sequence[ox.Triple], shapes: Iterable[ox.Triple] | None = None
) -> ValidationReport:
    """Check a graph with pySHACL alone; data and shapes both stand in rdflib's memory then."""
    graph = ShapesGraph(packaged() if shapes is None else shapes)
    result = ordered(_pyshacl(data, graph.triples))
    store = data if isinstance(data, ox.Store) else _stored(data)
    return ValidationReport(result, graph, places(store, result))


def _stored(triples: Iterable[ox.Triple]) -> ox.Store:
    store = ox.Store()
    store.extend(ox.Quad(triple.subject, triple.predicate, triple.object) for triple in triples)
    return store


def _lost(data: ox.Store | Sequence[ox.Triple]) -> str:
    """A datatype in the data that a store would not keep, or ``""``."""
    if isinstance(data, ox.Store):
        return ""
    datatypes = {triple.object.datatype.value for triple in data if isinstance(triple.object, ox.Literal)}
    return ", ".join(sorted(datatypes & NORMALISED_DATATYPES))


def _without_targets(graph: ShapesGraph, shapes: Iterable[Shape]) -> list[ox.Triple]:
    """The shapes graph in which these shapes apply only where another one refers to them."""
    nodes = {shape.node for shape in shapes}
    return [
        triple
        for triple in graph.triples
        if triple.subject not in nodes
        or not (
            triple.predicate.value in _TARGETS
            or (
                triple.predicate.value == TYPE
                and isinstance(triple.object, ox.NamedNode)
                and not triple.object.value.startswith(SH)
            )
        )
    ]


def _rdflib(triples: Iterable[ox.Triple]) -> rdflib.Graph:
    graph = rdflib.Graph()
    for triple in triples:
        graph.add((to_rdflib(triple.subject), to_rdflib(triple.predicate), to_rdflib(triple.object)))
    return graph


def _triples(data: ox.Store | Sequence[ox.Triple]) -> Iterable[ox.Triple]:
    if isinstance(data, ox.Store):
        return (quad.triple for quad in data.quads_for_pattern(None, None, None, ox.DefaultGraph()))
    return data


def _pyshacl(data: ox.Store | Sequence[ox.Triple], shapes: Iterable[ox.Triple]) -> Iterator[Result]:
    with warnings.catch_warnings(), _quiet("rdflib.term", "pyshacl-validate"):
        warnings.simplefilter("ignore")
        _, found, text = pyshacl.validate(
            _rdflib(_triples(data)), shacl_graph=_rdflib(shapes), inference="none", inplace=True
        )
    if not isinstance(found, rdflib.Graph):
        raise RuntimeError(f"pySHACL could not validate: {text}")
    report = ShapesGraph(ox.Triple(*map(from_rdflib, triple)) for triple in found)  # type: ignore[arg-type]
    for node in report.nodes():
        for result in report.values(node, SH + "result"):
            yield _result(report, result)


@contextmanager
def _quiet(*names: str) -> Iterator[None]:
    """Ill-typed literals are what validation looks for; rdflib need not log each of them."""
    before = {name: logging.getLogger(name).level for name in names}
    try:
        for name in names:
            logging.getLogger(name).setLevel(logging.CRITICAL)
        yield
    finally:
        for name, level in before.items():
            logging.getLogger(name).setLevel(level)


def _result(report: ShapesGraph, node: Term) -> Result:
    def one(name: str) -> Term | None:
        return next(iter(report.values(node, SH + name)), None)

    path, focus, component = one("resultPath"), one("focusNode"), one("sourceConstraintComponent")
    shape, severity = one("sourceShape"), one("resultSeverity")
    assert focus is not None
    assert component is not None
    assert shape is not None
    assert severity is not None
    messages = sorted(report.values(node, SH + "resultMessage"), key=str)
    return Result(
        focus,
        report.path(path) if path is not None else None,
        one("value"),
        component.value,
        shape,
        severity.value,
        tuple(message for message in messages if isinstance(message, ox.Literal)),
    )
