"""Terms of the graph as readers see them: a text, and where it leads."""

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation

import pyoxigraph as ox

from policytrace.graph.lookup.reader import RECORDS, Reader, Term
from policytrace.graph.vocabulary import terms
from policytrace.graph.vocabulary.terms import GRAPH, ID, PT, SCHEME, XSD, compact, expand, segment_of
from policytrace.graph.vocabulary.translation import gettext, language
from policytrace.server.presentation.properties import COMPOSED, HEADINGS, NAMES
from policytrace.server.presentation.urls import Links, local_name

COUNTRY = ID + "country/"
NUMBERS = frozenset(XSD + name for name in ("decimal", "integer", "double", "float"))


@dataclass(frozen=True)
class Value:
    """One value on a page: a text with its language, and the address it leads to, if any.

    ``iri`` is set for things, ``outside`` when the address is not ours, ``derived`` when the statement is
    inferred or computed and not stated by a source.
    """

    text: str
    href: str | None = None
    language: str = ""
    iri: str = ""
    outside: bool = False
    derived: bool = False


@dataclass(frozen=True)
class PropertyRow:
    """A property of a thing with its values."""

    name: Value
    values: tuple[Value, ...]


class View:
    """Turns terms of one release into what a page shows."""

    def __init__(self, reader: Reader, links: Links) -> None:
        self.reader, self.links = reader, links

    def thing(self, node: ox.NamedNode, *, derived: bool = False) -> Value:
        """A thing by its label, leading to its page."""
        label = self.reader.label_in(node, language())
        page = self.links.page(node.value)
        text = label.text if label else self._composed(node) or plain_name(node.value)
        tag = label.language if label else ""
        href = page or self.links.href(node.value)
        return Value(text, href, tag, node.value, outside=bool(href and not page), derived=derived)

    def _composed(self, node: ox.NamedNode) -> str:
        """A name made from what is said of a thing without label, where that makes one."""
        segment = segment_of(node.value)
        if segment in COMPOSED:
            return ": ".join(value.text for value in self.values(node, *COMPOSED[segment]))
        if not node.value.startswith(GRAPH):
            return ""
        return " ".join(self.reader.text(node, c, RECORDS) or "" for c in ("pt:inFile", "pt:inRow")).strip()

    def term(self, term: Term, *, derived: bool = False) -> Value:
        """Any term."""
        if isinstance(term, ox.NamedNode):
            return self.thing(term, derived=derived)
        if isinstance(term, ox.Literal):
            return Value(plain_text(term), language=term.language or "", derived=derived)
        return Value(f"_:{term.value}", derived=derived)

    def property(self, node: ox.NamedNode) -> Value:
        """A property by its name."""
        found = self.thing(node)
        if self.reader.label(node) is None or not node.value.startswith(PT):
            name = NAMES.get(node.value)
            return Value(gettext(name), found.href, "", node.value, found.outside) if name else found
        return found

    def values(self, subject: ox.NamedNode, *curies: str) -> tuple[Value, ...]:
        """The values of some properties."""
        return tuple(self.term(term) for curie in curies for term in self.reader.values(subject, curie))

    def one(self, subject: ox.NamedNode, curie: str) -> Value | None:
        """The first value of a property."""
        return next(iter(self.values(subject, curie)), None)

    def country(self, iri: str) -> str:
        """The two-letter code of the country a thing is or lies in, ``""`` where it is not known."""
        if not iri.startswith(ID):
            return ""
        if iri.startswith(COUNTRY):
            return iri[len(COUNTRY) :]
        subject = ox.NamedNode(iri)
        region = self.reader.node(subject, "pt:inRegion") or subject
        found = self.reader.node(subject, "pt:country") or self.reader.node(region, "pt:country")
        return found.value[len(COUNTRY) :] if found and found.value.startswith(COUNTRY) else ""

    def date(self, subject: ox.NamedNode) -> str:
        """The date of a thing as its source writes it."""
        written = self.reader.text(subject, "pt:dateAsWritten")
        bounds = dict.fromkeys(self.reader.text(subject, c) or "" for c in ("pt:earliest", "pt:latest"))
        return (written or "/".join(bounds)).strip("/").replace("/", gettext(" to "))


def plain_name(iri: str) -> str:
    """A readable name for a term without label."""
    if iri.startswith(("http://data.europa.eu/nuts/", "http://publications.europa.eu/")):
        return local_name(iri)
    if iri.startswith(SCHEME):
        return local_name(iri).replace("-", " ")
    short = compact(iri)
    return short if short != iri or "//" not in iri else iri.removeprefix("https://").removeprefix("http://")


def short_name(iri: str) -> str:
    """An identifier in the shortest form people recognise: compact, or without what all of ours share."""
    return iri[len(ID) :] if iri.startswith(ID) else compact(iri)


def plain_text(literal: ox.Literal) -> str:
    """A literal as people write it: yes and no, digits in groups of three."""
    datatype = literal.datatype.value
    if datatype == XSD + "boolean":
        yes, no = gettext("yes"), gettext("no")
        return {"true": yes, "1": yes, "false": no, "0": no}.get(literal.value, literal.value)
    if datatype in NUMBERS:
        try:
            number = Decimal(literal.value)
        except InvalidOperation:
            return literal.value
        return f"{number:,}".replace(",", "\u202f") if abs(number) >= 10_000 else literal.value
    return literal.value


def code_of(node: ox.NamedNode | None) -> str:
    """The code of a concept: the last part of its identifier."""
    return local_name(node.value) if node else ""


def by_label(values: Iterable[Value]) -> list[Value]:
    """Values in the order of their texts, each once."""
    return sorted(dict.fromkeys(values), key=lambda value: (value.text.casefold(), value.iri))


def concept(scheme: str, code: str) -> ox.NamedNode:
    """The concept of a code."""
    return ox.NamedNode(terms.concept(scheme, code))


def node(curie: str) -> ox.NamedNode:
    """The term of a compact IRI."""
    return ox.NamedNode(expand(curie))


def heading(view: View, predicate: ox.NamedNode) -> str:
    """What a list of things that point here by a property is called."""
    if name := HEADINGS.get(predicate.value):
        return gettext(name)
    inverse = view.reader.inverses.get(predicate)
    if inverse is not None and view.reader.label(inverse):
        text = view.property(inverse).text
        return text[:1].upper() + text[1:]
    return gettext("Things whose “{predicate}” it is").format(predicate=view.property(predicate).text)
