"""Request headers out of an ASGI scope, and the few response headers that every answer shares."""

from __future__ import annotations

from typing import Final

from starlette.types import Scope

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
    """The address that limits per client are counted by."""
    client = scope.get("client")
    return client[0] if client else ""
