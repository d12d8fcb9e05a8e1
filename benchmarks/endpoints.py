"""SPARQL servers over one release, started side by side for comparison, each on a port of its own."""

import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from urllib.error import URLError
from urllib.parse import urlencode
from urllib.request import Request, urlopen

import pyoxigraph as ox

from policytrace.graph.releases.release import Release

DATA = "https://w3id.org/policytrace/graph/default"
"""The graph that holds the data in Virtuoso."""
START = 600.0
"""Seconds a server may take to load and answer."""
IDLE, PROMPT, TRIFLES = 30.0, 0.05, 8
"""Seconds a server may take to become idle between two runs; an idle one answers so many trifles in a row,
each within so many seconds."""
VIRTUOSO = """\
[Database]
DatabaseFile = {folder}/virtuoso.db
ErrorLogFile = {folder}/virtuoso.log
LockFile = {folder}/virtuoso.lck
TransactionFile = {folder}/virtuoso.trx
xa_persistent_file = {folder}/virtuoso.pxa
[TempDatabase]
DatabaseFile = {folder}/temp.db
TransactionFile = {folder}/temp.trx
[Parameters]
ServerPort = 127.0.0.1:{sql_port}
ServerThreads = 64
NumberOfBuffers = 170000
MaxDirtyBuffers = 130000
StopCompilerWhenXOverRunTime = 1
MaxMemPoolSize = 2000000000
DirsAllowed = {folder}
[HTTPServer]
ServerPort = 127.0.0.1:{port}
ServerThreads = 48
[SPARQL]
ResultSetMaxRows = 100000
DefaultGraph = {graph}
"""


@dataclass(frozen=True)
class Endpoint:
    """A running server: its name, its port, the path of its SPARQL endpoint, the version of the software."""

    name: str
    port: int
    path: str
    version: str
    processes: list[int] = field(default_factory=list)
    again: list[Callable[[], None]] = field(default_factory=list)

    def pause(self) -> None:
        """Takes the processor from it, so that nothing it still does is measured with another server.

        One that does not become idle, as it still works on what nobody waits for, is started again.

        Raises:
            RuntimeError: it does not become idle even so.
        """
        try:
            self._settle()
        except (RuntimeError, OSError):
            for start in self.again:
                start()
            self._settle()
        for group in self.processes:
            os.killpg(group, signal.SIGSTOP)

    def resume(self) -> None:
        """Lets it run, and waits until it is ready.

        Raises:
            RuntimeError: it does not become idle; what would be measured now is that, not the server.
        """
        for group in self.processes:
            os.killpg(group, signal.SIGCONT)
        self._settle()

    def _settle(self) -> None:
        until, prompt = time.monotonic() + IDLE, 0
        while time.monotonic() < until:
            began = time.monotonic()
            self.ask(self.target(f"ASK {{}} #{began}"), "application/sparql-results+json", IDLE)
            prompt = prompt + 1 if time.monotonic() - began < PROMPT else 0
            if prompt == TRIFLES:
                return
        raise RuntimeError(f"{self.name} does not become idle: measure it without the cases that block it")

    def target(self, query: str) -> str:
        """Path and query string that ask a query."""
        return f"{self.path}?{urlencode({'query': query})}"

    def ask(self, target: str, accept: str, seconds: float = START) -> bytes:
        """The body of an answer, which may take so many seconds."""
        request = Request(f"http://127.0.0.1:{self.port}{target}", headers={"Accept": accept})
        with urlopen(request, timeout=seconds) as answer:
            return bytes(answer.read())


def free_port() -> int:
    """A port on which nothing listens."""
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


def program(name: str) -> str:
    """The path of a program: beside this Python, or on the search path.

    Raises:
        FileNotFoundError: it is not installed.
    """
    beside = Path(sys.executable).parent / name
    found = str(beside) if beside.exists() else shutil.which(name)
    if found is None:
        raise FileNotFoundError(f"{name} is not installed; see docs/benchmarks.md")
    return found


@contextmanager
def _running(endpoint: Endpoint, command: list[str], **environment: str) -> Iterator[Endpoint]:
    def start() -> subprocess.Popen[bytes]:
        process = subprocess.Popen(
            command,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            env={**os.environ, **environment},
            process_group=0,
        )
        endpoint.processes[:] = [process.pid]
        _await(endpoint, process)
        return process

    def stop() -> None:
        if running[0].poll() is None:
            os.killpg(running[0].pid, signal.SIGCONT)
            os.killpg(running[0].pid, signal.SIGTERM)
        try:
            running[0].wait(30)
        except subprocess.TimeoutExpired:
            os.killpg(running[0].pid, signal.SIGKILL)
            running[0].wait()

    def restart() -> None:
        os.killpg(running[0].pid, signal.SIGKILL)
        running[0].wait()
        running[0] = start()

    running = [start()]
    endpoint.again.append(restart)
    try:
        yield endpoint
    finally:
        stop()


