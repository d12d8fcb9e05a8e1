"""Serves the application with granian, a production server."""

import logging
import os
import socket
import sys
import tempfile
import threading
import time
from collections.abc import Sequence
from difflib import get_close_matches
from pathlib import Path
from typing import Any

import pyoxigraph as ox
from granian import Granian
from granian.constants import HTTPModes, Interfaces
from granian.http import HTTP1Settings

from policytrace.graph.lookup.mapped_reader import open_reader
from policytrace.graph.releases.release import ReleaseError, Releases
from policytrace.graph.vocabulary.terms import expand, thing
from policytrace.server.language.catalogues import catalogue
from policytrace.server.limits.connection_limiter import OPEN, OTHER_FILES, places_of
from policytrace.server.operations import error_log
from policytrace.server.operations.counters import FILE, SIZE
from policytrace.server.operations.open_files import raise_open_files
from policytrace.server.operations.parent_watch import STARTER
from policytrace.server.operations.settings import CONFIG, SettingError, Settings
from policytrace.server.operations.watchdog import BEAT, Watchdog

_LOG = logging.getLogger(__name__)
TARGET = "policytrace.server.wsgi:application"
HEADER_TIMEOUT = 15_000
"""Milliseconds a client has to send the headers of a request."""
SOON = 5
"""Seconds after its start within which the end of a server process is followed by a pause."""
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
    raise_open_files(OPEN // settings.workers + OTHER_FILES)
    with tempfile.NamedTemporaryFile(prefix="policytrace-") as counters:
        counters.truncate(SIZE)
        os.environ |= {FILE: counters.name, STARTER: str(os.getpid())}
        error_log.install()
        server = _Server(
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
            backpressure=places_of(settings),
            http1_settings=HTTP1Settings(header_read_timeout=HEADER_TIMEOUT),
            log_enabled=False,
            websockets=False,
            respawn_failed_workers=True,
            workers_kill_timeout=settings.drain_seconds,
        )
        server.on_startup(lambda: _announce(settings.address))
        server.watchdog = Watchdog(Path(counters.name), settings.hang_seconds)
        threading.Thread(target=server.watchdog.run, daemon=True).start()
        server.serve()


class _Server(Granian):  # type: ignore[misc,valid-type]
    """Starts server processes, and others in the place of those that end.

    Once one was up, none that ends is a reason to stop: granian takes two ends within 5.5 seconds for a
    start that failed, and whoever could end a process twice would end the service.
    """

    watchdog: Watchdog

    def _respawn_workers(self, workers: Sequence[int], *args: Any, **more: Any) -> None:
        for at in workers:
            _LOG.error("Server process %d ended; another takes its place", self.wrks[at].inner.pid)
        if self.watchdog.was_up() and any(time.monotonic() - self.wrks[at].birth < SOON for at in workers):
            time.sleep(BEAT)
        super()._respawn_workers(workers, *args, **more)
        if self.watchdog.was_up():
            self.respawned_wrks.clear()


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
