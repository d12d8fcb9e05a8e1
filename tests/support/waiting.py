"""How tests wait: for what is to come, never for a time in which it should have come."""

import time
from collections.abc import Callable
from typing import TypeVar

Found = TypeVar("Found")

PATIENCE = 120
"""Seconds after which what a test waits for will not come, however busy the machine is."""


def eventually(ask: Callable[[], Found], what: str, seconds: float = PATIENCE) -> Found:
    """Asks again until the answer is true; that answer.

    Raises:
        AssertionError: it was not within so many seconds; names what was waited for.
    """
    until = time.monotonic() + seconds
    while not (found := ask()):
        assert time.monotonic() < until, f"in {seconds} seconds not: {what}"
        time.sleep(0.02)
    return found
