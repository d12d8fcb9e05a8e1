"""How long inference takes, beside other reasoners on the same statements.

    python benchmarks/inference.py build/synthetic-1m --owlrl-tables build/synthetic-100k
    python benchmarks/inference.py statements.nt

Reads an N-Triples file, or loads tables written by generate.py, and adds the ontology. Every reasoner reads
that file and infers in a process of its own, in turns; reading is part of the time, and so is writing for
those that write a file (ours, nemo). Prints medians, the ratio to ours with its quartiles, peak memory, and
how many statements each one adds that carry a property or class of an axiom: the same for all complete ones.
"""

import argparse
import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from statistics import median, quantiles

import owlrl  # type: ignore[import-untyped]
import pyoxigraph as ox
from rdflib import RDF, Graph, Literal
from rdflib.term import Node

from policytrace.graph.reasoning.axioms import Axioms, axioms, packaged
from policytrace.graph.reasoning.infer import infer
from policytrace.graph.tables import tables
from policytrace.graph.tables.load import load
from policytrace.graph.tables.schema import schema

AHEAD = 1.15
"""Median ratio from which one is called ahead, if the quartiles do not overlap."""

Counted = Callable[[], int]
"""Counts the inferred statements, after the clock has stopped."""


def ours(statements: Path, known: Axioms) -> Counted:
    """The rules of this package."""
    count = infer(statements, statements.with_suffix(".ours"), known)
    return lambda: count


def nemo(statements: Path, known: Axioms) -> Counted:
    """Nemo (Datalog, in Rust), with one predicate for each property and class."""
    import nmo_python

    engine = nmo_python.NemoEngine(nmo_python.load_string("\n".join(_datalog(statements, known))))
    engine.reason()
    engine.write_result("new", nmo_python.NemoOutputManager(str(statements.parent), overwrite=True))
    return lambda: _lines(statements.parent / "nemo.nt")


def _datalog(statements: Path, known: Axioms) -> Iterator[str]:
    prop = {iri: f"p{number}" for number, iri in enumerate(sorted(known.properties))}
    cls = {iri: f"c{number}" for number, iri in enumerate(sorted(known.classes))}
    yield f'@import triple :- ntriples{{resource="{statements}"}} .'
    for iri, name in prop.items():
        yield f"stated_{name}(?x, ?y) :- triple(?x, <{iri}>, ?y) ."
        yield f"{name}(?x, ?y) :- stated_{name}(?x, ?y) ."
        yield f"new(?x, <{iri}>, ?y) :- {name}(?x, ?y), ~stated_{name}(?x, ?y) ."
    for iri, name in cls.items():
        yield f"stated_{name}(?x) :- triple(?x, <{RDF.type}>, <{iri}>) ."
        yield f"{name}(?x) :- stated_{name}(?x) ."
        yield f"new(?x, <{RDF.type}>, <{iri}>) :- {name}(?x), ~stated_{name}(?x) ."
    for narrow, wide in sorted(known.sub_classes):
        yield f"{cls[wide]}(?x) :- {cls[narrow]}(?x) ."
    for narrow, wide in sorted(known.sub_properties):
        yield f"{prop[wide]}(?x, ?y) :- {prop[narrow]}(?x, ?y) ."
    turned = {(iri, iri) for iri in known.symmetric} | {(b, a) for a, b in known.inverses}
    for one, other in sorted(turned | known.inverses):
        yield f"{prop[one]}(?y, ?x) :- {prop[other]}(?x, ?y) ."
    for iri in sorted(known.transitive):
        yield f"{prop[iri]}(?x, ?z) :- {prop[iri]}(?x, ?y), {prop[iri]}(?y, ?z) ."
    for head, body in sorted(known.chains):
        links = ", ".join(f"{prop[iri]}(?x{at}, ?x{at + 1})" for at, iri in enumerate(body))
        yield f"{prop[head]}(?x0, ?x{len(body)}) :- {links} ."
    yield '@export new :- ntriples{resource="nemo.nt"} .'


