"""Rows as CSV in two named modes: exact, as SPARQL defines it, and safe for spreadsheets."""

import csv
import io

import pyoxigraph as ox

from policytrace.graph.sparql import result_formats
from policytrace.graph.sparql.binding import Term
from policytrace.graph.sparql.engine import Rows
from policytrace.graph.sparql.result_formats import escape_formula
from policytrace.graph.vocabulary import media_types
from policytrace.graph.vocabulary.translation import N_
from policytrace.server.http.negotiation import CSV, Format
from policytrace.server.presentation.view import NUMBERS, View

EXACT = CSV
SAFE = Format("csv-safe", media_types.CSV, N_("CSV for spreadsheets"))
"""A byte order mark before it, and no cell that a spreadsheet takes for a formula."""

_BOM = "\ufeff"


def exact(result: Rows) -> bytes:
    """The rows as they are in the graph (SPARQL 1.1 Query Results CSV)."""
    output = io.BytesIO()
    result_formats.write(result, "csv", output)
    return output.getvalue()


def safe(view: View, result: Rows) -> bytes:
    """The rows for people with a spreadsheet: identifiers stand beside their names, texts cannot be formulas.

    A text that could be one gets an apostrophe before it; numbers stay numbers, negative ones too.
    """
    output = io.StringIO()
    output.write(_BOM)
    writer = csv.writer(output, lineterminator="\r\n")
    named = {at for at, name in enumerate(result.variables) if _things(result, at, name)}
    head: list[str] = []
    for at, name in enumerate(result.variables):
        head += [name, f"{name}Label"] if at in named else [name]
    writer.writerow(head)
    for row in result.rows:
        cells: list[str] = []
        for at, term in enumerate(row):
            cells += [cell(term), _label(view, term)] if at in named else [cell(term)]
        writer.writerow(cells)
    return output.getvalue().encode()


def cell(term: Term | None) -> str:
    """One cell that no spreadsheet takes for a formula."""
    if term is None:
        return ""
    if isinstance(term, ox.Literal) and term.datatype.value in NUMBERS:
        return term.value
    return escape_formula(term.value)


def _things(result: Rows, at: int, name: str) -> bool:
    if f"{name}Label" in result.variables:
        return False
    return any(isinstance(row[at], ox.NamedNode) for row in result.rows)


def _label(view: View, term: Term | None) -> str:
    return escape_formula(view.thing(term).text) if isinstance(term, ox.NamedNode) else ""
