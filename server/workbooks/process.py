"""Runs the check of a workbook where it can be killed, and keeps nothing of it.

Its folder is removed with the end of the check, by the checking process if the server process is killed, and
by a later check or start if both were killed at once: a folder in use is locked.
"""

import fcntl
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from policytrace.graph.vocabulary.translation import in_seconds
from policytrace.server.execution.confinement import step_back
from policytrace.server.execution.errors import (
    BusyError,
    EvaluationError,
    MemoryLimitError,
    StoppedError,
    TimeLimitError,
)
from policytrace.server.execution.worker_process import MALLOC
from policytrace.server.limits.rate import ClientSlots
from policytrace.server.workbooks.worker import MARKED, RESULT

SECONDS = 60.0
"""Time limit of a check."""
MEMORY = 2048
"""Address space of a check, MiB."""
AT_ONCE, WAITING = 2, 16
"""Checks that run at once in a server process, and those that run or wait: of one client one."""
PATIENCE = 20.0
"""Seconds a check waits for those before it."""
FOLDER = "policytrace-check-"
"""How the name of the folder of a check begins."""
FRESH = 60.0
"""Seconds for which a folder is taken to be in use, locked or not yet."""
READ = 64 * 2**20
"""Bytes of a result, or of a marked copy, that are read at most."""
_ELSEWHERE = "Split the workbook, or check it on your own machine, without a limit: policytrace check."
_NAME = re.compile(r"[^\w.-]+")
_LETTERS = 80
_ABORTED = (-signal.SIGABRT, -signal.SIGSEGV, 1)
"""How a process ends that gets no more memory."""
_TURNS = threading.Semaphore(AT_ONCE)
_CLIENTS = ClientSlots(1, WAITING)


class OneAtATimeError(Exception):
    """The client has a workbook that is being checked, or waits."""


@dataclass(frozen=True)
class Result:
    """What was found, as ``Checked.as_dict`` has it, and the marked copy; empty where none can be made."""

    found: dict[str, Any]
    marked: bytes


def run(
    data: bytes, name: str, release: Path | None, client: str = "", *, seconds: float = SECONDS
) -> Result:
    """Check a workbook.

    Args:
        data: the file.
        name: what it is called, for messages.
        release: folder of the release it stands beside.
        client: who sent it.
        seconds: time limit.

    Raises:
        OneAtATimeError: another workbook of the client is being checked.
        NoResultError: it was not checked; the sub-class says why.
    """
    taken = _CLIENTS.take(client)
    if taken is False:
        raise OneAtATimeError("Of one client one workbook is checked at a time.")
    if taken is None:
        raise BusyError("Many workbooks are waiting to be checked.")
    try:
        if not _TURNS.acquire(timeout=PATIENCE):
            raise BusyError("Other workbooks are being checked.")
        try:
            with _folder() as folder:
                return _run(data, safe(name), release, folder, seconds)
        finally:
            _TURNS.release()
    finally:
        _CLIENTS.give(client)


@contextmanager
def _folder() -> Iterator[Path]:
    """A folder that is locked for as long as it is used, and then removed."""
    sweep()
    folder = Path(tempfile.mkdtemp(prefix=FOLDER))
    lock = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield folder
    finally:
        os.close(lock)
        shutil.rmtree(folder, ignore_errors=True)


def sweep() -> None:
    """Removes the folders of checks that were killed together with their server process."""
    for folder in Path(tempfile.gettempdir()).glob(f"{FOLDER}*"):
        with suppress(OSError):
            if time.time() - folder.stat().st_mtime < FRESH:
                continue
            lock = os.open(folder, os.O_RDONLY | os.O_NOFOLLOW)
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                shutil.rmtree(folder, ignore_errors=True)
            finally:
                os.close(lock)


def safe(name: str) -> str:
    """A name for a file, made from what a client calls it."""
    kept = _NAME.sub("-", name.replace("\\", "/").rpartition("/")[2]).strip(".-")
    return kept[-_LETTERS:].lstrip(".-") or "workbook.xlsx"


def _run(data: bytes, name: str, release: Path | None, folder: Path, seconds: float) -> Result:
    (folder / name).write_bytes(data)
    arguments = (str(MEMORY), str(os.getpid()), name, str(release.absolute()) if release else "")
    process = subprocess.Popen(
        [sys.executable, "-m", "policytrace.server.workbooks.worker", *arguments],
        cwd=folder,
        env=os.environ | MALLOC | {"TMPDIR": str(folder)},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        step_back(process.pid)
        code = process.wait(seconds)
    except subprocess.TimeoutExpired:
        raise TimeLimitError(
            f"The check took longer than {in_seconds(seconds)} and was stopped. {_ELSEWHERE}"
        ) from None
    finally:
        process.kill()
        process.wait()
    if code in _ABORTED:
        raise MemoryLimitError(
            f"The check reached its memory limit of {MEMORY} MiB and was stopped. {_ELSEWHERE}"
        )
    if code < 0:
        raise StoppedError("The check was ended from outside. Try again.")
    if code:
        raise EvaluationError("The check failed.")
    found = _read(folder / RESULT)
    if not found:
        raise MemoryLimitError(f"More was found in the workbook than can be shown. {_ELSEWHERE}")
    return Result(json.loads(found), _read(folder / MARKED))


def _read(file: Path) -> bytes:
    """What a check left; nothing where it left nothing, or too much."""
    return file.read_bytes() if file.is_file() and file.stat().st_size <= READ else b""
