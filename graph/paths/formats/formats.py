"""The formats of an answer."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module

import pyoxigraph as ox

from policytrace.graph.paths.answer import Answer
from policytrace.graph.vocabulary import media_types
from policytrace.graph.vocabulary.translation import N_


@dataclass(frozen=True, slots=True)
class AnswerFormat:
    """A format: the end of its file names, its media type, what people call it, and what writes it."""

    name: str
    media_type: str
    title: str
    write: Callable[[Answer], bytes]


def _json(answer: Answer) -> bytes:
    return (json.dumps(answer.as_dict(), ensure_ascii=False) + "\n").encode()


def _by(module: str, function: str) -> Callable[[Answer], bytes]:
    """A writer whose module is loaded when it is first used: some need large libraries."""

    def write(answer: Answer) -> bytes:
        result: bytes = getattr(import_module(f"policytrace.graph.paths.formats.{module}"), function)(answer)
        return result

    return write


def _rdf(form: ox.RdfFormat) -> Callable[[Answer], bytes]:
    def write(answer: Answer) -> bytes:
        from policytrace.graph.paths.formats.rdf import serialised

        return serialised(answer, form)

    return write


FORMATS: dict[str, AnswerFormat] = {
    form.name: form
    for form in (
        AnswerFormat("json", media_types.JSON, "JSON", _json),
        AnswerFormat("csv", media_types.CSV, N_("CSV, a row for each hop"), _by("rows", "as_csv")),
        AnswerFormat("csv-safe", media_types.CSV, N_("CSV for spreadsheets"), _by("rows", "as_safe_csv")),
        AnswerFormat(
            "xlsx",
            media_types.XLSX,
            N_("Excel workbook"),
            _by("workbook", "as_xlsx"),
        ),
        AnswerFormat("ttl", media_types.TURTLE, N_("Turtle, with PROV-O"), _rdf(ox.RdfFormat.TURTLE)),
        AnswerFormat("jsonld", media_types.JSON_LD, N_("JSON-LD, with PROV-O"), _rdf(ox.RdfFormat.JSON_LD)),
        AnswerFormat("nt", media_types.N_TRIPLES, "N-Triples", _rdf(ox.RdfFormat.N_TRIPLES)),
        AnswerFormat("rdf", media_types.RDF_XML, "RDF/XML", _rdf(ox.RdfFormat.RDF_XML)),
        AnswerFormat("graphml", "application/graphml+xml", "GraphML", _by("network", "as_graphml")),
        AnswerFormat(
            "nodelink", "application/vnd.node-link+json", N_("Node-link JSON"), _by("network", "as_node_link")
        ),
    )
}
"""Format by name."""
