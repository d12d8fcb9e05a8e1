"""Write the dumps of a published release: the same statements give the same bytes, wherever and whenever."""

import gzip
import hashlib
import sys
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import IO, cast

import pyoxigraph as ox

from policytrace.graph import dumps, table_files
from policytrace.graph.dump_lines import DEFAULT, graph_first
from policytrace.graph.dumps import COMPRESSIONS, FORMS, GZIP, ZSTD, DumpFile, Form
from policytrace.graph.line_sort import LineSorter
from policytrace.graph.progress import Progress, silent
from policytrace.graph.release import Release, Releases, checksum
from policytrace.graph.terms import PREFIXES
from policytrace.graph.versions import Collector

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

_GZIP_LEVEL, _ZSTD_LEVEL = 6, 6
_PIECE = 1 << 20


def write(releases: Releases, release: Release, progress: Progress = silent) -> bool:
    """Write the dumps of a release; they appear by one rename. False: they were there already.

    Raises:
        ReleaseError: the release was pruned meanwhile.
        OSError: the disk is full or cannot be written.
    """

    def make(work: Path) -> None:
        made = work / dumps.DUMPS
        made.mkdir()
        dumps.write_index(made, [*_graphs(release, work, made, progress), *_tables(release)])

    return releases.add(release, dumps.DUMPS, make)


def _graphs(release: Release, work: Path, made: Path, progress: Progress) -> list[DumpFile]:
    """All formats: the lines first, in one pass over the sorted store, and the others read from them."""
    steps = len(FORMS) + 1
    progress("dumps", 0, steps)
    lines = LineSorter(work, graph_first)
    store = release.open()
    store.dump(cast(IO[bytes], lines), format=ox.RdfFormat.N_QUADS)
    progress("dumps", 1, steps)
    triples, quads, *others = FORMS
    one, all_ = _Copies(made, triples), _Copies(made, quads)
    collector = Collector()
    for line in lines:
        if line.startswith(DEFAULT):
            one.line(line[1:])
            all_.line(line[1:])
        else:
            name, _, statement = line.partition(b" ")
            all_.line(statement[:-2] + name + b" .\n")
            collector.line(name, statement)
    collector.write(store, made)
    files = [*one.close(), *all_.close()]
    for done, form in enumerate(others, start=3):
        progress("dumps", done, steps)
        files += _converted(made, quads if form.whole else triples, form, files)
    progress("dumps", steps, steps)
    return files


def _converted(made: Path, source: Form, form: Form, files: list[DumpFile]) -> list[DumpFile]:
    """One format, read from another that is written already."""
    copies = _Copies(made, form)
    with zstd.open(made / (source.file + COMPRESSIONS[ZSTD]), "rb") as file:
        quads = ox.parse(cast(IO[bytes], file), format=_format(source))
        ox.serialize(quads, cast(IO[bytes], copies), format=_format(form), prefixes=PREFIXES)
    count = next(file.statements for file in files if file.name.startswith(source.file))
    return copies.close(count)


def _format(form: Form) -> ox.RdfFormat:
    found = ox.RdfFormat.from_media_type(form.media_type)
    assert found is not None
    return found


class _Copies:
    """One content, written in every compression at once, beside what makes it."""

    def __init__(self, folder: Path, form: Form) -> None:
        self._folder, self._form = folder, form
        self._names = {coding: form.file + ending for coding, ending in COMPRESSIONS.items()}
        self._raw = (folder / self._names[GZIP]).open("wb")
        self._gzip = gzip.GzipFile("", "wb", _GZIP_LEVEL, self._raw, mtime=0)
        self._zstd = zstd.open(folder / self._names[ZSTD], "wb", level=_ZSTD_LEVEL)
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
        for output in (self._gzip, self._zstd):
            output.write(data)
        self._digest.update(data)

    def close(self, statements: int = 0) -> list[DumpFile]:
        """The files; ``statements`` says how many they hold, where they were not given line by line."""
        self.flush()
        assert self._running is not None
        self._running.result()
        self._thread.shutdown()
        for output in (self._gzip, self._raw, self._zstd):
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


def _tables(release: Release) -> list[DumpFile]:
    """The tables of a release, which lie there since it was built."""
    found = []
    for path, rows in table_files.listed(release.path / table_files.TABLES):
        digest, size = checksum(path), path.stat().st_size
        found.append(
            DumpFile(
                name=f"{table_files.TABLES}/{path.name}",
                title=f"Table {path.stem}" if rows else "Metadata of tables",
                media_type="text/csv" if rows else table_files.METADATA_TYPE,
                compression="",
                bytes=size,
                sha256=digest,
                content_bytes=size,
                content_sha256=digest,
                rows=rows,
            )
        )
    return found
