"""The statements that differ between two releases, found by a merge join of their sorted dumps.

Source: RDF Patch (Apache Jena), https://afs.github.io/rdf-delta/rdf-patch.html.
"""

from collections.abc import Callable, Iterator
from itertools import islice
from typing import BinaryIO

from policytrace.graph.distribution import dumps
from policytrace.graph.distribution.dumps import COMPRESSIONS, FORMS, ZSTD, Form, graph_first
from policytrace.graph.releases.external_sort import open_lines
from policytrace.graph.releases.release import Release, ReleaseError
from policytrace.graph.vocabulary.terms import BASE

TRIPLES, QUADS = FORMS[:2]
ADDED, REMOVED = b"A ", b"D "

_BATCH = 4096
_TOGETHER = 128
"""Lines that are compared at once."""

Difference = tuple[bytes, bytes]
"""``ADDED`` or ``REMOVED``, and the statement as a line."""


def _open(release: Release, form: Form) -> BinaryIO:
    try:
        return open_lines(dumps.folder(release) / (form.file + COMPRESSIONS[ZSTD]))
    except FileNotFoundError:
        raise ReleaseError(
            f"the dumps of release {release.id} are not written. Write them: policytrace dump {release.id}"
        ) from None


def _itself(line: bytes) -> bytes:
    return line


def differences(before: Release, after: Release, form: Form) -> Iterator[Difference]:
    """What was added and removed from one release to another, in the order of the dumps.

    Raises:
        ReleaseError: the dumps of one of them are not written.
    """
    key: Callable[[bytes], bytes] = graph_first if form is QUADS else _itself
    with _open(before, form) as olds, _open(after, form) as news:
        old, new = _Lines(olds), _Lines(news)
        while old.more() or new.more():
            if old.same(new):
                continue
            if not new.more() or (old.more() and key(old.first) < key(new.first)):
                yield REMOVED, old.take()
            elif not old.more() or key(new.first) < key(old.first):
                yield ADDED, new.take()
            else:
                old.take()
                new.take()


class _Lines:
    """The lines of a file, read in batches."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self._held: list[bytes] = []
        self._at = 0

    @property
    def first(self) -> bytes:
        """The next line."""
        return self._held[self._at]

    def more(self) -> bool:
        """Whether there is a next line."""
        if self._at == len(self._held):
            self._held, self._at = list(islice(self._file, _BATCH)), 0
        return bool(self._held)

    def take(self) -> bytes:
        """The next line, and on to the one after it."""
        self._at += 1
        return self._held[self._at - 1]

    def same(self, other: "_Lines") -> bool:
        """Whether many lines are the same in another file; both then go on after them."""
        count = min(len(self._held) - self._at, len(other._held) - other._at, _TOGETHER)
        ends = self._at + count, other._at + count
        if not count or self._held[self._at : ends[0]] != other._held[other._at : ends[1]]:
            return False
        self._at, other._at = ends
        return True


def added(before: Release, after: Release) -> Iterator[bytes]:
    """The triples of the default graph that one release does not have and the other has, as N-Triples."""
    return (line for sign, line in differences(before, after, TRIPLES) if sign is ADDED)


def removed(before: Release, after: Release) -> Iterator[bytes]:
    """The triples of the default graph that one release has and the other has no more, as N-Triples."""
    return (line for sign, line in differences(before, after, TRIPLES) if sign is REMOVED)


def patch(before: Release, after: Release) -> Iterator[bytes]:
    """The whole difference as RDF Patch: applied to one release it gives the other."""
    yield f"H id <{BASE}dumps/{after.id}> .\nH prev <{BASE}dumps/{before.id}> .\nTX .\n".encode()
    for sign, line in differences(before, after, QUADS):
        yield sign + line
    yield b"TC .\n"


WRITERS: dict[str, Callable[[Release, Release], Iterator[bytes]]] = {
    "added": added,
    "removed": removed,
    "patch": patch,
}
"""The ways to write what differs between two releases, line by line."""
