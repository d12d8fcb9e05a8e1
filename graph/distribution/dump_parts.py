"""The parts of a dump: what the rows of each folder of tables state, as files of their own."""

import gzip
from collections.abc import Iterator
from itertools import groupby
from pathlib import Path
from typing import IO, cast

import pyoxigraph as ox

from policytrace.graph.distribution.dump_copies import Copies
from policytrace.graph.distribution.dumps import GZIP, PART_FORMS, PARTS, DumpFile
from policytrace.graph.releases.external_sort import LineSorter
from policytrace.graph.vocabulary.terms import GRAPH, PREFIXES, is_record

_RECORDS = f"<{GRAPH}".encode()
_RUN = 4 << 20
"""Bytes of lines of a folder sorted in memory at once; those of the whole are being merged meanwhile."""


class Parts:
    """Takes the statements of a release, folder by folder, and writes those of each as files.

    Args:
        work: takes what is too much for the memory.
        folder: the dumps of a release.
    """

    def __init__(self, work: Path, folder: Path) -> None:
        self._work, self._target = work, folder
        self._files: list[DumpFile] = []
        self._graph = self._folder = b""
        self._lines = LineSorter(work, run=_RUN)
        (folder / PARTS).mkdir()

    def line(self, graph: bytes, statement: bytes) -> None:
        """Takes a statement, as a line of N-Triples, and the graph it stands in."""
        if graph != self._graph:
            self._graph = graph
            folder = graph[len(_RECORDS) :].partition(b"/")[0] if is_record(graph[1:-1].decode()) else b""
            if folder != self._folder:
                self._end()
                self._folder = folder
        if self._folder:
            self._lines.write(statement)

    def close(self) -> list[DumpFile]:
        """The files, folder by folder."""
        self._end()
        return self._files

    def _end(self) -> None:
        if self._folder:
            self._write(f"{PARTS}/{self._folder.decode()}", (line for line, _ in groupby(self._lines)))
            self._lines = LineSorter(self._work, run=_RUN)

    def _write(self, stem: str, lines: Iterator[bytes]) -> None:
        first, *others = PART_FORMS
        copies = Copies(self._target, first, stem, (GZIP,))
        for line in lines:
            copies.line(line)
        (lines_file,) = copies.close()
        self._files.append(lines_file)
        for form in others:
            copies = Copies(self._target, form, stem, (GZIP,))
            with gzip.open(self._target / lines_file.name) as file:
                triples = (quad.triple for quad in ox.parse(cast(IO[bytes], file), format=first.syntax))
                ox.serialize(triples, cast(IO[bytes], copies), format=form.syntax, prefixes=PREFIXES)
            self._files += copies.close(lines_file.statements)
