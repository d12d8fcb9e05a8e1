"""Single flight: of equal requests at one time the first is worked on, the others wait for its answer."""

import threading
from collections.abc import Hashable

from policytrace.server.front.answer_cache import CachedAnswer


class Flight:
    """The work on one request, and its answer for all who wait."""

    def __init__(self) -> None:
        self._answer: CachedAnswer | None = None
        self._landed = threading.Lock()
        self._landed.acquire()

    def land(self, answer: CachedAnswer | None) -> None:
        """Hands the answer to all who wait; None makes each do the work itself."""
        self._answer = answer
        self._landed.release()

    def wait(self) -> CachedAnswer | None:
        """The answer, once it is there."""
        with self._landed:
            return self._answer


class Flights:
    """The work in progress, by what is asked for. Safe to share between threads.

    Args:
        most: how many may wait at one time, for whatever; more do their own work.
    """

    def __init__(self, most: int) -> None:
        self._most, self._waiting = most, 0
        self._flights: dict[Hashable, Flight] = {}
        self._lock = threading.Lock()

    def first(self, key: Hashable) -> bool:
        """Whether nobody works on a key yet: the caller then must, and :meth:`land` it."""
        with self._lock:
            if key in self._flights:
                return False
            self._flights[key] = Flight()
            return True

    def wait(self, key: Hashable) -> CachedAnswer | None:
        """The answer of who works on a key; None when the caller must do the work itself."""
        with self._lock:
            flight = self._flights.get(key)
            if flight is None or self._waiting >= self._most:
                return None
            self._waiting += 1
        try:
            return flight.wait()
        finally:
            with self._lock:
                self._waiting -= 1

    def land(self, key: Hashable, answer: CachedAnswer | None) -> None:
        """Ends a flight: who comes later begins a new one."""
        with self._lock:
            flight = self._flights.pop(key)
        flight.land(answer)