def sparql(statements: Path, known: Axioms) -> Counted:
    """SPARQL updates on Oxigraph in memory, to a fixed point; transitive axioms as property paths."""
    store = ox.Store()
    store.bulk_load(path=str(statements), format=ox.RdfFormat.N_TRIPLES)
    asserted = size = len(store)
    updates = list(_updates(known))
    while True:
        for update in updates:
            store.update(update)
        if len(store) == size:
            break
        size = len(store)
    return lambda: size - asserted


def _updates(known: Axioms) -> Iterator[str]:
    def insert(new: str, found: str) -> str:
        return f"INSERT {{ {new} }} WHERE {{ {found} }}"

    for narrow, wide in sorted(known.sub_classes):
        yield insert(f"?x a <{wide}>", f"?x a <{narrow}>")
    for iri in sorted(known.transitive):
        yield insert(f"?x <{iri}> ?y", f"?x <{iri}>+ ?y")
    for head, body in sorted(known.chains):
        yield insert(f"?x <{head}> ?y", f"?x {'/'.join(f'<{iri}>' for iri in body)} ?y")
    for narrow, wide in sorted(known.sub_properties):
        yield insert(f"?x <{wide}> ?y", f"?x <{narrow}> ?y")
    for one, other in sorted(known.inverses | {(b, a) for a, b in known.inverses}):
        yield insert(f"?y <{one}> ?x", f"?x <{other}> ?y")
    for iri in sorted(known.symmetric):
        yield insert(f"?y <{iri}> ?x", f"?x <{iri}> ?y")


def reasonable(statements: Path, known: Axioms) -> Counted:
    """Reasonable (OWL 2 RL, in Rust); it leaves property chains out without saying so."""
    import reasonable as engine

    reasoner = engine.PyReasoner()
    turtle = statements.with_suffix(".ttl")
    if not turtle.exists():
        turtle.symlink_to(statements)
    reasoner.load_file(str(turtle))
    stating = statements.with_name("axioms.ttl")
    known.source.serialize(stating, format="turtle")
    reasoner.load_file(str(stating))
    found = reasoner.reason()

    def count() -> int:
        stated = set(Graph().parse(statements, format="nt"))
        return len({row for row in map(tuple, found) if _counts(row, known)} - stated)

    return count


def reference(statements: Path, known: Axioms) -> Counted:
    """owlrl (OWL 2 RL, in Python on rdflib)."""
    graph = Graph()
    graph.parse(statements, format="nt")
    stated = set(graph)
    for statement in known.source:
        graph.add(statement)
    owlrl.DeductiveClosure(owlrl.OWLRL_Semantics).expand(graph)
    return lambda: sum(row not in stated and _counts(row, known) for row in graph)


def _counts(row: tuple[Node, ...], known: Axioms) -> bool:
    if isinstance(row[0], Literal):
        return False
    return str(row[2]) in known.classes if row[1] == RDF.type else str(row[1]) in known.properties


REASONERS: dict[str, Callable[[Path, Axioms], Counted]] = {
    "ours": ours,
    "nemo": nemo,
    "sparql": sparql,
    "reasonable": reasonable,
    "owlrl": reference,
}


def measure(reasoner: str, statements: Path) -> dict[str, float]:
    """Seconds, peak memory in MiB, and statements inferred, of one run in this process."""
    known = axioms()
    start = time.perf_counter()
    count = REASONERS[reasoner](statements, known)
    seconds = time.perf_counter() - start
    peak = _peak()
    return {"seconds": seconds, "MiB": peak, "inferred": count()}


def _peak() -> float:
    """Peak memory of this program, in MiB; getrusage would also count that of the process that started it."""
    status = Path("/proc/self/status").read_text("ascii")
    return next(int(line.split()[1]) / 1024 for line in status.splitlines() if line.startswith("VmHWM:"))


def _lines(path: Path) -> int:
    with path.open("rb") as file:
        return sum(1 for _ in file)


