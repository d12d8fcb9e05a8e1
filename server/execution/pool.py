"""Runs queries in processes that can be killed, under limits of time, memory and size of the result."""

import json
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from queue import Empty

from policytrace.server.execution.errors import (
    BusyError,
    ClientGoneError,
    EvaluationError,
    MemoryLimitError,
    NoResultError,
    RefusedQueryError,
    RowLimitError,
    ServiceError,
    SizeLimitError,
    UnreadableQueryError,
    UnsupportedError,
    UnwantedFormError,
)
from policytrace.server.execution.slots import Slots, slots
from policytrace.server.execution.wire import Frame, Job, Rendering, ResultKind, Status
from policytrace.server.execution.worker_process import QueryProcess, QueryResult, Run, memory_message
from policytrace.server.operations.settings import SMALL_QUERY

PATIENCE = 5.0
"""Seconds a request waits for a free query process before it is told that the server is busy."""
SIZE = 1024
"""Default limit of the size of a result, MiB."""
ROWS = 10_000_000
"""Default limit of the rows or triples of a result."""
MIB = 2**20


class Pool:
    """Query processes of one server process, started when first needed and reused.

    A query that runs for long yields to others, and one process is always left for short ones.

    Every process may have a little memory. What is left of the share of all is lent, as much as one query may
    have, to those that run for long or have found the little not to be enough; these begin once more.

    Args:
        processes: how many at most.
        seconds: time limit of a query.
        memory: address space that one query may have, MiB.
        share: address space of all processes together, MiB; as much as one query and the others need when 0.
        renderer: module whose ``render`` makes files for people of rows, in the query process.
        size: limit of the size of a result, MiB.
        rows: limit of its rows or triples.
        services: IRIs of the services that queries may call.
        on_replace: called when a process was ended and another takes its place.
    """

    def __init__(
        self,
        processes: int,
        seconds: float,
        memory: int,
        *,
        share: int = 0,
        renderer: str = "",
        size: int = SIZE,
        rows: int = ROWS,
        services: Sequence[str] = (),
        on_replace: Callable[[], None] = lambda: None,
    ) -> None:
        self.seconds, self.size, self.rows = seconds, size, rows
        self.services, self.renderer, self._on_replace = tuple(services), renderer, on_replace
        self.small = min(SMALL_QUERY, memory)
        spare = share - processes * self.small if share else memory - self.small
        lent = min(spare, memory - self.small)
        self.memory = self.small + lent
        self._spare = slots(spare // lent if lent else 0)
        self._free, self._long = slots(processes), slots(max(processes - 1, 1))
        self._idle: list[QueryProcess] = []

    def limits(self, seconds: float | None) -> dict[str, float]:
        """The limits of a query that wishes a time limit: seconds, memory (MiB), size (MiB), rows."""
        limit = min(seconds or self.seconds, self.seconds)
        return {"seconds": limit, "memory": self.memory, "size": self.size, "rows": self.rows}

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
        """The whole result of a query, serialised as ``media_type``; see ``open``.

        Raises:
            NoResultError: the query has no result; the sub-class says why.
        """
        answer = self.open(
            store,
            query,
            media_type,
            media_type,
            seconds=seconds,
            default_graphs=default_graphs,
            named_graphs=named_graphs,
        )
        try:
            return b"".join(answer) if answer.more else answer.first
        finally:
            answer.close()

    def open(
        self,
        store: Path,
        query: str,
        rows_as: str,
        graph_as: str,
        *,
        seconds: float | None = None,
        default_graphs: list[str] | None = None,
        named_graphs: list[str] | None = None,
        shown_rows: int = 0,
        shown_triples: int = 0,
        shown_bytes: int = 0,
        rendering: Rendering | None = None,
        base: str | None = None,
        client_gone: Callable[[], bool] = lambda: False,
    ) -> QueryResult:
        """The result of a query, to be read in parts and closed.

        Args:
            store: folder of the store to ask.
            query: its text.
            rows_as: media type for rows and truth values, empty when the client takes none.
            graph_as: media type for triples, empty when the client takes none.
            seconds: may lower the time limit, never raise it.
            default_graphs, named_graphs: the dataset of the SPARQL protocol.
            shown_rows, shown_triples: how many to give when only the first are wanted; rows then come as
                JSON. All are counted.
            shown_bytes: how many bytes these are to have at most, about; longer values are cut.
            rendering: the file for people to be made of rows, in the place of ``rows_as``.
            base: resolves relative IRIs of a query that declares no base.
            client_gone: whether nobody waits for the answer any more; asked once a second.

        Raises:
            NoResultError: the query has no result; the sub-class says why.
        """
        limit = min(seconds or self.seconds, self.seconds)
        job = Job(
            str(store),
            query,
            rows_as,
            graph_as,
            limit,
            self.size * MIB,
            self.rows,
            shown_rows,
            shown_triples,
            None if default_graphs is None else tuple(default_graphs),
            None if named_graphs is None else tuple(named_graphs),
            base,
            self.services,
            shown_bytes,
            rendering,
        )
        try:
            self._free.get(timeout=PATIENCE)
        except Empty:
            raise BusyError(f"All query processes have been at work for {PATIENCE:g} seconds.") from None
        return self._open(job, client_gone)

    def _open(self, job: Job, client_gone: Callable[[], bool]) -> QueryResult:
        process: QueryProcess | None = None
        held: list[Slots] = [self._free]

        def lengthen() -> None:
            if self._long in held:
                return
            try:
                self._long.get_nowait()
            except Empty:
                message = "Too many long queries are running; this one was stopped for short ones."
                raise BusyError(message) from None
            held.append(self._long)
            widen()

        def widen() -> None:
            if process is not None and process.memory < self.memory and borrow(0):
                process.widen(self.memory)

        def borrow(patience: float) -> bool:
            """Whether the query may have all the memory that one may have."""
            if self._spare not in held:
                try:
                    self._spare.get(timeout=patience) if patience else self._spare.get_nowait()
                except Empty:
                    return False
                held.append(self._spare)
            return True

        def watch() -> None:
            if client_gone():
                raise ClientGoneError("Nobody waits for the answer any more.")
            widen()

        def close(complete: bool) -> None:
            try:
                if process is not None and complete and not run.long and process.memory == self.small:
                    self._idle.append(process)
                elif process is not None:
                    self._replace(process)
            finally:
                for taken in held:
                    taken.put(None)

        try:
            process, run = self._start(job, lengthen, watch)
            try:
                first = self._checked(run.frame())
            except MemoryLimitError:
                if process.at_first >= self.memory:
                    raise
                if not borrow(PATIENCE):
                    message = (
                        f"This query needs more than {process.memory} MiB of memory, and others have it."
                    )
                    raise BusyError(message) from None
                process.end()
                process = QueryProcess(self.memory, self.memory, self.renderer)
                run = run.again(process)
                first = self._checked(run.frame())
            if first.status is Status.PART:
                # Its client decides how long it lasts.
                lengthen()
        except BaseException as error:
            close(isinstance(error, _KEEPS))
            raise
        return QueryResult(first, self._rest(run), close)

    def _start(
        self, job: Job, lengthen: Callable[[], None], watch: Callable[[], None]
    ) -> tuple[QueryProcess, Run]:
        """A process that has taken the job: one that idles, or a new one when that has died meanwhile."""
        while self._idle:
            process = self._idle.pop()
            try:
                process.ask(job)
            except BrokenPipeError:
                process.end()
                self._on_replace()
            else:
                return process, Run(process, job, lengthen, watch)
        process = self._new()
        try:
            process.ask(job)
        except BaseException:
            process.end()
            raise
        return process, Run(process, job, lengthen, watch)

    def _rest(self, run: Run) -> Iterator[Frame]:
        while True:
            frame = self._checked(run.frame())
            yield frame
            if frame.status is Status.DONE:
                return

    def _replace(self, process: QueryProcess) -> None:
        """Ends a process; the next one gets ready while nobody waits for it."""
        process.end()
        self._on_replace()
        self._idle.insert(0, self._new())

    def _new(self) -> QueryProcess:
        return QueryProcess(self.small, self.memory, self.renderer)

    def _checked(self, frame: Frame) -> Frame:
        if frame.status not in (Status.DONE, Status.PART):
            raise self._failure(frame)
        return frame

    def _failure(self, frame: Frame) -> NoResultError:
        match frame.status:
            case Status.SYNTAX:
                return UnreadableQueryError(**json.loads(frame.data))
            case Status.REFUSED:
                return RefusedQueryError(**json.loads(frame.data))
            case Status.UNSUPPORTED:
                return UnsupportedError(f"{frame.data.decode()}.")
            case Status.SERVICE:
                return ServiceError(frame.data.decode())
            case Status.UNWANTED:
                return UnwantedFormError(frame.form is ResultKind.GRAPH)
            case Status.MEMORY:
                return MemoryLimitError(memory_message(self.memory))
            case Status.TOO_MANY_BYTES:
                return SizeLimitError(f"The result has more than {self.size} MiB.")
            case Status.TOO_MANY_ROWS:
                kind = "triples" if frame.form is ResultKind.GRAPH else "rows"
                return RowLimitError(f"The result has more than {self.rows} {kind}.")
            case _:
                return EvaluationError("The store cannot answer this query.")

    def close(self) -> None:
        """Ends the idle processes."""
        while self._idle:
            self._idle.pop().end()


_KEEPS = (
    UnreadableQueryError,
    UnsupportedError,
    UnwantedFormError,
    RowLimitError,
    ServiceError,
    SizeLimitError,
    EvaluationError,
)
"""Failures after which the process is ready for the next query."""
