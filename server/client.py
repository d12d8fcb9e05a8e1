"""The connections of a server process, as the system counts them.

WSGI does not hand out the connection of a request; all of a process are among its open files. Where the
system does not list them (elsewhere than on Linux), nothing is seen and nothing is broken here.
"""

import os
import socket
import stat
import struct
import time
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

from policytrace.server.public import subscriber
from policytrace.server.settings import Settings

FILES = Path("/proc/self/fd")
ESTABLISHED, LISTENING = 1, 10
"""States of TCP, as Linux numbers them: open on both sides, and waiting for connections."""
INFO = struct.Struct("=B23xI16xI4xI64xQ16xI")
"""What is read of TCP_INFO: the state, packets on the way, milliseconds since something was sent and since
something came, bytes that arrived, bytes not yet on the way (Linux 4.6)."""
PAUSE, SHARE = 0.25, 20
"""Seconds between two looks at all connections, and how many times as long as a look the next one is off."""
SLOWEST = 1024
"""Bytes a second that a client has to take while something waits for it."""
OPEN = 2048
"""Connections that are open at once, shared among the server processes; as many more wait to be accepted."""
EACH = 256
"""Connections of one client, an address or for IPv6 a /64 network, at each server process, at most."""


@dataclass(frozen=True, slots=True)
class Connection:
    """A connection that this process has accepted, or what it waits for connections with."""

    file: int
    inode: int
    address: str
    state: int
    quiet: int
    """Milliseconds in which nothing was sent and nothing came."""
    arrived: int
    """Bytes that the client has taken."""
    waiting: int
    """Bytes that it has not."""

    def cut(self) -> None:
        """Breaks the connection, unless it has ended and its number been given to another file."""
        with suppress(OSError), socket.socket(fileno=os.dup(self.file)) as copy:
            if os.fstat(copy.fileno()).st_ino == self.inode:
                copy.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
                copy.shutdown(socket.SHUT_RDWR)


def watch(environ: Mapping[str, Any]) -> Callable[[], bool]:
    """A function that says whether the client of a request is certainly gone.

    It never is where connections cannot be seen, or are not accepted by this process itself.
    """
    address, port = environ.get("REMOTE_ADDR", ""), int(environ.get("SERVER_PORT") or 0)

    def gone() -> bool:
        listening = False
        for one in connections(port):
            if one.state == ESTABLISHED and one.address == address:
                return False
            listening = listening or one.state == LISTENING
        return listening

    return gone


class Keeper:
    """Breaks connections beyond those that a client may have, and those whose client takes next to nothing.

    Args:
        port: where they were accepted.
        seconds: how long a client may take next to nothing.
        each: connections of one client.
        most: connections in all; the fewer each client may have, the more there are.
    """

    def __init__(self, port: int, seconds: float, each: int, most: int) -> None:
        self._port, self._seconds, self._each, self._most = port, seconds, each, most
        self._slow: dict[tuple[int, int], tuple[float, int]] = {}

    @classmethod
    def of(cls, settings: Settings) -> Self:
        """One that leaves places to others, or behind a proxy, which is one client here, takes all."""
        places = max(OPEN // settings.workers, 1)
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
        for found in clients.values():
            for one in sorted(found, key=lambda one: one.quiet)[each:]:
                one.cut()

    def each(self, numbers: list[int]) -> int:
        """Connections that each client may have, so that all together have no more than the most."""
        each = self._each
        while each > 1 and sum(min(each, number) for number in numbers) > self._most:
            each //= 2
        return each


def connections(port: int) -> Iterator[Connection]:
    """The connections of this process at a port, and what it listens with."""
    for name in os.listdir(FILES) if FILES.is_dir() else ():  # noqa: PTH208
        with suppress(OSError):
            status = os.fstat(int(name))
            if stat.S_ISSOCK(status.st_mode) and (found := _seen(int(name), status.st_ino, port)) is not None:
                yield found


def _seen(file: int, inode: int, port: int) -> Connection | None:
    # Of the kind of IPv6, whose addresses have room for those of IPv4 as well.
    seen = socket.socket(socket.AF_INET6, socket.SOCK_STREAM, 0, file)
    try:
        data = seen.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, INFO.size)
        state, way, sent, came, arrived, more = INFO.unpack(data.ljust(INFO.size, b"\0"))
        if seen.getsockname()[1] != port:
            return None
        address = "" if state == LISTENING else str(seen.getpeername()[0]).removeprefix("::ffff:")
        return Connection(file, inode, address, state, min(sent, came), arrived, way + more)
    finally:
        seen.detach()
