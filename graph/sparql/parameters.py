"""The parameters of a query: what a person writes becomes a term, or a message that says how to write it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal, InvalidOperation
from difflib import get_close_matches
from functools import cache
from importlib.resources import files
from typing import Any

import pyoxigraph as ox

from policytrace.graph.sparql.binding import Term
from policytrace.graph.vocabulary.problems import UnanswerableError
from policytrace.graph.vocabulary.terms import ID, PREFIXES, XSD, concept, thing

_MANY = 15
LONGEST = 100
"""Decimal places of a number, or zeros at its end, at most; a few characters could write a billion."""
_NOTATION = "http://www.w3.org/2004/02/skos/core#notation"


class ParameterError(UnanswerableError, ValueError):
    """A value that cannot be bound; the message names the parameter and the way out."""

    def __init__(self, parameter: str, message: str) -> None:
        self.parameter = parameter
        super().__init__(f"{parameter}: {message}")


@dataclass(frozen=True, slots=True)
class Parameter:
    """One parameter of a query, as its header declares it."""

    name: str
    type: str
    """iri, concept, string, integer, decimal, date or boolean."""
    description: str
    default: str = ""
    required: bool = False
    cls: str = ""
    """Compact name of the class of things to choose from, for an iri."""
    segment: str = ""
    """Segment of the identifiers of such things, so that a bare identifier is enough."""
    scheme: str = ""
    """Scheme of a concept, so that its code is enough."""
    values: tuple[str, ...] = ()
    """The only values allowed; empty means any of the type."""

    @classmethod
    def declared(cls, fields: Mapping[str, Any]) -> "Parameter":
        """A parameter from its entry in a header.

        Raises:
            ValueError: the type is none that can be bound.
        """
        if fields["type"] not in _CONVERTERS:
            raise ValueError(f"Parameter {fields['name']}: there is no type {fields['type']}.")
        return cls(
            name=fields["name"],
            type=fields["type"],
            description=fields["description"],
            default=str(fields.get("default", "")),
            required=bool(fields.get("required", False)),
            cls=fields.get("class", ""),
            segment=fields.get("segment", ""),
            scheme=fields.get("scheme", ""),
            values=tuple(fields.get("values", ())),
        )

    def term(self, text: str) -> Term | None:
        """The term a value stands for; ``None`` when it is empty, which means any.

        Raises:
            ParameterError: the value does not fit, or is empty and required.
        """
        text = text.strip()
        if not text:
            if self.required:
                example = f" for example {self.default}" if self.default else f" a value of type {self.type}"
                raise ParameterError(self.name, f"must not be empty; give{example}.")
            return None
        if self.values and text not in self.values:
            raise ParameterError(self.name, f"“{text}” is not allowed. {_choice(text, self.values)}")
        return _CONVERTERS[self.type](self, text)


def _choice(text: str, allowed: tuple[str, ...]) -> str:
    if len(allowed) <= _MANY:
        return f"Use one of: {', '.join(allowed)}."
    suggestions = get_close_matches(text, allowed, 3)
    return (
        f"Did you mean {' or '.join(suggestions)}?"
        if suggestions
        else f"Codes are for example {', '.join(allowed[:5])}."
    )


def _named(parameter: Parameter, address: str, shown: str) -> ox.NamedNode:
    try:
        return ox.NamedNode(address)
    except ValueError as error:
        raise ParameterError(parameter.name, f"“{shown}” is no valid IRI: {error}.") from error


def _iri(parameter: Parameter, text: str) -> Term:
    given = text[1:-1] if text.startswith("<") and text.endswith(">") else text
    if "://" in given or given.startswith(("urn:", "mailto:")):
        return _named(parameter, given, text)
    prefix, colon, local = given.partition(":")
    if colon:
        if prefix not in PREFIXES:
            suggestions = _choice(prefix, tuple(PREFIXES))
            raise ParameterError(parameter.name, f"the prefix of “{text}” is not known. {suggestions}")
        return _named(parameter, PREFIXES[prefix] + local, text)
    if "/" in given:
        return _named(parameter, ID + given, text)
    if not parameter.segment:
        raise ParameterError(
            parameter.name, f"“{text}” is no IRI; write the whole address or segment/identifier."
        )
    return _named(parameter, thing(parameter.segment, given), text)


@cache
def codes(scheme: str) -> tuple[str, ...]:
    """The codes of a published scheme, in alphabetical order; empty when there is no such scheme."""
    source = files("policytrace") / "ontology" / "schemes" / f"{scheme}.ttl"
    if not source.is_file():
        return ()
    quads = ox.parse(source.read_bytes(), format=ox.RdfFormat.TURTLE)
    return tuple(sorted(quad.object.value for quad in quads if quad.predicate.value == _NOTATION))


def _concept(parameter: Parameter, text: str) -> Term:
    if "://" in text or text.startswith("<"):
        return _iri(parameter, text)
    known = codes(parameter.scheme)
    if text not in known:
        message = f"“{text}” is no code of the scheme {parameter.scheme}. {_choice(text, known)}"
        raise ParameterError(parameter.name, message)
    return ox.NamedNode(concept(parameter.scheme, text))


def _typed(
    read: Callable[[str], object], datatype: str, example: str
) -> Callable[[Parameter, str], ox.Literal]:
    def convert(parameter: Parameter, text: str) -> ox.Literal:
        try:
            value = read(text)
        except (ValueError, InvalidOperation) as error:
            message = f"“{text}” is no {datatype}; write it like {example}."
            raise ParameterError(parameter.name, message) from error
        return ox.Literal(str(value), datatype=ox.NamedNode(XSD + datatype))

    return convert


def _decimal(text: str) -> str:
    number = Decimal(text)
    exponent = number.as_tuple().exponent
    if not isinstance(exponent, int) or abs(exponent) > LONGEST:
        raise ValueError(text)
    return f"{number:f}"


def _boolean(text: str) -> str:
    if text.lower() not in ("true", "false"):
        raise ValueError(text)
    return text.lower()


_CONVERTERS: dict[str, Callable[[Parameter, str], Term]] = {
    "iri": _iri,
    "concept": _concept,
    "string": lambda _, text: ox.Literal(text),
    "integer": _typed(int, "integer", "12"),
    "decimal": _typed(_decimal, "decimal", "12.5"),
    "date": _typed(date.fromisoformat, "date", "2021-03-31"),
    "boolean": _typed(_boolean, "boolean", "true"),
}
