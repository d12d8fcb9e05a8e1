"""What validation found: for people by rule and place in the tables, for machines as sh:ValidationReport."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import pyoxigraph as ox

from policytrace.graph.tables.schema import Table, schema
from policytrace.graph.validation.results import Result
from policytrace.graph.validation.shapes import TYPE, ShapesGraph, Term, title
from policytrace.graph.vocabulary.problems import Problem
from policytrace.graph.vocabulary.terms import PREFIXES, PT, SH, compact, expand, graph

SEVERITIES = ("Violation", "Warning", "Info")
_EXAMPLES = 3
_LOCATED = 1000
"""So many results of one rule are traced back to their rows."""
_BATCH = 500

_RECORDS = f"""
SELECT ?thing ?table ?file ?row WHERE {{
  VALUES ?thing {{ %s }}
  %s
  GRAPH <{graph("records")}> {{ ?record <{PT}inTable> ?table ; <{PT}inFile> ?file ; <{PT}inRow> ?row }}
}}"""
_DESCRIBED = f"GRAPH <{graph('records')}> {{ ?record <{PT}describes> ?thing }}"
_CITED = f"GRAPH <{graph('records')}> {{ ?record <{expand('dct:source')}> ?thing }}"
_STATED = f"GRAPH ?record {{ ?thing <{TYPE}> ?class }}"


@dataclass(frozen=True, slots=True)
class ReportPlace:
    """A row that describes a thing: its table, file and line (as an editor or spreadsheet counts)."""

    table: str
    file: str
    row: int

    def column(self, result: Result) -> str:
        """The column, or columns, that the path of a result comes from; ``""`` when no column does."""
        table = schema().tables.get(self.table)
        if table is None or result.path is None:
            return ""
        found = [self._column(table, prop) for prop in result.path.first]
        return " or ".join(dict.fromkeys(name for name in found if name))

    def _column(self, table: Table, prop: str) -> str:
        if prop in (PT + "earliest", PT + "latest"):
            return next(iter(table.interval), "")
        if prop == PT + "source":
            return "source_…_id" if self.table == "transfers" else ""
        of_sum = next((name for name in _OF_SUMS.get(prop, ()) if name in table.columns), "")
        return schema().column_of(self.table, prop) or of_sum


_OF_SUMS = {PT + "amount": ("amount", "cost"), PT + "currency": ("currency",)}
"""Columns of a row that become a sum of money of its own, by its properties."""


@dataclass(frozen=True)
class RuleResults:
    """The results of one rule."""

    shape: str
    component: str
    severity: str
    message: str
    results: list[Result] = field(default_factory=list)


@dataclass(frozen=True)
class ValidationReport:
    """All results, the worst first.

    ``fallback`` names the shapes that were checked by pySHACL instead of being compiled, and why.
    """

    results: tuple[Result, ...]
    shapes: ShapesGraph
    places: Mapping[Term, tuple[ReportPlace, ...]] = field(default_factory=dict)
    fallback: Mapping[str, str] = field(default_factory=dict)

    @property
    def conforms(self) -> bool:
        """Whether nothing at all was found, as sh:conforms means it."""
        return not self.results

    @property
    def violations(self) -> tuple[Result, ...]:
        """The results of severity sh:Violation: what must be mended before a release."""
        return self.of("Violation")

    def of(self, severity: str) -> tuple[Result, ...]:
        """The results of one of ``SEVERITIES``."""
        return tuple(result for result in self.results if result.severity == SH + severity)

    def summary(self) -> dict[str, int]:
        """The number of results by severity, without those that have none."""
        counts = {severity: len(self.of(severity)) for severity in SEVERITIES}
        return {severity: count for severity, count in counts.items() if count}

    def groups(self) -> list[RuleResults]:
        """The results by rule; the gravest rules first, then those with most results."""
        found: dict[tuple[str, str, str], RuleResults] = {}
        for result in self.results:
            key = (str(result.shape), result.component, result.severity)
            if key not in found:
                severity = result.severity.removeprefix(SH)
                found[key] = RuleResults(title(result.shape), result.component, severity, _said(result))
            found[key].results.append(result)
        return sorted(
            found.values(), key=lambda g: (_rank(g.severity), -len(g.results), g.shape, g.component)
        )

    def text(self) -> str:
        """The report for people: each rule once, with its count and examples by file, row and column."""
        counts = ", ".join(f"{count} of severity {severity}" for severity, count in self.summary().items())
        lines = [f"{counts}." if counts else "Nothing to report."]
        for group in self.groups():
            lines += ["", f"{group.severity}, {len(group.results)} times: {group.message} [{group.shape}]"]
            lines += [f"  {self._example(result)}" for result in group.results[:_EXAMPLES]]
            if more := len(group.results) - _EXAMPLES:
                lines += [f"  … and {more} more"] if more > 0 else []
        lines += [f"\n{shape} was checked by pySHACL: {reason}." for shape, reason in self.fallback.items()]
        return "\n".join(lines)

    def as_dict(self) -> dict[str, Any]:
        """The report for scripts, as JSON can hold it."""
        return {
            "conforms": self.conforms,
            "counts": self.summary(),
            "fallback": dict(self.fallback),
            "rules": [
                {
                    "shape": group.shape,
                    "component": compact(group.component),
                    "severity": group.severity,
                    "message": group.message,
                    "count": len(group.results),
                    "results": [self._as_dict(result) for result in group.results],
                }
                for group in self.groups()
            ],
        }

    def _as_dict(self, result: Result) -> dict[str, Any]:
        return {
            "focus": _shown(result.focus),
            "path": _path(result),
            "value": _shown(result.value) if result.value is not None else None,
            "message": _said(result),
            "places": [
                {"file": place.file, "row": place.row, "column": place.column(result)}
                for place in self.places.get(result.focus, ())
            ],
        }

    def _example(self, result: Result) -> str:
        said = _shown(result.focus)
        if result.value is not None and result.value != result.focus:
            said += f" has the value {_shown(result.value)}"
        for place in self.places.get(result.focus, ()):
            return str(Problem(place.file, place.row, place.column(result), f"{said}."))
        return f"{said} (written by the build, not by a row)."

    def triples(self) -> Iterator[ox.Triple]:
        """The report as a sh:ValidationReport (SHACL, 3.6.1)."""
        report = ox.BlankNode("report")
        a = ox.NamedNode(TYPE)
        yield ox.Triple(report, a, _sh("ValidationReport"))
        yield ox.Triple(report, _sh("conforms"), ox.Literal(self.conforms))
        described: set[Term] = set()
        for number, result in enumerate(self.results, start=1):
            node = ox.BlankNode(f"result{number}")
            yield ox.Triple(report, _sh("result"), node)
            yield ox.Triple(node, a, _sh("ValidationResult"))
            yield ox.Triple(node, _sh("focusNode"), result.focus)
            yield ox.Triple(node, _sh("resultSeverity"), ox.NamedNode(result.severity))
            yield ox.Triple(node, _sh("sourceConstraintComponent"), ox.NamedNode(result.component))
            yield ox.Triple(node, _sh("sourceShape"), result.shape)
            if result.path is not None:
                yield ox.Triple(node, _sh("resultPath"), result.path.node)
                if result.path.node not in described:
                    described.add(result.path.node)
                    yield from self.shapes.description(result.path.node)
            if result.value is not None:
                yield ox.Triple(node, _sh("value"), result.value)
            for message in result.messages:
                yield ox.Triple(node, _sh("resultMessage"), message)

    def turtle(self) -> str:
        """The sh:ValidationReport as Turtle."""
        used = {
            name: PREFIXES[name] for name in ("pt", "ptsh", "rdf", "rdfs", "sh", "xsd", "dct", "org", "skos")
        }
        body = ox.serialize(self.triples(), format=ox.RdfFormat.TURTLE, prefixes=used)
        return (body or b"").decode()


def ordered(results: Iterable[Result]) -> tuple[Result, ...]:
    """Results, each once, the gravest first and always in the same order."""
    return tuple(sorted(dict.fromkeys(results), key=lambda r: (_rank(r.severity.removeprefix(SH)), r.key)))


def places(store: ox.Store, results: Sequence[Result]) -> dict[Term, tuple[ReportPlace, ...]]:
    """The rows that describe the focus nodes; of a rule with very many results only the first ones."""
    seen: dict[Term, int] = {}
    wanted: dict[Term, None] = {}
    for result in results:
        seen[result.shape] = seen.get(result.shape, 0) + 1
        if seen[result.shape] <= _LOCATED and isinstance(result.focus, ox.NamedNode):
            wanted[result.focus] = None
    found: dict[Term, tuple[ReportPlace, ...]] = {}
    for join in (_DESCRIBED, _STATED, _CITED):
        found |= _places(store, [thing for thing in wanted if thing not in found], join)
    return found


def _places(store: ox.Store, things: Sequence[Term], join: str) -> dict[Term, tuple[ReportPlace, ...]]:
    result: dict[Term, list[ReportPlace]] = {}
    for start in range(0, len(things), _BATCH):
        names = " ".join(str(thing) for thing in things[start : start + _BATCH])
        answer = store.query(_RECORDS % (names, join))
        assert isinstance(answer, ox.QuerySolutions)
        for row in answer:
            place = ReportPlace(row["table"].value, row["file"].value, int(row["row"].value))
            result.setdefault(row["thing"], []).append(place)
    return {thing: tuple(sorted(set(rows), key=lambda p: (p.file, p.row))) for thing, rows in result.items()}


def _sh(name: str) -> ox.NamedNode:
    return ox.NamedNode(SH + name)


def _rank(severity: str) -> int:
    return SEVERITIES.index(severity) if severity in SEVERITIES else len(SEVERITIES)


def _said(result: Result) -> str:
    return result.messages[0].value if result.messages else compact(result.component)


def _path(result: Result) -> str | None:
    if result.path is None:
        return None
    return (
        compact(result.path.predicate)
        if result.path.predicate and not result.path.inverse
        else result.path.text
    )


def _shown(term: Term) -> str:
    if isinstance(term, ox.Literal):
        return f"“{term.value}”"
    if isinstance(term, ox.BlankNode):
        return str(term)
    return (
        term.value.removeprefix(expand("id:"))
        if term.value.startswith(expand("id:"))
        else compact(term.value)
    )
