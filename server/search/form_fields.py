"""Parameters as fields of a form: the value, the things or codes to choose from, and what comes near."""

from dataclasses import dataclass

import pyoxigraph as ox

from policytrace.graph.sparql.parameters import Parameter, ParameterError
from policytrace.graph.vocabulary.terms import ID, SCHEME, concept, expand
from policytrace.graph.vocabulary.translation import gettext
from policytrace.server.presentation.view import View, by_label, code_of
from policytrace.server.search.index import search_index

CHOICES = 500
"""Things of one class up to which a form lists them all; beyond, they are found as people type."""
NEAR = 6
"""Things of a like name that are offered for a value that names none."""


@dataclass(frozen=True)
class FieldChoice:
    """One value a form offers: what is sent, and what is read."""

    value: str
    text: str


@dataclass(frozen=True)
class FormField:
    """A parameter in a form: the value it has, and those it may have (all of them when ``closed``).

    ``label`` names the thing the value stands for; when there is no such thing, ``near`` are those of a like
    name.
    """

    parameter: Parameter
    value: str
    choices: tuple[FieldChoice, ...]
    closed: bool
    label: str = ""
    near: tuple[FieldChoice, ...] = ()


def field(shown: View, parameter: Parameter, value: str) -> FormField:
    """The field of a parameter with the value it has."""
    choices, closed = _choices(shown, parameter)
    if not (parameter.segment and value.strip()):
        return FormField(parameter, value, choices, closed)
    try:
        node = parameter.term(value)
    except ParameterError:
        node = None
    if isinstance(node, ox.NamedNode) and shown.reader.exists(node):
        return FormField(parameter, value, choices, closed, label=shown.thing(node).text)
    found = [ox.NamedNode(iri) for iri in search_index().search(value, parameter.segment, NEAR)]
    near = tuple(FieldChoice(code_of(one), shown.thing(one).text) for one in found)
    return FormField(parameter, value, choices, closed, near=near)


def _choices(shown: View, parameter: Parameter) -> tuple[tuple[FieldChoice, ...], bool]:
    if parameter.values:
        scheme = parameter.scheme
        texts = {
            v: shown.thing(ox.NamedNode(concept(scheme, v))).text if scheme else gettext(v)
            for v in parameter.values
        }
        return tuple(FieldChoice(value, text) for value, text in texts.items()), True
    if parameter.scheme:
        nodes = shown.reader.subjects("skos:inScheme", ox.NamedNode(SCHEME + parameter.scheme))
        shown.reader.prepare_names(nodes)
        named = by_label(shown.thing(node) for node in nodes)
        return tuple(FieldChoice(code_of(ox.NamedNode(value.iri)), value.text) for value in named), True
    if parameter.cls and parameter.segment:
        base = f"{ID}{parameter.segment}/"
        nodes = shown.reader.subjects("rdf:type", ox.NamedNode(expand(parameter.cls)), limit=CHOICES + 1)
        shown.reader.prepare_names(nodes)
        named = by_label(shown.thing(node) for node in nodes if node.value.startswith(base))
        if len(nodes) <= CHOICES:
            return tuple(FieldChoice(value.iri[len(base) :], value.text) for value in named), False
    return (), False
