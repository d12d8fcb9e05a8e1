"""Serves the application with granian, a production server."""

import os
import socket
import sys
import tempfile
from difflib import get_close_matches
from pathlib import Path

import pyoxigraph as ox
from granian import Granian
from granian.constants import HTTPModes, Interfaces
from granian.http import HTTP1Settings

from policytrace.graph.lookup.mapped_reader import open_reader
from policytrace.graph.releases.release import ReleaseError, Releases
from policytrace.graph.vocabulary.terms import expand, thing
from policytrace.server.language.catalogues import catalogue
from policytrace.server.limits.connection_limiter import OPEN
from policytrace.server.operations.counters import FILE, SIZE
from policytrace.server.operations.settings import CONFIG, SettingError, Settings

TARGET = "policytrace.server.wsgi:application"
HEADER_TIMEOUT = 15_000
"""Milliseconds a client has to send the headers of a request."""
REST = 5
"""Seconds after which a thread that has nothing to do ends, the least that can be set. Those that wait take
turns: after many requests at once, each further one would meet a thread for which nothing is at hand."""


class ServeError(OSError):
    """The server cannot start; the message says why and what to do."""


def configure(
    home: Path | None = None, host: str | None = None, port: int | None = None, config: Path | None = None
) -> Settings:
    """The settings of the environment and of the file it names; what is given here wins over both.

    Raises:
        ServeError: a setting cannot be used.
    """
    given = {
        "POLICYTRACE_HOME": home,
        "POLICYTRACE_HOST": host,
        "POLICYTRACE_PORT": port,
        CONFIG: config,
    }
    chosen = {variable: str(value) for variable, value in given.items() if value is not None}
    try:
        settings = Settings.from_environment({**os.environ, **chosen})
        catalogue(settings)
    except SettingError as error:
        raise ServeError(str(error)) from None
    return settings


def serve(settings: Settings) -> None:
    """Serves the releases of a home until it is interrupted; prints the address when it is open.

    Raises:
        ServeError: the port is in use or may not be opened, the access log cannot be written, or the current
            release has not the project that was chosen.
    """
    _check_project(settings)
    _check_log(settings.access_log)
    _check_free(settings.host, settings.port)
    os.environ.update(settings.environment())
    with tempfile.NamedTemporaryFile(prefix="policytrace-") as counters:
        counters.truncate(SIZE)
        os.environ[FILE] = counters.name
        server = Granian(
            TARGET,
            address=settings.host,
            port=settings.port,
            interface=Interfaces.WSGI,
            http=HTTPModes.http1,
            factory=True,
            workers=settings.workers,
            blocking_threads=settings.threads,
            blocking_threads_idle_timeout=REST,
            backlog=OPEN,
            http1_settings=HTTP1Settings(header_read_timeout=HEADER_TIMEOUT),
            log_enabled=False,
            websockets=False,
            respawn_failed_workers=True,
            workers_kill_timeout=2,
        )
        server.on_startup(lambda: _announce(settings.address))
        server.serve()


def _announce(address: str) -> None:
    print(f"PolicyTrace is open at {address} (stop with Ctrl-C)", flush=True)


def _check_project(settings: Settings) -> None:
    """That the home page can open with the project that was chosen; a default may be missing."""
    if settings.store or settings.project == Settings.project:
        return
    try:
        release, _ = Releases(settings.home).sound()
    except ReleaseError:
        return  # the server says so
    reader = open_reader(release)
    known = sorted(
        one.value.removeprefix(thing("project", ""))
        for one in reader.subjects("rdf:type", ox.NamedNode(expand("pt:Project")))
    )
    if settings.project not in known:
        near = get_close_matches(settings.project, known, 3)
        hint = (
            f"Did you mean {' or '.join(near)}?"
            if near
            else f"Projects are for example {', '.join(known[:5])}."
        )
        raise ServeError(
            f"POLICYTRACE_PROJECT: release {release.id} has no project {settings.project!r}. {hint}"
        )


def _check_log(target: str) -> None:
    if not target:
        return
    from policytrace.server.operations.access_log import AccessLog  # needs Flask, which this process does not

    try:
        AccessLog(target)
    except OSError as error:
        raise ServeError(f"POLICYTRACE_ACCESS_LOG: {target}: {error.strerror}.") from None


def _check_free(host: str, port: int) -> None:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            raise ServeError(
                f"Cannot serve at {host}:{port}: {error.strerror}. Choose another --port."
            ) from None


if __name__ == "__main__":
    try:
        serve(configure(port=int(sys.argv[1]) if len(sys.argv) > 1 else None))
    except ServeError as problem:
        sys.exit(str(problem))
