"""The connections of the client that a request came from, as far as the server process can see them.

WSGI does not hand out the connection. Those of one address are found among the open sockets of the process;
a proxy, or a client with several connections, has more than one, and then none of them can be singled out.
"""

import os
import socket
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


def break_off(environ: Mapping[str, Any]) -> bool:
    """Breaks the connection of a request, once what was sent has had time to arrive.

    Only if it is the only connection of its client; whether it was.
    """
    time.sleep(PAUSE)
    address, port = _ends(environ)
    sockets = list(_sockets(port))
    found = [s for s in sockets if _state(s) == ESTABLISHED and _peer(s) == address]
    if len(found) == 1:
        with suppress(OSError):
            found[0].shutdown(socket.SHUT_RDWR)
    for connection in sockets:
        connection.close()
    return len(found) == 1


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
