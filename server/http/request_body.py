"""The body of a request, read under a limit of size and of time."""

import threading
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor, wait
from contextlib import contextmanager
from typing import IO, TYPE_CHECKING, Any

from werkzeug.wsgi import get_content_length, get_input_stream

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

SECONDS = 10.0
"""How long a client may take to send a body."""
PROMPT = 0.25
"""Seconds after which a body counts as slow."""
SLOW, OF_ONE = 32, 8
"""Slow bodies that are awaited at once, and those of one client; a further one is not awaited."""
BODY = "policytrace.body"
"""Where the WSGI environment holds the body of its request, when that was read already."""
CLIENT = "policytrace.client"
"""Where the WSGI environment of a request with a body says who sends it."""
DRAINED = 64 * 2**20
"""Bytes of a body that is too large which are read all the same, so that the client hears the answer."""
CHUNK = 2**20
PAUSE = 0.1
"""Seconds given to an answer before its connection is broken."""

READING = 1024
"""Bodies that are read at once. One that is not awaited any more is read until its connection is broken."""
UNREAD = "policytrace.unread"
"""Where the WSGI environment has the reading of a body that is not awaited any more."""
_READERS = ThreadPoolExecutor(max_workers=READING, thread_name_prefix="body")
_slow = Counter[str]()
_lock = threading.Lock()


class BodyTooLargeError(Exception):
    """The body is larger than allowed."""


class BodyTooSlowError(Exception):
    """The body did not come in time; the message says what time it had."""


class MissingBody:
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
    environ: dict[str, Any], stream: IO[bytes], size: int, length: int | None, seconds: float = SECONDS
) -> bytes:
    """The body of a request, of at most ``size`` bytes; ``length`` is what the client announced, if it did.

    A client that stops sending holds up nobody: its body is awaited beside the request, and no more than
    ``OF_ONE`` of its slow bodies are. A request whose body did not come is answered by :func:`answered`.

    Raises:
        BodyTooLargeError: there is more.
        BodyTooSlowError: it did not come within so many seconds, or too many slow ones are awaited.
    """
    if length == 0:
        return b""
    if length is not None and length > max(size, DRAINED):
        raise BodyTooLargeError
    reading = _READERS.submit(_read, stream, size)
    environ[UNREAD] = reading
    try:
        data = reading.result(min(PROMPT, seconds))
    except TimeoutError:
        try:
            with _awaited(environ.get(CLIENT, "")):
                data = reading.result(max(seconds - PROMPT, 0))
        except TimeoutError:
            raise BodyTooSlowError(f"The body did not come within {seconds:g} seconds.") from None
    del environ[UNREAD]
    if len(data) > size:
        raise BodyTooLargeError
    return data


def body_of(environ: "WSGIEnvironment", size: int) -> bytes:
    """The body of a request, read now unless it was before.

    Raises:
        BodyTooLargeError: it has more than ``size`` bytes.
        BodyTooSlowError: see ``read``.
    """
    body: bytes | None = environ.get(BODY)
    if body is None:
        return read(environ, get_input_stream(environ), size, get_content_length(environ))
    if len(body) > size:
        raise BodyTooLargeError
    return body


def answered(
    app: "WSGIApplication", environ: dict[str, Any], start_response: "StartResponse"
) -> Iterable[bytes]:
    """What an application answers to a request; the connection is broken after it if the body was not read.

    The server ends no request whose body is still being read, and nothing else ends the reading.
    """

    def start(line: str, headers: list[tuple[str, str]], error: Any = None, /) -> Callable[[bytes], object]:
        if UNREAD in environ:
            headers = [(name, value) for name, value in headers if name.lower() != "content-length"]
            headers.append(("Connection", "close"))
        return start_response(line, headers, error)

    try:
        parts = app(environ, start)
    except Exception:
        if UNREAD not in environ:
            raise
        start_response("500 Internal Server Error", [])
        parts = ()
    return _Broken(parts, environ[UNREAD]) if UNREAD in environ else parts


class _Broken:
    """An answer after which the connection is broken; its end is that of the reading of the request."""

    def __init__(self, parts: Iterable[bytes], reading: "Future[bytes]") -> None:
        self._parts, self._reading = iter(parts), reading

    def __iter__(self) -> Iterator[bytes]:
        return self

    def __next__(self) -> bytes:
        for part in self._parts:
            return part
        time.sleep(PAUSE)
        raise BodyTooSlowError("The rest of the body is not awaited.")

    def close(self) -> None:
        """Waits until nobody reads the body any more; the server would wait with all threads held up."""
        if not self._reading.cancel():
            wait((self._reading,))


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
