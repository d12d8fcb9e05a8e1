"""The cache: what stays, what goes, and that it is safe to share."""

import threading

import pyoxigraph as ox

from policytrace.graph.vocabulary.bounded_cache import BoundedCache, entry_size, memory_size, remember


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
    assert cache.put("d", bytes(10)) == bytes(10)
    assert (cache.size, len(cache), cache.get("d")) == (10, 1, None), "what is too large moves nothing out"
    cache.put("c", bytes(10))
    assert (cache.size, len(cache)) == (0, 0), "what grew too large is not there any more"


def test_sizes_in_memory_grow_with_texts() -> None:
    short, long = ox.NamedNode("urn:a"), ox.NamedNode("urn:" + "a" * 5000)
    assert memory_size(long) - memory_size(short) == 4999
    assert memory_size((long, [long])) > 2 * 5000
    assert memory_size(ox.Triple(long, short, ox.Literal("x" * 5000))) > 10_000
    assert entry_size((long, True), None) > 5000


def test_what_is_long_is_not_remembered_and_the_rest_within_a_bound() -> None:
    asked: list[str] = []

    def find(text: str) -> str | None:
        asked.append(text)
        return None

    found = remember(find, 40_000, 2_000)
    for _ in range(2):
        assert found("a") is None
        assert found("b" * 2_000) is None
    assert asked == ["a", "b" * 2_000, "b" * 2_000]
    asked.clear()
    for _ in range(2):
        for number in range(200):
            found(f"{number:1000}")
    assert len(asked) == 400, "more than the bound, in turn, is never there"


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
