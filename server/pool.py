"""Runs queries in processes that can be killed, under a time and a memory limit."""

import json
import os
import selectors
import subprocess
import sys
import threading
import time
from pathlib import Path

from policytrace.server.worker import ANSWER, Job, Status

PATIENCE = 5.0
"""Seconds a request waits for a free query process before it is told that the server is busy."""
CHUNK = 2**20


class NoResultError(Exception):
    """A query that gave no result; sub-classes say why."""


class UnreadableQueryError(NoResultError):
    """The query is not SPARQL; says where, counting lines and columns from 1 (0: no one place)."""

    def __init__(self, message: str, line: int, column: int, hint: str) -> None:
        super().__init__(message)
        self.line, self.column, self.hint = line, column, hint


class TimeLimitError(NoResultError):
    """The query ran into the time limit and was killed."""


class MemoryLimitError(NoResultError):
    """The query needed more memory than one query may use."""


class EvaluationError(NoResultError):
    """The store could not answer."""


class BusyError(NoResultError):
    """All query processes were at work for too long."""


class _Overrun(Exception):  # noqa: N818
    """The deadline passed while waiting for an answer."""


class _Process:
    """One query process and the pipe to it."""

    def __init__(self, memory: int) -> None:
        command = [sys.executable, "-m", "policytrace.server.worker", str(memory)]
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, bufsize=0)
        if self.process.stdin is None or self.process.stdout is None:
            raise OSError("no pipe to the query process")
        self.requests, self.answers = self.process.stdin.fileno(), self.process.stdout.fileno()
        self.selector = selectors.DefaultSelector()
        self.selector.register(self.answers, selectors.EVENT_READ)

    def ask(self, job: Job, deadline: float) -> tuple[Status, bytes]:
        frame = memoryview(job.encode())
        while frame:
            frame = frame[os.write(self.requests, frame) :]
        data = bytearray()
        while len(data) < ANSWER.size:
            self._receive(data, deadline)
        status, size = ANSWER.unpack_from(data)
        while len(data) < ANSWER.size + size:
            self._receive(data, deadline)
        return Status(status), bytes(memoryview(data)[ANSWER.size :])

    def _receive(self, data: bytearray, deadline: float) -> None:
        """Appends what has come, waiting for it until the deadline."""
        if not self.selector.select(max(deadline - time.monotonic(), 0)):
            raise _Overrun
        part = os.read(self.answers, CHUNK)
        if not part:
            raise EOFError
        data += part

    def end(self) -> None:
        """Kills the process, whatever it does, and frees what belongs to it."""
        self.process.kill()
        self.process.wait()
        self.selector.close()
        for pipe in (self.process.stdin, self.process.stdout):
            if pipe is not None:
                pipe.close()


class Pool:
    """Query processes of one server process, started when first needed and reused.

    Args:
        processes: how many at most.
        seconds: time limit of a query.
        memory: address space of a process, MiB.
    """

    def __init__(self, processes: int, seconds: float, memory: int) -> None:
        self.seconds, self.memory = seconds, memory
        self._free = threading.Semaphore(processes)
        self._idle: list[_Process] = []

    def run(
        self,
        store: Path,
        query: str,
        media_type: str,
        *,
        seconds: float | None = None,
        default_graphs: list[str] | None = None,
        named_graphs: list[str] | None = None,
    ) -> bytes:
        """The result of a query, serialised as ``media_type``.

        ``seconds`` may lower the time limit, never raise it; the graphs are those of the SPARQL protocol.

        Raises:
            NoResultError: the query has no result; the sub-class says why.
        """
        limit = min(seconds or self.seconds, self.seconds)
        job = Job(str(store), query, media_type, limit, default_graphs, named_graphs)
        if not self._free.acquire(timeout=PATIENCE):
            raise BusyError(f"All query processes have been at work for {PATIENCE:g} seconds.")
        try:
            return self._run(job)
        finally:
            self._free.release()

    def _run(self, job: Job) -> bytes:
        process = self._idle.pop() if self._idle else _Process(self.memory)
        try:
            status, body = process.ask(job, time.monotonic() + job.seconds)
        except _Overrun:
            process.end()
            raise TimeLimitError(
                f"The query took longer than {job.seconds:g} seconds and was stopped."
            ) from None
        except (EOFError, BrokenPipeError):
            process.end()
            raise MemoryLimitError(self._memory_message()) from None
        except BaseException:
            process.end()
            raise
        if status is Status.MEMORY:
            process.end()
            raise MemoryLimitError(self._memory_message())
        self._idle.append(process)
        if status is Status.SYNTAX:
            raise UnreadableQueryError(**json.loads(body))
        if status is Status.FAILED:
            raise EvaluationError(body.decode())
        return body

    def _memory_message(self) -> str:
        return f"The query reached the memory limit of {self.memory} MiB and was stopped."

    def close(self) -> None:
        """Ends the idle processes."""
        while self._idle:
            self._idle.pop().end()
