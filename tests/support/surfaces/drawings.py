"""Drawn pictures: the numbers that the flow diagram, the grid and the map say in words."""

import re
from collections.abc import Iterator
from html import unescape

from oracle import ALL
from oracle_pairs import Pairs, in_several_countries, pairs

from surfaces.data_set import DataSet, Differences, same

KINDS = {
    "Within the receiver's own region": "giver-kind/own-region",
    "Not named": "giver-kind/not-named",
    "Several countries": "giver-kind/several-countries",
}
"""What drawings call kinds of givers."""
GIVERS = 'x="190.0"'
"""Where the bars of givers stand in a flow diagram."""


def flow(data: DataSet) -> Differences:
    """The bands of the flow diagram by country, and its bars: what each gave and received in all."""
    picture = data.get("picture/flow.svg", "*/*", by="country").decode()
    names = _names(data)
    whole = _with_several(data, "")
    by_layer = {layer: _with_several(data, layer) for layer in ("realised", "considered")}
    for title in _titles(picture):
        if band := re.fullmatch(r"(.+): (\d+) (realised|considered)", title):
            ends = next(_split(band[1], " to ", names), None)
            if ends is not None:
                right = len(by_layer[band[3]].get(ends, ()))
                yield from same(f"/picture/flow.svg, band {title}", int(band[2]), right)
    for place, name, count in re.findall(r'<rect (x="[^"]+")[^>]*><title>(.+): (\d+)</title>', picture):
        if (thing := names.get(unescape(name))) is not None:
            end = 0 if place == GIVERS else 1
            of_it = set().union(*(some for pair, some in whole.items() if pair[end] == thing))
            yield from same(f"/picture/flow.svg, bar {place} {name}", int(count), len(of_it))


def grid(data: DataSet) -> Differences:
    """The cells of the grid by country, receivers down and givers across."""
    names, right = _names(data), _with_several(data, "")
    for title in _titles(data.get("picture/matrix.svg", "*/*", by="country").decode()):
        if cell := re.fullmatch(r"(.+): (\d+)", title):
            for receiver, giver in _split(cell[1], ", ", names):
                count = len(right.get((giver, receiver), ()))
                yield from same(f"/picture/matrix.svg, cell {title}", int(cell[2]), count)


def words(data: DataSet) -> Differences:
    """How many transfers each picture says it shows, of all and of each project."""
    for project in ("", *data.projects):
        narrowed = {"project": project} if project else {}
        layers = ("realised", "considered")
        right = [data.oracle.count("transfers", ALL, layer=layer, **narrowed) for layer in layers]
        for name in ("flow", "matrix", "map"):
            picture = data.get(f"picture/{name}.svg", "*/*", **narrowed).decode()
            found = re.search(r"(\d[\d,]*) realised and (\d[\d,]*) considered", picture)
            shown = [int(text.replace(",", "")) for text in found.groups()] if found else None
            yield from same(f"/picture/{name}.svg?project={project}, in words", shown, right)


def _with_several(data: DataSet, layer: str) -> Pairs:
    several = in_several_countries(data.oracle, "country", layer)
    return pairs(data.oracle, "country", layer) | several


def _titles(picture: str) -> Iterator[str]:
    yield from map(unescape, re.findall(r"<title>([^<]*)</title>", picture))


def _names(data: DataSet) -> dict[str, str]:
    """The names of countries and kinds of givers, to the ends of pairs; a name of two things is left out."""
    countries = {row["name"]: f"country/{row['id']}" for row in data.oracle.tables.rows("countries")}
    regions = {row["name"] for row in data.oracle.tables.rows("regions")}
    return KINDS | {name: thing for name, thing in countries.items() if name not in regions}


def _split(text: str, between: str, names: dict[str, str]) -> Iterator[tuple[str, str]]:
    """The two things that a text names, with some words between them."""
    for at in re.finditer(re.escape(between), text):
        first, last = text[: at.start()], text[at.end() :]
        if first in names and last in names:
            yield names[first], names[last]
