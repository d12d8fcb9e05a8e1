"""The formats of results: what the endpoint offers, and what a client gets of it."""

from typing import NamedTuple

from policytrace.server.execution.wire import ResultKind
from policytrace.server.http import negotiation
from policytrace.server.http.header_cache import cached_by_header
from policytrace.server.http.negotiation import (
    HTML,
    JSON_RESULTS,
    RESULT_FORMATS,
    TRIPLE_FORMATS,
    TURTLE,
    XLSX,
    Format,
)
from policytrace.server.presentation.result_table import ROWS_SHOWN, WEIGHT
from policytrace.server.responses.csv import SAFE

RESULTS: tuple[Format, ...] = (*RESULT_FORMATS, HTML, XLSX, SAFE)
"""Of rows and truth values."""
GRAPHS: tuple[Format, ...] = (*TRIPLE_FORMATS, HTML)
"""Of triples."""
SHEET_ROWS = 100_000
"""Rows a workbook is made of at most; other formats have no such limit."""
RENDERED: dict[Format | None, int] = {HTML: ROWS_SHOWN, XLSX: SHEET_ROWS, SAFE: SHEET_ROWS}
"""Formats that are made of the first rows of a result, and how many these are."""
FILES = frozenset((XLSX, SAFE))
"""Those of them that query processes make; pages are made here, of little."""
PAGE = 5 * WEIGHT
"""Bytes of the rows or triples that a page is made of: names may be shorter than what they name."""


class Formats(NamedTuple):
    """What a client gets.

    Attributes:
        rows: the format of rows and truth values; None where it accepts none.
        graph: the format of triples; None where it accepts none.
        rendered: whether one of them is made of first rows.
        rows_as, graph_as: the media types the engine writes for that; empty where the client accepts none.
        shown_rows, shown_triples: the first ones that are enough; 0 for all.
    """

    rows: Format | None
    graph: Format | None
    rendered: bool
    rows_as: str
    graph_as: str
    shown_rows: int
    shown_triples: int

    @property
    def none(self) -> bool:
        """Whether the client accepts nothing there is."""
        return self.rows is self.graph is None

    def of(self, kind: ResultKind) -> Format:
        """The format of a result of this kind, of which there is one."""
        form = self.graph if kind is ResultKind.GRAPH else self.rows
        assert form is not None
        return form


def named(name: str) -> Formats:
    """The formats of that name."""
    return _formats(negotiation.named(name, RESULTS), negotiation.named(name, GRAPHS))


@cached_by_header(entries=1024)
def accepted(accept: str | None) -> Formats:
    """The formats that serve an Accept header best (RFC 9110, section 12.5.1)."""
    return _formats(negotiation.choose(accept, RESULTS), negotiation.choose(accept, GRAPHS))


def _formats(rows: Format | None, graph: Format | None) -> Formats:
    return Formats(
        rows,
        graph,
        rows in RENDERED or graph in RENDERED,
        _media_type(rows, JSON_RESULTS),
        _media_type(graph, TURTLE),
        RENDERED.get(rows, 0),
        RENDERED.get(graph, 0),
    )


def _media_type(form: Format | None, rendered_from: Format) -> str:
    if form is None:
        return ""
    return rendered_from.media_type if form in RENDERED else form.media_type
