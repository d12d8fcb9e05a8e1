"""Reads the field Link (RFC 8288, section 3), and keeps it short."""

import re
from collections import Counter

_LINK = re.compile(r"<([^>]*)>((?:\s*;\s*[\w*]+\s*=\s*(?:\"[^\"]*\"|[^\s;,\"]+))*)")
_PARAMETER = re.compile(r"([\w*]+)\s*=\s*(?:\"([^\"]*)\"|([^\s;,\"]+))")

LONGEST = 2048
"""Characters of a field that holds addresses, at most: with all others an answer then has less than 3 KiB of
headers. A proxy takes one with more than it has room for, 4 KiB by default in nginx, for a failed server."""

Link = tuple[str, dict[str, str]]
"""A target, and its parameters by name, ``rel`` among them."""


def read_links(field: str) -> list[Link]:
    """The links of a field; what is no link is passed over."""
    return [(target, _parameters(rest)) for target, rest in _LINK.findall(field)]


def _parameters(text: str) -> dict[str, str]:
    return {name: quoted or plain for name, quoted, plain in _PARAMETER.findall(text)}


def shortened(field: str) -> str:
    """A field without the relations that take most room, so that the rest is not too long.

    All links of a relation stay or go, so that nobody takes a part of them for all. The linkset, which holds
    the links of a page that went, goes last.
    """
    if len(field) <= LONGEST:
        return field
    links = [(found[0], _parameters(found[2]).get("rel", "")) for found in _LINK.finditer(field)]
    room = Counter[str]()
    for text, relation in links:
        room[relation] += len(text) + len(", ")
    for relation, _ in sorted(room.items(), key=lambda one: (one[0] == "linkset", -one[1])):
        if room.total() <= LONGEST:
            break
        del room[relation]
    return ", ".join(text for text, relation in links if relation in room)
