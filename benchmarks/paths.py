"""How long questions about paths take on synthetic hop graphs, beside other graph engines on the same graphs.

    python benchmarks/paths.py 1m 10m dense --rounds 7 --json build/paths.json

Every engine is a process of its own that holds the graph; work goes to them in turns, in an order that turns
round with every round. Times are those of the whole batch, with the answer as Python objects; building the
graph is not counted. A first round is not counted either: it warms up, and an engine that takes longer than
``--patience`` there is ended and told as that. All answers to one work must be equal.
"""

import argparse
import json
import multiprocessing as mp
import tempfile
import time
from dataclasses import dataclass
from multiprocessing.connection import Connection
from pathlib import Path
from statistics import median, quantiles
from typing import Any

import numpy as np
from path_engines import ENGINES, Graph, linked
from path_graphs import Drawn, both_ways, dense, programme

from policytrace.graph.hops.arrays import HopArrays

AHEAD = 1.15
"""Median ratio from which one is called ahead, if the quartiles do not overlap."""

GRAPHS = {
    "1m": lambda: programme(40_000, 48_000, 1),
    "10m": lambda: programme(400_000, 480_000, 1),
    "dense": lambda: dense(200_000, 1_000_000, 1),
}


@dataclass(frozen=True)
class Work:
    """A batch of questions: its name, the method that answers it, and what it is called with."""

    title: str
    method: str
    undirected: bool
    given: Any


