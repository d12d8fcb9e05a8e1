"""Fill a store with files of triples, each in one or more graphs, in one pass."""

import io
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

import pyoxigraph as ox

_CHUNK = 1 << 20
_END = b" .\n"


class Part(NamedTuple):
    """A file and the graphs its statements go to: ``""`` is the default graph, None what the file says."""

    path: Path
    graphs: tuple[str | None, ...]


class _Quads(io.RawIOBase):
    """The parts as one stream of N-Quads: a line of N-Triples gets its graph before the closing dot."""

    def __init__(self, parts: Sequence[Part]) -> None:
        self._chunks = _chunks(parts)
        self._left = b""

    def readable(self) -> bool:
        return True

    def read(self, size: int = -1) -> bytes:
        if not self._left:
            self._left = next(self._chunks, b"")
        size = len(self._left) if size < 0 else size
        found, self._left = self._left[:size], self._left[size:]
        return found


def _chunks(parts: Sequence[Part]) -> Iterator[bytes]:
    for path, graphs in parts:
        for graph in graphs:
            end = f" <{graph}>".encode() + _END if graph else _END
            with path.open("rb") as file:
                while chunk := file.read(_CHUNK):
                    chunk += file.readline()
                    yield chunk.replace(_END, end) if graph else chunk


def fill(store: ox.Store, parts: Sequence[Part]) -> None:
    """Load N-Triples files, written one statement a line, and N-Quads files into a store."""
    store.bulk_load(input=_Quads(parts), format=ox.RdfFormat.N_QUADS)
