"""One run of load against a server."""

import re
import subprocess
import time
from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from statistics import median

from endpoints import Endpoint

COUNTED = "#0000000000"
"""Stands in a query where the number of the request goes."""
SCRIPT = """
local targets, count = {{}}, {began}
for line in io.lines("{targets}") do targets[#targets + 1] = line end
{headers}
function request()
  count = count + 1
  local target = targets[count % #targets + 1]
  if {counted} then target = target:gsub("%%230+$", string.format("%%%%23%010d", count)) end
  return wrk.format("GET", target)
end
function done(summary, latency, requests)
  io.write(string.format("RESULT %d %d %d %d\\n", summary.requests, summary.duration, latency:percentile(50),
    summary.errors.status + summary.errors.connect + summary.errors.read + summary.errors.timeout))
end
"""


@dataclass(frozen=True)
class Run:
    """What came of a run: requests, seconds they took, and the median time of one in milliseconds."""

    requests: int
    seconds: float
    median: float

    @property
    def rate(self) -> float:
        """Requests a second."""
        return self.requests / self.seconds


def load(
    endpoint: Endpoint,
    targets: Iterable[str],
    headers: Mapping[str, str],
    work: Path,
    *,
    connections: int,
    seconds: int,
    began: int = 0,
    counted: bool = False,
) -> Run:
    """Ask a server for targets (path and query string) in turn, one thread of wrk over several connections.

    Args:
        endpoint: the server.
        targets: what is asked for.
        headers: of each request.
        work: folder for scripts.
        connections: how many are open at once.
        seconds: how long it takes.
        began: how many requests were sent before.
        counted: whether each request carries its number, where a target ends in ``COUNTED``.

    Raises:
        RuntimeError: an answer was an error.
    """
    listed, script = work / "targets.txt", work / "load.lua"
    listed.write_text("".join(f"{target}\n" for target in targets), "utf-8")
    lines = "\n".join(f'wrk.headers["{name}"] = {value!r}' for name, value in headers.items())
    text = SCRIPT.format(began=began, targets=listed, headers=lines, counted=str(counted).lower())
    script.write_text(text, "utf-8")
    command = ["wrk", "-t1", f"-c{connections}", f"-d{seconds}s", "-s", str(script)]
    done = subprocess.run(
        [*command, f"http://127.0.0.1:{endpoint.port}"], check=True, capture_output=True, text=True
    )
    found = re.search(r"RESULT (\d+) (\d+) (\d+) (\d+)", done.stdout)
    if found is None or int(found[4]):
        raise RuntimeError(f"{endpoint.name}: errors\n{done.stdout}{done.stderr}")
    return Run(int(found[1]), int(found[2]) / 1e6, int(found[3]) / 1000)


def burst(endpoint: Endpoint, targets: Sequence[str], accept: str) -> Run:
    """Ask a server for all targets at once, each by a connection of its own, until it has answered them all.

    For servers that take seconds for an answer: nothing is left running that nobody waits for.

    Raises:
        OSError: an answer was an error, or did not come.
    """

    def ask(target: str) -> float:
        began = time.monotonic()
        endpoint.ask(target, accept)
        return time.monotonic() - began

    began = time.monotonic()
    with ThreadPoolExecutor(len(targets)) as clients:
        times = list(clients.map(ask, targets))
    return Run(len(targets), time.monotonic() - began, median(times) * 1000)
