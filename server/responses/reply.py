"""Complete responses at the level of WSGI: made once, then sent, cached, or replaced by a 304."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from flask import Response
from werkzeug.datastructures import Headers
from werkzeug.http import http_date

from policytrace.graph.releases.release import Release
from policytrace.server.http import content_coding
from policytrace.server.http.conditional import Header, time_of
from policytrace.server.http.negotiation import HTML, Format

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIEnvironment

SECURITY = {
    "Content-Security-Policy": "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; "
    "connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer-when-downgrade",
    "Access-Control-Allow-Origin": "*",
    "Access-Control-Expose-Headers": "Link, ETag, Content-Location, Retry-After, X-PolicyTrace-Release, "
    "X-PolicyTrace-Limits, X-PolicyTrace-Rows",
}
"""Headers of every response."""
NO_CACHE, NO_STORE = "no-cache", "no-store"
"""Cache-Control (RFC 9111, section 5.2.2) of responses that may be used again once they were validated, and
of those that may not."""
NO_FACTS: Mapping[str, Any] = {}

_OF_EVERY_REPLY: tuple[Header, ...] = (("Vary", "Accept, Accept-Encoding"), *SECURITY.items())


@dataclass(slots=True, eq=False)
class Reply:
    """A complete response: what is sent, and what the access log notes of it.

    Attributes:
        status: its number.
        line: the same with its reason phrase.
        headers: all of them.
        body: in the content coding that the headers name.
        release: the release it comes from; empty: none.
        etag: its entity tag with the quotes; empty: none.
        modified: POSIX time of Last-Modified, -1 when there is none.
        not_modified: the headers of a 304 in its place.
        facts: for the access log.
        private: nobody else may get it.
    """

    status: int
    line: str
    headers: list[Header]
    body: bytes
    release: str = ""
    etag: str = ""
    modified: float = -1.0
    not_modified: list[Header] = field(default_factory=list)
    facts: Mapping[str, Any] = field(default_factory=dict)
    private: bool = False


def ok(
    release: Release,
    data: bytes,
    form: Format,
    accept_encoding: str,
    headers: Mapping[str, str],
    *,
    private: bool = False,
    facts: Mapping[str, Any] = NO_FACTS,
) -> Reply:
    """A reply of status 200 with data of a release.

    Args:
        release: where the data come from.
        data: the body, before any content coding.
        form: the format of that.
        accept_encoding: that header of the request.
        headers: those that are its own.
        private: nobody else may get it.
        facts: for the access log.
    """
    body, coding = content_coding.compress(data, accept_encoding)
    etag = f'"{tag(data, form)}{"-" if coding else ""}{coding}"'
    modified, shared = _of_release(release.id, release.manifest["created"], private)
    not_modified = [*shared, *headers.items(), ("ETag", etag)]
    whole = [*not_modified, ("Content-Type", form.content_type), ("Content-Length", str(len(body)))]
    if coding:
        whole.append(("Content-Encoding", coding))
    return Reply(
        200,
        "200 OK",
        whole,
        body,
        release=release.id,
        etag=etag,
        modified=modified,
        not_modified=not_modified,
        facts=facts,
        private=private,
    )


def see_other(release: Release, location: str) -> Reply:
    """The reply that leads to another address (303), on behalf of a release."""
    headers = [
        ("Location", location),
        *_OF_EVERY_REPLY,
        ("X-PolicyTrace-Release", release.id),
        ("Content-Type", HTML.content_type),
        ("Content-Length", "0"),
    ]
    return Reply(303, "303 SEE OTHER", headers, b"", release=release.id)


def tag(data: bytes, form: Format) -> str:
    """The opaque part of the entity tag of a body in a format, before any content coding."""
    return hashlib.blake2b(data + form.name.encode(), digest_size=12).hexdigest()


@lru_cache(maxsize=16)
def _of_release(release: str, created: str, private: bool) -> tuple[float, tuple[Header, ...]]:
    """When a release was made, as a POSIX time, and the headers that all replies from it share."""
    dated = http_date(datetime.fromisoformat(created))
    return time_of(dated), (
        *_OF_EVERY_REPLY,
        ("Cache-Control", NO_STORE if private else NO_CACHE),
        ("X-PolicyTrace-Release", release),
        ("Last-Modified", dated),
    )


class VerbatimResponse(Response):
    """A response whose headers are final: addresses in them are not looked at again."""

    def get_wsgi_headers(self, environ: "WSGIEnvironment") -> Headers:
        """The headers, with the length of the body."""
        if self.is_sequence:
            self.headers["Content-Length"] = str(sum(map(len, self.response)))
        return self.headers

    @classmethod
    def of(cls, reply: Reply) -> "VerbatimResponse":
        """A reply as the web framework takes it."""
        return cls(reply.body, reply.status, reply.headers)
