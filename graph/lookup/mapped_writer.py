"""Write the look-ups of a published release."""

from collections.abc import Iterator
from itertools import groupby, islice
from pathlib import Path

import pyoxigraph as ox

from policytrace.graph.lookup.mapped_reader import (
    ABOUT,
    LOOKUPS,
    MANY,
    NAME,
    RECORD,
    RECORDS_OF,
    TOWARDS,
    abbreviate,
)
from policytrace.graph.lookup.reader import DEFAULT, DESCRIBES, HUB, LABELS, RECORDS, Graph, Label, best_text
from policytrace.graph.releases.external_sort import LineSorter
from policytrace.graph.releases.mapped_dict import TextsWriter
from policytrace.graph.releases.release import Release, Releases
from policytrace.graph.vocabulary.progress import Progress, silent

_NAMING = tuple(f"{predicate} ".encode() for predicate in LABELS)


def write(releases: Releases, release: Release, progress: Progress = silent) -> bool:
    """Write the look-ups of a release; they appear by one rename. False: they were there already.

    Raises:
        ReleaseError: the release was pruned meanwhile.
        OSError: the disk is full or cannot be written.
    """

    def make(work: Path) -> None:
        target = work / LOOKUPS
        target.mkdir()
        progress("look-ups", 0, 1)
        _write(release.open(), work, target)
        progress("look-ups", 1, 1)

    return releases.add(release, LOOKUPS, make)


def _write(store: ox.Store, work: Path, target: Path) -> None:
    texts = TextsWriter(target)
    towards, records_of = LineSorter(work), LineSorter(work)
    for subject, lines in _by_first(_dumped(store, DEFAULT, work)):
        for line in lines:
            predicate, _, value = line[:-3].partition(b" ")
            if value.startswith(b"<"):
                towards.write(b"%b %b %b\n" % (value, subject, predicate))
        texts.add(ABOUT + subject, abbreviate(b"".join(sorted(lines))))
        if label := _label(lines):
            texts.add(NAME + subject, f"{label.language} {label.text}".encode())
    describes = str(DESCRIBES).encode()
    for subject, lines in _by_first(_dumped(store, RECORDS, work)):
        for line in lines:
            predicate, _, value = line[:-3].partition(b" ")
            if predicate == describes:
                records_of.write(b"%b %b\n" % (value, subject))
        texts.add(RECORD + subject, abbreviate(b"".join(sorted(lines))))
    for kind, sorter in ((TOWARDS, towards), (RECORDS_OF, records_of)):
        for value, lines in _by_first(sorter, HUB + 1):
            texts.add(kind + value, abbreviate(b"".join(lines)) if len(lines) <= HUB else MANY)
    texts.close()


def _label(lines: list[bytes]) -> Label | None:
    """The name that statements about a thing, without their subject, give it."""
    for begin in _NAMING:
        named = [b"<urn:x> " + line for line in lines if line.startswith(begin)]
        values = (quad.object for quad in ox.parse(b"".join(named), format=ox.RdfFormat.N_TRIPLES))
        if named and (label := best_text(values)):
            return label
    return None


def _dumped(store: ox.Store, graph: Graph, work: Path) -> Iterator[bytes]:
    """The statements of a graph as lines, those about one thing together."""
    path = work / "graph.nt"
    store.dump(str(path), format=ox.RdfFormat.N_TRIPLES, from_graph=graph)
    with path.open("rb") as file:
        yield from file


def _by_first(
    lines: Iterator[bytes] | LineSorter, most: int | None = None
) -> Iterator[tuple[bytes, list[bytes]]]:
    """The first term of lines with what follows it in each, or in as many as ``most``."""
    for first, each in groupby(lines, key=lambda line: line[: line.index(b" ")]):
        start = len(first) + 1
        yield first, [line[start:] for line in islice(each, most)]
