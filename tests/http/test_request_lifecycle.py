from __future__ import annotations

import asyncio

import orjson
import pytest

from jwpgraph.http.request_bodies import ClientGoneError
from jwpgraph.http.request_lifecycle import run_while_connected, run_with_problems
from jwpgraph.problems import ProblemError

SCOPE = {"type": "http", "method": "GET", "path": "/x", "headers": []}


class Client:
    """The far end of an ASGI exchange."""

    def __init__(self) -> None:
        self.sent: list[dict[str, object]] = []
        self.gone = asyncio.Event()
        self.watched = asyncio.Event()

    async def receive(self) -> dict[str, object]:
        self.watched.set()
        await self.gone.wait()
        return {"type": "http.disconnect"}

    async def send(self, message: dict[str, object]) -> None:
        self.sent.append(message)


def answer(app: object) -> list[dict[str, object]]:
    async def run() -> list[dict[str, object]]:
        client = Client()
        await run_with_problems(app, SCOPE, client.receive, client.send, [(b"x-query-id", b"1")])
        return client.sent

    return asyncio.run(run())


def test_a_problem_becomes_a_response() -> None:
    async def app(scope: object, receive: object, send: object) -> None:
        raise ProblemError("odd", "Odd", "one\ntwo", status=418, headers={"Retry-After": "1\r\nX: y"}, path=SCOPE)

    start, body = answer(app)
    headers = dict(start["headers"])
    assert start["status"] == 418
    assert headers[b"content-type"] == b"application/problem+json"
    assert headers[b"retry-after"] == b"1 X: y"
    assert headers[b"x-query-id"] == b"1"
    assert orjson.loads(body["body"])["type"].endswith("/problem/odd")


def test_an_unforeseen_error_tells_the_client_nothing() -> None:
    async def app(scope: object, receive: object, send: object) -> None:
        raise KeyError("secret")

    start, body = answer(app)
    assert start["status"] == 500
    assert b"secret" not in body["body"]


def test_what_fails_after_the_first_byte_reaches_the_server() -> None:
    async def app(scope: object, receive: object, send: object) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": []})
        raise ProblemError("late", "Late")

    with pytest.raises(ProblemError, match="Late"):
        answer(app)


def test_work_is_given_up_when_the_client_leaves() -> None:
    cancelled = asyncio.Event()

    async def work() -> None:
        try:
            await asyncio.sleep(60)
        finally:
            cancelled.set()

    async def run() -> None:
        client = Client()
        asyncio.get_running_loop().call_later(0.05, client.gone.set)
        with pytest.raises(ClientGoneError):
            await run_while_connected(client.receive, work())
        assert cancelled.is_set()
        await asyncio.sleep(0)

    asyncio.run(run())


def test_work_that_ends_first_is_left_alone() -> None:
    async def run() -> None:
        client = Client()

        async def work() -> int:
            await client.watched.wait()
            return 7

        assert await run_while_connected(client.receive, work()) == 7
        client.gone.set()
        await asyncio.sleep(0)
        assert asyncio.all_tasks() == {asyncio.current_task()}

    asyncio.run(run())


def test_being_cancelled_from_elsewhere_is_not_a_client_leaving() -> None:
    async def run() -> None:
        client = Client()
        task = asyncio.create_task(run_while_connected(client.receive, asyncio.sleep(60)))
        await asyncio.sleep(0.05)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

    asyncio.run(run())
