"""The application as a server process runs it."""

import threading
from typing import TYPE_CHECKING

from policytrace.server import create_app
from policytrace.server.client import limit_sending
from policytrace.server.settings import Settings

if TYPE_CHECKING:
    from flask import Flask


def application() -> "Flask":
    """The application; what compiled loops need is loaded beside it, so that no request waits for that."""
    app, settings = create_app(), Settings.from_environment()
    threading.Thread(target=_warm, daemon=True).start()
    limits = settings.port, settings.send_seconds
    threading.Thread(target=limit_sending, args=limits, daemon=True).start()
    return app


def _warm() -> None:
    from policytrace.graph.paths.warm import warm

    warm()
