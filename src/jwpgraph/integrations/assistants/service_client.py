"""Requests of tools to the service itself, with the same rules and limits as for any other client."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextvars import ContextVar
from typing import Any, Final

import httpx
from starlette.types import ASGIApp

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
        remote = isinstance(self._target, str)
        origin, prefix = _ORIGIN.get()
        transport = None
        if not isinstance(self._target, str):
            transport = httpx.ASGITransport(self._target, root_path=prefix, client=_CLIENT.get())
        base = self._target if isinstance(self._target, str) else origin
        try:
            async with httpx.AsyncClient(
                base_url=base, transport=transport, timeout=self._seconds, follow_redirects=remote
            ) as client:
                answer = await client.get(path, params=given, headers={"Accept": accept})
        except httpx.HTTPError as error:
            problem = {"title": "The service cannot be reached", "detail": f"{base}: {error or type(error).__name__}"}
            raise ServiceProblemError(503, problem) from None
        is_json = "json" in answer.headers.get("content-type", "")
        if answer.status_code >= 400:
            raise ServiceProblemError(answer.status_code, answer.json() if is_json else {"detail": answer.text[:200]})
        return answer.json() if is_json else answer.text


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
