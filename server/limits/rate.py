"""How much one client may request: so many requests a second, so many queries and so many downloads at once.

All are counted in each server process. What is answered from the cache counts for none.
"""

import threading
import time
from collections import Counter
from queue import Empty

from policytrace.graph.vocabulary.bounded_cache import BoundedCache
from policytrace.server.execution.slots import slots

BURST = 10
"""Seconds of the rate that a client which was quiet may use up at once."""
REMEMBERED = 10_000
"""Clients beyond which those that request nothing now, or did not for longest, are forgotten."""


class TokenBuckets:
    """One token bucket for each client. Safe to share between threads.

    Args:
        rate: tokens a second; 0: no limit.
    """

    def __init__(self, rate: float) -> None:
        self.rate, self.burst = rate, rate * BURST
        self._buckets = BoundedCache[str, tuple[float, float]](REMEMBERED)
        self._lock = threading.Lock()

    def wait(self, client: str) -> float:
        """Takes a token; returns 0, or without a token the seconds until there is one."""
        if not self.rate:
            return 0.0
        now = time.monotonic()
        with self._lock:
            tokens, then = self._buckets.get(client) or (self.burst, now)
            tokens = min(tokens + (now - then) * self.rate, self.burst)
            allowed = tokens >= 1
            self._buckets.put(client, (tokens - 1 if allowed else tokens, now))
        return 0.0 if allowed else (1 - tokens) / self.rate


class Turns:
    """Queries of one client that run at once; more of them wait in line. Safe to share between threads.

    Args:
        each: how many run at once.
        waiting: how many wait; of all clients twice as many.
        patience: seconds they wait at most.
    """

    def __init__(self, each: int, waiting: int, patience: float) -> None:
        self.each, self.waiting, self.patience = each, waiting, patience
        self._lines: dict[str, _Line] = {}
        self._waiting = 0
        self._lock = threading.Lock()

    def take(self, client: str) -> bool:
        """Waits for a turn; False when there are too many in line or it took too long."""
        with self._lock:
            line = self._lines.get(client)
            if line is None:
                line = self._lines[client] = _Line(self.each)
            if line.present >= self.each + self.waiting:
                return False
            line.present += 1
        try:
            line.free.get_nowait()
        except Empty:
            return self._wait(client, line)
        return True

    def _wait(self, client: str, line: "_Line") -> bool:
        with self._lock:
            room = self._waiting < 2 * self.waiting
            self._waiting += room
        try:
            if room:
                line.free.get(timeout=self.patience)
                return True
        except Empty:
            pass
        finally:
            with self._lock:
                self._waiting -= room
        self._leave(client, line)
        return False

    def give(self, client: str) -> None:
        """Ends a turn."""
        line = self._lines[client]
        line.free.put(None)
        self._leave(client, line)

    def _leave(self, client: str, line: "_Line") -> None:
        with self._lock:
            line.present -= 1
            if not line.present and len(self._lines) > REMEMBERED:
                del self._lines[client]


class ClientSlots:
    """Slots that clients hold for as long as they like: so many of one, and so many of all. Safe to share.

    Args:
        each: how many one client may hold.
        most: how many all may hold.
    """

    def __init__(self, each: int, most: int) -> None:
        self.each, self.most = each, most
        self._held = Counter[str]()
        self._lock = threading.Lock()

    def take(self, client: str) -> bool | None:
        """Takes a slot. False: the client holds all it may; None: all slots are taken."""
        with self._lock:
            if self._held[client] >= self.each:
                return False
            if self._held.total() >= self.most:
                return None
            self._held[client] += 1
            return True

    def give(self, client: str) -> None:
        """Gives a slot back."""
        with self._lock:
            self._held[client] -= 1
            if not self._held[client]:
                del self._held[client]


class _Line:
    """The queries of one client, running and waiting."""

    def __init__(self, each: int) -> None:
        self.free = slots(each)
        self.present = 0
