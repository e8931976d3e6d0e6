"""Turns: few requests of one client are worked on at a time, and a response that has begun holds up none."""

from __future__ import annotations

import asyncio

from starlette.types import Receive, Scope, Send

from jwpgraph.http.client_share import ClientShare


def test_a_client_with_many_requests_does_not_delay_another() -> None:
    async def run() -> None:
        share, go = ClientShare(64), asyncio.Event()
        begun: list[str] = []
        answered: list[str] = []

        async def app(scope: Scope, receive: Receive, send: Send) -> None:
            begun.append(scope["client"])
            await go.wait()
            await send({"type": "http.response.start", "status": 200, "headers": []})
            await asyncio.Event().wait()  # a download that is never read to its end

        async def ask(client: str) -> None:
            async def send(_: object) -> None:
                answered.append(client)

            with share.of(client):
                await share.take_turn(client, app, {"client": client}, None, send)  # type: ignore[arg-type]

        tasks = [asyncio.create_task(ask("many")) for _ in range(20)]
        await asyncio.sleep(0)
        tasks.append(asyncio.create_task(ask("one")))
        for _ in range(5):
            await asyncio.sleep(0)
        assert begun == ["many"] * 4 + ["one"]
        go.set()
        for _ in range(60):
            await asyncio.sleep(0)
        assert answered.count("many") == 20
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        with share.of("many") as refusal:
            assert refusal is None

    asyncio.run(run())
