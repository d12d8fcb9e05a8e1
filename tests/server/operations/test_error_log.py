"""The error log: one line of JSON for each failure, none that a client chose."""

import json
import logging
import subprocess
import sys
from io import StringIO
from pathlib import Path

from policytrace.server import create_app
from policytrace.server.operations.error_log import LONGEST, JsonLines
from policytrace.server.operations.settings import Settings

FORGED = "a b%0a[2026-01-01 00:00:00] FAKE%0d%0a%e2%80%a8%1b[31mred"
"""Line ends of three kinds, and what colours a terminal."""


def test_a_path_with_line_ends_writes_one_line(sample_home: Path) -> None:
    app = create_app(Settings(home=sample_home, site="http://site.example/", query_processes=1, rate=0))

    def broken(said: str) -> str:
        raise ValueError(said)

    app.add_url_rule("/broken/<said>", view_func=broken)
    written = StringIO()
    handler = logging.StreamHandler(written)
    handler.setFormatter(JsonLines())
    app.logger.addHandler(handler)
    try:
        answer = app.test_client().get(f"/broken/{FORGED}")
    finally:
        app.logger.removeHandler(handler)
        app.extensions["policytrace"].pool.close()
    assert answer.status_code == 500
    assert "Traceback" not in answer.text
    (line,) = written.getvalue().splitlines()
    assert line.isascii()
    assert line.isprintable()
    said = json.loads(line)
    assert said["level"] == "error"
    assert "[2026-01-01 00:00:00] FAKE" in said["message"]
    assert "in broken" in said["traceback"]


def test_what_would_end_a_thread_or_the_process_is_a_line_too() -> None:
    program = """
import logging, threading, warnings
from policytrace.server.operations import error_log
error_log.install()
thread = threading.Thread(target=lambda: int("in a\\nthread"))
thread.start()
thread.join()
warnings.warn("of\\na module")
logging.error("too few %s %s", "of\\nthem")
raise ValueError("at\\nthe end")
"""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    assert done.returncode == 1
    first, warned, last = (json.loads(line) for line in done.stderr.splitlines())
    assert "in a\\nthread" in first["traceback"]
    assert "of\na module" in warned["message"]
    assert last["traceback"].endswith("ValueError: at\nthe end")


def test_a_long_message_is_cut() -> None:
    record = logging.makeLogRecord({"msg": "x" * 1_000_000, "levelname": "ERROR"})
    assert len(json.loads(JsonLines().format(record))["message"]) == LONGEST
