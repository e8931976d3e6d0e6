"""Short queries get through, whatever else is asked: the two lanes, and standing in line at a busy worker."""

from __future__ import annotations

import asyncio
import os
import random
import re
import signal
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import pytest
from prometheus_client import CollectorRegistry

from jwpgraph.problems import ProblemError
from jwpgraph.query_execution import scheduler
from jwpgraph.query_execution.limits import MIB, QueryLimits
from jwpgraph.query_execution.metrics import QueryMetrics
from jwpgraph.query_execution.pool import WorkerPool
from jwpgraph.query_execution.query_task import QueryRequest, QueryTask, ResultTruncatedError
from jwpgraph.query_execution.wire_protocol import PACKET_BYTES
from jwpgraph.releases.release import Release

WithPool = Callable[..., None]

PRODUCT = "SELECT (COUNT(*) AS ?n) { ?a ?p ?x . ?b ?q ?y . ?c ?r ?z }"
SLOW = "SELECT (COUNT(*) AS ?n) { ?a ?p ?x . ?b ?q ?y FILTER(?x < 500 && ?x + ?y >= 0) }"
#: One worker, so that what comes at the same time stands in line, however slow the machine is at sending it.
ALONE = QueryLimits(timeout=60, workers=1, reserve=0, brief=5)


@pytest.fixture(autouse=True)
def _one_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """As on a machine with two processors: one for the service and one for a worker."""
    monkeypatch.setattr(scheduler, "_PARALLEL_WORKERS", 1)


def cheap(number: int) -> str:
    return f"SELECT ?x {{ <https://example.org/thing/{number}> ?p ?x }}"


def submit(pool: WorkerPool, text: str, client: str = "a", **options: object) -> QueryTask:
    request = QueryRequest(text, solution_types=("text/csv",), **options)  # type: ignore[arg-type]  # by name
    return pool.submit(request, client=client)


async def answer(query_task: QueryTask) -> bytes:
    await query_task.wait_for_result()
    return await query_task.read()


async def until(condition: Callable[[], object]) -> None:
    """Returns when *condition* holds; the suite's own time limit ends a wait in vain."""
    while not condition():  # noqa: ASYNC110 - the pool has no event for it
        await asyncio.sleep(0.01)


def in_line(pool: WorkerPool) -> list[int]:
    """How many queries each worker was given."""
    return sorted(len(connection.in_flight) for connection in pool._worker_manager.connections)


def test_short_queries_get_through_beside_slow_ones(with_pool: WithPool, numbers_release: Release) -> None:
    async def scenario(pool: WorkerPool) -> None:
        slow = [submit(pool, PRODUCT, f"hostile {number % 3}") for number in range(12)]
        for number in range(20):
            assert await answer(submit(pool, cheap(number), "visitor"))
        assert pool.worker_count <= 5
        assert len(pool.describe_queries()) == 12
        for one in slow:
            one.close()

    with_pool(numbers_release, scenario, QueryLimits(timeout=60, workers=2, time_slice=0.05))


def test_a_query_that_was_started_over_is_answered(with_pool: WithPool, numbers_release: Release) -> None:
    """With the slow lane taken, a slow query gives its worker to a short one and is evaluated later."""

    async def scenario(pool: WorkerPool) -> None:
        holder = submit(pool, PRODUCT, "holder")
        await until(lambda: pool.worker_count == 2)
        slow = submit(pool, "SELECT (COUNT(*) AS ?n) { ?a ?p ?x . ?b ?q ?y FILTER(?x + ?y >= 0) }", "patient")
        await until(lambda: [query["state"] for query in pool.describe_queries()] == ["running", "running"])
        assert await answer(submit(pool, cheap(1), "visitor"))
        holder.close()
        assert await answer(slow) == b"n\r\n4000000\r\n"

    with_pool(numbers_release, scenario, QueryLimits(timeout=100, workers=1, reserve=0, time_slice=0.05))


