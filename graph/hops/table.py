"""The hops of a release as they were written, with what is known of the claims behind them."""

from collections.abc import Iterator, Mapping
from datetime import date
from pathlib import Path

import pyoxigraph as ox

from policytrace.graph.hops.arrays import FOLDER, Hop, HopArrays
from policytrace.graph.sparql.parameters import codes
from policytrace.graph.vocabulary.scales import LAYERS, LEVELS
from policytrace.graph.vocabulary.terms import ID, PT

_HOP = len(ID + "hop/")
_TRANSFERS = f"""
PREFIX pt: <{PT}>
SELECT ?thing ?stage ?status ?from ?to WHERE {{
  ?thing a pt:LearningTransfer ; pt:stage ?stage ; pt:claimStatus ?status .
  OPTIONAL {{ ?thing pt:fromRegion ?from }}
  OPTIONAL {{ ?thing pt:toRegion ?to }}
}}"""
_PROJECTS = f"PREFIX pt: <{PT}> SELECT ?thing ?project WHERE {{ ?thing pt:inProject ?project }}"
_REGIONS = f"PREFIX pt: <{PT}> SELECT ?thing ?region WHERE {{ ?thing pt:inRegion ?region }}"


def scales() -> dict[str, tuple[str, ...]]:
    """The closed lists of codes by scale."""
    return {
        "kind": codes("hop-kind"),
        "layer": LAYERS,
        "strength": LEVELS,
        "stage": codes("stage"),
        "status": codes("claim-status"),
    }


def _select(store: ox.Store, text: str) -> ox.QuerySolutions:
    answer = store.query(text)
    assert isinstance(answer, ox.QuerySolutions)
    return answer


def _code(iri: str | None) -> str | None:
    return None if iri is None else iri.rpartition("/")[2]


def _date(text: str | None) -> date | None:
    return None if text is None else date.fromisoformat(text)


def _first(store: ox.Store, text: str, name: str) -> dict[str, str]:
    """The value of each thing, the first in the order of IRIs where there are several."""
    result: dict[str, str] = {}
    for row in _select(store, text):
        thing, value = row["thing"].value, row[name].value
        result[thing] = min(value, result.get(thing, value))
    return result


def _written(path: Path) -> Iterator[tuple[str, dict[str, str]]]:
    """Each hop of a file of N-Triples: its identifier and its values by local name of the property."""
    hop, values = "", dict[str, str]()
    for quad in ox.parse(path=path, format=ox.RdfFormat.N_TRIPLES):
        assert isinstance(quad.subject, ox.NamedNode)
        assert isinstance(quad.object, ox.NamedNode | ox.Literal)
        if quad.subject.value != hop:
            if values:
                yield hop[_HOP:], values
            hop, values = quad.subject.value, dict[str, str]()
        values[quad.predicate.value.rpartition("#")[2]] = quad.object.value
    if values:
        yield hop[_HOP:], values


def read(store: ox.Store, layers: Mapping[str, Path]) -> Iterator[Hop]:
    """Every hop of every layer.

    Args:
        store: a store whose default graph holds what is asserted and inferred.
        layers: the file of N-Triples of each layer, as ``hops.write`` makes them.
    """
    claims = {row["thing"].value: row for row in _select(store, _TRANSFERS)}
    projects, regions = _first(store, _PROJECTS, "project"), _first(store, _REGIONS, "region")
    for layer, path in layers.items():
        for hop, values in _written(path):
            start, end = values["hopFrom"], values["hopTo"]
            record = values.get("hopTransfer") or values["hopRecord"]
            claim = claims.get(record) if "hopTransfer" in values else None
            giver, receiver = (claim["from"], claim["to"]) if claim else (None, None)
            yield Hop(
                hop,
                start,
                end,
                _code(values["hopKind"]) or "",
                layer,
                record,
                _date(values.get("earliest")),
                _date(values.get("latest")),
                _code(values.get("strength")),
                _code(claim["stage"].value) if claim else None,
                _code(claim["status"].value) if claim else None,
                projects.get(record),
                giver.value if giver else regions.get(start),
                receiver.value if receiver else regions.get(end),
            )


def write(store: ox.Store, layers: Mapping[str, Path], release: Path) -> None:
    """Write the hop arrays of a release into its folder; the arguments are those of ``read``."""
    HopArrays.of(read(store, layers), scales()).save(release / FOLDER)
