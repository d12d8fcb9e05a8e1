"""What changed in the dossier of a thing from one release to another."""

from dataclasses import dataclass

import pyoxigraph as ox

from policytrace.graph.distribution.changes import describe_move
from policytrace.graph.distribution.record_digests import STANDING, RecordChange, Standing, Version
from policytrace.graph.lookup.reader import Incoming, Reader
from policytrace.graph.vocabulary.terms import PREFIXES, compact
from policytrace.graph.vocabulary.translation import gettext
from policytrace.server.dossiers.incoming_links import READ, TRANSFER
from policytrace.server.presentation.properties import TECHNICAL
from policytrace.server.presentation.view import Value, View, by_label, code_of, heading

HOP_LINKS = frozenset(name for name in TECHNICAL if not name.endswith("evidenceFor"))
"""Properties whose incoming links repeat what transfers and links say."""
PROV = PREFIXES["prov"]


@dataclass(frozen=True)
class ChangeLine:
    """One property, or one kind of link to the thing: what is gone and what is new."""

    name: str
    gone: tuple[Value, ...]
    new: tuple[Value, ...]


@dataclass(frozen=True)
class Counts:
    """Links of one kind that are too many to compare one by one: how many there were, and are."""

    name: str
    before: str
    after: str


@dataclass(frozen=True)
class Moved:
    """A transfer that stands otherwise than before, in words."""

    transfer: Value
    told: str


@dataclass(frozen=True)
class ThingChanges:
    """Everything that differs in what two releases say of a thing."""

    thing: Value
    before: bool
    after: bool
    """Whether the one release, and the other, says anything of it."""
    statements: tuple[ChangeLine, ...]
    links: tuple[ChangeLine, ...]
    counts: tuple[Counts, ...]
    moved: tuple[Moved, ...]

    @property
    def none(self) -> bool:
        """Whether nothing differs."""
        return not (self.statements or self.links or self.counts or self.moved)


def thing_changes(old: View, new: View, node: ox.NamedNode) -> ThingChanges:
    """Compare what two releases say of a thing, what points at it, and how its transfers stand."""
    before, after = old.reader.exists(node), new.reader.exists(node)
    links, counts = _links(old, new, node)
    return ThingChanges(
        (new if after else old).thing(node),
        before,
        after,
        _statements(old, new, node),
        links,
        counts,
        _moved(old.reader, new, node),
    )


def _statements(old: View, new: View, node: ox.NamedNode) -> tuple[ChangeLine, ...]:
    was, now = (
        {t for t in view.reader.statements(node) if not t.predicate.value.startswith(PROV)}
        for view in (old, new)
    )
    differs = sorted({t.predicate for t in was ^ now}, key=lambda p: p.value)
    lines = []
    for predicate in differs:
        gone, come = _values(old, was - now, predicate), _values(new, now - was, predicate)
        lines.append(ChangeLine(new.property(predicate).text, gone, come))
    return tuple(lines)


def _values(view: View, triples: set[ox.Triple], predicate: ox.NamedNode) -> tuple[Value, ...]:
    found = (t.object for t in triples if t.predicate == predicate)
    return tuple(by_label(view.term(term) for term in found if not isinstance(term, ox.Triple)))


def _incoming(reader: Reader, node: ox.NamedNode) -> dict[ox.NamedNode, Incoming]:
    return {
        one.property: one
        for one in reader.incoming(node, READ)
        if one.property.value not in HOP_LINKS and not one.property.value.startswith(PROV)
    }


def _links(old: View, new: View, node: ox.NamedNode) -> tuple[tuple[ChangeLine, ...], tuple[Counts, ...]]:
    was, now = _incoming(old.reader, node), _incoming(new.reader, node)
    lines, counts = [], []
    for predicate in sorted({*was, *now}, key=lambda p: p.value):
        none = Incoming(predicate, (), 0)
        one, other = was.get(predicate, none), now.get(predicate, none)
        name = heading(new, predicate)
        if len(one.subjects) < one.count or len(other.subjects) < other.count:
            if _count(one) != _count(other):
                counts.append(Counts(name, _count(one), _count(other)))
            continue
        gone, come = set(one.subjects) - set(other.subjects), set(other.subjects) - set(one.subjects)
        if gone or come:
            found = (tuple(by_label(map(view.thing, some))) for view, some in ((old, gone), (new, come)))
            lines.append(ChangeLine(name, *found))
    return tuple(lines), tuple(counts)


def _count(one: Incoming) -> str:
    return gettext("more than {count:,}").format(count=one.count) if one.at_least else f"{one.count:,}"


def _moved(old: Reader, new: View, node: ox.NamedNode) -> tuple[Moved, ...]:
    """The transfers of both releases that it takes part in, or it itself, that stand otherwise now."""
    subjects = {s for one in _incoming(new.reader, node).values() for s in one.subjects}
    found = []
    for transfer in sorted({node, *subjects}, key=lambda n: n.value):
        if all(TRANSFER in reader.nodes(transfer, "rdf:type") for reader in (old, new.reader)):
            before, after = (_version(reader, transfer) for reader in (old, new.reader))
            if before != after:
                found.append(
                    Moved(new.thing(transfer), describe_move(RecordChange(transfer.value, before, after)))
                )
    return tuple(found)


def _version(reader: Reader, transfer: ox.NamedNode) -> Version:
    standing = Standing(*(code_of(reader.node(transfer, compact(name))) for name in STANDING))
    return Version(transfer.value, " ".join(standing))
