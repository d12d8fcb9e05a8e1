"""Checks of workbooks: one of a client at a time, and nothing of them is left, whatever is killed."""

import os
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing, suppress
from http.client import HTTPConnection, HTTPException
from pathlib import Path

import psutil
import pytest
from folders import SAMPLE
from servers import Server
from waiting import PATIENCE, eventually
from workbooks import filled

from policytrace.server.http.negotiation import XLSX
from policytrace.server.workbooks import process
from policytrace.server.workbooks.process import FOLDER, FRESH, OneAtATimeError, sweep


@pytest.fixture(scope="module")
def workbook(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """The rows of a project, whose check takes a while."""
    return filled(tmp_path_factory.mktemp("workbook") / "a.xlsx", SAMPLE, "upgradesme")


@pytest.fixture
def temporary(tmp_path: Path) -> Path:
    """The folder of temporary files of a server."""
    folder = tmp_path / "temporary"
    folder.mkdir()
    return folder


@pytest.fixture
def server(sample_home: Path, temporary: Path) -> Iterator[Server]:
    inside = ("env", f"TMPDIR={temporary}")
    started = Server(sample_home, inside=inside, workers="1", proxies="1", query_processes="4")
    started.wait()
    yield started
    started.stop()


def _check(server: Server, workbook: bytes, client: str) -> tuple[int, str | None]:
    with closing(HTTPConnection("127.0.0.1", server.port, timeout=2 * PATIENCE)) as connection:
        headers = {"Content-Type": XLSX.media_type, "X-Forwarded-For": client, "Accept": "application/json"}
        connection.request("POST", "/check", workbook, headers)
        answer = connection.getresponse()
        answer.read()
        return answer.status, answer.headers["Retry-After"]


def _folders(temporary: Path) -> list[Path]:
    return [*temporary.glob(f"{FOLDER}*")]


def _started(temporary: Path) -> bool:
    return any(any(folder.iterdir()) for folder in _folders(temporary))


def _checking(server: Server) -> list[psutil.Process]:
    """The processes that check workbooks."""
    found = []
    for one in server.processes():
        with suppress(psutil.NoSuchProcess):
            found += [one] if "policytrace.server.workbooks.worker" in one.cmdline() else []
    return found


def _background(work: Callable[[], object]) -> threading.Thread:
    thread = threading.Thread(target=work)
    thread.start()
    return thread


def test_one_client_leaves_the_turns_to_others(server: Server, workbook: bytes, temporary: Path) -> None:
    answers: list[tuple[int, str | None]] = []
    first = _background(lambda: answers.append(_check(server, workbook, "192.0.2.1")))
    eventually(lambda: _started(temporary), "the folder of a check")
    (checking,) = eventually(lambda: _checking(server), "the process of the check")
    checking.suspend()
    try:
        assert _check(server, workbook, "192.0.2.1") == (429, "10")
        assert _check(server, workbook, "192.0.2.2")[0] == 200
    finally:
        checking.resume()
    first.join()
    assert answers[0][0] in (200, 504)
    assert _check(server, workbook, "192.0.2.1")[0] == 200
    eventually(lambda: not _folders(temporary), "no folder")


def test_a_client_has_one_workbook_here(workbook: bytes) -> None:
    held = _background(lambda: process.run(workbook, "a.xlsx", None, "one"))
    try:
        eventually(lambda: process._CLIENTS._held["one"], "a workbook of the client")
        with pytest.raises(OneAtATimeError):
            process.run(workbook, "a.xlsx", None, "one")
    finally:
        held.join()
    assert process.run(b"no workbook", "a.xlsx", None, "one").found["ready"] is False


def test_nothing_is_left_when_the_server_process_is_killed(
    server: Server, workbook: bytes, temporary: Path
) -> None:
    def ask() -> None:
        with pytest.raises((OSError, HTTPException)):
            _check(server, workbook, "192.0.2.1")

    asking = _background(ask)
    eventually(lambda: _started(temporary), "the folder of a check")
    (checking,) = eventually(lambda: _checking(server), "the process of the check")
    worker = checking.parent()
    assert worker is not None
    worker.kill()
    asking.join()
    eventually(lambda: not _folders(temporary), "no folder of a check")


def test_what_was_killed_altogether_is_removed_later(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    old, new, other = (tmp_path / name for name in (f"{FOLDER}old", f"{FOLDER}new", "policytrace-other"))
    for folder in (old, new, other):
        folder.mkdir()
        (folder / "a.xlsx").write_bytes(b"x")
    then = time.time() - 2 * FRESH
    for folder in (old, other):
        os.utime(folder, (then, then))
    with process._folder() as used:
        os.utime(used, (then, then))
        sweep()
        assert {*tmp_path.iterdir()} == {new, other, used}
    assert {*tmp_path.iterdir()} == {new, other}
