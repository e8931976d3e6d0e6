"""Request headers out of an ASGI scope, and the few response headers that every answer shares."""

from __future__ import annotations

import ipaddress
from typing import Final

from starlette.types import Message, Scope, Send

from jwpgraph.http.remembering import remember

RawHeaders = list[tuple[bytes, bytes]]

#: Any page may read any answer, never with the visitor's cookies (Fetch, section 3.2).
CORS: Final[RawHeaders] = [
    (b"access-control-allow-origin", b"*"),
    (
        b"access-control-expose-headers",
        b"ETag, Link, Location, Retry-After, Idempotency-Replayed, X-Query-Id, X-Release, "
        b"DataServiceVersion, OData-Version, Preference-Applied",
    ),
]


_NO_SNIFFING: Final = (b"x-content-type-options", b"nosniff")
_NOTHING_RUNS: Final = (b"content-security-policy", b"default-src 'none'; frame-ancestors 'none'")
#: What every answer for programs says: any page may read it, no browser is to guess at its type or to run it.
FOR_PROGRAMS: Final[RawHeaders] = [*CORS, _NO_SNIFFING, _NOTHING_RUNS]


def locked(send: Send) -> Send:
    """Send answers so that no browser guesses at their type, or runs anything in what is no page."""

    async def sending(message: Message) -> None:
        if message["type"] == "http.response.start":
            headers = list(message["headers"])
            names = {name.lower(): value for name, value in headers}
            if _NO_SNIFFING[0] not in names:
                headers.append(_NO_SNIFFING)
            if _NOTHING_RUNS[0] not in names and not names.get(b"content-type", b"").startswith(b"text/html"):
                headers.append(_NOTHING_RUNS)
            message = {**message, "headers": headers}
        await send(message)

    return sending


def options_headers(methods: str, also: str = "") -> dict[str, str]:
    """The headers that answer OPTIONS: what the resource takes, also from pages of other origins (Fetch, section 4.8).

    Args:
        methods: the resource's, separated by commas.
        also: further ones, of resources below it.
    """
    return {
        "Allow": methods,
        "Access-Control-Allow-Methods": f"{methods}, {also}" if also else methods,
        "Access-Control-Allow-Headers": "Accept, Authorization, Content-Type, Idempotency-Key, "
        "If-Match, If-None-Match, MaxDataServiceVersion, OData-MaxVersion, OData-Version, Prefer",
        "Access-Control-Max-Age": "86400",
    }


def get_header(scope: Scope, name: bytes) -> str | None:
    """The value of the request header *name* (lower case) or ``None``; several lines are joined (RFC 9110 §5.3)."""
    found = [value for key, value in scope["headers"] if key == name]
    if not found:
        return None
    return (found[0] if len(found) == 1 else b", ".join(found)).decode("latin-1")


def encode_headers(headers: dict[str, str]) -> RawHeaders:
    """Response headers as ASGI wants them."""
    return [(name.lower().encode("latin-1"), value.encode("latin-1")) for name, value in headers.items()]


def client_address(scope: Scope) -> str:
    """The address that limits per client are counted by; of IPv6 the network, of which one client has all of it."""
    client = scope.get("client")
    if not client:
        return ""
    address: str = client[0]
    return _network(address) if ":" in address else address


@remember(entries=4096, longest=64)
def _network(address: str) -> str:
    try:
        parsed = ipaddress.IPv6Address(address.partition("%")[0])
    except ValueError:
        return address
    if parsed.ipv4_mapped is not None:
        return str(parsed.ipv4_mapped)
    return str(ipaddress.IPv6Network((parsed, 64), strict=False))
