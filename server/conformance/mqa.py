"""The quality of a catalogue's metadata by the metrics of data.europa.eu."""

import tomllib
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

from rdflib import RDF, Graph, URIRef
from rdflib.term import Node

from policytrace.graph.vocabulary.terms import expand

Reach = Callable[[str], bool]
"""Whether an address answers."""


@dataclass(frozen=True)
class Metric:
    """One metric: its name, its weight, and the points that were reached."""

    name: str
    weight: int
    points: float


@dataclass(frozen=True)
class Score:
    """What a catalogue reaches, metric by metric."""

    metrics: tuple[Metric, ...]

    @property
    def points(self) -> int:
        """Points in all, of 405."""
        return round(sum(metric.points for metric in self.metrics))

    @property
    def rating(self) -> str:
        """The word for it: Excellent, Good, Sufficient or Bad."""
        table = _table()
        levels = ("excellent", "good", "sufficient")
        return next((name.capitalize() for name in levels if self.points >= table[name]), "Bad")


@cache
def _table() -> dict[str, Any]:
    source = files("policytrace") / "server" / "conformance" / "mqa.toml"
    return tomllib.loads(source.read_text("utf-8"))


def score(catalogue: Graph, valid: bool, reach: Reach) -> Score:
    """The score of a catalogue.

    Args:
        catalogue: as RDF.
        valid: whether it has no violation of the shapes of DCAT-AP.
        reach: whether an address answers; asked once for each.
    """
    known = cache(reach)
    members = {
        "dataset": set(catalogue.subjects(RDF.type, _term("dcat:Dataset"))),
        "distribution": set(catalogue.objects(None, _term("dcat:distribution"))),
    }
    found = []
    for row in _table()["metrics"]:
        share = (
            float(valid) if row["of"] == "catalogue" else _share(catalogue, members[row["of"]], row, known)
        )
        found.append(Metric(row["name"], row["weight"], row["weight"] * share))
    return Score(tuple(found))


def _share(catalogue: Graph, members: Collection[Node], row: Mapping[str, Any], reach: Reach) -> float:
    """The share of members that meet a metric."""
    return sum(_meets(catalogue, member, row, reach) for member in members) / len(members) if members else 0.0


def _meets(catalogue: Graph, member: Node, row: Mapping[str, Any], reach: Reach) -> bool:
    if "has" in row:
        return (member, _term(row["has"]), None) in catalogue
    if "reached" in row:
        addresses = list(catalogue.objects(member, _term(row["reached"])))
        return bool(addresses) and all(reach(str(address)) for address in addresses)
    return all(
        any(str(value).startswith(tuple(starts)) for value in catalogue.objects(member, _term(curie)))
        for curie, starts in row["known"].items()
    )


def _term(curie: str) -> URIRef:
    return URIRef(expand(curie))
