"""Transfer paths as a drawing: boxes for things, lines for hops, from left to right."""

from collections import Counter
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

from policytrace.graph.paths.answer import HopAnswer, NamedThing, PathAnswer
from policytrace.graph.vocabulary.scales import INFLUENCE, LEVELS
from policytrace.graph.vocabulary.translation import N_, gettext, ngettext
from policytrace.server.pictures.text_fitting import wrapped
from policytrace.server.presentation.sections import SECTIONS

if TYPE_CHECKING:
    from policytrace.server.pictures.layered_layout import Layout

MOST = 40
"""Boxes a drawing has at most; beyond, things are drawn together."""
WIDTH, BETWEEN, GAP, MARGIN = 184.0, 90.0, 16.0, 10.0
"""Of a box, between two columns, between two boxes of a column, around the whole; in pixels."""
PAD, ROW, LINES = 9.0, 17.0, 3
"""Inside a box, of a line of text, and the most lines of a name."""
PASSING = 22.0
"""Room of a line that passes a column."""
PORT = 6.0
"""Least distance of two lines at the side of a box."""
TIP = 9.0
"""Length of the tip of an arrow."""
_NAMED = 8
"""Things of a group that its tooltip names."""


@dataclass(frozen=True)
class Place:
    """Where a thing is, as far as is known."""

    region: str = ""
    country: str = ""


@dataclass(frozen=True)
class Text:
    """A line of text in a box; ``y`` is its baseline."""

    text: str
    y: float


@dataclass(frozen=True)
class ThingBox:
    """One thing, or several drawn together; ``iri`` is set for one thing only."""

    iri: str
    kind: str
    name: str
    x: float
    y: float
    width: float
    height: float
    above: Text
    lines: tuple[Text, ...]
    count: int
    given: bool
    """Whether the question names it."""


@dataclass(frozen=True)
class HopLine:
    """The hops of one layer from one box to another: the strongest decides how it is drawn."""

    path: str
    tip: str
    x: float
    y: float
    """Of the middle, where a label may stand."""
    layer: str
    strength: str
    hops: tuple[HopAnswer, ...]
    label: str
    """What stands on the line: a layer that is no influence, and how many hops it has."""
    title: str


@dataclass(frozen=True)
class Drawing:
    """A drawing; ``by`` says what things were drawn together by: region, country, kind, or nothing."""

    width: float
    height: float
    boxes: tuple[ThingBox, ...]
    lines: tuple[HopLine, ...]
    by: str
    things: int

    @property
    def together(self) -> str:
        """What shares a box, in words; nothing where each thing has its own."""
        said = {
            "region": gettext("Things of one kind in one region share a box, with their number."),
            "country": gettext("Things of one kind in one country share a box, with their number."),
            "kind": gettext("Things of one kind share a box, with their number."),
        }
        return said.get(self.by, "")

    @property
    def parallel(self) -> bool:
        """Whether any line stands for several hops."""
        return any(len(line.hops) > 1 for line in self.lines)


@dataclass(frozen=True)
class _Group:
    things: tuple[NamedThing, ...]
    place: str
    given: bool
    inside: int
    """Hops between things of the group."""

    @property
    def name(self) -> str:
        if len(self.things) == 1:
            return self.things[0].label
        section = SECTIONS.get(self.things[0].kind)
        many = gettext(section.many).lower() if section else gettext("things")
        if self.place:
            return gettext("{n} {things} in {place}").format(
                n=len(self.things), things=many, place=self.place
            )
        return f"{len(self.things)} {many}"


UNCERTAIN = {"considered": N_("considered"), "opportunity": N_("opportunity")}
"""Layers that are no influence, as they stand on a line."""

Bundle = tuple[str, str, str]
"""The two boxes of a line, by the names of their groups, and its layer."""
_LADDER = ("", "region", "country", "kind")


