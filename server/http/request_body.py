"""The body of a request, read under a limit of size and of time."""

import threading
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import IO

SECONDS = 10.0
"""How long a client may take to send a body."""
PROMPT = 0.25
"""Seconds after which a body counts as slow."""
SLOW, OF_ONE = 32, 8
"""Slow bodies that are awaited at once, and those of one client; a further one is not awaited."""
CLIENT = "policytrace.client"
"""Where the WSGI environment of a request with a body says who sends it."""
DRAINED = 64 * 2**20
"""Bytes of a body that is too large which are read all the same, so that the client hears the answer."""
CHUNK = 2**20

READING = 1024
"""Bodies that are read at once. One that is not awaited any more is read until its client leaves."""
_READERS = ThreadPoolExecutor(max_workers=READING, thread_name_prefix="body")
_slow = Counter[str]()
_lock = threading.Lock()


class BodyTooLargeError(Exception):
    """The body is larger than allowed."""


class BodyTooSlowError(Exception):
    """The body did not come in time; the message says what time it had."""


class Missing:
    """Stands in the place of a body that did not come in time."""

    def __init__(self, error: BodyTooSlowError) -> None:
        self.error = error

    def read(self, size: int = -1) -> bytes:
        """Never gives anything.

        Raises:
            BodyTooSlowError: always.
        """
        raise self.error


def read(
    stream: IO[bytes], size: int, length: int | None, client: str = "", seconds: float = SECONDS
) -> bytes:
    """A body of at most ``size`` bytes; ``length`` is what the client announced, if it did.

    A client that stops sending holds up nobody: its body is awaited beside the request, and no more than
    ``OF_ONE`` of its slow bodies are.

    Raises:
        BodyTooLargeError: there is more.
        BodyTooSlowError: it did not come within so many seconds, or too many slow ones are awaited.
    """
    if length == 0:
        return b""
    if length is not None and length > max(size, DRAINED):
        raise BodyTooLargeError
    reading = _READERS.submit(_read, stream, size)
    try:
        data = reading.result(min(PROMPT, seconds))
    except TimeoutError:
        try:
            with _awaited(client):
                data = reading.result(max(seconds - PROMPT, 0))
        except TimeoutError:
            raise BodyTooSlowError(f"The body did not come within {seconds:g} seconds.") from None
    if len(data) > size:
        raise BodyTooLargeError
    return data


@contextmanager
def _awaited(client: str) -> Iterator[None]:
    """Counts a slow body of a client."""
    with _lock:
        if _slow.total() >= SLOW or _slow[client] >= OF_ONE:
            raise BodyTooSlowError("The body came slowly, and too many slow ones are awaited already.")
        _slow[client] += 1
    try:
        yield
    finally:
        with _lock:
            _slow[client] -= 1
            if not _slow[client]:
                del _slow[client]


def _read(stream: IO[bytes], size: int) -> bytes:
    data = bytearray()
    while len(data) <= size and (part := stream.read(min(CHUNK, size + 1 - len(data)))):
        data += part
    left = DRAINED
    while len(data) > size and left > 0 and (part := stream.read(CHUNK)):
        left -= len(part)
    return bytes(data)


READ_AHEAD = 64 * 2**10
"""Bytes of a reply of unknown length that are awaited before it is passed on as a stream."""
