"""The layer before the application: a finished answer is given again without it.

The key of an answer holds what decided about it: the release, the method, path, query string or body, and
every request header that an answer varied on so far.
"""

import hashlib
import io
from collections.abc import Callable, Iterable, Mapping, Sequence
from time import perf_counter
from typing import TYPE_CHECKING, Any

from policytrace.server.front.answer_cache import Cache, CachedAnswer, Key
from policytrace.server.front.single_flight import Flights
from policytrace.server.front.wsgi_reply import KEPT, RELEASE, Stream, WsgiReply
from policytrace.server.http import conditional
from policytrace.server.http import request_body as bodies
from policytrace.server.http.coding import coding_class
from policytrace.server.http.conditional import CONDITIONS
from policytrace.server.http.request_body import READ_AHEAD
from policytrace.server.operations.access_log import FACTS, AccessLog
from policytrace.server.operations.counters import OUTCOMES, Counters
from policytrace.server.releases.current import NoReleaseError, Published

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

HIT, UNCHANGED, SHARED, COMPUTED = range(len(OUTCOMES))
POSTED = "/sparql"
"""The one address whose answers to POST are kept."""
LARGEST_BODY = 64 * 2**10
"""Bytes up to which the body of a request is read to be looked up."""
KEYED = ("accept", "accept-encoding")
"""Request headers that are part of every key."""
NOTHING: Mapping[str, Any] = {}


