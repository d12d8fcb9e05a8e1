"""The description of a thing as RDF: what it is, the claims about it, what points at it, and whence."""

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

import pyoxigraph as ox

from policytrace.graph.reader import LABELS, RECORDS, Incoming, Reader
from policytrace.graph.terms import GRAPH, ID, PREFIXES, RDF, WHOLE, XSD, expand
from policytrace.server.negotiate import Format
from policytrace.server.replies import LICENCE

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
UNPREFIXED = frozenset(("id", "graph", "scheme", "country", "nuts"))
"""Prefixes whose names would need escapes in Turtle."""
UNLABELLED = (GRAPH, f"{ID}hop/")
"""Beginnings of identifiers of things that never have a label."""
OUTSIDE = frozenset((ox.NamedNode(expand("foaf:page")), ox.NamedNode(expand("foaf:homepage"))))
"""Properties whose values never have one."""

_A = ox.NamedNode(RDF + "type")
_NAMING = frozenset(LABELS)
_DOCUMENT, _TOPIC, _LICENSE, _DATASET = (
    ox.NamedNode(expand(curie))
    for curie in ("foaf:Document", "foaf:primaryTopic", "dct:license", "void:inDataset")
)
_EVIDENCE = ox.NamedNode(expand("pt:hasEvidence"))
_SPACES = {
    namespace: prefix
    for prefix, namespace in PREFIXES.items()
    if prefix not in UNPREFIXED and not namespace.startswith(ID)
}


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
    reader: Reader, node: ox.NamedNode, document: str, number: int = 1
) -> tuple[list[ox.Triple], Pages] | None:
    """The triples about a thing in the document at this address; None where there is no such page.

    The first page holds what is stated of the thing, its evidence, the first transfers it takes part in with
    theirs, the rows behind it, and the first things that point at it; each further page more of those.
    """
    groups = reader.incoming(node, INCOMING)
    counted = not any(group.at_least for group in groups)
    most = max((group.count for group in groups), default=0)
    pages = Pages(number, max(math.ceil(most / INCOMING), 1) if counted else None)
    if number == 1:
        triples = reader.statements(node)
        triples += _claims(reader, node, triples, groups)
    else:
        triples, groups = [], _further(reader, node, groups, (number - 1) * INCOMING)
    if not triples and not groups:
        return None
    for group in groups:
        triples += [ox.Triple(s, group.property, node) for s in group.subjects if s != node]
    if number == 1:
        for record in reader.records(node):
            triples += reader.statements(record, RECORDS)
    about = [*_document(document, node), *views(document, pages)]
    return [*about, *triples, *_labels(reader, triples)], pages


def _further(reader: Reader, node: ox.NamedNode, groups: Iterable[Incoming], offset: int) -> list[Incoming]:
    more = (
        reader.pointing(node, group.property, INCOMING, offset) for group in groups if group.count > offset
    )
    return [group for group in more if group.subjects]


def _claims(
    reader: Reader, node: ox.NamedNode, own: Iterable[ox.Triple], groups: Iterable[Incoming]
) -> list[ox.Triple]:
    """The evidence for a thing, and the transfers it takes part in with theirs."""
    told = {subject for group in groups if group.property in CLAIMED for subject in group.subjects}
    found: list[ox.Triple] = []
    for transfer in sorted(told - {node}, key=lambda t: t.value)[:CLAIMS]:
        found += reader.statements(transfer)
    lines = [t.object for t in (*own, *found) if t.predicate == _EVIDENCE]
    for line in lines:
        if isinstance(line, ox.NamedNode):
            found += reader.statements(line)
    return found


def whole_graph(reader: Reader, name: ox.NamedNode, document: str) -> list[ox.Triple]:
    """A named graph with its description in the graph of records."""
    described = reader.statements(name, RECORDS)
    return [*_document(document, name), *described, *sorted(reader.graph(name), key=str)]


def _labels(reader: Reader, triples: Sequence[ox.Triple]) -> Iterable[ox.Triple]:
    """The names of everything that is named, where they are not there yet."""
    terms: set[ox.NamedNode] = set()
    there: set[object] = set()
    for triple in triples:
        subject, predicate, value = triple.subject, triple.predicate, triple.object
        if isinstance(subject, ox.NamedNode):
            terms.add(subject)
        if isinstance(value, ox.NamedNode) and predicate not in OUTSIDE:
            terms.add(value)
        elif predicate in _NAMING:
            there.add(subject)
    named = ((term.value, term) for term in terms - there)
    asked = sorted(pair for pair in named if not pair[0].startswith(UNLABELLED))
    reader.prepare_names([term for _, term in asked])
    for _, term in asked:
        if label := reader.label(term):
            yield ox.Triple(term, LABELS[0], ox.Literal(label.text, language=label.language or None))


def _document(document: str, topic: ox.NamedNode) -> Iterable[ox.Triple]:
    subject = ox.NamedNode(document)
    yield ox.Triple(subject, _A, _DOCUMENT)
    yield ox.Triple(subject, _TOPIC, topic)
    yield ox.Triple(subject, _LICENSE, ox.NamedNode(LICENCE))
    yield ox.Triple(subject, _DATASET, ox.NamedNode(WHOLE))


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
    spaces = {_space(term.value) for term in terms} & _SPACES.keys()
    prefixes = {_SPACES[space]: space for space in sorted(spaces)}
    unique = [triple for about in grouped.values() for triple in about]
    syntax = ox.RdfFormat.from_media_type(form.media_type)
    return ox.serialize(unique, format=syntax, prefixes=prefixes) or b""


@lru_cache(maxsize=4096)
def _space(iri: str) -> str:
    """The part of a term that a prefix may stand for; nothing for the datatype that is never written."""
    return "" if iri == XSD + "string" else iri[: max(iri.rfind("#"), iri.rfind("/")) + 1]
