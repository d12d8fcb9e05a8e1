"""Single flight: of equal requests at one time the first is worked on, the others wait for its answer."""

import threading
from collections.abc import Hashable

from policytrace.server.cache import Answer


class Flight:
    """The work on one request, and its answer for all who wait."""

    def __init__(self) -> None:
        self._answer: Answer | None = None
        self._landed = threading.Event()

    def land(self, answer: Answer | None) -> None:
        """Hands the answer to all who wait; None makes each do the work itself."""
        self._answer = answer
        self._landed.set()

    def wait(self) -> Answer | None:
        """The answer, once it is there."""
        self._landed.wait()
        return self._answer


class Flights:
    """The work in progress, by what is asked for. Safe to share between threads."""

    def __init__(self) -> None:
        self._flights: dict[Hashable, Flight] = {}
        self._lock = threading.Lock()

    def join(self, key: Hashable) -> tuple[Flight, bool]:
        """The flight for a key, and whether the caller is the first and must :meth:`land` it."""
        with self._lock:
            flight = self._flights.get(key)
            if flight is not None:
                return flight, False
            self._flights[key] = flight = Flight()
            return flight, True

    def land(self, key: Hashable, answer: Answer | None) -> None:
        """Ends a flight: who comes later begins a new one."""
        with self._lock:
            flight = self._flights.pop(key)
        flight.land(answer)
