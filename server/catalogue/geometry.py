"""Where countries lie, from the outlines of Natural Earth (1:50m, public domain, packaged by world-atlas).

``countries.csv`` is written by ``server/frontend/countries.mjs``. What a country has overseas is part of it.
"""

import csv
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

import pyoxigraph as ox

WKT = ox.NamedNode("http://www.opengis.net/ont/geosparql#wktLiteral")


@dataclass(frozen=True)
class Extent:
    """Between which degrees a country lies, and its middle, as written in the table."""

    west: str
    south: str
    east: str
    north: str
    longitude: str
    latitude: str

    @property
    def box(self) -> ox.Literal:
        """The box around it as WKT."""
        corners = ((self.west, self.south), (self.east, self.south), (self.east, self.north))
        ring = (*corners, (self.west, self.north), corners[0])
        return ox.Literal(f"POLYGON(({','.join(f'{x} {y}' for x, y in ring)}))", datatype=WKT)

    @property
    def middle(self) -> ox.Literal:
        """Its middle as WKT."""
        return ox.Literal(f"POINT({self.longitude} {self.latitude})", datatype=WKT)


@cache
def extents() -> dict[str, Extent]:
    """The extents by the three-letter code of ISO 3166-1."""
    source = files("policytrace") / "server" / "catalogue" / "countries.csv"
    rows = csv.reader(source.read_text("utf-8").splitlines()[1:])
    return {row[0]: Extent(*row[1:]) for row in rows}
