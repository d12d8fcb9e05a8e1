"""The error log: each failure is one line of JSON on standard error, whatever a request says.

Everything that came from outside, such as a path or the message of an exception, stands inside the JSON, in
ASCII with escapes (RFC 8259, section 7): no line is of a client's choosing.
"""

import json
import logging
import sys
import threading
from datetime import UTC, datetime
from types import TracebackType
from typing import TextIO

LONGEST = 2000
"""Characters of a message that are kept."""
TRACEBACK = 20_000
"""Characters of a traceback that are kept, its last ones."""


class JsonLines(logging.Formatter):
    """Writes a record as one line."""

    def format(self, record: logging.LogRecord) -> str:
        """The line of a record, without its end."""
        line: dict[str, object] = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "from": record.name,
            "message": record.getMessage()[:LONGEST],
        }
        if record.exc_info:
            line["traceback"] = self.formatException(record.exc_info)[-TRACEBACK:]
        return json.dumps(line)


def install(stream: TextIO = sys.stderr) -> None:
    """Has this process log so, also what would end a thread or the process itself."""
    handler = logging.StreamHandler(stream)
    handler.setFormatter(JsonLines())
    logging.basicConfig(handlers=[handler], level=logging.WARNING, force=True)
    logging.captureWarnings(True)
    logging.raiseExceptions = False  # what it prints instead is no line of JSON
    sys.excepthook = _fatal
    threading.excepthook = lambda failed: _log(failed.exc_type, failed.exc_value, failed.exc_traceback)
    sys.unraisablehook = lambda failed: _log(failed.exc_type, failed.exc_value, failed.exc_traceback)


def _fatal(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
    if not issubclass(kind, KeyboardInterrupt):
        _log(kind, error, trace)


def _log(kind: type[BaseException], error: BaseException | None, trace: TracebackType | None) -> None:
    logging.getLogger(__name__).error("Not caught", exc_info=(kind, error or kind(), trace))
