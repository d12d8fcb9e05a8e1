"""Measure documents over HTTP with wrk: every one once, one again and again, and one that has not changed.

    python benchmarks/harvest.py HOME --rounds 7 --json build/harvest.json

HOME holds a built release. PolicyTrace is asked for the document of each thing; the others, which have no
such documents, for the DESCRIBE of the same thing, which is the smaller answer. None has validators, so they
send all of it also to a client that has it. Virtuoso's /describe is no part of Debian's packages.
"""

import argparse
import json
import random
import sys
from contextlib import ExitStack
from pathlib import Path
from urllib.parse import quote
from urllib.request import Request, urlopen

import pyoxigraph as ox
from endpoints import SERVERS, Endpoint, program
from load import load
from serving import table

from policytrace.graph.lookup.reader import Reader
from policytrace.graph.releases.release import Release, Releases
from policytrace.graph.vocabulary.terms import ID
from policytrace.server.presentation.sections import SECTIONS

OURS, TURTLE = "policytrace", "text/turtle"
CONNECTIONS = (8, 32)
COLD, AGAIN, UNCHANGED = "every document once", "one document again", "not changed (304)"


def things(release: Release) -> list[str]:
    """The identifiers of all things, in an order that is the same each time and no order of the store."""
    reader = Reader.open(release.store_path)
    found: set[str] = set()
    for section in SECTIONS.values():
        start = f"{ID}{section.segment}/"
        nodes = reader.subjects("rdf:type", ox.NamedNode(section.cls))
        found |= {node.value for node in nodes if node.value.startswith(start)}
    ordered = sorted(found)
    random.Random(1).shuffle(ordered)
    return ordered


def target(endpoint: Endpoint, thing: str) -> str:
    """Path and query string of the description of a thing."""
    if endpoint.name == OURS:
        return f"/doc/{quote(thing[len(ID) :])}"
    return endpoint.target(f"DESCRIBE <{thing}>")


class Harvest:
    """Goes on through the same list from run to run, so that ours is asked for no document twice.

    A peer, which keeps no answers, may start again.

    Args:
        work: folder for scripts.
        asked: the things.
        accept: media type of what is asked for.
        seconds: how long one run takes.
    """

    def __init__(self, work: Path, asked: list[str], accept: str, seconds: int) -> None:
        self.work, self.asked, self.accept, self.seconds = work, asked, accept, seconds
        self._began: dict[str, int] = {}

    def run(self, endpoint: Endpoint, case: str, connections: int) -> float:
        """Documents a second.

        Raises:
            RuntimeError: an answer was an error, or every document was sent: measure for a shorter time.
        """
        headers = {"Accept": self.accept}
        began = self._began.get(endpoint.name, 0)
        targets = [target(endpoint, thing) for thing in (self.asked if case == COLD else self.asked[:1])]
        if case == UNCHANGED:
            headers["If-None-Match"] = validator(endpoint, targets[0], self.accept)
        done = load(
            endpoint,
            targets,
            headers,
            self.work,
            connections=connections,
            seconds=self.seconds,
            began=began,
        )
        if case == COLD:
            self._began[endpoint.name] = began + done.requests + connections
            if endpoint.name == OURS and self._began[OURS] > len(self.asked):
                raise RuntimeError(f"{endpoint.name}: every document was sent; lower --seconds or --rounds")
        return done.rate


def validator(endpoint: Endpoint, target: str, accept: str) -> str:
    """The ETag of an answer; one that fits nothing where it has none, as with all the peers."""
    request = Request(f"http://127.0.0.1:{endpoint.port}{target}", headers={"Accept": accept})
    with urlopen(request, timeout=60) as answer:
        return str(answer.headers["ETag"] or '"none"')


def measure(
    endpoints: list[Endpoint], harvest: Harvest, cases: list[str], rounds: int
) -> dict[str, dict[str, list[float]]]:
    """Documents a second by case and connections, then by server, one number for each round."""
    found: dict[str, dict[str, list[float]]] = {}
    for endpoint in endpoints:
        endpoint.pause()
    for number in range(rounds):
        turn = number % len(endpoints)
        for case in cases:
            for connections in CONNECTIONS:
                for endpoint in endpoints[turn:] + endpoints[:turn]:
                    endpoint.resume()
                    rate = harvest.run(endpoint, case, connections)
                    endpoint.pause()
                    row = found.setdefault(f"{case}, {connections}", {})
                    row.setdefault(endpoint.name, []).append(rate)
        print(f"round {number + 1} of {rounds}", file=sys.stderr, flush=True)
    return found


def main() -> int:
    """Measure all servers on one release, in alternating rounds."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("home", type=Path, help="folder that holds a built release")
    parser.add_argument("--servers", nargs="*", default=list(SERVERS), help=f"of: {', '.join(SERVERS)}")
    parser.add_argument("--cases", nargs="*", default=[COLD, AGAIN, UNCHANGED], help="all by default")
    parser.add_argument("--accept", default=TURTLE, help="media type that is asked for")
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--seconds", type=int, default=2, help="of one run")
    parser.add_argument("--work", type=Path, default=Path("build/benchmark"), help="folder to work in")
    parser.add_argument("--json", type=Path, help="write the figures here")
    arguments = parser.parse_args()
    program("wrk")
    release = Releases(arguments.home).current()
    if release is None:
        parser.error(f"there is no release in {arguments.home}")
    work = arguments.work.resolve()
    work.mkdir(parents=True, exist_ok=True)
    harvest = Harvest(work, things(release), arguments.accept, arguments.seconds)
    with ExitStack() as stack:
        endpoints = [SERVERS[name](release, work, stack) for name in arguments.servers]
        found = measure(endpoints, harvest, arguments.cases, arguments.rounds)
    if arguments.json:
        result = {"release": release.id, "things": len(harvest.asked), "per second": found}
        arguments.json.write_text(json.dumps(result, indent=2) + "\n", "utf-8")
    print(table(found, [endpoint.name for endpoint in endpoints]))
    return 0


if __name__ == "__main__":
    sys.exit(main())
