"""Connections to a server that stands alone: one client cannot hold them all, whatever it does with them."""

import re
import shutil
import socket
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable
from contextlib import ExitStack, suppress
from pathlib import Path
from urllib.parse import quote

import psutil
import pytest
from attacks import ATTACKER, ENDLESS, OTHER, ask, connect, others_are_served, received, slowloris
from folders import ROOT
from servers import Server
from waiting import eventually

from policytrace.server.limits.connection_limiter import EACH

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="connections are seen on Linux only")
BODY = (
    "POST /sparql HTTP/1.1\r\nHost: x\r\nContent-Type: application/sparql-query\r\n"
    "Content-Length: {length}\r\n\r\n{body}"
)
MANY = 'SELECT (CONCAT(STR(?a), STR(?b), STR(?c), "{}") AS ?text) {{ ?a ?b ?c . ?d ?e ?f }} LIMIT 1000000'
"""Gives a result of many megabytes."""


def test_connections_of_one_client_that_send_nothing_leave_places(
    serve: Callable[..., Server], sample_home: Path
) -> None:
    server = serve(sample_home, workers="1")
    with ExitStack() as held:
        for _ in range(1500):
            held.enter_context(connect(server.port))
        with others_are_served(server.port):
            pass


def test_slow_headers_that_come_again_leave_places(serve: Callable[..., Server], sample_home: Path) -> None:
    server = serve(sample_home, workers="1")
    with slowloris(server.port, EACH + 200) as came_again, others_are_served(server.port):
        eventually(lambda: came_again() > EACH, "connections that were broken and came again")


def test_slow_bodies_end_with_408_and_hold_neither_connection_nor_thread(
    serve: Callable[..., Server], sample_home: Path
) -> None:
    server = serve(sample_home, workers="1", threads="12", rate="0")
    slow = BODY.format(length=1000, body="SELECT")
    for _ in range(2):
        with ExitStack() as held:
            clients = [held.enter_context(connect(server.port, slow)) for _ in range(EACH)]
            with others_are_served(server.port):
                answers = [received(client) for client in clients]
        assert {answer[:12] for answer in answers} == {b"HTTP/1.1 408"}
    late = "ASK { ?s ?p ?o }"
    with connect(server.port, BODY.format(length=len(late), body=late[:4])) as client:
        time.sleep(0.5)
        client.sendall(late[4:].encode())
        assert client.recv(12) == b"HTTP/1.1 200"


def test_who_reads_a_few_bytes_now_and_then_is_cut_off(
    serve: Callable[..., Server], sample_home: Path
) -> None:
    server = serve(sample_home, workers="1", send_seconds="3")
    client = socket.socket()
    client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    client.connect(("127.0.0.1", server.port))
    client.sendall(f"GET /sparql?query={quote(MANY)}&format=csv HTTP/1.1\r\nHost: x\r\n\r\n".encode())
    assert client.recv(12) == b"HTTP/1.1 200"

    def broken() -> bool:
        time.sleep(0.1)
        try:
            return not client.recv(16)
        except ConnectionResetError:
            return True

    with others_are_served(server.port):
        eventually(broken, "the end of a connection on which hardly anything is taken")
    client.close()


@pytest.mark.parametrize(
    ("request_line", "named", "status"),
    [
        ("GET /ns.ttl HTTP/1.1", "Host: a.example", 200),
        ("GET /ns.ttl HTTP/1.1", "X-A: b", 400),
        ("GET /ns.ttl HTTP/1.1", "Host: a.example\r\nHost: a.example", 400),
        ("GET /ns.ttl HTTP/1.1", "Host: a/b", 400),
        ("GET /health HTTP/1.1", "X-A: b", 400),
        ("GET /sparql?query=ASK%7B%7D HTTP/1.1", "Host: a\r\nHost: b", 400),
        ("GET /ns.ttl HTTP/1.0", "X-A: b", 200),
    ],
)
def test_a_request_names_one_host(
    shared_server: Callable[..., Server], sample_home: Path, request_line: str, named: str, status: int
) -> None:
    server = shared_server(sample_home, workers="1", rate="0")
    assert ask(server.port, "/ns.ttl").status == 200
    with connect(server.port, f"{request_line}\r\n{named}\r\nConnection: close\r\n\r\n") as client:
        answer = received(client)
    assert int(answer.split()[1]) == status
    assert status == 200 or b"Host header" in answer


