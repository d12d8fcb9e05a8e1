"""The connections of the client that a request came from, as far as the server process can see them.

WSGI does not hand out the connection. Those of one address are found among the open sockets of the process.
Which of several a request came by shows when something of a certain length is sent: the system counts what
goes into each.
"""

import array
import fcntl
import os
import secrets
import socket
import struct
import termios
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

PAUSE = 0.2
"""Seconds given to what was sent before a connection is broken."""
SOCKETS = Path("/proc/self/fd")
INTERNET = (socket.AF_INET, socket.AF_INET6)
ESTABLISHED, LISTENING = 1, 10
ACKNOWLEDGED = struct.Struct("120xQ")
"""Where the system tells of a TCP connection how many bytes of what was sent have arrived (Linux 4.1)."""
FILLER = 1024, 4096
"""Bytes of what is sent to tell connections apart, at least, and fewer than."""
HTTP2_FRAME = 9
"""Bytes of the header of a frame in HTTP/2."""
SEARCH = 120.0
"""Seconds in which a connection is singled out; a client that is slow to read takes its time."""
LISTENS = 60.0
"""Seconds in which a server process begins to listen."""


def watch(environ: Mapping[str, Any]) -> Callable[[], bool]:
    """A function that says whether the client of a request is certainly gone.

    It never is where connections are not accepted by this process itself, so that they cannot be seen.
    """
    address, port = _ends(environ)

    def gone() -> bool:
        listening = False
        for connection in _sockets(port):
            with connection:
                state = _state(connection)
                listening = listening or state == LISTENING
                if state == ESTABLISHED and _peer(connection) == address:
                    return False
        return listening

    return gone


def breaking(environ: Mapping[str, Any]) -> Iterator[bytes]:
    """Breaks the connection of a request whose answer could not be sent to its end.

    Gives what to send until it is broken: fillers of random lengths, which tell it from other connections of
    the same client. When it is not found within ``SEARCH`` seconds, the stream ends as streams do.
    """
    until = time.monotonic() + SEARCH
    while time.monotonic() < until:
        time.sleep(PAUSE)
        found = _connections(environ)
        try:
            if not found:
                return
            before = [_written(connection) for connection in found]
            size = FILLER[0] + secrets.randbelow(FILLER[1] - FILLER[0])
            yield b"\n" * size
            time.sleep(PAUSE)
            grown = [_written(connection) - then for connection, then in zip(found, before, strict=True)]
            singled = [c for c, more in zip(found, grown, strict=True) if more in _sent(size)]
            if len(singled) == 1:
                with suppress(OSError):
                    singled[0].shutdown(socket.SHUT_RDWR)
                return
        finally:
            for connection in found:
                connection.close()


def limit_sending(port: int, seconds: float) -> bool:
    """Has the system break connections accepted at a port from now on whose client takes nothing so long.

    False where this process does not listen there within a minute, or the system has no such limit.
    """
    until = time.monotonic() + LISTENS
    while hasattr(socket, "TCP_USER_TIMEOUT") and time.monotonic() < until:
        limited = False
        for listener in _sockets(port):
            with listener:
                if _state(listener) == LISTENING:
                    listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, int(seconds * 1000))
                    limited = True
        if limited:
            return True
        time.sleep(PAUSE / 10)
    return False


def _connections(environ: Mapping[str, Any]) -> list[socket.socket]:
    """Copies of the open connections of the client of a request, one of each, to be closed."""
    address, port = _ends(environ)
    found: dict[object, socket.socket] = {}
    for connection in _sockets(port):
        if _state(connection) == ESTABLISHED and _peer(connection) == address:
            with suppress(OSError):
                if found.setdefault(connection.getpeername(), connection) is connection:
                    continue
        connection.close()
    return list(found.values())


def _written(connection: socket.socket) -> int:
    """Bytes that were ever put into a TCP connection: those that arrived, and those on the way."""
    waiting = array.array("i", [0])
    with suppress(OSError):
        while True:
            arrived = _arrived(connection)
            fcntl.ioctl(connection, termios.TIOCOUTQ, waiting)
            if _arrived(connection) == arrived:
                return arrived + waiting[0]
    return 0


def _arrived(connection: socket.socket) -> int:
    return int(ACKNOWLEDGED.unpack(connection.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, 128))[0])


def _sent(size: int) -> tuple[int, ...]:
    """What a part of a body of this size may become on its way: in HTTP/1.0, in chunks, in HTTP/2."""
    return size, size + len(f"{size:X}") + 4, size + HTTP2_FRAME


def _ends(environ: Mapping[str, Any]) -> tuple[str, int]:
    return environ.get("REMOTE_ADDR", ""), int(environ.get("SERVER_PORT") or 0)


def _sockets(port: int) -> Iterator[socket.socket]:
    """Copies of the sockets of this process at one port, to be closed."""
    for file in SOCKETS.iterdir() if SOCKETS.is_dir() else ():
        with suppress(OSError):
            if not str(file.readlink()).startswith("socket:"):
                continue
            connection = socket.socket(fileno=os.dup(int(file.name)))
            if connection.family in INTERNET and connection.getsockname()[1] == port:
                yield connection
            else:
                connection.close()


def _peer(connection: socket.socket) -> str:
    with suppress(OSError):
        return str(connection.getpeername()[0]).removeprefix("::ffff:")
    return ""


def _state(connection: socket.socket) -> int:
    """The state of a TCP connection, as Linux numbers them."""
    with suppress(OSError):
        return connection.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, 1)[0]
    return 0