def draw(
    paths: Sequence[PathAnswer], given: Collection[str], place: Callable[[str], Place], most: int = MOST
) -> Drawing:
    """The drawing of some paths.

    Args:
        paths: what to draw.
        given: identifiers that the question names; they keep a box of their own where that is possible.
        place: tells where a thing is.
        most: boxes at most, at least the number of kinds of things.
    """
    # Loaded here: networkx takes longer to load than most of the server.
    from policytrace.server.pictures.layered_layout import arrange

    hops = list({hop.id: hop for path in paths for hop in path.hops}.values())
    things = {end.id: end for path in paths for hop in path.hops for end in (hop.start, hop.end)}
    by, keys = _grouped(things, given, place, most)
    groups = _groups(things, keys, given, hops)
    bundles: dict[Bundle, list[HopAnswer]] = {}
    for hop in hops:
        start, end = keys[hop.start.id], keys[hop.end.id]
        if start != end:
            bundles.setdefault((start, end, hop.layer), []).append(hop)
    texts = {name: wrapped(group.name, WIDTH - 2 * PAD, LINES) for name, group in groups.items()}
    heights = _box_heights(texts, bundles)
    layout = arrange(heights, [(start, end) for start, end, _ in bundles], GAP, PASSING)
    boxes = {name: _box(groups[name], texts[name], layout, name, heights[name]) for name in groups}
    lines = _lines(bundles, boxes, layout)
    columns = max(layout.column.values(), default=-1) + 1
    width = columns * (WIDTH + BETWEEN) - BETWEEN + 2 * MARGIN
    height = round(layout.height + 2 * MARGIN)
    return Drawing(width, height, tuple(boxes.values()), tuple(lines), by, len(things))


def _box_heights(texts: Mapping[str, Sequence[str]], bundles: Iterable[Bundle]) -> dict[str, float]:
    """High enough for its text, and for all lines that end at its busier side."""
    busy = Counter(side for start, end, _ in bundles for side in (start, end))
    return {
        name: max(2 * PAD + ROW * (len(lines) + 1) - 3, PORT * (busy[name] + 1))
        for name, lines in texts.items()
    }


def _grouped(
    things: dict[str, NamedThing], given: Collection[str], place: Callable[[str], Place], most: int
) -> tuple[str, dict[str, str]]:
    """By what things are drawn together, and the group of each thing."""
    for by in _LADDER:
        keys = {iri: _key(by, thing, given, place) for iri, thing in things.items()}
        if len(set(keys.values())) <= most:
            return by, keys
    return "kind", {iri: thing.kind for iri, thing in things.items()}


def _key(by: str, thing: NamedThing, given: Collection[str], place: Callable[[str], Place]) -> str:
    if not by or thing.id in given:
        return thing.id
    where = "" if by == "kind" else getattr(place(thing.id), by)
    return f"{thing.kind}\n{where}"


def _groups(
    things: dict[str, NamedThing], keys: dict[str, str], given: Collection[str], hops: Iterable[HopAnswer]
) -> dict[str, _Group]:
    members: dict[str, list[NamedThing]] = {}
    for iri, thing in things.items():
        members.setdefault(keys[iri], []).append(thing)
    inside: dict[str, int] = {}
    for hop in hops:
        if keys[hop.start.id] == keys[hop.end.id]:
            inside[keys[hop.start.id]] = inside.get(keys[hop.start.id], 0) + 1
    return {
        key: _Group(
            tuple(found),
            key.partition("\n")[2],
            any(t.id in given for t in found),
            inside.get(key, 0),
        )
        for key, found in members.items()
    }


def _box(group: _Group, lines: Sequence[str], layout: "Layout", name: str, height: float) -> ThingBox:
    x = MARGIN + layout.column[name] * (WIDTH + BETWEEN)
    y = MARGIN + layout.middle[name] - height / 2
    one = group.things[0]
    section = SECTIONS.get(one.kind)
    above = gettext(section.one if len(group.things) == 1 else section.many) if section else one.kind
    if group.inside:
        inside = ngettext("{n} hop inside", "{n} hops inside", group.inside).format(n=group.inside)
        above += f", {inside}"
    down = y + (height - ROW * (len(lines) + 1) + 3) / 2
    label = group.name if len(group.things) == 1 else f"{group.name}: {_listed(group.things)}"
    return ThingBox(
        one.id if len(group.things) == 1 else "",
        one.kind,
        label,
        round(x, 1),
        round(y, 1),
        WIDTH,
        height,
        Text(above, round(down + 9, 1)),
        tuple(Text(line, round(down + 11 + ROW * n, 1)) for n, line in enumerate(lines, start=1)),
        len(group.things),
        group.given,
    )


