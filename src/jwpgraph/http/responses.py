"""Complete responses over ASGI."""

from __future__ import annotations

from typing import Final

from starlette.types import Receive, Scope, Send

from jwpgraph.http.headers import FOR_PROGRAMS, RawHeaders

_BODILESS: Final = frozenset({204, 304})


class CompleteResponse:
    """A complete response, as an ASGI application.

    Args:
        status: the HTTP status code.
        headers: response headers with lower-case names; Content-Length and the shared headers are added.
        body: the whole body; not sent for HEAD, 204 and 304.
    """

    __slots__ = ("body", "headers", "status")

    def __init__(self, status: int, headers: RawHeaders, body: bytes = b"") -> None:
        self.status = status
        self.headers = headers
        self.body = body

    async def __call__(self, scope: Scope, _receive: Receive, send: Send) -> None:
        """Send the response."""
        headers = [*self.headers, *FOR_PROGRAMS]
        if self.status not in _BODILESS:
            headers.append((b"content-length", b"%d" % len(self.body)))
        await send({"type": "http.response.start", "status": self.status, "headers": headers})
        bodiless = scope["method"] == "HEAD" or self.status in _BODILESS
        await send({"type": "http.response.body", "body": b"" if bodiless else self.body})
