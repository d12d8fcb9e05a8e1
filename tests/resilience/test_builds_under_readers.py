"""Releases come and go while many read: no request fails by that, and nothing of what went stays open."""

import http.client
import shutil
import subprocess
import sys
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import closing, suppress
from itertools import cycle
from pathlib import Path

import pytest
from folders import SMALL
from servers import Server
from thorough import share
from waiting import PATIENCE, eventually

READERS = 20
BUILDS = share(30, 3)
ADDRESSES = (
    "",
    "id/measure/me-desk",
    "doc/measure/me-desk",
    "doc/transfer/tr-desk.ttl",
    "sparql?query=SELECT%28COUNT%28%2A%29AS%3Fn%29%7B%3Fs%20%3Fp%20%3Fo%7D",
    "sparql?release={id}&query=ASK%7B%3Fs%20%3Fp%20%3Fo%7D",
    "doc/measure/me-desk?release={id}",
    "api/paths?from=practice/gp-house&to=measure/me-desk",
    "search?q=desk",
    "browse/measure?release={id}",
    "dumps",
    "dumps/{id}",
    "dumps/{id}/policytrace.nt.gz",
    "dumps/latest/policytrace.nt.gz",
    "releases",
    "releases/{id}",
    "catalog.ttl",
    "void.ttl",
    "ldes",
    "gaps",
    "analysis/brokers",
    "croissant/policytrace.json",
    "health",
)
"""Addresses that are read; ``{id}``: of the release that answered last."""
RELEASE = "X-PolicyTrace-Release"


def _build(home: Path, tables: Path, number: int) -> None:
    path = tables / "alpha" / "measures.csv"
    whole = (SMALL / "alpha" / "measures.csv").read_text("utf-8")
    path.write_text(whole.replace("Welcome desk", f"Welcome desk {number}"), "utf-8")
    command = [sys.executable, "-m", "policytrace", "--home", str(home), "build", "--keep", "1", str(tables)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=600, check=False)
    assert done.returncode == 0, done.stderr


@pytest.fixture
def tables(tmp_path: Path) -> Path:
    """A copy of small tables."""
    return Path(shutil.copytree(SMALL, tmp_path / "tables"))


class _Reader(threading.Thread):
    """Reads one address after the other until it is told to end.

    Attributes:
        found: how often each address had each status.
    """

    def __init__(self, server: Server, end: threading.Event, start: int) -> None:
        super().__init__()
        self._server, self._end, self._start = server, end, start
        self.found = Counter[tuple[str, int]]()

    def run(self) -> None:
        """Reads."""
        newest = ""
        for address in cycle((*ADDRESSES[self._start :], *ADDRESSES[: self._start])):
            if self._end.is_set():
                return
            try:
                with closing(
                    http.client.HTTPConnection("127.0.0.1", self._server.port, timeout=PATIENCE)
                ) as connection:
                    accept = "text/html" if "." not in address else "*/*"
                    connection.request("GET", "/" + address.format(id=newest), headers={"Accept": accept})
                    answer = connection.getresponse()
                    answer.read()
                    newest = answer.getheader(RELEASE) or newest
                    self.found[address, answer.status] += 1
            except (OSError, http.client.HTTPException):
                self.found[address, 0] += 1


def _removed_and_open(server: Server) -> list[str]:
    """The files of releases that were removed and are still open or mapped, by process."""
    return [
        f"{process.pid}: {name}"
        for process in server.processes()
        for name in _opened(Path("/proc") / str(process.pid))
        if (name.endswith("(deleted)") and "/releases/" in name) or "/staging-" in name
    ]


def _opened(process: Path) -> Iterator[str]:
    with suppress(FileNotFoundError, ProcessLookupError):
        for path in (process / "fd").iterdir():
            with suppress(FileNotFoundError):
                yield str(path.readlink())
        for line in (process / "maps").read_text().splitlines():
            yield line.partition("/")[2]


def test_builds_and_prunes_disturb_no_reader(
    tmp_path: Path, tables: Path, serve: Callable[..., Server]
) -> None:
    home = tmp_path / "home"
    _build(home, tables, 0)
    server = serve(home, workers="2", rate="0", waiting="64", query_processes="4")
    end = threading.Event()
    readers = [_Reader(server, end, number % len(ADDRESSES)) for number in range(READERS)]
    for reader in readers:
        reader.start()
    try:
        for number in range(1, BUILDS + 1):
            _build(home, tables, number)
    finally:
        end.set()
        for reader in readers:
            reader.join()
    found: Counter[tuple[str, int]] = sum((reader.found for reader in readers), Counter())
    assert {address for address, _ in found} == set(ADDRESSES)
    bad = {key: count for key, count in found.items() if not 200 <= key[1] < 500}
    assert not bad, bad
    missing = {
        key: count for key, count in found.items() if key[0].startswith("dumps/latest") and key[1] != 302
    }
    assert not missing, missing
    if Path("/proc/self/maps").exists():
        eventually(lambda: not _removed_and_open(server), "removed files closed")
