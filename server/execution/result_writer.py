"""Where a query process writes a result: limits are kept, and it leaves in frames."""

import io
from collections.abc import Callable

from policytrace.server.execution.row_counter import Counter
from policytrace.server.execution.wire import Frame, Job, ResultKind, Status

WHOLE = 4 * 2**20
"""Bytes up to which a result is sent in one piece, so that the status is certain and its length known."""
PART = 256 * 2**10
"""Bytes of the pieces of a longer result, after the first."""

Send = Callable[[Frame], None]


class TooLargeError(Exception):
    """The result is larger than a limit allows."""

    def __init__(self, status: Status) -> None:
        super().__init__(status.name)
        self.status = status


class Output(io.RawIOBase):
    """A binary file whose content is sent as frames.

    Args:
        form: what kind of result is written.
        counter: counts its rows; without one the writer counts by ``count``.
        most: bytes after which the rest is not sent; 0 for all.

    Attributes:
        rows: rows or triples written or passed over so far.
    """

    def __init__(
        self, send: Send, job: Job, form: ResultKind, counter: Counter | None = None, most: int = 0
    ) -> None:
        super().__init__()
        self.form, self.rows = form, 0
        self._most = most
        self._send, self._job, self._counter = send, job, counter
        self._held = bytearray()
        self._room = WHOLE
        self._sent = 0

    def writable(self) -> bool:
        """Always."""
        return True

    def write(self, data: bytes) -> int:  # type: ignore[override]
        """Takes data, however much; sends what has gathered when it is enough, in frames of a bounded size.

        Raises:
            TooLargeError: a limit is passed.
        """
        rest = memoryview(data)
        if self._most:
            rest = rest[: max(self._most - len(self._held), 0)]
        if self._sent + len(self._held) + len(rest) > self._job.size:
            raise TooLargeError(Status.TOO_MANY_BYTES)
        while len(rest) >= (room := self._room - len(self._held)):
            self._held += rest[:room]
            rest = rest[room:]
            self._leave(Status.PART)
            self._room = PART
        self._held += rest
        return len(data)

    def count(self, rows: int) -> None:
        """Sets how many rows or triples were written or passed over.

        Raises:
            TooLargeError: they are too many.
        """
        self.rows = rows
        if rows > self._job.rows:
            raise TooLargeError(Status.TOO_MANY_ROWS)

    def finish(self) -> None:
        """Sends the rest as the last frame.

        Raises:
            TooLargeError: a limit is passed.
        """
        self._leave(Status.DONE)

    def _leave(self, status: Status) -> None:
        data = bytes(self._held)
        self._held.clear()
        self._sent += len(data)
        if self._counter is not None:
            self._counter.feed(data)
            self.count(max(self._counter.rows, 0))
        self._send(Frame(status, self.form, self.rows, data))
