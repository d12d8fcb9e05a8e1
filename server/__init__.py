"""The web server: SPARQL, linked data and pages over one release."""

import os
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from flask import Flask

    from policytrace.server.operations.settings import Settings


def create_app(settings: "Settings | None" = None) -> "Flask":
    """The application for these settings, those of the environment by default.

    The web framework is imported here so that query processes, which live in this package, start without it.
    """
    from policytrace.server.app import assemble
    from policytrace.server.operations.counters import FILE, Counters
    from policytrace.server.operations.settings import Settings

    return assemble(settings or Settings.from_environment(), Counters(os.environ.get(FILE, "")))


def serving_app() -> "Flask":
    """The application of a server process, which looks after its releases beside answering."""
    from policytrace.server.app import attend

    app = create_app()
    attend(app)
    return app
