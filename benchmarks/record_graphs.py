"""What a named graph per record costs, against a compact index from statement to record.

    python benchmarks/record_graphs.py build/synthetic-1m --work build/record-graphs

Loads the tables, then fills one store per way of keeping records, each in a process of its own, and measures
the bulk load, the size on disk, the peak of memory, and the questions that are asked of it. Prints a table
and, with ``--json``, the figures.
"""

import argparse
import hashlib
import json
import random
import resource
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from statistics import median
from typing import Any, TypeVar

import numpy as np
import pyoxigraph as ox

from policytrace.graph.tables import tables
from policytrace.graph.tables.load import load
from policytrace.graph.tables.schema import schema
from policytrace.graph.vocabulary.terms import GRAPH, PT, graph

WAYS = {
    "statements only": ("default",),
    "and graph/asserted": ("default", "asserted"),
    "and a graph per record": ("default", "asserted", "records", "descriptions"),
    "graph per record, no graph/asserted": ("default", "records", "descriptions"),
    "index of statements": ("default", "asserted", "descriptions", "index"),
}
"""The ways compared: which parts each one holds."""

_RECORDS = f" <{graph('records')}> .\n"
_SAMPLE = 300

T = TypeVar("T")
_COUNT = f"SELECT (COUNT(*) AS ?n) WHERE {{ ?t a <{PT}LearningTransfer> ; <{PT}realisation> ?r }}"
_MATRIX = f"""
SELECT ?from ?to (COUNT(*) AS ?n) WHERE {{
  ?t <{PT}fromRegion> ?a ; <{PT}toRegion> ?b . ?a <{PT}country> ?from . ?b <{PT}country> ?to
}} GROUP BY ?from ?to"""


def _statements(quads: Path) -> Iterator[tuple[str, str]]:
    """Each statement with the record that states it."""
    with quads.open(encoding="utf-8") as file:
        for line in file:
            if not line.endswith(_RECORDS):
                statement, _, record = line[:-3].rpartition(" ")
                yield statement, record


def split(quads: Path, records: Path, descriptions: Path) -> None:
    """Part the loader's quads into the statements by record and the descriptions of records."""
    with (
        quads.open(encoding="utf-8") as file,
        records.open("w", encoding="utf-8") as stating,
        descriptions.open("w", encoding="utf-8") as describing,
    ):
        for line in file:
            (describing if line.endswith(_RECORDS) else stating).write(line)


class Index:
    """A statement's digest to the numbers of its records, in two sorted arrays on disk."""

    def __init__(self, folder: Path) -> None:
        self._digests = np.load(folder / "digests.npy", mmap_mode="r")
        self._numbers = np.load(folder / "numbers.npy", mmap_mode="r")
        self._names = (folder / "names.txt").read_text("utf-8").splitlines()

    @staticmethod
    def digest(statement: str) -> int:
        """Eight bytes that stand for a statement in N-Triples syntax."""
        return int.from_bytes(hashlib.blake2b(statement.encode(), digest_size=8).digest(), "little")

    @classmethod
    def write(cls, quads: Path, folder: Path) -> None:
        """Make the index of all statements."""
        folder.mkdir()
        names: dict[str, int] = {}
        digests, numbers = [], []
        for statement, record in _statements(quads):
            digests.append(cls.digest(statement))
            numbers.append(names.setdefault(record, len(names)))
        keys = np.array(digests, dtype=np.uint64)
        order = np.argsort(keys, kind="stable")
        np.save(folder / "digests.npy", keys[order])
        np.save(folder / "numbers.npy", np.array(numbers, dtype=np.uint32)[order])
        (folder / "names.txt").write_text("\n".join(names), "utf-8")

    def records(self, statement: str) -> list[str]:
        """The records that state it."""
        key = np.uint64(self.digest(statement))
        start, end = (int(np.searchsorted(self._digests, key, side)) for side in ("left", "right"))
        return [self._names[int(self._numbers[at])] for at in range(start, end)]


def _typical(ask: Callable[[T], object], questions: Iterable[T]) -> float:
    """The median of milliseconds."""
    times = []
    for question in questions:
        start = time.perf_counter()
        ask(question)
        times.append(1000 * (time.perf_counter() - start))
    return median(times)


def _size(folder: Path) -> float:
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file()) / 2**20


def _sample(triples: Path) -> list[str]:
    """Statements spread over the whole file, the same in every process."""
    chosen = random.Random(1)
    size = triples.stat().st_size
    found: list[str] = []
    with triples.open("rb") as file:
        while len(found) < _SAMPLE:
            file.seek(chosen.randrange(size))
            file.readline()
            if line := file.readline().decode("utf-8"):
                found.append(line.removesuffix(" .\n"))
    return found


