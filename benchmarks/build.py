"""Measure the whole build, stage by stage, and the start of the server on what was built.

    python benchmarks/build.py demo 1m 10m --work build/benchmark --json build/benchmark.json

Every build runs in a process of its own. Peak memory of a stage is that of the process up to its end; that of
the whole adds the peak of the process that surveys the store beside it.
"""

import argparse
import json
import os
import resource
import shutil
import signal
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path
from statistics import median
from threading import Event, Thread
from typing import Any
from urllib.error import URLError
from urllib.request import urlopen

from endpoints import free_port
from generate import generate

SIZES = {"demo": 0, "10k": 10_000, "100k": 100_000, "1m": 1_000_000, "10m": 10_000_000}
TARGETS = {"demo": (5.0, 2048.0), "1m": (60.0, 2048.0), "10m": (900.0, 8192.0)}
"""Size to seconds and MiB that a build may take."""
START_TARGET = 1.0
"""Seconds until a server on a built release answers."""


class Stages:
    """A progress that notes when each stage began and the peak of memory at its end."""

    def __init__(self) -> None:
        self._start = self._since = time.perf_counter()
        self._name = ""
        self.seconds: dict[str, float] = {}
        self.peak: dict[str, float] = {}

    def __call__(self, stage: str, done: int, total: int) -> None:
        """Take note; called by the build."""
        if stage != self._name:
            self.close()
            self._name = stage

    def close(self) -> None:
        """End the running stage."""
        now = time.perf_counter()
        if self._name:
            self.seconds[self._name] = self.seconds.get(self._name, 0.0) + now - self._since
            self.peak[self._name] = peak()
        self._since = now

    def total(self) -> float:
        """Seconds since the beginning."""
        return time.perf_counter() - self._start


