"""The map: regions at their places, and an arrow from where something was learned to who learned it."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from math import hypot, sqrt

from policytrace.graph.vocabulary.translation import gettext
from policytrace.server.pictures.geography import Outlines, Point, outlines, point
from policytrace.server.pictures.learning import End, Learning, Pair, distinct, grouped, totals
from policytrace.server.pictures.text_fitting import wrapped

ARROWS = 150
"""Arrows a map has at most."""
NAMES = 14
"""Places a map names at most: those with most transfers."""
_SMALLEST, _LARGEST = 3.0, 11.0
"""Radius of a place with one transfer, and of the place with most."""
_BEND = 0.16
"""How far an arrow bends aside, as a part of its length."""
_APART = 15.0
"""Pixels between two names, so that they do not cover each other."""


@dataclass(frozen=True)
class Spot:
    """The regions that lie at one point, with all transfers that they gave and received."""

    at: Point
    radius: float
    names: tuple[str, ...]
    gave: int
    received: int
    label: str
    """What stands beside it; empty for most."""
    leftward: bool


@dataclass(frozen=True)
class Arrow:
    """The transfers from one place to another."""

    path: str
    width: float
    realised: bool
    title: str


@dataclass(frozen=True)
class Map:
    """What the template draws, and how many transfers it cannot."""

    outlines: Outlines
    spots: tuple[Spot, ...]
    arrows: tuple[Arrow, ...]
    drawn: int
    within: int
    """Transfers within one place, which have no arrow."""
    nowhere: int
    """Transfers from or to a region whose place is not known, or off the map."""
    left_out: int
    """Transfers of pairs beyond the number of arrows."""


def learning_map(learning: Learning, nuts: Callable[[str], str]) -> Map:
    """The map of some learning; ``nuts`` gives the NUTS code of a region, ``""`` if it has none."""
    placed: dict[tuple[Point, Point], list[Pair]] = {}
    places: dict[str, Point | None] = {}
    nowhere: list[Pair] = []
    within: list[Pair] = []
    for pair in learning.known:
        start, end = (_place(one, places, nuts) for one in (pair.giver, pair.receiver))
        if start is None or end is None:
            nowhere.append(pair)
        elif start == end:
            within.append(pair)
        else:
            placed.setdefault((start, end), []).append(pair)
    ordered = sorted(placed.items(), key=lambda item: (-distinct(item[1]), item[0]))
    kept, rest = ordered[:ARROWS], ordered[ARROWS:]
    most = max((distinct(pairs) for _, pairs in kept), default=1)
    return Map(
        outlines(),
        _spots(kept),
        tuple(_arrow(*ends, pairs, most) for ends, pairs in reversed(kept)),
        distinct(pair for _, pairs in kept for pair in pairs),
        distinct(within),
        distinct(nowhere),
        distinct(pair for _, pairs in rest for pair in pairs),
    )


def _place(end: End, places: dict[str, Point | None], nuts: Callable[[str], str]) -> Point | None:
    if end.iri not in places:
        places[end.iri] = point(nuts(end.iri))
    return places[end.iri]


def _arrow(start: Point, end: Point, pairs: list[Pair], most: int) -> Arrow:
    length = hypot(end.x - start.x, end.y - start.y)
    aside = _BEND * length
    middle = Point(
        (start.x + end.x) / 2 - aside * (end.y - start.y) / length,
        (start.y + end.y) / 2 + aside * (end.x - start.x) / length,
    )
    count = distinct(pairs)
    title = "; ".join(
        gettext("{name} to {name2}: {count}").format(name=p.giver.name, name2=p.receiver.name, count=p.count)
        for p in pairs[:6]
    )
    return Arrow(
        f"M{start.x:g} {start.y:g}Q{middle.x:.1f} {middle.y:.1f} {end.x:g} {end.y:g}",
        round(0.9 + 2.6 * sqrt((count - 1) / most), 2),
        any(pair.realised for pair in pairs),
        title + (gettext(" and others") if len(pairs) > 6 else ""),
    )


def _spots(kept: Iterable[tuple[tuple[Point, Point], list[Pair]]]) -> tuple[Spot, ...]:
    arrows = list(kept)
    gave = grouped((start, pair) for (start, _), pairs in arrows for pair in pairs)
    received = grouped((end, pair) for (_, end), pairs in arrows for pair in pairs)
    counts = {at: distinct(gave.get(at, ())) + distinct(received.get(at, ())) for at in {*gave, *received}}
    most = max(counts.values(), default=1)
    named: list[Point] = []
    spots = []
    for at in sorted(counts, key=lambda at: (-counts[at], at)):
        named_by = (
            *((pair.giver.name, pair) for pair in gave.get(at, ())),
            *((pair.receiver.name, pair) for pair in received.get(at, ())),
        )
        names = totals(named_by)
        ordered = sorted(names, key=lambda name: (-names[name], name))
        label = ""
        if len(named) < NAMES and all(abs(at.y - o.y) > _APART or abs(at.x - o.x) > 130 for o in named):
            named.append(at)
            more = f" +{len(ordered) - 1}" if len(ordered) > 1 else ""
            label = wrapped(ordered[0], 130, 1)[0] + more
        spots.append(
            Spot(
                at,
                round(_SMALLEST + (_LARGEST - _SMALLEST) * sqrt((counts[at] - 1) / most), 1),
                tuple(ordered),
                distinct(gave.get(at, ())),
                distinct(received.get(at, ())),
                label,
                at.x > outlines().width * 0.72,
            )
        )
    return tuple(spots)
