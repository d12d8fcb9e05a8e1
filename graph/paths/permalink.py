"""A path by its identifier, in this release or a later one: which hops stand, have changed, or are gone."""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from policytrace.graph.hops.arrays import Hop, HopArrays
from policytrace.graph.paths.narrate import SEPARATOR, state

_HOP = re.compile(r"[0-9a-f]{20}")
_STATE = re.compile(r"[0-9a-f]{8}")
MOST = 64
"""Hops of a path at most."""

SCALES = ("layer", "stage", "status", "strength", "earliest", "latest", "project")
"""What can change of a hop without making it another hop."""


class PathIdError(LookupError):
    """An identifier that is no path of this graph; the message says why and what to do."""


@dataclass(frozen=True, slots=True)
class HopChange:
    """What became of one hop since a path was cited."""

    hop: str
    change: str
    """none, changed, new, gone, or unknown where nothing tells how it was"""
    was: Hop | None = None
    now: Hop | None = None

    def differences(self) -> dict[str, tuple[str | None, str | None]]:
        """What was and what is, by scale, where both are known and differ."""
        if self.was is None or self.now is None:
            return {}
        pairs = ((name, getattr(self.was, name), getattr(self.now, name)) for name in SCALES)
        return {name: (_text(was), _text(now)) for name, was, now in pairs if was != now}

    def as_dict(self) -> dict[str, Any]:
        """The same for JSON."""
        changed = {name: {"was": was, "now": now} for name, (was, now) in self.differences().items()}
        ends = {"from": self.was.start, "to": self.was.end, "kind": self.was.kind} if self.was else {}
        return {"hop": self.hop, "change": self.change, "differences": changed, "was": ends}


def _text(value: object) -> str | None:
    return None if value is None else str(value)


def parse(path_id: str) -> list[str]:
    """The hops in the identifier of a path.

    Raises:
        PathIdError: it is none.
    """
    hops = path_id.split(SEPARATOR)
    if len(hops) > MOST or not all(_HOP.fullmatch(hop) for hop in hops):
        raise PathIdError(
            f"“{path_id[:80]}” is no identifier of a path: it is made of the identifiers of hops, "
            f"20 hexadecimal digits each, joined by “{SEPARATOR}”."
        )
    return hops


def compare(
    arrays: HopArrays, hops: Sequence[str], states: Sequence[str], older: Callable[[], HopArrays | None]
) -> list[HopChange]:
    """What became of each hop.

    Args:
        arrays: the release that is asked.
        hops: identifiers of the hops of a path.
        states: their states when it was cited; where they are not known, ``older`` tells.
        older: the hop graph in which it was cited, if that is still kept; asked only when something changed,
            or there are no states.

    Raises:
        PathIdError: no hop is known in either, or the hops make no chain.
    """
    numbers = [arrays.find_hop(hop) for hop in hops]
    now = [arrays.hop(number) if number >= 0 else None for number in numbers]
    fits = len(states) == len(hops) and all(map(_STATE.fullmatch, states))
    before = None if fits else older()
    given = list(states) if fits else [_state(_before(before, hop)) for hop in hops]
    same = [hop is not None and seen in ("", state(hop)) for hop, seen in zip(now, given, strict=True)]
    if before is None and not all(same):
        before = older()
    was = [_before(before, hop) for hop in hops]
    if not any(now) and not any(was):
        raise PathIdError(
            "No hop of this path is known here: it belongs to another graph, or to a release no longer kept."
        )
    known = [here or there for here, there in zip(now, was, strict=True)]
    for one, other in pairwise(known):
        if one and other and one.end != other.start:
            raise PathIdError("These hops make no path: one does not begin where the one before it ends.")
    new = before is not None and not fits
    return [
        HopChange(hop, "new", None, here)
        if new and here and not there
        else _change(hop, alike, seen, there, here)
        for hop, alike, seen, there, here in zip(hops, same, given, was, now, strict=True)
    ]


def _state(hop: Hop | None) -> str:
    return state(hop) if hop else ""


def _before(arrays: HopArrays | None, hop: str) -> Hop | None:
    number = arrays.find_hop(hop) if arrays else -1
    return arrays.hop(number) if arrays and number >= 0 else None


def _change(hop: str, same: bool, given: str, was: Hop | None, now: Hop | None) -> HopChange:
    if now is None:
        return HopChange(hop, "gone", was)
    return HopChange(hop, ("none" if given else "unknown") if same else "changed", was, now)
