"""Measure SPARQL over HTTP with wrk beside other servers, in alternating rounds.

    python benchmarks/serving.py HOME --rounds 7 --json build/serving.json

HOME holds a built release. A repeated query is the same each time; a first-time query is about another thing
and carries a number of its own, so that no server has seen it. Every server sends the whole body, rows as
JSON and descriptions as Turtle, and is checked to give the same number of them before it is measured. Where
one answer takes long, each connection asks once, and the time runs until all are answered.
"""

import argparse
import json
import sys
import time
from contextlib import ExitStack
from dataclasses import dataclass
from itertools import cycle, islice, product
from pathlib import Path
from statistics import median, quantiles
from typing import Any

import pyoxigraph as ox
from endpoints import SERVERS, Endpoint, program
from load import COUNTED, burst, load

from policytrace.graph.releases.release import Release, Releases
from policytrace.graph.vocabulary.terms import PREFIXES

JSON, TURTLE = "application/sparql-results+json", "text/turtle"
PROLOGUE = f"PREFIX pt: <{PREFIXES['pt']}> PREFIX rdfs: <{PREFIXES['rdfs']}> "
PRACTICES = (
    "SELECT ?thing WHERE { ?thing a pt:GoodPractice ; pt:inProject ?project } ORDER BY ?thing LIMIT 2000"
)
CONNECTIONS = (1, 8, 32)
REPEATED, FIRST = "repeated", "first-time"
LONG = 0.25
"""Part of a run from which on one answer takes long."""


@dataclass(frozen=True)
class Case:
    """A kind of question: its text about ``<thing>``, and what it is answered in."""

    name: str
    text: str
    accept: str


CASES = (
    Case("small", PROLOGUE + "SELECT ?p ?o WHERE {{ <{thing}> ?p ?o }}", JSON),
    Case(
        "medium",
        PROLOGUE + "SELECT ?practice ?name ?region ?other WHERE {{ <{thing}> pt:inProject ?project . "
        "?practice pt:inProject ?project ; a pt:GoodPractice ; rdfs:label ?name ; pt:inRegion ?region . "
        "?other pt:inRegion ?region ; a pt:GoodPractice }} ORDER BY ?name ?other LIMIT 100",
        JSON,
    ),
    Case("description", "CONSTRUCT {{ <{thing}> ?p ?o }} WHERE {{ <{thing}> ?p ?o }}", TURTLE),
)


class Load:
    """Runs wrk against one server after the other.

    Args:
        work: folder for scripts.
        seconds: how long one run takes.
    """

    def __init__(self, work: Path, seconds: int) -> None:
        self.work, self.seconds = work, seconds
        self._asked = int(time.time()) % 1_000_000 * 1000

    def run(
        self, endpoint: Endpoint, case: Case, things: list[str], connections: int, first: bool, long: bool
    ) -> dict[str, float]:
        """Requests a second and the median time in milliseconds; both 0 when no answer came in time.

        Raises:
            RuntimeError: an answer was an error.
        """
        chosen = things if first else things[:1]
        queries = (case.text.format(thing=thing) + (COUNTED if first else "") for thing in chosen)
        if long:
            asked = cycle(endpoint.target(query.replace(COUNTED, f"#{self._asked}")) for query in queries)
            done = burst(endpoint, list(islice(asked, connections)), case.accept)
        else:
            done = load(
                endpoint,
                map(endpoint.target, queries),
                {"Accept": case.accept},
                self.work,
                connections=connections,
                seconds=self.seconds,
                began=self._asked,
                counted=first,
            )
        self._asked += done.requests + 1000
        return {"per second": done.rate, "median ms": done.median}


def things(release: Release) -> list[str]:
    """Good practices to ask about."""
    return [row["thing"].value for row in release.open().query(PROLOGUE + PRACTICES)]  # type: ignore[union-attr]


def _size(body: bytes, accept: str) -> int:
    if accept == JSON:
        return len(json.loads(body)["results"]["bindings"])
    return len({str(triple) for triple in ox.parse(body, format=ox.RdfFormat.TURTLE)})


def check(
    endpoints: list[Endpoint], things: list[str], cases: list[Case]
) -> tuple[dict[str, dict[str, int]], dict[str, dict[str, float]]]:
    """Rows or triples of each case as each server gives them over the first things, and seconds of an answer.

    Raises:
        RuntimeError: two servers give another number.
    """
    sizes: dict[str, dict[str, int]] = {case.name: {} for case in cases}
    times: dict[str, dict[str, float]] = {case.name: {} for case in cases}
    for case in cases:
        for endpoint in endpoints:
            bodies, spent = [], []
            for thing in things[:5]:
                began = time.monotonic()
                bodies.append(endpoint.ask(endpoint.target(case.text.format(thing=thing)), case.accept))
                spent.append(time.monotonic() - began)
            sizes[case.name][endpoint.name] = sum(_size(body, case.accept) for body in bodies)
            times[case.name][endpoint.name] = median(spent)
        if len(set(sizes[case.name].values())) > 1:
            raise RuntimeError(f"{case.name}: the servers do not give the same: {sizes[case.name]}")
    return sizes, times


