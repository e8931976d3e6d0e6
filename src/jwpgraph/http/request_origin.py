"""The origin of this service as the client sees it.

uvicorn takes the scheme and the client address, but not the host, from the proxies in
``JWPGRAPH_FORWARDED_ALLOW_IPS``. A trusted proxy that replaces the Host header sends the original host in Forwarded
(RFC 7239) or X-Forwarded-Host.
"""

from __future__ import annotations

import re
from typing import Final

from starlette.types import Scope

from jwpgraph.http.headers import get_client_address, get_header

_AUTHORITY: Final = re.compile(r"(?:[A-Za-z0-9._~-]+|\[[0-9A-Fa-f:.]+\])(?::[0-9]{1,5})?")
_PREFIX: Final = re.compile(r"(?:/(?!\.{1,2}(?:/|$))[A-Za-z0-9._~-]+)+")
_FORWARDED_SCHEME: Final = re.compile(r"(?:^|[;,\s])proto=\"?(https?)\b", re.IGNORECASE)
_FORWARDED_HOST: Final = re.compile(r"(?:^|[;,\s])host=\"?([^\";,\s]+)", re.IGNORECASE)


def request_origin(scope: Scope, trusted: str = "127.0.0.1") -> str:
    """Return scheme and authority as the client wrote them, such as ``https://graph.example.org``.

    Args:
        scope: the request.
        trusted: addresses of trusted proxies, separated by commas; ``*`` trusts every peer.
    """
    host = _get_forwarded_host(scope, trusted) or get_header(scope, b"host") or ""
    if not _AUTHORITY.fullmatch(host):
        server = scope.get("server") or ("localhost", None)
        host = f"{server[0]}:{server[1]}" if server[1] else server[0]
    return f"{scope.get('scheme', 'http')}://{host}"


def make_absolute_url(scope: Scope, path: str, trusted: str = "127.0.0.1") -> str:
    """Return the URL of *path* (absolute, percent-encoded) on this service."""
    prefix: str = scope.get("root_path", "")
    return request_origin(scope, trusted) + prefix + path


def get_forwarded_scheme(scope: Scope, trusted: str) -> str | None:
    """Return the scheme that a trusted proxy names in ``Forwarded`` (RFC 7239, section 5.4).

    ``X-Forwarded-Proto`` is read by uvicorn.
    """
    match = _FORWARDED_SCHEME.search(get_header(scope, b"forwarded") or "")
    return match[1].lower() if match and _from_trusted_proxy(scope, trusted) else None


def get_forwarded_prefix(scope: Scope, trusted: str) -> str:
    """Return the path prefix that a trusted proxy removed (``X-Forwarded-Prefix``), such as ``/graph``; else empty.

    Args:
        scope: the request.
        trusted: addresses of trusted proxies, as for :func:`request_origin`.
    """
    text = get_header(scope, b"x-forwarded-prefix")
    if not text or not _from_trusted_proxy(scope, trusted):
        return ""
    prefix = text.split(",")[0].strip().rstrip("/")
    return prefix if _PREFIX.fullmatch(prefix) else ""


def _get_forwarded_host(scope: Scope, trusted: str) -> str | None:
    forwarded, plain = get_header(scope, b"forwarded"), get_header(scope, b"x-forwarded-host")
    if not (forwarded or plain) or not _from_trusted_proxy(scope, trusted):
        return None
    match = _FORWARDED_HOST.search(forwarded or "")
    return match[1] if match else (plain or "").split(",")[0].strip()


def _from_trusted_proxy(scope: Scope, trusted: str) -> bool:
    # uvicorn sets the client's port to 0 only if it replaced the address, that is, if the peer is a trusted proxy.
    client = scope.get("client")
    rewritten = client is not None and client[1] == 0
    return rewritten or trusted == "*" or get_client_address(scope) in {name.strip() for name in trusted.split(",")}
