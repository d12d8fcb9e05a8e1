"""How long validation takes, beside other SHACL validators on the same graph and shapes.

    python benchmarks/validation.py build/synthetic-1m --pyshacl-tables build/synthetic-100k
    python benchmarks/validation.py graph.nt

Reads an N-Triples file as it is, or loads tables written by generate.py (with ``--faults``), adds the
ontology and infers. Every validator loads that file and checks the shapes of this package in a process of
its own, in turns; start-up and imports are not counted, and Jena is warmed up first. Prints medians of
loading and validating, the ratio of their sum to ours with its quartiles, peak memory (the heap in use for
Jena), and how many results each one finds; "same" says that they are the same: focus node, component,
severity and shape.

Jena is Debian's ``libapache-jena-java`` with ``libxerces2-java``. Its copy of Xerces looks for its messages
where Debian did not put them, so they are unpacked to where it looks.
"""

import argparse
import hashlib
import json
import shutil
import subprocess
import sys
import tempfile
import time
import zipfile
from collections.abc import Callable, Iterable
from pathlib import Path
from statistics import median, quantiles
from typing import Any

import pyoxigraph as ox
import rdflib
from inference import prepare

from policytrace.graph.reasoning.axioms import axioms
from policytrace.graph.reasoning.infer import infer
from policytrace.graph.validation.report import ValidationReport
from policytrace.graph.validation.shapes import packaged
from policytrace.graph.validation.validate import validate
from policytrace.graph.vocabulary.terms import SH

AHEAD = 1.15
"""Median ratio from which one is called ahead, if the quartiles do not overlap."""

JARS = Path("/usr/share/java")
WARM_UP = 5
"""How often Jena validates the warm-up graph before it is measured."""

Key = tuple[str, str, str, str]
Run = dict[str, Any]


def ours(data: Path, shapes: Path) -> tuple[float, float, Callable[[], Iterable[Key]]]:
    """This package, on Oxigraph in memory."""
    start = time.perf_counter()
    store = ox.Store()
    store.bulk_load(path=str(data), format=ox.RdfFormat.N_TRIPLES)
    loaded = time.perf_counter()
    report: ValidationReport = validate(store)
    end = time.perf_counter()
    return (
        loaded - start,
        end - loaded,
        lambda: (
            (result.focus.value, result.component, result.severity, result.shape.value)
            for result in report.results
        ),
    )


def pyshacl(data: Path, shapes: Path) -> tuple[float, float, Callable[[], Iterable[Key]]]:
    """pySHACL on rdflib in memory."""
    import pyshacl as engine

    known = rdflib.Graph().parse(shapes)
    start = time.perf_counter()
    graph = rdflib.Graph().parse(data, format="nt")
    loaded = time.perf_counter()
    _, found, _ = engine.validate(graph, shacl_graph=known, inference="none", inplace=True)
    end = time.perf_counter()
    assert isinstance(found, rdflib.Graph)
    return loaded - start, end - loaded, lambda: _keys(found)


def _keys(report: rdflib.Graph) -> Iterable[Key]:
    names = ("focusNode", "sourceConstraintComponent", "resultSeverity", "sourceShape")
    for result in report.objects(None, rdflib.URIRef(SH + "result")):
        focus, component, severity, shape = (
            str(report.value(result, rdflib.URIRef(SH + name))) for name in names
        )
        yield focus, component, severity, shape


def pyrudof(data: Path, shapes: Path) -> tuple[float, float, Callable[[], Iterable[Key]]]:
    """pyrudof (Rust), in memory."""
    import pyrudof as engine

    rudof = engine.Rudof(engine.RudofConfig())
    start = time.perf_counter()
    rudof.read_data(str(data), engine.RDFFormat.NTriples)
    loaded = time.perf_counter()
    rudof.read_shacl(str(shapes), engine.ShaclFormat.Turtle)
    found = rudof.validate_shacl()
    end = time.perf_counter()
    return (
        loaded - start,
        end - loaded,
        lambda: (
            (entry.focus_node, entry.constraint_component, SH + entry.severity, str(entry.source_shape))
            for entry in found.violations
        ),
    )


VALIDATORS = {"ours": ours, "pyshacl": pyshacl, "pyrudof": pyrudof}


def measure(validator: str, data: Path, shapes: Path) -> Run:
    """One run in this process."""
    load, seconds, keys = VALIDATORS[validator](data, shapes)
    peak = _peak()
    found = sorted({" ".join(key) for key in keys()})
    digest = hashlib.sha256("\n".join(found).encode()).hexdigest()[:16]
    return {"load": load, "validate": seconds, "MiB": peak, "results": len(found), "digest": digest}


def _peak() -> float:
    status = Path("/proc/self/status").read_text("ascii")
    return next(int(line.split()[1]) / 1024 for line in status.splitlines() if line.startswith("VmHWM:"))


def jena(work: Path, data: Path, shapes: Path, warm_up: Path) -> list[str]:
    """The command that measures Jena, with the messages of Xerces where it looks for them."""
    messages = work / "messages"
    if not messages.exists():
        with zipfile.ZipFile(JARS / "jena-core.jar") as jar:
            for name in jar.namelist():
                if name.startswith("org/apache/jena/ext/xerces/") and not name.endswith("/"):
                    target = messages / name.removeprefix("org/apache/jena/ext/")
                    target.parent.mkdir(parents=True, exist_ok=True)
                    target.write_bytes(jar.read(name))
    program = Path(__file__).with_name("JenaShacl.java")
    classes = f"{messages}:{JARS}/*"
    return ["java", "-Xmx8g", "-cp", classes, str(program), *map(str, (shapes, data, warm_up)), str(WARM_UP)]


