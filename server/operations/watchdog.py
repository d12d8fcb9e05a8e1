"""Server processes that hang: each gives a sign of life every second, and one that gives none is replaced."""

import logging
import mmap
import multiprocessing
import os
import threading
import time
from pathlib import Path

from policytrace.server.operations.counters import SIZE, Counters, rows_in

BEAT = 1.0
"""Seconds between two signs of life."""
_LOG = logging.getLogger(__name__)


def give_signs(counters: Counters) -> None:
    """Has this process give signs of life from now on."""
    counters.set("pid", os.getpid())
    counters.set("beat", _now())
    threading.Thread(target=_beat, args=(counters,), daemon=True).start()


def _beat(counters: Counters) -> None:
    while True:
        time.sleep(BEAT)
        counters.set("beat", _now())


def _now() -> int:
    """Milliseconds of a clock that all processes of a machine share, and that stands while it sleeps."""
    return int(time.monotonic() * 1000)


class Watchdog:
    """Kills server processes that gave no sign of life for so long; whoever started them starts others.

    Args:
        path: the file in which server processes count.
        seconds: without a sign of life, also from the start on.
    """

    def __init__(self, path: Path, seconds: float) -> None:
        self._limit = int(seconds * 1000)
        with path.open("rb") as file:
            self._cells = memoryview(mmap.mmap(file.fileno(), SIZE, access=mmap.ACCESS_READ)).cast("Q")
        self._since: dict[int, int] = {}
        self._looked = _now()

    def was_up(self) -> bool:
        """Whether any server process ever gave a sign of life."""
        return any(row.gauge("beat") for row in rows_in(self._cells))

    def run(self) -> None:
        """Looks at all of them again and again."""
        while True:
            time.sleep(BEAT)
            self.look(_now())

    def look(self, now: int) -> None:
        """Kills what hangs at a time, in milliseconds.

        When this process itself did not run for a while, neither did the others: they get all the time again.
        """
        if now - self._looked > max(self._limit // 4, int(5 * BEAT * 1000)):
            self._since = {}
        self._looked = now
        beats = {row.gauge("pid"): row.gauge("beat") for row in rows_in(self._cells)}
        alive = {child.pid: child for child in multiprocessing.active_children() if child.pid}
        self._since = {pid: self._since.get(pid, now) for pid in alive}
        for pid, child in alive.items():
            quiet = now - max(self._since[pid], beats.get(pid, 0))
            if quiet > self._limit:
                _LOG.error("Server process %d gave no sign of life for %d s: killed", pid, quiet // 1000)
                child.kill()
                self._since[pid] = now
