"""External merge sort (Knuth, TAOCP 3, 5.4): sorted runs of lines on disk, merged when they are read."""

import heapq
import io
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import BinaryIO, cast

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

RUN = 32 << 20
"""Bytes of lines that are sorted in memory at once; they take about four times as much there."""
_LEVEL = 1
_BUFFER = 1 << 18


def open_lines(path: Path) -> BinaryIO:
    """A compressed file, to be read line by line."""
    return io.BufferedReader(cast(io.RawIOBase, zstd.open(path, "rb")), _BUFFER)


def _same(line: bytes) -> bytes:
    return line


class LineSorter:
    """A file that lines are written to, in pieces of any size, and sorted lines are read from.

    Args:
        folder: takes the runs.
        form: what is sorted in the place of a line; it ends in a newline.
        run: bytes of one run.
    """

    def __init__(self, folder: Path, form: Callable[[bytes], bytes] = _same, run: int = RUN) -> None:
        self._folder, self._form, self._run = folder, form, run
        self._held: list[bytes] = []
        self._size = 0
        self._runs: list[Path] = []

    def write(self, data: bytes) -> int:
        """Takes a piece."""
        self._held.append(data)
        self._size += len(data)
        if self._size >= self._run:
            self._spill()
        return len(data)

    def flush(self) -> None:
        """Nothing: lines are kept until there are enough for a run."""

    def _sorted(self) -> list[bytes]:
        """The whole lines held, in order; the beginning of a line stays held."""
        data = b"".join(self._held)
        end = data.rfind(b"\n") + 1
        self._held, self._size = [data[end:]], len(data) - end
        return sorted(map(self._form, data[:end].splitlines(keepends=True)))

    def _spill(self) -> None:
        lines = self._sorted()
        if lines:
            path = self._folder / f"run-{id(self)}-{len(self._runs)}"
            with zstd.open(path, "wb", level=_LEVEL) as file:
                file.writelines(lines)
            self._runs.append(path)

    def __iter__(self) -> Iterator[bytes]:
        """The lines in the order of their bytes; runs are removed afterwards."""
        rest = self._sorted()
        if not self._runs:
            yield from rest
            return
        files = [open_lines(path) for path in self._runs]
        try:
            yield from heapq.merge(rest, *files)
        finally:
            for file, path in zip(files, self._runs, strict=True):
                file.close()
                path.unlink()
            self._runs = []
