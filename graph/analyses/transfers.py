"""Every learning transfer of a release as counts need it, read with a few queries whatever their number."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date

from policytrace.graph.sparql.engine import Engine, Rows
from policytrace.graph.sparql.query_text import query_text
from policytrace.graph.vocabulary.scales import LAYERS, LEVELS

UNKNOWN = ""
"""Stands for a giver, receiver or other value that no source names."""

QUERIES = ("dates", "documented", "regions", "responsible", "transfers")
"""The queries that tell of things, none of which has parameters."""
ValuesByThing = dict[str, dict[str, list[str]]]
"""Values by what they tell and by thing, sorted."""


def analysis_query(name: str) -> str:
    """A query of ``queries/analysis``."""
    return query_text(f"analysis/{name}")


def read_values(engine: Engine, name: str) -> ValuesByThing:
    """What a query of ``queries/analysis`` tells of things."""
    answer = engine.query(analysis_query(name))
    assert isinstance(answer, Rows)
    result: ValuesByThing = defaultdict(lambda: defaultdict(list))
    for row in answer.rows:
        thing, what, value = (term.value for term in row if term is not None)
        result[what][thing].append(value)
    return {what: {k: sorted(v) for k, v in values.items()} for what, values in result.items()}


@dataclass(frozen=True, slots=True)
class Claim:
    """One learning transfer."""

    transfer: str
    layer: str
    strength: str
    values: Mapping[str, list[str]]
    """What is told of it, as ``queries/analysis/transfers.rq`` names it."""

    def get(self, what: str) -> list[str]:
        """The values of one kind; ``UNKNOWN`` where there is none."""
        return self.values.get(what) or [UNKNOWN]


def claims(engine: Engine, layers: Iterable[str] = LAYERS, min_strength: str = "") -> list[Claim]:
    """The transfers of some layers that are at least so well evidenced, in the order of identifiers."""
    every: dict[str, dict[str, list[str]]] = defaultdict(dict)
    for what, values in read_values(engine, "transfers").items():
        for thing, found in values.items():
            every[thing][what] = found
    wanted, least = set(layers), LEVELS.index(min_strength) if min_strength else -1
    found_claims = []
    for transfer, values in sorted(every.items()):
        strength = _code(values.get("strength", [""])[0])
        layer = _code(values.get("layer", [""])[0])
        if layer in wanted and (least < 0 or (strength in LEVELS and LEVELS.index(strength) >= least)):
            found_claims.append(Claim(transfer, layer, strength, values))
    return found_claims


def _code(iri: str) -> str:
    return iri.rpartition("/")[2]


def days(engine: Engine) -> dict[str, tuple[date, date]]:
    """The first and the last day of dated events, of measures, and of when transfers were learned."""
    found = read_values(engine, "dates")
    earliest, latest = found.get("earliest", {}), found.get("latest", {})
    return {
        thing: (date.fromisoformat(earliest[thing][0]), date.fromisoformat(latest[thing][-1]))
        for thing in earliest.keys() & latest.keys()
    }