class Front:
    """WSGI layer before an application.

    Args:
        app: answers what is not kept.
        direct: ways to answer without it, tried in turn; each gives None for what is not for it.
        client: tells who sent a request.
        published: knows the current release.
        limit: bytes of answers kept at most; 0 keeps none.
        waiting: requests that wait for the answer to an equal one, at most.
        counters: where requests are counted.
        log: where they are written down, if anywhere.
    """

    def __init__(
        self,
        app: "WSGIApplication",
        direct: "Sequence[Callable[[WSGIEnvironment], CachedAnswer | None]]",
        client: "Callable[[WSGIEnvironment], str]",
        published: Published,
        limit: int,
        waiting: int,
        counters: Counters,
        log: AccessLog | None = None,
    ) -> None:
        self._app, self._direct, self._client = app, direct, client
        self._published, self._counters, self._log = published, counters, log
        self._cache, self._flights = Cache(limit), Flights(waiting)
        self._varied: tuple[str, ...] = ()

    def __call__(self, environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        """Answers a request."""
        if environ["REQUEST_METHOD"] == "POST":
            environ[bodies.CLIENT] = self._client(environ)
            return bodies.answered(self._answer, environ, start_response)
        return self._answer(environ, start_response)

    def _answer(self, environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        request = _Request(environ, start_response, perf_counter())
        key = self._key(environ)
        if key is None:
            return self._compute(request, None)
        release = self._release()
        answer = self._cache.find(release, key)
        if answer is not None:
            return self._send(request, answer, HIT)
        if environ["REQUEST_METHOD"] == "HEAD":
            return self._compute(request, key)
        if not self._flights.first((release, key)):
            answer = self._flights.wait((release, key))
            return self._compute(request, key) if answer is None else self._send(request, answer, SHARED)
        try:
            answer = self._cache.find(release, key)
            return self._compute(request, key) if answer is None else self._send(request, answer, HIT)
        finally:
            self._flights.land((release, key), request.answer)

    def _key(self, environ: "WSGIEnvironment") -> Key | None:
        """What decides about the answer to a request; None when it is not kept."""
        if "HTTP_RANGE" in environ:
            return None
        get = environ.get
        key: Key = (
            environ["PATH_INFO"],
            environ.get("QUERY_STRING", ""),
            get("HTTP_ACCEPT", ""),
            coding_class(get("HTTP_ACCEPT_ENCODING", "")),
        )
        if self._varied:
            key += tuple(get(name, "") for name in self._varied)
        method = environ["REQUEST_METHOD"]
        if method in ("GET", "HEAD"):
            return key
        return _posted(key, environ) if method == "POST" and environ["PATH_INFO"] == POSTED else None

    def _release(self) -> str:
        try:
            return self._published.current().release.id
        except NoReleaseError:
            return ""

    def _send(self, request: "_Request", answer: CachedAnswer, outcome: int) -> Iterable[bytes]:
        """Gives a whole answer, or 304 when the client has it."""
        environ, method = request.environ, request.environ["REQUEST_METHOD"]
        status, body = answer.status, answer.body
        verdict = 0 if method == "POST" else conditional.verdict(environ, answer.etag, answer.modified)
        if verdict == 304:
            status, body, outcome = 304, b"", UNCHANGED
            request.start_response("304 Not Modified", answer.unchanged)
        elif verdict == 412:
            status, body = 412, b""
            request.start_response("412 Precondition Failed", [*answer.unchanged, ("Content-Length", "0")])
        else:
            request.start_response(answer.line, answer.headers)
            if method == "HEAD":
                body = b""
        self._note(request, status, len(body), outcome, answer.release, answer.facts)
        return [body]

    def _compute(self, request: "_Request", key: Key | None) -> Iterable[bytes]:
        """Works on a request; the answer is kept under the key, if there is one."""
        self._counters.add("working", 1)
        try:
            answer = None if key is None else self._directly(request.environ)
            if answer is None:
                return self._applied(request, key)
        except BaseException:
            self._note(request, 500, 0, COMPUTED, "", NOTHING)
            raise
        finally:
            self._counters.add("working", -1)
        self._share(request, key, answer)
        return self._send(request, answer, COMPUTED)

    def _directly(self, environ: "WSGIEnvironment") -> CachedAnswer | None:
        for way in self._direct:
            answer = way(environ)
            if answer is not None:
                return answer
        return None

    def _applied(self, request: "_Request", key: Key | None) -> Iterable[bytes]:
        """Has the application answer."""
        environ = request.environ
        asked = {} if "HTTP_RANGE" in environ else {n: environ.pop(n) for n in CONDITIONS if n in environ}
        reply = self._ask(environ)
        environ.update(asked)
        if environ["REQUEST_METHOD"] == "HEAD":
            return self._head(request, reply)
        body = reply.read(max(self._cache.largest, READ_AHEAD))
        if key is not None and not self._covered(reply):
            key = None
        if body is None:
            return self._stream(request, key, reply)
        answer = reply.answer(body, environ.get(FACTS, NOTHING))
        self._share(request, key, answer)
        return self._send(request, answer, COMPUTED)

    def _share(self, request: "_Request", key: Key | None, answer: CachedAnswer) -> None:
        """Gives an answer to those who wait for it, and keeps it for those who come later."""
        if key is not None and not answer.alone:
            request.answer = answer
            self._keep(request.environ, key, answer)

    def _ask(self, environ: "WSGIEnvironment") -> WsgiReply:
        """The reply of the application; asked once more if it failed as its release was pruned meanwhile."""
        reply = WsgiReply(self._app, environ)
        if reply.status >= 500 and self._published.gone(reply.header(RELEASE)):
            body = environ["wsgi.input"]
            if environ["REQUEST_METHOD"] != "POST" or isinstance(body, io.BytesIO):
                if isinstance(body, io.BytesIO):
                    body.seek(0)
                reply.close()
                reply = WsgiReply(self._app, environ)
        return reply

    def _covered(self, reply: WsgiReply) -> bool:
        """Whether keys hold every header this reply varied on; from now on they do."""
        names = (f"HTTP_{name.upper().replace('-', '_')}" for name in reply.varies_on if name not in KEYED)
        new = tuple(name for name in names if name not in self._varied)
        self._varied += new
        return not new

    def _keep(self, environ: "WSGIEnvironment", key: Key, answer: CachedAnswer) -> None:
        """Keeps an answer that comes from the current release, or from one the query string names."""
        if answer.status not in KEPT:
            return
        current = self._release()
        if answer.release in ("", current) or answer.release in environ.get("QUERY_STRING", ""):
            self._cache.keep(current, key, answer)
            self._counters.set("cache_bytes", self._cache.size)
            self._counters.set("cache_answers", len(self._cache))
            self._counters.set("cache_evicted", self._cache.evicted)

    def _head(self, request: "_Request", reply: WsgiReply) -> Iterable[bytes]:
        reply.close()
        return self._send(request, reply.answer(b"", NOTHING, head=True), COMPUTED)

    def _stream(self, request: "_Request", key: Key | None, reply: WsgiReply) -> Iterable[bytes]:
        """Passes a reply on as it comes; it is kept once it is whole."""
        environ, facts = request.environ, request.environ.get(FACTS, NOTHING)
        bare = reply.answer(b"", facts, head=True)
        if environ["REQUEST_METHOD"] != "POST" and conditional.verdict(environ, bare.etag, bare.modified):
            reply.close()
            return self._send(request, bare, COMPUTED)

        def ended(stream: Stream) -> None:
            self._counters.add("working", -1)
            body = stream.copy
            if key is not None and body is not None:
                self._keep(environ, key, reply.answer(body, facts))
            noted = facts if stream.whole else {**facts, "cut": True}
            self._note(request, reply.status, stream.size, COMPUTED, reply.header(RELEASE), noted)

        self._counters.add("working", 1)
        request.start_response(reply.line, reply.headers)
        kept = key is not None and not bare.alone and not reply.longer(self._cache.largest)
        largest = self._cache.largest if kept else 0
        return Stream(reply, largest, ended)

    def _note(
        self,
        request: "_Request",
        status: int,
        size: int,
        outcome: int,
        release: str,
        facts: Mapping[str, Any],
    ) -> None:
        seconds = perf_counter() - request.began
        self._counters.count(outcome, status, seconds, size)
        if self._log is not None:
            self._log.write(
                request.environ,
                status=status,
                seconds=seconds,
                size=size,
                cache=OUTCOMES[outcome],
                release=release,
                facts=facts,
            )


class _Request:
    """A request on its way, and the answer that others who wait for it get as well."""

    __slots__ = ("answer", "began", "environ", "start_response")

    def __init__(self, environ: "WSGIEnvironment", start_response: "StartResponse", began: float) -> None:
        self.environ, self.start_response, self.began = environ, start_response, began
        self.answer: CachedAnswer | None = None


def _posted(key: Key, environ: "WSGIEnvironment") -> Key | None:
    """The key of a query that was posted; its body is put back for the application to read."""
    length = environ.get("CONTENT_LENGTH", "")
    if not length.isdecimal() or int(length) > LARGEST_BODY:
        return None
    try:
        body = bodies.read(environ, environ["wsgi.input"], LARGEST_BODY, int(length))
    except bodies.BodyTooSlowError as error:
        environ["wsgi.input"] = bodies.Missing(error)
        return None
    environ["wsgi.input"] = io.BytesIO(body)
    sent_as = environ.get("CONTENT_TYPE", ""), environ.get("HTTP_CONTENT_ENCODING", "")
    return (*key, *sent_as, hashlib.blake2b(body, digest_size=16).hexdigest())
