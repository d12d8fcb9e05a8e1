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


def client_has(environ: Mapping[str, Any], etag: str, modified: float) -> bool:
    """Whether the conditions of a request are met by an answer with this ETag and time of change (0: none).

    ``If-None-Match`` is compared weakly and, where it is sent, is the only condition.
    """
    tags = environ.get("HTTP_IF_NONE_MATCH")
    if tags is not None:
        return bool(etag) and (tags == etag or tags.strip() == "*" or _opaque(etag) in _listed(tags))
    since = environ.get("HTTP_IF_MODIFIED_SINCE")
    return since is not None and 0 < modified <= time_of(since)


@lru_cache(maxsize=512)
def time_of(date: str) -> float:
    """The POSIX time of an HTTP date, 0 when it is none."""
    try:
        return parsedate_to_datetime(date).timestamp()
    except (ValueError, OverflowError):
        return 0.0


def _listed(tags: str) -> set[str]:
    return {_opaque(tag.strip()) for tag in tags.split(",")}


def _opaque(tag: str) -> str:
    return tag.removeprefix("W/")
