"""The release being served: a new one is picked up without a restart."""

import gc
import math
import threading
import time
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from policytrace.graph.lookup.mapped_reader import LOOKUPS, has_lookups, open_reader
from policytrace.graph.lookup.reader import Reader
from policytrace.graph.releases import checksums
from policytrace.graph.releases.checksums import SUMS, Signature
from policytrace.graph.releases.release import MANIFEST, STORE, DamagedError, Release, ReleaseError, Releases
from policytrace.graph.vocabulary.bounded_cache import BoundedCache, entry_size
from policytrace.server.releases.damage import DamageReport

LOOK_AGAIN = 0.5
"""Seconds for which the list of releases is not read again."""
TRY_AGAIN = 30.0
"""Seconds after which a release that the system did not open is tried again."""
OVER = 10.0
"""Seconds after which most answers from a release that was replaced are sent."""
DOCUMENTS = 64 * 2**20
"""Bytes of finished documents that a server process caches of a release."""

DocumentCache = BoundedCache[tuple[str, ...], bytes]
"""Finished documents of a release, which never changes, so neither do they."""


class NoReleaseError(LookupError):
    """Nothing is published yet in this home, or nothing that can be opened; the message says which."""


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


@dataclass(frozen=True)
class _Refusal:
    """A release is not opened while a file of it is as it was, or until a time of the monotonic clock."""

    file: Path
    signature: Signature | None
    until: float

    @property
    def holds(self) -> bool:
        return time.monotonic() < self.until and checksums.signature(self.file) == self.signature


class Published:
    """Follows the current release of a home. Safe to share between threads.

    A release that was opened is served until the next one is open: who asks meanwhile does not wait. One that
    is damaged is not opened while there is another, and is left for an older one that is sound.

    Attributes:
        damage: what was found damaged.
    """

    def __init__(self, home: Path) -> None:
        self.releases = Releases(home)
        self.home = home
        self.damage = DamageReport()
        self._opened: Opened | None = None
        self._refused: dict[str, _Refusal] = {}
        self._lookups: Signature | None = None
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
                return self._renew()
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

    def changed(self, release_id: str, since: float) -> bool:
        """Whether releases came or went while one was served; the current one is then looked for at once.

        Args:
            release_id: the release that was served, empty where that is not known.
            since: seconds since 1970.
        """
        folder = self.releases.folder
        is_there = (folder / release_id).is_dir()
        if is_there and (self._next_look == math.inf or folder.stat().st_mtime < since - LOOK_AGAIN):
            return False
        with self._lock, suppress(NoReleaseError, OSError):
            self._renew()
        return True

    def refuse(self, release: Release, error: Exception) -> None:
        """Notes that a release is damaged, or cannot be opened; a sound one is served in its place."""
        if not release.path.is_dir():
            return  # pruned meanwhile
        file, until = release.path / MANIFEST, math.inf
        if isinstance(error, DamagedError):
            file = release.path / error.damage.file
            self.damage.note(release.id, error.damage.file, error.damage.problem)
        else:
            self.damage.note(release.id, "", str(error))
            until = time.monotonic() + TRY_AGAIN
        self._refused[release.id] = _Refusal(file, checksums.signature(file), until)

    def _renew(self) -> Opened:
        """Looks, with the lock held, which release is to be served until the next look."""
        self._opened = self._look(self._opened)
        self._next_look = time.monotonic() + LOOK_AGAIN
        return self._opened

    def _look(self, opened: Opened | None) -> Opened:
        try:
            found = list(self.releases.newest_first())
        except OSError:  # as when no more files can be opened
            if opened is None:
                raise
            return opened
        for release in found:
            refusal = self._refused.get(release.id)
            if refusal is not None and refusal.holds:
                continue
            if opened is not None and opened.release.id == release.id:
                return self._with_lookups(opened)
            try:
                release.check()
                newer = self._open_whole(release)
            except (ReleaseError, OSError) as error:
                self.refuse(release, error)
                continue
            if opened is not None:
                _let_go()
            return newer
        if opened is None:
            opened = next(filter(None, map(self._open_in_part, found)), None)
        if opened is None:
            why = " ".join(self.damage.lines())
            raise NoReleaseError(
                f"No release in {self.home} can be opened: {why} Restore one, or build it: policytrace build"
                if why
                else f"No release is published in {self.home}. Build one: policytrace build"
            )
        return opened

    def _open_whole(self, release: Release) -> Opened:
        """Opens a release, with all of it that is read later: its folder may be pruned while it is served."""
        _ = release.manifest
        self._lookups = checksums.signature(release.path / LOOKUPS)
        opened = Opened(release, open_reader(release), {}, document_cache())
        self._refused.pop(release.id, None)
        self.damage.forget(release.id)
        return opened

    def _open_in_part(self, release: Release) -> Opened | None:
        """A damaged release, where its manifest and its store are sound: each other part refuses itself."""
        try:
            if any(one.file.partition("/")[0] in (MANIFEST, SUMS, STORE) for one in release.damaged()):
                return None
            return Opened(release, open_reader(release), {}, document_cache())
        except (ReleaseError, OSError):
            return None

    def _with_lookups(self, opened: Opened) -> Opened:
        """The same release, with look-ups that were written since it was opened."""
        if has_lookups(opened.reader):
            return opened
        now = checksums.signature(opened.release.path / LOOKUPS)
        if now == self._lookups:
            return opened
        self._lookups = now
        try:
            newer = replace(opened, reader=open_reader(opened.release))
        except (ReleaseError, OSError):
            return opened
        _let_go()
        return newer


def document_cache(limit: int = DOCUMENTS) -> DocumentCache:
    """An empty cache of documents that takes so many bytes."""
    return DocumentCache(limit, entry_size)


def _let_go() -> None:
    """Has what still refers to the release before be found, when the answers on their way are over.

    Pages refer to it in cycles, and old cycles are looked for so rarely that its files would stay open.
    """
    finding = threading.Timer(OVER, gc.collect)
    finding.daemon = True
    finding.start()
