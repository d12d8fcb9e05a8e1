"""How many rows a serialised result holds, counted while it is written, in any pieces."""

from typing import Protocol


class Counter(Protocol):
    """Counts the rows of one result."""

    rows: int

    def feed(self, data: bytes) -> None:
        """Take the next piece of the result."""
        ...


class Lines:
    """TSV: every line after the first is a row; line breaks in values are escaped."""

    def __init__(self) -> None:
        self.rows = -1

    def feed(self, data: bytes) -> None:
        """See ``Counter.feed``."""
        self.rows += data.count(b"\n")


class QuotedLines:
    """CSV: every line break outside quotes, after the first, ends a row."""

    def __init__(self) -> None:
        self.rows = -1
        self._quoted = False

    def feed(self, data: bytes) -> None:
        """See ``Counter.feed``."""
        pieces = data.split(b'"')
        self.rows += sum(piece.count(b"\n") for piece in pieces[self._quoted :: 2])
        self._quoted ^= len(pieces) % 2 == 0


class Elements:
    """XML: every ``<result>`` is a row; in values ``<`` is escaped."""

    TAG = b"<result>"

    def __init__(self) -> None:
        self.rows = 0
        self._rest = b""

    def feed(self, data: bytes) -> None:
        """See ``Counter.feed``."""
        data = self._rest + data
        self.rows += data.count(self.TAG)
        self._rest = data[-len(self.TAG) + 1 :]


class Objects:
    """JSON: every object that is no value of a key is a row, but for the outermost one."""

    def __init__(self) -> None:
        self.rows = -1
        self._in_text = False
        self._rest = b""
        self._after_colon = False

    def feed(self, data: bytes) -> None:
        """See ``Counter.feed``."""
        data = self._rest + data
        escapes = len(data) - len(data.rstrip(b"\\"))
        data, self._rest = (data[:-1], b"\\") if escapes % 2 else (data, b"")
        pieces = data.replace(b"\\\\", b"").replace(b'\\"', b"").split(b'"')
        for piece in pieces[self._in_text :: 2]:
            self.rows += piece.count(b"{") - piece.count(b":{")
            if self._after_colon and piece.startswith(b"{"):
                self.rows -= 1
            if piece:
                self._after_colon = piece.endswith(b":")
        self._in_text ^= len(pieces) % 2 == 0


COUNTERS: dict[str, type[Counter]] = {
    "text/tab-separated-values": Lines,
    "text/csv": QuotedLines,
    "application/sparql-results+xml": Elements,
    "application/sparql-results+json": Objects,
}
"""The counter for each media type of rows."""
