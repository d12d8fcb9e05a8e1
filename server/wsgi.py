"""The application as a server process runs it."""

import ctypes
import gc
import os
import threading
from contextlib import suppress
from typing import TYPE_CHECKING

from policytrace.server import serving_app
from policytrace.server.limits.connection_limiter import ConnectionLimiter
from policytrace.server.operations import error_log
from policytrace.server.operations.parent_watch import STARTER, bind_to
from policytrace.server.operations.settings import Settings
from policytrace.server.operations.watchdog import give_signs

if TYPE_CHECKING:
    from flask import Flask

SETTLED = 2.0
"""Seconds after which compiled loops are loaded: before, that would delay the first answers."""
BETWEEN = 5_000, 10, 40
"""Objects made and not yet freed, between two looks for cycles among them, and how many such looks there are
between those at older objects: a page once rendered is some hundred objects in cycles, and what it shows."""
M_ARENA_MAX, ARENAS = -8, 2
"""The parameter of glibc's ``mallopt`` for how many areas of memory threads share, and how many they get:
each keeps what was freed in it, and with one for every thread eight downloads at once took 115 MiB."""


def application() -> "Flask":
    """The application; what compiled loops need is loaded soon after, so that no request waits for that."""
    error_log.install()
    if starter := os.environ.get(STARTER):
        bind_to(int(starter))
    app, settings = serving_app(), Settings.from_environment()
    give_signs(app.extensions["policytrace"].counters)
    warming = threading.Timer(SETTLED, _warm)
    warming.daemon = True
    warming.start()
    threading.Thread(target=ConnectionLimiter.of(settings).run, daemon=True).start()
    _settle()
    return app


def _settle() -> None:
    """Lets the collector of cycles pass over what stays for good, and look for new ones less often.

    Answers that are kept are many objects without a cycle; looking at them took 7 % of the time of a small
    query.
    """
    gc.freeze()
    gc.set_threshold(*BETWEEN)
    with suppress(AttributeError, OSError):  # another C library has no such parameter
        ctypes.CDLL(None).mallopt(M_ARENA_MAX, ARENAS)


def _warm() -> None:
    from policytrace.graph.paths.warm import warm

    warm()
