"""The body of a request, read under a limit of size and of time."""

from concurrent.futures import ThreadPoolExecutor
from typing import IO

SECONDS = 10.0
"""How long a client may take to send a body."""
DRAINED = 64 * 2**20
"""Bytes of a body that is too large which are read all the same, so that the client hears the answer."""
CHUNK = 2**20

_READERS = ThreadPoolExecutor(max_workers=64, thread_name_prefix="body")


class BodyTooLargeError(Exception):
    """The body is larger than allowed."""


class BodyTooSlowError(Exception):
    """The body did not come in time."""


class Missing:
    """Stands in the place of a body that did not come in time."""

    def read(self, size: int = -1) -> bytes:
        """Never gives anything.

        Raises:
            BodyTooSlowError: always.
        """
        raise BodyTooSlowError


def read(stream: IO[bytes], size: int, length: int | None, seconds: float = SECONDS) -> bytes:
    """A body of at most ``size`` bytes; ``length`` is what the client announced, if it did.

    A client that stops sending holds up nobody: its body is awaited beside the request.

    Raises:
        BodyTooLargeError: there is more.
        BodyTooSlowError: it did not come within so many seconds.
    """
    if length == 0:
        return b""
    if length is not None and length > max(size, DRAINED):
        raise BodyTooLargeError
    try:
        data = _READERS.submit(_read, stream, size).result(seconds)
    except TimeoutError:
        raise BodyTooSlowError from None
    if len(data) > size:
        raise BodyTooLargeError
    return data


def _read(stream: IO[bytes], size: int) -> bytes:
    data = bytearray()
    while len(data) <= size and (part := stream.read(min(CHUNK, size + 1 - len(data)))):
        data += part
    left = DRAINED
    while len(data) > size and left > 0 and (part := stream.read(CHUNK)):
        left -= len(part)
    return bytes(data)
