"""Who learned from whom: the pairs of givers and receivers that the pictures draw and their tables list."""

from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import cached_property

import pyoxigraph as ox

from policytrace.graph.hops.arrays import HopArrays
from policytrace.graph.paths.search.flows import Flow, flows
from policytrace.graph.sparql.binding import Term
from policytrace.graph.vocabulary.translation import gettext
from policytrace.server.presentation.urls import local_name
from policytrace.server.presentation.view import View

BY = ("region", "country")


@dataclass(frozen=True)
class End:
    """A giver or receiver; without ``iri`` where sources name none."""

    iri: str
    name: str


@dataclass(frozen=True)
class Pair:
    """The transfers from one giver to one receiver."""

    giver: End
    receiver: End
    realised: int
    considered: int

    @property
    def count(self) -> int:
        """All of them."""
        return self.realised + self.considered

    @property
    def known(self) -> bool:
        """Whether both ends are named."""
        return bool(self.giver.iri and self.receiver.iri)


@dataclass(frozen=True)
class Learning:
    """The pairs of a project, or of all, the largest first; ``unplaced`` transfers name neither end."""

    pairs: tuple[Pair, ...]
    by: str
    unplaced: int

    @cached_property
    def known(self) -> tuple[Pair, ...]:
        """The pairs with both ends."""
        return tuple(pair for pair in self.pairs if pair.known)

    @property
    def realised(self) -> int:
        """Realised transfers among those with both ends."""
        return sum(pair.realised for pair in self.known)

    @property
    def considered(self) -> int:
        """Other transfers among those with both ends."""
        return sum(pair.considered for pair in self.known)

    @property
    def open(self) -> int:
        """Transfers with an end that no source names."""
        return self.unplaced + sum(pair.count for pair in self.pairs if not pair.known)


def learning(
    view: View, arrays: HopArrays, project: str, by: str, total: int, country: Callable[[str], Term | None]
) -> Learning:
    """Who learned from whom.

    Args:
        view: names things.
        arrays: the hop graph of the release.
        project: IRI of a project; empty for all.
        by: ``region`` or ``country``.
        total: all transfers of that project, whether they state a hop or not.
        country: the country of a region.
    """
    found = flows(arrays, project)
    iris = {iri for flow in found for iri in (flow.giver, flow.receiver)}
    if project or by != BY[0]:
        view.reader.prepare([ox.NamedNode(iri) for iri in iris if iri])
    else:
        view.reader.prepare_names([ox.NamedNode(iri) for iri in iris if iri])
    of_end = {iri: country(iri) if by == "country" and iri else _node(iri) for iri in iris}
    named = {node: _end(view, node) for node in set(of_end.values())}
    pairs = _joined(found, _distinct({iri: named[node] for iri, node in of_end.items()}))
    return Learning(pairs, by, max(total - sum(pair.count for pair in pairs), 0))


def _joined(found: Iterable[Flow], ends: dict[str, End]) -> tuple[Pair, ...]:
    counts: dict[tuple[End, End], tuple[int, int]] = {}
    for flow in found:
        key = ends[flow.giver], ends[flow.receiver]
        realised, considered = counts.get(key, (0, 0))
        counts[key] = realised + flow.realised, considered + flow.considered
    pairs = (Pair(*key, *numbers) for key, numbers in counts.items())
    return tuple(
        sorted(pairs, key=lambda p: (-p.count, -p.realised, p.receiver.name, p.giver.name, p.giver.iri))
    )


def _distinct(ends: dict[str, End]) -> dict[str, End]:
    """The ends, those of one name told apart by the last part of their identifiers."""
    names = Counter(end.name for end in set(ends.values()))
    return {
        iri: End(end.iri, f"{end.name} ({local_name(end.iri)})") if end.iri and names[end.name] > 1 else end
        for iri, end in ends.items()
    }


def _node(iri: str) -> ox.NamedNode | None:
    return ox.NamedNode(iri) if iri else None


def _end(view: View, node: Term | None) -> End:
    if not isinstance(node, ox.NamedNode):
        return End("", gettext("not known"))
    return End(node.value, view.thing(node).text)
