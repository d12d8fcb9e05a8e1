"""Reads the field Link (RFC 8288, section 3)."""

import re

_LINK = re.compile(r"<([^>]*)>((?:\s*;\s*[\w*]+\s*=\s*(?:\"[^\"]*\"|[^\s;,\"]+))*)")
_PARAMETER = re.compile(r"([\w*]+)\s*=\s*(?:\"([^\"]*)\"|([^\s;,\"]+))")

Link = tuple[str, dict[str, str]]
"""A target, and its parameters by name, ``rel`` among them."""


def read_links(field: str) -> list[Link]:
    """The links of a field; what is no link is passed over."""
    return [
        (target, {name: quoted or plain for name, quoted, plain in _PARAMETER.findall(rest)})
        for target, rest in _LINK.findall(field)
    ]
