"""The statements that differ between two releases, found by merging their sorted dumps."""

import sys
from collections.abc import Callable, Iterator
from typing import BinaryIO, cast

from policytrace.graph import dumps
from policytrace.graph.dump_lines import graph_first
from policytrace.graph.dumps import COMPRESSIONS, FORMS, ZSTD, Form
from policytrace.graph.release import Release, ReleaseError
from policytrace.graph.terms import BASE

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

TRIPLES, QUADS = FORMS[:2]
ADDED, REMOVED = b"A ", b"D "

Difference = tuple[bytes, bytes]
"""``ADDED`` or ``REMOVED``, and the statement as a line."""


def _open(release: Release, form: Form) -> BinaryIO:
    path = dumps.folder(release) / (form.file + COMPRESSIONS[ZSTD])
    try:
        return cast(BinaryIO, zstd.open(path, "rb"))
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
        old, new = next(olds, b""), next(news, b"")
        while old or new:
            if old == new:
                old, new = next(olds, b""), next(news, b"")
            elif not new or (old and key(old) < key(new)):
                yield REMOVED, old
                old = next(olds, b"")
            else:
                yield ADDED, new
                new = next(news, b"")


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
