"""A query process: reads jobs from standard input, answers on standard output.

It may be killed at any moment: it only ever reads.
"""

import json
import os
import re
import resource
import signal
import sys
import threading
from collections.abc import Iterator
from contextlib import suppress
from functools import partial
from itertools import islice
from pathlib import Path
from typing import IO, cast

import pyoxigraph as ox

from policytrace.graph.sparql.engine import OxigraphEngine, Rows
from policytrace.graph.sparql.syntax import QueryError, QueryRefusedError, UnsupportedQueryError
from policytrace.graph.vocabulary.bounded_cache import BoundedCache
from policytrace.server.execution.result_writer import Output, Send, TooLargeError
from policytrace.server.execution.row_counter import COUNTERS
from policytrace.server.execution.service_relay import Relay
from policytrace.server.execution.wire import FRAME, REQUEST, Frame, Job, ResultKind, Status
from policytrace.server.operations import error_log
from policytrace.server.operations.parent_watch import end_with

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


def answer(engines: Engines, job: Job, send: Send, relay: Relay) -> None:
    """Runs a job and sends its result, or why there is none."""
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
            _write(result, form, job, send, relay)
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
    except (OSError, RuntimeError, ValueError) as error:
        status, data = Status.FAILED, str(error).encode()
    if relay.failure:
        status, data = Status.SERVICE, relay.failure.encode()
    send(Frame(status, form, 0, data))


def _form(result: Answer) -> ResultKind:
    if isinstance(result, ox.QueryTriples):
        return ResultKind.GRAPH
    return ResultKind.TRUTH if isinstance(result, ox.QueryBoolean) else ResultKind.ROWS


def _write(result: Answer, form: ResultKind, job: Job, send: Send, relay: Relay) -> None:
    if isinstance(result, ox.QueryTriples):
        output = Output(send, job, form)
        kind = ox.RdfFormat.from_media_type(job.graph_as)
        triples, file = _counted(result, output, job), cast("IO[bytes]", output)
        ox.serialize(triples, file, format=kind, prefixes=_prefixes(job.query))
    elif isinstance(result, ox.QuerySolutions) and job.shown_rows:
        output = Output(send, job, form)
        _write_first(result, output, job.shown_rows)
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


def _write_first(solutions: ox.QuerySolutions, output: Output, shown: int) -> None:
    """The first rows as JSON; the others are counted."""
    from policytrace.graph.sparql.result_formats import as_json

    names = tuple(variable.value for variable in solutions.variables)
    rows = [tuple(solution) for solution in islice(solutions, shown)]
    output.write(json.dumps(as_json(Rows(names, rows)), ensure_ascii=False).encode())
    number = len(rows)
    output.count(number)
    for number, _ in enumerate(solutions, start=len(rows) + 1):
        if number % 1024 == 0:
            output.count(number)
    output.count(number)


def _prefixes(query: str) -> dict[str, str]:
    """The prefixes a query declares: whoever wrote them likes to read them in the result."""
    return {name or "": iri for name, iri in _PREFIX.findall(query) if ":" in iri}


def _report(error: QueryError) -> bytes:
    report = {"message": error.message, "line": error.line, "column": error.column, "hint": error.hint}
    return json.dumps(report).encode()


def main(memory: int) -> None:
    """Serves jobs until standard input ends. ``memory``: address space in MiB."""
    error_log.install()
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_AS, (memory * 2**20,) * 2)
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    threading.Thread(target=end_with, args=(os.getppid(),), daemon=True).start()
    requests, answers, engines, relay = sys.stdin.buffer, os.dup(1), Engines(), Relay()
    _send(answers, 0, Frame(Status.DONE, ResultKind.NONE, 0, b""))
    while True:
        try:
            head, query = REQUEST.unpack(_read(requests, REQUEST.size))
            job = Job.decode(_read(requests, head), _read(requests, query))
        except EOFError:
            return
        _alarm(job.seconds + GRACE)
        answer(engines, job, partial(_send, answers, job.seconds), relay)


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
        main(int(sys.argv[1]))
