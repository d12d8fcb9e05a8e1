"""What a workbook would add: its transfers and how they are chained, before anything is published."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import pyoxigraph as ox

from policytrace.graph.hops.arrays import Hop, HopArrays
from policytrace.graph.paths.answer import PathAnswer
from policytrace.graph.paths.path_graph import PathGraph
from policytrace.graph.sparql.engine import OxigraphEngine
from policytrace.graph.vocabulary.scales import LAYERS
from policytrace.graph.vocabulary.terms import thing

PATHS = 50
"""Paths that are listed."""
STARTS = 200
"""Things from which paths are looked for."""
_TRANSFER = thing("transfer", "")
_LAYERS = LAYERS[:2]
"""Realised and considered: opportunity is no influence."""


@dataclass(frozen=True)
class Step:
    """One hop in words, its layer, and whether it is new."""

    sentence: str
    layer: str
    new: bool


@dataclass(frozen=True)
class WorkbookPreview:
    """What would be new.

    Attributes:
        transfers: transfers by layer that give a hop which is not there yet.
        gone: transfers by layer that rows of the same project give now and would no longer give.
        paths: paths with at least one new hop, each hop in words, the strongest first.
        more: whether there may be more paths than are listed.
    """

    transfers: dict[str, int]
    gone: dict[str, int]
    paths: tuple[tuple[Step, ...], ...]
    more: bool

    def lines(self) -> list[str]:
        """All of it for people."""
        lines = [f"  {_many(count)}, {layer}" for layer, count in self.transfers.items() if count]
        lines = lines or ["  no transfer that is not there already"]
        lines += [f"  {_many(count)} less, {layer}" for layer, count in self.gone.items() if count]
        for number, path in enumerate(self.paths, start=1):
            lines.append(f"  way {number} in which things are linked:")
            lines += [f"    {'new: ' if step.new else ''}{step.sentence} ({step.layer})" for step in path]
        return [*lines, "  …and there may be more of them"] if self.more else lines

    def as_dict(self) -> dict[str, Any]:
        """All of it, as JSON can hold it."""
        return {
            "transfers": self.transfers,
            "gone": self.gone,
            "paths": [
                [{"sentence": one.sentence, "layer": one.layer, "new": one.new} for one in path]
                for path in self.paths
            ],
            "more": self.more,
        }


def preview(
    arrays: HopArrays, store: ox.Store, known: HopArrays | None, projects: Sequence[str]
) -> WorkbookPreview:
    """What the rows of some projects add.

    Args:
        arrays: all hops with the workbook.
        store: the graph they come from.
        known: the hops without it; None if there are none.
        projects: ids of the projects whose rows the workbook holds.
    """
    own = _hops_of(arrays, projects)
    new = {hop.id: hop for hop in own if known is None or known.find_hop(hop.id) < 0}
    gone = [hop for hop in _hops_of(known, projects) if arrays.records.find(hop.record) < 0] if known else []
    paths, more = _paths(arrays, store, new)
    return WorkbookPreview(_by_layer(new.values()), _by_layer(gone), paths, more)


def _hops_of(arrays: HopArrays, projects: Sequence[str]) -> list[Hop]:
    wanted = {thing(kind, key) for key in projects for kind in ("project", "platform", "programme")}
    every = (arrays.hop(number) for number in range(arrays.hop_count))
    return [hop for hop in every if hop.project in wanted]


def _by_layer(hops: Iterable[Hop]) -> dict[str, int]:
    """The transfers behind some hops, each once."""
    layers = {hop.record: hop.layer for hop in hops if hop.record.startswith(_TRANSFER)}
    counts = Counter(layers.values())
    return {layer: counts[layer] for layer in _LAYERS}


def _many(count: int) -> str:
    return f"{count} transfer{'' if count == 1 else 's'}"


def _paths(
    arrays: HopArrays, store: ox.Store, new: dict[str, Hop]
) -> tuple[tuple[tuple[Step, ...], ...], bool]:
    starts = sorted({hop.start for hop in new.values() if hop.layer in _LAYERS})
    if not starts:
        return (), False
    graph = PathGraph(arrays, OxigraphEngine(store), "preview")
    answer = graph.answer(
        {"from": starts[:STARTS], "expand": ["no"], "layer": list(_LAYERS), "max_paths": [str(4 * PATHS)]}
    )
    with_new = [path for path in answer.paths if any(hop.id in new for hop in path.hops)]
    paths = tuple(tuple(_steps(path, new)) for path in with_new[:PATHS])
    return paths, answer.truncated or len(with_new) > PATHS or len(starts) > STARTS


def _steps(path: PathAnswer, new: dict[str, Hop]) -> list[Step]:
    return [Step(hop.sentence, hop.layer, hop.id in new) for hop in path.hops]
