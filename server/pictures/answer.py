"""A picture with its text alternative and its table, and how it is written in each format."""

import csv
import io
from dataclasses import dataclass, replace
from typing import Any

import resvg_py
from flask import render_template

from policytrace.graph.vocabulary.translation import N_, gettext
from policytrace.server.http.negotiation import CSV, Format
from policytrace.server.responses import exports
from policytrace.server.responses.state import opened

FOOT = 16.0
"""Height below a picture for the line that says its release, in pixels."""


Cell = str | int


@dataclass(frozen=True)
class Picture:
    """A picture with its text alternative and its table; ``notes`` say what is not in it."""

    title: str
    description: str
    template: str
    drawn: Any
    width: float
    height: float
    columns: tuple[str, ...]
    rows: tuple[tuple[Cell, ...], ...]
    notes: tuple[str, ...] = ()

    def as_csv(self) -> str:
        """The whole table."""
        found = io.StringIO()
        writer = csv.writer(found)
        writer.writerows([self.columns, *self.rows])
        return found.getvalue()


COLUMNS = {
    "giver": N_("Giver"),
    "receiver": N_("Receiver"),
    "transfers": N_("Transfers"),
    "realised": N_("Realised"),
    "considered": N_("Considered"),
    "date": N_("Date"),
    "earliest": N_("Earliest"),
    "latest": N_("Latest"),
    "kind": N_("Kind"),
    "name": N_("Name"),
    "year": N_("Year"),
    "count": N_("Count"),
}
"""What the columns of the tables of pictures are called on a page."""


SVG = Format("svg", "image/svg+xml", "SVG")


PNG = Format("png", "image/png", "PNG")


FORMATS = (SVG, PNG, CSV)


ZOOM = 2
"""Pixels of a PNG for one of the picture."""


def picture_file(shown: Picture, form: Format, again: str) -> bytes:
    """A picture in a format, which says its release and where the same is found again."""
    release = opened().release.id
    if form is CSV:
        stamped = tuple((*row, release, again) for row in shown.rows)
        return replace(shown, columns=(*shown.columns, *exports.RELEASE), rows=stamped).as_csv().encode()
    svg = render_template(
        f"pictures/{shown.template}",
        drawn=shown.drawn,
        title=shown.title,
        description=" ".join(
            (
                shown.description,
                gettext("Release {id}; the same again: {address}").format(id=release, address=again),
            )
        ),
        foot=gettext("PolicyTrace, release {id}").format(id=release),
        width=shown.width,
        height=shown.height,
        whole=shown.height + FOOT,
    )
    if form is SVG:
        return svg.encode()
    return bytes(resvg_py.svg_to_bytes(svg_string=svg, zoom=ZOOM, background="#ffffff"))
