"""Releases that a request names: those there are beside the current one, and what is known of the others."""

import threading
from collections.abc import Collection

from policytrace.graph.lookup.mapped_reader import open_reader
from policytrace.graph.releases.release import DamagedError, Release, ReleaseError, Releases
from policytrace.graph.vocabulary.bounded_cache import BoundedCache
from policytrace.server.releases.current import Opened, document_cache

OPEN = 3
"""Older releases a server process keeps open; the least recently used is closed first."""
MEMORY = 8 * 2**20
"""Bytes of finished documents that are cached of an older release."""


class UnknownReleaseError(LookupError):
    """There is no release of this id.

    Attributes:
        tombstone: when and why it was removed, if it ever was here.
        available: the ids of those there are, newest first.
    """

    def __init__(self, release_id: str, tombstone: dict[str, str] | None, available: list[str]) -> None:
        super().__init__(release_id)
        self.release_id, self.tombstone, self.available = release_id, tombstone, available


class PinnedReleases:
    """Opens releases by their id. Safe to share between threads."""

    def __init__(self) -> None:
        self._opened = BoundedCache[str, Opened](OPEN)
        self._lock = threading.Lock()

    def open(self, releases: Releases, release_id: str) -> Opened:
        """The release of that id.

        Raises:
            UnknownReleaseError: there is none, or it was removed.
            DamagedError: it is damaged.
        """
        try:
            release = release_of(releases, release_id)
        except UnknownReleaseError:
            self._opened.discard(release_id)
            raise
        with self._lock:
            return self._opened.get_or_make(release_id, lambda: _opened(release))

    def close_all_but(self, kept: Collection[str]) -> bool:
        """Closes those that are not kept any more; whether there were any."""
        gone = [release_id for release_id in self._opened.cached_keys() if release_id not in kept]
        for release_id in gone:
            self._opened.discard(release_id)
        return bool(gone)


def _opened(release: Release) -> Opened:
    release.check()
    return Opened(release, open_reader(release), {}, document_cache(MEMORY))


def release_of(releases: Releases, release_id: str) -> Release:
    """The release of that id.

    Raises:
        UnknownReleaseError: there is none, or it was removed.
        DamagedError: its manifest cannot be read.
    """
    try:
        return releases.open(release_id)
    except DamagedError:
        raise
    except ReleaseError:
        available = [known.id for known in newest_first(releases)]
        raise UnknownReleaseError(release_id, releases.tombstone(release_id), available) from None


def newest_first(releases: Releases) -> list[Release]:
    """The releases that can be asked, newest first."""
    return list(reversed(releases.all()))
