"""Places boxes in columns from left to right, so that few lines cross and none runs through a box.

The steps are those of Sugiyama: no cycles, columns by the longest path, an order by barycentres, and heights
that are as near to the neighbours as the boxes above and below allow. The same graph gives the same picture.
"""

from bisect import bisect_right, insort
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

import networkx as nx

Edge = tuple[str, str]
Item = tuple[str, ...]
"""A box, as ``(name,)``, or a place where a line passes a column, as ``(start, end, column)``."""

SWEEPS = 8
"""How often the order is improved in each direction."""


@dataclass(frozen=True)
class Layout:
    """Where everything stands. Heights are in the unit of the boxes' own heights."""

    column: dict[str, int]
    """Column of each box, from 0."""
    middle: dict[str, float]
    """Height of the middle of each box, from 0 at the top."""
    passing: dict[Edge, tuple[float, ...]]
    """For each edge, in the direction it is laid out: its heights in the columns between its ends."""
    height: float
    """The height of the whole."""


def arrange(heights: Mapping[str, float], edges: Iterable[Edge], gap: float, line: float) -> Layout:
    """A layout of boxes; what no line joins stands one below the other.

    Args:
        heights: the height of each box, in the order in which boxes matter.
        edges: pairs of names of boxes; loops are passed over.
        gap: what is left free between two boxes.
        line: the room a line takes in a column that it passes.
    """
    laid = _without_cycles(heights, edges)
    rank = {name: number for number, name in enumerate(heights)}
    parts = sorted(nx.weakly_connected_components(laid), key=lambda part: min(map(rank.__getitem__, part)))
    whole = Layout({}, {}, {}, 0.0)
    for part in parts:
        one = _part(laid.subgraph(part), {n: heights[n] for n in heights if n in part}, gap, line)
        whole = _below(whole, one)
    return whole


def _below(upper: Layout, lower: Layout) -> Layout:
    down = upper.height
    return Layout(
        upper.column | lower.column,
        upper.middle | {name: height + down for name, height in lower.middle.items()},
        upper.passing | {edge: tuple(h + down for h in passed) for edge, passed in lower.passing.items()},
        down + lower.height,
    )


def _part(laid: "nx.DiGraph[str]", heights: Mapping[str, float], gap: float, line: float) -> Layout:
    column = _columns(laid)
    columns, links = _proper(laid, column, heights)
    columns = _ordered(columns, links)
    room = {item: heights[item[0]] + gap if len(item) == 1 else line for c in columns for item in c}
    middle = _heights(columns, links, room)
    top = min((middle[i] - room[i] / 2 for i in middle), default=0.0)
    bottom = max((middle[i] + room[i] / 2 for i in middle), default=0.0)
    return Layout(
        column,
        {name: middle[(name,)] - top for name in heights},
        {
            (a, b): tuple(middle[(a, b, str(n))] - top for n in range(column[a] + 1, column[b]))
            for a, b in laid.edges
        },
        bottom - top,
    )


def _without_cycles(names: Iterable[str], edges: Iterable[Edge]) -> "nx.DiGraph[str]":
    """The edges, each turned round if it would close a cycle with those before it."""
    laid: nx.DiGraph[str] = nx.DiGraph()
    laid.add_nodes_from(names)
    for start, end in dict.fromkeys(edges):
        if start != end and not nx.has_path(laid, end, start):
            laid.add_edge(start, end)
        elif start != end:
            laid.add_edge(end, start)
    return laid


def _columns(laid: "nx.DiGraph[str]") -> dict[str, int]:
    """The longest way to a box; one that nothing leads to stands right before what it leads to."""
    column: dict[str, int] = {}
    for name in nx.lexicographical_topological_sort(laid):
        column[name] = max((column[before] + 1 for before in laid.predecessors(name)), default=0)
    for name in column:
        after = [column[n] for n in laid.successors(name)]
        if after and not laid.in_degree(name):
            column[name] = min(after) - 1
    return column


