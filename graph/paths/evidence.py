"""The evidence of claims as one table: every line that supports or weakens them, with its document."""

from collections.abc import Iterable

import pyoxigraph as ox

from policytrace.graph.sparql.binding import bind_any
from policytrace.graph.sparql.engine import Engine, Rows
from policytrace.graph.sparql.query_text import query_text

COLUMNS = {
    "thing": "The claim: a learning transfer, or the row of a measure, plan, event or link",
    "thingLabel": "Its name",
    "line": "The line of evidence, or the document where a row only cites it",
    "direction": "Whether it supports or weakens the claim",
    "document": "The document",
    "title": "Its title",
    "page": "Its address",
    "publisher": "Who published it",
    "relation": "How the publisher stands to the claim",
    "locator": "Page, section or paragraph",
    "date": "Date as the source gives it",
    "statement": "What it says",
}
"""Columns of the table and what each holds."""
_AT_ONCE = 500
"""Claims asked for in one query."""


def evidence(engine: Engine, claims: Iterable[str]) -> Rows:
    """The evidence of some claims, in the order of their identifiers; names of claims are left out."""
    wanted = [ox.NamedNode(iri) for iri in sorted(set(claims))]
    result: list[tuple[ox.NamedNode | ox.BlankNode | ox.Literal | None, ...]] = []
    variables = tuple(name for name in COLUMNS if name != "thingLabel")
    for at in range(0, len(wanted), _AT_ONCE):
        answer = engine.query(bind_any(query_text("paths/evidence"), "thing", wanted[at : at + _AT_ONCE]))
        assert isinstance(answer, Rows)
        places = [answer.variables.index(name) for name in variables]
        result += [tuple(row[place] for place in places) for row in answer.rows]
    return Rows(variables, sorted(set(result), key=lambda row: tuple(str(cell or "") for cell in row)))
