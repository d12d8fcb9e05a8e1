"""Which content codings a client takes, as far as this server could use them."""

from functools import lru_cache

OFFERED = frozenset(("gzip", "zstd", "identity", "*"))
"""Codings an answer may come in, and the names that speak of all."""


@lru_cache(maxsize=512)
def coding_class(header: str) -> str:
    """The part of an Accept-Encoding header that can matter: equal for clients that get the same coding."""
    parts = ("".join(part.split()).lower() for part in header.split(","))
    return ",".join(sorted(part for part in parts if part.partition(";")[0] in OFFERED))
