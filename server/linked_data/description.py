"""The description of a thing as RDF: what it is, the claims about it, what points at it, and its sources."""

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache

import pyoxigraph as ox

from policytrace.graph.lookup.reader import LABELS, RECORDS, Incoming, Reader, StatementTexts, in_order
from policytrace.graph.vocabulary.terms import GRAPH, ID, RDF, WHOLE, XSD, expand
from policytrace.server.http.negotiation import N_TRIPLES, TURTLE, Format
from policytrace.server.linked_data.turtle import SPACES, turtle

INCOMING = 100
"""How many things that point here by one property a page of a description lists."""
CLAIMS = 10
"""Transfers a thing takes part in that its description tells in full, with their evidence."""
CLAIMED = frozenset(
    ox.NamedNode(expand(curie))
    for curie in (
        "pt:source",
        "pt:fromRegion",
        "pt:fromOrganisation",
        "pt:toRegion",
        "pt:toOrganisation",
        "pt:toMeasure",
        "pt:throughEvent",
    )
)
"""The properties by which a transfer names those who take part in it."""
UNLABELLED = (f"<{GRAPH}", f"<{ID}hop/")
"""Beginnings of identifiers of things that never have a label."""
OUTSIDE = frozenset(f"<{expand(curie)}>" for curie in ("foaf:page", "foaf:homepage"))
"""Properties whose values never have one."""

_A = ox.NamedNode(RDF + "type")
_NAMING = frozenset(str(predicate) for predicate in LABELS)
_LABEL = str(LABELS[0])
_EVIDENCE = f"<{expand('pt:hasEvidence')}>"
_OF_EVERY_DOCUMENT = (
    (str(_A), f"<{expand('foaf:Document')}>"),
    (f"<{expand('void:inDataset')}>", f"<{WHOLE}>"),
)
_LICENCE = f"<{expand('dct:license')}>"
_TOPIC = f"<{expand('foaf:primaryTopic')}>"


@dataclass(frozen=True)
class Pages:
    """Where a page stands among those of a list; ``last`` is None when they were not counted."""

    number: int
    last: int | None

    @property
    def single(self) -> bool:
        """Whether there is one page only."""
        return self.last == 1

    def numbers(self) -> Mapping[str, int]:
        """Relation to page number: ``first``, ``prev``, ``next``, ``last``, as far as there are such."""
        found = {"first": 1}
        if self.number > 1:
            found["prev"] = self.number - 1
        if self.last is None or self.number < self.last:
            found["next"] = self.number + 1
        if self.last is not None:
            found["last"] = self.last
        return found


def describe(
    reader: Reader, node: ox.NamedNode, document: str, licence: str | None, number: int = 1
) -> tuple[list[StatementTexts], Pages] | None:
    """The statements about a thing in the document at this address, under this licence if there is one.

    None where there is no such page.

    The first page holds what is stated of the thing, its evidence, the first transfers it takes part in with
    theirs, the rows behind it, and the first things that point at it; each further page more of those.
    """
    groups = reader.incoming(node, INCOMING)
    counted = not any(group.at_least for group in groups)
    most = max((group.count for group in groups), default=0)
    pages = Pages(number, max(math.ceil(most / INCOMING), 1) if counted else None)
    name = str(node)
    if number == 1:
        statements = reader.statement_texts(node)
        statements += _claims(reader, node, statements, groups)
    else:
        statements, groups = [], _further(reader, node, groups, (number - 1) * INCOMING)
    if not statements and not groups:
        return None
    for group in groups:
        predicate = str(group.property)
        statements += [(str(s), predicate, name) for s in group.subjects if s != node]
    if number == 1:
        for record in reader.records(node):
            statements += reader.statement_texts(record, RECORDS)
    about = [*_document(document, name, licence), *in_order(views(document, pages))]
    return [*about, *statements, *_labels(reader, statements)], pages


def _further(reader: Reader, node: ox.NamedNode, groups: Iterable[Incoming], offset: int) -> list[Incoming]:
    more = (
        reader.pointing(node, group.property, INCOMING, offset) for group in groups if group.count > offset
    )
    return [group for group in more if group.subjects]