def works(name: str, drawn: Drawn) -> list[Work]:
    """What is asked of one graph."""
    arrays, sources = drawn.arrays, drawn.practices
    crowded = name == "dense"
    pairs = linked(arrays, sources, 20 if crowded else 200, 2, least=4 if crowded else 2)
    few = pairs[:5] if crowded else pairs[:10]
    reached = sources[:: max(1, len(sources) // 100)].tolist()[:100] if crowded else sources.tolist()
    between = sources[:20].tolist() if crowded else None
    some = [a for a, _ in pairs[: 20 if crowded else 100]]
    found = [
        Work(f"all simple paths, 6 hops, {len(pairs)} pairs", "all_simple", False, pairs),
        Work(f"a shortest path, {len(pairs)} pairs", "shortest", False, pairs),
        Work(f"all shortest paths, {len(pairs)} pairs", "all_shortest", False, pairs),
        Work(f"closure with counts, {len(some)} places", "closure", False, some),
        Work(f"reach of {len(reached)} practices", "reach", False, reached),
        Work("betweenness" + (" from 20 places" if crowded else ""), "betweenness", False, between),
        Work(f"all shortest paths, undirected, {len(few)} pairs", "all_shortest", True, few),
    ]
    if not crowded:
        found.append(Work(f"all simple paths, 6 hops, undirected, {len(few)} pairs", "all_simple", True, few))
    return found


def serve(engine: str, folder: Path, undirected: bool, pipe: Connection) -> None:
    """A process: builds its graph, then answers batches until it is ended."""
    made = ENGINES[engine](Graph(HopArrays.open(folder), undirected))
    pipe.send("ready")
    while True:
        method, given = pipe.recv()
        try:
            start = time.perf_counter()
            answer = getattr(made, method)(given)
            pipe.send((time.perf_counter() - start, answer))
        except NotImplementedError:
            pipe.send(None)
        except Exception as error:
            pipe.send(f"{type(error).__name__}: {error}")


class Engine:
    """An engine in its process."""

    def __init__(self, name: str, folder: Path, undirected: bool) -> None:
        context = mp.get_context("spawn")
        self.pipe, other = context.Pipe()
        self.process = context.Process(target=serve, args=(name, folder, undirected, other), daemon=True)
        self.process.start()
        self.pipe.recv()

    def ask(self, work: Work, patience: float | None = None) -> Any:
        """Seconds and answer; ``None`` if it cannot; a text if it failed or took too long."""
        self.pipe.send((work.method, work.given))
        if not self.pipe.poll(patience):
            self.process.kill()
            return f"> {patience:.0f} s"
        return self.pipe.recv()


def measure(folder: Path, work: Work, engines: list[str], rounds: int, patience: float) -> dict[str, Any]:
    """All runs of a batch by engine, and what became of those that were not measured."""
    running = {name: Engine(name, folder, work.undirected) for name in engines}
    waits = {name: None if name == "ours" else patience for name in engines}
    first = {name: engine.ask(work, waits[name]) for name, engine in running.items()}
    able = [name for name, found in first.items() if isinstance(found, tuple)]
    answers = {name: first[name][1] for name in able}
    if not np.allclose(list(answers.values()), answers["ours"], rtol=1e-9):
        raise SystemExit(f"{work.title}: the answers differ: {answers}")
    runs: dict[str, list[float]] = {name: [] for name in able}
    for turn in range(rounds):
        for name in able if turn % 2 == 0 else reversed(able):
            runs[name].append(running[name].ask(work)[0])
    for engine in running.values():
        engine.process.kill()
    left_out = {name: found or "cannot" for name, found in first.items() if name not in able}
    return {"work": work.title, "answer": answers["ours"], "runs": runs, "left out": left_out}


def rows(found: dict[str, Any]) -> list[str]:
    """The lines of a table for one batch."""
    mine = found["runs"]["ours"]
    lines = []
    for name, seconds in found["runs"].items():
        low, middle, high = quantiles([b / a for a, b in zip(mine, seconds, strict=True)], method="inclusive")
        cells = [found["work"] if name == "ours" else "", name, f"{median(seconds) * 1000:.3g}"]
        cells += (
            ["", ""]
            if name == "ours"
            else [f"{middle:.3g} ({low:.3g} to {high:.3g})", verdict(mine, seconds)]
        )
        lines.append("| " + " | ".join(cells) + " |")
    lines += [f"| | {name} | {why} | | |" for name, why in found["left out"].items() if why != "cannot"]
    return lines


def verdict(mine: list[float], theirs: list[float]) -> str:
    """Ahead, level or behind, as seen from ours."""
    own, other = (quantiles(values, method="inclusive") for values in (mine, theirs))
    if other[0] > own[2] and other[1] >= AHEAD * own[1]:
        return "ahead"
    return "behind" if own[0] > other[2] and own[1] >= AHEAD * other[1] else "level"


def opened(folder: Path, times: int = 50) -> list[float]:
    """Milliseconds that mapping the arrays takes in a running process."""
    found = []
    for _ in range(times):
        start = time.perf_counter()
        HopArrays.open(folder)
        found.append((time.perf_counter() - start) * 1000)
    return found


def main() -> None:
    """Draw the graphs, measure, print tables."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("graphs", nargs="*", default=list(GRAPHS), help=f"of {', '.join(GRAPHS)}")
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--patience", type=float, default=20.0, help="seconds for the first round of a batch")
    parser.add_argument("--engines", nargs="*", default=list(ENGINES), choices=list(ENGINES))
    parser.add_argument("--only", default="", help="only work whose title has this in it")
    parser.add_argument("--json", type=Path, help="write all runs here")
    arguments = parser.parse_args()
    results: dict[str, Any] = {}
    with tempfile.TemporaryDirectory(prefix="paths-") as work_folder:
        for name in arguments.graphs:
            drawn = GRAPHS[name]()
            folders = {False: Path(work_folder) / name, True: Path(work_folder) / f"{name}-both"}
            drawn.arrays.save(folders[False])
            both_ways(drawn.arrays).save(folders[True])
            results[name] = {"open ms": opened(folders[False]), "works": []}
            middle = median(results[name]["open ms"])
            print(f"\n{name}: {drawn.arrays.hop_count} hops, opened in {middle:.2f} ms\n")
            print(
                "| work | engine | median ms | ratio to ours (quartiles) | ours is |\n" + "| --- " * 5 + "|"
            )
            for work in works(name, drawn):
                if arguments.only in work.title:
                    plan = (work, arguments.engines, arguments.rounds, arguments.patience)
                    results[name]["works"].append(found := measure(folders[work.undirected], *plan))
                    print("\n".join(rows(found)), flush=True)
            if arguments.json:
                arguments.json.write_text(json.dumps(results, indent=1) + "\n", "utf-8")


if __name__ == "__main__":
    main()
