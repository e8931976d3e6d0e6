"""By which address a client is counted: behind proxies, over IPv4 and IPv6, and with headers that are malformed."""

from __future__ import annotations

import pytest

from jwpgraph.http.forwarded_client import take_forwarded_client
from jwpgraph.http.headers import get_client_address
from jwpgraph.http.request_origin import PEER

PROXY = "127.0.0.1"


def count_as(peer: str, trusted: str = PROXY, **headers: str) -> str:
    pairs = [(name.replace("_", "-").encode(), value.encode("latin-1")) for name, value in headers.items()]
    scope = {"type": "http", "client": (peer, 4711), "scheme": "http", "headers": pairs}
    taken = take_forwarded_client(scope, trusted)
    assert taken[PEER] == scope["client"]
    return get_client_address(taken)


@pytest.mark.parametrize(
    ("peer", "expected"),
    [
        ("198.51.100.7", "198.51.100.7"),
        # A socket for both versions has IPv4 clients so (RFC 4291, section 2.5.5.2).
        ("::ffff:198.51.100.7", "198.51.100.7"),
        ("::ffff:c633:6407", "198.51.100.7"),
        # Translated (RFC 6052, section 2.1): as they stand, all of IPv4 would be one network of 64 bits.
        ("64:ff9b::c633:6407", "198.51.100.7"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("2001:db8:1:2::", "2001:db8:1:2::/64"),
        ("2001:db8:1:3::", "2001:db8:1:3::/64"),
        ("fe80::1%eth0", "fe80::/64"),
        ("::1", "::/64"),
    ],
)
def test_clients_are_counted_by_address_or_network(peer: str, expected: str) -> None:
    assert count_as(peer) == expected
    assert count_as(PROXY, x_forwarded_for=peer) == expected


@pytest.mark.parametrize(
    ("header", "expected"),
    [
        ("198.51.100.7", "198.51.100.7"),
        ("198.51.100.7:4711", "198.51.100.7"),
        ("198.51.100.7:_port", "198.51.100.7"),
        ("2001:db8:1:2::3", "2001:db8:1:2::/64"),
        ("[2001:db8:1:2::3]", "2001:db8:1:2::/64"),
        ("[2001:db8:1:2::3]:4711", "2001:db8:1:2::/64"),
        ("::ffff:198.51.100.7", "198.51.100.7"),
        ("[::ffff:198.51.100.7]:80", "198.51.100.7"),
        # What a client has written before reaching the proxy does not count.
        ("192.0.2.1, 198.51.100.7", "198.51.100.7"),
        ("garbage, 198.51.100.7", "198.51.100.7"),
        ("192.0.2.1, 198.51.100.7, 127.0.0.1", "198.51.100.7"),
        ("192.0.2.1, 198.51.100.7, ::ffff:127.0.0.1", "198.51.100.7"),
        ("127.0.0.1", "127.0.0.1"),
        # Malformed: the proxy itself counts, however many forms of it a client invents.
        ("198.51.100.7, garbage", PROXY),
        ("198.51.100.7,", PROXY),
        ("", PROXY),
        ("1.2.3.4.5", PROXY),
        ("[2001:db8::1", PROXY),
        ("2001:db8::1]:80", PROXY),
        ("198.51.100.007", PROXY),
        ("x" * 5000, PROXY),
        ("unknown", "unknown"),
        ("_hidden", "_hidden"),
    ],
)
@pytest.mark.parametrize("peer", [PROXY, "::ffff:127.0.0.1"])
def test_the_client_that_a_trusted_proxy_names_is_counted(peer: str, header: str, expected: str) -> None:
    assert count_as(peer, x_forwarded_for=header) == expected
    elements = [part.strip() for part in header.split(",")]
    if all(elements):
        forwarded = ", ".join(f'for="{part}";by=_x' for part in elements)
        assert count_as(peer, forwarded=forwarded) == expected


def test_of_two_headers_the_older_one_counts() -> None:
    """A proxy that sets X-Forwarded-For passes on Forwarded as the client sent it."""
    assert count_as(PROXY, x_forwarded_for="198.51.100.7", forwarded="for=192.0.2.1") == "198.51.100.7"


@pytest.mark.parametrize("header", ['for="198.51.100.7', "for=198.51.100.7;;for", "for = 198.51.100.7", "by=_x", ";,"])
def test_a_malformed_forwarded_names_nobody(header: str) -> None:
    assert count_as(PROXY, forwarded=header) == PROXY


def test_strangers_name_nobody() -> None:
    assert count_as("203.0.113.9", x_forwarded_for="198.51.100.7") == "203.0.113.9"
    assert count_as("203.0.113.9", forwarded="for=198.51.100.7") == "203.0.113.9"
    assert count_as("2001:db8::9", x_forwarded_for="198.51.100.7", x_forwarded_proto="https") == "2001:db8::/64"
    assert count_as("203.0.113.9", "*", x_forwarded_for="198.51.100.7, 192.0.2.1") == "198.51.100.7"


@pytest.mark.parametrize(
    ("peer", "proto", "expected"),
    [
        (PROXY, "https", "https"),
        ("::ffff:127.0.0.1", " https ", "https"),
        (PROXY, "javascript", "http"),
        ("203.0.113.9", "https", "http"),
    ],
)
def test_the_scheme_is_that_of_a_trusted_proxy(peer: str, proto: str, expected: str) -> None:
    headers = [(b"x-forwarded-proto", proto.encode())]
    scope = {"type": "http", "client": (peer, 4711), "scheme": "http", "headers": headers}
    assert take_forwarded_client(scope, PROXY)["scheme"] == expected