def _listed(things: Sequence[NamedThing]) -> str:
    named = "; ".join(thing.label for thing in things[:_NAMED])
    if len(things) <= _NAMED:
        return named
    return gettext("{things} and {n} more").format(things=named, n=len(things) - _NAMED)


def _label(layer: str, count: int) -> str:
    words = [gettext(UNCERTAIN.get(layer, layer))] if layer != INFLUENCE else []
    return " ".join(words + ([f"\N{MULTIPLICATION SIGN}{count}"] if count > 1 else []))


Point = tuple[float, float]


def _lines(
    bundles: Mapping[Bundle, list[HopAnswer]], boxes: dict[str, ThingBox], layout: "Layout"
) -> Iterable[HopLine]:
    """The lines, each from a place of its own on the side of its box."""
    turned = {key: layout.column[key[0]] > layout.column[key[1]] for key in bundles}
    ends = {key: (key[1], key[0]) if turned[key] else (key[0], key[1]) for key in bundles}
    leave, arrive = _ports(ends, boxes, layout)
    for key, hops in bundles.items():
        left, right = ends[key]
        points = [(boxes[left].x + WIDTH, leave[key])]
        for number, height in enumerate(layout.passing[(left, right)], start=layout.column[left] + 1):
            x = MARGIN + number * (WIDTH + BETWEEN)
            points += [(x, MARGIN + height), (x + WIDTH, MARGIN + height)]
        points.append((boxes[right].x, arrive[key]))
        yield _line(points, hops, turned=turned[key], layer=key[2])


def _ports(
    ends: dict[Bundle, tuple[str, str]], boxes: dict[str, ThingBox], layout: "Layout"
) -> tuple[dict[Bundle, float], dict[Bundle, float]]:
    leave: dict[Bundle, float] = {}
    arrive: dict[Bundle, float] = {}
    for side, found in ((0, leave), (1, arrive)):
        by_box: dict[str, list[tuple[float, Bundle]]] = {}
        for key, pair in ends.items():
            passing = layout.passing[pair]
            other = layout.middle[pair[1 - side]]
            toward = passing[-side] if passing else other
            by_box.setdefault(pair[side], []).append((toward, key))
        for name, keys in by_box.items():
            box = boxes[name]
            for n, (_, key) in enumerate(sorted(keys), start=1):
                found[key] = round(box.y + box.height * n / (len(keys) + 1), 1)
    return leave, arrive


def _line(points: Sequence[Point], hops: list[HopAnswer], *, turned: bool, layer: str) -> HopLine:
    if turned:
        points = [(points[0][0] + TIP, points[0][1]), *points[1:]]
        (x, y), back = points[0], -TIP
    else:
        points = [*points[:-1], (points[-1][0] - TIP, points[-1][1])]
        (x, y), back = points[-1], TIP
    parts = [f"M{points[0][0]:g} {points[0][1]:g}"]
    for number, ((ax, ay), (bx, by)) in enumerate(pairwise(points)):
        middle = (ax + bx) / 2
        curve = f"C{middle:g} {ay:g} {middle:g} {by:g} {bx:g} {by:g}"
        parts.append(curve if number % 2 == 0 else f"L{bx:g} {by:g}")
    tip = f"M{x + back:g} {y:g}L{x:g} {y - 4.5:g}L{x:g} {y + 4.5:g}Z"
    (ax, ay), (bx, by) = points[:2]
    strongest = max(hops, key=lambda hop: LEVELS.index(hop.strength) if hop.strength else -1)
    title = " ".join(hop.sentence for hop in hops[:_NAMED])
    if len(hops) > _NAMED:
        title = gettext("{sentences} And {n} more.").format(sentences=title, n=len(hops) - _NAMED)
    return HopLine(
        "".join(parts),
        tip,
        round((ax + bx) / 2, 1),
        round((ay + by) / 2, 1),
        layer,
        strongest.strength or "",
        tuple(hops),
        _label(layer, len(hops)),
        title,
    )
