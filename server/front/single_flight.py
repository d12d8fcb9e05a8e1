"""Single flight: of equal requests at one time the first is worked on, the others wait for its reply."""

import threading
from collections.abc import Hashable

from policytrace.server.responses.reply import Reply


class Flight:
    """The work on one request, and its reply for all who wait."""

    def __init__(self) -> None:
        self._reply: Reply | None = None
        self._working = threading.Lock()
        self._working.acquire()

    def finish(self, reply: Reply | None) -> None:
        """Hands the reply to all who wait; None makes each do the work itself."""
        self._reply = reply
        self._working.release()

    def wait(self) -> Reply | None:
        """The reply, once it is there."""
        with self._working:
            return self._reply


class SingleFlight:
    """The work in progress, by what is requested. Safe to share between threads.

    Args:
        most: how many may wait at one time, for whatever; more do their own work.
    """

    def __init__(self, most: int) -> None:
        self._most, self._waiting = most, 0
        self._flights: dict[Hashable, Flight] = {}
        self._lock = threading.Lock()

    def lead(self, key: Hashable) -> bool:
        """Whether nobody works on a key yet: the caller then must, and :meth:`finish` it."""
        with self._lock:
            if key in self._flights:
                return False
            self._flights[key] = Flight()
            return True

    def wait(self, key: Hashable) -> Reply | None:
        """The reply of who works on a key; None when the caller must do the work itself."""
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

    def finish(self, key: Hashable, reply: Reply | None) -> None:
        """Ends a flight: who comes later begins a new one."""
        with self._lock:
            flight = self._flights.pop(key)
        flight.finish(reply)
