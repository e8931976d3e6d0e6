"""Work that is done once for all who ask at the same time."""

from __future__ import annotations

import asyncio

import pytest

from jwpgraph.sparql.single_flight import SingleFlight


def test_who_asks_for_the_same_gets_the_same() -> None:
    async def main() -> None:
        flights: SingleFlight[object] = SingleFlight()
        calls = []

        async def work() -> object:
            calls.append(1)
            await asyncio.sleep(0.01)
            return object()

        first = await asyncio.gather(*(flights.run("a", work) for _ in range(5)), flights.run("b", work))
        assert len(calls) == 2
        assert len(set(map(id, first[:5]))) == 1
        await flights.run("a", work)
        assert len(calls) == 3
        assert "a" not in flights

    asyncio.run(main())


def test_who_leaves_does_not_take_it_away_from_the_others() -> None:
    async def main() -> None:
        flights: SingleFlight[str] = SingleFlight()
        gate = asyncio.Event()

        async def work() -> str:
            await gate.wait()
            return "done"

        first = asyncio.create_task(flights.run("a", work))
        second = asyncio.create_task(flights.run("a", work))
        await asyncio.sleep(0)
        first.cancel()
        await asyncio.sleep(0)
        gate.set()
        assert await second == "done"

    asyncio.run(main())


def test_when_the_last_leaves_the_work_is_cancelled() -> None:
    async def main() -> None:
        flights: SingleFlight[str] = SingleFlight()
        ended = asyncio.Event()

        async def work() -> str:
            try:
                await asyncio.sleep(1000)
            finally:
                ended.set()
            return "never"

        tasks = [asyncio.create_task(flights.run("a", work)) for _ in range(2)]
        await asyncio.sleep(0)
        for task in tasks:
            task.cancel()
        await ended.wait()
        assert "a" not in flights

    asyncio.run(main())


def test_an_error_goes_to_all() -> None:
    async def main() -> None:
        flights: SingleFlight[str] = SingleFlight()

        async def work() -> str:
            await asyncio.sleep(0)
            raise LookupError("no")

        results = await asyncio.gather(*(flights.run("a", work) for _ in range(3)), return_exceptions=True)
        assert [str(result) for result in results] == ["no"] * 3
        with pytest.raises(LookupError):
            await flights.run("a", work)

    asyncio.run(main())
