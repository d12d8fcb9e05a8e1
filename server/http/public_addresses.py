"""Which addresses of the Internet are public: nothing else is ever asked on behalf of a client."""

import socket
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address

_NAT64 = IPv6Network("64:ff9b::/96")
_NEVER = tuple(
    map(
        IPv6Network,
        (
            "64:ff9b:1::/48",  # local-use translation, RFC 8215
            "::ffff:0:0:0/96",  # IPv4-translated, RFC 2765
            "::/96",  # IPv4-compatible, RFC 4291, section 2.5.5.1
            "fec0::/10",  # site-local, RFC 3879
            "3fff::/20",  # documentation, RFC 9637
            "5f00::/16",  # segment routing, RFC 9602
        ),
    )
)
"""Networks within which no address is public, whatever the library says of them."""


class NotPublicError(Exception):
    """A name leads to an address that is not public, or to none."""


def is_literal(host: str) -> bool:
    """Whether a host is written as an address."""
    try:
        ip_address(host)
    except ValueError:
        return False
    return True


def is_public(address: str) -> bool:
    """Whether an address is reached over the Internet, also the one that an IPv6 address stands for."""
    parsed = ip_address(address)
    embedded = _embedded(parsed) if isinstance(parsed, IPv6Address) else None
    if embedded is not None:
        return is_public(str(embedded))
    return parsed.is_global and not parsed.is_multicast and not any(parsed in network for network in _NEVER)


def _embedded(address: IPv6Address) -> IPv4Address | None:
    if address in _NAT64:
        return IPv4Address(int(address) & 0xFFFFFFFF)
    return address.ipv4_mapped or address.sixtofour or (address.teredo[1] if address.teredo else None)


def public_addresses(host: str, port: int) -> list[str]:
    """The addresses of a host, found once; all of them must be public.

    Raises:
        NotPublicError: one is not, or there is none.
    """
    try:
        resolved = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError):
        raise NotPublicError("its name is not known") from None
    addresses = list(dict.fromkeys(str(place[4][0]).partition("%")[0] for place in resolved))
    if not addresses or not all(map(is_public, addresses)):
        raise NotPublicError("its name leads to an address that is not public")
    return addresses