def measure(way: str, work: Path) -> dict[str, float]:
    """Fill one store and ask it; times in seconds and milliseconds, sizes in MiB."""
    parts = WAYS[way]
    folder = work / "store"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    store = ox.Store(str(folder / "rdf"))
    start = time.perf_counter()
    for part in parts:
        to_graph = ox.DefaultGraph() if part == "default" else ox.NamedNode(graph("asserted"))
        if part in ("default", "asserted"):
            store.bulk_load(path=str(work / "asserted.nt"), format=ox.RdfFormat.N_TRIPLES, to_graph=to_graph)
        elif part != "index":
            store.bulk_load(path=str(work / f"{part}.nq"), format=ox.RdfFormat.N_QUADS)
    loaded = time.perf_counter()
    if "index" in parts:
        Index.write(work / "records.nq", folder / "index")
    indexed = time.perf_counter()
    store.flush()
    del store
    return {
        "load s": loaded - start,
        "index s": indexed - loaded,
        "disk MiB": _size(folder),
        "peak MiB": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
        **_ask(folder, work, parts),
    }


def _ask(folder: Path, work: Path, parts: tuple[str, ...]) -> dict[str, float]:
    store = ox.Store.read_only(str(folder / "rdf"))
    sample = _sample(work / "asserted.nt")
    lines = "".join(f"{line} .\n" for line in sample)
    parsed = ox.parse(lines.encode(), format=ox.RdfFormat.N_TRIPLES)
    triples = [quad.triple for quad in parsed]
    asserted = graph("asserted")

    def named(triple: ox.Triple) -> list[str]:
        found = store.quads_for_pattern(triple.subject, triple.predicate, triple.object, None)
        names = (quad.graph_name for quad in found)
        return [name.value for name in names if isinstance(name, ox.NamedNode) and name.value != asserted]

    def queried(statement: str) -> int:
        text = f"SELECT ?g WHERE {{ GRAPH ?g {{ {statement} }} FILTER(STRSTARTS(STR(?g), '{GRAPH}')) }}"
        answer = store.query(text)
        return sum(1 for _ in answer) if isinstance(answer, ox.QuerySolutions) else 0

    def described(triple: ox.Triple) -> int:
        return sum(1 for _ in store.quads_for_pattern(triple.subject, None, None, ox.DefaultGraph()))

    def asked(text: str) -> int:
        answer = store.query(text)
        return sum(1 for _ in answer) if isinstance(answer, ox.QuerySolutions) else 0

    found: dict[str, float] = {}
    if "records" in parts:
        assert all(named(triple) for triple in triples)
        found["records of a statement, pattern ms"] = _typical(named, triples)
        found["records of a statement, SPARQL ms"] = _typical(queried, sample)
    if "index" in parts:
        index = Index(folder / "index")
        assert all(index.records(statement) for statement in sample)
        found["records of a statement, pattern ms"] = _typical(index.records, sample)
    found["look up one thing ms"] = _typical(described, triples)
    found["count transfers ms"] = _typical(asked, [_COUNT] * 5)
    found["country matrix ms"] = _typical(asked, [_MATRIX] * 5)
    return found


def _prepare(source: Path, work: Path) -> None:
    work.mkdir(parents=True, exist_ok=True)
    load(tables.read([source], schema()), work)
    (work / "records.nq").rename(work / "all.nq")
    split(work / "all.nq", work / "records.nq", work / "descriptions.nq")


def _table(results: dict[str, dict[str, float]]) -> str:
    names = list(dict.fromkeys(name for found in results.values() for name in found))
    lines = ["| | " + " | ".join(names) + " |", "| --- |" + " --- |" * len(names)]
    for way, found in results.items():
        cells = [f"{found[name]:.3g}" if name in found else "" for name in names]
        lines.append(f"| {way} | " + " | ".join(cells) + " |")
    return "\n".join(lines)


def main() -> None:
    """Measure every way in a process of its own."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("source", type=Path, help="tables written by generate.py")
    parser.add_argument("--work", type=Path, required=True, help="folder for the stores, removed afterwards")
    parser.add_argument("--json", type=Path, help="write the figures here")
    parser.add_argument("--way", choices=sorted(WAYS), help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.way:
        print(json.dumps(measure(arguments.way, arguments.work)))
        return
    _prepare(arguments.source, arguments.work)
    results: dict[str, Any] = {}
    for way in WAYS:
        command = [
            sys.executable,
            __file__,
            str(arguments.source),
            "--work",
            str(arguments.work),
            "--way",
            way,
        ]
        results[way] = json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)
        print(f"{way}: {results[way]}", file=sys.stderr)
    print(_table(results))
    if arguments.json:
        arguments.json.write_text(json.dumps(results, indent=2) + "\n", "utf-8")
    shutil.rmtree(arguments.work)


if __name__ == "__main__":
    main()
