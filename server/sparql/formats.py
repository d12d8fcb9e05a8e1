"""The formats of results: what the endpoint offers, and what a client gets of it."""

from typing import NamedTuple

from policytrace.server.execution.wire import ResultKind
from policytrace.server.http import negotiation
from policytrace.server.http.header_cache import cached_by_header
from policytrace.server.http.negotiation import HTML, RESULT_FORMATS, TRIPLE_FORMATS, XLSX, Format
from policytrace.server.presentation.result_table import ROWS_SHOWN
from policytrace.server.responses.csv import SAFE

RESULTS: tuple[Format, ...] = (*RESULT_FORMATS, HTML, XLSX, SAFE)
"""Of rows and truth values."""
GRAPHS: tuple[Format, ...] = (*TRIPLE_FORMATS, HTML)
"""Of triples."""
SHEET_ROWS = 100_000
"""Rows a workbook is made of at most; other formats have no such limit."""
RENDERED: dict[Format | None, int] = {HTML: ROWS_SHOWN, XLSX: SHEET_ROWS, SAFE: SHEET_ROWS}
"""Formats that are rendered here from the first rows of a result, and how many these are."""


class Formats(NamedTuple):
    """The formats a client gets rows or a truth value in, and triples; None where it accepts none."""

    rows: Format | None
    graph: Format | None

    @property
    def none(self) -> bool:
        """Whether it accepts nothing there is."""
        return self.rows is None and self.graph is None

    @property
    def rendered(self) -> bool:
        """Whether one of them is rendered here."""
        return self.rows in RENDERED or self.graph in RENDERED

    def of(self, kind: ResultKind) -> Format:
        """The format of a result of this kind, of which there is one."""
        form = self.graph if kind is ResultKind.GRAPH else self.rows
        assert form is not None
        return form


def named(name: str) -> Formats:
    """The formats of that name."""
    return Formats(negotiation.named(name, RESULTS), negotiation.named(name, GRAPHS))


@cached_by_header(entries=1024)
def accepted(accept: str | None) -> Formats:
    """The formats that serve an Accept header best (RFC 9110, section 12.5.1)."""
    return Formats(negotiation.choose(accept, RESULTS), negotiation.choose(accept, GRAPHS))
