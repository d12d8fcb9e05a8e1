"""The examples of proxies under attack: what one client does leaves the others served."""

import threading
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from urllib.parse import quote

import pytest
from attacks import ATTACKER, ENDLESS, OTHER, PLAIN, ask, connect, others_are_served, received, slowloris
from proxies import BEHIND, Proxy
from servers import Server
from waiting import eventually

LONG = (1900, 7000)
"""Lengths of what is asked for: as long as it may be, and longer."""
NAMES = ["nginx", "apache"]


@pytest.fixture(scope="module", params=NAMES)
def proxied(
    request: pytest.FixtureRequest, sample_home: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Proxy]:
    """Two servers behind a proxy."""
    with ExitStack() as running:
        started = [Server(sample_home, workers="1", query_seconds="3", **BEHIND) for _ in range(2)]
        for server in started:
            running.callback(server.stop)
        for server in started:
            server.wait()
        proxy = Proxy(request.param, [one.port for one in started], tmp_path_factory.mktemp("proxy"))
        running.callback(proxy.stop)
        proxy.start()
        yield proxy


def test_long_addresses_take_nobody_down(proxied: Proxy) -> None:
    paths = ("/search?q=", "/browse/practice?q=", "/gaps?kind=", "/indicators?q=", "/sparql?x=", "/id/path/")
    statuses = Counter[int]()
    with others_are_served(proxied.port):
        for accept in ("text/html", "text/turtle", "a/b"):
            for path in paths:
                for number, length in enumerate(LONG * 2):
                    asked = f"{path}{number}{'x' * length}"
                    statuses[ask(proxied.port, asked, ATTACKER, Accept=accept).status] += 1
    assert not [status for status in statuses if status >= 500], proxied.errors()
    assert {200, 406, 414} <= statuses.keys()


def test_slow_queries_take_nobody_down(proxied: Proxy) -> None:
    statuses = list[int]()

    def slow(number: int) -> None:
        query = quote(f"{ENDLESS} # {number}")
        address = f"127.0.1.{number % 10 + 1}"
        statuses.append(ask(proxied.port, f"/sparql?query={query}", address).status)

    attacking = [threading.Thread(target=slow, args=(number,)) for number in range(40)]
    with others_are_served(proxied.port, rounds=10, pages=PLAIN):
        for one in attacking:
            one.start()
        for one in attacking:
            one.join()
    assert set(statuses) <= {429, 503, 504}, proxied.errors()


def test_idle_connections_take_nobody_down(proxied: Proxy) -> None:
    with ExitStack() as held:
        for _ in range(600):
            held.enter_context(connect(proxied.port))
        with others_are_served(proxied.port):
            pass


def test_slow_bodies_take_nobody_down(proxied: Proxy) -> None:
    head = "POST /sparql HTTP/1.1\r\nHost: x\r\nContent-Type: application/sparql-query\r\n"
    with ExitStack() as held:
        for _ in range(300):
            held.enter_context(connect(proxied.port, f"{head}Content-Length: 1000\r\n\r\nSELECT"))
        with others_are_served(proxied.port):
            pass


def test_slow_headers_that_come_again_take_nobody_down(proxied: Proxy) -> None:
    with slowloris(proxied.port, 300), others_are_served(proxied.port):
        pass


def test_headers_that_are_too_large_are_refused(proxied: Proxy) -> None:
    with others_are_served(proxied.port, rounds=1):
        for _ in range(10):
            with connect(proxied.port, f"GET / HTTP/1.1\r\nHost: x\r\nX-A: {'x' * 70_000}\r\n\r\n") as client:
                assert received(client)[:12] in (b"HTTP/1.1 400", b"HTTP/1.1 431", b"")


@pytest.mark.parametrize(
    "path", ["/metrics", "/metrics/", "//metrics", "/%6detrics", "/metrics?x=1", "/./metrics"]
)
def test_metrics_are_closed(proxied: Proxy, path: str) -> None:
    assert ask(proxied.port, path).status in (403, 404)


@pytest.mark.parametrize("named", [b"", b"Host: a\r\nHost: b\r\n"])
def test_a_request_names_one_host(proxied: Proxy, named: bytes) -> None:
    with connect(proxied.port, f"GET / HTTP/1.1\r\n{named.decode()}Connection: close\r\n\r\n") as client:
        assert received(client).startswith(b"HTTP/1.1 400")


FORGED = (
    "X-Forwarded-For: {}",
    "X_Forwarded_For: {}",
    "X-Forwarded_For: {}",
    "X_Forwarded-For: {}",
    "Forwarded: for={}",
    'Forwarded: for="{}',
    "X-Real-IP: {}",
)


@pytest.mark.parametrize("header", ["Forwarded", "X-Forwarded-For"])
@pytest.mark.parametrize("name", NAMES)
def test_no_header_of_a_client_makes_it_another(
    name: str, header: str, serve: Callable[..., Server], sample_home: Path, tmp_path: Path
) -> None:
    server = serve(sample_home, workers="1", rate="2", proxies="1", client_header=header)
    proxy = Proxy(name, [server.port], tmp_path)
    proxy.start()
    statuses = list[int]()
    try:
        for number in range(200):
            forged = dict(
                line.format(f"198.51.{number}.{index}").split(": ") for index, line in enumerate(FORGED)
            )
            statuses.append(ask(proxy.port, f"/ns.ttl?{number}", ATTACKER, **forged).status)
            if statuses[-1] == 429:
                break
        assert statuses[-1] == 429
        assert set(statuses[:-1]) == {200}
        assert ask(proxy.port, "/ns.ttl?other", OTHER).status == 200
    finally:
        proxy.stop()


def test_nginx_counts_requests_of_a_network_of_ipv6_together(
    shared_server: Callable[..., Server], sample_home: Path, tmp_path: Path
) -> None:
    server = shared_server(sample_home, workers="1", rate="0")
    told = "set_real_ip_from 127.0.0.1/8;\nreal_ip_header X-Told;\n"
    proxy = Proxy("nginx", [server.port], tmp_path, before=told)
    proxy.start()
    head = "POST /sparql HTTP/1.1\r\nHost: x\r\nContent-Length: 1000\r\nX-Told: 2001:db8:1:2::{:x}\r\n\r\nASK"
    try:
        with ExitStack() as held:
            for number in range(64):
                held.enter_context(connect(proxy.port, head.format(number)))
            near, far = {"X-Told": "2001:db8:1:2:ffff::1"}, {"X-Told": "2001:db8:1:3::1"}
            eventually(lambda: ask(proxy.port, "/health", **near).status == 429, "a network with too many")
            assert ask(proxy.port, "/health", **far).status == 200
            assert ask(proxy.port, "/health").status == 200
    finally:
        proxy.stop()