def _proper(
    laid: "nx.DiGraph[str]", column: Mapping[str, int], names: Iterable[str]
) -> tuple[list[list[Item]], list[tuple[Item, Item]]]:
    """The items of each column, and links between neighbouring columns only."""
    columns: list[list[Item]] = [[] for _ in range(max(column.values(), default=-1) + 1)]
    for name in names:
        columns[column[name]].append((name,))
    links: list[tuple[Item, Item]] = []
    for start, end in laid.edges:
        passed: list[Item] = [(start, end, str(n)) for n in range(column[start] + 1, column[end])]
        for item in passed:
            columns[int(item[2])].append(item)
        links += pairwise([(start,), *passed, (end,)])
    return columns, links


Links = tuple[dict[Item, list[Item]], dict[Item, list[Item]]]


def _neighbours(links: Sequence[tuple[Item, Item]]) -> Links:
    before: dict[Item, list[Item]] = {}
    after: dict[Item, list[Item]] = {}
    for a, b in links:
        before.setdefault(b, []).append(a)
        after.setdefault(a, []).append(b)
    return before, after


def _ordered(columns: list[list[Item]], links: Sequence[tuple[Item, Item]]) -> list[list[Item]]:
    """The columns in the order with the fewest crossings that the sweeps found."""
    before, after = _neighbours(links)
    best, fewest = columns, _crossings(columns, after)
    for sweep in range(2 * SWEEPS):
        if not fewest:
            break
        columns = _swept(columns, before if sweep % 2 == 0 else after, backward=sweep % 2 == 1)
        if (count := _crossings(columns, after)) < fewest:
            best, fewest = columns, count
    return best


def _swept(
    columns: list[list[Item]], beside: Mapping[Item, list[Item]], *, backward: bool
) -> list[list[Item]]:
    found = columns[::-1] if backward else list(columns)
    for number in range(1, len(found)):
        place = {item: n for n, item in enumerate(found[number - 1])}
        keys = {}
        for n, item in enumerate(found[number]):
            seen = [place[other] for other in beside.get(item, ())]
            keys[item] = sum(seen) / len(seen) if seen else float(n)
        found[number] = sorted(found[number], key=keys.__getitem__)
    return found[::-1] if backward else found


def _crossings(columns: Sequence[Sequence[Item]], after: Mapping[Item, list[Item]]) -> int:
    count = 0
    for left, right in pairwise(columns):
        place = {item: n for n, item in enumerate(right)}
        seen: list[int] = []
        for item in left:
            ends = sorted(place[end] for end in after.get(item, ()))
            count += sum(len(seen) - bisect_right(seen, end) for end in ends)
            for end in ends:
                insort(seen, end)
    return count


def _heights(
    columns: Sequence[Sequence[Item]], links: Sequence[tuple[Item, Item]], room: Mapping[Item, float]
) -> dict[Item, float]:
    before, after = _neighbours(links)
    middle: dict[Item, float] = {}
    for column in columns:
        total = sum(room[item] for item in column)
        middle |= _spread(column, [0.0] * len(column), room, start=-total / 2)
    for beside, order in ((before, columns), (after, columns[::-1])) * SWEEPS:
        for column in order:
            wanted = [_mean([middle[n] for n in beside.get(item, ())], middle[item]) for item in column]
            middle |= _spread(column, wanted, room)
    return middle


def _mean(heights: Sequence[float], otherwise: float) -> float:
    return sum(heights) / len(heights) if heights else otherwise


def _spread(
    column: Sequence[Item], wanted: Sequence[float], room: Mapping[Item, float], start: float | None = None
) -> dict[Item, float]:
    """Heights as near to the wanted ones as is possible without overlap (isotonic regression)."""
    offset, offsets = 0.0, []
    for n, item in enumerate(column):
        offset += room[item] / 2 + (room[column[n - 1]] / 2 if n else 0.0)
        offsets.append(offset)
    if start is not None:
        return {item: start + o for item, o in zip(column, offsets, strict=True)}
    blocks: list[tuple[float, int]] = []
    for want, o in zip(wanted, offsets, strict=True):
        mean, size = want - o, 1
        while blocks and blocks[-1][0] > mean:
            other, more = blocks.pop()
            mean, size = (mean * size + other * more) / (size + more), size + more
        blocks.append((mean, size))
    shifts = [mean for mean, size in blocks for _ in range(size)]
    return {item: s + o for item, s, o in zip(column, shifts, offsets, strict=True)}
