"""Serves the application with granian, a production server."""

import os
import socket
import sys
from pathlib import Path

from granian import Granian
from granian.constants import Interfaces

from policytrace.server.settings import SettingError, Settings

TARGET = "policytrace.server:create_app"


class ServeError(OSError):
    """The server cannot start; the message says why and what to do."""


def serve(home: Path, host: str = "127.0.0.1", port: int = 8000, workers: int | None = None) -> None:
    """Serves the releases of a home until it is interrupted; prints the address when it is open.

    Settings come from the environment; ``home``, and ``workers`` when given, win over it. Without
    ``POLICYTRACE_SITE`` the address served at is the site.

    Raises:
        ServeError: the port is in use or may not be opened, or a setting cannot be used.
    """
    _check_free(host, port)
    address = f"http://{_name(host)}:{port}/"
    environment = {"POLICYTRACE_SITE": address} | os.environ | {"POLICYTRACE_HOME": str(home)}
    if workers is not None:
        environment["POLICYTRACE_WORKERS"] = str(workers)
    try:
        settings = Settings.from_environment(environment)
    except SettingError as error:
        raise ServeError(str(error)) from None
    os.environ.update(settings.environment())
    server = Granian(
        TARGET,
        address=host,
        port=port,
        interface=Interfaces.WSGI,
        factory=True,
        workers=settings.workers,
        blocking_threads=settings.threads,
        backlog=2048,
        log_enabled=False,
        websockets=False,
        workers_kill_timeout=2,
    )
    server.on_startup(lambda: _announce(address))
    server.serve()


def _announce(address: str) -> None:
    print(f"PolicyTrace is open at {address} (stop with Ctrl-C)", flush=True)


def _name(host: str) -> str:
    if host in ("0.0.0.0", "::", ""):  # noqa: S104
        return "127.0.0.1"
    return f"[{host}]" if ":" in host else host


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
        serve(Settings.from_environment().home, port=int(sys.argv[1]) if len(sys.argv) > 1 else 8000)
    except ServeError as problem:
        sys.exit(str(problem))
