"""The report of each release, stored beside the releases."""

import contextlib
import json
import os
import subprocess
import sys
import threading
import time
from pathlib import Path

from policytrace.server.conformance import descriptions, discovery, documents
from policytrace.server.conformance.report import ConformanceReport
from policytrace.server.operations.counters import FILE as COUNTERS
from policytrace.server.operations.settings import Settings

FOLDER = "conformance"
STALE = 900
"""Seconds after which checks that were begun and left no report may be begun again."""
CHECKS = (*documents.CHECKS, *descriptions.CHECKS, *discovery.CHECKS)
"""All checks, in their order."""


def _path(home: Path, release: str) -> Path:
    return home / FOLDER / f"{release}.json"


def _running(home: Path, release: str) -> Path:
    return home / FOLDER / f"{release}.running"


def read(home: Path, release: str) -> ConformanceReport | None:
    """The report of a release; None where it was not checked yet."""
    try:
        return ConformanceReport.of(json.loads(_path(home, release).read_text("utf-8")))
    except (FileNotFoundError, ValueError, KeyError, TypeError):
        return None


def write(home: Path, report: ConformanceReport) -> None:
    """Store a report, whole or not at all."""
    path = _path(home, report.release)
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_suffix(f".{os.getpid()}.part")
    part.write_text(json.dumps(report.as_dict(), indent=1) + "\n", "utf-8")
    part.replace(path)


def begin(settings: Settings, release: str) -> bool:
    """Begin the checks of a release in a process of its own, unless they are under way; whether they are."""
    running = _running(settings.home, release)
    try:
        running.parent.mkdir(parents=True, exist_ok=True)
        with contextlib.suppress(FileNotFoundError):
            if time.time() - running.stat().st_mtime > STALE:
                running.unlink()
        running.touch(exist_ok=False)
    except FileExistsError:
        return True
    except OSError:
        return False
    command = [sys.executable, "-m", "policytrace", "--home", str(settings.home), "conformance"]
    silent = subprocess.DEVNULL
    environment = {**os.environ, **settings.environment()}
    environment.pop(COUNTERS, None)
    child = subprocess.Popen(command, env=environment, stdin=silent, stdout=silent, stderr=silent)
    threading.Thread(target=child.wait, daemon=True).start()
    return True


def finish(home: Path, report: ConformanceReport) -> None:
    """Store the report of checks, which are no longer under way then."""
    if report.release:
        with contextlib.suppress(OSError):
            write(home, report)
    _running(home, report.release).unlink(missing_ok=True)
