"""Connections that clients hold: at most so many, and none for ever that is not read from."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Awaitable, Callable

import pytest
import uvicorn
from starlette.types import Receive, Scope, Send

from jwpgraph.server import http_protocol
from jwpgraph.server.http_protocol import BoundedHttpProtocol


async def endless(scope: Scope, receive: Receive, send: Send) -> None:
    """Writes until nobody is connected any more."""
    await send({"type": "http.response.start", "status": 200, "headers": []})
    for _ in range(10_000):
        await send({"type": "http.response.body", "body": b"x" * 65536, "more_body": True})
    raise AssertionError("it was written to the end")


def serve(client: Callable[[int], Awaitable[None]]) -> None:
    async def main() -> None:
        config = uvicorn.Config(endless, http=BoundedHttpProtocol, ws="none", lifespan="off", log_config=None)
        server = uvicorn.Server(config)
        with socket.create_server(("127.0.0.1", 0)) as listener:
            running = asyncio.create_task(server.serve(sockets=[listener]))
            while not server.started:  # noqa: ASYNC110 - it tells nobody
                await asyncio.sleep(0.01)
            try:
                await asyncio.wait_for(client(listener.getsockname()[1]), 60)
            finally:
                server.should_exit = server.force_exit = True
                await running

    asyncio.run(main())


def test_a_client_that_does_not_read_is_disconnected(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(http_protocol, "WRITE_SECONDS", 0.5)

    async def client(port: int) -> None:
        connection = socket.create_connection(("127.0.0.1", port))
        connection.setblocking(False)
        loop = asyncio.get_running_loop()
        await loop.sock_sendall(connection, b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
        await asyncio.sleep(3)
        received = 0
        with connection:
            try:
                while piece := await loop.sock_recv(connection, 1 << 20):
                    received += len(piece)
            except ConnectionResetError:
                pass
        assert 0 < received < 10_000 * 65536

    serve(client)


def test_connections_are_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(http_protocol, "MOST_CONNECTIONS", 2)

    async def client(port: int) -> None:
        held = [await asyncio.open_connection("127.0.0.1", port) for _ in range(2)]
        await asyncio.sleep(0.2)
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        answer = await reader.read()
        assert answer.startswith(b"HTTP/1.1 503 ")
        assert b"retry-after: 5" in answer
        assert b"too-many-connections" in answer
        writer.close()
        held[0][1].close()
        await asyncio.sleep(0.2)
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
        assert (await reader.readline()).startswith(b"HTTP/1.1 200 ")
        writer.transport.abort()
        held[1][1].close()

    serve(client)
