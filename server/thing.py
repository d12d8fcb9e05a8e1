"""The page of a thing: what is stated, by which rows and documents, and what is linked to it both ways."""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache

import pyoxigraph as ox

from policytrace.graph.reader import INFERRED, RECORDS, STRENGTH, Incoming, Reader
from policytrace.graph.schema import Table, schema
from policytrace.graph.terms import ID, PREFIXES, PT
from policytrace.server.transfer import CHAIN, Story, Told, is_realised, story, tell
from policytrace.server.view import Row, Value, View, by_label
from policytrace.server.words import LEAD, POINTED, SECTIONS, TECHNICAL, UNSHOWN

SHOWN = 30
"""How many things of one kind and property a page lists before it leads on."""
READ = 2_000
"""How many things of one property a page looks through to find the first by name."""

PROV = PREFIXES["prov"]
"""What PROV-O says is said by our own terms too; pages show it apart."""

TRANSFER = ox.NamedNode(PT + "LearningTransfer")
TRANSFERS = ID + "transfer/"


@dataclass(frozen=True)
class Kind:
    """Things of one kind in a list: what the kind is called, some of them by name, and how many there are."""

    name: str
    items: tuple[Value, ...]
    count: int


@dataclass(frozen=True)
class Group:
    """Things that point here by one property: learning transfers told, all others listed by kind."""

    heading: str
    by: Value
    kinds: tuple[Kind, ...]
    told: tuple[Told, ...]
    count: int
    at_least: bool
    derived: bool

    @property
    def more(self) -> bool:
        """Whether there are more than are listed."""
        return self.at_least or self.count > sum(len(kind.items) for kind in self.kinds) + len(self.told)


@dataclass(frozen=True)
class Record:
    """One table row that describes the thing."""

    record: Value
    file: str
    row: str
    sources: tuple[tuple[Value, Value | None], ...]
    date: str
    confidence: Value | None


@dataclass(frozen=True)
class Page:
    """What the page of a thing shows."""

    iri: str
    thing: Value
    kinds: tuple[Value, ...]
    segment: str
    lead: tuple[Value, ...]
    rows: tuple[Row, ...]
    restated: tuple[Row, ...]
    computed: tuple[Row, ...]
    inferred: tuple[Row, ...]
    groups: tuple[Group, ...]
    folded: tuple[Group, ...]
    records: tuple[Record, ...]
    story: Story | None


@cache
def _order(segment: str) -> dict[str, int]:
    """Rank of each property by the place of its column in the table that things of this segment stand in."""
    tables = sorted(schema().tables.values(), key=lambda t: not _stands_in(segment, t))
    names = [c.property for t in tables for c in t.columns.values() if c.property]
    return {name: place for place, name in enumerate(dict.fromkeys(names))}


def _stands_in(segment: str, table: Table) -> bool:
    found = table.segment
    return segment == found if isinstance(found, str) else segment in found.values.values()


def _rows(
    view: View, segment: str, triples: Iterable[ox.Triple], *, derived: bool = False
) -> tuple[Row, ...]:
    found: dict[ox.NamedNode, list[Value]] = {}
    for triple in triples:
        if not isinstance(triple.object, ox.Triple):
            found.setdefault(triple.predicate, []).append(view.term(triple.object, derived=derived))
    order = _order(segment)
    ranked = sorted(found, key=lambda p: (order.get(p.value, len(order)), p.value))
    return tuple(Row(view.property(p), tuple(by_label(found[p]))) for p in ranked)


def _is_transfer(reader: Reader, node: ox.NamedNode) -> bool:
    return node.value.startswith(TRANSFERS) and TRANSFER in reader.nodes(node, "rdf:type")


def heading(view: View, predicate: ox.NamedNode) -> str:
    """What a list of things that point here by a property is called."""
    if name := POINTED.get(predicate.value):
        return name
    inverse = view.reader.inverses.get(predicate)
    if inverse is not None and view.reader.label(inverse):
        text = view.property(inverse).text
        return text[:1].upper() + text[1:]
    return f"Things whose “{view.property(predicate).text}” it is"


def group(view: View, incoming: Incoming, node: ox.NamedNode, most: int = SHOWN) -> Group:
    """Things that point at ``node``, at most ``most`` of a kind; transfers are told, unless that is noise."""
    reader = view.reader
    telling = incoming.property.value in POINTED
    reader.prepare_names(incoming.subjects)
    if telling:
        reader.prepare([s for s in incoming.subjects if s.value.startswith(TRANSFERS)], *CHAIN)
    transfers = [s for s in incoming.subjects if telling and _is_transfer(reader, s)]
    transfers.sort(key=lambda t: (not is_realised(reader, t), _sort_name(reader, t)))
    first = incoming.subjects[:1]
    return Group(
        heading=heading(view, incoming.property),
        by=view.property(incoming.property),
        kinds=_kinds(view, set(incoming.subjects) - set(transfers), most),
        told=tuple(tell(view, transfer) for transfer in transfers[:most]),
        count=incoming.count,
        at_least=incoming.at_least,
        derived=any(reader.holds(ox.Triple(s, incoming.property, node), INFERRED) for s in first),
    )


