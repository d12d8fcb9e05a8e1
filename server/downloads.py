"""Files of a release that are sent as they are: whole or in part, at the speed of the disk."""

from pathlib import Path

from flask import Response, request
from werkzeug.exceptions import RequestedRangeNotSatisfiable
from werkzeug.wsgi import FileWrapper

from policytrace.server.replies import ProblemError

IMMUTABLE = "public, max-age=31536000, immutable"
"""What is said of an address whose content never changes."""
PIECE = 64 * 2**10
"""Bytes read at once."""


def send_file(path: Path, content_type: str, etag: str) -> Response:
    """A file, or the part of it that is asked for (RFC 9110, section 14).

    The file is open from here on: it is sent to its end even if its release is removed meanwhile.

    Raises:
        FileNotFoundError: it is gone.
        ProblemError: 416, the part asked for lies outside.
    """
    file = path.open("rb")
    size = path.stat().st_size
    answer = Response(FileWrapper(file, PIECE), content_type=content_type, direct_passthrough=True)
    answer.call_on_close(file.close)
    answer.content_length = size
    answer.set_etag(etag)
    answer.headers["Cache-Control"] = IMMUTABLE
    try:
        answer.make_conditional(request, accept_ranges=True, complete_length=size)
    except RequestedRangeNotSatisfiable:
        file.close()
        raise ProblemError(
            416,
            "No such part",
            f"The file has {size} bytes; the part asked for lies outside.",
            headers={"Content-Range": f"bytes */{size}", "Accept-Ranges": "bytes"},
        ) from None
    return answer
