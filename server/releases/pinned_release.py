"""Releases asked for by name: those still kept beside the current one, and what to say of the others."""

import threading
from collections import OrderedDict

from policytrace.graph.lookup.mapped_reader import open_reader
from policytrace.graph.releases.release import Release, Releases
from policytrace.server.releases.current import Opened
from policytrace.server.releases.document_cache import Kept

OPEN = 3
"""Older releases a server process keeps open; the one not asked for longest is closed first."""
MEMORY = 8 * 2**20
"""Bytes of finished documents kept of an older release."""


class NotKeptError(LookupError):
    """There is no release of this id; ``tombstone`` says when and why it was removed, if it ever was here."""

    def __init__(self, release_id: str, tombstone: dict[str, str] | None, kept: list[str]) -> None:
        super().__init__(release_id)
        self.release_id, self.tombstone, self.kept = release_id, tombstone, kept


class Older:
    """Opens releases by their id. Safe to share between threads."""

    def __init__(self) -> None:
        self._opened: OrderedDict[str, Opened] = OrderedDict()
        self._lock = threading.Lock()

    def open(self, releases: Releases, release_id: str) -> Opened:
        """The release of that id.

        Raises:
            NotKeptError: there is none, or it was removed.
        """
        kept = listed(releases)
        release = next((known for known in kept if known.id == release_id), None)
        if release is None:
            self._opened.pop(release_id, None)
            raise NotKeptError(release_id, releases.tombstone(release_id), [known.id for known in kept])
        with self._lock:
            if release_id not in self._opened:
                self._opened[release_id] = Opened(release, open_reader(release), {}, Kept(MEMORY))
            self._opened.move_to_end(release_id)
            while len(self._opened) > OPEN:
                self._opened.popitem(last=False)
            return self._opened[release_id]


def listed(releases: Releases) -> list[Release]:
    """The releases that can be asked, newest first."""
    return list(reversed(releases.all()))
