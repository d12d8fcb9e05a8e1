"""Files of a release that are sent as they are: whole or in part, at the speed of the disk."""

import os
import re
from collections.abc import Iterator
from datetime import datetime
from itertools import chain, islice
from typing import BinaryIO

from flask import Response, request
from werkzeug.exceptions import RequestedRangeNotSatisfiable
from werkzeug.http import http_date, parse_range_header

from policytrace.graph.releases.checksums import BLOCK, Damage, FileSum
from policytrace.graph.releases.release import DamagedError, Release
from policytrace.server.http import conditional
from policytrace.server.http.conditional import IMMUTABLE
from policytrace.server.http.request_body import READ_AHEAD
from policytrace.server.limits.guard import begin_download
from policytrace.server.responses.responses import ProblemError

PIECE = 64 * 2**10
"""Bytes read at once."""
_NO_LAST_BYTES = re.compile(r"bytes=\s*-0+\s*", re.ASCII | re.IGNORECASE)


def send_file(release: Release, name: str, content_type: str, etag: str, modified: datetime) -> Response:
    """A file of a release, or the part of it that is requested.

    The file is open from here on: it is sent to its end even if its release is removed meanwhile. Each block
    is compared with its checksum before it is sent: where one differs, nothing is sent, or no more.

    Args:
        release: has the file.
        name: its path in the release.
        content_type: what it is sent as.
        etag: its entity tag, without quotes.
        modified: when it was made.

    Raises:
        FileNotFoundError: it is not there any more.
        DamagedError: it is not as it was written, as far as its first block to be sent shows.
        ProblemError: 416, the part lies outside of the file; 429 or 503, too many files are being sent.
    """
    expected = release.expected(name).get(name)
    try:
        file = (release.path / name).open("rb")
    except FileNotFoundError:
        if expected is None or not release.path.is_dir():
            raise
        raise DamagedError(f"release {release.id}", Damage(name, "is missing")) from None
    size, etag = os.fstat(file.fileno()).st_size, f'"{etag}"'
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
    try:
        pieces = _begun(_pieces(file, sent, expected, f"release {release.id}", name))
    except DamagedError:
        file.close()
        raise
    answer = Response(pieces, 200 if part is None else 206, headers, content_type=content_type)
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


def _begun(pieces: Iterator[bytes]) -> Iterator[bytes]:
    """The same pieces, the first of which is made already."""
    return chain(list(islice(pieces, 1)), pieces)


def _pieces(file: BinaryIO, part: range, expected: FileSum | None, place: str, name: str) -> Iterator[bytes]:
    """The bytes of a part of a file, block by block."""
    if expected and os.fstat(file.fileno()).st_size != expected.size:
        raise DamagedError(place, Damage(name, "has another size"))
    for number in range(part.start // BLOCK, -(-part.stop // BLOCK)):
        block = os.pread(file.fileno(), BLOCK, number * BLOCK)
        if expected and not expected.fits(number, block):
            raise DamagedError(place, Damage(name, "is not as it was written"))
        start, stop = max(part.start - number * BLOCK, 0), min(part.stop - number * BLOCK, len(block))
        for at in range(start, stop, PIECE):
            yield block[at : min(at + PIECE, stop)]
