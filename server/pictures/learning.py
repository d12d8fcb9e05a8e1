"""Who learned from whom: the pairs of givers and receivers that the pictures draw and their tables list."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import TypeVar

import pyoxigraph as ox

from policytrace.graph.sparql.binding import Term
from policytrace.graph.sparql.engine import Rows
from policytrace.graph.vocabulary.scales import INFLUENCE
from policytrace.graph.vocabulary.terms import ID
from policytrace.graph.vocabulary.translation import gettext
from policytrace.server.presentation.urls import local_name
from policytrace.server.presentation.view import View, code_of

BY = ("region", "country")
_Key = TypeVar("_Key")


@dataclass(frozen=True)
class End:
    """A giver or receiver: a place, or the kind of a giver that is none; no ``iri`` if nothing is known."""

    iri: str
    name: str

    @property
    def place(self) -> bool:
        """Whether it is a region or a country."""
        return self.iri.startswith(ID)


@dataclass(frozen=True)
class Pair:
    """The transfers from one giver to one receiver."""

    giver: End
    receiver: End
    learned: frozenset[str]
    """Those that were realised."""
    others: frozenset[str]

    @property
    def realised(self) -> int:
        """How many were realised."""
        return len(self.learned)

    @property
    def considered(self) -> int:
        """How many were not."""
        return len(self.others)

    @property
    def count(self) -> int:
        """All of them."""
        return self.realised + self.considered

    @property
    def known(self) -> bool:
        """Whether both ends are places."""
        return self.giver.place and self.receiver.place


@dataclass(frozen=True)
class Learning:
    """The pairs of a project, or of all, the largest first.

    A transfer with several receivers stands in several pairs, and counts once in the whole.
    """

    pairs: tuple[Pair, ...]
    by: str
    realised: int
    """Realised transfers of the whole."""
    considered: int
    """Other transfers of the whole."""

    @cached_property
    def known(self) -> tuple[Pair, ...]:
        """The pairs with both ends."""
        return tuple(pair for pair in self.pairs if pair.known)

    def open(self) -> dict[str, int]:
        """Transfers of pairs without both ends, by the name of the end that is no place."""
        ends = (
            ((pair.receiver if pair.giver.place else pair.giver).name, pair)
            for pair in self.pairs
            if not pair.known
        )
        return totals(ends)


def grouped(pairs: Iterable[tuple[_Key, Pair]]) -> dict[_Key, list[Pair]]:
    """The pairs of each key."""
    found: dict[_Key, list[Pair]] = {}
    for key, pair in pairs:
        found.setdefault(key, []).append(pair)
    return found


def totals(pairs: Iterable[tuple[_Key, Pair]]) -> dict[_Key, int]:
    """How many transfers the pairs of each key have."""
    return {key: distinct(of_key) for key, of_key in grouped(pairs).items()}


def distinct(pairs: Iterable[Pair]) -> int:
    """The transfers of some pairs, each once however many regions or countries gave or received it."""
    return len({transfer for pair in pairs for some in (pair.learned, pair.others) for transfer in some})


def learning(view: View, counted: Rows, layers: Mapping[str, int], by: str) -> Learning:
    """Who learned from whom.

    Args:
        view: names things.
        counted: what a query ``queries/overview/learning-*`` gave: giver, receiver, layer and transfer.
        layers: transfers of the whole, by code of their layer.
        by: ``region`` or ``country``.
    """
    nodes = {term for row in counted.rows for term in row[:2] if isinstance(term, ox.NamedNode)}
    view.reader.prepare_names(nodes)
    ends = _distinct({term: _end(view, term) for term in (*nodes, None)})
    found: dict[tuple[End, End], tuple[set[str], set[str]]] = {}
    for giver, receiver, layer, transfer in counted.rows:
        assert isinstance(layer, ox.NamedNode)
        assert transfer is not None
        learned, others = found.setdefault((ends[giver], ends[receiver]), (set(), set()))
        (learned if code_of(layer) == INFLUENCE else others).add(transfer.value)
    pairs = [Pair(*key, *map(frozenset, some)) for key, some in found.items()]
    pairs.sort(key=lambda p: (-p.count, -p.realised, p.receiver.name, p.giver.name, p.giver.iri))
    realised = layers.get(INFLUENCE, 0)
    return Learning(tuple(pairs), by, realised, sum(layers.values()) - realised)


def _distinct(ends: Mapping[Term | None, End]) -> dict[Term | None, End]:
    """The ends, those of one name told apart by the last part of their identifiers."""
    names = Counter(end.name for end in set(ends.values()))
    return {
        term: End(end.iri, f"{end.name} ({local_name(end.iri)})") if end.iri and names[end.name] > 1 else end
        for term, end in ends.items()
    }


def _end(view: View, node: Term | None) -> End:
    if not isinstance(node, ox.NamedNode):
        return End("", gettext("not known"))
    return End(node.value, view.thing(node).text)
