"""How many rows a serialised result holds, counted while it is written, in any pieces."""

from typing import Protocol

from policytrace.graph.vocabulary import media_types


class Counter(Protocol):
    """Counts the rows of one result."""

    @property
    def rows(self) -> int:
        """Rows so far."""
        ...

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
    """JSON: a row is an object that stands in a list; nothing but rows and names of variables does.

    Of the result only the signs of its structure are looked at: after a comma or the begin of a list, an
    object with a key is a row. In a text nothing looks like that, for what follows its end is no colon.
    """

    SIGNS = b'{}[],":'
    OTHERS = bytes(sorted(set(range(256)).difference(SIGNS)))

    def __init__(self) -> None:
        self._rows = 0
        self._in_text = False
        self._escape = self._rest = b""

    @property
    def rows(self) -> int:
        """Rows so far."""
        return self._rows + _objects(self._rest, self._in_text)

    def feed(self, data: bytes) -> None:
        """See ``Counter.feed``."""
        data = self._escape + data
        self._escape = b""
        if b"\\" in data:
            if (len(data) - len(data.rstrip(b"\\"))) % 2:
                data, self._escape = data[:-1], b"\\"
            data = data.replace(b"\\\\", b"").replace(b'\\"', b"")
        signs = self._rest + data.translate(None, self.OTHERS)
        end = signs.rfind(b":") + 1
        self._rows += _objects(signs[:end], self._in_text)
        self._in_text ^= signs.count(b'"', 0, end) % 2 == 1
        self._rest = signs[end:]


def _objects(signs: bytes, in_text: bool) -> int:
    """Rows that begin in a piece between colons; ``in_text``: it begins in a text."""
    number = signs.count(b',{"":') + signs.count(b'[{"":')
    if b"{}" in signs:
        for piece in signs.split(b'"')[in_text::2]:
            number += piece.count(b",{}") + piece.count(b"[{}")
    return number


COUNTERS: dict[str, type[Counter]] = {
    media_types.TSV: Lines,
    media_types.CSV: QuotedLines,
    media_types.XML_RESULTS: Elements,
    media_types.JSON_RESULTS: Objects,
}
"""The counter for each media type of rows."""
