"""Write the dumps of a published release: the same statements give the same bytes, wherever and whenever."""

import sys
from pathlib import Path
from typing import IO, cast

import pyoxigraph as ox

from policytrace.graph.distribution import dumps
from policytrace.graph.distribution.dump_copies import Copies
from policytrace.graph.distribution.dump_parts import Parts
from policytrace.graph.distribution.dumps import (
    COMPRESSIONS,
    DEFAULT_FIRST,
    FORMS,
    ZSTD,
    DumpFile,
    Form,
    graph_first,
)
from policytrace.graph.distribution.record_digests import Collector
from policytrace.graph.releases.external_sort import LineSorter
from policytrace.graph.releases.release import Release, Releases, checksum
from policytrace.graph.tables import table_files
from policytrace.graph.vocabulary import media_types
from policytrace.graph.vocabulary.progress import Progress, silent
from policytrace.graph.vocabulary.terms import PREFIXES

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd


def write(releases: Releases, release: Release, progress: Progress = silent) -> bool:
    """Write the dumps of a release; they appear by one rename. False: they were there already.

    Raises:
        ReleaseError: the release was pruned meanwhile.
        OSError: the disk is full or cannot be written.
    """

    def make(work: Path) -> None:
        target = work / dumps.DUMPS
        target.mkdir()
        files, parts = _graphs(release, work, target, progress)
        dumps.write_index(target, [*files, *_tables(release)], parts)

    return releases.add(release, dumps.DUMPS, make)


def _graphs(
    release: Release, work: Path, target: Path, progress: Progress
) -> tuple[list[DumpFile], list[DumpFile]]:
    """All formats: the lines first, in one pass over the sorted store, and the others read from them.

    Returns:
        The files of the whole, and those of its parts.
    """
    steps = len(FORMS) + 1
    progress("dumps", 0, steps)
    lines = LineSorter(work, graph_first)
    store = release.open()
    store.dump(cast(IO[bytes], lines), format=ox.RdfFormat.N_QUADS)
    progress("dumps", 1, steps)
    triples, quads, *others = FORMS
    one, all_ = Copies(target, triples), Copies(target, quads)
    collector, parts = Collector(), Parts(work, target)
    for line in lines:
        if line.startswith(DEFAULT_FIRST):
            one.line(line[1:])
            all_.line(line[1:])
        else:
            name, _, statement = line.partition(b" ")
            all_.line(statement[:-2] + name + b" .\n")
            collector.line(name, statement)
            parts.line(name, statement)
    collector.write(store, target)
    files = [*one.close(), *all_.close()]
    for done, form in enumerate(others, start=3):
        progress("dumps", done, steps)
        files += _converted(target, quads if form.whole else triples, form, files)
    progress("dumps", steps, steps)
    return files, parts.close()


def _converted(target: Path, source: Form, form: Form, files: list[DumpFile]) -> list[DumpFile]:
    """One format, read from another that is written already."""
    copies = Copies(target, form)
    with zstd.open(target / (source.file + COMPRESSIONS[ZSTD]), "rb") as file:
        quads = ox.parse(cast(IO[bytes], file), format=source.syntax)
        ox.serialize(quads, cast(IO[bytes], copies), format=form.syntax, prefixes=PREFIXES)
    count = next(file.statements for file in files if file.name.startswith(source.file))
    return copies.close(count)


def _tables(release: Release) -> list[DumpFile]:
    """The tables of a release, which lie there since it was built."""
    result = []
    for path, rows in table_files.listed(release.verified(table_files.TABLES)):
        digest, size = checksum(path), path.stat().st_size
        result.append(
            DumpFile(
                name=f"{table_files.TABLES}/{path.name}",
                title=f"Table {path.stem}" if rows else "Metadata of tables",
                media_type=media_types.CSV if rows else media_types.TABLE_METADATA,
                compression="",
                bytes=size,
                sha256=digest,
                content_bytes=size,
                content_sha256=digest,
                rows=rows,
            )
        )
    return result
