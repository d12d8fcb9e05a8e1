"""The main classes of the ontology and the properties that join them, drawn on the server."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import TYPE_CHECKING

import pyoxigraph as ox

from policytrace.graph.vocabulary.terms import PT, expand
from policytrace.graph.vocabulary.translation import gettext
from policytrace.server.pictures.text_fitting import wrapped
from policytrace.server.presentation.sections import SECTIONS
from policytrace.server.presentation.view import Value, View

if TYPE_CHECKING:
    from policytrace.server.pictures.layered_layout import Layout

DRAWN: tuple[tuple[str, str, str], ...] = (
    ("pt:GoodPractice", "pt:sourceOf", "pt:LearningTransfer"),
    ("pt:EvidenceLine", "pt:evidenceFor", "pt:LearningTransfer"),
    ("pt:EvidenceLine", "pt:document", "pt:Document"),
    ("pt:LearningTransfer", "pt:toOrganisation", "org:Organization"),
    ("pt:LearningTransfer", "pt:toRegion", "pt:Region"),
    ("pt:LearningTransfer", "pt:throughEvent", "pt:LearningEvent"),
    ("pt:LearningTransfer", "pt:proposedFor", "pt:Measure"),
    ("pt:Measure", "pt:partOfPlan", "pt:ActionPlan"),
    ("pt:Measure", "pt:concernsInstrument", "pt:PolicyInstrument"),
    ("pt:ActionPlan", "pt:addresses", "pt:PolicyInstrument"),
    ("pt:PolicyChange", "pt:changedBy", "pt:Measure"),
    ("pt:PolicyChange", "pt:changes", "pt:PolicyInstrument"),
)
"""Class, property and class of each line of the diagram."""
COLUMNS = ("class", "class_id", "property", "property_id", "leads_to", "leads_to_id")
"""Columns of the table of the diagram."""
WIDTH, BETWEEN, GAP, MARGIN = 108.0, 122.0, 26.0, 4.0
"""Of a box, between two columns, between two boxes of a column, around the whole; in pixels."""
ROW, PAD, PASSING, TIP = 17.0, 10.0, 30.0, 8.0
"""A line of text, room inside a box, room of a line that passes a column, length of the tip of an arrow."""


@dataclass(frozen=True)
class ClassBox:
    """A class with its place; each line of its name with the height of its baseline."""

    term: Value
    x: float
    y: float
    height: float
    lines: tuple[tuple[str, float], ...]


@dataclass(frozen=True)
class PropertyLine:
    """A property from one class to another, and where its name stands."""

    start: Value
    term: Value
    end: Value
    sentence: str
    path: str
    tip: str
    x: float
    y: float


@dataclass(frozen=True)
class ClassDiagram:
    """The whole picture, in pixels."""

    width: float
    height: float
    box_width: float
    boxes: tuple[ClassBox, ...]
    lines: tuple[PropertyLine, ...]


def diagram(view: View) -> ClassDiagram:
    """The picture of the main classes."""
    # Loaded here: networkx takes longer to load than most of the server.
    from policytrace.server.pictures.layered_layout import arrange

    classes = {curie: _term(view, curie) for start, _, end in DRAWN for curie in (start, end)}
    texts = {curie: wrapped(term.text, WIDTH - 2 * PAD, 3) for curie, term in classes.items()}
    busy = Counter(side for start, _, end in DRAWN for side in (start, end))
    heights = {curie: max(2 * PAD + ROW * len(lines), ROW * busy[curie]) for curie, lines in texts.items()}
    layout = arrange(heights, [(start, end) for start, _, end in DRAWN], GAP, PASSING)
    boxes = {
        curie: _box(term, texts[curie], layout, curie, heights[curie]) for curie, term in classes.items()
    }
    columns = max(layout.column.values()) + 1
    width = columns * (WIDTH + BETWEEN) - BETWEEN + 2 * MARGIN
    lines = tuple(_lines(view, boxes, layout))
    return ClassDiagram(width, round(layout.height + 2 * MARGIN), WIDTH, tuple(boxes.values()), lines)


def table(drawn: ClassDiagram) -> tuple[tuple[str, ...], ...]:
    """The lines of the picture, with the columns ``COLUMNS``."""
    return tuple(
        tuple(text for one in (line.start, line.term, line.end) for text in (one.text, one.iri))
        for line in drawn.lines
    )


def _term(view: View, curie: str) -> Value:
    """A term by its name; a class of another vocabulary by what its things are called here."""
    iri = expand(curie)
    found = view.thing(ox.NamedNode(iri))
    name = next((gettext(one.one).lower() for one in SECTIONS.values() if one.cls == iri), found.text)
    return found if iri.startswith(PT) else replace(found, text=name)


def _box(term: Value, lines: list[str], layout: "Layout", curie: str, height: float) -> ClassBox:
    y = MARGIN + layout.middle[curie] - height / 2
    first = y + (height - ROW * len(lines)) / 2 + 13
    placed = tuple((text, round(first + ROW * number, 1)) for number, text in enumerate(lines))
    return ClassBox(term, MARGIN + layout.column[curie] * (WIDTH + BETWEEN), round(y, 1), height, placed)


def _lines(view: View, boxes: dict[str, ClassBox], layout: "Layout") -> Iterator[PropertyLine]:
    leaving = _ports(boxes, layout, 0)
    arriving = _ports(boxes, layout, 1)
    for at, (start, prop, end) in enumerate(DRAWN):
        points = [(boxes[start].x + WIDTH, leaving[at])]
        for number, height in enumerate(layout.passing[(start, end)], start=layout.column[start] + 1):
            x = MARGIN + number * (WIDTH + BETWEEN)
            points += [(x, MARGIN + height), (x + WIDTH, MARGIN + height)]
        points.append((boxes[end].x - TIP, arriving[at]))
        x, y = points[-1]
        term = _term(view, prop)
        (ax, ay), (bx, by) = points[:2]
        yield PropertyLine(
            boxes[start].term,
            term,
            boxes[end].term,
            f"{boxes[start].term.text} {term.text} {boxes[end].term.text}",
            _curve(points),
            f"M{x + TIP:g} {y:g}L{x:g} {y - 4:g}L{x:g} {y + 4:g}Z",
            round((ax + bx) / 2, 1),
            round((ay + by) / 2 - 4, 1),
        )


def _ports(boxes: dict[str, ClassBox], layout: "Layout", side: int) -> dict[int, float]:
    """Where each line touches the box at one of its ends, so that lines of a box do not cross there."""
    by_box: dict[str, list[tuple[float, int]]] = {}
    for at, (start, _, end) in enumerate(DRAWN):
        passing = layout.passing[(start, end)]
        other = layout.middle[(end, start)[side]]
        by_box.setdefault((start, end)[side], []).append((passing[-side] if passing else other, at))
    return {
        at: round(boxes[name].y + boxes[name].height * number / (len(found) + 1), 1)
        for name, found in by_box.items()
        for number, (_, at) in enumerate(sorted(found), start=1)
    }


def _curve(points: list[tuple[float, float]]) -> str:
    parts = [f"M{points[0][0]:g} {points[0][1]:g}"]
    for number, ((ax, ay), (bx, by)) in enumerate(pairwise(points)):
        middle = (ax + bx) / 2
        curve = f"C{middle:g} {ay:g} {middle:g} {by:g} {bx:g} {by:g}"
        parts.append(curve if number % 2 == 0 else f"L{bx:g} {by:g}")
    return "".join(parts)