def test_slow_clients_are_not_preempted_for_their_own_queries(numbers_release: Release) -> None:
    registry = CollectorRegistry()

    def started_over() -> float:
        return registry.get_sample_value("jwpgraph_worker_kills_total", {"reason": "started-over"}) or 0

    async def main() -> None:
        pool = WorkerPool(QueryLimits(timeout=100, workers=2, time_slice=0.05), metrics=QueryMetrics(registry))
        await pool.start(numbers_release)
        await asyncio.gather(*(answer(submit(pool, SLOW, "patient")) for _ in range(4)))
        learned = started_over()
        many = [submit(pool, SLOW, "patient") for _ in range(6)]
        # The worker in reserve is free all the while for who asks something quick.
        while not any(one.state == "finished" for one in many):
            assert await answer(submit(pool, cheap(1), "visitor"))
        for one in many:
            await answer(one)
        assert started_over() == learned
        await pool.stop()

    asyncio.run(main())


def test_a_client_known_to_be_slow_leaves_the_last_worker_to_others(
    with_pool: WithPool, numbers_release: Release
) -> None:
    async def scenario(pool: WorkerPool) -> None:
        pool._scheduler.client_stats.learn("slow", slices=20)
        slow = [submit(pool, PRODUCT, "slow") for _ in range(3)]
        assert [one.state for one in slow] == ["running", "running", "waiting"]
        assert [
            connection.is_low_priority for connection in pool._worker_manager.connections if connection.in_flight
        ] == [True, True]
        assert not any(connection.is_low_priority for connection in pool._worker_manager.idle)
        assert await answer(submit(pool, cheap(1), "visitor"))
        assert [one.state for one in slow] == ["running", "running", "waiting"]
        for one in slow:
            one.close()

    with_pool(numbers_release, scenario, QueryLimits(timeout=100, workers=2, time_slice=100))


def test_clients_that_break_limits_leave_a_processor_to_others(with_pool: WithPool, numbers_release: Release) -> None:
    processors = os.sched_getaffinity(0)
    fewer = set(sorted(processors)[1:]) or processors

    async def scenario(pool: WorkerPool) -> None:
        async def where(client: str) -> set[int]:
            """Return the processors of the worker that evaluates a query of *client*; the query is then cancelled."""
            known = {child: _processor_seconds(child) for child in _children(pool)}
            one = submit(pool, PRODUCT, client)

            def busy_workers() -> list[int]:
                return [child for child, before in known.items() if _processor_seconds(child) > before + 0.1]

            await until(busy_workers)
            (busy,) = busy_workers()
            found = os.sched_getaffinity(busy)
            one.close()
            await until(lambda: len(_children(pool)) == 2 and busy not in _children(pool))
            return found

        assert await where("hostile") == processors
        with pytest.raises(ProblemError):
            await answer(submit(pool, PRODUCT, "hostile", timeout=0.1))
        await until(lambda: len(pool._worker_manager.idle) == 2)
        assert await where("hostile") == fewer
        assert await where("another") == processors
        for number in range(3):
            await answer(submit(pool, cheap(number), "hostile"))
        await until(lambda: len(pool._worker_manager.idle) == 2)
        assert await where("hostile") == processors

    with_pool(numbers_release, scenario, QueryLimits(timeout=60, workers=1, reserve=1, time_slice=100))


def test_each_client_gets_its_own_result(with_pool: WithPool, numbers_release: Release) -> None:
    async def scenario(pool: WorkerPool) -> None:
        asked = [submit(pool, cheap(number)) for number in range(8)]
        assert in_line(pool) == [6]
        assert [query["state"] for query in pool.describe_queries()] == ["running"] + ["waiting"] * 7
        assert [await answer(one) for one in asked] == [b"x\r\n%d\r\n" % number for number in range(8)]

    with_pool(numbers_release, scenario, ALONE)


def test_an_error_reaches_only_the_client_that_caused_it(with_pool: WithPool, numbers_release: Release) -> None:
    async def scenario(pool: WorkerPool) -> None:
        asked = [submit(pool, text) for text in (cheap(1), "SELECT * {", cheap(2))]
        assert await answer(asked[0]) == b"x\r\n1\r\n"
        with pytest.raises(ProblemError) as raised:
            await answer(asked[1])
        assert raised.value.slug == "query-syntax"
        assert await answer(asked[2]) == b"x\r\n2\r\n"

    with_pool(numbers_release, scenario, ALONE)


