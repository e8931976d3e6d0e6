"""Requests of tools to the service itself, with the same rules and limits as for any other client."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextvars import ContextVar
from typing import Any, Final

import httpx
import orjson
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from jwpgraph.http.request_bodies import ClientGoneError

#: Longest response for a tool, in bytes. A longer one exceeds the context of an assistant, and needs much memory here.
LONGEST_RESPONSE: Final = 1_000_000
Parameters = Mapping[str, str | int | Sequence[str] | None]

#: Address of the client on whose behalf a tool sends requests, for limits.
_CLIENT: Final[ContextVar[tuple[str, int]]] = ContextVar("client of the tools", default=("127.0.0.1", 1))
#: Origin and path prefix of the service as seen by that client.
_ORIGIN: Final[ContextVar[tuple[str, str]]] = ContextVar("origin of the tools", default=("http://localhost", ""))


class ServiceProblemError(Exception):
    """An error of the service, with the text of its problem document (RFC 9457).

    Args:
        status: the status code.
        problem: the problem document.
    """

    def __init__(self, status: int, problem: Mapping[str, Any]) -> None:
        super().__init__(f"{problem.get('title', 'The request failed')}: {problem.get('detail', status)}")
        self.status = status
        self.problem = problem


class ServiceClient:
    """Reads resources of the service.

    Args:
        target: the base URL of a running service, or its ASGI application in this process.
        seconds: time limit of a request.
    """

    def __init__(self, target: str | ASGIApp, seconds: float) -> None:
        self._target = target
        self._seconds = seconds

    async def read(self, path: str, parameters: Parameters | None = None, accept: str = "application/json") -> Any:
        """Return a resource: parsed if it is JSON, else as text.

        Raises:
            ServiceProblemError: the service refused the request or could not answer.
        """
        given = {name: value for name, value in (parameters or {}).items() if value is not None}
        origin, prefix = _ORIGIN.get()
        if isinstance(self._target, str):
            base, transport = self._target, None
        else:
            base, transport = origin, _make_transport(self._target, prefix)
        try:
            async with (
                httpx.AsyncClient(
                    base_url=base, transport=transport, timeout=self._seconds, follow_redirects=transport is None
                ) as client,
                client.stream("GET", path, params=given, headers={"Accept": accept}) as answer,
            ):
                body = await _read_bounded(answer)
        except _TooLongError:
            detail = f"it has more than {LONGEST_RESPONSE // 1000} kB; ask for less, such as with LIMIT in a query"
            raise ServiceProblemError(413, {"title": "The answer is too long", "detail": detail}) from None
        except httpx.HTTPError as error:
            problem = {"title": "The service cannot be reached", "detail": f"{base}: {error or type(error).__name__}"}
            raise ServiceProblemError(503, problem) from None
        is_json = "json" in answer.headers.get("content-type", "")
        content: Any = orjson.loads(body) if is_json else body.decode(errors="replace")
        if not answer.is_success:
            raise ServiceProblemError(answer.status_code, content if is_json else {"detail": content[:200]})
        return content


class _TooLongError(Exception):
    """A response is longer than tools may read."""


async def _read_bounded(answer: httpx.Response) -> bytes:
    body = bytearray()
    async for chunk in answer.aiter_bytes():
        body += chunk
        if len(body) > LONGEST_RESPONSE:
            raise _TooLongError
    return bytes(body)


def _make_transport(app: ASGIApp, prefix: str) -> httpx.ASGITransport:
    """Return a transport to *app* that ends a response when it becomes too long; httpx would keep it whole."""

    async def run(scope: Scope, receive: Receive, send: Send) -> None:
        length = 0

        async def count_and_send(message: Message) -> None:
            nonlocal length
            length += len(message.get("body", b""))
            if length > LONGEST_RESPONSE:
                raise ClientGoneError
            await send(message)

        await app(scope, receive, count_and_send)
        if length > LONGEST_RESPONSE:
            raise _TooLongError

    return httpx.ASGITransport(run, root_path=prefix, client=_CLIENT.get())


def ask_for(client: tuple[str, int] | None, origin: str, prefix: str) -> None:
    """Send the requests of tools in the current task on behalf of a client.

    Args:
        client: the address of the client.
        origin: scheme and authority of the service as seen by the client.
        prefix: path prefix of the service.
    """
    if client is not None:
        _CLIENT.set(client)
    _ORIGIN.set((origin, prefix))
