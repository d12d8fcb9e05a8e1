"""A feed of changes as a client reads it: folded member by member, and compared with the dump."""

import gzip
import io
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, field
from typing import IO, cast

import pyoxigraph as ox

_AS, _TREE = "https://www.w3.org/ns/activitystreams#", "https://w3id.org/tree#"
_TYPE = "http://www.w3.org/1999/02/22-rdf-syntax-ns#type"
NAMED = 5
"""Things that differ and are named."""


@dataclass(frozen=True)
class Held:
    """What a feed says of a thing last: when, whether it was deleted, and its statements as fingerprints."""

    when: str = ""
    deleted: bool = False
    statements: frozenset[int] = frozenset()


@dataclass
class Feed:
    """What a feed tells: its pages, its members, and what holds of each thing in the end."""

    pages: list[str] = field(default_factory=list)
    members: list[str] = field(default_factory=list)
    things: dict[str, Held] = field(default_factory=dict)
    whole: bool = False

    @property
    def deleted(self) -> list[str]:
        """What was deleted for good."""
        return sorted(thing for thing, held in self.things.items() if held.deleted)

    def take(self, address: str, page: Iterable[ox.Quad]) -> set[str]:
        """Takes the statements of a page; the pages it leads to."""
        self.pages.append(address)
        said: dict[str, dict[str, str]] = {}
        content: dict[str, set[int]] = {}
        more = set[str]()
        for quad in page:
            if isinstance(quad.graph_name, ox.NamedNode):
                content.setdefault(quad.graph_name.value, set()).update(_fingerprints([quad.triple]))
            elif quad.predicate.value == f"{_TREE}member":
                self.members.append(_value(quad.object))
            elif quad.predicate.value == f"{_TREE}node":
                more.add(_value(quad.object).partition("#")[0])
            else:
                said.setdefault(_value(quad.subject), {})[quad.predicate.value] = _value(quad.object)
        for member, known in said.items():
            if thing := known.get(f"{_AS}object"):
                when, deleted = known.get(f"{_AS}published", ""), known.get(_TYPE) == f"{_AS}Delete"
                if when >= self.things.get(thing, Held()).when:
                    self.things[thing] = Held(when, deleted, frozenset(content.get(member, ())))
        return more


def differences(feed: Feed, dump: bytes) -> tuple[int, list[str]]:
    """What a replayed feed and a dump do not have in common.

    A thing that is a graph of the dump has the statements of that graph; any other has statements that the
    dump makes. Statements with blank nodes are left out: they cannot be compared.

    Args:
        dump: N-Quads, compressed by gzip or not.

    Returns:
        How many graphs were compared, and the things that differ, in words.
    """
    living = {thing: held.statements for thing, held in feed.things.items() if not held.deleted}
    graphs: dict[str, set[int]] = {}
    stated = dict.fromkeys(living, frozenset[int]())
    others: dict[str, set[int]] = {}
    for quad in _read(dump):
        if isinstance(quad.graph_name, ox.NamedNode):
            graphs.setdefault(quad.graph_name.value, set()).update(_fingerprints([quad.triple]))
        elif isinstance(quad.subject, ox.NamedNode) and quad.subject.value in stated:
            others.setdefault(quad.subject.value, set()).update(_fingerprints([quad.triple]))
    told = living.keys() & graphs.keys()
    start = _start(told)
    depths = {thing.count("/") for thing in told}
    untold = {
        name for name in graphs.keys() - told if name.startswith(start) and name.count("/") in depths and told
    }
    wrong = [f"{name} is in the dump and not in the feed" for name in sorted(untold)]
    wrong += [f"{name} differs" for name in sorted(told) if living[name] != graphs[name]]
    wrong += [
        f"{thing} has statements that the dump has not"
        for thing in sorted(living.keys() - told)
        if not living[thing] <= others.get(thing, set())
    ]
    return len(told), wrong


def _start(names: Collection[str]) -> str:
    """What all of them begin with."""
    low, high = min(names, default=""), max(names, default="")
    return low[: next((at for at, (a, b) in enumerate(zip(low, high, strict=False)) if a != b), len(low))]


def _read(dump: bytes) -> Iterator[ox.Quad]:
    with io.BytesIO(dump) as file, gzip.GzipFile(fileobj=file) as unpacked:
        source = unpacked if dump.startswith(b"\x1f\x8b") else file
        yield from ox.parse(cast(IO[bytes], source), format=ox.RdfFormat.N_QUADS)


def _fingerprints(triples: Iterable[ox.Triple]) -> Iterator[int]:
    for triple in triples:
        if not isinstance(triple.subject, ox.BlankNode) and not isinstance(triple.object, ox.BlankNode):
            yield hash(str(triple))


def _value(term: ox.NamedNode | ox.BlankNode | ox.Literal | ox.Triple) -> str:
    return str(term) if isinstance(term, ox.Triple) else term.value
