"""The dossier of a thing: what went in, what came out, what else is stated and linked, and who says so."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache

import pyoxigraph as ox

from policytrace.graph.lookup.reader import INFERRED, RECORDS, STRENGTH, Incoming, Reader
from policytrace.graph.tables.schema import Table, schema
from policytrace.graph.vocabulary.terms import ID, PREFIXES, segment_of
from policytrace.server.dossiers.incoming_links import READ, TRANSFER, Group, group, split
from policytrace.server.dossiers.inputs_outputs import outgoing, sides
from policytrace.server.dossiers.transfer import Story, story
from policytrace.server.dossiers.transfers_of import onward_transfers, transfers_of
from policytrace.server.presentation.footnotes import Footnote, Sources
from policytrace.server.presentation.properties import OPENING, SPECIAL, SUMMARY
from policytrace.server.presentation.sections import SECTIONS
from policytrace.server.presentation.transfer_sentence import CHAIN
from policytrace.server.presentation.view import PropertyRow, Value, View, by_label

LONG = frozenset(("gap", "figure", "project"))
"""Kinds of things whose summary is too long for the line above a title."""
PROV = PREFIXES["prov"]
"""What PROV-O says is said by our own terms too; pages show it apart."""


@dataclass(frozen=True)
class Record:
    """One table row that describes the thing."""

    record: Value
    file: str
    row: str
    sources: tuple[Footnote, ...]
    date: str
    confidence: Value | None


@dataclass(frozen=True)
class Side:
    """What went into a thing, or what came out of it."""

    name: str
    rows: tuple[PropertyRow, ...]
    groups: tuple[Group, ...]


@dataclass(frozen=True)
class ThingPage:
    """What the page of a thing shows."""

    iri: str
    thing: Value
    kinds: tuple[Value, ...]
    segment: str
    beside: tuple[Value, ...]
    project: str
    """IRI of the project it stands in, ``""`` if none or several."""
    lead: tuple[Value, ...]
    sides: tuple[Side, ...]
    rows: tuple[PropertyRow, ...]
    restated: tuple[PropertyRow, ...]
    computed: tuple[PropertyRow, ...]
    inferred: tuple[PropertyRow, ...]
    groups: tuple[Group, ...]
    folded: tuple[Group, ...]
    records: tuple[Record, ...]
    sources: tuple[Footnote, ...]
    story: Story | None
    counted: tuple[tuple[str, int], ...]
    """Names of numbers of transfers that no list of the page tells, and the numbers."""


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
) -> tuple[PropertyRow, ...]:
    found: dict[ox.NamedNode, list[Value]] = {}
    for triple in triples:
        if not isinstance(triple.object, ox.Triple):
            found.setdefault(triple.predicate, []).append(view.term(triple.object, derived=derived))
    order = _order(segment)
    ranked = sorted(found, key=lambda p: (order.get(p.value, len(order)), p.value))
    return tuple(PropertyRow(view.property(p), tuple(by_label(found[p]))) for p in ranked)


def record_of(view: View, record: ox.NamedNode, sources: Sources) -> Record:
    """A table row: where it stands, its sources, and how directly they say it."""
    reader = view.reader
    documents = reader.nodes(record, "dct:source", RECORDS)
    confidence = reader.nodes(record, "pt:confidence", RECORDS)
    date = reader.text(record, "pt:sourceDateAsWritten", RECORDS) or ""
    return Record(
        record=view.thing(record),
        file=reader.text(record, "pt:inFile", RECORDS) or "",
        row=reader.text(record, "pt:inRow", RECORDS) or "",
        sources=tuple(sources.cite(document, date) for document in documents),
        date=date,
        confidence=view.thing(confidence[0]) if confidence else None,
    )


def page(view: View, node: ox.NamedNode) -> ThingPage:
    """Everything the page of a thing shows."""
    reader = view.reader
    reader.prepare([node], *CHAIN)
    stated, computed, inferred = _by_origin(reader, node)
    segment = segment_of(node.value)
    listed = _rows(view, segment, (t for t in stated if not _opens(t) and not _apart(t)))
    inferred_rows = _rows(view, segment, inferred, derived=True)
    pairs = _pointing(view, node)
    found, placed = _sides(segment, [*listed, *inferred_rows], pairs)
    told_above = {t.object.value for t in stated if isinstance(t.object, ox.NamedNode)}
    shown, folded = split(
        [pair for pair in pairs if "^" + pair[0].property.value not in placed],
        told_above if node.value.startswith(ID) else set(),
        derived=not found,
    )
    types = reader.types(node)
    sources = Sources(view)
    told = story(view, node, sources) if TRANSFER in types else None
    return ThingPage(
        iri=node.value,
        thing=view.thing(node),
        kinds=_main(view, types, segment),
        segment=segment,
        beside=view.values(node, *SUMMARY.get(segment, ())) if segment not in LONG else (),
        project=_project(view, node),
        lead=tuple(view.term(t.object) for t in stated if _opens(t) and isinstance(t.object, ox.Literal)),
        sides=found,
        rows=tuple(row for row in listed if row.name.iri not in placed),
        restated=_rows(view, segment, (t for t in stated if t.predicate.value.startswith(PROV))),
        computed=_rows(view, segment, computed, derived=True),
        inferred=tuple(row for row in inferred_rows if row.name.iri not in placed),
        groups=tuple(shown),
        folded=tuple(folded),
        records=tuple(record_of(view, record, sources) for record in reader.records(node)),
        sources=sources.listed(),
        story=told,
        counted=_counted(view, node, segment),
    )


def _counted(view: View, node: ox.NamedNode, segment: str) -> tuple[tuple[str, int], ...]:
    if segment in ("project", "platform", "programme"):
        return (("transfers", len(transfers_of(view.reader, node))),)
    if segment == "practice" and (onward := onward_transfers(view.reader, node)):
        return (("transfers-onward", len(onward)),)
    return ()


def _project(view: View, node: ox.NamedNode) -> str:
    found = view.reader.nodes(node, "pt:inProject")
    return found[0].value if len(found) == 1 else ""


def _main(view: View, types: Sequence[ox.NamedNode], segment: str) -> tuple[Value, ...]:
    """The class that tells what a thing is."""
    own = SECTIONS[segment].cls if segment in SECTIONS else ""
    return tuple(view.thing(t) for t in [t for t in types if t.value == own] or types[:1])


def _pointing(view: View, node: ox.NamedNode) -> list[tuple[Incoming, Group]]:
    """What points at a thing, by property."""
    reader = view.reader
    pointing = reader.incoming(node, READ)
    reader.prepare([s for one in pointing for s in one.subjects[:1]])
    reader.prepare_names(
        [*{s for one in pointing for s in one.subjects}, *(one.property for one in pointing)]
    )
    return [(incoming, group(view, incoming, node)) for incoming in pointing]


def _sides(
    segment: str, rows: Sequence[PropertyRow], pairs: Sequence[tuple[Incoming, Group]]
) -> tuple[tuple[Side, ...], set[str]]:
    """What went in and what came out, and the properties that say so."""
    found, placed = [], set()
    for name, places in sides(segment).items():
        groups = [(places.get("^" + one.property.value), each) for one, each in pairs]
        ordered = sorted(
            ((place, each) for place, each in groups if place is not None), key=lambda pair: pair[0]
        )
        found.append(Side(name, outgoing(rows, places), tuple(each for _, each in ordered)))
        placed |= set(places)
    return tuple(found), placed


def _opens(triple: ox.Triple) -> bool:
    return triple.predicate.value in OPENING


def _apart(triple: ox.Triple) -> bool:
    return triple.predicate.value in SPECIAL or triple.predicate.value.startswith(PROV)


def _by_origin(
    reader: Reader, node: ox.NamedNode
) -> tuple[list[ox.Triple], list[ox.Triple], list[ox.Triple]]:
    """The statements about a thing: stated by a source, computed by a rule, inferred from the axioms."""
    stated: list[ox.Triple] = []
    computed: list[ox.Triple] = []
    inferred: list[ox.Triple] = []
    by_rule, by_axioms = reader.held(node, STRENGTH), reader.held(node, INFERRED)
    for triple in reader.statements(node):
        if triple in by_rule:
            computed.append(triple)
        elif triple in by_axioms:
            inferred.append(triple)
        else:
            stated.append(triple)
    return stated, computed, inferred
