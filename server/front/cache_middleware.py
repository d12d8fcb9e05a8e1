"""The WSGI middleware before the application: replies are cached, and some made without the application.

The key of a reply holds what decided about it: the release, the path, the query string or body, and every
request header that a reply varied on so far (RFC 9111, section 4.1).
"""

import hashlib
import io
import logging
from collections.abc import Callable, Iterable, Mapping, Sequence
from time import perf_counter, time
from typing import TYPE_CHECKING, Any

from policytrace.graph.releases.release import DamagedError
from policytrace.server.front.answer_cache import AnswerCache, Key
from policytrace.server.front.single_flight import SingleFlight
from policytrace.server.front.wsgi_reply import CACHEABLE, RELEASE, Stream, WsgiReply
from policytrace.server.http import conditional, content_coding, request_body
from policytrace.server.http.conditional import CONDITIONS
from policytrace.server.http.host import names_one_host
from policytrace.server.http.request_body import READ_AHEAD
from policytrace.server.limits.input_lengths import fits
from policytrace.server.operations.access_log import FACTS, AccessLog
from policytrace.server.operations.counters import OUTCOMES, Counters
from policytrace.server.releases.current import NoReleaseError, Published
from policytrace.server.responses.query_results import ADDRESS
from policytrace.server.responses.reply import NO_FACTS, Reply

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

_LOG = logging.getLogger(__name__)
HIT, UNCHANGED, SHARED, COMPUTED = range(len(OUTCOMES))
POST_PATH = f"/{ADDRESS}"
"""The one path whose replies to POST are cached."""
LARGEST_BODY = 64 * 2**10
"""Bytes up to which the body of a request is read to be looked up."""
PATIENCE = 4.0
"""Seconds after which a request that failed is not handed over again: it waited for something else."""
TRIES = 3
"""How often a request is handed to the application at most, when releases come and go meanwhile."""
KEY_HEADERS = ("accept", "accept-encoding")
"""Request headers that are part of every key."""


