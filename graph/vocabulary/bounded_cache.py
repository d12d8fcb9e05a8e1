"""The one kind of cache there is: bounded by what its entries take, the least recently used going first."""

import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable
from typing import Generic, TypeVar

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")


class BoundedCache(Generic[K, V]):
    """Values by key, as many as there is room for. Safe to share between threads.

    A look-up takes no lock: each method of ``OrderedDict`` is one step, and an entry that was evicted between
    two of them is simply gone.

    Args:
        limit: what the sizes of all entries may add up to.
        size_of: the size of an entry, in the unit of the limit; counts entries unless told otherwise.

    Attributes:
        size: what the sizes add up to.
        evicted: how many entries had to make room so far.
    """

    def __init__(self, limit: int, size_of: Callable[[K, V], int] = lambda key, value: 1) -> None:
        self.limit, self.size, self.evicted = limit, 0, 0
        self._size_of = size_of
        self._entries: OrderedDict[K, V] = OrderedDict()
        self._lock = threading.Lock()

    def __len__(self) -> int:
        return len(self._entries)

    def get(self, key: K) -> V | None:
        """The value of a key, which counts as used by that; None when it is not cached."""
        value = self._entries.get(key)
        if value is not None:
            try:
                self._entries.move_to_end(key)
            except KeyError:
                return value
        return value

    def put(self, key: K, value: V) -> V:
        """Caches a value, in the place of another one of this key; returns it."""
        with self._lock:
            former = self._entries.get(key)
            if former is not None:
                self.size -= self._size_of(key, former)
            self._entries[key] = value
            self._entries.move_to_end(key)
            self.size += self._size_of(key, value)
            while self.size > self.limit:
                self.size -= self._size_of(*self._entries.popitem(last=False))
                self.evicted += 1
        return value

    def get_or_make(self, key: K, make: Callable[[], V]) -> V:
        """The value of a key, made when it is not cached; threads that miss it at one time all make it."""
        value = self.get(key)
        return self.put(key, make()) if value is None else value

    def cached_keys(self) -> list[K]:
        """The keys of what is cached."""
        return list(self._entries)

    def clear(self) -> None:
        """Forgets all."""
        for key in self.cached_keys():
            self.discard(key)

    def discard(self, key: K) -> None:
        """Forgets a key."""
        with self._lock:
            value = self._entries.pop(key, None)
            if value is not None:
                self.size -= self._size_of(key, value)
