"""Requests that one process of a service passes on to another, over HTTP on the loopback interface.

A header with a secret, which only the processes of one service know, carries the addresses of the client's connection.
Connections are not reused: a write that meets a connection which is just being closed could not safely be repeated.
"""

from __future__ import annotations

import asyncio
import hmac
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import Final, cast

import httpx
import orjson
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from jwpgraph.http.request_bodies import ClientGoneError, require_length
from jwpgraph.http.request_lifecycle import run_with_problems, wait_for_disconnect
from jwpgraph.problems import ProblemError

LOOPBACK: Final = "127.0.0.1"
_HEADER: Final = b"x-jwpgraph-internal"
#: Headers of one connection (RFC 9110, section 7.6.1), and those that a server adds itself.
_OF_CONNECTION: Final = frozenset(
    {b"connection", b"keep-alive", b"proxy-connection", b"te", b"trailer", b"upgrade", b"expect"}
)
_OF_RESPONSE: Final = _OF_CONNECTION | {b"transfer-encoding", b"date"}
_WITH_BODY: Final = frozenset({"POST", "PUT", "PATCH"})
_CONNECT_SECONDS: Final = 5.0


class InternalRequests:
    """An ASGI application that answers requests of the other processes as if their clients had sent them.

    Args:
        app: the application that answers.
        secret: the secret of the service; a header without it is ignored.
    """

    def __init__(self, app: ASGIApp, secret: str) -> None:
        self._app = app
        self._secret = secret

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] == "http":
            scope = self.restore(scope) or scope
        await self._app(scope, receive, send)

    def restore(self, scope: Scope) -> Scope | None:
        """Return the scope of the client's request, or ``None`` unless another process has passed it on."""
        for name, value in scope["headers"]:
            if name == _HEADER:
                secret, _, addresses = value.partition(b" ")
                if hmac.compare_digest(secret, self._secret.encode()):
                    headers = [pair for pair in scope["headers"] if pair[0] != _HEADER]
                    client, server = (tuple(pair) if pair else None for pair in orjson.loads(addresses))
                    return {**scope, "headers": headers, "client": client, "server": server}
        return None


@dataclass(frozen=True, slots=True)
class Peer:
    """Another process of the same service.

    Args:
        port: the TCP port on the loopback interface on which it answers internal requests.
        secret: the secret of the service.
    """

    port: int
    secret: str

    async def answer(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let the other process answer a request of a client.

        If the other process cannot be reached, the response is ``writer-unavailable`` (503).
        """
        await run_with_problems(self._answer, scope, receive, send, [])

    async def _answer(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["method"] in _WITH_BODY:
            require_length(scope)
        complete = asyncio.Event()
        body: httpx.AsyncByteStream = _Stream(_iter_body(receive, complete))
        if not any(name in {b"content-length", b"transfer-encoding"} for name, _ in scope["headers"]):
            # The request passed on must not announce a body either.
            body = httpx.ByteStream(b"")
            complete.set()
        work = asyncio.create_task(self._exchange(scope, body, send))
        watch = asyncio.create_task(_watch_client(receive, complete))
        try:
            await asyncio.wait({work, watch}, return_when=asyncio.FIRST_COMPLETED)
            if not work.done():
                raise ClientGoneError
            await work
        finally:
            watch.cancel()
            work.cancel()
            await asyncio.gather(work, watch, return_exceptions=True)

    async def _exchange(self, scope: Scope, body: httpx.AsyncByteStream, send: Send) -> None:
        request = self._make_request(scope, body)
        async with httpx.AsyncHTTPTransport(
            verify=False, limits=httpx.Limits(max_keepalive_connections=0)
        ) as transport:
            try:
                response = await transport.handle_async_request(request)
            except httpx.ConnectError:
                detail = "its writing process is being started or stopped; nothing was done"
                raise ProblemError(
                    "writer-unavailable",
                    "The service cannot do this now",
                    detail,
                    status=503,
                    headers={"Retry-After": "5"},
                ) from None
            except httpx.LocalProtocolError:
                # The error names the header with its value, which may be a token.
                detail = "A header or the address has characters that HTTP does not allow."
                raise ProblemError("bad-request", "The request is not HTTP", detail, status=400) from None
            headers = [(name.lower(), value) for name, value in response.headers.raw]
            start: Message = {"type": "http.response.start", "status": response.status_code}
            await send({**start, "headers": [pair for pair in headers if pair[0] not in _OF_RESPONSE]})
            async for chunk in cast(AsyncIterator[bytes], response.stream):
                await send({"type": "http.response.body", "body": chunk, "more_body": True})
            await send({"type": "http.response.body", "body": b""})

    def _make_request(self, scope: Scope, body: httpx.AsyncByteStream) -> httpx.Request:
        headers = [pair for pair in scope["headers"] if pair[0] not in _OF_CONNECTION]
        addresses = orjson.dumps([scope.get("client"), scope.get("server")])
        headers.append((_HEADER, self.secret.encode() + b" " + addresses))
        query = scope["query_string"]
        target = scope["raw_path"] + (b"?" + query if query else b"")
        return httpx.Request(
            scope["method"],
            f"http://{LOOPBACK}:{self.port}/",
            headers=headers,
            stream=body,
            extensions={
                "target": target,
                "timeout": {"connect": _CONNECT_SECONDS, "read": None, "write": None, "pool": None},
            },
        )


class _Stream(httpx.AsyncByteStream):
    def __init__(self, chunks: AsyncIterator[bytes]) -> None:
        self._chunks = chunks

    def __aiter__(self) -> AsyncIterator[bytes]:
        return self._chunks


async def _iter_body(receive: Receive, complete: asyncio.Event) -> AsyncIterator[bytes]:
    """Yield the body of a request; set *complete* at its end.

    Raises:
        ClientGoneError: the client left before the end; the exchange is then aborted, so that the other process does
            not take the part for the whole.
    """
    more = True
    while more:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise ClientGoneError
        more = message.get("more_body", False)
        if chunk := message.get("body", b""):
            yield chunk
    complete.set()


async def _watch_client(receive: Receive, complete: asyncio.Event) -> None:
    await complete.wait()
    await wait_for_disconnect(receive)


@dataclass(slots=True)
class Captured:
    """A response that an ASGI application sent, complete in memory."""

    status: int = 0
    headers: list[tuple[bytes, bytes]] = field(default_factory=list)
    body: bytes = b""

    async def send(self, message: Message) -> None:
        """Take one message of the response."""
        if message["type"] == "http.response.start":
            self.status, self.headers = message["status"], list(message["headers"])
        else:
            self.body += message.get("body", b"")

    async def pass_on(self, send: Send, body: bytes, *, head: bool) -> None:
        """Send the response with another body, or only its length for HEAD."""
        headers = [pair for pair in self.headers if pair[0] != b"content-length"]
        headers.append((b"content-length", str(len(body)).encode()))
        await send({"type": "http.response.start", "status": self.status, "headers": headers})
        await send({"type": "http.response.body", "body": b"" if head else body})


async def capture(app: ASGIApp, scope: Scope) -> Captured:
    """Return the response of *app* to a request without a body."""
    captured = Captured()

    bodies = iter([{"type": "http.request", "body": b"", "more_body": False}])

    async def receive() -> Message:
        message = next(bodies, None)
        if message is None:
            # The client does not leave.
            await asyncio.Event().wait()
        return cast(Message, message)

    await app(scope, receive, captured.send)
    return captured