def test_queued_queries_are_retracted_from_behind_a_slow_one(with_pool: WithPool, numbers_release: Release) -> None:
    async def scenario(pool: WorkerPool) -> None:
        slow = [submit(pool, PRODUCT, f"stranger {number}") for number in range(2)]
        asked = [submit(pool, cheap(number), "b") for number in range(6)]
        assert in_line(pool) == [0, 2, 6]
        assert [await answer(one) for one in asked] == [b"x\r\n%d\r\n" % number for number in range(6)]
        await until(lambda: [one.state for one in slow] == ["running"] * 2)
        assert pool._worker_manager.spawner_client._last == 3, "no worker was lost over it"
        for one in slow:
            one.close()

    with_pool(numbers_release, scenario, QueryLimits(timeout=60, workers=2, reserve=1, time_slice=60, brief=0.3))


def test_a_long_result_does_not_delay_others(with_pool: WithPool, numbers_release: Release) -> None:
    async def scenario(pool: WorkerPool) -> None:
        long = submit(pool, "SELECT ?a ?x ?b ?y { ?a ?p ?x . ?b ?q ?y } LIMIT 300000")
        asked = [submit(pool, cheap(number), "b") for number in range(4)]
        assert in_line(pool) == [0, 5]
        assert [await answer(one) for one in asked] == [b"x\r\n%d\r\n" % number for number in range(4)]
        assert (await answer(long)).count(b"\n") == 300001

    with_pool(numbers_release, scenario, QueryLimits(timeout=60, workers=1, reserve=1, brief=30))


@pytest.mark.parametrize("which", [0, 1, 2])
def test_a_leaving_client_does_not_affect_others(with_pool: WithPool, numbers_release: Release, which: int) -> None:
    async def scenario(pool: WorkerPool) -> None:
        asked = [submit(pool, cheap(number)) for number in range(3)]
        assert in_line(pool) == [3]
        asked[which].close()
        for number, one in enumerate(asked):
            if number != which:
                assert await answer(one) == b"x\r\n%d\r\n" % number

    with_pool(numbers_release, scenario, ALONE)


def test_a_queued_query_may_time_out(with_pool: WithPool, numbers_release: Release) -> None:
    async def scenario(pool: WorkerPool) -> None:
        blocker = submit(pool, PRODUCT)
        waiting = submit(pool, cheap(1), timeout=0.2)
        other = submit(pool, cheap(2))
        with pytest.raises(ProblemError) as raised:
            await answer(waiting)
        assert raised.value.slug == "query-timeout"
        assert blocker.state == "running"
        blocker.close()
        assert await answer(other) == b"x\r\n2\r\n"

    with_pool(numbers_release, scenario, QueryLimits(timeout=60, workers=1, reserve=0, time_slice=60, brief=30))


def test_a_dying_worker_fails_only_the_query_it_evaluates(with_pool: WithPool, numbers_release: Release) -> None:
    async def scenario(pool: WorkerPool) -> None:
        blocker = submit(pool, PRODUCT)
        asked = [submit(pool, cheap(number)) for number in range(2)]
        assert in_line(pool) == [3]
        (worker,) = _children(pool)
        before = _processor_seconds(worker)
        await until(lambda: _processor_seconds(worker) > before + 0.1)
        os.kill(worker, signal.SIGKILL)
        with pytest.raises(ProblemError) as raised:
            await answer(blocker)
        assert (raised.value.slug, raised.value.status) == ("query-crashed", 503)
        assert raised.value.headers["Retry-After"]
        assert [await answer(one) for one in asked] == [b"x\r\n0\r\n", b"x\r\n1\r\n"]

    with_pool(numbers_release, scenario, QueryLimits(timeout=60, workers=1, reserve=0, time_slice=60, brief=30))


def test_a_dying_spawner_fails_no_query(with_pool: WithPool, numbers_release: Release) -> None:
    async def scenario(pool: WorkerPool) -> None:
        asked = [submit(pool, cheap(number)) for number in range(3)]
        assert pool.spawner_id is not None
        os.kill(pool.spawner_id, signal.SIGKILL)
        assert [await answer(one) for one in asked] == [b"x\r\n%d\r\n" % number for number in range(3)]

    with_pool(numbers_release, scenario, ALONE)


def test_a_stream_of_brief_queries_does_not_block_others(with_pool: WithPool, numbers_release: Release) -> None:
    """Who asks what takes a little longer has its turn, however many brief queries could stand in line instead."""

    async def scenario(pool: WorkerPool) -> None:
        pool._scheduler.client_stats.learn("other", slices=0.5)
        over, answered = False, 0

        async def stream() -> None:
            nonlocal answered
            while not over and answered < 2000:
                await answer(submit(pool, cheap(answered), "streaming"))
                answered += 1

        streams = [asyncio.create_task(stream()) for _ in range(12)]
        await until(lambda: answered > 100)
        before = answered
        assert await answer(submit(pool, cheap(1), "other"))
        assert answered - before < 100
        over = True
        await asyncio.gather(*streams)

    with_pool(numbers_release, scenario, ALONE)


