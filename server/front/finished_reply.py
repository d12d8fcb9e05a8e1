"""Finished answers made without the web framework, with the headers the application gives its own."""

from collections.abc import Mapping
from datetime import datetime
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from werkzeug.http import http_date

from policytrace.server.front.answer_cache import CachedAnswer, Header
from policytrace.server.http import content_coding
from policytrace.server.http.conditional import time_of
from policytrace.server.http.negotiation import HTML, Format
from policytrace.server.releases.current import Opened
from policytrace.server.responses import responses

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIEnvironment

NOTHING: Mapping[str, Any] = {}
_OF_EVERY_ANSWER: tuple[Header, ...] = (("Vary", "Accept, Accept-Encoding"), *responses.SECURITY.items())


def finished(
    opened: Opened,
    data: bytes,
    form: Format,
    environ: "WSGIEnvironment",
    headers: Mapping[str, str],
    *,
    alone: bool = False,
    facts: Mapping[str, Any] = NOTHING,
) -> CachedAnswer:
    """A whole answer of status 200.

    Args:
        opened: the release it comes from.
        data: its body, before any content coding.
        form: the format of that.
        environ: of the request, which says what coding the client takes.
        headers: those that are its own.
        alone: nobody else may get it.
        facts: for the access log.
    """
    body, coding = content_coding.compressed(data, environ.get("HTTP_ACCEPT_ENCODING", ""))
    etag = f'"{responses.tag(data, form)}{"-" if coding else ""}{coding}"'
    release = opened.release
    dated, same = _same(release.id, release.manifest["created"], alone)
    unchanged = [*same, *headers.items(), ("ETag", etag)]
    whole = [*unchanged, ("Content-Type", form.content_type), ("Content-Length", str(len(body)))]
    if coding:
        whole.append(("Content-Encoding", coding))
    return CachedAnswer(
        200,
        "200 OK",
        whole,
        body,
        release=release.id,
        etag=etag,
        modified=time_of(dated),
        unchanged=unchanged,
        facts=facts,
        alone=alone,
    )


def led_on(opened: Opened, place: str) -> CachedAnswer:
    """The answer that leads from an identifier to the document at this address (303)."""
    headers = [
        ("Location", place),
        *_OF_EVERY_ANSWER,
        ("X-PolicyTrace-Release", opened.release.id),
        ("Content-Type", HTML.content_type),
        ("Content-Length", "0"),
    ]
    return CachedAnswer(303, "303 SEE OTHER", headers, b"", release=opened.release.id)


@lru_cache(maxsize=16)
def _same(release: str, created: str, alone: bool) -> tuple[str, tuple[Header, ...]]:
    """When a release was made, as an HTTP date, and the headers that all its answers share."""
    dated = http_date(datetime.fromisoformat(created))
    return dated, (
        *_OF_EVERY_ANSWER,
        ("Cache-Control", responses.ALONE if alone else responses.CHECKED),
        ("X-PolicyTrace-Release", release),
        ("Last-Modified", dated),
    )
