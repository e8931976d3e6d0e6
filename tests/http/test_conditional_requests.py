from __future__ import annotations

import pytest
from pydantic import SecretStr

from jwpgraph.http.access_tokens import Access
from jwpgraph.http.authorization import require_token
from jwpgraph.http.conditional_requests import is_not_modified, is_precondition_failed
from jwpgraph.http.request_origin import PEER, request_origin, write_server_authority
from jwpgraph.problems import ProblemError


def scope(client: tuple[str, int] = ("203.0.113.9", 40000), **headers: str) -> dict[str, object]:
    raw = [(name.replace("_", "-").encode(), value.encode("latin-1")) for name, value in headers.items()]
    return {"type": "http", "method": "GET", "scheme": "http", "headers": raw, "client": client, "server": ("::1", 80)}


@pytest.mark.parametrize(
    ("condition", "expected"),
    [('"a"', True), ('W/"a"', True), ('"x", "a"', True), ("*", True), ('"b"', False), ("a", False), ("", False)],
)
def test_if_none_match(condition: str, expected: bool) -> None:
    assert is_not_modified(scope(if_none_match=condition), '"a"') is expected


@pytest.mark.parametrize(
    ("condition", "failed"),
    [('"a"', False), ('"x","a"', False), ("*", False), ('W/"a"', True), ('"b"', True), ("", True)],
)
def test_if_match_compares_strongly(condition: str, failed: bool) -> None:
    assert is_precondition_failed(scope(if_match=condition), '"a"') is failed


def test_without_conditions_everything_goes() -> None:
    assert not is_not_modified(scope(), '"a"')
    assert not is_precondition_failed(scope(), '"a"')


@pytest.mark.parametrize(
    ("token", "authorization", "slug", "status"),
    [
        (None, "Bearer secret", "read-only", 403),
        ("secret", None, "token-missing", 401),
        ("secret", "Basic c2VjcmV0", "token-missing", 401),
        ("secret", "Bearer secre", "token-wrong", 401),
        ("secret", "Bearer ", "token-wrong", 401),
        ("secret", "Bearer s\xe9cret", "token-wrong", 401),
    ],
)
def test_requests_without_a_valid_token_are_refused(
    token: str | None, authorization: str | None, slug: str, status: int
) -> None:
    headers = {"authorization": authorization} if authorization else {}
    with pytest.raises(ProblemError) as caught:
        require_token(scope(**headers), Access(SecretStr(token) if token else None), "update")
    assert (caught.value.slug, caught.value.status) == (slug, status)
    assert ("WWW-Authenticate" in caught.value.headers) == (status == 401)


def test_requests_with_a_valid_token_are_allowed() -> None:
    require_token(scope(authorization="bearer secret"), Access(SecretStr("secret")), "update")


@pytest.mark.parametrize(
    ("headers", "client", "expected"),
    [
        ({"host": "graph.example:8080"}, ("203.0.113.9", 4), "http://graph.example:8080"),
        ({"host": "[::1]:8000"}, ("203.0.113.9", 4), "http://[::1]:8000"),
        ({"host": 'evil"><script>'}, ("203.0.113.9", 4), "http://[::1]:80"),
        ({"host": "a", "x_forwarded_host": "b"}, ("203.0.113.9", 4), "http://a"),
        ({"host": "a", "x_forwarded_host": "b, c"}, ("127.0.0.1", 4), "http://b"),
        ({"host": "a", "forwarded": 'for=1.2.3.4; host="b:1"; proto=https'}, ("127.0.0.1", 4), "http://b:1"),
        ({"host": "a", "forwarded": "For=1.2.3.4; Host=b.example; Proto=https"}, ("127.0.0.1", 4), "http://b.example"),
        ({"host": "a", "forwarded": 'host="[2001:db8::7]:8443"'}, ("127.0.0.1", 4), "http://[2001:db8::7]:8443"),
        # The first element that has a host, as for X-Forwarded-Host.
        ({"host": "a", "forwarded": "for=_x, for=_y;host=b, host=c"}, ("127.0.0.1", 4), "http://b"),
        ({"host": "a", "forwarded": 'host="b\\.example"'}, ("127.0.0.1", 4), "http://b.example"),
        # What is within a quoted string, or a part of a name, is no parameter.
        ({"host": "a", "forwarded": 'for="_x;host=c, host=c";host=b'}, ("127.0.0.1", 4), "http://b"),
        ({"host": "a", "forwarded": 'for="_x\\";host=c"'}, ("127.0.0.1", 4), "http://a"),
        ({"host": "a", "forwarded": "xhost=c;by=host"}, ("127.0.0.1", 4), "http://a"),
        # Malformed as a whole, it names nothing.
        ({"host": "a", "forwarded": 'host=b;for="_x'}, ("127.0.0.1", 4), "http://a"),
        ({"host": "a", "forwarded": 'host="b c"'}, ("127.0.0.1", 4), "http://[::1]:80"),
        ({"host": "a", "forwarded": "host=b", "x_forwarded_host": "c"}, ("127.0.0.1", 4), "http://b"),
        ({"host": "a", "forwarded": "host=b"}, ("203.0.113.9", 4), "http://a"),
    ],
)
def test_the_origin_is_the_one_that_the_client_sees(
    headers: dict[str, str], client: tuple[str, int], expected: str
) -> None:
    assert request_origin(scope(client, **headers)) == expected


@pytest.mark.parametrize(
    ("peer", "trusted", "expected"),
    [
        ("10.1.2.3", "10.0.0.0/8", "b"),
        ("11.1.2.3", "10.0.0.0/8", "a"),
        ("::1", "127.0.0.1, ::1", "b"),
        ("2001:db8::5", "2001:db8::5", "b"),
        ("2001:db8::6", "2001:db8::5", "a"),
        ("2001:db8::6", "2001:db8::/32", "b"),
        ("::ffff:10.1.2.3", "10.1.2.3", "b"),
        ("203.0.113.9", "*", "b"),
        ("203.0.113.9", "", "a"),
        ("a-socket", "127.0.0.1", "a"),
    ],
)
@pytest.mark.parametrize("header", [{"forwarded": "host=b"}, {"x_forwarded_host": "b"}])
def test_proxies_are_trusted_by_address_and_network(
    header: dict[str, str], peer: str, trusted: str, expected: str
) -> None:
    assert request_origin(scope((peer, 4), host="a", **header), trusted) == f"http://{expected}"


def test_the_peer_and_not_the_client_is_trusted() -> None:
    # The client that the proxy names has a port, and may even be an address of a proxy.
    by_proxy = scope(("198.51.100.7", 5678), host="a", forwarded="host=b") | {PEER: ("127.0.0.1", 4)}
    assert request_origin(by_proxy) == "http://b"
    by_stranger = scope(("127.0.0.1", 5678), host="a", forwarded="host=b") | {PEER: ("198.51.100.7", 4)}
    assert request_origin(by_stranger) == "http://a"


@pytest.mark.parametrize(
    ("server", "expected"),
    [
        (("127.0.0.1", 80), "127.0.0.1:80"),
        (("::1", 80), "[::1]:80"),
        # A socket for both versions of IP.
        (("::ffff:127.0.0.1", 80), "127.0.0.1:80"),
        (("::ffff:7f00:1", None), "[::ffff:7f00:1]"),
        (None, "localhost"),
    ],
)
def test_the_address_of_the_socket_is_written_as_in_a_url(server: tuple[str, int | None] | None, expected: str) -> None:
    assert write_server_authority({"type": "http", "server": server}) == expected
