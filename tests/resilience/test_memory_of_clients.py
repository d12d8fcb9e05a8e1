"""What clients send fills no memory: long identifiers, headers, words and addresses, ever different ones."""

import http.client
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import psutil
import pyoxigraph as ox
import pytest
from servers import Server
from thorough import share
from waiting import PATIENCE

from policytrace.graph.lookup.mapped_reader import open_reader
from policytrace.graph.lookup.reader import LONGEST, NAMES
from policytrace.graph.releases.release import Release
from policytrace.server.limits.input_lengths import HEADER, PATH, VALUE

MANY = share(20_000, 3_000)
"""Requests of each kind."""
GROWN = 100 * 2**20
"""Bytes by which a server process may grow with all of them: its caches are filled, and no more."""


def _filled(number: int, length: int) -> str:
    """A text of so many letters that no other number gives."""
    return f"{number:x}".rjust(length, "x")


Sent = tuple[str, dict[str, str]]
KINDS: dict[str, Callable[[int], Sent]] = {
    "identifiers": lambda n: (f"/doc/practice/{_filled(n, PATH - 100)}", {}),
    "identifiers of things that are there": lambda n: (
        f"/linked?to={_filled(n, VALUE - 100)}&by=pt:inspiredBy",
        {"Accept": "text/html"},
    ),
    "accepted formats": lambda n: ("/ns", {"Accept": f"text/turtle, a/{_filled(n, HEADER - 100)}"}),
    "accepted codings": lambda n: ("/ns", {"Accept-Encoding": f"gzip, {_filled(n, HEADER - 100)}"}),
    "words": lambda n: (f"/search?q={_filled(n, VALUE - 100)}", {"Accept": "text/html"}),
    "ends of paths": lambda n: (f"/paths?from=practice/{_filled(n, VALUE - 100)}", {"Accept": "text/html"}),
    "queries": lambda n: (f"/sparql?query=ASK{{}}%23{_filled(n, 20_000)}", {}),
    "addresses of clients": lambda n: ("/health", {"X-Forwarded-For": _filled(n, 20_000)}),
    "dates": lambda n: ("/ns.ttl", {"If-Modified-Since": _filled(n, 5_000)}),
    "parameters that nobody reads": lambda n: (f"/?{_filled(n, VALUE - 100)}=1", {"Accept": "text/html"}),
}
SLOW = ("ends of paths", "words", "parameters that nobody reads")
"""Kinds of which a tenth is sent."""


@pytest.fixture(scope="module")
def server(sample_home: Path) -> Iterator[Server]:
    started = Server(
        sample_home, workers="1", query_processes="1", rate="0", cache="8", proxies="1", threads="8"
    )
    started.wait()
    with closing(http.client.HTTPConnection("127.0.0.1", started.port, timeout=PATIENCE)) as client:
        client.request("GET", "/api/paths?from=practice/gp-ergo")  # loads what is compiled
        assert client.getresponse().read()
    yield started
    started.stop()


def _memory(server: Server) -> int:
    """Bytes that all processes of a server hold, without those of queries."""
    own = [one for one in server.processes() if "policytrace.server.execution.worker" not in one.cmdline()]
    return sum(int(one.memory_info().rss) for one in own)


@pytest.mark.parametrize("kind", KINDS)
def test_a_server_process_does_not_grow_with_what_is_sent(server: Server, kind: str) -> None:
    with closing(http.client.HTTPConnection("127.0.0.1", server.port, timeout=PATIENCE)) as client:
        before = 0
        for number in range(MANY // 10 if kind in SLOW else MANY):
            path, headers = KINDS[kind](number)
            client.request("GET", path, headers=headers)
            answer = client.getresponse()
            answer.read()
            assert answer.status < 500
            before = before or _memory(server)
        assert _memory(server) - before < GROWN


def test_names_of_long_identifiers_are_not_kept(sample_release: Release) -> None:
    reader, me = open_reader(sample_release), psutil.Process()
    before = me.memory_info().rss
    for length in (LONGEST - 600, 50 * LONGEST):
        for number in range(60_000 if length < LONGEST else 2_000):
            node = ox.NamedNode(f"urn:{_filled(number, length)}")
            assert reader.label(node) is None
            assert reader.label_in(node, "nl") is None
    assert me.memory_info().rss - before < 2 * NAMES + 64 * 2**20
