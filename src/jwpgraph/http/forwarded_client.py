"""The client of a request and its scheme as the trusted proxies name them, in X-Forwarded-For or Forwarded (RFC 7239).

Limits count clients by address. Without the right one, all clients behind a proxy would count as one.
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Sequence
from typing import Final

from starlette.types import Scope

from jwpgraph.http.headers import get_header
from jwpgraph.http.request_origin import PEER, is_trusted_proxy, list_forwarded_values

_IPV6: Final = re.compile(r"\[([0-9A-Fa-f:.]+(?:%[\w.~-]+)?)\](?::\S*)?", re.ASCII)
_IPV4: Final = re.compile(r"(\d{1,3}(?:\.\d{1,3}){3})(?::\S*)?", re.ASCII)
#: Names that a proxy gives clients instead of addresses (RFC 7239, section 6.3).
_NAME: Final = re.compile(r"unknown|_[A-Za-z0-9._-]{1,63}")
_SCHEMES: Final = frozenset({"http", "https"})


def take_forwarded_client(scope: Scope, trusted: str) -> Scope:
    """Return a copy of *scope* with the client and the scheme that a trusted proxy names, and with its own address.

    Args:
        scope: the request.
        trusted: addresses of trusted proxies, as for :func:`~jwpgraph.http.request_origin.is_trusted_proxy`.
    """
    peer = scope.get("client")
    scope = {**scope, PEER: peer}
    if peer is not None and is_trusted_proxy(peer[0], trusted):
        scheme = (get_header(scope, b"x-forwarded-proto") or "").strip()
        if scheme in _SCHEMES:
            scope["scheme"] = scheme
        client = _find_client(_list_nodes(scope), trusted)
        if client is not None:
            scope["client"] = (client, 0)
    return scope


def _list_nodes(scope: Scope) -> Sequence[str]:
    """Return the clients that proxies name, each proxy after those before it."""
    text = get_header(scope, b"x-forwarded-for")
    # Of the two headers a proxy sets one and may pass on the other one, as the client sent it.
    return text.split(",") if text is not None else list_forwarded_values(scope, "for")


def _find_client(nodes: Sequence[str], trusted: str) -> str | None:
    """Return the last node that is no trusted proxy, or the first one of all; ``None`` if it is malformed."""
    found = None
    for node in reversed(nodes):
        found = _parse_node(node.strip())
        if found is None or not is_trusted_proxy(found, trusted):
            break
    return found


def _parse_node(text: str) -> str | None:
    """Return the address in a node without its port, or its name; ``None`` if it is neither."""
    match = _IPV6.fullmatch(text) or _IPV4.fullmatch(text)
    address = match[1] if match else text
    try:
        ipaddress.ip_address(address)
    except ValueError:
        return text if _NAME.fullmatch(text) else None
    return address
