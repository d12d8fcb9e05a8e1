"""A real server over many releases, one for each test case: the header X-Case says which is current.

Run as a script with the options of ``policytrace``: --home FOLDER serve --host HOST --port PORT.
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
    _, _, folder, _, _, host, _, port = sys.argv
    os.environ["CASES"] = folder
    here = str(Path(__file__).parent)
    os.environ["PYTHONPATH"] = os.pathsep.join([here, os.environ.get("PYTHONPATH", "")])
    Granian(
        "case_server:create",
        address=host,
        port=int(port),
        interface=Interfaces.WSGI,
        factory=True,
        workers=1,
        log_enabled=False,
    ).serve()
