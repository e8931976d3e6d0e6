"""Connections that clients hold: at most so many, and none for ever that is not read from."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Awaitable, Callable
from contextlib import suppress

import pytest
import uvicorn
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from jwpgraph.http import request_bodies
from jwpgraph.problems import ProblemError
from jwpgraph.server import http_protocol
from jwpgraph.server.http_protocol import BoundedHttpProtocol


async def endless(scope: Scope, receive: Receive, send: Send) -> None:
    """Writes until nobody is connected any more."""
    await send({"type": "http.response.start", "status": 200, "headers": []})
    for _ in range(10_000):
        await send({"type": "http.response.body", "body": b"x" * 65536, "more_body": True})
    raise AssertionError("it was written to the end")


def serve(client: Callable[[int], Awaitable[None]], app: ASGIApp = endless) -> None:
    async def main() -> None:
        config = uvicorn.Config(app, http=BoundedHttpProtocol, ws="none", lifespan="off", log_config=None)
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


def test_one_client_does_not_take_all_connections(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(http_protocol, "MOST_PER_CLIENT", 2)

    async def client(port: int) -> None:
        held = [await asyncio.open_connection("127.0.0.1", port, local_addr=("127.0.0.2", 0)) for _ in range(2)]
        refused, _ = await asyncio.open_connection("127.0.0.1", port, local_addr=("127.0.0.2", 0))
        assert (await refused.read()).startswith(b"HTTP/1.1 503 ")
        # Others, and a trusted proxy, are not affected.
        for other in ("127.0.0.3", "127.0.0.1", "127.0.0.1", "127.0.0.1"):
            held.append(await asyncio.open_connection("127.0.0.1", port, local_addr=(other, 0)))
            held[-1][1].write(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
            assert (await held[-1][0].readline()).startswith(b"HTTP/1.1 200 ")
        for _, writer in held:
            writer.transport.abort()

    serve(client)


async def refusing(scope: Scope, receive: Receive, send: Send) -> None:
    """Answers without reading the body."""
    await send({"type": "http.response.start", "status": 401, "headers": [(b"content-length", b"0")]})
    await send({"type": "http.response.body"})


def test_the_rest_of_a_body_is_not_awaited_for_ever(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(http_protocol, "DRAIN_SECONDS", 0.5)

    async def client(port: int) -> None:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1000000\r\n\r\n")
        reading = asyncio.create_task(reader.read())
        while not reading.done():
            writer.write(b"x")
            await asyncio.sleep(0.05)
        assert reading.result().startswith(b"HTTP/1.1 401 ")

    serve(client, refusing)


def test_a_body_of_single_bytes_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(request_bodies, "_SLOWEST", 1e9)

    async def receive() -> Message:
        await asyncio.sleep(0.02)
        return {"type": "http.request", "body": b"x", "more_body": True}

    async def read() -> None:
        async for _ in request_bodies.iter_body_chunks(scope, receive, limit=10**6, idle=0.1):
            pass

    scope: Scope = {"type": "http", "headers": [(b"transfer-encoding", b"chunked")], "http_version": "1.1"}
    with pytest.raises(ProblemError) as raised:
        asyncio.run(read())
    assert raised.value.slug == "body-too-slow"


async def empty(scope: Scope, receive: Receive, send: Send) -> None:
    """Answers with no content."""
    await send({"type": "http.response.start", "status": 204, "headers": []})
    await send({"type": "http.response.body", "body": b""})


_REQUEST = b"GET / HTTP/1.1\r\nHost: x\r\n\r\n"


@pytest.mark.parametrize(
    "pieces",
    [[], [b"GET / HT"], [b"\r\n"] * 100, [_REQUEST + b"GET / HT"], [_REQUEST, b"GET / HTTP/1.1\r\n", b"Host: x\r\n"]],
    ids=["nothing", "a part", "line ends", "a part behind a request", "parts after a request"],
)
def test_a_header_section_that_does_not_end_is_not_awaited_for_ever(
    monkeypatch: pytest.MonkeyPatch, pieces: list[bytes]
) -> None:
    monkeypatch.setattr(http_protocol, "HEAD_SECONDS", 0.5)

    async def client(port: int) -> None:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        with suppress(ConnectionError):  # it may be closed while line ends are sent
            for piece in pieces:
                writer.write(piece)
                await writer.drain()
                await asyncio.sleep(0.1)
            await asyncio.wait_for(reader.read(), 20)
        writer.close()

    serve(client, empty)


def test_between_requests_a_connection_is_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(http_protocol, "HEAD_SECONDS", 0.2)

    async def client(port: int) -> None:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        for request in (_REQUEST, _REQUEST[:9]):
            writer.write(request)
            if request is not _REQUEST:
                writer.write(_REQUEST[9:])
            assert (await reader.readuntil(b"\r\n\r\n")).startswith(b"HTTP/1.1 204")
            await asyncio.sleep(1)
        writer.close()

    serve(client, empty)


_REFUSED = {
    b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03": (400, b"bad-request"),
    b"BREW / HTTP/1.1\r\nHost: x\r\n\r\n": (501, b"method-unknown"),
    b"get / HTTP/1.1\r\nHost: x\r\n\r\n": (501, b"method-unknown"),
    # What comes behind a request may be its unannounced body.
    b"PUT / HTTP/1.1\r\nHost: x\r\n\r\nBREW / HTTP/1.1\r\nHost: x\r\n\r\n": (400, b"bad-request"),
    b"PUT / HTTP/1.1\r\nHost: x\r\n\r\n<urn:a> <urn:p> <urn:o> .": (400, b"bad-request"),
    b"GET / HTTP/1.1\r\n\r\n": (400, b"one Host header"),
    b"GET /a b HTTP/1.1\r\nHost: x\r\n\r\n": (400, b"bad-request"),
    b"GET /" + b"a" * 70_000 + b" HTTP/1.1\r\nHost: x\r\n\r\n": (414, b"target-too-long"),
    b"GET / HTTP/1.1\r\nHost: x\r\nA: " + b"a" * 9000 + b"\r\n\r\n": (431, b"headers-too-large"),
    b"PUT / HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n": (400, b"Content-Length"),
    b"PUT / HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n": (400, b"Encoding"),
    b"PUT / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: gzip, chunked\r\n\r\n": (501, b"transfer-coding-unknown"),
    b"PUT / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nz\r\n": (400, b"chunk size"),
}


@pytest.mark.parametrize(("request_", "expected"), _REFUSED.items(), ids=map(str, range(len(_REFUSED))))
def test_what_is_not_understood_is_refused_with_its_reason_and_the_usual_headers(
    request_: bytes, expected: tuple[int, bytes]
) -> None:
    """RFC 9110, section 9.1: 501 for a method that is not recognised."""

    async def client(port: int) -> None:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(request_)
        answer = await asyncio.wait_for(reader.read(), 20)
        status, reason = expected
        assert answer.startswith(b"HTTP/1.1 %d " % status), answer
        assert reason in answer
        for header in (b"nosniff", b"content-security-policy: default-src 'none'", b"access-control-allow-origin: *"):
            assert header in answer, answer
        writer.close()

    serve(client, refusing)


@pytest.mark.parametrize(
    ("seconds", "pieces", "answers"),
    [
        (0.2, [b"GET / HTTP/1.1\r\nHost: x\r\n\r\n"], 1),
        (0.2, [b"PUT / HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\nab"], 0),
        (0.2, [b"GET / HTTP/1.1\r\nHost: x\r\n\r\n" * 2], 2),
        (0.2, [b"PUT / HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\n\r\nab"], 0),
        (30, [b"GET / HTTP/1.1\r\nHost: x\r\n\r\n"], 0),
    ],
    ids=["get", "a change", "pipelined", "incomplete body", "long work"],
)
def test_a_client_that_has_closed_its_side_gets_its_answer(
    monkeypatch: pytest.MonkeyPatch, seconds: float, pieces: list[bytes], answers: int
) -> None:
    """RFC 9293, section 3.6: a side that has closed still receives. No change is begun for one that may be gone."""
    monkeypatch.setattr(http_protocol, "HALF_CLOSED_SECONDS", 1.0)

    async def work(scope: Scope, receive: Receive, send: Send) -> None:
        message: Message = {"more_body": True}
        while message.get("more_body"):
            message = await receive()
        if message["type"] == "http.disconnect":
            return
        leaving = asyncio.ensure_future(receive())
        await asyncio.wait([leaving], timeout=seconds)
        leaving.cancel()
        await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"2")]})
        await send({"type": "http.response.body", "body": b"ok"})

    async def client(port: int) -> None:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(b"".join(pieces))
        writer.write_eof()
        received = await asyncio.wait_for(reader.read(), 10)
        writer.close()
        assert received.count(b"HTTP/1.1 200 OK") == received.count(b"ok") == answers

    serve(client, work)


@pytest.mark.parametrize(("pause", "received"), [(0.5, 5), (30, 1)], ids=["continued", "stalled"])
@pytest.mark.parametrize("goes", [False, True], ids=["reads on", "goes"])
def test_a_response_that_stalls_ends_when_its_client_may_have_gone(
    monkeypatch: pytest.MonkeyPatch, pause: float, received: int, *, goes: bool
) -> None:
    """Whether a client that has closed its side has gone shows only when something is sent to it."""
    monkeypatch.setattr(http_protocol, "HALF_CLOSED_SECONDS", 1.0)
    left = asyncio.Event()

    async def work(scope: Scope, receive: Receive, send: Send) -> None:
        await receive()
        await send({"type": "http.response.start", "status": 200, "headers": []})
        leaving = asyncio.ensure_future(receive())
        for _ in range(5):
            await send({"type": "http.response.body", "body": b"part", "more_body": True})
            await asyncio.wait([leaving], timeout=pause)
            if leaving.done():
                left.set()
                return
        leaving.cancel()
        await send({"type": "http.response.body", "body": b""})

    async def client(port: int) -> None:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
        content = await reader.readuntil(b"part")
        if goes:
            writer.close()
            await asyncio.wait_for(left.wait(), 5)
            return
        writer.write_eof()
        content += await asyncio.wait_for(reader.read(), 10)
        writer.close()
        assert content.count(b"part") == received
        assert content.endswith(b"0\r\n\r\n") == (received == 5)

    serve(client, work)


@pytest.mark.parametrize("size", [70_000, 4_000_000])
def test_a_refusal_is_not_lost_with_what_follows_it(size: int) -> None:
    """RFC 9112, section 9.6: closing with unread data resets the connection and erases the response."""

    async def client(port: int) -> None:
        for _ in range(20):
            reader, writer = await asyncio.open_connection("127.0.0.1", port)
            writer.write(b"GET / HTTP/1.1\r\nHost: x\r\nX: " + b"y" * size + b"\r\n\r\n")
            await asyncio.sleep(0.02)
            received = await asyncio.wait_for(reader.read(), 10)
            writer.close()
            assert received.startswith(b"HTTP/1.1 431 ")

    serve(client)


def test_those_refused_are_told_so_and_do_not_take_the_place_of_others(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(http_protocol, "MOST_CONNECTIONS", 8)
    monkeypatch.setattr(http_protocol, "MOST_PER_CLIENT", 4)
    address = ("127.0.0.2", 0)

    async def client(port: int) -> None:
        held = [await asyncio.open_connection("127.0.0.1", port, local_addr=address) for _ in range(4)]
        for _ in range(5):
            reader, writer = await asyncio.open_connection("127.0.0.1", port, local_addr=address)
            await asyncio.sleep(0.05)
            writer.write(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
            assert (await asyncio.wait_for(reader.read(), 10)).startswith(b"HTTP/1.1 503 ")
            writer.close()
            await asyncio.sleep(0.05)
        # Clients that do not leave when they are told to.
        held += [await asyncio.open_connection("127.0.0.1", port, local_addr=address) for _ in range(20)]
        await asyncio.sleep(0.2)
        reader, writer = await asyncio.open_connection("127.0.0.1", port, local_addr=("127.0.0.3", 0))
        writer.write(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
        assert (await asyncio.wait_for(reader.read(12), 10)) == b"HTTP/1.1 200"
        for _, other in [*held, (reader, writer)]:
            other.transport.abort()

    serve(client)


def test_a_refusal_is_not_written_into_another_response() -> None:
    async def client(port: int) -> None:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
        received = await asyncio.wait_for(reader.read(1000), 10)
        writer.write(b"not http\r\n\r\n")
        with suppress(ConnectionResetError):
            while piece := await asyncio.wait_for(reader.read(1 << 20), 10):
                received += piece
        writer.close()
        assert received.startswith(b"HTTP/1.1 200 ")
        assert b"problem" not in received

    serve(client)
