"""What a filled store holds, read while it is validated: its numbers, and the index that finds things.

Of a large store this is done by a process of its own, so that its Python does not hold up the validation:
``python -m policytrace.graph.building.survey STORE FOLDER`` writes the numbers to its standard output.
"""

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from threading import Thread
from typing import Any

import pyoxigraph as ox

from policytrace.graph.building.statistics import statistics
from policytrace.graph.search import index_writer as finding
from policytrace.graph.sparql.engine import OxigraphEngine

Statistics = dict[str, Any]
LARGE = 16 << 20
"""Bytes of statements from which a process of its own is worth its start."""
_COPY = "surveyed"


def survey(store: ox.Store, folder: Path) -> Statistics:
    """Write the index of a store into a folder; the numbers of its default graph.

    Raises:
        OSError: the index cannot be written.
    """
    with ThreadPoolExecutor(1) as thread:
        counted = thread.submit(statistics, store)
        finding.write(OxigraphEngine(store), folder / finding.FILE)
        return counted.result()


@contextmanager
def survey_alongside(
    store: ox.Store, work: Path, folder: Path, *, apart: bool
) -> Iterator[Callable[[], Statistics]]:
    """Survey a store while the body runs; what is yielded waits for the end of it.

    Args:
        store: filled, and written no more.
        work: a folder to work in.
        folder: where the index goes.
        apart: whether a process of its own does it.
    """
    if apart:
        with _process(store, work, folder) as process:
            yield lambda: _result(process)
    else:
        with ThreadPoolExecutor(1) as thread:
            yield thread.submit(survey, store, folder).result


@contextmanager
def _process(store: ox.Store, work: Path, folder: Path) -> Iterator[subprocess.Popen[bytes]]:
    # Of hard links: files that the engine merges meanwhile stay where the process reads them.
    copy = work / _COPY
    store.backup(str(copy))
    command = [sys.executable, "-m", __name__, str(copy), str(folder)]
    pipe = subprocess.PIPE
    with subprocess.Popen(command, stdin=pipe, stdout=pipe, stderr=pipe) as process:
        try:
            yield process
        finally:
            assert process.stdin is not None
            process.stdin.close()


def _result(process: subprocess.Popen[bytes]) -> Statistics:
    assert process.stdout is not None
    assert process.stderr is not None
    written, said = process.stdout.read(), process.stderr.read().decode(errors="replace").strip()
    if process.wait():
        why = said.rpartition("\n")[2] or f"it ended with {process.returncode}"
        raise OSError(f"the index of names and texts could not be written: {why}")
    found: Statistics = json.loads(written)
    return found


def _ends_with_parent() -> None:
    """The process that started this one holds its standard input open as long as it lives and waits."""
    os.read(sys.stdin.fileno(), 1)
    os._exit(1)


if __name__ == "__main__":
    Thread(target=_ends_with_parent, daemon=True).start()
    print(json.dumps(survey(ox.Store.read_only(sys.argv[1]), Path(sys.argv[2]))))