def measure(
    endpoints: list[Endpoint],
    things: list[str],
    load: Load,
    rounds: int,
    cells: list[tuple[Case, str, int]],
    times: dict[str, dict[str, float]],
) -> dict[str, dict[str, list[float]]]:
    """Requests a second by case, mode and connections, then by server, one number for each round.

    Few connections come first, so that no server is measured with the threads that many left behind.

    Args:
        endpoints: the servers.
        things: what is asked about.
        load: asks.
        rounds: how many, in each of which another server comes first.
        cells: what is measured: cases, modes and numbers of connections.
        times: the seconds of one answer, by case and server.
    """
    found: dict[str, dict[str, list[float]]] = {_key(*cell): {} for cell in cells}
    for endpoint in endpoints:
        endpoint.pause()
    for connections in sorted({cell[2] for cell in cells}):
        for number in range(rounds):
            turn = number % len(endpoints)
            for case, mode, _ in (cell for cell in cells if cell[2] == connections):
                for endpoint in endpoints[turn:] + endpoints[:turn]:
                    long = times[case.name][endpoint.name] > LONG * load.seconds
                    endpoint.resume()
                    result = load.run(endpoint, case, things, connections, mode == FIRST, long)
                    endpoint.pause()
                    server = found[_key(case, mode, connections)].setdefault(endpoint.name, [])
                    server.append(result["per second"])
            print(f"{connections} connections, round {number + 1} of {rounds}", file=sys.stderr, flush=True)
    return found


def _key(case: Case, mode: str, connections: int) -> str:
    return f"{case.name}, {mode}, {connections}"


def table(found: dict[str, dict[str, list[float]]], names: list[str]) -> str:
    """Medians, and for each peer the ratio of ours to it with quartiles; no ratio where it gave no answer."""
    own, *peers = names
    head = ["case, mode, connections", own, *peers]
    lines = ["| " + " | ".join(head) + " |", "| --- |" + " ---: |" * len(names)]
    for key, servers in found.items():
        cells = [_rate(servers[own])]
        for peer in peers:
            if empty := servers[peer].count(0.0):
                cells.append(f"no answer in {empty} of {len(servers[peer])} runs")
                continue
            ratios = [a / b for a, b in zip(servers[own], servers[peer], strict=True)]
            low, _, high = quantiles(ratios, n=4) if len(ratios) > 1 else ratios * 3
            cells.append(f"{_rate(servers[peer])} ({median(ratios):.2f}; {low:.2f} to {high:.2f})")
        lines.append(f"| {key} | " + " | ".join(cells) + " |")
    return "\n".join(lines)


def _rate(rates: list[float]) -> str:
    middle = median(rates)
    return f"{middle:,.0f}" if middle >= 10 else f"{middle:.2g}"


def main() -> int:
    """Measure all servers on one release."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("home", type=Path, help="folder that holds a built release")
    parser.add_argument("--servers", nargs="*", default=list(SERVERS), help=f"of: {', '.join(SERVERS)}")
    parser.add_argument("--cases", nargs="*", default=[case.name for case in CASES], help="all by default")
    parser.add_argument("--modes", nargs="*", choices=(REPEATED, FIRST), default=[REPEATED, FIRST])
    parser.add_argument("--connections", nargs="*", type=int, default=list(CONNECTIONS))
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--seconds", type=int, default=2, help="of one run")
    parser.add_argument("--work", type=Path, default=Path("build/benchmark"), help="folder to work in")
    parser.add_argument("--json", type=Path, help="write the figures here")
    arguments = parser.parse_args()
    program("wrk")
    release = Releases(arguments.home).current()
    if release is None:
        parser.error(f"there is no release in {arguments.home}")
    arguments.work.mkdir(parents=True, exist_ok=True)
    asked = things(release)
    with ExitStack() as stack:
        endpoints = [SERVERS[name](release, arguments.work.resolve(), stack) for name in arguments.servers]
        chosen = [case for case in CASES if case.name in arguments.cases]
        sizes, times = check(endpoints, asked, chosen)
        print(f"{len(asked)} things; rows or triples of the first five: {sizes}", file=sys.stderr, flush=True)
        load = Load(arguments.work.resolve(), arguments.seconds)
        cells = list(product(chosen, arguments.modes, arguments.connections))
        found = measure(endpoints, asked, load, arguments.rounds, cells, times)
    if arguments.json:
        result: dict[str, Any] = {"release": release.id, "sizes": sizes, "per second": found}
        arguments.json.write_text(json.dumps(result, indent=2) + "\n", "utf-8")
    print(table(found, [endpoint.name for endpoint in endpoints]))
    return 0


if __name__ == "__main__":
    sys.exit(main())