def _kinds(view: View, nodes: set[ox.NamedNode], most: int) -> tuple[Kind, ...]:
    by_segment: dict[str, list[ox.NamedNode]] = {}
    for node in nodes:
        segment = node.value[len(ID) :].partition("/")[0] if node.value.startswith(ID) else ""
        by_segment.setdefault(segment, []).append(node)
    order = [*SECTIONS, *sorted(set(by_segment) - set(SECTIONS))]
    found = []
    for segment in (s for s in order if s in by_segment):
        members = sorted(by_segment[segment], key=lambda n: (_sort_name(view.reader, n), n.value))
        name = SECTIONS[segment].many if segment in SECTIONS else "Other"
        items = by_label(view.thing(member) for member in members[:most])
        found.append(Kind(name, tuple(items), len(members)))
    return tuple(found)


def _sort_name(reader: Reader, node: ox.NamedNode) -> str:
    label = reader.label(node)
    return label.text.casefold() if label else node.value


def _split(groups: Iterable[tuple[Incoming, Group]], told_above: set[str]) -> tuple[list[Group], list[Group]]:
    """What stands on the page, and what is folded: technical links, and inferred repetitions.

    ``told_above`` holds the things that the statements about this one already name.
    """
    shown: list[Group] = []
    folded: list[Group] = []
    seen = set(told_above)
    ordered = sorted(
        groups, key=lambda pair: (pair[1].derived, not pair[1].told, _rank(pair[0]), pair[1].heading)
    )
    for incoming, one in ordered:
        subjects = {s.value for s in incoming.subjects}
        iri = incoming.property.value
        foreign = not iri.startswith(PT) and iri not in POINTED
        if iri in TECHNICAL or foreign or (one.derived and subjects <= seen):
            folded.append(one)
        else:
            shown.append(one)
            seen |= subjects
    return shown, folded


def _rank(incoming: Incoming) -> int:
    return (
        list(POINTED).index(incoming.property.value) if incoming.property.value in POINTED else len(POINTED)
    )


def record_of(view: View, record: ox.NamedNode) -> Record:
    """A table row: where it stands, its sources, and how directly they say it."""
    reader = view.reader
    documents = reader.nodes(record, "dct:source", RECORDS)
    confidence = reader.nodes(record, "pt:confidence", RECORDS)
    return Record(
        record=view.thing(record),
        file=reader.text(record, "pt:inFile", RECORDS) or "",
        row=reader.text(record, "pt:inRow", RECORDS) or "",
        sources=tuple((view.thing(d), view.one(d, "foaf:page")) for d in documents),
        date=reader.text(record, "pt:sourceDateAsWritten", RECORDS) or "",
        confidence=view.thing(confidence[0]) if confidence else None,
    )


def page(view: View, node: ox.NamedNode) -> Page:
    """Everything the page of a thing shows."""
    reader = view.reader
    reader.prepare([node], *CHAIN)
    stated, computed, inferred = _by_origin(reader, node)
    pointing = reader.incoming(node, READ)
    reader.prepare([s for one in pointing for s in one.subjects[:1]])
    reader.prepare_names(
        [*{s for one in pointing for s in one.subjects}, *(one.property for one in pointing)]
    )
    pairs = [(incoming, group(view, incoming, node)) for incoming in pointing]
    told_above = {t.object for t in stated} if node.value.startswith(ID) else set()
    shown, folded = _split(pairs, {t.value for t in told_above if isinstance(t, ox.NamedNode)})
    types = reader.types(node)
    segment = node.value[len(ID) :].partition("/")[0] if node.value.startswith(ID) else ""
    main = [t for t in types if t.value == (SECTIONS[segment].cls if segment in SECTIONS else "")] or types[
        :1
    ]
    return Page(
        iri=node.value,
        thing=view.thing(node),
        kinds=tuple(view.thing(t) for t in main),
        segment=segment,
        lead=tuple(view.term(t.object) for t in stated if _opens(t) and isinstance(t.object, ox.Literal)),
        rows=_rows(view, segment, (t for t in stated if not _opens(t) and not _apart(t))),
        restated=_rows(view, segment, (t for t in stated if t.predicate.value.startswith(PROV))),
        computed=_rows(view, segment, computed, derived=True),
        inferred=_rows(view, segment, inferred, derived=True),
        groups=tuple(shown),
        folded=tuple(folded),
        records=tuple(record_of(view, record) for record in reader.records(node)),
        story=story(view, node) if TRANSFER in types else None,
    )


def _opens(triple: ox.Triple) -> bool:
    return triple.predicate.value in LEAD


def _apart(triple: ox.Triple) -> bool:
    return triple.predicate.value in UNSHOWN or triple.predicate.value.startswith(PROV)


def _by_origin(
    reader: Reader, node: ox.NamedNode
) -> tuple[list[ox.Triple], list[ox.Triple], list[ox.Triple]]:
    """The statements about a thing: stated by a source, computed by a rule, inferred from the axioms."""
    stated: list[ox.Triple] = []
    computed: list[ox.Triple] = []
    inferred: list[ox.Triple] = []
    for triple in reader.statements(node):
        if reader.holds(triple, STRENGTH):
            computed.append(triple)
        elif reader.holds(triple, INFERRED):
            inferred.append(triple)
        else:
            stated.append(triple)
    return stated, computed, inferred
