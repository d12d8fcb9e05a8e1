"""Things that point at one thing, by property: learning transfers told, all others listed by kind."""

from collections.abc import Iterable
from dataclasses import dataclass

import pyoxigraph as ox

from policytrace.graph.lookup.reader import INFERRED, Incoming, Reader
from policytrace.graph.vocabulary.terms import ID, PT, segment_of
from policytrace.graph.vocabulary.translation import gettext
from policytrace.server.dossiers.inputs_outputs import Tally, tallies
from policytrace.server.presentation.properties import HEADINGS, NUMBERS, TECHNICAL
from policytrace.server.presentation.sections import SECTIONS
from policytrace.server.presentation.transfer_sentence import (
    CHAIN,
    TransferSentence,
    is_realised,
    transfer_sentence,
)
from policytrace.server.presentation.view import Value, View, by_label, heading

SHOWN = 15
"""How many things of one kind and property a page lists before it leads on."""
TRANSFERS_SHOWN = 12
"""How many learning transfers of one property a page tells before it leads on."""
READ = 2_000
"""How many things of one property a page looks through to find the first by name."""

TRANSFER = ox.NamedNode(PT + "LearningTransfer")
TRANSFERS = ID + "transfer/"


@dataclass(frozen=True)
class LinkGroup:
    """Things of one kind in a list: what the kind is called, some of them by name, and how many there are."""

    name: str
    items: tuple[Value, ...]
    count: int


@dataclass(frozen=True)
class Group:
    """Things that point here by one property: learning transfers told, all others listed by kind."""

    heading: str
    by: Value
    kinds: tuple[LinkGroup, ...]
    told: tuple[TransferSentence, ...]
    tallies: tuple[Tally, ...]
    """Of all transfers among them, where there are several."""
    count: int
    at_least: bool
    derived: bool
    number: str = ""
    """What the number is called, if it is one of transfers."""

    @property
    def more(self) -> bool:
        """Whether there are more than are listed."""
        return self.at_least or self.count > sum(len(kind.items) for kind in self.kinds) + len(self.told)


def _is_transfer(reader: Reader, node: ox.NamedNode) -> bool:
    return node.value.startswith(TRANSFERS) and TRANSFER in reader.nodes(node, "rdf:type")


def group(
    view: View, incoming: Incoming, node: ox.NamedNode, most: int = SHOWN, told: int = TRANSFERS_SHOWN
) -> Group:
    """Things that point at ``node``, at most ``most`` of a kind; transfers are told, unless that is noise."""
    reader = view.reader
    telling = incoming.property.value in HEADINGS
    reader.prepare_names(incoming.subjects)
    if telling:
        reader.prepare([s for s in incoming.subjects if s.value.startswith(TRANSFERS)], *CHAIN)
    transfers = [s for s in incoming.subjects if telling and _is_transfer(reader, s)]
    transfers.sort(key=lambda t: (not is_realised(reader, t), _sort_name(reader, t)))
    first, number = incoming.subjects[:1], _number(incoming, node)
    return Group(
        heading=heading(view, incoming.property),
        by=view.property(incoming.property),
        kinds=_kinds(view, set(incoming.subjects) - set(transfers), most),
        told=tuple(transfer_sentence(view, transfer) for transfer in transfers[: min(most, told)]),
        tallies=tallies(view, transfers) if len(transfers) > 1 or (transfers and number) else (),
        count=incoming.count,
        at_least=incoming.at_least,
        derived=any(reader.holds(ox.Triple(s, incoming.property, node), INFERRED) for s in first),
        number=number,
    )


def _number(incoming: Incoming, node: ox.NamedNode) -> str:
    """The name of the number; what was learned from is counted so where it is a practice or a proposal."""
    by_source = incoming.property == ox.NamedNode(f"{PT}source")
    other = by_source and segment_of(node.value) not in ("practice", "proposal")
    return "" if other or incoming.at_least else NUMBERS.get(incoming.property.value, "")


def _kinds(view: View, nodes: set[ox.NamedNode], most: int) -> tuple[LinkGroup, ...]:
    by_segment: dict[str, list[ox.NamedNode]] = {}
    for node in nodes:
        by_segment.setdefault(segment_of(node.value), []).append(node)
    order = [*SECTIONS, *sorted(set(by_segment) - set(SECTIONS))]
    found = []
    for segment in (s for s in order if s in by_segment):
        members = sorted(by_segment[segment], key=lambda n: (_sort_name(view.reader, n), n.value))
        name = gettext(SECTIONS[segment].many) if segment in SECTIONS else gettext("Other")
        items = by_label(view.thing(member) for member in members[:most])
        found.append(LinkGroup(name, tuple(items), len(members)))
    return tuple(found)


def _sort_name(reader: Reader, node: ox.NamedNode) -> str:
    label = reader.label(node)
    return label.text.casefold() if label else node.value


def split(
    groups: Iterable[tuple[Incoming, Group]], told_above: set[str], *, derived: bool
) -> tuple[list[Group], list[Group]]:
    """What stands on the page, and what is folded: technical links, and inferred repetitions.

    Args:
        groups: what points at a thing.
        told_above: the things that the page names already.
        derived: whether what is inferred may stand on the page, where it names something new.
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
        foreign = not iri.startswith(PT) and iri not in HEADINGS
        if iri in TECHNICAL or foreign or (one.derived and (not derived or subjects <= seen)):
            folded.append(one)
        else:
            shown.append(one)
            seen |= subjects
    return shown, folded


def _rank(incoming: Incoming) -> int:
    iri = incoming.property.value
    return list(HEADINGS).index(iri) if iri in HEADINGS else len(HEADINGS)
