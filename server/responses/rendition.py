"""Results of queries as files for people with a spreadsheet, made in the query process.

There the making is under the limits of the query, of time, memory and bytes, and is killed with it.
"""

import json
from gettext import NullTranslations
from pathlib import Path

import pyoxigraph as ox

from policytrace.graph.lookup.mapped_reader import prepared_reader
from policytrace.graph.lookup.reader import Reader
from policytrace.graph.sparql.engine import Rows
from policytrace.graph.sparql.result_formats import in_query_order
from policytrace.graph.sparql.syntax import UnsupportedQueryError
from policytrace.graph.vocabulary.translation import speaking
from policytrace.server.execution.wire import Rendering
from policytrace.server.presentation.urls import Links
from policytrace.server.presentation.view import View
from policytrace.server.responses.csv import SAFE, safe

COLUMNS = 8_000
"""Columns of rows; a spreadsheet has 16,384, and a name may stand beside each (ECMA-376, part 1, 18.3.1)."""


def render(store: ox.Store, release: Path, query: str, rows: Rows, rendering: Rendering) -> bytes:
    """The file of some rows.

    Args:
        store: of the release, open.
        release: its folder.
        query: gave the rows.
        rows: all of them.
        rendering: what is to be made.

    Raises:
        UnsupportedQueryError: they have too many columns.
    """
    return written(prepared_reader(store, release), query, rows, rendering)


def written(reader: Reader, query: str, rows: Rows, rendering: Rendering) -> bytes:
    """The same, with names from a reader."""
    if len(rows.variables) > COLUMNS:
        raise UnsupportedQueryError(f"A file for people has up to {COLUMNS:,} columns. Take CSV instead")
    view, rows = View(reader, Links(rendering.site)), in_query_order(rows, query)
    with speaking(NullTranslations(), rendering.language):
        if rendering.format == SAFE.name:
            return safe(view, rows)
        from policytrace.server.responses.spreadsheet import workbook

        about = {"Query": query.strip(), **json.loads(rendering.about)}
        return workbook(view, {"Data": rows}, about, {})
