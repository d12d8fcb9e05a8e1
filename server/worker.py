"""A query process: reads requests from standard input, answers on standard output.

A frame is a length and that many bytes. A request is JSON; an answer is a status and the serialised
result, or a message. The process may be killed at any moment: it only ever reads.
"""

import json
import os
import re
import resource
import signal
import struct
import sys
import threading
import time
from dataclasses import dataclass
from enum import IntEnum
from typing import IO

import pyoxigraph as ox

from policytrace.graph.sparql import QueryError, from_clauses, undeclared_prefix, unexpected

REQUEST = struct.Struct(">Q")
ANSWER = struct.Struct(">BQ")
PARSER_ERROR = re.compile(r"error at (\d+):(\d+): (.*)", re.DOTALL)
WATCH = 0.5
"""Seconds between looks whether the server process is still there."""
GRACE = 5
"""Seconds after which a query process ends itself when nobody was left to kill it."""


class Status(IntEnum):
    """How a query ended."""

    DONE = 0
    SYNTAX = 1
    FAILED = 2
    MEMORY = 3


@dataclass(frozen=True)
class Job:
    """One query to run: on which store, over which graphs, with which terms bound, into which media type.

    ``default_graphs`` and ``named_graphs`` are the dataset of the SPARQL protocol, None when not given.
    """

    store: str
    query: str
    media_type: str
    seconds: float
    default_graphs: list[str] | None = None
    named_graphs: list[str] | None = None

    def encode(self) -> bytes:
        """The job as a frame."""
        body = json.dumps(vars(self)).encode()
        return REQUEST.pack(len(body)) + body


def _read(stream: IO[bytes], size: int) -> bytes:
    data = stream.read(size)
    if len(data) < size:
        raise EOFError
    return data


def _chooses_graphs(job: Job) -> bool:
    return job.default_graphs is not None or job.named_graphs is not None or from_clauses(job.query)


def _over_chosen_graphs(store: ox.Store, job: Job) -> ox.QuerySolutions | ox.QueryBoolean | ox.QueryTriples:
    # Loaded only here: reading FROM takes a full parser, which would cost every query process its start.
    from policytrace.graph.store import OxigraphEngine

    return OxigraphEngine(store).answer(
        job.query, default_graphs=job.default_graphs, named_graphs=job.named_graphs
    )


def run(store: ox.Store, job: Job) -> bytes:
    """The result of a job, serialised."""
    results = _over_chosen_graphs(store, job) if _chooses_graphs(job) else store.query(job.query)
    if isinstance(results, ox.QueryTriples):
        body = results.serialize(format=ox.RdfFormat.from_media_type(job.media_type))
    else:
        body = results.serialize(format=ox.QueryResultsFormat.from_media_type(job.media_type))
    return body or b""


def answer(stores: dict[str, ox.Store], job: Job) -> tuple[Status, bytes]:
    """Runs a job and says how it ended; only the store of the last release stays open."""
    try:
        if job.store not in stores:
            stores.clear()
            stores[job.store] = ox.Store.read_only(job.store)
        return Status.DONE, run(stores[job.store], job)
    except SyntaxError as error:
        return Status.SYNTAX, _report(_located(job.query, str(error)))
    except QueryError as error:
        return Status.SYNTAX, _report(error)
    except MemoryError:
        return Status.MEMORY, b""
    except (ValueError, OSError, RuntimeError) as error:
        return Status.FAILED, str(error).encode()


def _located(query: str, message: str) -> QueryError:
    """The error of the parser in words, with its place."""
    match = PARSER_ERROR.match(message)
    if match is None:
        return QueryError(f"This is no valid SPARQL query: {message}")
    line, column = int(match[1]), int(match[2])
    missing = "Prefix not found" in match[3]
    return undeclared_prefix(query, line, column) if missing else unexpected(query, line, column)


def _report(error: QueryError) -> bytes:
    found = {"message": error.message, "line": error.line, "column": error.column, "hint": error.hint}
    return json.dumps(found).encode()


def main(memory: int) -> None:
    """Serves jobs until standard input ends. ``memory``: address space in MiB."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_AS, (memory * 2**20,) * 2)
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    threading.Thread(target=_end_with, args=(os.getppid(),), daemon=True).start()
    requests, answers = sys.stdin.buffer, os.fdopen(os.dup(1), "wb", buffering=0)
    stores: dict[str, ox.Store] = {}
    while True:
        try:
            (size,) = REQUEST.unpack(_read(requests, REQUEST.size))
            job = Job(**json.loads(_read(requests, size)))
        except EOFError:
            return
        signal.setitimer(signal.ITIMER_REAL, job.seconds + GRACE)
        status, body = answer(stores, job)
        signal.setitimer(signal.ITIMER_REAL, 0)
        _write(answers, ANSWER.pack(status, len(body)) + body)


def _end_with(parent: int) -> None:
    """Ends this process, busy or not, when the server process that asked is gone."""
    while os.getppid() == parent:
        time.sleep(WATCH)
    os._exit(1)


def _write(stream: IO[bytes], data: bytes) -> None:
    rest = memoryview(data)
    while rest:
        rest = rest[stream.write(rest) :]


if __name__ == "__main__":
    main(int(sys.argv[1]))