def test_a_query_longer_than_a_packet_is_not_queued_at_a_busy_worker(
    with_pool: WithPool, numbers_release: Release
) -> None:
    async def scenario(pool: WorkerPool) -> None:
        long = cheap(5) + "#" + "x" * (64 * PACKET_BYTES)
        first = submit(pool, long)
        second = submit(pool, cheap(6))
        assert in_line(pool) == [1]
        assert await answer(first) == b"x\r\n5\r\n"
        third = submit(pool, long)
        assert await answer(second) == b"x\r\n6\r\n"
        assert await answer(third) == b"x\r\n5\r\n"

    with_pool(numbers_release, scenario, ALONE)


def test_all_clients_get_results_of_the_new_release(
    numbers_release: Release, make_release: Callable[..., Release]
) -> None:
    """What was taken up is answered from the old release, what stood in line from either."""

    async def main() -> None:
        empty = make_release(2, {})
        pool = WorkerPool(ALONE)
        await pool.start(numbers_release)
        try:
            asked = [submit(pool, cheap(number)) for number in range(8)]
            switching = asyncio.create_task(pool.switch(empty))
            for number, one in enumerate(asked):
                said = await answer(one)
                assert said == {1: b"x\r\n%d\r\n" % number, 2: b"x\r\n"}[one.release_number]
            await switching
            assert await answer(submit(pool, cheap(1))) == b"x\r\n"
        finally:
            await pool.stop()

    asyncio.run(main())


@pytest.mark.parametrize("seed", range(3))
def test_every_query_gets_exactly_one_result(with_pool: WithPool, numbers_release: Release, seed: int) -> None:
    """Cheap, slow, long, faulty and abandoned queries of several clients, and workers that are killed."""
    rng = random.Random(seed)

    async def one(pool: WorkerPool, number: int) -> None:
        kind = rng.choice(["cheap"] * 12 + ["slow", "long", "faulty", "abandoned", "killer"])
        client = rng.choice("abcd")
        text = {
            "slow": f"SELECT (COUNT(*) AS ?x) {{ ?a ?p ?y . FILTER(?y < 100) ?b ?q ?z . FILTER(?y + ?z = {number}) }}",
            "long": "SELECT ?x { ?a ?p ?x . ?b ?q ?y } LIMIT 100000",
            "faulty": "SELECT * { ?s ?p",
        }.get(kind, cheap(number))
        query_task = submit(pool, text, client)
        if kind == "killer":
            workers = _children(pool)
            if workers:
                with suppress(ProcessLookupError):  # a worker that the scheduler ended in the meantime
                    os.kill(rng.choice(workers), signal.SIGKILL)
        if kind == "abandoned":
            await asyncio.sleep(rng.choice([0, 0, 0.001, 0.01]))
            query_task.close()
            return
        try:
            said = await answer(query_task)
        except (ProblemError, ResultTruncatedError) as error:
            slug = error.slug if isinstance(error, ProblemError) else error.problem.slug
            assert slug == "query-crashed" or (kind == "faulty" and slug == "query-syntax")
            return
        if kind in {"cheap", "killer"}:
            assert said == b"x\r\n%d\r\n" % number
        elif kind == "long":
            assert said.count(b"\n") == 100_001
        else:
            assert re.fullmatch(rb"x\r\n\d+\r\n", said)

    async def scenario(pool: WorkerPool) -> None:
        numbers = iter(range(400))

        async def visitor() -> None:
            for number in numbers:
                await one(pool, number)

        await asyncio.gather(*(visitor() for _ in range(12)))
        assert not pool._assigned
        assert not pool._per_client
        assert all(not connection.in_flight for connection in pool._worker_manager.connections)

    with_pool(numbers_release, scenario, QueryLimits(timeout=60, memory=512 * MIB, workers=2, time_slice=0.03))


def _children(pool: WorkerPool) -> list[int]:
    children = Path(f"/proc/{pool.spawner_id}/task/{pool.spawner_id}/children")
    return [int(child) for child in children.read_text().split()]


def _processor_seconds(process: int) -> float:
    fields = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
