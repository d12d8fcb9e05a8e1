"""A query process: reads jobs from standard input, answers on standard output.

It may be killed at any moment: it only ever reads.
"""

import json
import os
import re
import signal
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import suppress
from functools import partial
from importlib import import_module
from itertools import islice
from pathlib import Path
from typing import IO, Protocol, cast

import pyoxigraph as ox

from policytrace.graph.releases.release import DamagedError
from policytrace.graph.sparql.binding import Term
from policytrace.graph.sparql.engine import OxigraphEngine, Rows
from policytrace.graph.sparql.syntax import QueryError, QueryRefusedError, UnsupportedQueryError
from policytrace.graph.vocabulary.bounded_cache import BoundedCache
from policytrace.server.execution.confinement import confine
from policytrace.server.execution.result_writer import Output, Send, TooLargeError
from policytrace.server.execution.row_counter import COUNTERS
from policytrace.server.execution.service_relay import Relay
from policytrace.server.execution.wire import FRAME, REQUEST, Frame, Job, Rendering, ResultKind, Status
from policytrace.server.operations import error_log
from policytrace.server.operations.parent_watch import end_with

LEAST = 200
"""Bytes that each value of the first row has, however many there are."""
GRACE = 5
"""Seconds over its limit after which a query ends its process when nobody was left to kill it."""
STORES = 3
"""Stores kept open: those of the releases asked last."""

_PREFIX = re.compile(r"\bPREFIX\s+([A-Za-z][\w-]*)?:\s*<([^<>\"{}|^`\\\s]*)>", re.IGNORECASE)

Answer = ox.QuerySolutions | ox.QueryBoolean | ox.QueryTriples


class Engines(BoundedCache[str, OxigraphEngine]):
    """The engines of the releases asked last, by store."""

    def __init__(self) -> None:
        super().__init__(STORES)

    def of(self, store: str) -> OxigraphEngine:
        """The engine of a store.

        Raises:
            OSError: it cannot be opened.
        """
        return self.get_or_make(store, lambda: OxigraphEngine.open(Path(store)))

    def close_removed(self) -> None:
        """Closes the stores of releases that were removed, so that their files take no room any more."""
        for store in self.cached_keys():
            if not Path(store).is_dir():
                self.discard(store)


class Renderer(Protocol):
    """What makes files for people of rows; a module, loaded when it is first needed."""

    def render(self, store: ox.Store, release: Path, query: str, rows: Rows, rendering: Rendering) -> bytes:
        """The file."""
        ...


def answer(engines: Engines, job: Job, send: Send, relay: Relay, renderer: str = "") -> None:
    """Runs a job and sends its result, or why there is none; ``renderer`` names a module, see ``Pool``."""
    form = ResultKind.NONE
    relay.begin(job)
    try:
        engine = engines.of(job.store)
        result = engine.answer(
            job.query,
            default_graphs=job.default_graphs,
            named_graphs=job.named_graphs,
            base=job.base,
            relay=relay,
        )
        form = _form(result)
        if job.graph_as if form is ResultKind.GRAPH else job.rows_as:
            _write(result, form, job, send, relay, partial(_file, engine.store, renderer))
            return
        status, data = Status.UNWANTED, b""
    except QueryRefusedError as error:
        status, data = Status.REFUSED, _report(error)
    except UnsupportedQueryError as error:
        status, data = Status.UNSUPPORTED, str(error).encode()
    except QueryError as error:
        status, data = Status.SYNTAX, _report(error)
    except TooLargeError as error:
        status, data = error.status, b""
    except MemoryError:
        status, data = Status.MEMORY, b""
    except (OSError, RuntimeError, ValueError, DamagedError) as error:
        engines.discard(job.store)
        status, data = Status.FAILED, str(error).encode()
    if relay.failure:
        status, data = Status.SERVICE, relay.failure.encode()
    send(Frame(status, form, 0, data))


def _form(result: Answer) -> ResultKind:
    if isinstance(result, ox.QueryTriples):
        return ResultKind.GRAPH
    return ResultKind.TRUTH if isinstance(result, ox.QueryBoolean) else ResultKind.ROWS


def _file(store: ox.Store, renderer: str, rows: Rows, job: Job) -> bytes:
    """The file for people that a job wants of some rows."""
    assert job.rendering is not None
    made = cast("Renderer", import_module(renderer))
    return made.render(store, Path(job.store).parent, job.query, rows, job.rendering)


def _write(
    result: Answer,
    form: ResultKind,
    job: Job,
    send: Send,
    relay: Relay,
    made: Callable[[Rows, Job], bytes],
) -> None:
    if isinstance(result, ox.QueryTriples):
        output = Output(send, job, form, most=job.shown_bytes if job.shown_triples else 0)
        kind = ox.RdfFormat.from_media_type(job.graph_as)
        triples, file = _counted(result, output, job), cast("IO[bytes]", output)
        ox.serialize(triples, file, format=kind, prefixes=_prefixes(job.query))
    elif isinstance(result, ox.QuerySolutions) and job.rendering is not None:
        output = Output(send, job, form)
        _write_file(result, output, job, made)
    elif isinstance(result, ox.QuerySolutions) and job.shown_rows:
        output = Output(send, job, form)
        _write_first(result, output, job)
    else:
        counter = COUNTERS[job.rows_as]() if form is ResultKind.ROWS else None
        output = Output(send, job, form, counter)
        result.serialize(cast("IO[bytes]", output), format=ox.QueryResultsFormat.from_media_type(job.rows_as))
    if relay.failure:
        # Within EXISTS the engine takes a failure for a match.
        raise OSError(relay.failure)
    output.finish()


