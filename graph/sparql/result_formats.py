"""Write the rows of an answer: JSON, XML, CSV and TSV as SPARQL defines them, Turtle as a result set.

Sources: SPARQL 1.1 Query Results JSON, XML, and CSV and TSV formats (W3C, 2013); the result-set
vocabulary of the W3C RDF Data Access tests for Turtle.
"""

import io
import json
from typing import IO, Any

import pyoxigraph as ox

from policytrace.graph.sparql.binding import Term
from policytrace.graph.sparql.engine import Rows
from policytrace.graph.sparql.syntax import starred
from policytrace.graph.vocabulary.terms import RDF

FORMATS: dict[str, ox.QueryResultsFormat | None] = {
    "csv": ox.QueryResultsFormat.CSV,
    "json": ox.QueryResultsFormat.JSON,
    "tsv": ox.QueryResultsFormat.TSV,
    "xml": ox.QueryResultsFormat.XML,
    "ttl": None,
}

TRUTH_FORMATS: dict[str, ox.QueryResultsFormat] = {
    "json": ox.QueryResultsFormat.JSON,
    "xml": ox.QueryResultsFormat.XML,
}
"""Formats that hold the answer to an ASK query; CSV and TSV are defined for rows alone."""

RESULT_SET = "http://www.w3.org/2001/sw/DataAccess/tests/result-set#"
_STRING = "http://www.w3.org/2001/XMLSchema#string"


def _binding(term: Term) -> dict[str, str]:
    if isinstance(term, ox.NamedNode):
        return {"type": "uri", "value": term.value}
    if isinstance(term, ox.BlankNode):
        return {"type": "bnode", "value": term.value}
    result = {"type": "literal", "value": term.value}
    if term.language:
        result["xml:lang"] = term.language
    elif term.datatype.value != _STRING:
        result["datatype"] = term.datatype.value
    return result


def in_query_order(rows: Rows, text: str) -> Rows:
    """The rows with the columns of SELECT * in the order in which the query names them."""
    order = [rows.variables.index(name) for name in starred(text) if name in rows.variables]
    if len(order) != len(rows.variables):
        return rows
    return Rows(tuple(rows.variables[n] for n in order), [tuple(row[n] for n in order) for row in rows.rows])


def as_json(rows: Rows) -> dict[str, Any]:
    """The rows as a SPARQL 1.1 JSON result."""
    bindings = [
        {name: _binding(term) for name, term in zip(rows.variables, row, strict=True) if term is not None}
        for row in rows.rows
    ]
    return {"head": {"vars": list(rows.variables)}, "results": {"bindings": bindings}}


def _triples(rows: Rows) -> list[ox.Triple]:
    def rs(name: str) -> ox.NamedNode:
        return ox.NamedNode(RESULT_SET + name)

    whole = ox.BlankNode("results")
    result = [ox.Triple(whole, ox.NamedNode(RDF + "type"), rs("ResultSet"))]
    result += [ox.Triple(whole, rs("resultVariable"), ox.Literal(name)) for name in rows.variables]
    for number, row in enumerate(rows.rows, start=1):
        solution = ox.BlankNode(f"row{number}")
        result.append(ox.Triple(whole, rs("solution"), solution))
        result.append(ox.Triple(solution, rs("index"), ox.Literal(number)))
        for name, term in zip(rows.variables, row, strict=True):
            if term is not None:
                cell = ox.BlankNode(f"row{number}{name}")
                result.append(ox.Triple(solution, rs("binding"), cell))
                result.append(ox.Triple(cell, rs("variable"), ox.Literal(name)))
                result.append(ox.Triple(cell, rs("value"), term))
    return result


FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")  # noqa: RUF001
"""First characters that make a spreadsheet read a text as something else; some take full-width signs too."""
_GUARD = "'"


def escape_formula(text: str) -> str:
    """A text that no spreadsheet takes for a formula: an apostrophe stands before one that could be."""
    return _GUARD + text if text.startswith(FORMULA) else text


def write_truth(truth: bool, form: str, output: IO[bytes]) -> None:
    """Write the answer to an ASK query in one of ``TRUTH_FORMATS``.

    Raises:
        KeyError: there is no such format.
    """
    kind = TRUTH_FORMATS[form]
    text = json.dumps({"head": {}, "boolean": truth}).encode()
    if kind == ox.QueryResultsFormat.JSON:
        output.write(text + b"\n")
        return
    result = ox.parse_query_results(text, format=ox.QueryResultsFormat.JSON)
    assert isinstance(result, ox.QueryBoolean)
    result.serialize(output, format=kind)


def write(rows: Rows, form: str, output: IO[bytes]) -> None:
    """Write the rows in one of ``FORMATS``.

    Raises:
        KeyError: there is no such format.
    """
    kind = FORMATS[form]
    if kind is None:
        ox.serialize(_triples(rows), output, format=ox.RdfFormat.TURTLE, prefixes={"rs": RESULT_SET})
        return
    text = json.dumps(as_json(rows), ensure_ascii=False).encode()
    if kind == ox.QueryResultsFormat.JSON:
        output.write(text + b"\n")
        return
    solutions = ox.parse_query_results(io.BytesIO(text), format=ox.QueryResultsFormat.JSON)
    assert isinstance(solutions, ox.QuerySolutions)
    solutions.serialize(output, format=kind)