def test_without_proxies_no_header_makes_a_client_another(
    serve: Callable[..., Server], sample_home: Path
) -> None:
    server = serve(sample_home, workers="1", rate="2")
    statuses = list[int]()
    while 429 not in statuses:
        number = len(statuses)
        assert number < 500
        forged = {
            "X-Forwarded-For": f"192.0.2.{number}",
            "X_Forwarded_For": f"192.0.3.{number}",
            "Forwarded": f"for=192.0.4.{number}",
            "X-Real-IP": f"192.0.5.{number}",
        }
        statuses.append(ask(server.port, f"/ns.ttl?{number}", ATTACKER, **forged).status)
    assert ask(server.port, "/ns.ttl?other", OTHER).status == 200


def test_clients_of_ipv4_are_told_apart_where_ipv6_is_spoken(
    serve: Callable[..., Server], sample_home: Path
) -> None:
    with suppress(OSError), socket.create_server(("::1", 0), family=socket.AF_INET6):
        server = serve(sample_home, workers="1", rate="2", query_seconds="3", host="::")
        assert ask(server.port, f"/sparql?query={quote(ENDLESS)}").status == 504
        while ask(server.port, "/ns.ttl?" + str(time.monotonic()), ATTACKER).status == 200:
            pass
        assert ask(server.port, "/ns.ttl?other", OTHER).status == 200
        return
    pytest.skip("this machine has no IPv6")


def _within(*limits: str) -> tuple[str, ...]:
    """A command that runs another one within limits."""
    if shutil.which("prlimit") is None:
        pytest.skip("prlimit is not installed (Debian package util-linux)")
    return ("prlimit", *limits, "--")


def test_a_server_that_may_open_few_files_serves_and_recovers(
    serve: Callable[..., Server], sample_home: Path
) -> None:
    server = serve(sample_home, workers="1", inside=_within("--nofile=160:160"), rate="0", query_seconds="2")
    statuses = Counter[int]()

    def attack(number: int) -> None:
        for turn in range(4):
            with suppress(OSError):
                query = quote(f"{ENDLESS if turn % 2 else 'ASK {}'} # {number} {turn}")
                statuses[ask(server.port, f"/sparql?query={query}", f"127.0.1.{number}").status] += 1

    with ExitStack() as held:
        for number in range(400):
            held.enter_context(connect(server.port, address=f"127.0.2.{number % 100 + 1}"))
        attacking = [threading.Thread(target=attack, args=(number,)) for number in range(1, 40)]
        for one in attacking:
            one.start()
        eventually(lambda: statuses[200], "an answer while connections are held")
        for one in attacking:
            one.join()
    assert statuses.keys() <= {200, 429, 503, 504}, statuses
    with others_are_served(server.port):
        pass
    worker = psutil.Process(server.process.pid).children()[0]
    assert worker.num_fds() <= 160
    assert "Traceback" not in server.printed()


def test_the_limits_of_the_unit_are_enough_for_a_server(
    serve: Callable[..., Server], sample_home: Path
) -> None:
    unit = (ROOT / "docs" / "operate" / "policytrace.service").read_text("utf-8")
    found = dict(re.findall(r"^(Limit\w+|MemoryMax)=(\d+)", unit, re.MULTILINE))
    files, memory = int(found["LimitNOFILE"]), int(found["MemoryMax"]) * 2**30
    limits = _within(f"--nofile={files}:{files}", f"--as={memory}:{memory}")
    server = serve(sample_home, inside=limits)
    with ExitStack() as held:
        for _ in range(1200):
            held.enter_context(connect(server.port))
        with others_are_served(server.port):
            pass
    worker = psutil.Process(server.process.pid).children()[0]
    assert worker.rlimit(psutil.RLIMIT_NOFILE) == (files, files)
