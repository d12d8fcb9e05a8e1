"""Files of a release that are sent as they are: whole or in part, at the speed of the disk."""

from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import BinaryIO

from flask import Response, request
from werkzeug.http import http_date

from policytrace.server.http import byte_ranges, conditional
from policytrace.server.http.conditional import IMMUTABLE
from policytrace.server.http.request_body import READ_AHEAD
from policytrace.server.limits.guard import sending
from policytrace.server.responses.responses import ProblemError

PIECE = 64 * 2**10
"""Bytes read at once."""


def send_file(path: Path, content_type: str, etag: str, modified: datetime) -> Response:
    """A file, or the part of it that is asked for (RFC 9110, section 14).

    The file is open from here on: it is sent to its end even if its release is removed meanwhile.

    Raises:
        FileNotFoundError: it is gone.
        ProblemError: 416, the part asked for lies outside; 429 or 503, too many files are being sent.
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
    if request.method == "GET" and not conditional.verdict(
        request.environ, etag, conditional.time_of(headers["Last-Modified"])
    ):
        try:
            part = byte_ranges.chosen(
                request.headers.get("Range"), request.headers.get("If-Range"), etag, size
            )
        except byte_ranges.RangeError:
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
    status = 200 if part is None else 206
    answer = Response(_pieces(file, sent), status, headers, content_type=content_type)
    answer.call_on_close(file.close)
    if request.method == "GET" and len(sent) > READ_AHEAD:
        try:
            answer.call_on_close(sending())
        except ProblemError:
            file.close()
            raise
    answer.content_length = len(sent)
    return answer


def _pieces(file: BinaryIO, part: range) -> Iterator[bytes]:
    file.seek(part.start)
    left = len(part)
    while left and (piece := file.read(min(left, PIECE))):
        left -= len(piece)
        yield piece
