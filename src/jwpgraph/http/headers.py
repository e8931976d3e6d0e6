"""Access to request headers in an ASGI scope, and the response headers that all responses share."""

from __future__ import annotations

import ipaddress
from typing import Final

from starlette.types import Message, Scope, Send

from jwpgraph.http.remembering import remember

RawHeaders = list[tuple[bytes, bytes]]

#: Pages of any origin may read responses, without credentials (Fetch, section 3.2).
CORS: Final[RawHeaders] = [
    (b"access-control-allow-origin", b"*"),
    (
        b"access-control-expose-headers",
        b"ETag, Link, Location, Retry-After, Idempotency-Replayed, X-Query-Id, X-Release, X-Unused-Terms, "
        b"DataServiceVersion, OData-Version, Preference-Applied, Memento-Datetime, Content-Language, X-Total-Count, "
        b"Accept-Ranges, Content-Range, Content-Disposition",
    ),
]


#: IPv4 addresses translated to IPv6 (RFC 6052, section 2.1).
_TRANSLATED: Final = ipaddress.IPv6Network("64:ff9b::/96")
_NO_SNIFFING: Final = (b"x-content-type-options", b"nosniff")
_REDIRECTS: Final = frozenset({301, 302, 303, 307, 308})
_NOTHING_RUNS: Final = (b"content-security-policy", b"default-src 'none'; frame-ancestors 'none'")
#: Headers of every response that is not HTML: CORS, no type sniffing, and no active content.
FOR_PROGRAMS: Final[RawHeaders] = [*CORS, _NO_SNIFFING, _NOTHING_RUNS]


def add_security_headers(send: Send, *, for_programs: bool = False) -> Send:
    """Return a *send* that adds ``nosniff`` and, unless the response is HTML, a policy that runs no active content.

    Redirects get the headers of CORS as well: a page that follows one needs them at each step (Fetch, section 4.4).

    Args:
        send: the function that sends the response.
        for_programs: whether every response gets the headers of CORS.
    """

    async def sending(message: Message) -> None:
        if message["type"] == "http.response.start":
            headers = list(message["headers"])
            names = {name.lower(): value for name, value in headers}
            if _NO_SNIFFING[0] not in names:
                headers.append(_NO_SNIFFING)
            if _NOTHING_RUNS[0] not in names and not names.get(b"content-type", b"").startswith(b"text/html"):
                headers.append(_NOTHING_RUNS)
            if CORS[0][0] not in names and (for_programs or message["status"] in _REDIRECTS):
                headers.extend(CORS)
            message = {**message, "headers": headers}
        await send(message)

    return sending


def make_options_headers(methods: str, also: str = "") -> dict[str, str]:
    """Return the response headers for OPTIONS, including those of a CORS preflight (Fetch, section 4.8).

    Args:
        methods: methods of the resource, separated by commas.
        also: further methods that resources below this one allow.
    """
    return {
        "Allow": methods,
        "Access-Control-Allow-Methods": f"{methods}, {also}" if also else methods,
        "Access-Control-Allow-Headers": "Accept, Accept-Datetime, Authorization, Content-Type, DataServiceVersion, "
        "Idempotency-Key, If-Match, If-None-Match, If-Range, Last-Event-ID, MaxDataServiceVersion, "
        "Mcp-Protocol-Version, Mcp-Session-Id, MinDataServiceVersion, OData-MaxVersion, OData-Version, Prefer, Range",
        "Access-Control-Max-Age": "86400",
    }


def get_header(scope: Scope, name: bytes) -> str | None:
    """Return the request header *name* (lower case) or ``None``; repeated lines are joined (RFC 9110 §5.3)."""
    values = [value for key, value in scope["headers"] if key == name]
    if not values:
        return None
    return (values[0] if len(values) == 1 else b", ".join(values)).decode("latin-1")


def encode_headers(headers: dict[str, str]) -> RawHeaders:
    """Return response headers as ASGI byte pairs with lower-case names."""
    return [(name.lower().encode("latin-1"), value.encode("latin-1")) for name, value in headers.items()]


def get_client_address(scope: Scope) -> str:
    """Return the address by which limits count clients: an IPv4 address, or the /64 network of an IPv6 address."""
    client = scope.get("client")
    if not client:
        return ""
    address: str = client[0]
    return _get_network(address) if ":" in address else address


@remember(entries=4096, longest=64)
def _get_network(address: str) -> str:
    try:
        parsed = ipaddress.IPv6Address(address.partition("%")[0])
    except ValueError:
        return address
    if parsed.ipv4_mapped is not None:
        return str(parsed.ipv4_mapped)
    if parsed in _TRANSLATED:
        # One /64 has all IPv4 clients behind a translator.
        return str(ipaddress.IPv4Address(parsed.packed[12:]))
    return str(ipaddress.IPv6Network((parsed, 64), strict=False))
