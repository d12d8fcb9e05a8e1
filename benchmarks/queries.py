"""Measure the twenty library queries, each cold, on our release and on other engines.

    python benchmarks/queries.py HOME [--rounds 7] [--engines ours,text,oxigraph,virtuoso] [--json FILE]

HOME holds a release, for example of generated data, with its prepared answers (``policytrace dump``).
Each engine runs in a process of its own, the engines in turn, and is asked each query once in a round. "ours"
answers as the product does, from prepared answers where there are any, and else opens the store of the
release and runs the text of the query; "text" runs every text. Opening counts. The engines in memory load
all graphs of the release first, and Virtuoso, which is started here, by ``policytrace publish``; they run the
texts. Parameters with a default are given things of the data that have much to
say.
"""

import argparse
import json
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from statistics import median, quantiles
from typing import TYPE_CHECKING, Any, cast

import pyoxigraph as ox

if TYPE_CHECKING:
    from policytrace.graph.library.queries import Query
    from policytrace.graph.releases.release import Release
    from policytrace.graph.sparql.engine import Engine

ENGINES = ("ours", "text", "oxigraph", "maplib", "rdflib", "virtuoso")
TARGET = 1.0
"""Seconds no query may take on ours."""
_P = "PREFIX pt: <https://w3id.org/policytrace/ns#> "
_CHOICES = {
    "project": """SELECT ?x { ?t a pt:LearningTransfer ; pt:inProject ?x }
        GROUP BY ?x ORDER BY DESC(COUNT(*)) ?x LIMIT 1""",
    "practice": """SELECT ?x { ?x a pt:GoodPractice . ?a pt:hopFrom ?x ; pt:hopTo ?y . ?b pt:hopFrom ?y }
        GROUP BY ?x ORDER BY DESC(COUNT(*)) ?x LIMIT 1""",
    "measure": """SELECT ?x { ?x a pt:Measure . ?a pt:hopTo ?x ; pt:hopFrom ?y . ?b pt:hopTo ?y }
        GROUP BY ?x ORDER BY DESC(COUNT(*)) ?x LIMIT 1""",
}
_END = "SELECT ?x { ?a pt:hopFrom <%s> ; pt:hopTo ?y . ?b pt:hopFrom ?y ; pt:hopTo ?x } ORDER BY ?x LIMIT 1"


def _chosen(store: ox.Store) -> dict[str, str]:
    """A thing of the data for each parameter that has a default."""
    found: dict[str, str] = {}
    for name, text in _CHOICES.items():
        answer = store.query(_P + text)
        assert isinstance(answer, ox.QuerySolutions)
        found[name] = next(iter(answer))["x"].value
    answer = store.query(_P + _END % found["practice"])
    assert isinstance(answer, ox.QuerySolutions)
    end = next((row["x"].value for row in answer), found["measure"])
    return found | {"start": found["practice"], "end": end, "subject": found["project"]}


def _prepared(release: "Release") -> Callable[["Query", dict[str, str]], Any]:
    from policytrace.graph.library import answer_store, answers
    from policytrace.graph.sparql.engine import OxigraphEngine

    assert (release.path / answer_store.FILE).is_file(), "no precomputed answers yet; run: policytrace dump"

    class Opened:
        def query(self, text: str, **options: Any) -> Any:
            return OxigraphEngine(release.open()).query(text, **options)

    return lambda query, given: answers.ask(cast("Engine", Opened()), query.name, given, release.path)


def _asker(engine: str, home: Path, address: str) -> Callable[["Query", dict[str, str]], Any]:
    """Something that answers a query of the library, ready to be asked."""
    from policytrace.graph.releases.release import Releases

    if engine == "ours":
        release = Releases(home).current()
        assert release is not None, f"there is no release in {home}"
        return _prepared(release)
    ready = _engine(engine, home, address)
    return lambda query, given: ready().query(query.text, bindings=query.terms(given))


