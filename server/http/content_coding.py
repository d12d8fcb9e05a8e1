"""Content coding of responses (RFC 9110, sections 8.4 and 12.5.3): zstd or gzip, for clients that take it."""

import sys
import zlib
from typing import TYPE_CHECKING, Protocol

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

from policytrace.server.http.header_cache import cached_by_header

if TYPE_CHECKING:
    from flask import Response

COMPRESSED_FROM = 1024
"""Bytes from which on a body is compressed."""
LEVELS = {"zstd": 3, "gzip": 5}
"""The codings there are, best first, and how hard each tries."""
CODINGS = 100
"""Codings of a header that are read; nobody sends as many."""
GZIP_FORMAT = 31
"""What zlib calls a gzip header and the largest window."""
TEXTUAL = ("text/", "application/", "image/svg")
"""Beginnings of media types that compress well."""


class Compressor(Protocol):
    """Compresses a stream piece by piece."""

    def compress(self, data: bytes, /) -> bytes:
        """Takes a piece; gives what is ready."""
        ...

    def flush(self) -> bytes:
        """Gives the rest."""
        ...


def compressor(coding: str) -> Compressor:
    """A compressor for one of the codings."""
    if coding == "zstd":
        return zstd.ZstdCompressor(level=LEVELS[coding])
    return zlib.compressobj(LEVELS[coding], zlib.DEFLATED, GZIP_FORMAT)


@cached_by_header(entries=512)
def choose(accepted: str) -> str:
    """The coding that an Accept-Encoding header prefers (RFC 9110, section 12.5.3); empty for none.

    It is all that this server makes of the header: responses to headers of one coding are the same.
    """
    qualities: dict[str, float] = {}
    for part in accepted.lower().split(",", CODINGS)[:CODINGS]:
        name, _, parameter = part.partition(";")
        quality = parameter.strip().removeprefix("q=").strip() if parameter else "1"
        try:
            qualities[name.strip()] = float(quality)
        except ValueError:
            qualities[name.strip()] = 0.0
    anything = qualities.get("*", 0.0)
    best = max(LEVELS, key=lambda coding: qualities.get(coding, anything))
    quality_of_best = qualities.get(best, anything)
    return best if 0 < quality_of_best >= qualities.get("identity", 0.0) else ""


def compress(data: bytes, accepted: str) -> tuple[bytes, str]:
    """A whole body in the coding the client likes best, and it; as it is if that is not worth it."""
    coding = choose(accepted) if len(data) >= COMPRESSED_FROM else ""
    if not coding:
        return data, ""
    worker = compressor(coding)
    return worker.compress(data) + worker.flush(), coding


def apply(response: "Response", accepted: str) -> None:
    """Compresses a finished answer when the client takes that and it is worth it.

    The ETag changes with the coding. An answer that streams looks after itself.
    """
    textual = response.headers.get("Content-Type", "").startswith(TEXTUAL)
    if response.is_streamed or response.direct_passthrough or not textual:
        return
    if response.status_code in (204, 206, 304) or "Content-Encoding" in response.headers:
        return
    varies = response.headers.get("Vary", "")
    if "accept-encoding" not in varies.lower():
        response.headers["Vary"] = f"{varies}, Accept-Encoding" if varies else "Accept-Encoding"
    data, coding = compress(response.get_data(), accepted)
    if not coding:
        return
    response.set_data(data)
    response.headers["Content-Encoding"] = coding
    etag, weak = response.get_etag()
    if etag is not None:
        response.set_etag(f"{etag}-{coding}", weak=bool(weak))
