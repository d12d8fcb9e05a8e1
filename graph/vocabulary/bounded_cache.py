"""The one kind of cache there is: bounded by what its entries take, the least recently used going first.

What a client can fill is bounded in bytes: texts that it sends may be long, however few they are.
"""

import sys
import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable
from typing import Generic, TypeVar, TypeVarTuple

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")
Ts = TypeVarTuple("Ts")
R = TypeVar("R")

ENTRY = 250
"""Bytes that an entry takes beside its key and value, about: places in the cache, and the objects of both."""
TERM = 120
"""Bytes that an object such as a term takes beside its text, about."""


class BoundedCache(Generic[K, V]):
    """Values by key, as many as there is room for. Safe to share between threads.

    A look-up takes no lock: each method of ``OrderedDict`` is one step, and an entry that was evicted between
    two of them is simply gone.

    Args:
        limit: what the sizes of all entries may add up to.
        size_of: the size of an entry, in the unit of the limit; counts entries unless told otherwise.
        largest: the size beyond which one is not cached at all; the limit, unless told otherwise.

    Attributes:
        size: what the sizes add up to.
        evicted: how many entries had to make room so far.
    """

    def __init__(
        self, limit: int, size_of: Callable[[K, V], int] = lambda key, value: 1, largest: int | None = None
    ) -> None:
        self.limit, self.size, self.evicted = limit, 0, 0
        self._size_of, self._largest = size_of, limit if largest is None else largest
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
        """Caches a value, in the place of another one of this key, unless it is too large; returns it."""
        size = self._size_of(key, value)
        if size > self._largest:
            self.discard(key)
            return value
        with self._lock:
            former = self._entries.get(key)
            if former is not None:
                self.size -= self._size_of(key, former)
            self._entries[key] = value
            self._entries.move_to_end(key)
            self.size += size
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


def memory_size(value: object) -> int:
    """About how many bytes a text, a term, or a tuple or list of them takes in memory."""
    if isinstance(value, str | bytes):
        return sys.getsizeof(value)
    if isinstance(value, tuple | list):
        return sys.getsizeof(value) + sum(map(memory_size, value))
    return TERM + sys.getsizeof(str(value))


def entry_size(key: Hashable, value: object) -> int:
    """About how many bytes an entry takes in memory, for caches that are bounded by that."""
    return ENTRY + memory_size(key) + memory_size(value)


def remember(
    function: Callable[[*Ts], R],
    limit: int,
    longest: int,
    size_of: Callable[[tuple[*Ts], tuple[R]], int] = entry_size,
) -> Callable[[*Ts], R]:
    """A function that remembers what another one gave for its arguments, whatever that was. Safe to share.

    Args:
        function: gives the same for the same arguments.
        limit: bytes that are remembered.
        longest: bytes of arguments and result together beyond which they are not remembered.
        size_of: estimates these, of the arguments and of the result alone in a tuple.
    """
    cache = BoundedCache[tuple[*Ts], tuple[R]](limit, size_of, longest)

    def look_up(*key: *Ts) -> R:
        found = cache.get(key)
        return cache.put(key, (function(*key),))[0] if found is None else found[0]

    return look_up
