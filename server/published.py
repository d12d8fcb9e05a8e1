"""The release being served: a new one is picked up without a restart."""

import threading
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from policytrace.graph.reader import Reader
from policytrace.graph.release import Release, Releases
from policytrace.server.kept import Kept

LOOK_AGAIN = 0.5
"""Seconds for which the list of releases is not read again."""


class NoReleaseError(LookupError):
    """Nothing is published yet in this home."""


@dataclass(frozen=True)
class Opened:
    """A release with its store open, what was computed of it once, and the documents finished so far."""

    release: Release
    reader: Reader
    memo: dict[str, Any]
    kept: Kept


class Published:
    """Follows the current release of a home. Safe to share between threads."""

    def __init__(self, home: Path) -> None:
        self.releases = Releases(home)
        self.home = home
        self._opened: Opened | None = None
        self._next_look = 0.0
        self._lock = threading.Lock()

    def current(self) -> Opened:
        """The newest release, opened.

        Raises:
            NoReleaseError: there is none.
        """
        opened = self._opened
        if opened is not None and time.monotonic() < self._next_look:
            return opened
        with self._lock:
            release = self.releases.current()
            if release is None:
                raise NoReleaseError(f"No release is published in {self.home}. Build one: policytrace build")
            if self._opened is None or self._opened.release.id != release.id:
                self._opened = Opened(release, Reader(release.store_path), {}, Kept())
            self._next_look = time.monotonic() + LOOK_AGAIN
            return self._opened
