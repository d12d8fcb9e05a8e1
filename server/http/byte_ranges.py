"""The part of a file that a request asks for (RFC 9110, section 14)."""

import re

_ONE = re.compile(r"bytes=\s*(\d{0,18})-(\d{0,18})\s*", re.ASCII | re.IGNORECASE)


class RangeError(ValueError):
    """The part asked for lies outside of the file."""


def chosen(asked: str | None, condition: str | None, etag: str, size: int) -> range | None:
    """The bytes to send; None for all of them, as where several parts, another unit or no range is asked for.

    Args:
        asked: the Range header.
        condition: the If-Range header.
        etag: the strong validator of the file, which is the only one it has.
        size: bytes of the file.

    Raises:
        OutsideError: there is nothing there.
    """
    found = _ONE.fullmatch(asked or "")
    if found is None or condition not in (None, etag):
        return None
    first, last = found.groups()
    if not first:
        if not last:
            return None
        start, stop = max(size - int(last), 0), size
    elif last and int(last) < int(first):
        return None
    else:
        start, stop = int(first), min(int(last) + 1, size) if last else size
    if start >= stop:
        raise RangeError
    return range(start, stop)
