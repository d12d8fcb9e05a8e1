"""Runs the check of a workbook where it can be killed, and keeps nothing of it."""

import json
import os
import re
import signal
import subprocess
import sys
import tempfile
import threading
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from policytrace.graph.vocabulary.translation import in_seconds
from policytrace.server.execution.errors import (
    BusyError,
    EvaluationError,
    MemoryLimitError,
    StoppedError,
    TimeLimitError,
)
from policytrace.server.execution.worker_process import MALLOC, YIELDING
from policytrace.server.workbooks.worker import MARKED, RESULT

SECONDS = 60.0
"""Time limit of a check."""
MEMORY = 2048
"""Address space of a check, MiB."""
PATIENCE = 10.0
"""Seconds a check waits for the one before it."""
_ELSEWHERE = "Split the workbook, or check it on your own machine, without a limit: policytrace check."
_NAME = re.compile(r"[^\w.-]+")
_LETTERS = 80
_ABORTED = (-signal.SIGABRT, -signal.SIGSEGV, 1)
"""How a process ends that gets no more memory."""
_TURN = threading.Semaphore(1)


@dataclass(frozen=True)
class Result:
    """What was found, as ``Checked.as_dict`` has it, and the marked copy; empty where none can be made."""

    found: dict[str, Any]
    marked: bytes


def run(data: bytes, name: str, release: Path | None, *, seconds: float = SECONDS) -> Result:
    """Check a workbook.

    Args:
        data: the file.
        name: what it is called, for messages.
        release: folder of the release it stands beside.
        seconds: time limit.

    Raises:
        NoResultError: it was not checked; the sub-class says why.
    """
    if not _TURN.acquire(timeout=PATIENCE):
        raise BusyError("Another workbook is being checked.")
    try:
        with tempfile.TemporaryDirectory(prefix="policytrace-") as folder:
            return _run(data, safe(name), release, Path(folder), seconds)
    finally:
        _TURN.release()


def safe(name: str) -> str:
    """A name for a file, made from what a client calls it."""
    kept = _NAME.sub("-", name.replace("\\", "/").rpartition("/")[2]).strip(".-")
    return kept[-_LETTERS:].lstrip(".-") or "workbook.xlsx"


def _run(data: bytes, name: str, release: Path | None, folder: Path, seconds: float) -> Result:
    (folder / name).write_bytes(data)
    arguments = (str(MEMORY), name, str(release.absolute()) if release else "")
    process = subprocess.Popen(
        [sys.executable, "-m", "policytrace.server.workbooks.worker", *arguments],
        cwd=folder,
        env=os.environ | MALLOC | {"TMPDIR": str(folder)},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        with suppress(OSError):
            now = os.getpriority(os.PRIO_PROCESS, process.pid)
            os.setpriority(os.PRIO_PROCESS, process.pid, now + YIELDING)
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
    marked = folder / MARKED
    found = json.loads((folder / RESULT).read_text("utf-8"))
    return Result(found, marked.read_bytes() if marked.is_file() else b"")