def _claims(
    reader: Reader, node: ox.NamedNode, own: Iterable[StatementTexts], groups: Iterable[Incoming]
) -> list[StatementTexts]:
    """The evidence for a thing, and the transfers it takes part in with theirs."""
    told = {subject for group in groups if group.property in CLAIMED for subject in group.subjects}
    found: list[StatementTexts] = []
    for transfer in sorted(told - {node}, key=lambda t: t.value)[:CLAIMS]:
        found += reader.statement_texts(transfer)
    lines = [value for _, predicate, value in (*own, *found) if predicate == _EVIDENCE]
    for line in lines:
        if line.startswith("<"):
            found += reader.statement_texts(ox.NamedNode(line[1:-1]))
    return found


def whole_graph(
    reader: Reader, name: ox.NamedNode, document: str, licence: str | None, whole: bool = True
) -> list[StatementTexts]:
    """A named graph with its description in the graph of records; ``whole`` False: the description alone."""
    described = reader.statement_texts(name, RECORDS)
    content = in_order(reader.graph(name)) if whole else ()
    return [*_document(document, str(name), licence), *described, *content]


def _labels(reader: Reader, statements: Iterable[StatementTexts]) -> Iterable[StatementTexts]:
    """The names of everything that is named, where they are not there yet."""
    terms: set[str] = set()
    there: set[str] = set()
    for subject, predicate, value in statements:
        terms.add(subject)
        if value[0] == "<":
            if predicate not in OUTSIDE:
                terms.add(value)
        elif predicate in _NAMING:
            there.add(subject)
    asked = sorted(t for t in terms - there if t[0] == "<" and not t.startswith(UNLABELLED))
    reader.prepare_names(ox.NamedNode(term[1:-1]) for term in asked)
    for term in asked:
        if name := reader.name(term):
            yield term, _LABEL, name


def _document(document: str, topic: str, licence: str | None) -> Iterable[StatementTexts]:
    subject = str(ox.NamedNode(document))
    yield from ((subject, predicate, value) for predicate, value in _OF_EVERY_DOCUMENT)
    if licence:
        yield subject, _LICENCE, f"<{licence}>"
    yield subject, _TOPIC, topic


def views(document: str, pages: Pages) -> Iterable[ox.Triple]:
    """The page of a list that runs over several, and those beside it, in the terms of Hydra."""
    if pages.single:
        return
    view = ox.NamedNode(f"{document}?page={pages.number}")
    yield ox.Triple(ox.NamedNode(document), ox.NamedNode(expand("hydra:view")), view)
    yield ox.Triple(view, _A, ox.NamedNode(expand("hydra:PartialCollectionView")))
    for relation, number in pages.numbers().items():
        name = expand("hydra:" + {"prev": "previous"}.get(relation, relation))
        yield ox.Triple(view, ox.NamedNode(name), ox.NamedNode(f"{document}?page={number}"))


def write(statements: Iterable[StatementTexts], form: Format) -> bytes:
    """Statements in one of the graph formats, each once, those about one thing together."""
    grouped: dict[str, dict[StatementTexts, None]] = {}
    for statement in statements:
        grouped.setdefault(statement[0], {})[statement] = None
    unique = [statement for about in grouped.values() for statement in about]
    if form is TURTLE:
        return turtle(unique)
    lines = "".join([f"{subject} {predicate} {value} .\n" for subject, predicate, value in unique]).encode()
    if form is N_TRIPLES:
        return lines
    return serialise((quad.triple for quad in ox.parse(lines, format=ox.RdfFormat.N_TRIPLES)), form)


def serialise(triples: Iterable[ox.Triple], form: Format) -> bytes:
    """The triples in one of the graph formats, each once, those about one thing together."""
    grouped: dict[object, dict[ox.Triple, None]] = {}
    terms: set[ox.NamedNode] = set()
    for triple in triples:
        predicate, value = triple.predicate, triple.object
        grouped.setdefault(triple.subject, {})[triple] = None
        terms.add(predicate)
        if isinstance(value, ox.Literal):
            terms.add(value.datatype)
        elif predicate == _A and isinstance(value, ox.NamedNode):
            terms.add(value)
    spaces = {_space(term.value) for term in terms} & SPACES.keys()
    prefixes = {SPACES[space]: space for space in sorted(spaces)}
    unique = [triple for about in grouped.values() for triple in about]
    syntax = ox.RdfFormat.from_media_type(form.media_type)
    return ox.serialize(unique, format=syntax, prefixes=prefixes) or b""


@lru_cache(maxsize=4096)
def _space(iri: str) -> str:
    """The part of a term that a prefix may stand for; nothing for the datatype that is never written."""
    return "" if iri == XSD + "string" else iri[: max(iri.rfind("#"), iri.rfind("/")) + 1]
