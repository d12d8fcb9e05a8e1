"""Where regions lie on the map of Europe: at the largest town or seat of their NUTS 2 region.

``outlines.json`` is written by ``server/frontend/outlines.mjs``; ``towns.csv`` has one town for each code of
level 2 in the versions 2016 to 2024, with coordinates of GeoNames.
"""

import csv
import json
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from math import cos, radians, sin, sqrt
from typing import Any, NamedTuple

LEVEL = 4
"""Characters of a NUTS 2 code."""


class Point(NamedTuple):
    """A place on the map, in its pixels."""

    x: float
    y: float


@dataclass(frozen=True)
class Outlines:
    """The countries of Europe in an equal-area projection."""

    source: str
    width: int
    height: int
    centre: tuple[float, float]
    """Degrees east and north of the point where the projection is true."""
    scale: float
    origin: tuple[float, float]
    """Pixels of that point."""
    land: str
    """Path of SVG."""

    def point(self, longitude: float, latitude: float) -> Point:
        """A place by its degrees east and north (Lambert's azimuthal equal-area projection of a sphere)."""
        east, north = radians(longitude - self.centre[0]), radians(latitude)
        middle = radians(self.centre[1])
        nearness = sin(middle) * sin(north) + cos(middle) * cos(north) * cos(east)
        stretched = self.scale * sqrt(2 / (1 + nearness))
        x = stretched * cos(north) * sin(east)
        y = stretched * (cos(middle) * sin(north) - sin(middle) * cos(north) * cos(east))
        return Point(round(self.origin[0] + x, 1), round(self.origin[1] - y, 1))

    def shows(self, point: Point) -> bool:
        """Whether a place is on the map."""
        return 0 <= point.x <= self.width and 0 <= point.y <= self.height


def _text(name: str) -> str:
    return (files("policytrace") / "server" / "pictures" / name).read_text("utf-8")


@cache
def outlines() -> Outlines:
    """The map."""
    found: dict[str, Any] = json.loads(_text("outlines.json"))
    return Outlines(
        **{**found, "centre": tuple(found["centre"]), "origin": tuple(found["origin"])},
    )


@cache
def _towns() -> dict[str, tuple[float, float]]:
    rows = csv.DictReader(_text("towns.csv").splitlines())
    return {row["nuts"]: (float(row["longitude"]), float(row["latitude"])) for row in rows}


@cache
def point(nuts: str) -> Point | None:
    """The place of a NUTS code; None where the code is not known, or lies outside the map.

    A code below level 2 lies where its region of level 2 does, one above in the middle of its regions that
    are on the map.
    """
    if len(nuts) < 2:
        return None
    if len(nuts) < LEVEL:
        within = [place for code, place in _towns().items() if code.startswith(nuts)]
    else:
        within = [_towns()[nuts[:LEVEL]]] if nuts[:LEVEL] in _towns() else []
    found = [outlines().point(*place) for place in within]
    found = [one for one in found if outlines().shows(one)]
    if not found:
        return None
    return Point(*(round(sum(axis) / len(found), 1) for axis in zip(*found, strict=True)))
