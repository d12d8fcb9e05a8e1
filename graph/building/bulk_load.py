"""Fill a store with files of statements, each in one or more graphs, block by block on two cores."""

from collections.abc import Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from pathlib import Path
from typing import NamedTuple

import pyoxigraph as ox

BLOCK = 32 << 20
"""Bytes of one bulk load, which holds about eight times as much in memory."""
_THREADS = 3
_END = b" .\n"


class Part(NamedTuple):
    """A file and the graphs its statements go to: ``""`` is the default graph, None what the file says."""

    path: Path
    graphs: tuple[str | None, ...]


def _blocks(parts: Sequence[Part], size: int) -> Iterator[bytes]:
    """The parts as N-Quads: a line of N-Triples gets its graph before the closing dot."""
    held: list[bytes] = []
    room = size
    for path, graphs in parts:
        for graph in graphs:
            end = f" <{graph}>".encode() + _END if graph else _END
            with path.open("rb") as file:
                while piece := file.read(room):
                    piece += file.readline()
                    held.append(piece.replace(_END, end) if graph else piece)
                    room -= len(piece)
                    if room <= 0:
                        yield b"".join(held)
                        held, room = [], size
    if held:
        yield b"".join(held)


def fill(store: ox.Store, parts: Sequence[Part], size: int = BLOCK) -> None:
    """Load N-Triples files, written one statement a line, and N-Quads files into a store.

    Raises:
        SyntaxError: a file does not hold what it should.
        OSError: the disk is full or cannot be written.
    """

    def load(block: bytes) -> None:
        store.bulk_load(input=block, format=ox.RdfFormat.N_QUADS, lenient=True)

    running: set[Future[None]] = set()
    with ThreadPoolExecutor(_THREADS) as threads:
        for block in _blocks(parts, size):
            running.add(threads.submit(load, block))
            if len(running) > _THREADS:
                done, running = wait(running, return_when=FIRST_COMPLETED)
                for future in done:
                    future.result()
        for future in running:
            future.result()
