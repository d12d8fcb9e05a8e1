"""The loop: knowledge that left a region and came back to it as a measure."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

import numpy as np

from policytrace.graph.analyses.rows import AnalysisRow, Support, with_label
from policytrace.graph.analyses.transfers import read_values
from policytrace.graph.hops.arrays import HopArrays
from policytrace.graph.paths.answer import NamedThing
from policytrace.graph.paths.choices import Limit, Question
from policytrace.graph.paths.narrate import labels, path_id
from policytrace.graph.paths.search.counts import COUNTING
from policytrace.graph.paths.search.search import SearchRequest, search
from policytrace.graph.paths.search.view import View
from policytrace.graph.sparql.engine import Engine
from policytrace.graph.vocabulary.scales import LEVELS
from policytrace.graph.vocabulary.terms import kind, thing
from policytrace.graph.vocabulary.translation import N_

_TRANSFER = thing("transfer", "")
COLUMNS = {
    "region": N_("The region that the knowledge left and came back to."),
    "source": N_("What left it."),
    "through": N_("The other regions on the way."),
    "measure": N_("The measure it came back as."),
    "hops": N_("Hops of the chain."),
    "strength": N_("The strength of its weakest hop."),
    "path": N_("The identifier of the chain as a path."),
}


@dataclass(frozen=True)
class Loop(AnalysisRow):
    """One chain of hops that closes in its region."""

    region: NamedThing
    source: NamedThing
    through: tuple[NamedThing, ...]
    measure: NamedThing
    hops: int
    strength: str
    path: str
    support: Support


def loops(
    engine: Engine, view: View, max_hops: int = COUNTING.max_hops
) -> tuple[list[Loop], tuple[Limit, ...]]:
    """Every chain that begins at a thing of a region, ends in a measure there, and touches another region.

    A chain is a sequence of transfers: of the paths through the same ones to the same measure, the shortest
    stands for all.
    """
    arrays = view.arrays
    found = read_values(engine, "regions")
    measures, others = found.get("measure_region", {}), found.get("region", {})
    of_thing = {iri: set(regions) for part in (others, measures) for iri, regions in part.items()}
    things, ends = _places(arrays, of_thing), _places(arrays, measures)
    shortest: dict[tuple[str, int, tuple[str, ...]], tuple[tuple[int, ...], list[str]]] = {}
    bound = set[Limit]()
    limits = replace(COUNTING, max_hops=max_hops, max_paths=10_000)
    for region in sorted(things.keys() & ends.keys()):
        answer = search(view, SearchRequest(Question.ALL, things[region], ends[region], limits=limits))
        bound |= set(answer.bound) - {Limit.HOPS}
        for path in answer.paths:
            key = (region, int(arrays.columns.end[path[-1]]), _transfers(arrays, path))
            away = [iri for iri in _regions(arrays, path, of_thing) if iri != region]
            if away and (key not in shortest or len(path) < len(shortest[key][0])):
                shortest[key] = path, away
    chains = [(region, path, away) for (region, _, _), (path, away) in shortest.items()]
    iris = {iri for region, _, away in chains for iri in (region, *away)}
    iris |= {arrays.thing(p) for _, path, _ in chains for p in _ends(arrays, path)}
    names = labels(engine, iris)
    rows = [_loop(view, region, path, away, names) for region, path, away in chains]
    rows.sort(key=lambda row: (row.region.label, row.region.id, row.hops, row.path))
    return rows, tuple(limit for limit in Limit if limit in bound)


def _behind(arrays: HopArrays, name: str, path: tuple[int, ...]) -> Support:
    """The transfers and the hops of a chain."""
    return Support(name, _transfers(arrays, path), tuple(arrays.hop_id(hop) for hop in path))


def _transfers(arrays: HopArrays, path: tuple[int, ...]) -> tuple[str, ...]:
    records = {arrays.records[int(arrays.columns.record[hop])] for hop in path}
    return tuple(sorted(record for record in records if record.startswith(_TRANSFER)))


def _ends(arrays: HopArrays, path: tuple[int, ...]) -> tuple[int, int]:
    return int(arrays.columns.start[path[0]]), int(arrays.columns.end[path[-1]])


def _places(arrays: HopArrays, regions: Mapping[str, Iterable[str]]) -> dict[str, list[int]]:
    """The places of the things of each region; what it only gave or received unnamed is left out."""
    result = defaultdict(list)
    for place in range(len(arrays.names)):
        for region in regions.get(arrays.names[place], ()):
            result[region].append(place)
    return result


def _regions(arrays: HopArrays, path: tuple[int, ...], of_thing: dict[str, set[str]]) -> list[str]:
    """The regions that a chain touches, in order: those of its things, and of givers and receivers."""
    c, result = arrays.columns, dict[str, None]()
    for hop in path:
        for side, column in ((c.start, c.from_region), (c.end, c.to_region)):
            if (number := int(column[hop])) >= 0:
                result[arrays.regions[number]] = None
            result |= dict.fromkeys(sorted(of_thing.get(arrays.thing(int(side[hop])), ())))
    return list(result)


def _loop(view: View, region: str, path: tuple[int, ...], away: list[str], names: dict[str, str]) -> Loop:
    arrays = view.arrays
    start, end = (arrays.thing(place) for place in _ends(arrays, path))
    name = path_id(arrays.hop_id(hop) for hop in path)
    weakest = int(np.min(view.rank[list(path)]))
    return Loop(
        with_label(region, names, "region"),
        with_label(start, names, kind(start)),
        tuple(with_label(iri, names, "region") for iri in away),
        with_label(end, names, "measure"),
        len(path),
        LEVELS[weakest - 1] if weakest else "unknown",
        name,
        _behind(arrays, name, path),
    )
