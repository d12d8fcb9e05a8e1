"""The flow diagram: givers on the left, receivers on the right, bands as wide as the transfers are many."""

from collections.abc import Sequence
from dataclasses import dataclass

from policytrace.graph.vocabulary.translation import gettext
from policytrace.server.pictures.learning import End, Learning, Pair
from policytrace.server.pictures.text_fitting import wrapped

SHOWN = 14
"""Givers, and receivers, that have a bar of their own; the rest share one."""
WIDTH, BAR, NAME = 720.0, 12.0, 190.0
"""Of the whole, of a bar, of the room for a name."""
_TOP, _GAP, _TALL = 34.0, 7.0, 460.0
_LEAST = 17.0
"""Least height of a bar with its gap, so that its name has room."""


@dataclass(frozen=True)
class Bar:
    """A giver or receiver with its number of transfers."""

    name: str
    label: str
    count: int
    x: float
    y: float
    height: float
    unknown: bool


@dataclass(frozen=True)
class Band:
    """The transfers from one bar to another, those that were realised apart from the others."""

    path: str
    realised: bool
    title: str


@dataclass(frozen=True)
class FlowDiagram:
    """What the template draws."""

    width: float
    height: float
    givers: tuple[Bar, ...]
    receivers: tuple[Bar, ...]
    bands: tuple[Band, ...]


def flow(learning: Learning) -> FlowDiagram:
    """The flow diagram of some learning; what no source names has a bar of its own."""
    left = _shown([(pair.giver, pair.count) for pair in learning.pairs])
    right = _shown([(pair.receiver, pair.count) for pair in learning.pairs])
    total = sum(pair.count for pair in learning.pairs)
    unit = _TALL / total if total else 0.0
    givers, leave = _bars(_counted(learning.pairs, left, giver=True), unit, NAME)
    receivers, enter = _bars(_counted(learning.pairs, right, giver=False), unit, WIDTH - NAME - BAR)
    bands = []
    merged: dict[tuple[str, str, bool], int] = {}
    for pair in learning.pairs:
        for realised, count in ((True, pair.realised), (False, pair.considered)):
            key = left[pair.giver], right[pair.receiver], realised
            merged[key] = merged.get(key, 0) + count
    order = {bar.name: n for bars in (givers, receivers) for n, bar in enumerate(bars)}
    for (a, b, realised), count in sorted(
        merged.items(), key=lambda item: (order[item[0][0]], order[item[0][1]], not item[0][2])
    ):
        if count:
            bands.append(_band(a, b, realised, count, leave, enter, unit))
    height = max((bar.y + bar.height for bar in (*givers, *receivers)), default=_TOP) + 12
    return FlowDiagram(WIDTH, round(height, 1), givers, receivers, tuple(bands))


_OTHERS = "others"


def _shown(counted: Sequence[tuple[End, int]]) -> dict[End, str]:
    """The name of the bar of each end."""
    totals: dict[End, int] = {}
    for end, count in counted:
        totals[end] = totals.get(end, 0) + count
    known = sorted((end for end in totals if end.iri), key=lambda end: (-totals[end], end.name, end.iri))
    own = set(known[:SHOWN] if len(known) > SHOWN + 1 else known)
    return {end: end.name if end in own or not end.iri else _OTHERS for end in totals}


def _counted(pairs: Sequence[Pair], names: dict[End, str], *, giver: bool) -> dict[str, int]:
    counts: dict[str, int] = {}
    for pair in pairs:
        name = names[pair.giver if giver else pair.receiver]
        counts[name] = counts.get(name, 0) + pair.count
    last = ("", _OTHERS, gettext("not known"))

    def place(name: str) -> tuple[int, int, str]:
        return last.index(name) if name in last else 0, -counts[name], name

    return {name: counts[name] for name in sorted(counts, key=place)}


def _bars(counts: dict[str, int], unit: float, x: float) -> tuple[tuple[Bar, ...], dict[str, float]]:
    bars, at, y = [], {}, _TOP
    for name, count in counts.items():
        height = round(count * unit, 2)
        bars.append(
            Bar(
                name,
                wrapped(name, NAME - 46, 1)[0],
                count,
                x,
                round(y, 2),
                height,
                name == gettext("not known"),
            )
        )
        at[name] = y
        y += max(height + _GAP, _LEAST)
    return tuple(bars), at


def _band(
    a: str, b: str, realised: bool, count: int, leave: dict[str, float], enter: dict[str, float], unit: float
) -> Band:
    thick = count * unit
    left, right, middle = NAME + BAR, WIDTH - NAME - BAR, WIDTH / 2
    y, z = leave[a], enter[b]
    leave[a] += thick
    enter[b] += thick
    path = (
        f"M{left:g} {y:.1f}C{middle:g} {y:.1f} {middle:g} {z:.1f} {right:g} {z:.1f}V{z + thick:.1f}"
        f"C{middle:g} {z + thick:.1f} {middle:g} {y + thick:.1f} {left:g} {y + thick:.1f}Z"
    )
    how = "realised" if realised else "considered"
    return Band(path, realised, gettext("{a} to {b}: {count} {how}").format(a=a, b=b, count=count, how=how))