def peak() -> float:
    """The most memory this process ever held, in MiB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


class Beside(Thread):
    """Looks every tenth of a second how much memory the processes held that this one started.

    What the system says of ended ones counts what their parent held when they began.
    """

    def __init__(self) -> None:
        super().__init__(daemon=True)
        self._ended = Event()
        self._own = Path("/proc/self/cmdline").read_bytes()
        """The command of this process, which a new one has too before it becomes a program of its own."""
        self.peak = 0.0
        """MiB of the largest."""

    def run(self) -> None:
        """Look until told to end."""
        while not self._ended.wait(0.1):
            for thread in Path("/proc/self/task").iterdir():
                with suppress(OSError):
                    for number in (thread / "children").read_text().split():
                        self._look(Path("/proc", number, "status"))

    def _look(self, status: Path) -> None:
        with suppress(OSError):
            if status.with_name("cmdline").read_bytes() == self._own:
                return
            for line in status.read_text().splitlines():
                if line.startswith("VmHWM:"):
                    self.peak = max(self.peak, int(line.split()[1]) / 1024)

    def end(self) -> float:
        """The most memory that one of them held, in MiB."""
        self._ended.set()
        self.join()
        return self.peak


def processor() -> float:
    """Seconds of processor time of this process and of those it waited for."""
    used = (resource.getrusage(whose) for whose in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    return sum(one.ru_utime + one.ru_stime for one in used)


def measure_build(source: Path | None, home: Path) -> dict[str, Any]:
    """Build and publish in this process; the packaged data when no source is given."""
    begun = time.perf_counter()
    from policytrace.graph.building.build import build, demo

    imported = time.perf_counter() - begun
    stages, beside = Stages(), Beside()
    beside.start()
    built = build([source or demo()], home, stages)
    stages.close()
    files = [path for path in built.release.path.rglob("*") if path.is_file()]
    return {
        "import s": imported,
        "total s": imported + stages.total(),
        "processor s": processor(),
        "peak MiB": peak() + beside.end(),
        "disk MiB": sum(path.stat().st_size for path in files) / 2**20,
        "stages": {
            name: {"s": stages.seconds[name], "peak MiB": stages.peak[name]} for name in stages.seconds
        },
        "triples": built.release.manifest["triples"],
        "hops": built.release.manifest["hops"],
    }


def measure_start(home: Path, limit: float = 60.0) -> tuple[float, float]:
    """Seconds from starting ``policytrace serve`` to its first answer, and to its home page after that.

    Raises:
        TimeoutError: it did not answer within ``limit`` seconds.
    """
    port = free_port()
    command = [sys.executable, "-m", "policytrace", "--home", str(home), "serve", "--port", str(port)]
    begun = time.perf_counter()
    with subprocess.Popen(
        command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, process_group=0
    ) as server:
        try:
            first = _answered(f"http://127.0.0.1:{port}/health", begun + limit)
            return first - begun, _answered(f"http://127.0.0.1:{port}/", begun + limit) - first
        finally:
            os.killpg(server.pid, signal.SIGTERM)


def _answered(address: str, until: float) -> float:
    """When a page was answered."""
    while time.perf_counter() < until:
        try:
            with urlopen(address, timeout=max(until - time.perf_counter(), 0.1)) as answer:
                answer.read()
                return time.perf_counter()
        except (URLError, ConnectionError):
            time.sleep(0.01)
    raise TimeoutError(f"{address} did not answer in time")


def _run(size: str, work: Path, profile: str) -> dict[str, Any]:
    source, home = work / f"tables-{size}", work / f"home-{size}"
    if SIZES[size] and not source.exists():
        generate(source, SIZES[size], profile, seed=1)
    shutil.rmtree(home, ignore_errors=True)
    command = [sys.executable, __file__, "--child", str(home)]
    command += ["--source", str(source)] if SIZES[size] else []
    done = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True)
    result: dict[str, Any] = json.loads(done.stdout)
    starts, pages = zip(*(measure_start(home) for _ in range(5)), strict=True)
    result["server start s"], result["home page s"] = median(starts), median(pages)
    shutil.rmtree(home)
    return result


def _verdict(size: str, result: dict[str, Any]) -> str:
    if size not in TARGETS:
        return ""
    seconds, memory = TARGETS[size]
    met = (
        result["total s"] < seconds
        and result["peak MiB"] < memory
        and result["server start s"] < START_TARGET
    )
    return "met" if met else "MISSED"


def _table(results: dict[str, dict[str, Any]]) -> str:
    stages = list(dict.fromkeys(name for result in results.values() for name in result["stages"]))
    lines = ["| | " + " | ".join(results) + " |", "| --- |" + " ---: |" * len(results)]
    for name in stages:
        cells = [
            f"{result['stages'][name]['s']:.2f}" if name in result["stages"] else ""
            for result in results.values()
        ]
        lines.append(f"| {name}, s | " + " | ".join(cells) + " |")
    for key in ("total s", "processor s", "peak MiB", "disk MiB", "server start s", "home page s"):
        lines.append(f"| {key} | " + " | ".join(f"{result[key]:.2f}" for result in results.values()) + " |")
    lines.append(
        "| target | " + " | ".join(_verdict(size, result) for size, result in results.items()) + " |"
    )
    return "\n".join(lines)


def main() -> int:
    """Measure each size; the exit code is 1 when a target is missed."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("sizes", nargs="*", default=["demo", "1m"], help=f"of: {', '.join(SIZES)}")
    parser.add_argument("--profile", default="programme")
    parser.add_argument("--work", type=Path, default=Path("build/benchmark"), help="folder to work in")
    parser.add_argument("--json", type=Path, help="write the figures here")
    parser.add_argument("--child", type=Path, help=argparse.SUPPRESS)
    parser.add_argument("--source", type=Path, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.child:
        print(json.dumps(measure_build(arguments.source, arguments.child)))
        return 0
    if unknown := set(arguments.sizes) - set(SIZES):
        parser.error(f"unknown size: {', '.join(sorted(unknown))}")
    arguments.work.mkdir(parents=True, exist_ok=True)
    results = {}
    for size in arguments.sizes:
        results[size] = _run(size, arguments.work, arguments.profile)
        print(f"{size}: {results[size]}", file=sys.stderr)
    print(_table(results))
    if arguments.json:
        arguments.json.write_text(json.dumps(results, indent=2) + "\n", "utf-8")
    return int("MISSED" in [_verdict(size, result) for size, result in results.items()])


if __name__ == "__main__":
    sys.exit(main())