def _engine(engine: str, home: Path, address: str) -> Callable[[], Any]:
    """Something that gives an engine ready to be asked one query."""
    from policytrace.graph.releases.release import Releases
    from policytrace.graph.sparql.engine import OxigraphEngine

    release = Releases(home).current()
    assert release is not None, f"there is no release in {home}"
    if engine == "text":
        return lambda: OxigraphEngine(release.open())
    if engine == "virtuoso":
        from policytrace.graph.remote.connect import connect

        remote = connect(address, seconds=600)
        far = remote.engine(remote.open(release.id))
        return lambda: far
    if engine == "rdflib":
        from policytrace.graph.sparql.rdflib_engine import RdflibEngine

        reference = RdflibEngine.load(release.open())
        return lambda: reference
    if engine == "maplib":
        return _maplib(release.open())
    memory = ox.Store()
    with tempfile.NamedTemporaryFile(suffix=".nq") as dump:
        release.open().dump(dump.name, format=ox.RdfFormat.N_QUADS)
        memory.bulk_load(path=dump.name)
    plain = OxigraphEngine(memory)
    return lambda: plain


def _maplib(store: ox.Store) -> Callable[[], Any]:
    import maplib

    model = maplib.Model()
    lines = ox.serialize(
        (quad.triple for quad in store.quads_for_pattern(None, None, None, ox.DefaultGraph())),
        format=ox.RdfFormat.N_TRIPLES,
    )
    model.reads((lines or b"").decode(), format="ntriples")

    class Asked:
        def query(self, text: str, bindings: Any = None) -> Any:
            from policytrace.graph.sparql.binding import bind

            return model.query(bind(text, bindings or {}))

    return Asked


def _serve(arguments: argparse.Namespace) -> None:
    """Ask every query once for each line that comes, and print what was measured as a line."""
    from policytrace.graph.releases.release import Releases

    release = Releases(arguments.home).current()
    assert release is not None
    only = [name for name in arguments.only.split(",") if name]
    clock = time.process_time if arguments.processor else time.perf_counter
    chosen = _chosen(release.open())
    ask = _asker(arguments.child, arguments.home, arguments.virtuoso)
    for _ in sys.stdin:
        print(json.dumps(measure(ask, chosen, only, clock)), flush=True)


def measure(
    ask: Callable[["Query", dict[str, str]], Any],
    chosen: dict[str, str],
    only: list[str],
    clock: Callable[[], float],
) -> dict[str, Any]:
    """Seconds and rows of each query, or what went wrong."""
    from policytrace.graph.library.queries import library
    from policytrace.graph.sparql.engine import Rows

    found: dict[str, Any] = {}
    for name, query in library().items():
        if only and name not in only:
            continue
        given = {p.name: chosen[p.name] for p in query.parameters if p.default and p.name in chosen}
        begun = clock()
        try:
            answer = ask(query, given)
        except (KeyboardInterrupt, SystemExit):
            raise
        except BaseException as error:  # maplib panics on what it does not implement.
            found[name] = {"error": f"{type(error).__name__}: {error}"[:200]}
        else:
            seconds = clock() - begun
            found[name] = {
                "s": seconds,
                "rows": len(answer.rows) if isinstance(answer, Rows) else len(answer),
            }
    return found


