"""Measure how small queries fare while another client sends queries that never end.

    python benchmarks/fairness.py HOME --servers policytrace oxigraph --rounds 7

Each round measures a client with one connection that asks small queries, no two alike, first alone, then
while a second client keeps several connections busy with cross products. Servers take turns.
"""

import argparse
import http.client
import json
import sys
import threading
import time
from contextlib import ExitStack, suppress
from pathlib import Path
from statistics import median, quantiles
from urllib.parse import quote

from endpoints import SERVERS, Endpoint
from serving import things

from policytrace.graph.releases.release import Releases

ENDLESS = "SELECT (COUNT(*) AS ?n) WHERE {{ ?a ?b ?c . ?d ?e ?f . ?g ?h ?i }} # {}"
SMALL = "SELECT ?p ?o WHERE {{ <{}> ?p ?o }} # {}"
SETTLE = 3.0
"""Seconds between the first query that never ends and the first measurement."""
JSON = "application/sparql-results+json"


class Client:
    """One connection of one client, known to the server by an address of its own."""

    def __init__(self, endpoint: Endpoint, address: str) -> None:
        self.endpoint, self.headers = endpoint, {"Accept": JSON, "X-Forwarded-For": address}
        self.connection = http.client.HTTPConnection("127.0.0.1", endpoint.port, timeout=60)

    def ask(self, query: str) -> int:
        """The status of the answer."""
        self.connection.request("GET", f"{self.endpoint.path}?query={quote(query)}", headers=self.headers)
        answer = self.connection.getresponse()
        answer.read()
        return answer.status


class Hog:
    """A client that keeps so many connections busy with queries that never end."""

    def __init__(self, endpoint: Endpoint, connections: int) -> None:
        self.statuses: list[int] = []
        self._stop = threading.Event()
        self._clients = [Client(endpoint, "192.0.2.1") for _ in range(connections)]
        self._threads = [threading.Thread(target=self._work, args=(client,)) for client in self._clients]
        for thread in self._threads:
            thread.start()

    def _work(self, client: Client) -> None:
        while not self._stop.is_set():
            with suppress(OSError, http.client.HTTPException):
                self.statuses.append(client.ask(ENDLESS.format(time.monotonic_ns())))
                if self.statuses[-1] == 429:
                    self._stop.wait(0.05)
                continue
            client.connection.close()

    def end(self) -> None:
        """Stops asking and waits for what is still running."""
        self._stop.set()
        for thread in self._threads:
            thread.join()


def measure(endpoint: Endpoint, things: list[str], seconds: float) -> list[float]:
    """Milliseconds of each small query asked one after the other for so long.

    Raises:
        RuntimeError: one was not answered.
    """
    client = Client(endpoint, "192.0.2.2")
    times: list[float] = []
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        thing = things[len(times) % len(things)]
        began = time.perf_counter()
        status = client.ask(SMALL.format(thing, time.monotonic_ns()))
        times.append((time.perf_counter() - began) * 1000)
        if status != 200:
            raise RuntimeError(f"{endpoint.name}: a small query was answered with {status}")
    client.connection.close()
    return times


def main() -> int:
    """Measure; the exit code is 1 when ours takes more than twice its quiet time."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("home", type=Path, help="folder that holds a built release")
    parser.add_argument("--servers", nargs="*", default=["policytrace"], help=f"of: {', '.join(SERVERS)}")
    parser.add_argument("--connections", type=int, default=8, help="that never-ending queries come by")
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--seconds", type=float, default=3.0, help="of one measurement")
    parser.add_argument("--work", type=Path, default=Path("build/benchmark"), help="folder to work in")
    parser.add_argument("--json", type=Path, help="write the figures here")
    arguments = parser.parse_args()
    release = Releases(arguments.home).current()
    if release is None:
        parser.error(f"there is no release in {arguments.home}")
    found: dict[str, list[tuple[float, float]]] = {}
    with ExitStack() as stack:
        endpoints = [SERVERS[name](release, arguments.work.resolve(), stack) for name in arguments.servers]
        asked = things(release)
        for endpoint in endpoints:
            measure(endpoint, asked, arguments.seconds)
        for number in range(arguments.rounds):
            for endpoint in endpoints:
                quiet = measure(endpoint, asked, arguments.seconds)
                hog = Hog(endpoint, arguments.connections)
                time.sleep(SETTLE)
                busy = measure(endpoint, asked, arguments.seconds)
                hog.end()
                found.setdefault(endpoint.name, []).append((median(quiet), median(busy)))
                print(number, endpoint.name, found[endpoint.name][-1], len(busy), file=sys.stderr, flush=True)
    for name, pairs in found.items():
        low, middle, high = quantiles([busy / quiet for quiet, busy in pairs], n=4)
        print(
            f"{name}: quiet {median(q for q, _ in pairs):.2f} ms, busy {median(b for _, b in pairs):.2f} ms, "
            f"ratio {middle:.2f} ({low:.2f} to {high:.2f})"
        )
    if arguments.json:
        arguments.json.write_text(json.dumps(found, indent=2) + "\n", "utf-8")
    ours = found.get("policytrace", [])
    return int(bool(ours) and median(busy / quiet for quiet, busy in ours) > 2)


if __name__ == "__main__":
    sys.exit(main())
