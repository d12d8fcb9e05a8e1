"""Processes of a running server that are killed or hang: the service comes back, nothing is left behind."""

import http.client
import io
import json
import random
import shutil
import signal
import socket
import sys
import threading
import urllib.error
import urllib.request
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from urllib.parse import quote

import psutil
import pytest
from openpyxl import Workbook
from servers import Server
from thorough import share
from waiting import PATIENCE, eventually

from policytrace.graph.releases.release import Releases
from policytrace.server import create_app
from policytrace.server.operations.settings import Settings

ENDLESS = quote("SELECT (COUNT(*) AS ?n) { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i }")
BROKEN = 0
"""Stands for a connection that was broken."""
ANSWERED = {200, BROKEN, 429, 503, 504}
"""What clients may see of a kill: their connection broken, or that a limit or the kill stopped them."""
LINUX = pytest.mark.skipif(sys.platform != "linux", reason="Linux ends processes with their parent")


def _ask(server: Server, path: str, data: bytes | None = None, kind: str = "") -> int:
    request = urllib.request.Request(server.address + path, data, {"Content-Type": kind} if data else {})
    try:
        with urllib.request.urlopen(request, timeout=PATIENCE) as answer:
            answer.read()
            return int(answer.status)
    except urllib.error.HTTPError as error:
        error.close()
        return error.code
    except (OSError, http.client.HTTPException):
        return BROKEN


def _workers(server: Server) -> list[psutil.Process]:
    return psutil.Process(server.process.pid).children()


def _below(processes: list[psutil.Process]) -> list[psutil.Process]:
    """What server processes started: query processes and checks."""
    found = []
    for one in processes:
        try:
            found += one.children()
        except psutil.NoSuchProcess:
            continue
    return found


