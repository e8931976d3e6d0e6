"""The public address of the service, from which links are made: configured, or taken from an allowed Host header."""

from __future__ import annotations

import ipaddress
import logging
import re
from collections.abc import Collection
from typing import Final
from urllib.parse import urlsplit

from starlette.types import ASGIApp, Receive, Scope, Send

from jwpgraph.http.request_origin import (
    get_forwarded_prefix,
    get_forwarded_scheme,
    request_origin,
    write_server_authority,
)

_log = logging.getLogger(__name__)
_PORT: Final = re.compile(r":[0-9]+\Z")
#: Headers removed after the address is settled, so that no later code reads an untrusted host from them.
_HOST_HEADERS: Final = frozenset({b"host", b"forwarded", b"x-forwarded-host", b"x-forwarded-prefix"})
#: First segments of the service's own paths: a prefix that begins so must be removed by the proxy.
_OWN_SEGMENTS: Final = frozenset(
    {"api", "data", "doc", "feeds", "graph", "graph-store", "id", "ontology", "releases", "shapes", "sparql", "species"}
)


class PublicAddress:
    """Determines the scheme, host and path prefix of the links in a response.

    Args:
        public_url: ``JWPGRAPH_PUBLIC_URL``; if set, the headers of the request are ignored.
        allowed: hosts that a request may name besides IP addresses and ``localhost``; ``*`` allows any host.
        trusted: proxies whose forwarded headers are used (``JWPGRAPH_FORWARDED_ALLOW_IPS``), separated by commas.
    """

    def __init__(self, public_url: str | None, allowed: Collection[str], trusted: str) -> None:
        self._public = urlsplit(public_url) if public_url else None
        self._allowed = {host.lower() for host in allowed}
        self._trusted = trusted
        self._warned = False

    def settle(self, scope: Scope) -> Scope:
        """Return a copy of *scope* with the public scheme, host and prefix.

        A host that is not allowed is replaced by the address of the socket, and a warning is logged once.
        """
        if self._public is not None:
            changes = {"scheme": self._public.scheme, "root_path": self._public.path.rstrip("/")}
            authority = self._public.netloc
        else:
            authority = request_origin(scope, self._trusted).partition("://")[2]
            named = {
                "scheme": get_forwarded_scheme(scope, self._trusted),
                "root_path": get_forwarded_prefix(scope, self._trusted),
            }
            changes = {name: value for name, value in named.items() if value}
            if not self._is_allowed_host(authority):
                self._warn_once(authority)
                authority = write_server_authority(scope)
        headers = [(b"host", authority.encode("latin-1"))]
        headers += [pair for pair in scope["headers"] if pair[0] not in _HOST_HEADERS]
        return _remove_prefix({**scope, **changes, "headers": headers})

    def _is_allowed_host(self, authority: str) -> bool:
        host = _PORT.sub("", authority).strip("[]").lower()
        if "*" in self._allowed or host in self._allowed or host == "localhost" or host.endswith(".localhost"):
            return True
        try:
            ipaddress.ip_address(host)
        except ValueError:
            return False
        return True

    def _warn_once(self, authority: str) -> None:
        if not self._warned:
            self._warned = True
            _log.warning(
                "a request names the host %s, which is not allowed in links: set JWPGRAPH_PUBLIC_URL, "
                "or JWPGRAPH_ALLOWED_HOSTS if the service has several host names",
                authority[:200],
            )


def _remove_prefix(scope: Scope) -> Scope:
    """Return *scope* with a path relative to the prefix, whether or not the proxy has removed it."""
    root: str = scope.get("root_path", "")
    path: str = scope["path"]
    if not root or root.split("/")[1] in _OWN_SEGMENTS or not (path == root or path.startswith(root + "/")):
        return scope
    raw: bytes = scope.get("raw_path") or path.encode()
    return {**scope, "path": path[len(root) :] or "/", "raw_path": raw.removeprefix(root.encode()) or b"/"}


def add_prefix(app: ASGIApp) -> ASGIApp:
    """Return *app* called with paths that include the prefix, as ASGI defines ``path`` and ``root_path``.

    Without it, an application below ``/graph`` would take the path ``/graph/sites`` for ``/sites``.
    """

    async def call(scope: Scope, receive: Receive, send: Send) -> None:
        root: str = scope.get("root_path", "")
        if root:
            raw: bytes = scope.get("raw_path") or scope["path"].encode()
            scope = {**scope, "path": root + scope["path"], "raw_path": root.encode() + raw}
        await app(scope, receive, send)

    return call
