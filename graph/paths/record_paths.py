"""How a learning transfer is chained with others: its hops with all before them and all after them."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import product
from typing import TYPE_CHECKING

import numpy as np

from policytrace.graph.paths.answer import PathAnswer
from policytrace.graph.paths.choices import DEFAULT_LIMITS, Question
from policytrace.graph.paths.narrate import narrate
from policytrace.graph.paths.search.search import SearchRequest, search
from policytrace.graph.paths.search.view import Filters, View
from policytrace.graph.vocabulary.scales import INFLUENCE
from policytrace.graph.vocabulary.terms import thing

if TYPE_CHECKING:
    from policytrace.graph.paths.path_graph import PathGraph

_LIMITS = replace(DEFAULT_LIMITS, max_paths=100, max_ms=300)

Hops = tuple[int, ...]
_TRANSFER = thing("transfer", "")


@dataclass(frozen=True)
class RecordPaths:
    """Paths in the order of all answers: strength, length, latest date; ``cut`` if there may be more."""

    paths: tuple[PathAnswer, ...]
    cut: bool
    others: int
    """Other transfers that stand before or after it on paths, told or not; more, if ``cut``."""


def paths_of_record(graph: "PathGraph", record: str, most: int) -> RecordPaths:
    """The paths that what a record states lies on, each as long as it can be.

    A path holds influence, and the hops of the record itself even when they are only considered.

    Args:
        graph: the hop graph of a release.
        record: IRI of a learning transfer, or of what else states hops.
        most: paths that are narrated.
    """
    arrays = graph.arrays
    number = arrays.records.find(record)
    result: set[Hops] = set()
    cut = False
    for hop in np.flatnonzero(arrays.columns.record == number).tolist() if number >= 0 else ():
        layer = arrays.codes["layer"][arrays.columns.layer[hop]]
        paths, bound = _around(graph.view(Filters(frozenset({INFLUENCE, layer}))), hop)
        result.update(paths)
        cut = cut or bound
    ordered = sorted(_longest(result), key=lambda path: _order(graph.view(Filters()), path))
    told = narrate(graph.engine, arrays, ordered[:most], graph.release)
    records = {arrays.records[int(arrays.columns.record[hop])] for path in ordered for hop in path}
    others = {one for one in records - {record} if one.startswith(_TRANSFER)}
    return RecordPaths(told, cut or len(ordered) > most, len(others))


def _around(view: View, hop: int) -> tuple[Iterable[Hops], bool]:
    columns = view.arrays.columns
    start, end = int(columns.start[hop]), int(columns.end[hop])
    before = search(view, SearchRequest(Question.BACKWARD, targets=(start,), limits=_LIMITS))
    after = search(view, SearchRequest(Question.FORWARD, starts=(end,), limits=_LIMITS))
    joined = ((*b, hop, *a) for b, a in product(before.paths or [()], after.paths or [()]))
    return [path for path in joined if _simple(view, path)], before.truncated or after.truncated


def _simple(view: View, path: Sequence[int]) -> bool:
    columns = view.arrays.columns
    places = [int(columns.start[path[0]]), *(int(columns.end[hop]) for hop in path)]
    return len(set(places)) == len(places)


def _longest(paths: set[Hops]) -> list[Hops]:
    """The paths that are no part of another."""
    parts = {p[i:j] for p in paths for i in range(len(p)) for j in range(i + 1, len(p) + 1) if j - i < len(p)}
    return [path for path in paths if path not in parts]


def _order(view: View, path: Hops) -> tuple[int, int, int, Hops]:
    rank = min(int(view.rank[hop]) for hop in path)
    return -rank, len(path), -max(int(view.when[hop]) for hop in path), path
