"""A real server over many releases, one for each test case: the header X-Case says which is current.

Run as a script: python case_server.py PORT FOLDER
"""

import dataclasses
import os
import sys
from functools import cache
from pathlib import Path

from flask import Flask, request
from granian import Granian
from granian.constants import Interfaces

from policytrace.server import create_app
from policytrace.server.operations.settings import Settings
from policytrace.server.releases.current import Opened, Published


class ByCase:
    """The release of the case that a request names."""

    def __init__(self, folder: Path) -> None:
        self.home = folder
        self._of = cache(lambda name: Published(folder / name))

    def current(self) -> Opened:
        """The release of the case."""
        found: Opened = self._of(request.headers["X-Case"]).current()
        return found


def create() -> Flask:
    """The application of the product, with the releases chosen by case."""
    folder = Path(os.environ["CASES"])
    app = create_app(Settings.from_environment(os.environ | {"POLICYTRACE_HOME": str(folder / "none")}))
    state = app.extensions["policytrace"]
    app.extensions["policytrace"] = dataclasses.replace(state, published=ByCase(folder))
    return app


if __name__ == "__main__":
    os.environ["CASES"] = sys.argv[2]
    Granian(
        "case_server:create",
        address="127.0.0.1",
        port=int(sys.argv[1]),
        interface=Interfaces.WSGI,
        factory=True,
        workers=1,
        log_enabled=False,
    ).serve()