class _Process:
    """A process with one engine, asked round by round; one that takes too long is ended."""

    def __init__(self, engine: str, arguments: argparse.Namespace) -> None:
        command = [sys.executable, __file__, str(arguments.home), "--child", engine]
        command += ["--virtuoso", arguments.virtuoso, "--only", arguments.only]
        command += ["--processor"] if arguments.processor else []
        self._patience = arguments.patience
        self._process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)

    def round(self) -> dict[str, Any]:
        """What one round measured; nothing if the engine has ended."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        limit = threading.Timer(self._patience, self._process.kill)
        limit.start()
        try:
            self._process.stdin.write("again\n")
            self._process.stdin.flush()
            line = self._process.stdout.readline()
        except BrokenPipeError:
            line = ""
        finally:
            limit.cancel()
        result: dict[str, Any] = json.loads(line or "{}")
        return result

    def end(self) -> None:
        """End the process."""
        self._process.kill()
        self._process.wait()


def _cell(runs: list[dict[str, Any]]) -> str:
    seconds = [run["s"] for run in runs if "s" in run]
    if not seconds:
        return "no answer"
    spread = f" ({min(seconds):.3f} to {max(seconds):.3f})" if len(seconds) > 1 else ""
    return f"{median(seconds):.3f}{spread}"


def _table(results: dict[str, list[dict[str, Any]]]) -> str:
    names = list(results["ours"][0])
    lines = ["| query, s | rows | " + " | ".join(results) + " |", "| --- | ---: |" + " ---: |" * len(results)]
    for name in names:
        rows = results["ours"][0][name].get("rows", "")
        cells = [_cell([run[name] for run in runs if name in run]) for runs in results.values()]
        lines.append(f"| {name} | {rows} | " + " | ".join(cells) + " |")
    lines.append("| sum | | " + " | ".join(_sum(runs) for runs in results.values()) + " |")
    return "\n".join(lines)


def _sum(runs: list[dict[str, Any]]) -> str:
    complete = [run for run in runs if run and all("s" in one for one in run.values())]
    sums = [sum(one["s"] for one in run.values()) for run in complete]
    if not sums:
        return "not all answered"
    low, _, high = quantiles(sums, n=4) if len(sums) > 1 else (sums[0],) * 3
    return f"{median(sums):.2f} ({low:.2f} to {high:.2f})"


def main() -> int:
    """Measure; the exit code is 1 when a query takes longer than it may on ours."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("home", type=Path, help="home folder with a release")
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--engines", default="ours,text,oxigraph", help=f"of: {','.join(ENGINES)}")
    parser.add_argument("--virtuoso", default="", help="where it is published already")
    parser.add_argument("--patience", type=float, default=1800.0, help="seconds for one round of one engine")
    parser.add_argument(
        "--processor",
        action="store_true",
        help="processor time of the process of the engine, on a busy machine",
    )
    parser.add_argument("--only", default="", help="names of queries, with commas")
    parser.add_argument("--json", type=Path, help="write the figures here")
    parser.add_argument("--child", help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.child:
        _serve(arguments)
        return 0
    names = list(dict.fromkeys(["ours", *arguments.engines.split(",")]))
    with ExitStack() as stack:
        if "virtuoso" in names and not arguments.virtuoso:
            arguments.virtuoso = _virtuoso(arguments.home, stack)
        results = _measured(names, arguments)
    print(_table(results))
    slow = [n for run in results["ours"] for n, one in run.items() if one.get("s", TARGET + 1) > TARGET]
    return int(bool(slow))


def _virtuoso(home: Path, stack: ExitStack) -> str:
    from endpoints import published

    from policytrace.graph.releases.release import Releases

    release = Releases(home).current()
    assert release is not None, f"there is no release in {home}"
    work = Path(stack.enter_context(tempfile.TemporaryDirectory()))
    began = time.monotonic()
    address = published(release, work, stack)
    print(f"published to Virtuoso in {time.monotonic() - began:.0f} s", file=sys.stderr)
    return address


def _measured(names: list[str], arguments: argparse.Namespace) -> dict[str, list[dict[str, Any]]]:
    """What the engines measured, one entry for each round."""
    engines = {name: _Process(name, arguments) for name in names}
    results: dict[str, list[dict[str, Any]]] = {name: [] for name in engines}
    for number in range(arguments.rounds):
        for name, engine in engines.items():
            results[name].append(engine.round())
            print(f"round {number + 1}, {name}: done", file=sys.stderr)
        if arguments.json:
            arguments.json.write_text(json.dumps(results, indent=2) + "\n", "utf-8")
    for engine in engines.values():
        engine.end()
    return results


if __name__ == "__main__":
    sys.exit(main())
