"""A server under mixed traffic for long: its memory, files, threads and what it leaves on disk stay flat."""

import http.client
import itertools
import shutil
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import closing, suppress
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

import psutil
import pytest
from folders import SMALL
from servers import Server
from thorough import THOROUGH, share
from waiting import PATIENCE
from workbooks import filled

from policytrace.server.http.negotiation import XLSX

SECONDS = share(3600, 60)
"""How long the traffic lasts."""
REBUILD = share(120, 20)
"""Seconds between two builds."""
LOOK = share(10, 2)
"""Seconds between two looks at the processes."""
FLAT = 1.1 if THOROUGH else 1.5
"""By how much the memory of all processes may be higher at the end than after a third of the time."""
NOISE = 150 * 2**20
"""Bytes by which it may, as processes of queries and checks come and go."""
CLIENTS = 6


@dataclass
class Look:
    """What the processes of a server hold at one time."""

    memory: int = 0
    files: int = 0
    threads: int = 0
    folders: int = 0


def _look(server: Server, temporary: Path) -> Look:
    """All server processes; those of queries and checks, which come and go, count with their memory alone."""
    look = Look(folders=len([*temporary.iterdir()]))
    for one in server.processes():
        with suppress(psutil.NoSuchProcess), one.oneshot():
            look.memory += one.memory_info().rss
            if "worker" not in " ".join(one.cmdline()[2:4]):
                look.files += one.num_fds()
                look.threads += one.num_threads()
    return look


def _requests(number: int) -> Iterator[tuple[str, str, dict[str, str]]]:
    """Method, path and headers of the requests of one client, ever different ones."""
    page = {"Accept": "text/html"}
    for turn in itertools.count():
        n = turn * CLIENTS + number
        yield "GET", "/", page
        yield "GET", f"/search?q=energy {n}".replace(" ", "+"), page
        yield "GET", f"/doc/practice/gp-{'x' * (n % 1500)}", page
        yield "GET", f"/sparql?query={quote(f'SELECT * {{ ?s ?p ?o }} LIMIT {n % 500 + 1} # {n}')}", {}
        yield "GET", f"/sparql?format=csv-safe&query={quote(f'SELECT ?s {{ ?s a ?t }} LIMIT 50 # {n}')}", {}
        yield "GET", f"/sparql?format=xlsx&query={quote(f'SELECT ?s {{ ?s a ?t }} LIMIT 50 # {n}')}", {}
        yield "GET", f"/sparql?query={quote(f'SELECT * {{ ?s ?p ?o }} LIMIT 100 # {n}')}", page
        yield "GET", "/ns", {"Accept": f"text/turtle, a/{n}"}
        yield "GET", f"/paths?from=practice/gp-house&max_hops={n % 12 + 1}", page
        yield "GET", f"/paths?from=ergonomc+{n}", page
        yield "GET", "/api/indicators", {}
        yield "GET", f"/browse/practice?theme={n}", page
        yield "GET", f"/doc/practice/gp-house?{n}", page
        yield "GET", "/metrics", {}


@pytest.fixture(scope="module")
def workbook(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    return filled(tmp_path_factory.mktemp("workbook") / "a.xlsx", SMALL, "alpha")


def test_nothing_grows_under_mixed_traffic(tmp_path: Path, workbook: bytes) -> None:
    home, temporary, data = tmp_path / "home", tmp_path / "temporary", tmp_path / "data"
    temporary.mkdir()
    shutil.copytree(SMALL, data)
    _build(home, data, 0)
    inside = ("env", f"TMPDIR={temporary}")
    server = Server(home, inside=inside, workers="2", query_processes="2", rate="0", cache="16")
    server.wait()
    over, failed, looks = threading.Event(), list[object](), list[Look]()

    def ask(number: int) -> None:
        with closing(http.client.HTTPConnection("127.0.0.1", server.port, timeout=PATIENCE)) as client:
            for method, path, headers in _requests(number):
                if over.is_set():
                    return
                try:
                    client.request(method, path, headers=headers)
                    answer = client.getresponse()
                    body = answer.read()
                except (OSError, http.client.HTTPException) as error:
                    failed.append((path, error))
                    return
                if answer.status >= 500:
                    failed.append((path, answer.status, body[:300]))

    def check() -> None:
        while not over.is_set():
            with closing(http.client.HTTPConnection("127.0.0.1", server.port, timeout=PATIENCE)) as client:
                client.request("POST", "/check?format=json", workbook, {"Content-Type": XLSX.media_type})
                answer = client.getresponse()
                body = answer.read()
                if answer.status >= 500:
                    failed.append(("/check", answer.status, body[:300]))
            over.wait(LOOK)

    def rebuild() -> None:
        for number in itertools.count(1):
            if over.wait(REBUILD):
                return
            _build(home, data, number)

    work = [threading.Thread(target=ask, args=(number,)) for number in range(CLIENTS)]
    work += [threading.Thread(target=one) for one in (check, rebuild)]
    for one in work:
        one.start()
    end = time.monotonic() + SECONDS
    while time.monotonic() < end and not failed:
        over.wait(LOOK)
        looks.append(_look(server, temporary))
    over.set()
    for one in work:
        one.join()
    printed = server.stop()
    assert not failed, failed[:5]
    assert "Traceback" not in printed
    third = len(looks) // 3
    begun, last = looks[third : 2 * third], looks[2 * third :]
    for name, more in (("memory", NOISE), ("files", 40), ("threads", 40), ("folders", 2)):
        early, late = (max(getattr(look, name) for look in some) for some in (begun, last))
        assert late <= FLAT * early + more, (name, early, late)


def _build(home: Path, data: Path, number: int) -> None:
    """Publishes a release that differs from the one before."""
    path = data / "alpha" / "measures.csv"
    text = (SMALL / "alpha" / "measures.csv").read_text("utf-8")
    path.write_text(text.replace("Welcome desk", f"Desk {number}"), "utf-8")
    command = [sys.executable, "-m", "policytrace", "--home", str(home), "build", "--keep", "2", str(data)]
    subprocess.run(command, check=True, capture_output=True)
