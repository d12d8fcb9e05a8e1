"""The query library: one file per question in ``queries/``, its header parsed, its parameters bound.

A file begins with a YAML header in lines that start with ``#+``; below it stands plain SPARQL 1.1 that runs
as it is, with every parameter left open.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from functools import cache
from importlib.resources import files
from typing import Any

import pyoxigraph as ox
import yaml

from policytrace.graph.sparql.binding import Term, bind
from policytrace.graph.sparql.engine import Engine, Rows
from policytrace.graph.sparql.parameters import Parameter, ParameterError
from policytrace.graph.vocabulary.problems import UnanswerableError
from policytrace.graph.vocabulary.translation import N_

_MARK = "#+"

SHARED = {
    "about": N_("What a gap is about"),
    "unknown": N_("What is unknown; empty in rows that answer the question"),
    "reason": N_("Why it is unknown"),
    "sources": N_("Addresses of the documents that say so, separated by spaces"),
    "passages": N_(
        "Where they say it: passages that support the transfers of the row, each the address of the document "
        "and the place in it, separated by semicolons; eight at most"
    ),
}
"""Columns that mean the same in every query."""


class UnknownQueryError(UnanswerableError, LookupError):
    """There is no query of that name; the message says which ones come near."""


@dataclass(frozen=True, slots=True)
class AnswerColumn:
    """A variable of the answer and what it holds."""

    name: str
    description: str


@dataclass(frozen=True, slots=True)
class Query:
    """One question of the library."""

    name: str
    """Stem of the file; also the end of its address."""
    question: str
    """Code of the competency question it answers, for example ``q05``."""
    summary: str
    description: str
    tags: tuple[str, ...]
    parameters: tuple[Parameter, ...]
    columns: tuple[AnswerColumn, ...]
    """What is special to this query; labels and the shared columns are explained by ``meaning``."""
    prepared: Mapping[str, str] | None
    """If its answer is prepared beside releases: the column that each of some parameters chooses by."""
    transfers: tuple[str, ...]
    """Columns that may hold transfers, whose passages an answer cites."""
    text: str
    """The whole file: header and SPARQL, every parameter open."""

    @property
    def sparql(self) -> str:
        """The text below the header."""
        return "".join(
            line for line in self.text.splitlines(keepends=True) if not line.startswith(_MARK)
        ).lstrip()

    def meaning(self, variable: str) -> str:
        """What a column of the answer holds, in words; ``""`` if it is not declared."""
        known = SHARED | {column.name: column.description for column in self.columns}
        thing = variable.removesuffix("Label")
        if variable in known or thing not in known:
            return known.get(variable, "")
        return f"Name: {known[thing][0].lower()}{known[thing][1:]}"

    def terms(self, values: Mapping[str, str]) -> dict[str, Term | None]:
        """The terms to bind, ``None`` for a parameter left open.

        Args:
            values: what a person gave, by name of parameter; a missing one takes its default, an empty one is
                left open and means any.

        Raises:
            ParameterError: a name is unknown, a value does not fit its type, or a required one is empty.
        """
        names = [parameter.name for parameter in self.parameters]
        for name in values:
            if name not in names:
                raise ParameterError(name, _unknown_parameter(self.name, name, names))
        return {
            parameter.name: parameter.term(values.get(parameter.name, parameter.default))
            for parameter in self.parameters
        }

    def bound(self, values: Mapping[str, str]) -> str:
        """The query with its parameters bound, to be shown or sent to any SPARQL 1.1 server.

        Raises:
            ParameterError: as for ``terms``.
        """
        return bind(self.text, self.terms(values))


def _unknown_parameter(query_name: str, name: str, names: list[str]) -> str:
    if not names:
        return f"the query {query_name} has no parameters."
    near = get_close_matches(name, names, 1)
    return f"the query {query_name} has no such parameter. " + (
        f"Did you mean {near[0]}?" if near else f"It has: {', '.join(names)}."
    )


def header(text: str) -> dict[str, Any]:
    """What the header of a query file declares."""
    lines = [line[len(_MARK) + 1 :] for line in text.splitlines() if line.startswith(_MARK)]
    fields: dict[str, Any] = yaml.safe_load("\n".join(lines))
    return fields


def _parse(name: str, text: str) -> Query:
    fields = header(text)
    return Query(
        name=name,
        question=fields["question"],
        summary=fields["summary"],
        description=fields["description"],
        tags=tuple(fields["tags"]),
        parameters=tuple(Parameter.declared(row) for row in fields["parameters"]),
        columns=tuple(AnswerColumn(row["name"], row["description"]) for row in fields["columns"]),
        prepared=fields.get("prepared"),
        transfers=tuple(fields.get("transfers", ())),
        text=text,
    )


@cache
def library() -> dict[str, Query]:
    """All queries by name, in the order of the questions they answer."""
    folder = files("policytrace") / "queries"
    found = [
        _parse(file.name.removesuffix(".rq"), file.read_text("utf-8"))
        for file in folder.iterdir()
        if file.name.endswith(".rq")
    ]
    return {entry.name: entry for entry in sorted(found, key=lambda entry: (entry.question, entry.name))}


def query(name: str) -> Query:
    """One query, by its name or by the code of its competency question.

    Raises:
        UnknownQueryError: with the names that come near, or all.
    """
    known = library()
    for entry in known.values():
        if name in (entry.name, entry.question):
            return entry
    near = get_close_matches(name, known, 3, 0.5) or [entry for entry in known if name in entry]
    hint = f"Did you mean {' or '.join(near)}?" if near else f"There are: {', '.join(known)}."
    raise UnknownQueryError(f"There is no query called {name}. {hint}")


def run(engine: Engine, name: str, parameters: Mapping[str, str] | None = None) -> Rows:
    """Answer a query of the library.

    The documents in a cell of ``sources`` are sorted, because engines join them in any order.

    Raises:
        UnknownQueryError: there is no such query.
        ParameterError: a parameter is unknown, unfit or missing.
        QueryError: the engine could not evaluate the query.
    """
    entry = query(name)
    answer = engine.query(entry.text, bindings=entry.terms(parameters or {}))
    assert isinstance(answer, Rows)
    at = answer.variables.index("sources")
    return Rows(answer.variables, [(*row[:at], _sorted(row[at]), *row[at + 1 :]) for row in answer.rows])


def _sorted(cell: Term | None) -> Term | None:
    return ox.Literal(" ".join(sorted(cell.value.split()))) if isinstance(cell, ox.Literal) else cell
