"""The origin of this service as the client sees it.

A trusted proxy (``JWPGRAPH_FORWARDED_ALLOW_IPS``) that replaces the Host header sends the original host in Forwarded
(RFC 7239) or X-Forwarded-Host; :mod:`jwpgraph.http.forwarded_client` reads the address of the client.
"""

from __future__ import annotations

import ipaddress
import re
from functools import lru_cache
from typing import Final

from starlette.types import Scope

from jwpgraph.http.headers import get_header
from jwpgraph.http.remembering import remember

_AUTHORITY: Final = re.compile(r"(?:[A-Za-z0-9._~-]+|\[[0-9A-Fa-f:.]+\])(?::[0-9]{1,5})?")
_PREFIX: Final = re.compile(r"(?:/(?!\.{1,2}(?:/|$))[A-Za-z0-9._~-]+)+")
#: Where a scope has the address of the peer, if ``client`` has that of the client behind a proxy.
PEER: Final = "jwpgraph.peer"
#: One pair of ``Forwarded`` and what follows it; an unquoted value may have characters of a host with a port.
_FORWARDED_PAIR: Final = re.compile(
    r"[ \t]*(?:([A-Za-z0-9!#$%&'*+.^_`|~-]+)=(\"(?:[^\"\\]|\\.)*\"|[^\s\",;]+))?[ \t]*([;,]|\Z)"
)


def request_origin(scope: Scope, trusted: str = "127.0.0.1") -> str:
    """Return scheme and authority as the client wrote them, such as ``https://graph.example.org``.

    Args:
        scope: the request.
        trusted: addresses of trusted proxies, separated by commas; ``*`` trusts every peer.
    """
    host = _get_forwarded_host(scope, trusted) or get_header(scope, b"host") or ""
    if not _AUTHORITY.fullmatch(host):
        host = write_server_authority(scope)
    return f"{scope.get('scheme', 'http')}://{host}"


def write_server_authority(scope: Scope) -> str:
    """Return the address of the socket as the authority of a URL (RFC 3986, section 3.2)."""
    host, port = scope.get("server") or ("localhost", None)
    # On a socket for both versions of IP.
    host = host.removeprefix("::ffff:") if "." in host else host
    return (f"[{host}]" if ":" in host else host) + (f":{port}" if port else "")


def make_absolute_url(scope: Scope, path: str, trusted: str = "127.0.0.1") -> str:
    """Return the URL of *path* (absolute, percent-encoded) on this service."""
    prefix: str = scope.get("root_path", "")
    return request_origin(scope, trusted) + prefix + path


def get_forwarded_scheme(scope: Scope, trusted: str) -> str | None:
    """Return the scheme that a trusted proxy names in ``Forwarded`` (RFC 7239, section 5.4).

    ``X-Forwarded-Proto`` is read with the address of the client.
    """
    scheme = (_get_forwarded_value(scope, "proto") or "").lower()
    return scheme if scheme in {"http", "https"} and _from_trusted_proxy(scope, trusted) else None


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


@remember(entries=4096, longest=512)
def is_trusted_proxy(address: str, trusted: str) -> bool:
    """Return whether an address is that of a trusted proxy.

    Args:
        address: an IP address as the socket has it.
        trusted: addresses and networks, separated by commas; ``*`` trusts every peer.
    """
    if "*" in trusted:
        return True
    try:
        parsed = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return False
    if isinstance(parsed, ipaddress.IPv6Address) and parsed.ipv4_mapped is not None:
        parsed = parsed.ipv4_mapped
    return any(parsed in network for network in _parse_networks(trusted))


@lru_cache(maxsize=16)
def _parse_networks(trusted: str) -> tuple[ipaddress.IPv4Network | ipaddress.IPv6Network, ...]:
    return tuple(ipaddress.ip_network(part.strip()) for part in trusted.split(",") if part.strip() not in {"", "*"})


def _get_forwarded_host(scope: Scope, trusted: str) -> str | None:
    named = _get_forwarded_value(scope, "host") or (get_header(scope, b"x-forwarded-host") or "").split(",")[0].strip()
    return named if named and _from_trusted_proxy(scope, trusted) else None


def _get_forwarded_value(scope: Scope, name: str) -> str | None:
    """Return the value of a parameter in the first element of ``Forwarded`` that has it."""
    return next(iter(list_forwarded_values(scope, name)), None)


def list_forwarded_values(scope: Scope, name: str) -> list[str]:
    """Return the values of a parameter in the elements of ``Forwarded`` (RFC 7239, section 4), in their order.

    A header that is malformed names nothing.
    """
    text, position = get_header(scope, b"forwarded") or "", 0
    found: list[str] = []
    while position < len(text):
        match = _FORWARDED_PAIR.match(text, position)
        if match is None:
            return []
        if match[1] and match[1].lower() == name:
            found.append(re.sub(r"\\(.)", r"\1", match[2][1:-1]) if match[2].startswith('"') else match[2])
        position = match.end()
    return found


def _from_trusted_proxy(scope: Scope, trusted: str) -> bool:
    peer = scope.get(PEER) or scope.get("client")
    return peer is not None and is_trusted_proxy(peer[0], trusted)
