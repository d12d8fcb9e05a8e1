"""A WSGI application as its middleware sees it: its reply is read whole, or passed on as a stream."""

import time
from collections.abc import Callable, Iterator, Mapping
from typing import TYPE_CHECKING, Any

from policytrace.server.http.conditional import Header, not_modified_headers, time_of
from policytrace.server.http.request_body import READ_AHEAD
from policytrace.server.responses.reply import NO_STORE, Reply
from policytrace.server.responses.streaming import CutError

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIApplication, WSGIEnvironment

CACHEABLE = (200, 303)
"""Statuses of replies that are cached."""
ROWS = "x-policytrace-rows"
"""The header that says how many rows or triples a result has."""
BODILESS = (204, 304)
"""Statuses without a body (RFC 9112, section 6.3)."""
HELD = 24
"""More parts of a body than the server holds back for a slow client: 16 for the system and 4 before those."""
PAUSE = 0.1
"""Seconds given to the last of them."""
RELEASE = "x-policytrace-release"
"""The header that names the release a response comes from."""


class WsgiReply:
    """What the application replied: status and headers, and a body still to be read."""

    def __init__(self, app: "WSGIApplication", environ: "WSGIEnvironment") -> None:
        self.status, self.line = 0, ""
        self.headers: list[Header] = []
        self._named: dict[str, str] = {}
        self._read: list[bytes] = []
        self._body = app(environ, self._start)
        self._rest = iter(self._body)

    def _start(self, line: str, headers: list[Header], error: object = None, /) -> Callable[[bytes], object]:
        self.status, self.line, self.headers = int(line[:3]), line, headers
        self._named = {name.lower(): value for name, value in headers}
        return _cannot_write

    def header(self, name: str) -> str:
        """A header, its name in lower case; empty when there is none."""
        return self._named.get(name, "")

    @property
    def varies_on(self) -> list[str]:
        """The request headers that decided about this reply, in lower case (RFC 9110, section 12.5.5)."""
        return [name.strip().lower() for name in self.header("vary").split(",") if name.strip()]

    @property
    def private(self) -> bool:
        """Whether nobody else who sends the same request may get it."""
        private = NO_STORE in self.header("cache-control") or "set-cookie" in self._named
        return private or "*" in self.varies_on

    def longer(self, largest: int) -> bool:
        """Whether the headers say that the body has more bytes than that."""
        length = self.header("content-length")
        return length.isdecimal() and int(length) > largest

    def read(self, largest: int) -> bytes | None:
        """The whole body; None when it is over ``largest`` or not yet there, and has to be streamed."""
        if self.longer(largest):
            return None
        limit = largest if self.header("content-length").isdecimal() else min(READ_AHEAD, largest)
        size = 0
        try:
            for chunk in self._rest:
                self._read.append(chunk)
                size += len(chunk)
                if size > limit:
                    return None
        except CutError as error:
            self._rest = _raising(error)
            return None
        except BaseException:
            self.close()
            raise
        self.close()
        return b"".join(self._read)

    def complete(self, body: bytes, facts: Mapping[str, Any], *, head: bool = False) -> Reply:
        """The reply with its body, as it can be sent again; ``head``: the body was not requested."""
        headers = [header for header in self.headers if header[0] != "Date"]
        if not head and "content-length" not in self._named and self.status not in BODILESS:
            headers = [*headers, ("Content-Length", str(len(body)))]
        if rows := self.header(ROWS):
            facts = {"rows": int(rows), **facts}
        reply = Reply(
            self.status,
            self.line,
            headers,
            body,
            release=self.header(RELEASE),
            facts=facts,
            private=self.private,
        )
        if self.status == 200:
            reply.etag, reply.modified = self.header("etag"), time_of(self.header("last-modified"))
            reply.not_modified = not_modified_headers(headers)
        return reply

    def __iter__(self) -> Iterator[bytes]:
        """The body, what was read ahead first."""
        yield from self._read
        self._read = []
        # Not `yield from`: it would close the body as well, and it is closed once, by `close`.
        for chunk in self._rest:  # noqa: UP028
            yield chunk

    def close(self) -> None:
        """Tells the application that nobody reads on."""
        close = getattr(self._body, "close", None)
        if close is not None:
            close()


class Stream:
    """The body of a reply on its way to the client, copied up to a size.

    ``on_end`` is called once at the end, also of a body cut short by an error or by a client that went away:
    ``whole`` says which, ``size`` how many bytes were sent. After a body cut short by an error, the error is
    raised once all of it is on its way; the server then breaks the connection.
    """

    def __init__(
        self,
        reply: WsgiReply,
        largest: int,
        on_end: "Callable[[Stream], None]",
    ) -> None:
        self.size, self.whole = 0, False
        self._reply, self._chunks = reply, iter(reply)
        self._largest, self._on_end = largest, on_end
        self._copy: list[bytes] | None = []
        self._open = True

    @property
    def copy(self) -> bytes | None:
        """The whole body, when it was sent and is not too large."""
        return b"".join(self._copy) if self.whole and self._copy is not None else None

    def __iter__(self) -> "Stream":
        return self

    def __next__(self) -> bytes:
        try:
            chunk = next(self._chunks)
        except StopIteration:
            self.whole = self._open
            self.close()
            raise
        except Exception as error:
            if not self._open:
                raise
            self.close()
            self._chunks = breaking(error)
            return next(self._chunks)
        except BaseException:
            self.close()
            raise
        self.size += len(chunk)
        if self._copy is not None:
            self._copy.append(chunk)
            if self.size > self._largest:
                self._copy = None
        return chunk

    def close(self) -> None:
        """Ends the stream; called by the server, whatever happened."""
        if self._open:
            self._open = False
            try:
                self._reply.close()
            finally:
                self._on_end(self)


def breaking(error: Exception) -> Iterator[bytes]:
    """Raises an error once all that was sent before is with the system.

    The server breaks the connection then, and of what it still holds back it sends nothing.
    """
    for _ in range(HELD):
        yield b"\n"
    time.sleep(PAUSE)
    raise error


def _raising(error: CutError) -> Iterator[bytes]:
    raise error
    yield b""


def _cannot_write(data: bytes) -> object:
    raise NotImplementedError("the application returns its body; it does not write it")
