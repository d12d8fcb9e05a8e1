"""One query process, and the answer that comes out of it."""

import fcntl
import os
import resource
import select
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import suppress

from policytrace.graph.vocabulary.translation import in_seconds
from policytrace.server.execution.confinement import MIB, step_back
from policytrace.server.execution.errors import (
    MemoryLimitError,
    NoResultError,
    StoppedError,
    TimeLimitError,
    TooDeepError,
)
from policytrace.server.execution.wire import FRAME, Frame, Job, ResultKind, Status

PIPE = 2**20
"""Bytes of an answer that wait to be read at most, where the system allows so many."""
PART = 2**18
"""Bytes that are read at once."""
STATUSES, FORMS = tuple(Status), tuple(ResultKind)
ABORTED = (-signal.SIGABRT, 1)
"""How a process ends that gets no more memory: in the engine, or in Python."""
START = 60.0
"""Seconds a new process may take to get ready; they do not count against a query."""
LONG = 1.0
"""Seconds after which a query counts as long."""
MALLOC = {
    "MALLOC_ARENA_MAX": "2",
    "GLIBC_TUNABLES": "glibc.malloc.tcache_count=500:glibc.malloc.mxfast=0",
}
"""Keeps the C library from reserving address space, which is limited, for every thread, and has it keep more
of the small pieces at hand that a query takes and gives back: a tenth of the time of a small one."""
TICK = 1.0
"""Seconds between looks whether a long query may go on."""


class QueryProcess:
    """A process that answers one query at a time, and the pipe to it.

    Args:
        memory: address space, MiB.
        most: address space that it may be given later.
        renderer: see ``Pool``.
    """

    def __init__(self, memory: int, most: int, renderer: str = "") -> None:
        self.memory, self.at_first, self._most = memory, memory, most
        command = [
            sys.executable,
            "-m",
            "policytrace.server.execution.worker",
            str(memory),
            str(most),
            renderer,
        ]
        self.process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, bufsize=0, env=os.environ | MALLOC
        )
        if self.process.stdin is None or self.process.stdout is None:
            raise OSError("no pipe to the query process")
        self.requests, self.answers = self.process.stdin.fileno(), self.process.stdout.fileno()
        with suppress(AttributeError, OSError):  # only Linux lets a process choose, and not any size
            fcntl.fcntl(self.answers, fcntl.F_SETPIPE_SZ, PIPE)
        self._poll = select.poll()
        self._poll.register(self.answers, select.POLLIN)
        self._part, self._data = memoryview(bytearray(PART)), bytearray()
        self._ready = False

    def ask(self, job: Job) -> None:
        """Sends a job.

        Raises:
            BrokenPipeError: the process is gone.
            NoResultError: it does not start.
        """
        if not self._ready and self.frame(time.monotonic() + START) is None:
            raise StoppedError("A query process does not start. Try again later.")
        self._ready = True
        frame = memoryview(job.encode())
        while frame:
            frame = frame[os.write(self.requests, frame) :]

    def frame(self, deadline: float) -> Frame | None:
        """The next frame, or None when the deadline passed first; may be called again.

        Raises:
            NoResultError: the process ended; the sub-class says why.
        """
        while True:
            if len(self._data) >= FRAME.size:
                status, form, rows, size = FRAME.unpack_from(self._data)
                end = FRAME.size + size
                if len(self._data) >= end:
                    data = bytes(memoryview(self._data)[FRAME.size : end])
                    del self._data[:end]
                    return Frame(STATUSES[status], FORMS[form], rows, data)
            if not self._poll.poll(max(deadline - time.monotonic(), 0) * 1000):
                return None
            got = os.readv(self.answers, (self._part,))
            if not got:
                raise self._ended()
            if not self._data and got >= FRAME.size:
                status, form, rows, size = FRAME.unpack_from(self._part)
                if got == FRAME.size + size:
                    return Frame(STATUSES[status], FORMS[form], rows, bytes(self._part[FRAME.size : got]))
            self._data += self._part[:got]

    def _ended(self) -> NoResultError:
        code = self.process.wait()
        if code == -signal.SIGSEGV:
            return TooDeepError("The query is nested too deeply, or chains too many parts, to be worked on.")
        if code == -signal.SIGALRM:
            return TimeLimitError("The query took longer than its time limit and was stopped.")
        if code in ABORTED:
            return MemoryLimitError(memory_message(self.memory))
        return StoppedError("The query process was ended from outside. Try again.")

    def widen(self, memory: int) -> None:
        """Lets the process have more address space, MiB, where the system can (Linux)."""
        with suppress(AttributeError, OSError):
            limits = (memory * MIB, self._most * MIB)
            resource.prlimit(self.process.pid, resource.RLIMIT_AS, limits)
            self.memory = memory

    def step_back(self) -> None:
        """Lets other processes pass; for good, so the process is not to be used again."""
        step_back(self.process.pid)

    def end(self) -> None:
        """Kills the process, whatever it does, and frees what belongs to it."""
        self.process.kill()
        self.process.wait()
        for pipe in (self.process.stdin, self.process.stdout):
            if pipe is not None:
                pipe.close()


def memory_message(memory: int) -> str:
    """What is said when the memory limit was reached."""
    return f"The query reached the memory limit of {memory} MiB and was stopped."


class QueryResult:
    """The result of a query: its first part, which is all of it unless ``more`` is set.

    Iterating gives all parts. Whoever asked must call ``close``, early or late.

    Attributes:
        form: rows, truth value or triples.
        rows: how many rows or triples there are, or were found so far when there is more.
    """

    def __init__(self, first: Frame, rest: "Iterator[Frame]", close: Callable[[bool], None]) -> None:
        self.form, self.rows, self.first = first.form, first.rows, first.data
        self.more = first.status is Status.PART
        self._rest, self._close = rest, close

    def __iter__(self) -> Iterator[bytes]:
        """The parts, in order.

        Raises:
            NoResultError: the result ends before it is complete; the sub-class says why.
        """
        yield self.first
        while self.more:
            frame = next(self._rest)
            self.rows = frame.rows
            self.more = frame.status is Status.PART
            yield frame.data

    def close(self) -> None:
        """Gives the process back; ends it when there was more to come. May be called again."""
        close, self._close = self._close, lambda complete: None
        close(not self.more)


class Run:
    """One job in one process: its time, and whether it has become long.

    Args:
        lengthen: called once when the query becomes long; may raise.
        watch: called once a second then; may raise.
    """

    def __init__(
        self, process: QueryProcess, job: Job, lengthen: Callable[[], None], watch: Callable[[], None]
    ) -> None:
        self.process, self.job = process, job
        self._lengthen, self._watch = lengthen, watch
        self._left = job.seconds
        self.long = False

    def again(self, process: QueryProcess) -> "Run":
        """The same job in another process, with the time that it has left."""
        process.ask(self.job)
        run = Run(process, self.job, self._lengthen, self._watch)
        run._left, run.long = self._left, self.long
        return run

    def frame(self) -> Frame:
        """The next frame. Only time spent waiting for the query counts against its limit.

        Raises:
            NoResultError: there is none; the sub-class says why.
        """
        while True:
            began = time.monotonic()
            wait = min(self._left, TICK if self.long else LONG)
            frame = self.process.frame(began + wait)
            self._left -= time.monotonic() - began
            if frame is not None:
                return frame
            if self._left <= 0:
                raise TimeLimitError(
                    f"The query took longer than {in_seconds(self.job.seconds)} and was stopped."
                )
            if not self.long:
                self.long = True
                self.process.step_back()
                self._lengthen()
            self._watch()
