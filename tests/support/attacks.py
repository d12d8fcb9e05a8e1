"""Clients that mean harm, each from an address of its own of this machine, and one that only asks."""

import http.client
import socket
import threading
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from urllib.parse import quote

from waiting import PATIENCE, eventually

ATTACKER, OTHER = "127.0.0.5", "127.0.0.6"
ENDLESS = "SELECT (COUNT(*) AS ?n) { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i . ?j ?k ?l }"
PAGES = (
    "/",
    "/health",
    "/doc/practice/gp-chemnitz-agency.ttl",
    "/search?q=agency",
    "/static/style.css",
    f"/sparql?query={quote('ASK { ?s ?p ?o }')}",
)
"""What the client asks who only asks."""
PLAIN = PAGES[1:-1]
"""What of it is made without a query process."""


def ask(port: int, path: str, address: str = OTHER, **headers: str) -> http.client.HTTPResponse:
    """The answer to one request, which is read, on a connection of its own."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=PATIENCE, source_address=(address, 0))
    try:
        connection.request("GET", path, headers=headers)
        answer = connection.getresponse()
        answer.read()
        return answer
    finally:
        connection.close()


def connect(port: int, sent: str = "", address: str = ATTACKER) -> socket.socket:
    """A connection on which so much was sent."""
    client = socket.create_connection(("127.0.0.1", port), timeout=PATIENCE, source_address=(address, 0))
    client.sendall(sent.encode())
    return client


def received(client: socket.socket) -> bytes:
    """What comes until the other side ends the connection."""
    parts = []
    with suppress(ConnectionError):
        while part := client.recv(65536):
            parts.append(part)
    return b"".join(parts)


@contextmanager
def others_are_served(port: int, rounds: int = 3, pages: Sequence[str] = PAGES) -> Iterator[None]:
    """Another client asks for pages all the while, and at least so many times for all of them.

    Each request is a connection of its own, and each answer is 200.
    """
    over, statuses, failed = threading.Event(), list[int](), list[OSError]()

    def ask_on() -> None:
        while not (over.is_set() or failed):
            for number, page in enumerate(pages):
                try:
                    path = f"{page}{'&' if '?' in page else '?'}n={len(statuses)}" if number > 3 else page
                    statuses.append(ask(port, path).status)
                except OSError as error:
                    failed.append(error)

    other = threading.Thread(target=ask_on)
    other.start()
    try:
        yield
        eventually(lambda: failed or len(statuses) >= rounds * len(pages), "answers to another client")
    finally:
        over.set()
        other.join()
    assert failed == []
    assert set(statuses) == {200}, Counter(statuses)


@contextmanager
def slowloris(port: int, number: int, address: str = ATTACKER) -> Iterator[Callable[[], int]]:
    """So many connections that send a byte of a header now and then, and come again when they are broken.

    Gives what tells how many came again.
    """
    over, again = threading.Event(), [0]

    def attack() -> None:
        clients = list[socket.socket]()
        while not over.wait(0.5):
            alive = []
            for client in clients:
                try:
                    client.sendall(b"x")
                    alive.append(client)
                except OSError:
                    client.close()
                    again[0] += 1
            clients = alive
            with suppress(OSError):
                while len(clients) < number and not over.is_set():
                    clients.append(connect(port, "GET / HTTP/1.1\r\nHost: x\r\nX-A: ", address))
        for client in clients:
            client.close()

    attacking = threading.Thread(target=attack)
    attacking.start()
    try:
        yield lambda: again[0]
    finally:
        over.set()
        attacking.join()