def _await(endpoint: Endpoint, process: "subprocess.Popen[bytes]") -> None:
    until = time.monotonic() + START
    while time.monotonic() < until:
        try:
            endpoint.ask(endpoint.target("ASK {}"), "application/sparql-results+json")
            return
        except (URLError, ConnectionError):
            if process.poll() is not None:
                raise RuntimeError(f"{endpoint.name} ended with {process.returncode}") from None
            time.sleep(0.2)
    process.kill()
    raise RuntimeError(f"{endpoint.name} does not answer")


def _policytrace(release: Release, work: Path, stack: ExitStack) -> Endpoint:
    endpoint = Endpoint("policytrace", free_port(), "/sparql", "this")
    home = release.path.parent.parent
    command = [
        sys.executable,
        "-m",
        "policytrace",
        "--home",
        str(home),
        "serve",
        "--port",
        str(endpoint.port),
    ]
    return stack.enter_context(
        _running(
            endpoint, command, POLICYTRACE_RATE="0", POLICYTRACE_PROXIES="1", POLICYTRACE_QUERY_SECONDS="10"
        )
    )


def _oxigraph(release: Release, work: Path, stack: ExitStack) -> Endpoint:
    binary = program("oxigraph")
    version = subprocess.run(
        [binary, "--version"], capture_output=True, text=True, check=True
    ).stdout.split()[-1]
    endpoint = Endpoint("Oxigraph server", free_port(), "/query", version)
    bind = f"127.0.0.1:{endpoint.port}"
    # Without its --timeout-s: it keeps a thread for each query until that time is over, and runs out of them.
    command = [binary, "serve-read-only", "--location", str(release.store_path), "--bind", bind]
    return stack.enter_context(_running(endpoint, command))


def _virtuoso(release: Release, work: Path, stack: ExitStack) -> Endpoint:
    folder = work / "virtuoso"
    endpoint, tell = _started_virtuoso(folder, stack)
    shutil.copy(_dump(release, work), folder / "data.nt")
    tell(f"ld_dir('{folder}', 'data.nt', '{DATA}'); rdf_loader_run(); checkpoint;")
    return endpoint


def published(release: Release, work: Path, stack: ExitStack) -> str:
    """The address of a Virtuoso that a release was published to, with all its graphs."""
    from policytrace.graph.remote.connect import connect
    from policytrace.graph.remote.publish import publish

    endpoint, tell = _started_virtuoso(work / "published", stack)
    tell('GRANT SPARQL_UPDATE TO "SPARQL";')
    address = f"http://127.0.0.1:{endpoint.port}{endpoint.path}"
    remote = connect(address, seconds=START)
    publish(release, remote.endpoint)
    remote.endpoint.close()
    tell("checkpoint;")
    return address


def _started_virtuoso(folder: Path, stack: ExitStack) -> tuple[Endpoint, Callable[[str], None]]:
    """A Virtuoso without data, and what tells it statements."""
    binary, isql = program("virtuoso-t"), program("isql-vt")
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    endpoint, sql_port = Endpoint("Virtuoso", free_port(), "/sparql", "7.2"), free_port()
    config = folder / "virtuoso.ini"
    config.write_text(
        VIRTUOSO.format(folder=folder, sql_port=sql_port, port=endpoint.port, graph=DATA), "utf-8"
    )
    stack.enter_context(_running(endpoint, [binary, "+foreground", "+configfile", str(config)]))

    def tell(statements: str) -> None:
        command = [isql, f"127.0.0.1:{sql_port}", "dba", "dba", f"exec={statements}"]
        subprocess.run(command, check=True, capture_output=True)

    return endpoint, tell


def _rdflib(release: Release, work: Path, stack: ExitStack) -> Endpoint:
    endpoint = Endpoint("rdflib-endpoint", free_port(), "/", "rdflib in memory")
    command = [program("rdflib-endpoint"), "serve", "--host", "127.0.0.1", "--port", str(endpoint.port)]
    return stack.enter_context(_running(endpoint, [*command, str(_dump(release, work))]))


def _dump(release: Release, work: Path) -> Path:
    path = work / f"{release.id}.nt"
    if not path.exists():
        work.mkdir(parents=True, exist_ok=True)
        release.open().dump(str(path), format=ox.RdfFormat.N_TRIPLES, from_graph=ox.DefaultGraph())
    return path


SERVERS: dict[str, Callable[[Release, Path, ExitStack], Endpoint]] = {
    "policytrace": _policytrace,
    "oxigraph": _oxigraph,
    "virtuoso": _virtuoso,
    "rdflib-endpoint": _rdflib,
}
"""Name to what starts the server; all hold the merged default graph of the release."""
