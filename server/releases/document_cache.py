"""Finished documents of a release, kept in memory: the release never changes, so neither do they."""

import threading
from collections import OrderedDict
from collections.abc import Callable

LIMIT = 64 * 2**20
"""Bytes kept per release and server process; what was not asked for longest goes first."""


class Kept:
    """Bodies by key, up to a number of bytes. Safe to share between threads."""

    def __init__(self, limit: int = LIMIT) -> None:
        self.limit = limit
        self._bodies: OrderedDict[tuple[str, ...], bytes] = OrderedDict()
        self._size = 0
        self._lock = threading.Lock()

    def get(self, key: tuple[str, ...], make: Callable[[], bytes]) -> bytes:
        """The body of a key, made when it is not kept."""
        with self._lock:
            body = self._bodies.get(key)
            if body is not None:
                self._bodies.move_to_end(key)
                return body
        body = make()
        with self._lock:
            if key not in self._bodies:
                self._bodies[key] = body
                self._size += len(body)
            while self._size > self.limit:
                self._size -= len(self._bodies.popitem(last=False)[1])
        return body
