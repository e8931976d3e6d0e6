"""Under which address links lead back here: what an operator says, and what a request says only where it may."""

from __future__ import annotations

import ipaddress
import logging
import re
from collections.abc import Collection
from typing import Final
from urllib.parse import urlsplit

from starlette.types import Scope

from jwpgraph.http.request_origin import request_origin

_log = logging.getLogger(__name__)
_PORT: Final = re.compile(r":[0-9]+\Z")
#: What a proxy says of the address; it has been heeded, or not, and nothing behind is to read it again.
_SAID_BY_PROXIES: Final = frozenset({b"host", b"forwarded", b"x-forwarded-host"})


class PublicAddress:
    """Settles which scheme, host and prefix a request is answered under.

    Args:
        public_url: ``JWPGRAPH_PUBLIC_URL``; nothing else counts where it is given.
        allowed: hosts that a request may name besides addresses and ``localhost``; ``*`` stands for any.
        trusted: the proxies whose word is taken for the host (``JWPGRAPH_FORWARDED_ALLOW_IPS``).
    """

    def __init__(self, public_url: str | None, allowed: Collection[str], trusted: str) -> None:
        self._public = urlsplit(public_url) if public_url else None
        self._allowed = {host.lower() for host in allowed}
        self._trusted = trusted
        self._told = False

    def settle(self, scope: Scope) -> Scope:
        """The request as the rest of the service is to see it."""
        if self._public is not None:
            changes = {"scheme": self._public.scheme, "root_path": self._public.path.rstrip("/")}
            authority = self._public.netloc
        else:
            authority = request_origin(scope, self._trusted).partition("://")[2]
            changes = {}
            if not self._may_be_named(authority):
                self._tell(authority)
                host, port = scope.get("server") or ("localhost", None)
                authority = f"[{host}]" if ":" in host else host
                authority += f":{port}" if port else ""
        headers = [(b"host", authority.encode("latin-1"))]
        headers += [pair for pair in scope["headers"] if pair[0] not in _SAID_BY_PROXIES]
        return {**scope, **changes, "headers": headers}

    def _may_be_named(self, authority: str) -> bool:
        host = _PORT.sub("", authority).strip("[]").lower()
        if "*" in self._allowed or host in self._allowed or host == "localhost" or host.endswith(".localhost"):
            return True
        try:
            ipaddress.ip_address(host)
        except ValueError:
            return False
        return True

    def _tell(self, authority: str) -> None:
        if not self._told:
            self._told = True
            _log.warning(
                "a request names the host %s, which is not used in links: set JWPGRAPH_PUBLIC_URL, "
                "or JWPGRAPH_ALLOWED_HOSTS where there are several",
                authority[:200],
            )
