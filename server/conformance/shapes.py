"""The shapes of DCAT-AP, run by pySHACL over a catalogue."""

from collections import Counter
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from pyshacl import validate
from rdflib import Graph, URIRef

from policytrace.graph.vocabulary.terms import SH

FILES = ("shapes.ttl", "range.ttl", "shapes_recommended.ttl", "mdr-vocabularies.shape.ttl")


@dataclass(frozen=True)
class Finding:
    """What the shapes found: severity, property, how often, one place and the message there."""

    severity: str
    path: str
    count: int
    place: str
    message: str


@cache
def _shapes() -> Graph:
    folder = files("policytrace") / "server" / "conformance" / "dcat-ap"
    found = Graph()
    for name in FILES:
        found.parse(data=(folder / name).read_text("utf-8"), format="turtle")
    return found


def findings(catalogue: Graph) -> list[Finding]:
    """Everything the shapes say of a catalogue, grouped, violations first."""
    _, report, _ = validate(catalogue, shacl_graph=_shapes(), advanced=True)
    assert isinstance(report, Graph)
    counts: Counter[tuple[str, str]] = Counter()
    examples: dict[tuple[str, str], tuple[str, str]] = {}
    for result in report.objects(None, URIRef(SH + "result")):
        severity, path, focus, message = (
            str(report.value(result, URIRef(SH + name)) or "")
            for name in ("resultSeverity", "resultPath", "focusNode", "resultMessage")
        )
        key = (severity.removeprefix(SH), path)
        counts[key] += 1
        examples[key] = min(examples.get(key, (focus, message)), (focus, message))
    found = [Finding(*key, count, *examples[key]) for key, count in counts.items()]
    return sorted(found, key=lambda one: (one.severity != "Violation", one.path))
