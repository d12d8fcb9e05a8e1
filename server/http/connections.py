"""The connections of a server process, as the system counts them.

WSGI does not hand out the connection of a request; all of a process are among its open files. Where the
system does not list them (elsewhere than on Linux), nothing is seen and nothing is broken here.
"""

import os
import socket
import stat
import struct
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

FILES = Path("/proc/self/fd")
ESTABLISHED, LISTENING = 1, 10
"""States of TCP, as Linux numbers them: open on both sides, and waiting for connections."""
INFO = struct.Struct("=B23xI16xI4xI64xQQ8xI")
"""What is read of TCP_INFO: the state, packets on the way, milliseconds since something was sent and since
something came, bytes that arrived there and here, bytes not yet on the way (Linux 4.6)."""


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
    sent: int
    """Bytes that it sent."""

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
    address = _plain(environ.get("REMOTE_ADDR", ""))
    port = int(environ.get("SERVER_PORT") or 0)

    def gone() -> bool:
        listening = False
        for one in connections(port):
            if one.state == ESTABLISHED and one.address == address:
                return False
            listening = listening or one.state == LISTENING
        return listening

    return gone


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
        state, way, last_sent, last_came, arrived, sent, more = INFO.unpack(data.ljust(INFO.size, b"\0"))
        if seen.getsockname()[1] != port:
            return None
        address = "" if state == LISTENING else _plain(str(seen.getpeername()[0]))
        quiet = min(last_sent, last_came)
        return Connection(file, inode, address, state, quiet, arrived, way + more, sent)
    finally:
        seen.detach()


def _plain(address: str) -> str:
    """An address of IPv4 as it is written, not as one of IPv6."""
    return address.removeprefix("::ffff:")
