"""Ports for the servers that tests start."""

import os
import socket
from collections.abc import Iterator
from contextlib import suppress
from itertools import cycle

_FIRST, _LAST = 10_000, 32_000
"""Below the ports that the system gives to connections."""
_BEGIN = os.getpid() * 499 % (_LAST - _FIRST)
"""Test processes begin far from each other, so that none takes what another found and has yet to open."""
_candidates: Iterator[int] = cycle([*range(_FIRST + _BEGIN, _LAST), *range(_FIRST, _FIRST + _BEGIN)])


def free_port() -> int:
    """A port of this machine that no server has, and that this process did not name lately."""
    for port in _candidates:
        with socket.socket() as probe, suppress(OSError):
            probe.bind(("127.0.0.1", port))
            return port
    raise AssertionError("no end of candidates")
