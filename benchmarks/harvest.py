"""Measure a harvest of documents over HTTP with wrk: every description once, never one that was sent before.

    python benchmarks/harvest.py HOME --rounds 7 --json build/harvest.json

HOME holds a built release. PolicyTrace is asked for the Turtle document of each thing; the others, which have
no such documents, for the DESCRIBE of the same thing, which is the smaller answer.
"""

import argparse
import json
import random
import re
import subprocess
import sys
from contextlib import ExitStack
from pathlib import Path
from statistics import median
from urllib.parse import quote

import pyoxigraph as ox
from endpoints import SERVERS, Endpoint, program

from policytrace.graph.reader import Reader
from policytrace.graph.release import Release, Releases
from policytrace.graph.terms import ID
from policytrace.server.words import SECTIONS

SCRIPT = """
local targets, count = {{}}, {began}
for line in io.lines("{targets}") do targets[#targets + 1] = line end
wrk.headers["Accept"] = "text/turtle"
function request()
  count = count + 1
  return wrk.format("GET", targets[count % #targets + 1])
end
function done(summary, latency, requests)
  io.write(string.format("RESULT %d %d %d %d\\n", summary.requests, summary.duration, summary.bytes,
    summary.errors.status + summary.errors.connect + summary.errors.read + summary.errors.timeout))
end
"""


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
    if endpoint.name == "policytrace":
        return f"/doc/{quote(thing[len(ID) :])}"
    return endpoint.target(f"DESCRIBE <{thing}>")


class Harvest:
    """Goes on through the same list from run to run, so that no server is asked for a description twice."""

    def __init__(self, work: Path, asked: list[str], seconds: int, connections: int) -> None:
        self.work, self.asked, self.seconds, self.connections = work, asked, seconds, connections
        self._began: dict[str, int] = {}

    def run(self, endpoint: Endpoint) -> float:
        """Documents a second.

        Raises:
            RuntimeError: an answer was an error, or every document was sent: measure for a shorter time.
        """
        targets, script = self.work / "documents.txt", self.work / "harvest.lua"
        targets.write_text("".join(f"{target(endpoint, thing)}\n" for thing in self.asked), "utf-8")
        began = self._began.get(endpoint.name, 0)
        script.write_text(SCRIPT.format(targets=targets, began=began), "utf-8")
        command = ["wrk", "-t1", f"-c{self.connections}", f"-d{self.seconds}s", "-s", str(script)]
        done = subprocess.run(
            [*command, f"http://127.0.0.1:{endpoint.port}"], check=True, capture_output=True, text=True
        )
        found = re.search(r"RESULT (\d+) (\d+) (\d+) (\d+)", done.stdout)
        if found is None or int(found[4]):
            raise RuntimeError(f"{endpoint.name}: errors\n{done.stdout}{done.stderr}")
        self._began[endpoint.name] = began + int(found[1]) + self.connections
        if self._began[endpoint.name] > len(self.asked):
            raise RuntimeError(f"{endpoint.name}: every document was sent; lower --seconds or --rounds")
        return int(found[1]) / (int(found[2]) / 1e6)


def main() -> int:
    """Measure all servers on one release, in alternating rounds."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("home", type=Path, help="folder that holds a built release")
    parser.add_argument("--servers", nargs="*", default=list(SERVERS), help=f"of: {', '.join(SERVERS)}")
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--seconds", type=int, default=5, help="of one run")
    parser.add_argument("--connections", type=int, default=8)
    parser.add_argument("--work", type=Path, default=Path("build/benchmark"), help="folder to work in")
    parser.add_argument("--json", type=Path, help="write the figures here")
    arguments = parser.parse_args()
    program("wrk")
    release = Releases(arguments.home).current()
    if release is None:
        parser.error(f"there is no release in {arguments.home}")
    work = arguments.work.resolve()
    work.mkdir(parents=True, exist_ok=True)
    harvest = Harvest(work, things(release), arguments.seconds, arguments.connections)
    found: dict[str, list[float]] = {}
    with ExitStack() as stack:
        endpoints = [SERVERS[name](release, work, stack) for name in arguments.servers]
        for endpoint in endpoints:
            endpoint.pause()
        for number in range(arguments.rounds):
            turn = number % len(endpoints)
            for endpoint in endpoints[turn:] + endpoints[:turn]:
                endpoint.resume()
                found.setdefault(endpoint.name, []).append(harvest.run(endpoint))
                endpoint.pause()
    for name, each in found.items():
        print(f"{name}: {median(each):,.0f} documents a second ({min(each):,.0f} to {max(each):,.0f})")
    if arguments.json:
        result = {"release": release.id, "things": len(harvest.asked), "per second": found}
        arguments.json.write_text(json.dumps(result, indent=2) + "\n", "utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
