"""Processes that end with the one that started them, however that ended."""

import ctypes
import os
import signal
import threading
import time
from collections.abc import Callable
from contextlib import suppress

STARTER = "POLICYTRACE_STARTER"
"""The environment variable by which a server process knows the process that started it."""
WATCH = 0.5
"""Seconds between looks whether the process that started this one is still there."""
PR_SET_PDEATHSIG = 1
"""The option of Linux's ``prctl`` for the signal that a process gets when the thread that made it ends."""


def end_with(
    parent: int, *, meanwhile: Callable[[], None] = lambda: None, before: Callable[[], None] = lambda: None
) -> None:
    """Ends this process, busy or not, when the one that started it is gone; looks again and again.

    Args:
        parent: that process.
        meanwhile: called after each look, while it is there.
        before: called before this one ends.
    """
    while os.getppid() == parent:
        time.sleep(WATCH)
        meanwhile()
    before()
    os._exit(1)


def bind_to(parent: int) -> None:
    """Has this process end with the one that started it from its first thread.

    The system ends it where it can, even when it is stopped or stuck; a thread looks where it cannot.
    """
    with suppress(AttributeError, OSError):  # only Linux has it
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
    threading.Thread(target=end_with, args=(parent,), daemon=True).start()
