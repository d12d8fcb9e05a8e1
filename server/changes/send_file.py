"""Files of a release that are sent as they are: whole or in part, at the speed of the disk."""

import re
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import BinaryIO

from flask import Response, request
from werkzeug.exceptions import RequestedRangeNotSatisfiable
from werkzeug.http import http_date, parse_range_header

from policytrace.server.http import conditional
from policytrace.server.http.conditional import IMMUTABLE
from policytrace.server.http.request_body import READ_AHEAD
from policytrace.server.limits.guard import begin_download
from policytrace.server.responses.responses import ProblemError

PIECE = 64 * 2**10
"""Bytes read at once."""
_NO_LAST_BYTES = re.compile(r"bytes=\s*-0+\s*", re.ASCII | re.IGNORECASE)


def send_file(path: Path, content_type: str, etag: str, modified: datetime) -> Response:
    """A file, or the part of it that is requested.

    The file is open from here on: it is sent to its end even if its release is removed meanwhile.

    Raises:
        FileNotFoundError: it is not there any more.
        ProblemError: 416, the part lies outside of the file; 429 or 503, too many files are being sent.
    """
    file = path.open("rb")
    size, etag = path.stat().st_size, f'"{etag}"'
    headers = {
        "ETag": etag,
        "Last-Modified": http_date(modified),
        "Cache-Control": IMMUTABLE,
        "Accept-Ranges": "bytes",
    }
    part = None
    if request.method == "GET" and not conditional.precondition_status(
        request.environ, etag, conditional.time_of(headers["Last-Modified"])
    ):
        try:
            part = requested_part(request.headers.get("Range"), request.headers.get("If-Range"), etag, size)
        except RequestedRangeNotSatisfiable:
            file.close()
            raise ProblemError(
                416,
                "No such part",
                f"The file has {size} bytes; the part asked for lies outside.",
                headers={"Content-Range": f"bytes */{size}", "Accept-Ranges": "bytes"},
            ) from None
    sent = range(size) if part is None else part
    if part is not None:
        headers["Content-Range"] = f"bytes {part.start}-{part.stop - 1}/{size}"
    answer = Response(_pieces(file, sent), 200 if part is None else 206, headers, content_type=content_type)
    answer.call_on_close(file.close)
    if request.method == "GET" and len(sent) > READ_AHEAD:
        try:
            answer.call_on_close(begin_download())
        except ProblemError:
            file.close()
            raise
    answer.content_length = len(sent)
    return answer


def requested_part(header: str | None, condition: str | None, etag: str, size: int) -> range | None:
    """The bytes of a file to send (RFC 9110, section 14.2); None for all of them.

    All are sent where several parts, another unit, what cannot be read or nothing is requested. Of the last
    ``n`` bytes those are sent that there are, and none is not satisfiable (section 14.1.2); Werkzeug, which
    reads the header, decides otherwise in both cases.

    Args:
        header: Range.
        condition: If-Range, which has to name the entity tag.
        etag: the strong entity tag of the file, which is the only validator it has.
        size: bytes of the file.

    Raises:
        RequestedRangeNotSatisfiable: the part lies outside.
    """
    if condition not in (None, etag):
        return None
    if _NO_LAST_BYTES.fullmatch(header or ""):
        raise RequestedRangeNotSatisfiable(size)
    ranges = parse_range_header(header)
    if ranges is None or ranges.units != "bytes" or len(ranges.ranges) != 1:
        return None
    start, stop = ranges.ranges[0]
    part = range(max(size + start, 0), size) if start < 0 else range(start, min(stop or size, size))
    if not part:
        raise RequestedRangeNotSatisfiable(size)
    return part


def _pieces(file: BinaryIO, part: range) -> Iterator[bytes]:
    file.seek(part.start)
    left = len(part)
    while left and (piece := file.read(min(left, PIECE))):
        left -= len(piece)
        yield piece
