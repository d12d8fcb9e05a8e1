"""Finished answers of the current release, kept in bounded memory."""

import threading
from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

Header = tuple[str, str]
Key = tuple[str, ...]

OVERHEAD = 2048
"""Bytes an answer takes beside its body: headers, key, objects."""


@dataclass(slots=True, eq=False)
class CachedAnswer:
    """A whole answer: what is sent, and what is noted of it in the access log.

    ``line`` is the status with its reason; ``unchanged`` are the headers of a 304 in its place;
    ``modified`` is a POSIX time, -1 when unknown; ``alone``: nobody else may get it.
    """

    status: int
    line: str
    headers: list[Header]
    body: bytes
    release: str = ""
    etag: str = ""
    modified: float = -1.0
    unchanged: list[Header] = field(default_factory=list)
    facts: Mapping[str, Any] = field(default_factory=dict)
    alone: bool = False
    used: bool = False


class Cache:
    """Answers by key, of one release at a time. Safe to share between threads.

    What was not asked for since its last turn goes first (second chance), so that finding an answer changes
    nothing but a flag.

    Args:
        limit: bytes kept at most.
    """

    def __init__(self, limit: int) -> None:
        self.limit, self.largest = limit, min(limit // 8, 4 * 2**20)
        self.size = self.evicted = 0
        self._release, self._answers = "", OrderedDict[Key, CachedAnswer]()
        self._lock = threading.Lock()

    def __len__(self) -> int:
        return len(self._answers)

    def find(self, release: str, key: Key) -> CachedAnswer | None:
        """The answer kept for a key under this release."""
        if release != self._release:
            return None
        answer = self._answers.get(key)
        if answer is not None:
            answer.used = True
        return answer

    def keep(self, release: str, key: Key, answer: CachedAnswer) -> None:
        """Keeps an answer, unless it is too large or belongs to a release before the current one."""
        if len(answer.body) > self.largest:
            return
        with self._lock:
            if release > self._release:
                self._release, self._answers, self.size = release, OrderedDict(), 0
            if release == self._release and key not in self._answers:
                self._answers[key] = answer
                self.size += _cost(key, answer)
                self._make_room()

    def _make_room(self) -> None:
        while self.size > self.limit:
            key, answer = self._answers.popitem(last=False)
            if answer.used:
                answer.used = False
                self._answers[key] = answer
            else:
                self.size -= _cost(key, answer)
                self.evicted += 1


def _cost(key: Key, answer: CachedAnswer) -> int:
    return len(answer.body) + sum(map(len, key)) + OVERHEAD
