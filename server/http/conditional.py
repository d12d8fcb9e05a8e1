"""Conditional requests (RFC 9110, section 13): has the client this representation already?"""

from collections.abc import Mapping, Sequence
from email.utils import parsedate_to_datetime
from typing import Any

from policytrace.server.http.header_cache import cached_by_header

Header = tuple[str, str]

CONDITIONS = ("HTTP_IF_NONE_MATCH", "HTTP_IF_MODIFIED_SINCE")
"""The preconditions that are evaluated before the application, as the WSGI environment names them."""
REPRESENTATION_HEADERS = frozenset(
    f"content-{name}" for name in ("type", "length", "encoding", "language", "range", "disposition")
)
"""Headers that describe a body, and so are not sent without one (RFC 9110, section 15.4.5)."""


def not_modified_headers(headers: Sequence[Header]) -> list[Header]:
    """The headers of a 304 in the place of a response with these."""
    return [header for header in headers if header[0].lower() not in REPRESENTATION_HEADERS]


def precondition_status(environ: Mapping[str, Any], etag: str, modified: float) -> int:
    """The status that preconditions demand in the place of a response with these validators: 304, 412, or 0.

    They are evaluated in the order of RFC 9110, section 13.2.2.
    """
    if ("HTTP_IF_MATCH" in environ or "HTTP_IF_UNMODIFIED_SINCE" in environ) and _failed(
        environ, etag, modified
    ):
        return 412
    return 304 if not_modified(environ, etag, modified) else 0


def _failed(environ: Mapping[str, Any], etag: str, modified: float) -> bool:
    """Whether If-Match or, without it, If-Unmodified-Since is false (RFC 9110, 13.1.1 and 13.1.4)."""
    tags = environ.get("HTTP_IF_MATCH")
    if tags is not None:
        return bool(etag) and tags.strip() != "*" and etag not in {tag.strip() for tag in tags.split(",")}
    return 0 <= time_of(environ["HTTP_IF_UNMODIFIED_SINCE"]) < modified


def not_modified(environ: Mapping[str, Any], etag: str, modified: float) -> bool:
    """Whether a client has what has this entity tag and time of change (-1: none).

    If-None-Match is compared weakly and, where it is sent, decides alone (RFC 9110, 13.1.2 and 13.1.3).
    """
    tags = environ.get("HTTP_IF_NONE_MATCH")
    if tags is not None:
        return bool(etag) and (tags == etag or tags.strip() == "*" or _opaque(etag) in _listed(tags))
    since = environ.get("HTTP_IF_MODIFIED_SINCE")
    return since is not None and 0 <= modified <= time_of(since)


@cached_by_header(entries=512)
def time_of(date: str) -> float:
    """The POSIX time of an HTTP date, -1 when it is none."""
    try:
        return parsedate_to_datetime(date).timestamp()
    except (ValueError, OverflowError):
        return -1.0


def _listed(tags: str) -> set[str]:
    return {_opaque(tag.strip()) for tag in tags.split(",")}


def _opaque(tag: str) -> str:
    return tag.removeprefix("W/")


IMMUTABLE = "public, max-age=31536000, immutable"
"""Cache-Control of an address whose content never changes (RFC 8246)."""
