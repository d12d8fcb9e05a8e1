"""Conditional requests (RFC 9110, section 13): has the client this answer already?"""

from collections.abc import Mapping, Sequence
from email.utils import parsedate_to_datetime
from functools import lru_cache
from typing import Any

Header = tuple[str, str]

CONDITIONS = ("HTTP_IF_NONE_MATCH", "HTTP_IF_MODIFIED_SINCE")
"""The conditions answered here, as the WSGI environment calls them."""
OF_THE_BODY = frozenset(
    f"content-{name}" for name in ("type", "length", "encoding", "language", "range", "disposition")
)
"""Headers that describe a body and so are not sent without one (304)."""


def unchanged(headers: Sequence[Header]) -> list[Header]:
    """The headers of a 304 in the place of an answer with these."""
    return [header for header in headers if header[0].lower() not in OF_THE_BODY]


def verdict(environ: Mapping[str, Any], etag: str, modified: float) -> int:
    """The status that conditions demand in the place of an answer with these validators: 304, 412, or 0."""
    if ("HTTP_IF_MATCH" in environ or "HTTP_IF_UNMODIFIED_SINCE" in environ) and _refused(
        environ, etag, modified
    ):
        return 412
    return 304 if client_has(environ, etag, modified) else 0


def _refused(environ: Mapping[str, Any], etag: str, modified: float) -> bool:
    """Whether a client wants an answer only if it is one it knows, and it is another."""
    tags = environ.get("HTTP_IF_MATCH")
    if tags is not None:
        return bool(etag) and tags.strip() != "*" and etag not in {tag.strip() for tag in tags.split(",")}
    return 0 <= time_of(environ["HTTP_IF_UNMODIFIED_SINCE"]) < modified


def client_has(environ: Mapping[str, Any], etag: str, modified: float) -> bool:
    """Whether the conditions of a request are met by an answer with this ETag and time of change (-1: none).

    ``If-None-Match`` is compared weakly and, where it is sent, is the only condition.
    """
    tags = environ.get("HTTP_IF_NONE_MATCH")
    if tags is not None:
        return bool(etag) and (tags == etag or tags.strip() == "*" or _opaque(etag) in _listed(tags))
    since = environ.get("HTTP_IF_MODIFIED_SINCE")
    return since is not None and 0 <= modified <= time_of(since)


@lru_cache(maxsize=512)
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
"""What is said of an address whose content never changes."""
