"""One content of a dump, written in several compressions at once: gzip (RFC 1952) and zstd (RFC 8878)."""

import gzip
import hashlib
import sys
from collections.abc import Iterable
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import IO, cast

from policytrace.graph.distribution.dumps import COMPRESSIONS, GZIP, STEM, DumpFile, Form
from policytrace.graph.releases.release import checksum

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

_GZIP_LEVEL, _ZSTD_LEVEL = 6, 6
_PIECE = 1 << 20


class Copies:
    """One content, compressed beside what makes it, by a thread.

    Args:
        folder: the dumps of a release.
        form: the format of the content.
        stem: the name of the file, before what tells format and compression.
        codings: the compressions.
    """

    def __init__(
        self, folder: Path, form: Form, stem: str = STEM, codings: Iterable[str] = COMPRESSIONS
    ) -> None:
        self._folder, self._form = folder, form
        self._names = {coding: f"{stem}.{form.extension}{COMPRESSIONS[coding]}" for coding in codings}
        self._outputs = [_output(folder / name, coding) for coding, name in self._names.items()]
        self._digest = hashlib.sha256()
        self._held: list[bytes] = []
        self._waiting = self._size = self._lines = 0
        self._thread = ThreadPoolExecutor(1)
        self._running: Future[None] | None = None

    def line(self, data: bytes) -> None:
        """Takes one statement."""
        self._lines += 1
        self.write(data)

    def write(self, data: bytes) -> int:
        """Takes a piece of the content."""
        self._held.append(data)
        self._waiting += len(data)
        if self._waiting >= _PIECE:
            self.flush()
        return len(data)

    def flush(self) -> None:
        """Has what waits compressed; waits for what was before it."""
        data = b"".join(self._held)
        self._size += len(data)
        self._held, self._waiting = [], 0
        if self._running is not None:
            self._running.result()
        self._running = self._thread.submit(self._compress, data)

    def _compress(self, data: bytes) -> None:
        for output in self._outputs:
            output.write(data)
        self._digest.update(data)

    def close(self, statements: int = 0) -> list[DumpFile]:
        """The files; ``statements`` says how many they hold, where they were not given line by line."""
        self.flush()
        assert self._running is not None
        self._running.result()
        self._thread.shutdown()
        for output in self._outputs:
            output.close()
        return [
            DumpFile(
                name=name,
                title=self._form.title,
                media_type=self._form.media_type,
                compression=coding,
                bytes=(self._folder / name).stat().st_size,
                sha256=checksum(self._folder / name),
                content_bytes=self._size,
                content_sha256=self._digest.hexdigest(),
                statements=statements or self._lines,
                whole=self._form.whole,
            )
            for coding, name in self._names.items()
        ]


def _output(path: Path, coding: str) -> IO[bytes]:
    """A file that is compressed as it is written; neither its name nor the time stands inside."""
    if coding == GZIP:
        return cast(IO[bytes], _Gzip(path))
    return cast(IO[bytes], zstd.open(path, "wb", level=_ZSTD_LEVEL))


class _Gzip(gzip.GzipFile):
    """A gzip file that holds no name and no time, and closes the file it is written to."""

    def __init__(self, path: Path) -> None:
        self._raw = path.open("wb")
        super().__init__("", "wb", _GZIP_LEVEL, self._raw, mtime=0)

    def close(self) -> None:
        """Ends the file."""
        super().close()
        self._raw.close()
