"""The things behind changed records: what a reader of a release calls them."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import groupby

import pyoxigraph as ox

from policytrace.graph.distribution.changes import Changes, table_of, texts
from policytrace.graph.distribution.record_digests import RecordChange
from policytrace.graph.lookup.reader import RECORDS, Reader


@dataclass(frozen=True, slots=True)
class ChangedThing:
    """A changed record or transfer, the thing it is about, and the name of that thing."""

    change: RecordChange
    thing: str
    name: str


@dataclass(frozen=True, slots=True)
class TableChanges:
    """The records of one table that were made, changed or deleted: how many, and some of them by name."""

    table: str
    kind: str
    noun: str
    count: int
    some: tuple[ChangedThing, ...]


def name_things(changes: Iterable[RecordChange], before: Reader, after: Reader) -> Iterator[ChangedThing]:
    """Changes with the things they are about; deleted ones are read from the release before."""
    for change in changes:
        reader = before if change.kind == "delete" else after
        node = ox.NamedNode(change.iri)
        thing = next(iter(reader.nodes(node, "pt:describes", RECORDS)), node)
        label = reader.label(thing)
        yield ChangedThing(change, thing.value, label.text if label else thing.value)


def by_kind(changes: Changes, before: Reader, after: Reader, most: int) -> list[TableChanges]:
    """The changed records by table and kind of change, at most ``most`` of each by name."""

    def key(change: RecordChange) -> tuple[str, str]:
        return table_of(change.iri), change.kind

    grouped = {group: list(some) for group, some in groupby(sorted(changes.records, key=key), key)}
    nouns = texts()["nouns"]
    return [
        TableChanges(
            table,
            kind,
            nouns[table][len(some) != 1],
            len(some),
            tuple(name_things(some[:most], before, after)),
        )
        for table in nouns
        for kind in texts()["counts"]
        if (some := grouped.get((table, kind)))
    ]
