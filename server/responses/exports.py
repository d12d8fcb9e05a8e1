"""What can be taken away: tables in every format, each saying its release and how to have it again."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from urllib.parse import urlencode

import pyoxigraph as ox
from flask import Response, request

from policytrace.graph.sparql.engine import Rows
from policytrace.server.http import negotiation
from policytrace.server.http.negotiation import HTML, JSON, XLSX, Format
from policytrace.server.responses import responses
from policytrace.server.responses.csv import EXACT, SAFE, exact, safe
from policytrace.server.responses.responses import ProblemError
from policytrace.server.responses.state import links, opened, view

TABLES: tuple[Format, ...] = (XLSX, EXACT, SAFE)
FORMATS: tuple[Format, ...] = (*TABLES, JSON)
"""The formats of a table, as they are offered."""
MOST = 100_000
"""Rows of a workbook; CSV has all there are."""

RELEASE = {
    "release": "The release that says so",
    "again": "Address at which the same is found again",
}
"""Columns that end every table in CSV."""


@dataclass(frozen=True)
class Export:
    """Tables with what must be said of them. The first one is what CSV holds."""

    name: str
    """Stem of the file name."""
    sheets: Mapping[str, Rows]
    meanings: Mapping[str, str]
    """What the columns hold."""
    about: Mapping[str, str] = field(default_factory=dict)
    """What is said of the whole, beside release, address and licence."""


Given = str | Sequence[str]
"""One value of a filter, or several."""


def again(path: str, given: Mapping[str, Given]) -> str:
    """The absolute address of a page for ever: with the filters and the release."""
    return links().absolute(path) + query(given, release=opened().release.id)


def query(given: Mapping[str, Given], **more: str) -> str:
    """The query part of an address with some filters and what stands beside them, empty ones left out."""
    chosen = {name: value for name, value in {**given, **more}.items() if value}
    return f"?{urlencode(chosen, doseq=True)}" if chosen else ""


def asked_format(extension: str) -> Format:
    """The format that an extension stands for.

    Raises:
        ProblemError: 404, there is none of that name.
    """
    form = negotiation.named(extension, FORMATS) if extension else None
    if form is None:
        names = ", ".join(one.name for one in FORMATS)
        raise ProblemError(404, "Not found", f"There is no format “{extension}” here. There are: {names}.")
    return form


def wanted() -> Format:
    """What to send where an address without extension offers a page too."""
    return responses.wanted((HTML, *FORMATS))


def send(
    export: Export, form: Format, path: str, given: Mapping[str, Given], links: Sequence[str] = ()
) -> Response:
    """A table as a file.

    Args:
        export: the tables.
        form: one of ``TABLES``.
        path: the path of the page they stand on, without leading slash.
        given: the filters in its address.
        links: values of the Link header beside the address at which the same is found again.
    """
    address = again(path, given)
    first = next(iter(export.sheets.values()))
    if form is XLSX:
        if len(first.rows) > MOST:
            raise ProblemError(
                422, "Too many rows", f"A workbook holds up to {MOST:,} rows; take CSV, or narrow the list."
            )
        given_texts = {
            name: value if isinstance(value, str) else " ".join(value) for name, value in given.items()
        }
        filters = ", ".join(f"{name} = {value}" for name, value in given_texts.items() if value) or "none"
        about = {
            **export.about,
            "Filters": filters,
            "Again": address,
            "Release": opened().release.id,
            **({"Licence": licence} if (licence := opened().release.licence) else {}),
        }
        from policytrace.server.responses.spreadsheet import workbook

        body = workbook(view(), export.sheets, about, export.meanings)
    else:
        whole = _stamped(first, address)
        body = exact(whole) if form is EXACT else safe(view(), whole)
    ending = "safe.csv" if form is SAFE else form.name
    headers = {
        "Content-Disposition": f'attachment; filename="{export.name}-{opened().release.id}.{ending}"',
        "Link": ", ".join((f'<{address}>; rel="canonical"', *links)),
    }
    return responses.send(body, form, headers=headers)


def _stamped(result: Rows, address: str) -> Rows:
    stamp = (ox.Literal(opened().release.id), ox.Literal(address))
    return Rows((*result.variables, *RELEASE), [(*row, *stamp) for row in result.rows])


def filters() -> dict[str, str]:
    """The filters in the address of this request."""
    own = ("format", "release", "page", "show")
    return {name: value for name, value in request.args.items() if name not in own and value.strip()}
