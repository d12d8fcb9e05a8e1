"""The learning process in time: a row for each kind of event or output, each at the dates it may have had."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date

from policytrace.server.pictures.text_fitting import wrapped

WIDTH, SIDE, ROW, TOP = 720.0, 250.0, 26.0, 34.0
"""Of the whole, of the room for names, of a row, of the head."""
_SHORTEST = 5.0
"""Pixels of an event of one day."""


@dataclass(frozen=True)
class Moment:
    """Something that happened on one of the days of an interval."""

    iri: str
    name: str
    kind: str
    earliest: date
    latest: date
    written: str


@dataclass(frozen=True)
class Mark:
    """One moment in its row."""

    x: float
    y: float
    width: float
    title: str


@dataclass(frozen=True)
class Tick:
    """The beginning of a year."""

    year: int
    x: float


@dataclass(frozen=True)
class TimelineRow:
    """A row."""

    label: str
    count: int
    y: float


@dataclass(frozen=True)
class Timeline:
    """What the template draws."""

    width: float
    height: float
    kinds: tuple[TimelineRow, ...]
    ticks: tuple[Tick, ...]
    marks: tuple[Mark, ...]


def timeline(moments: Sequence[Moment]) -> Timeline:
    """The picture of some moments; rows in the order in which their kinds began."""
    rows = list(dict.fromkeys(m.kind for m in sorted(moments, key=lambda m: (m.earliest, m.kind))))
    first = min((m.earliest.year for m in moments), default=date.min.year)
    last = max((m.latest.year for m in moments), default=first) + 1
    days = (date(min(last, date.max.year), 1, 1) - date(first, 1, 1)).days or 1
    room = WIDTH - SIDE - 14

    def place(day: date) -> float:
        return round(SIDE + room * (day - date(first, 1, 1)).days / days, 1)

    step = -(-(last - first) // 12) or 1
    return Timeline(
        WIDTH,
        TOP + ROW * len(rows) + 10,
        tuple(_kind(kind, moments, TOP + ROW * n) for n, kind in enumerate(rows)),
        tuple(Tick(year, place(date(year, 1, 1))) for year in range(first, last, step)),
        tuple(
            Mark(
                place(m.earliest),
                TOP + ROW * rows.index(m.kind) + ROW / 2,
                max(place(m.latest) - place(m.earliest), _SHORTEST),
                f"{m.written}: {m.name}",
            )
            for m in moments
        ),
    )


def _kind(kind: str, moments: Iterable[Moment], y: float) -> TimelineRow:
    return TimelineRow(wrapped(kind, SIDE - 52, 1)[0], sum(m.kind == kind for m in moments), y)