class CacheMiddleware:
    """WSGI middleware of an application.

    Args:
        app: answers what is not cached.
        fast_paths: ways to answer without it, tried in turn; each gives None for what is not for it.
        client_of: tells who sent a request.
        published: knows the current release.
        limit: bytes of replies that are cached at most; 0: none is.
        waiting: requests that wait for the reply to an equal one, at most.
        counters: where requests are counted.
        log: where they are logged, if anywhere.
    """

    def __init__(
        self,
        app: "WSGIApplication",
        fast_paths: "Sequence[Callable[[WSGIEnvironment], Reply | None]]",
        client_of: "Callable[[WSGIEnvironment], str]",
        published: Published,
        limit: int,
        waiting: int,
        counters: Counters,
        log: AccessLog | None = None,
    ) -> None:
        self._app, self._fast_paths, self._client_of = app, fast_paths, client_of
        self._published, self._counters, self._log = published, counters, log
        self._cache, self._flights = AnswerCache(limit), SingleFlight(waiting)
        self._varied: tuple[str, ...] = ()

    def __call__(self, environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        """Answers a request."""
        if environ["REQUEST_METHOD"] == "POST":
            environ[request_body.CLIENT] = self._client_of(environ)
            return request_body.answered(self._answer, environ, start_response)
        return self._answer(environ, start_response)

    def _answer(self, environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        request, method = _Request(environ, start_response, perf_counter()), environ["REQUEST_METHOD"]
        key = self._key(environ)
        if key is None:
            return self._compute(request, None)
        release = self._release()
        cached = self._cache.get(release, key)
        if cached is not None:
            return self._send(request, cached, HIT)
        if method == "HEAD":
            return self._compute(request, key)
        if not self._flights.lead((release, key)):
            shared = self._flights.wait((release, key))
            return self._compute(request, key) if shared is None else self._send(request, shared, SHARED)
        try:
            cached = self._cache.get(release, key)
            return self._compute(request, key) if cached is None else self._send(request, cached, HIT)
        finally:
            self._flights.finish((release, key), request.reply)

    def _key(self, environ: "WSGIEnvironment") -> Key | None:
        """What decides about the reply to a request; None when that is not cached."""
        if "HTTP_RANGE" in environ or not names_one_host(environ) or not fits(environ):
            return None
        get = environ.get
        key: Key = (
            environ["PATH_INFO"],
            environ.get("QUERY_STRING", ""),
            get("HTTP_ACCEPT", ""),
            content_coding.choose(get("HTTP_ACCEPT_ENCODING", "")),
        )
        if self._varied:
            key += tuple(get(name, "") for name in self._varied)
        method = environ["REQUEST_METHOD"]
        if method in ("GET", "HEAD"):
            return key
        return _posted(key, environ) if method == "POST" and environ["PATH_INFO"] == POST_PATH else None

    def _release(self) -> str:
        try:
            return self._published.current().release.id
        except NoReleaseError:
            return ""

    def _send(self, request: "_Request", reply: Reply, outcome: int) -> Iterable[bytes]:
        """Sends a reply, or what the preconditions of the request demand in its place."""
        environ, method = request.environ, request.environ["REQUEST_METHOD"]
        status, body = reply.status, reply.body
        demanded = (
            0 if method == "POST" else conditional.precondition_status(environ, reply.etag, reply.modified)
        )
        if demanded == 304:
            status, body, outcome = 304, b"", UNCHANGED
            request.start_response("304 Not Modified", reply.not_modified)
        elif demanded == 412:
            status, body = 412, b""
            request.start_response("412 Precondition Failed", [*reply.not_modified, ("Content-Length", "0")])
        else:
            request.start_response(reply.line, reply.headers)
            if method == "HEAD":
                body = b""
        self._note(request, status, len(body), outcome, reply.release, reply.facts)
        return [body]

    def _compute(self, request: "_Request", key: Key | None) -> Iterable[bytes]:
        """Works on a request; the reply is cached under the key, if there is one."""
        self._counters.add("working", 1)
        try:
            reply = None if key is None else self._without_application(request.environ)
            if reply is None:
                return self._with_application(request, key)
        except BaseException:
            self._note(request, 500, 0, COMPUTED, "", NO_FACTS)
            _LOG.exception("The application failed")
            raise
        finally:
            self._counters.add("working", -1)
        self._share(request, key, reply)
        return self._send(request, reply, COMPUTED)

    def _without_application(self, environ: "WSGIEnvironment") -> Reply | None:
        try:
            for fast_path in self._fast_paths:
                reply = fast_path(environ)
                if reply is not None:
                    return reply
        except DamagedError:
            pass  # the application says so
        except Exception:
            _LOG.exception("A fast path failed; the application answers")
        return None

    def _with_application(self, request: "_Request", key: Key | None) -> Iterable[bytes]:
        environ = request.environ
        conditions = (
            {} if "HTTP_RANGE" in environ else {n: environ.pop(n) for n in CONDITIONS if n in environ}
        )
        reply = self._call(environ)
        environ.update(conditions)
        if environ["REQUEST_METHOD"] == "HEAD":
            return self._head(request, reply)
        body = reply.read(max(self._cache.largest, READ_AHEAD))
        if key is not None and not self._covered(reply):
            key = None
        if body is None:
            return self._stream(request, key, reply)
        complete = reply.complete(body, environ.get(FACTS, NO_FACTS))
        self._share(request, key, complete)
        return self._send(request, complete, COMPUTED)

    def _share(self, request: "_Request", key: Key | None, reply: Reply) -> None:
        """Gives a reply to those who wait for it, and caches it for those who come later."""
        if key is not None and not reply.private:
            request.reply = reply
            self._store(request.environ, key, reply)

    def _call(self, environ: "WSGIEnvironment") -> WsgiReply:
        """The reply of the application; called again if it failed while releases came and went."""
        for _ in range(TRIES - 1):
            since = time()
            reply = WsgiReply(self._app, environ)
            slow = time() - since > PATIENCE
            if reply.status < 500 or slow or not self._published.changed(reply.header(RELEASE), since):
                return reply
            body = environ["wsgi.input"]
            if isinstance(body, io.BytesIO):
                body.seek(0)
            elif environ["REQUEST_METHOD"] == "POST":
                return reply
            reply.close()
        return WsgiReply(self._app, environ)

    def _covered(self, reply: WsgiReply) -> bool:
        """Whether keys hold every header this reply varied on; from now on they do."""
        names = (
            f"HTTP_{name.upper().replace('-', '_')}" for name in reply.varies_on if name not in KEY_HEADERS
        )
        new = tuple(name for name in names if name not in self._varied)
        self._varied += new
        return not new

    def _store(self, environ: "WSGIEnvironment", key: Key, reply: Reply) -> None:
        """Caches a reply that comes from the current release, or from one the query string names."""
        if reply.status not in CACHEABLE:
            return
        current = self._release()
        if reply.release in ("", current) or reply.release in environ.get("QUERY_STRING", ""):
            self._cache.put(current, key, reply)
            self._counters.set("cache_bytes", self._cache.size)
            self._counters.set("cache_answers", len(self._cache))
            self._counters.set("cache_evicted", self._cache.evicted)

    def _head(self, request: "_Request", reply: WsgiReply) -> Iterable[bytes]:
        reply.close()
        return self._send(request, reply.complete(b"", NO_FACTS, head=True), COMPUTED)

    def _stream(self, request: "_Request", key: Key | None, reply: WsgiReply) -> Iterable[bytes]:
        """Passes a reply on as it comes; it is cached once it is whole."""
        environ, facts = request.environ, request.environ.get(FACTS, NO_FACTS)
        head = reply.complete(b"", facts, head=True)
        if environ["REQUEST_METHOD"] != "POST" and conditional.precondition_status(
            environ, head.etag, head.modified
        ):
            reply.close()
            return self._send(request, head, COMPUTED)

        def on_end(stream: Stream) -> None:
            self._counters.add("working", -1)
            body = stream.copy
            if key is not None and body is not None:
                self._store(environ, key, reply.complete(body, facts))
            noted = facts if stream.whole else {**facts, "cut": True}
            self._note(request, reply.status, stream.size, COMPUTED, reply.header(RELEASE), noted)

        self._counters.add("working", 1)
        request.start_response(reply.line, reply.headers)
        cacheable = key is not None and not head.private and not reply.longer(self._cache.largest)
        largest = self._cache.largest if cacheable else 0
        return Stream(reply, largest, on_end)

    def _note(
        self,
        request: "_Request",
        status: int,
        size: int,
        outcome: int,
        release: str,
        facts: Mapping[str, Any],
    ) -> None:
        seconds = perf_counter() - request.start
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
    """A request on its way, and the reply that others who wait for it get as well.

    ``start``: when it came, in seconds of ``perf_counter``.
    """

    __slots__ = ("environ", "reply", "start", "start_response")

    def __init__(self, environ: "WSGIEnvironment", start_response: "StartResponse", start: float) -> None:
        self.environ, self.start_response, self.start = environ, start_response, start
        self.reply: Reply | None = None


def _posted(key: Key, environ: "WSGIEnvironment") -> Key | None:
    """The key of a query that was posted; its body is put back for the application to read."""
    length = environ.get("CONTENT_LENGTH", "")
    if not length.isdecimal() or int(length) > LARGEST_BODY:
        return None
    try:
        body = request_body.read(environ, environ["wsgi.input"], LARGEST_BODY, int(length))
    except request_body.BodyTooSlowError as error:
        environ["wsgi.input"] = request_body.MissingBody(error)
        return None
    environ["wsgi.input"], environ[request_body.BODY] = io.BytesIO(body), body
    representation = environ.get("CONTENT_TYPE", ""), environ.get("HTTP_CONTENT_ENCODING", "")
    return (*key, *representation, hashlib.blake2b(body, digest_size=16).hexdigest())