def graph(source: Path, work: Path) -> Path:
    """A file as it is, or tables with the ontology and what follows from both."""
    if source.is_file():
        return source
    statements = prepare(source, work)
    inferred = work / "inferred.nt"
    infer([statements], inferred, axioms())
    with statements.open("ab") as file, inferred.open("rb") as more:
        shutil.copyfileobj(more, file)
    return statements


def compare(data: Path, shapes: Path, names: list[str], repeat: int, work: Path) -> dict[str, list[Run]]:
    """All runs of each validator, taken in turns; the order turns round with every round."""
    runs: dict[str, list[Run]] = {name: [] for name in names}
    warm_up = work / "warm-up.nt"
    with data.open("rb") as file:
        warm_up.write_bytes(b"".join(line for line, _ in zip(file, range(100_000), strict=False)))
    for turn in range(repeat):
        for name in names if turn % 2 == 0 else reversed(names):
            command = [sys.executable, __file__, str(data), "--one", name, "--shapes", str(shapes)]
            if name == "jena":
                command = jena(work, data, shapes, warm_up)
            done = subprocess.run(command, check=True, capture_output=True, text=True)
            runs[name].append(json.loads(done.stdout.splitlines()[-1]))
            print(f"{name}: {runs[name][-1]}", file=sys.stderr)
    return runs


def table(runs: dict[str, list[Run]]) -> str:
    """The comparison as a Markdown table; a ratio above one says how many times longer than ours."""
    lines = ["| validator | load s | validate s | MiB | results | ratio of the sum (quartiles) | ours is |"]
    lines.append("| --- " * 7 + "|")
    mine = [run["load"] + run["validate"] for run in runs["ours"]]
    for name, found in runs.items():
        seconds = [run["load"] + run["validate"] for run in found]
        middle = [f"{median(run[key] for run in found):.2f}" for key in ("load", "validate")]
        same = "same" if found[0]["digest"] == runs["ours"][0]["digest"] else "NOT THE SAME"
        cells = [
            name,
            *middle,
            f"{median(run['MiB'] for run in found):.0f}",
            f"{found[0]['results']}, {same}",
        ]
        if name != "ours":
            low, half, high = _quartiles([t / own for t, own in zip(seconds, mine, strict=True)])
            cells += [f"{half:.2f} ({low:.2f} to {high:.2f})", _verdict(mine, seconds)]
        lines.append("| " + " | ".join(cells + [""] * (7 - len(cells))) + " |")
    return "\n".join(lines)


def _quartiles(values: list[float]) -> list[float]:
    return quantiles(values, method="inclusive") if len(values) > 1 else values * 3


def _verdict(mine: list[float], theirs: list[float]) -> str:
    own, other = _quartiles(mine), _quartiles(theirs)
    if other[0] > own[2] and other[1] >= AHEAD * own[1]:
        return "ahead"
    return "behind" if own[0] > other[2] and own[1] >= AHEAD * other[1] else "level"


def main() -> None:
    """Compare on the large graph, then with pySHACL on a smaller one."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("source", type=Path, help="N-Triples, or tables written by generate.py")
    known = ["jena", "pyrudof", "pyshacl"]
    default = ["pyrudof", *(["jena"] if (JARS / "jena-shacl.jar").exists() else [])]
    parser.add_argument("--with", dest="peers", nargs="*", default=default, choices=known)
    parser.add_argument("--repeat", type=int, default=7)
    parser.add_argument("--pyshacl-tables", type=Path, help="a smaller source, for pySHACL")
    parser.add_argument("--pyshacl-repeat", type=int, default=3)
    parser.add_argument("--json", type=Path, help="write all runs here")
    parser.add_argument("--one", choices=sorted(VALIDATORS), help=argparse.SUPPRESS)
    parser.add_argument("--shapes", type=Path, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.one:
        print(json.dumps(measure(arguments.one, arguments.source, arguments.shapes)))
        return
    if "jena" not in arguments.peers:
        print("without Jena: libapache-jena-java is not installed, or was not asked for", file=sys.stderr)
    plans = [(arguments.source, ["ours", *arguments.peers], arguments.repeat)]
    if arguments.pyshacl_tables:
        plans.append((arguments.pyshacl_tables, ["ours", "pyshacl"], arguments.pyshacl_repeat))
    results = {}
    with tempfile.TemporaryDirectory(prefix="validation-") as folder:
        work = Path(folder)
        shapes = work / "shapes.ttl"
        ox.serialize(packaged(), str(shapes), format=ox.RdfFormat.TURTLE)
        for number, (source, names, repeat) in enumerate(plans):
            data = graph(source, work / str(number))
            results[source.name] = runs = compare(data, shapes, names, repeat, work)
            with data.open("rb") as file:
                print(f"\n{source.name}: {sum(1 for _ in file)} statements\n\n{table(runs)}")
    if arguments.json:
        arguments.json.write_text(json.dumps(results, indent=2) + "\n", "utf-8")


if __name__ == "__main__":
    main()