def _counted(triples: ox.QueryTriples, output: Output, job: Job) -> Iterator[ox.Triple]:
    number = 0
    for number, triple in enumerate(triples, start=1):
        if number > job.rows:
            output.count(number)
        if not job.shown_triples or number <= job.shown_triples:
            yield triple
    output.count(number)


def _write_first(solutions: ox.QuerySolutions, output: Output, job: Job) -> None:
    """The first rows as JSON, in the order of the query's columns; the others are counted."""
    from policytrace.graph.sparql.result_formats import as_json, in_query_order

    names = tuple(variable.value for variable in solutions.variables)
    rows, left = [], job.shown_bytes or sys.maxsize
    for solution in islice(solutions, job.shown_rows):
        row: list[Term | None] = []
        for term in solution:
            row.append(_cut(term, max(left, LEAST)))
            left -= 0 if term is None else LEAST + len(term.value)
        rows.append(tuple(row))
        if left <= 0:
            break
    shown = in_query_order(Rows(names, rows), job.query)
    output.write(json.dumps(as_json(shown), ensure_ascii=False).encode())
    _count_rest(solutions, output, len(rows))


def _cut(term: Term | None, most: int) -> Term | None:
    """A term as a page can show it: a text of so many letters at most."""
    if term is None or len(term.value) <= most:
        return term
    return ox.Literal(f"{term.value[:most]}…", language=getattr(term, "language", None))


def _count_rest(solutions: ox.QuerySolutions, output: Output, before: int) -> None:
    number = before
    output.count(number)
    for number, _ in enumerate(solutions, start=before + 1):
        if number % 1024 == 0:
            output.count(number)
    output.count(number)


def _write_file(
    solutions: ox.QuerySolutions, output: Output, job: Job, made: Callable[[Rows, Job], bytes]
) -> None:
    """The rows as a file for people; only their number when there are more than it takes."""
    names = tuple(variable.value for variable in solutions.variables)
    rows = [tuple(solution) for solution in islice(solutions, job.shown_rows)]
    _count_rest(solutions, output, len(rows))
    if output.rows == len(rows):
        output.write(made(Rows(names, rows), job))


def _prefixes(query: str) -> dict[str, str]:
    """The prefixes a query declares: whoever wrote them likes to read them in the result."""
    return {name or "": iri for name, iri in _PREFIX.findall(query) if ":" in iri}


def _report(error: QueryError) -> bytes:
    report = {"message": error.message, "line": error.line, "column": error.column, "hint": error.hint}
    return json.dumps(report).encode()


def main(memory: int, most: int, renderer: str) -> None:
    """Serves jobs until standard input ends.

    Args:
        memory: address space, MiB.
        most: address space that the server process may give it later.
        renderer: see ``Pool``.
    """
    error_log.install()
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    confine(memory, most)
    requests, answers, engines, relay = sys.stdin.buffer, os.dup(1), Engines(), Relay()
    ending = partial(end_with, os.getppid(), meanwhile=engines.close_removed)
    threading.Thread(target=ending, daemon=True).start()
    _send(answers, 0, Frame(Status.DONE, ResultKind.NONE, 0, b""))
    while True:
        try:
            head, query = REQUEST.unpack(_read(requests, REQUEST.size))
            job = Job.decode(_read(requests, head), _read(requests, query))
        except EOFError:
            return
        _alarm(job.seconds + GRACE)
        answer(engines, job, partial(_send, answers, job.seconds), relay, renderer)


def _alarm(seconds: float) -> None:
    signal.setitimer(signal.ITIMER_REAL, seconds)


def _read(stream: IO[bytes], size: int) -> bytes:
    data = stream.read(size)
    if len(data) < size:
        raise EOFError
    return data


def _send(pipe: int, seconds: float, frame: Frame) -> None:
    """Writes a frame; time in which nobody takes it, or after the last, does not count against the query."""
    _alarm(0)
    head = FRAME.pack(frame.status, frame.form, frame.rows, len(frame.data))
    sent = os.writev(pipe, (head, frame.data))
    rest = memoryview(frame.data)[max(sent - len(head), 0) :]
    while rest:
        rest = rest[os.write(pipe, rest) :]
    if frame.status is Status.PART:
        _alarm(seconds + GRACE)


if __name__ == "__main__":
    with suppress(BrokenPipeError):  # the server is gone
        main(int(sys.argv[1]), int(sys.argv[2]), sys.argv[3])
