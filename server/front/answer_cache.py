"""Replies from the current release, cached in bounded memory."""

import threading

from policytrace.graph.vocabulary.bounded_cache import BoundedCache
from policytrace.server.responses.reply import Reply

Key = tuple[str, ...]

OVERHEAD = 1024
"""Bytes a reply takes beside its body, the texts of its headers and its key: objects."""


class AnswerCache:
    """Replies by key, of one release at a time. Safe to share between threads.

    Args:
        limit: bytes cached at most.

    Attributes:
        largest: bytes of a body beyond which it is not cached.
    """

    def __init__(self, limit: int) -> None:
        self.limit, self.largest = limit, min(limit // 8, 4 * 2**20)
        self._release, self._evicted = "", 0
        self._replies = BoundedCache[tuple[str, Key], Reply](limit, _size)
        self._lock = threading.Lock()

    def __len__(self) -> int:
        return len(self._replies)

    @property
    def size(self) -> int:
        """Bytes that are cached."""
        return self._replies.size

    @property
    def evicted(self) -> int:
        """How many replies had to make room for others so far."""
        return self._evicted + self._replies.evicted

    def get(self, release: str, key: Key) -> Reply | None:
        """The reply cached for a key under this release."""
        return self._replies.get((release, key))

    def put(self, release: str, key: Key, reply: Reply) -> None:
        """Caches a reply, unless it is too large or belongs to a release before the current one."""
        if len(reply.body) > self.largest or release < self._release:
            return
        if release > self._release:
            self._forget_all_before(release)
        self._replies.put((release, key), reply)

    def _forget_all_before(self, release: str) -> None:
        with self._lock:
            if release > self._release:
                self._evicted += self._replies.evicted
                self._replies = BoundedCache(self.limit, _size)
                self._release = release


def _size(key: tuple[str, Key], reply: Reply) -> int:
    headers = sum(len(name) + len(value) for name, value in reply.headers)
    return len(reply.body) + headers + sum(map(len, key[1])) + OVERHEAD
