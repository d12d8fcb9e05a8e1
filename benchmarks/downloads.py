"""Measure the download of a dump beside nginx and beside reading the file, and the memory that takes.

    python benchmarks/downloads.py HOME --rounds 7 --json build/downloads.json

HOME holds a release with dumps. Clients are curl, which throw away what they get; all servers send the same
file, which the system has in memory after the first round. Debian's nginx sends it with sendfile.
"""

import argparse
import json
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from urllib.request import Request, urlopen

import psutil
from endpoints import SERVERS, Endpoint, free_port, program
from serving import table

from policytrace.graph.distribution import dumps
from policytrace.graph.releases.release import Release, Releases

MIB = 2**20
OURS, NGINX, CAT = "policytrace", "nginx", "cat"
CLIENTS = (1, 4, 8)
ASKED = 40
SETTLED = 8.0
"""Seconds in which a server has loaded all that it loads after its start."""
NGINX_CONFIG = """\
daemon off;
pid {work}/nginx.pid;
error_log {work}/nginx.log;
worker_processes 2;
events {{ worker_connections 64; }}
http {{
  access_log off;
  sendfile on;
  client_body_temp_path {work}/body;
  proxy_temp_path {work}/proxy;
  fastcgi_temp_path {work}/fastcgi;
  uwsgi_temp_path {work}/uwsgi;
  scgi_temp_path {work}/scgi;
  server {{ listen 127.0.0.1:{port}; root {root}; }}
}}
"""


def largest(release: Release) -> dumps.DumpFile:
    """The largest file of a release to download.

    Raises:
        SystemExit: it has none.
    """
    found = dumps.dump_files(release)
    if not found:
        sys.exit(f"{release.path} has no dumps. Write them: policytrace dump")
    return max(found, key=lambda one: one.bytes)


@contextmanager
def nginx(root: Path, work: Path) -> Iterator[int]:
    """The port of an nginx that serves a folder."""
    port = free_port()
    config = work / "nginx.conf"
    config.write_text(NGINX_CONFIG.format(work=work, root=root, port=port), "utf-8")
    with subprocess.Popen([program("nginx"), "-c", str(config), "-e", str(work / "nginx.log")]) as server:
        time.sleep(1)
        try:
            yield port
        finally:
            server.terminate()


def rate(commands: list[list[str]], size: int) -> float:
    """MiB a second of commands that run at the same time, each of which gives so many bytes.

    Raises:
        RuntimeError: one failed, or gave another number of bytes.
    """
    began = time.perf_counter()
    running = [subprocess.Popen(command, stdout=subprocess.PIPE) for command in commands]
    ended = [process.communicate()[0] for process in running]
    seconds = time.perf_counter() - began
    for process, told in zip(running, ended, strict=True):
        if process.returncode or int(told) != size:
            raise RuntimeError(f"{process.args!r} ended with {process.returncode}, {told.decode()} bytes")
    return len(commands) * size / MIB / seconds


def curl(address: str) -> list[str]:
    """A command that downloads, and tells how many bytes it got."""
    return ["curl", "-sf", "-o", "/dev/null", "-w", "%{size_download}", address]


def read(path: Path) -> list[str]:
    """A command that reads a file, and tells how many bytes it got."""
    return ["sh", "-c", f"cat '{path}' | wc -c"]


class Memory:
    """How much memory the processes of a server have for themselves, in MiB, and the most there was."""

    def __init__(self, endpoint: Endpoint) -> None:
        self._roots = [psutil.Process(number) for number in endpoint.processes]
        self.idle = self.most = self._now()
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._watch, daemon=True)

    def _now(self) -> float:
        every = [one for root in self._roots for one in (root, *root.children(recursive=True))]
        return sum(process.memory_full_info().uss for process in every) / MIB

    def _watch(self) -> None:
        while not self._ended.wait(0.1):
            self.most = max(self.most, self._now())

    @contextmanager
    def watched(self) -> Iterator[None]:
        """Looks ten times a second."""
        self._thread.start()
        yield
        self._ended.set()
        self._thread.join()


def opened(endpoint: Endpoint, target: str) -> None:
    """Ask so often for the headers of a file that every process of the server has opened the release."""
    for _ in range(ASKED):
        request = Request(f"http://127.0.0.1:{endpoint.port}{target}", method="HEAD")
        urlopen(request, timeout=60).close()


def measure(
    ways: dict[str, Callable[[], list[str]]], size: int, rounds: int
) -> dict[str, dict[str, list[float]]]:
    """MiB a second by number of clients, then by server, one number for each round."""
    found: dict[str, dict[str, list[float]]] = {}
    names = list(ways)
    for number in range(rounds):
        turn = number % len(names)
        for clients in CLIENTS:
            for name in names[turn:] + names[:turn]:
                got = rate([ways[name]() for _ in range(clients)], size)
                found.setdefault(f"{clients} at once", {}).setdefault(name, []).append(got)
        print(f"round {number + 1} of {rounds}", file=sys.stderr, flush=True)
    return found


def main() -> int:
    """Measure all on one file, in alternating rounds."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("home", type=Path, help="folder that holds a release with dumps")
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--json", type=Path, help="write the numbers here")
    chosen = parser.parse_args()
    release = Releases(chosen.home).current()
    if release is None:
        parser.error(f"there is no release in {chosen.home}")
    file = largest(release)
    path = dumps.folder(release) / file.name
    with tempfile.TemporaryDirectory(prefix="downloads-") as folder, ExitStack() as stack:
        work = Path(folder)
        ours = SERVERS[OURS](release, work, stack)
        port = stack.enter_context(nginx(path.parent, work))
        ways = {
            OURS: lambda: curl(f"http://127.0.0.1:{ours.port}/dumps/{release.id}/{file.name}"),
            NGINX: lambda: curl(f"http://127.0.0.1:{port}/{file.name}"),
            CAT: lambda: read(path),
        }
        opened(ours, f"/dumps/{release.id}/{file.name}")
        time.sleep(SETTLED)
        memory = Memory(ours)
        with memory.watched():
            found = measure(ways, path.stat().st_size, chosen.rounds)
    print(f"{file.name}, {path.stat().st_size / MIB:,.0f} MiB; MiB a second, median and ratio to ours\n")
    print(table(found, list(ways)))
    print(f"\nMemory of the server: {memory.idle:.0f} MiB idle, {memory.most:.0f} MiB at most.")
    if chosen.json:
        numbers = {"file": file.name, "bytes": path.stat().st_size, "rates": found}
        chosen.json.write_text(json.dumps(numbers | {"idle": memory.idle, "most": memory.most}), "utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