def prepare(source: Path, work: Path) -> Path:
    """The statements of a file or of tables, with those of the ontology, in one file of N-Triples."""
    work.mkdir(parents=True)
    loaded = source if source.is_file() else load(tables.read([source], schema()), work).triples
    statements = work / "statements.nt"
    with statements.open("wb") as file:
        with loaded.open("rb") as part:
            while block := part.read(1 << 22):
                file.write(block)
        for quad in ox.parse(packaged().serialize(format="nt"), format=ox.RdfFormat.N_TRIPLES):
            if not isinstance(quad.subject, ox.BlankNode) and not isinstance(quad.object, ox.BlankNode):
                file.write(f"{quad.triple} .\n".encode())
    return statements


def compare(statements: Path, reasoners: list[str], repeat: int) -> dict[str, list[dict[str, float]]]:
    """All runs of each reasoner, taken in turns; the order turns round with every round."""
    runs: dict[str, list[dict[str, float]]] = {name: [] for name in reasoners}
    for turn in range(repeat):
        for name in reasoners if turn % 2 == 0 else reversed(reasoners):
            command = [sys.executable, __file__, str(statements), "--one", name]
            done = subprocess.run(command, check=True, capture_output=True, text=True)
            runs[name].append(json.loads(done.stdout.splitlines()[-1]))
            print(f"{name}: {runs[name][-1]}", file=sys.stderr)
    return runs


def table(runs: dict[str, list[dict[str, float]]]) -> str:
    """The comparison as a Markdown table; a ratio above one says how many times longer than ours."""
    lines = ["| reasoner | median s | MiB | inferred | ratio (quartiles) | ours is |", "| --- " * 6 + "|"]
    mine = [run["seconds"] for run in runs["ours"]]
    for name, found in runs.items():
        seconds = [run["seconds"] for run in found]
        ratios = [theirs / own for theirs, own in zip(seconds, mine, strict=True)]
        cells = [name, f"{median(seconds):.2f}", f"{median(run['MiB'] for run in found):.0f}"]
        cells.append(str(int(found[0]["inferred"])))
        low, middle, high = quantiles(ratios, method="inclusive") if len(ratios) > 1 else ratios * 3
        if name != "ours":
            cells += [f"{middle:.2f} ({low:.2f} to {high:.2f})", _verdict(mine, seconds)]
        lines.append("| " + " | ".join(cells + [""] * (6 - len(cells))) + " |")
    return "\n".join(lines)


def _verdict(mine: list[float], theirs: list[float]) -> str:
    if len(mine) < 2:
        return ""
    own, other = (quantiles(values, method="inclusive") for values in (mine, theirs))
    if other[0] > own[2] and other[1] >= AHEAD * own[1]:
        return "ahead"
    return "behind" if own[0] > other[2] and own[1] >= AHEAD * other[1] else "level"


def main() -> None:
    """Compare on the large file, then with owlrl on a smaller one."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("source", type=Path, help="N-Triples, or tables written by generate.py")
    others = sorted(set(REASONERS) - {"ours"})
    parser.add_argument("--with", dest="peers", nargs="*", default=["nemo", "sparql"], choices=others)
    parser.add_argument("--repeat", type=int, default=7)
    parser.add_argument("--owlrl-tables", type=Path, help="a smaller source (100,000 statements) for owlrl")
    parser.add_argument("--owlrl-repeat", type=int, default=3)
    parser.add_argument("--json", type=Path, help="write all runs here")
    parser.add_argument("--one", choices=sorted(REASONERS), help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.one:
        print(json.dumps(measure(arguments.one, arguments.source)))
        return
    results = {}
    plans = [(arguments.source, ["ours", *arguments.peers], arguments.repeat)]
    if arguments.owlrl_tables:
        plans.append((arguments.owlrl_tables, ["ours", "owlrl"], arguments.owlrl_repeat))
    with tempfile.TemporaryDirectory(prefix="inference-") as work:
        for number, (source, reasoners, repeat) in enumerate(plans):
            statements = prepare(source, Path(work) / str(number))
            results[source.name] = runs = compare(statements, reasoners, repeat)
            print(f"\n{source.name}: {_lines(statements)} statements\n\n{table(runs)}")
    if arguments.json:
        arguments.json.write_text(json.dumps(results, indent=2) + "\n", "utf-8")


if __name__ == "__main__":
    main()
