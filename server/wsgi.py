"""The application as a server process runs it."""

import threading
from typing import TYPE_CHECKING

from policytrace.server import create_app

if TYPE_CHECKING:
    from flask import Flask


def application() -> "Flask":
    """The application; what compiled loops need is loaded beside it, so that no request waits for that."""
    app = create_app()
    threading.Thread(target=_warm, daemon=True).start()
    return app


def _warm() -> None:
    from policytrace.graph.paths.warm import warm

    warm()
