"""The flow diagram: givers on the left, receivers on the right, bands as wide as the transfers are many."""

from collections.abc import Iterable
from dataclasses import dataclass

from policytrace.graph.vocabulary.translation import gettext
from policytrace.server.pictures.learning import End, Learning, Pair, distinct, grouped, totals
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
    """The flow diagram of some learning; each kind of giver that is no place has a bar of its own."""
    apart = {end.name for pair in learning.pairs for end in (pair.giver, pair.receiver) if not end.place}
    left = _shown((pair.giver, pair) for pair in learning.pairs)
    right = _shown((pair.receiver, pair) for pair in learning.pairs)
    total = sum(pair.count for pair in learning.pairs)
    unit = _TALL / total if total else 0.0
    givers, leave = _bars([(left[pair.giver], pair) for pair in learning.pairs], apart, unit, NAME)
    enters = [(right[pair.receiver], pair) for pair in learning.pairs]
    receivers, enter = _bars(enters, apart, unit, WIDTH - NAME - BAR)
    bands = []
    merged: dict[tuple[str, str, bool], set[str]] = {}
    for pair in learning.pairs:
        for realised, of_pair in ((True, pair.learned), (False, pair.others)):
            merged.setdefault((left[pair.giver], right[pair.receiver], realised), set()).update(of_pair)
    order = {bar.name: n for bars in (givers, receivers) for n, bar in enumerate(bars)}
    for (a, b, realised), some in sorted(
        merged.items(), key=lambda item: (order[item[0][0]], order[item[0][1]], not item[0][2])
    ):
        if some:
            bands.append(_band(a, b, realised, len(some), leave, enter, unit))
    height = max((bar.y + bar.height for bar in (*givers, *receivers)), default=_TOP) + 12
    return FlowDiagram(WIDTH, round(height, 1), givers, receivers, tuple(bands))


_OTHERS = "others"


def _shown(ends: Iterable[tuple[End, Pair]]) -> dict[End, str]:
    """The name of the bar of each end."""
    counts = totals(ends)
    known = sorted((end for end in counts if end.place), key=lambda end: (-counts[end], end.name, end.iri))
    own = set(known[:SHOWN] if len(known) > SHOWN + 1 else known)
    return {end: end.name if end in own or not end.place else _OTHERS for end in counts}


def _bars(
    names: Iterable[tuple[str, Pair]], apart: set[str], unit: float, x: float
) -> tuple[tuple[Bar, ...], dict[str, float]]:
    """The bars, each as high as its bands, and where the first band of each begins.

    A transfer that several regions gave or received is part of several bands, but counts once in a bar.
    """
    pairs = grouped(names)
    counts = {name: distinct(of_bar) for name, of_bar in pairs.items()}

    def place(name: str) -> tuple[int, int, str]:
        return 2 if name in apart else int(name == _OTHERS), -counts[name], name

    bars, at, y = [], {}, _TOP
    for name in sorted(counts, key=place):
        height = round(sum(pair.count for pair in pairs[name]) * unit, 2)
        bars.append(
            Bar(
                name,
                wrapped(name, NAME - 46, 1)[0],
                counts[name],
                x,
                round(y, 2),
                height,
                name in apart,
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
