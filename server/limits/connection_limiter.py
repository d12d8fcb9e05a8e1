"""How many connections one client may hold at a server process, and how slowly it may read."""

import time
from collections import defaultdict
from contextlib import suppress
from typing import Self

from policytrace.server.http.client_address import subscriber
from policytrace.server.http.connections import FILES, LISTENING, Connection, connections
from policytrace.server.operations.open_files import most_open_files
from policytrace.server.operations.settings import Settings

PAUSE, SHARE = 0.25, 20
"""Seconds between two looks at all connections, and how many times as long as a look the next one is off."""


SLOWEST = 1024
"""Bytes a second that a client has to take while something waits for it."""


OPEN = 2048
"""Connections that are open at once, shared among the server processes; as many more wait to be accepted."""


OTHER_FILES = 512
"""Files that a server process may have open beside its connections."""


EACH = 256
"""Connections of one client, an address or for IPv6 a /64 network, at each server process, at most."""


def places_of(settings: Settings) -> int:
    """Connections that a server process accepts at once; further ones wait until there is a place.

    They never use up the files that the process may have open: it would then try for ever to accept one.
    """
    files = most_open_files()
    return max(min(OPEN // settings.workers, max(files - OTHER_FILES, files // 4)), 1)


class ConnectionLimiter:
    """Breaks connections beyond those that a client may have, and those whose client takes next to nothing.

    Args:
        port: where they were accepted.
        seconds: how long a client may take next to nothing.
        each: connections of one client.
        most: connections in all; the fewer each client may have, the more there are. Beyond, those go that
            have sent nothing yet.
    """

    def __init__(self, port: int, seconds: float, each: int, most: int) -> None:
        self._port, self._seconds, self._each, self._most = port, seconds, each, most
        self._slow: dict[tuple[int, int], tuple[float, int]] = {}

    @classmethod
    def of(cls, settings: Settings) -> Self:
        """One that leaves places to others, or behind a proxy, which is one client here, takes all."""
        places = places_of(settings)
        each, most = (places, places) if settings.proxies else (min(EACH, places // 4), places * 3 // 4)
        return cls(settings.port, settings.send_seconds, each, most)

    def run(self) -> None:
        """Looks at all connections again and again."""
        while FILES.is_dir():
            began = time.monotonic()
            with suppress(OSError):
                self.look(began)
            time.sleep(max(PAUSE, SHARE * (time.monotonic() - began)))

    def look(self, now: float) -> None:
        """Breaks what is over the limits at one time."""
        slow, clients = {}, defaultdict[str, list[Connection]](list)
        for one in connections(self._port):
            if one.state == LISTENING:
                continue
            key = one.file, one.inode
            since, arrived = self._slow.get(key, (now, one.arrived))
            if one.waiting and one.arrived - arrived <= SLOWEST * (now - since):
                if now - since > self._seconds:
                    one.cut()
                    continue
                slow[key] = since, arrived
            clients[subscriber(one.address)].append(one)
        self._slow = slow
        each = self.each([len(found) for found in clients.values()])
        kept = list[Connection]()
        for found in clients.values():
            found.sort(key=lambda one: one.quiet)
            kept += found[:each]
            for one in found[each:]:
                one.cut()
        if len(kept) > self._most:
            idle = sorted((one for one in kept if not one.sent), key=lambda one: -one.quiet)
            for one in idle[: len(kept) - self._most]:
                one.cut()

    def each(self, numbers: list[int]) -> int:
        """Connections that each client may have, so that all together have no more than the most."""
        each = self._each
        while each > 1 and sum(min(each, number) for number in numbers) > self._most:
            each //= 2
        return each
