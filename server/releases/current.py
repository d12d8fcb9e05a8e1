"""The release being served: a new one is picked up without a restart."""

import gc
import math
import threading
import time
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from policytrace.graph.lookup.mapped_reader import lookups_appeared, open_reader
from policytrace.graph.lookup.reader import Reader
from policytrace.graph.releases.release import Release, Releases
from policytrace.graph.vocabulary.bounded_cache import BoundedCache, entry_size

LOOK_AGAIN = 0.5
"""Seconds for which the list of releases is not read again."""
OVER = 10.0
"""Seconds after which most answers from a release that was replaced are sent."""
DOCUMENTS = 64 * 2**20
"""Bytes of finished documents that a server process caches of a release."""

DocumentCache = BoundedCache[tuple[str, ...], bytes]
"""Finished documents of a release, which never changes, so neither do they."""


class NoReleaseError(LookupError):
    """Nothing is published yet in this home."""


@dataclass(frozen=True)
class Opened:
    """A release with its store open.

    Attributes:
        release: the release.
        reader: of its statements.
        memo: what was computed of it once.
        documents: those that were finished.
    """

    release: Release
    reader: Reader
    memo: dict[str, Any]
    documents: DocumentCache


class Published:
    """Follows the current release of a home. Safe to share between threads.

    A release that was opened is served until the next one is open: who asks meanwhile does not wait.
    """

    def __init__(self, home: Path) -> None:
        self.releases = Releases(home)
        self.home = home
        self._opened: Opened | None = None
        self._next_look = 0.0
        self._lock = threading.Lock()

    def current(self) -> Opened:
        """The newest release, opened; at most ``LOOK_AGAIN`` seconds after it was published.

        Raises:
            NoReleaseError: there is none.
        """
        opened = self._opened
        if opened is not None and time.monotonic() < self._next_look:
            return opened
        if not self._lock.acquire(blocking=opened is None) and opened is not None:
            return opened
        try:
            if self._opened is None or time.monotonic() >= self._next_look:
                self._opened = self._look(self._opened)
                self._next_look = time.monotonic() + LOOK_AGAIN
            return self._opened
        finally:
            self._lock.release()

    def release_ids(self) -> list[str]:
        """The releases that can be asked, newest first."""
        return [release.id for release in reversed(self.releases.all())]

    def remote_release(self, release_id: str) -> Opened | None:
        """A release asked for by its id that lies on another server; None where releases are folders."""
        return None

    def hold(self, release_id: str) -> None:
        """Serves this release from now on, whatever is published later.

        Raises:
            LookupError: another release is current.
        """
        if self.current().release.id != release_id:
            raise LookupError(f"Release {release_id} is not the current one any more.")
        self._next_look = math.inf

    def was_pruned(self, release_id: str) -> bool:
        """Whether a release was pruned while it was served; the current one is then looked for again."""
        if (self.releases.folder / release_id).is_dir():
            return False
        self._next_look = 0.0
        return True

    def _look(self, opened: Opened | None) -> Opened:
        release = self.releases.current()
        if release is None:
            if opened is not None:
                return opened
            raise NoReleaseError(f"No release is published in {self.home}. Build one: policytrace build")
        if opened is not None and opened.release.id == release.id:
            return _with_lookups(opened)
        try:
            newer = _open(release)
        except OSError:
            if opened is None:
                raise
            return opened
        if opened is not None:
            _let_go()
        return newer


def document_cache(limit: int = DOCUMENTS) -> DocumentCache:
    """An empty cache of documents that takes so many bytes."""
    return DocumentCache(limit, entry_size)


def _open(release: Release) -> Opened:
    """Opens a release, with all of it that is read later: its folder may be pruned while it is served."""
    _ = release.manifest
    return Opened(release, open_reader(release), {}, document_cache())


def _let_go() -> None:
    """Has what still refers to the release before be found, when the answers on their way are over.

    Pages refer to it in cycles, and old cycles are looked for so rarely that its files would stay open.
    """
    finding = threading.Timer(OVER, gc.collect)
    finding.daemon = True
    finding.start()


def _with_lookups(opened: Opened) -> Opened:
    """The same release, with look-ups that were written since it was opened."""
    if not lookups_appeared(opened.reader, opened.release):
        return opened
    try:
        newer = replace(opened, reader=open_reader(opened.release))
    except OSError:
        return opened
    _let_go()
    return newer
