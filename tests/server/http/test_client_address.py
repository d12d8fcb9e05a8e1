"""Who sends a request, whatever the request says of it."""

import pytest

from policytrace.server.http.client_address import (
    CLIENT_HEADERS,
    FORWARDED,
    X_FORWARDED_FOR,
    client_address,
    subscriber,
)
from policytrace.server.http.host import names_one_host

OWN = "192.0.2.1"


def _of(proxies: int, header: str, value: str) -> str:
    environ = {"REMOTE_ADDR": OWN, f"HTTP_{header.upper().replace('-', '_')}": value}
    return client_address(environ, proxies, header)


@pytest.mark.parametrize("header", CLIENT_HEADERS)
def test_without_proxies_no_header_is_believed(header: str) -> None:
    every = dict.fromkeys(("HTTP_X_FORWARDED_FOR", "HTTP_FORWARDED", "HTTP_X_REAL_IP"), "for=198.51.100.1")
    assert client_address({"REMOTE_ADDR": OWN, **every}, 0, header) == OWN


@pytest.mark.parametrize(
    ("value", "proxies", "address"),
    [
        ("198.51.100.1", 1, "198.51.100.1"),
        ("203.0.113.5, 198.51.100.1", 1, "198.51.100.1"),
        ("203.0.113.5, 198.51.100.1", 2, "203.0.113.5"),
        ("1.1.1.1, 203.0.113.5, 198.51.100.1", 2, "203.0.113.5"),
        ("198.51.100.1", 3, "198.51.100.1"),
        ("198.51.100.1:4711", 1, "198.51.100.1"),
        ("2001:db8::5", 1, "2001:db8::5"),
        ("[2001:db8::5]:443", 1, "2001:db8::5"),
        ("", 1, OWN),
        ("203.0.113.5,", 1, OWN),
    ],
)
def test_proxies_are_counted_from_the_end(value: str, proxies: int, address: str) -> None:
    assert _of(proxies, X_FORWARDED_FOR, value) == address


@pytest.mark.parametrize(
    ("value", "address"),
    [
        ("for=198.51.100.1", "198.51.100.1"),
        ('proto=https; For="198.51.100.1:4711";by=10.0.0.1', "198.51.100.1"),
        ('for="[2001:db8::5]:4711"', "2001:db8::5"),
        ("for=1.1.1.1, for=198.51.100.1", "198.51.100.1"),
        ('for="1.1.1.1, for=198.51.100.1', "198.51.100.1"),
        ("for=_hidden", "_hidden"),
        ("by=10.0.0.1", OWN),
        ("", OWN),
    ],
)
def test_the_header_forwarded_is_read(value: str, address: str) -> None:
    assert _of(1, FORWARDED, value) == address


def test_one_subscriber_has_one_address_of_ipv4_or_a_network_of_ipv6() -> None:
    assert subscriber("2001:db8:1:2:3::4") == subscriber("2001:db8:1:2::ffff") == "2001:db8:1:2::"
    assert subscriber("2001:db8:1:3::4") == "2001:db8:1:3::"
    assert subscriber("::ffff:192.0.2.1") == subscriber("192.0.2.1") == "192.0.2.1"
    assert subscriber("::ffff:192.0.2.2") == "192.0.2.2"
    assert subscriber("fe80::1%eth0") == "fe80::"
    assert len(subscriber("x" * 5000)) <= 64


@pytest.mark.parametrize("host", ["a.example", "a.example:80", "[::1]:8000", "127.0.0.1", "my_host"])
def test_one_host_is_named(host: str) -> None:
    assert names_one_host({"HTTP_HOST": host, "SERVER_PROTOCOL": "HTTP/1.1"})


@pytest.mark.parametrize("host", ["", "a,b", "a b", "a/b", "a@b", "[::1", "a:b", "a.example:80:80", "é"])
def test_no_host_or_several_are_named(host: str) -> None:
    assert not names_one_host({"HTTP_HOST": host, "SERVER_PROTOCOL": "HTTP/1.1"})


def test_requests_of_http_1_0_need_not_name_one() -> None:
    assert names_one_host({"HTTP_HOST": "", "SERVER_PROTOCOL": "HTTP/1"})
    assert not names_one_host({"HTTP_HOST": "a,b", "SERVER_PROTOCOL": "HTTP/1"})
