"""Memory of all queries of a server process: a little for each, and the rest lent to one after the other."""

import resource
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil
import pytest
from waiting import eventually

from policytrace.graph.releases.release import Release
from policytrace.server.execution.errors import BusyError, ClientGoneError, MemoryLimitError
from policytrace.server.execution.pool import Pool
from policytrace.server.operations.settings import MIB, SMALL_QUERY, SettingError, Settings

ENDLESS = "SELECT (COUNT(*) AS ?n) { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i . ?j ?k ?l }"
MOST = 4096


def _texts(mebibytes: int) -> str:
    """A query that holds so much at once, and gives little."""
    times = mebibytes.bit_length() - 1
    doublings = " ".join(f"BIND(CONCAT(?s{n}, ?s{n}) AS ?s{n + 1})" for n in range(14 + times))
    return f'SELECT (STRLEN(?s{14 + times}) AS ?n) {{ BIND("{"x" * 64}" AS ?s0) {doublings} }}'


LARGE = _texts(512)
"""Needs more than a query process has at first, as the text stands beside its half."""


@contextmanager
def _pool(processes: int = 2, share: int = 0, memory: int = MOST) -> Iterator[Pool]:
    made = Pool(processes, seconds=300, memory=memory, share=share)
    try:
        yield made
    finally:
        made.close()


def _run(pool: Pool, release: Release, query: str) -> bytes:
    return pool.run(release.store_path, query, "text/csv")


def test_a_query_that_needs_more_gets_it_and_gives_it_back(sample_release: Release) -> None:
    with _pool() as pool:
        assert pool.memory == MOST
        for _ in range(2):
            assert _run(pool, sample_release, LARGE) == b"n\r\n536870912\r\n"
        assert pool._spare.qsize() == 1


def test_without_anything_to_lend_the_little_is_the_limit(sample_release: Release) -> None:
    with _pool(share=2 * SMALL_QUERY) as pool:
        assert pool.memory == SMALL_QUERY
        with pytest.raises(MemoryLimitError, match=f"{SMALL_QUERY} MiB"):
            _run(pool, sample_release, LARGE)
        assert _run(pool, sample_release, "ASK {}") == b"true"


def test_what_cannot_be_lent_now_is_refused_for_now(sample_release: Release) -> None:
    with _pool() as pool:
        pool._spare.get_nowait()
        with pytest.raises(BusyError, match="needs more than"):
            _run(pool, sample_release, LARGE)
        pool._spare.put(None)
        assert _run(pool, sample_release, LARGE) == b"n\r\n536870912\r\n"


def test_less_is_lent_where_less_is_left(sample_release: Release) -> None:
    with _pool(share=2 * SMALL_QUERY + 1024) as pool:
        assert pool.memory == SMALL_QUERY + 1024
        assert _run(pool, sample_release, LARGE) == b"n\r\n536870912\r\n"
        with pytest.raises(MemoryLimitError, match=f"{SMALL_QUERY + 1024} MiB"):
            _run(pool, sample_release, _texts(2048))


def test_more_is_lent_to_as_many_as_the_share_allows(sample_release: Release) -> None:
    share = 4 * SMALL_QUERY + 2 * (MOST - SMALL_QUERY)
    with _pool(4, share) as pool:
        assert (pool.memory, pool._spare.qsize()) == (MOST, 2)


def test_the_limits_of_all_processes_together_are_within_the_share(sample_release: Release) -> None:
    me, over, gone = psutil.Process(), threading.Event(), list[str]()
    before = set(me.children())

    def limits() -> list[int]:
        return sorted(one.rlimit(resource.RLIMIT_AS)[0] // MIB for one in set(me.children()) - before)

    with _pool(3) as pool:

        def ask() -> None:
            with pytest.raises(ClientGoneError):
                pool.open(sample_release.store_path, ENDLESS, "text/csv", "", client_gone=over.is_set)
            gone.append("gone")

        asking = [threading.Thread(target=ask) for _ in range(2)]
        for one in asking:
            one.start()
        eventually(lambda: limits() == [SMALL_QUERY, MOST], "one query with all memory, and one without")
        assert _run(pool, sample_release, "ASK {}") == b"true"
        assert sum(limits()) <= 2 * SMALL_QUERY + MOST
        over.set()
        for one in asking:
            one.join()
        eventually(lambda: set(limits()) == {SMALL_QUERY}, "processes with little memory")
    assert gone == ["gone", "gone"]


def test_query_processes_end_before_others_when_memory_runs_out(sample_release: Release) -> None:
    before = set(psutil.Process().children())
    with _pool(1) as pool:
        _run(pool, sample_release, "ASK {}")
        (one,) = set(psutil.Process().children()) - before
        assert Path(f"/proc/{one.pid}/oom_score_adj").read_text("ascii").strip() == "1000"


def test_a_total_that_is_too_small_is_refused_with_the_least() -> None:
    with pytest.raises(SettingError, match=f"at least {2 * 4 * SMALL_QUERY} "):
        Settings(memory_total=4096)
    assert Settings(memory_total=2 * 4 * SMALL_QUERY).memory_share == 4 * SMALL_QUERY
    assert Settings().memory_share == 3 * SMALL_QUERY + 4096
