"""The cache: what stays, what goes, and that it is safe to share."""

import threading

from policytrace.graph.vocabulary.bounded_cache import BoundedCache


def test_the_least_recently_used_goes_first() -> None:
    cache = BoundedCache[str, int](2)
    cache.put("a", 1)
    cache.put("b", 2)
    assert cache.get("a") == 1
    cache.put("c", 3)
    assert (cache.get("a"), cache.get("b"), cache.get("c")) == (1, None, 3)
    assert (len(cache), cache.size, cache.evicted) == (2, 2, 1)


def test_sizes_are_what_is_bounded() -> None:
    cache = BoundedCache[str, bytes](10, lambda key, value: len(key) + len(value))
    cache.put("a", bytes(4))
    cache.put("b", bytes(4))
    assert cache.size == 10
    cache.put("a", bytes(2))
    assert (cache.size, len(cache)) == (8, 2)
    cache.put("c", bytes(9))
    assert (cache.size, len(cache), cache.get("c")) == (10, 1, bytes(9))
    cache.put("d", bytes(10))
    assert (cache.size, len(cache), cache.get("d")) == (0, 0, None)


def test_a_value_is_made_once_and_forgotten_when_told() -> None:
    cache, made = BoundedCache[str, int](3), iter(range(9))
    assert [cache.get_or_make("a", lambda: next(made)) for _ in range(3)] == [0, 0, 0]
    cache.discard("a")
    cache.discard("a")
    assert (cache.size, cache.get_or_make("a", lambda: next(made))) == (0, 1)


def test_threads_share_it() -> None:
    cache = BoundedCache[int, int](50)
    wrong: list[int] = []

    def work(start: int) -> None:
        for number in range(start, start + 20_000):
            key = number * 7 % 100
            if cache.get_or_make(key, lambda key=key: key) != key:  # type: ignore[misc]
                wrong.append(key)

    threads = [threading.Thread(target=work, args=(start,)) for start in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not wrong
    assert len(cache) == cache.size == 50
