"""``/mcp``: the Model Context Protocol over Streamable HTTP, without sessions.

The package ``mcp`` is loaded by the first request, so that the start of the service does not wait for it.
"""

from __future__ import annotations

import asyncio
from typing import Any, Final

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from jwpgraph.http.declared_parameters import refuse_unknown
from jwpgraph.http.headers import add_security_headers, encode_headers, make_options_headers
from jwpgraph.http.parameters import parse_parameters
from jwpgraph.http.request_bodies import read_body
from jwpgraph.http.request_lifecycle import run_while_connected, run_with_problems
from jwpgraph.http.request_origin import request_origin
from jwpgraph.http.responses import CompleteResponse
from jwpgraph.integrations.assistants.service_client import ServiceClient, ask_for
from jwpgraph.problems import ProblemError

PATH: Final = "/mcp"
_METHODS: Final = "POST, OPTIONS"
_LONGEST_BODY: Final = 256 * 1024
_BODY_SECONDS: Final = 30.0


class AssistantEndpoint:
    """An ASGI application for ``/mcp``.

    Args:
        service: the application that the tools send requests to.
        seconds: time limit in seconds of a request of a tool.
        trusted: trusted proxies, separated by commas.
    """

    def __init__(self, service: ASGIApp, seconds: float, trusted: str) -> None:
        self._client = ServiceClient(service, seconds)
        self._trusted = trusted
        self._starting = asyncio.Lock()
        self._app: ASGIApp | None = None
        self._task: asyncio.Task[None] | None = None
        self._stopping = asyncio.Event()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        await run_with_problems(self._answer, scope, receive, send, [])

    async def _answer(self, scope: Scope, receive: Receive, send: Send) -> None:
        refuse_unknown(parse_parameters(scope["query_string"]), ())
        if scope["method"] == "OPTIONS":
            await CompleteResponse(204, encode_headers(make_options_headers(_METHODS)))(scope, receive, send)
            return
        if scope["method"] != "POST":
            # Without sessions there is nothing to listen to or to end (Streamable HTTP, sections 2.2.3 and 2.5).
            detail = "Send a message of the Model Context Protocol with POST."
            headers = {"Allow": _METHODS}
            raise ProblemError(
                "method-not-allowed", "The method is not allowed here", detail, status=405, headers=headers
            )
        # The package has no time limit for reading bodies.
        body = await read_body(scope, receive, limit=_LONGEST_BODY, seconds=_BODY_SECONDS)
        unread: list[Message] = [{"type": "http.request", "body": body, "more_body": False}]

        async def receive_read() -> Message:
            if not unread:
                await asyncio.get_running_loop().create_future()
            return unread.pop()

        app = self._app or await self._start()
        ask_for(scope.get("client"), request_origin(scope, self._trusted), scope.get("root_path", ""))
        below_root = {**scope, "path": PATH, "raw_path": PATH.encode(), "root_path": ""}
        # The package does not notice that a client has gone, and would let the tool work on.
        await run_while_connected(receive, _run(app, below_root, receive_read, send))

    async def _start(self) -> ASGIApp:
        async with self._starting:
            if self._app is None:
                app, manager = await asyncio.to_thread(self._make_app)
                started = asyncio.Event()
                self._task = asyncio.create_task(self._keep_running(manager, started))
                await started.wait()
                self._app = app
            return self._app

    def _make_app(self) -> tuple[ASGIApp, Any]:
        from mcp.server.transport_security import TransportSecuritySettings  # noqa: PLC0415 - loaded when needed

        from jwpgraph.integrations.assistants.server import make_server  # noqa: PLC0415 - as above

        server = make_server(self._client)
        app = server.streamable_http_app(
            streamable_http_path=PATH,
            json_response=True,
            stateless_http=True,
            max_request_body_size=_LONGEST_BODY,
            # All content is public and read only, and the host has already been checked.
            transport_security=TransportSecuritySettings(enable_dns_rebinding_protection=False),
        )
        return app, server.session_manager

    async def _keep_running(self, manager: Any, started: asyncio.Event) -> None:
        """Keep the task group of *manager* open until the service stops, in one task as required by anyio."""
        async with manager.run():
            started.set()
            await self._stopping.wait()

    async def stop(self) -> None:
        """Close the task group if it was opened."""
        self._stopping.set()
        if self._task is not None:
            await self._task


async def _run(app: ASGIApp, scope: Scope, receive: Receive, send: Send) -> None:
    await app(scope, receive, add_security_headers(send, for_programs=True))