def _is_free(port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True


def _endless(server: Server) -> Callable[[], int]:
    """Begins a query without end in the background, and waits until it runs; what its client gets."""
    got: list[int] = []
    asking = threading.Thread(target=lambda: got.append(_ask(server, f"/sparql?query={ENDLESS}")))
    asking.start()
    usual = psutil.Process(server.process.pid).nice()
    eventually(lambda: any(one.nice() > usual for one in server.processes()), "a query that stepped back")

    def status() -> int:
        asking.join(PATIENCE)
        return got[0]

    return status


@LINUX
def test_when_the_main_process_is_killed_all_end_and_the_port_is_free(
    serve: Callable[..., Server], sample_home: Path
) -> None:
    server = serve(sample_home, workers="2", query_seconds="600")
    ended = _endless(server)
    processes = server.processes()
    assert len(processes) >= 4
    processes[1].send_signal(signal.SIGSTOP)
    server.process.kill()
    server.stop()
    _, alive = psutil.wait_procs(processes[1:], timeout=PATIENCE)
    assert not alive
    assert ended() == BROKEN
    assert _is_free(server.port)
    serve(sample_home, workers="1", port=str(server.port))


@LINUX
def test_a_server_process_that_hangs_is_replaced(serve: Callable[..., Server], sample_home: Path) -> None:
    # A machine at work may start a process slowly, which is then taken for one that hangs, and replaced too.
    server = serve(sample_home, workers="2", hang_seconds="5")
    hanging = _workers(server)[0]
    hanging.send_signal(signal.SIGSTOP)
    eventually(lambda: hanging not in _workers(server) and len(_workers(server)) == 2, "another process")
    eventually(lambda: {_ask(server, "/health") for _ in range(20)} == {200}, "answers by all processes")
    lines = [json.loads(line) for line in server.printed().splitlines() if line.startswith("{")]
    assert any(f"{hanging.pid} gave no sign of life" in line["message"] for line in lines)


def test_a_process_that_is_killed_again_and_again_does_not_end_the_service(
    serve: Callable[..., Server], sample_home: Path
) -> None:
    server = serve(sample_home, workers="1")
    for _ in range(share(20, 4)):
        victim = eventually(lambda: _workers(server), "a server process")[0]
        victim.kill()
        victim.wait(PATIENCE)
    eventually(lambda: _ask(server, "/health") == 200, "an answer")
    assert server.process.poll() is None


def test_requests_are_answered_while_the_server_stops(
    serve: Callable[..., Server], sample_home: Path
) -> None:
    server = serve(sample_home, workers="1", query_seconds="4", drain_seconds=str(PATIENCE))
    status = _endless(server)
    processes = server.processes()
    server.stop()
    assert status() == 504
    assert server.process.returncode == 0
    assert not psutil.wait_procs(processes, timeout=PATIENCE)[1]


def test_a_request_without_end_is_broken_when_the_time_for_stopping_is_over(
    serve: Callable[..., Server], sample_home: Path
) -> None:
    server = serve(sample_home, workers="1", query_seconds="600", drain_seconds="0.5")
    status = _endless(server)
    processes = server.processes()
    server.stop()
    assert status() == BROKEN
    assert not psutil.wait_procs(processes, timeout=PATIENCE)[1]


def _workbook() -> bytes:
    book, output = Workbook(), io.BytesIO()
    for row in range(2000):
        book.worksheets[0].append([f"cell {row} {column}" for column in range(20)])
    book.save(output)
    return output.getvalue()


def test_kills_under_requests_are_survived(serve: Callable[..., Server], sample_home: Path) -> None:
    server = serve(sample_home, workers="2", query_seconds="3", rate="0")
    chance, stop = random.Random(14), threading.Event()  # noqa: S311
    seen, workbook = Counter[int](), _workbook()

    def load(number: int) -> None:
        turn = 0
        while not stop.is_set():
            turn += 1
            path = (
                f"/sparql?query={quote('SELECT * { ?s ?p ?o } LIMIT 9')}%23{number}.{turn}",
                f"/sparql?query={ENDLESS}%23{number}.{turn}",
                f"/search?q=re&n={number}.{turn}",
                "/check",
            )[(turn + number) % 4]
            kind = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
            seen[_ask(server, path, workbook if path == "/check" else None, kind)] += 1

    threads = [threading.Thread(target=load, args=(number,)) for number in range(6)]
    for thread in threads:
        thread.start()
    kills = share(100, 12)
    while kills:
        workers = eventually(lambda: _workers(server), "server processes")
        victims = workers if kills % 4 == 0 else _below(workers)
        before = seen.total()
        if victims:
            chance.choice(victims).send_signal(chance.choice((signal.SIGKILL, signal.SIGTERM)))
            kills -= 1
        eventually(lambda seen_before=before: seen.total() > seen_before, "an answer after a kill")  # type: ignore[misc]
    stop.set()
    for thread in threads:
        thread.join(PATIENCE)
    assert set(seen) <= ANSWERED, seen
    assert seen[200]
    eventually(lambda: len(_workers(server)) == 2, "all server processes")
    eventually(lambda: _ask(server, "/ready") == 200, "an answer")
    assert "Traceback" not in "\n".join(
        line for line in server.printed().splitlines() if not line.startswith("{")
    )
    processes = server.processes()
    server.stop()
    assert not psutil.wait_procs(processes, timeout=PATIENCE)[1]
    assert _is_free(server.port)


def test_a_server_lives_without_a_release_and_is_not_ready(tmp_path: Path) -> None:
    app = create_app(Settings(home=tmp_path, query_processes=1))
    client = app.test_client()
    assert client.get("/health").get_json() == {"status": "ok", "release": None}
    answer = client.get("/ready")
    assert (answer.status_code, answer.get_json()["title"]) == (503, "No release")
    assert answer.headers["Retry-After"]


def test_a_server_whose_queries_are_not_answered_lives_and_is_not_ready(
    sample_home: Path, tmp_path: Path
) -> None:
    current = Releases(sample_home).current()
    assert current is not None
    there = tmp_path / "releases" / current.id
    shutil.copytree(current.path, there)
    app = create_app(Settings(home=tmp_path, query_processes=1))
    client = app.test_client()
    assert client.get("/health").get_json()["release"] == current.id
    (there / "store").rename(tmp_path / "away")
    answer = client.get("/ready")
    assert (answer.status_code, answer.get_json()["title"]) == (503, "Not ready")
    assert answer.headers["Cache-Control"] == "no-store"
    assert client.get("/health").status_code == 200
    (tmp_path / "away").rename(there / "store")
    eventually(lambda: client.get("/ready").status_code == 200, "a query that is answered")
    app.extensions["policytrace"].pool.close()
