"""Numbers that all server processes count in one file in memory, each in a row of its own."""

import fcntl
import mmap
import os
import threading
import time
from bisect import bisect_left
from collections.abc import Iterator

OUTCOMES = ("hit", "unchanged", "shared", "computed")
"""How an answer came about: from the cache, as a 304, from another request's work, by work of its own."""
_ERRORS = (400, 403, 404, 405, 406, 408, 410, 412, 413, 415, 422, 429, 500, 502, 503, 504, 507)
STATUSES = (200, 303, 304, *_ERRORS, 0)
"""Statuses that are counted one by one; 0 stands for all others."""
BUCKETS = (0.0001, 0.0005, 0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1.0, 5.0, 10.0, 30.0)
"""Upper bounds of the histogram of durations, in seconds; what takes longer falls into one more."""
GAUGES = (
    "started",
    "working",
    "cache_bytes",
    "cache_answers",
    "cache_evicted",
    "pid",
    "beat",
    "queries_replaced",
    "checks",
)
"""Numbers that go up and down; ``beat`` is when the process last gave a sign of life, in milliseconds."""

_PLACE = {status: at for at, status in enumerate(STATUSES)}
_STATUSES = len(STATUSES)
_OTHER = _STATUSES - 1
_TIMES = len(OUTCOMES) * _STATUSES
_SUM = len(BUCKETS) + 1
_PER_OUTCOME = _SUM + 2
_GAUGES = _TIMES + len(OUTCOMES) * _PER_OUTCOME
_CELLS = 256
_ROWS = 64
FILE = "POLICYTRACE_COUNTERS"
"""The environment variable by which server processes find the file; set by the process that starts them."""
SIZE = _CELLS * _ROWS * 8
"""Bytes of the file."""


class WorkerCounts:
    """What one server process counted."""

    def __init__(self, cells: "memoryview[int]") -> None:
        self._cells = cells

    def requests(self, outcome: int, status: int) -> int:
        """Answers by the places of outcome and status in the lists above."""
        return self._cells[outcome * len(STATUSES) + status]

    def times(self, outcome: int) -> tuple[list[int], float, int]:
        """Answers by duration, not summed up; the sum of durations, in seconds; the bytes of bodies."""
        start = _TIMES + outcome * _PER_OUTCOME
        *buckets, microseconds, size = self._cells[start : start + _PER_OUTCOME]
        return buckets, microseconds / 1e6, size

    def gauge(self, name: str) -> int:
        """A number that goes up and down."""
        return self._cells[_GAUGES + GAUGES.index(name)]


class Counters(WorkerCounts):
    """The row of this process; :meth:`rows` are those of all.

    Args:
        path: the file of ``SIZE`` bytes that the processes share; empty: this process counts alone.
    """

    def __init__(self, path: str = "") -> None:
        self._file = os.open(path, os.O_RDWR) if path else -1
        self._map = mmap.mmap(self._file, SIZE)
        self._all = memoryview(self._map).cast("Q")
        self._lock = threading.Lock()
        start = self._claim() * _CELLS
        super().__init__(self._all[start : start + _CELLS])
        for name in GAUGES:
            self.set(name, 0)
        self.set("started", int(time.time()))

    def _claim(self) -> int:
        """The first row no living process has; its lock ends with the process."""
        if self._file < 0:
            return 0
        for row in range(_ROWS):
            try:
                fcntl.lockf(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB, 1, row)
            except OSError:
                continue
            return row
        raise OSError(f"more than {_ROWS} server processes")

    def count(self, outcome: int, status: int, seconds: float, size: int) -> None:
        """Counts an answer; ``outcome`` is the place in ``OUTCOMES``, ``size`` the bytes of the body."""
        start = _TIMES + outcome * _PER_OUTCOME
        cells = self._cells
        with self._lock:
            cells[outcome * _STATUSES + _PLACE.get(status, _OTHER)] += 1
            cells[start + bisect_left(BUCKETS, seconds)] += 1
            cells[start + _SUM] += int(seconds * 1e6)
            cells[start + _SUM + 1] += size

    def set(self, name: str, value: int) -> None:
        """Sets a gauge."""
        self._cells[_GAUGES + GAUGES.index(name)] = value

    def add(self, name: str, value: int) -> None:
        """Changes a gauge by so much."""
        with self._lock:
            self._cells[_GAUGES + GAUGES.index(name)] += value

    def rows(self) -> Iterator[WorkerCounts]:
        """The rows of all processes that ever counted here."""
        return rows_in(self._all)


def rows_in(cells: "memoryview[int]") -> Iterator[WorkerCounts]:
    """The rows of the file of counters, of all processes that ever counted there."""
    for start in range(0, _CELLS * _ROWS, _CELLS):
        row = WorkerCounts(cells[start : start + _CELLS])
        if row.gauge("started"):
            yield row
