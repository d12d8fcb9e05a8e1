"""A release on a SPARQL 1.1 server, as an engine.

Source of answers: SPARQL 1.1 Query Results JSON Format (W3C, 2013), section 3.
"""

import io
import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import pyoxigraph as ox

from policytrace.graph.remote.endpoint import ROWS, TRIPLES, Endpoint, StoreError
from policytrace.graph.remote.graph_names import Placement
from policytrace.graph.sparql.binding import Term, bind
from policytrace.graph.sparql.engine import OxigraphEngine, Result, Rows
from policytrace.graph.sparql.syntax import QueryRefusedError, check_read_only, place, tokens
from policytrace.graph.vocabulary.terms import XSD

_FORMS = {"SELECT": ROWS, "ASK": ROWS, "CONSTRUCT": TRIPLES, "DESCRIBE": TRIPLES}
_OWN_FUNCTIONS = ("bif:", "sql:")
"""Schemes of functions by which a server would run its own procedures."""
_BOOLEAN = {"1": "true", "0": "false"}
_NOTHING = OxigraphEngine(ox.Store())


class RemoteEngine:
    """Queries one release on a server. Safe to share between threads."""

    def __init__(self, endpoint: Endpoint, placement: Placement) -> None:
        self.endpoint, self.placement = endpoint, placement

    def query(
        self,
        text: str,
        *,
        bindings: Mapping[str, Term | None] | None = None,
        default_graphs: Sequence[str] | None = None,
        named_graphs: Sequence[str] | None = None,
        seconds: float | None = None,
    ) -> Result:
        """See ``Engine.query``; ``seconds`` may lower the time limit.

        Raises:
            StoreError: the server did not answer.
        """
        bound = bind(text, bindings or {})
        check_standard(bound)
        chosen = default_graphs is not None or named_graphs is not None
        accept = next((_FORMS[t.text.upper()] for t in tokens(bound) if t.is_word(*_FORMS)), ROWS)
        body = self.endpoint.query(
            self.placement.query(bound, chosen=chosen),
            accept,
            default_graphs=[self.placement.graph(iri) for iri in default_graphs or ()],
            named_graphs=[self.placement.graph(iri) for iri in named_graphs or ()],
            seconds=seconds,
        )
        if accept == TRIPLES:
            return self._triples(body)
        answer = self._rows(body)
        return answer if isinstance(answer, bool) else _with_iris(answer, bound)

    def _rows(self, body: bytes) -> Rows | bool:
        try:
            result = json.loads(body)
            if "boolean" in result:
                return bool(result["boolean"])
            names = tuple(result["head"].get("vars", ()))
            return Rows(
                names,
                [tuple(self._term(b.get(name)) for name in names) for b in result["results"]["bindings"]],
            )
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            raise StoreError(f"{self.endpoint.name} sent no valid SPARQL result: {error}.") from error

    def _term(self, binding: dict[str, Any] | None) -> Term | None:
        if binding is None:
            return None
        kind, value = binding["type"], str(binding["value"])
        if kind == "uri":
            return ox.NamedNode(self.placement.from_server(value))
        if kind == "bnode":
            return ox.BlankNode(value)
        if language := binding.get("xml:lang"):
            return ox.Literal(value, language=language)
        datatype = binding.get("datatype")
        return _literal(value, datatype) if datatype else ox.Literal(value)

    def _triples(self, body: bytes) -> list[ox.Triple]:
        try:
            quads = list(ox.parse(io.BytesIO(body), format=ox.RdfFormat.N_TRIPLES))
        except SyntaxError as error:
            raise StoreError(f"{self.endpoint.name} sent no valid N-Triples: {error}.") from error
        return [
            ox.Triple(self._here(quad.subject), quad.predicate, self._here(quad.object))  # type: ignore[arg-type]
            for quad in quads
        ]

    def _here(self, term: object) -> object:
        if isinstance(term, ox.NamedNode):
            return ox.NamedNode(self.placement.from_server(term.value))
        if isinstance(term, ox.Literal) and not term.language:
            return _literal(term.value, term.datatype.value)
        return term


def _with_iris(answer: Rows, text: str) -> Rows:
    # Some servers give an IRI back as a text where VALUES holds one alone.
    alone = dict(_alone(text))
    places = {at: alone[name] for at, name in enumerate(answer.variables) if name in alone}
    if not places:
        return answer
    rows = [tuple(_named(places.get(at), cell) for at, cell in enumerate(row)) for row in answer.rows]
    return Rows(answer.variables, rows)


def _alone(text: str) -> Iterator[tuple[str, str]]:
    """Variables that VALUES binds to one IRI."""
    pieces = list(tokens(text))
    for at, token in enumerate(pieces[:-4]):
        name, opening, iri, closing = pieces[at + 1 : at + 5]
        if token.is_word("VALUES") and (opening.text, iri.kind, closing.text) == ("{", "iri", "}"):
            yield name.text[1:], iri.text[1:-1]


def _named(iri: str | None, cell: Term | None) -> Term | None:
    return (
        ox.NamedNode(iri) if iri is not None and isinstance(cell, ox.Literal) and cell.value == iri else cell
    )


def _literal(value: str, datatype: str) -> ox.Literal:
    # Some servers keep booleans as numbers.
    text = _BOOLEAN.get(value, value) if datatype == XSD + "boolean" else value
    return ox.Literal(text, datatype=ox.NamedNode(datatype))


def check_standard(text: str) -> None:
    """Refuse what is no SPARQL 1.1 query, before another server sees it.

    Raises:
        QueryRefusedError: it writes, calls another server or a server's own procedures.
        QueryError: it is no SPARQL; with line and column.
    """
    check_read_only(text)
    for token in tokens(text):
        if token.kind == "iri" and token.text[1:].lower().startswith(_OWN_FUNCTIONS):
            raise QueryRefusedError(
                f"{token.text} is refused: only functions of SPARQL itself may be called.",
                *place(text, token.start),
            )
    _NOTHING.query(text)
