"""Who sends a request: an address, as the system knows it or as a proxy tells it."""

import re
from collections.abc import Mapping
from ipaddress import IPv4Address, ip_address, ip_network
from typing import Any

from policytrace.server.http.header_cache import cached_by_header

X_FORWARDED_FOR, FORWARDED = "X-Forwarded-For", "Forwarded"
CLIENT_HEADERS = (X_FORWARDED_FOR, FORWARDED)
"""Headers in which a proxy names the client. In the WSGI environment a hyphen of a name cannot be told from
an underscore: ``X_Forwarded_For``, which some proxies pass on, is the first one as well. ``Forwarded``
(RFC 7239) has no hyphen, and so no double."""
_FOR = re.compile(r'(?:^|;)\s*for\s*=\s*"?([^";]*)', re.IGNORECASE)


def client_address(environ: Mapping[str, Any], proxies: int, header: str) -> str:
    """The address of who sends a request.

    Args:
        environ: of the request.
        proxies: in front of this server; each adds the address it sees at the end of the header. None: the
            header says nothing, as anybody can write it.
        header: one of ``CLIENT_HEADERS``.
    """
    own = str(environ.get("REMOTE_ADDR") or "")
    if not proxies:
        return own
    # Not as a list of quoted texts: a quotation mark of the client must not swallow what the proxy adds.
    named = environ.get(f"HTTP_{header.upper().replace('-', '_')}", "").split(",")
    last = named[-proxies] if len(named) >= proxies else named[0]
    if header == FORWARDED:
        found = _FOR.search(last)
        last = found[1] if found else ""
    return _without_port(last.strip()) or own


def _without_port(text: str) -> str:
    if text.startswith("["):
        return text[1:].partition("]")[0]
    return text.partition(":")[0] if text.count(":") == 1 else text


@cached_by_header(entries=4096)
def subscriber(address: str) -> str:
    """Who has an address: itself, or for IPv6 the network a subscriber usually has (/64)."""
    try:
        parsed = ip_address(address.partition("%")[0])
    except ValueError:
        return address[:64]
    plain = parsed if isinstance(parsed, IPv4Address) else parsed.ipv4_mapped
    return str(plain or ip_network((parsed, 64), strict=False).network_address)
