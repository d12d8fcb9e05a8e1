"""The access log: one line of JSON for each request, without anything that says who asked.

Query strings and bodies are left out, as they may hold names that were searched for; a query is known by its
hash.
"""

import hashlib
import json
import os
from collections.abc import Mapping
from contextlib import suppress
from datetime import UTC, datetime
from typing import Any

from flask import request

FACTS = "policytrace.facts"
"""Where the WSGI environment of a request holds what the application notes for the log."""

LIMITS = {413: "size", 422: "result", 429: "rate", 503: "busy", 504: "time", 507: "memory"}
"""Status to the limit it means, unless the application notes another."""


def facts() -> dict[str, Any]:
    """What the log will say of the request being answered, to be added to until its body ends.

    ``query`` is the hash of its query, ``rows`` how many rows were sent, ``limit`` the limit that was hit.
    """
    found: dict[str, Any] = request.environ.setdefault(FACTS, {})
    return found


def digest(query: str) -> str:
    """The hash by which the log knows a query."""
    return hashlib.blake2b(query.encode("utf-8", "surrogatepass"), digest_size=8).hexdigest()


class AccessLog:
    """Appends lines to a file, or to standard output when ``target`` is ``-``. Safe to share.

    Raises:
        OSError: the file cannot be opened.
    """

    def __init__(self, target: str) -> None:
        flags = os.O_WRONLY | os.O_APPEND | os.O_CREAT
        self._file = os.dup(1) if target == "-" else os.open(target, flags, 0o640)

    def write(
        self,
        environ: Mapping[str, Any],
        *,
        status: int,
        seconds: float,
        size: int,
        cache: str,
        release: str,
        facts: Mapping[str, Any],
    ) -> None:
        """Writes the line of one request; a full disk loses the line, never the answer."""
        line = {
            "time": datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z"),
            "method": environ["REQUEST_METHOD"],
            "path": environ["PATH_INFO"],
            "status": status,
            "ms": round(seconds * 1000, 3),
            "query": facts.get("query"),
            "rows": facts.get("rows"),
            "bytes": size,
            "limit": facts.get("limit") or LIMITS.get(status),
            "cut": facts.get("cut", False),
            "cache": cache,
            "release": release or None,
        }
        with suppress(OSError):
            os.write(self._file, json.dumps(line).encode() + b"\n")
