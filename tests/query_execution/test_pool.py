"""Limits, fairness, failures and replacement, with real worker processes."""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import Callable
from pathlib import Path

import pytest
from prometheus_client import CollectorRegistry
from pyoxigraph import Literal, NamedNode

from jwpgraph.problems import ProblemError
from jwpgraph.query_execution.limits import MIB, QueryLimits
from jwpgraph.query_execution.metrics import QueryMetrics
from jwpgraph.query_execution.pool import WorkerPool
from jwpgraph.query_execution.query_task import QueryRequest, QueryTask, ResultTruncatedError
from jwpgraph.releases.release import Release

WithPool = Callable[..., None]
#: Workers of the quick lane with two workers asked for: those and one in reserve.
QUICK = 3

PRODUCT = "SELECT (COUNT(*) AS ?n) { ?a ?p ?x . ?b ?q ?y . ?c ?r ?z }"
SORTED_PRODUCT = "SELECT * { ?a ?p ?x . ?b ?q ?y . ?c ?r ?z } ORDER BY ?x ?y ?z"
LONG = "SELECT ?a ?x ?b ?y { ?a ?p ?x . ?b ?q ?y } LIMIT 300000"
CHEAP = "SELECT ?p ?o { <https://example.org/thing/7> ?p ?o }"


async def ask(pool: WorkerPool, text: str, client: str = "a", **options: object) -> bytes:
    """The whole answer to a query."""
    return await (await pool.evaluate(QueryRequest(text, **options), client=client)).read()  # type: ignore[arg-type]


async def refused(pool: WorkerPool, text: str, client: str = "a", **options: object) -> ProblemError:
    """The problem that a query must end in."""
    with pytest.raises(ProblemError) as raised:
        await ask(pool, text, client, **options)
    return raised.value


async def until(condition: Callable[[], object]) -> None:
    """Returns when *condition* holds; the suite's own time limit ends a wait in vain."""
    while not condition():  # noqa: ASYNC110 - the pool has no event for it
        await asyncio.sleep(0.01)


def begin(pool: WorkerPool, text: str, client: str = "a", **options: object) -> asyncio.Task[QueryTask]:
    """A query on its way."""
    return asyncio.create_task(pool.evaluate(QueryRequest(text, **options), client=client))  # type: ignore[arg-type]


def states(pool: WorkerPool) -> list[str]:
    return [query["state"] for query in pool.describe_queries()]


def test_the_three_kinds_of_answers(with_pool: WithPool, numbers_release: Release) -> None:
    async def scenario(pool: WorkerPool) -> None:
        for text, kind, media_type in (
            (CHEAP, "solutions", "text/csv"),
            ("ASK {}", "boolean", "application/sparql-results+xml"),
            ("DESCRIBE <https://example.org/thing/7>", "graph", "text/turtle"),
        ):
            request = QueryRequest(
                text, solution_types=("text/csv", "application/sparql-results+xml"), graph_types=("text/turtle",)
            )
            query_task = await pool.evaluate(request, client="a")
            assert (query_task.kind, query_task.media_type, query_task.release_number) == (kind, media_type, 1)
            assert query_task.body
        assert await ask(pool, CHEAP, solution_types=("text/csv",)) == b"p,o\r\nhttps://example.org/value,7\r\n"

    with_pool(numbers_release, scenario)


def test_ids_sort_by_time(with_pool: WithPool, numbers_release: Release) -> None:
    async def scenario(pool: WorkerPool) -> None:
        first = await pool.evaluate(QueryRequest("ASK {}"), client="a")
        await asyncio.sleep(0.002)
        second = await pool.evaluate(QueryRequest("ASK {}"), client="a")
        assert first.query_id < second.query_id
        assert len(first.query_id) == 32

    with_pool(numbers_release, scenario)


def test_a_result_without_an_acceptable_format_is_406(with_pool: WithPool, numbers_release: Release) -> None:
    async def scenario(pool: WorkerPool) -> None:
        problem = await refused(pool, "ASK {}", solution_types=("text/csv", "image/png"))
        assert (problem.slug, problem.status) == ("not-acceptable", 406)
        assert "application/sparql-results+json" in problem.members["available"]
        assert "text/csv" not in problem.members["available"]

    with_pool(numbers_release, scenario)


def test_syntax_errors_have_line_and_column(with_pool: WithPool, numbers_release: Release) -> None:
    async def scenario(pool: WorkerPool) -> None:
        problem = await refused(pool, "SELECT *\nWHERE { ?s ?p ?o")
        assert (problem.slug, problem.status) == ("query-syntax", 400)
        assert (problem.members["line"], problem.members["column"]) == (2, 17)
        assert (await refused(pool, "ASK {}\ud800")).slug == "query-not-unicode"

    with_pool(numbers_release, scenario)


@pytest.mark.parametrize("text", [PRODUCT, SORTED_PRODUCT], ids=["product", "sorted-product"])
def test_a_query_is_killed_at_its_deadline(with_pool: WithPool, numbers_release: Release, text: str) -> None:
    async def scenario(pool: WorkerPool) -> None:
        problem = await refused(pool, text)
        assert (problem.slug, problem.status) == ("query-timeout", 503)
        assert "the limit of this service" in problem.detail
        assert (await refused(pool, text, timeout=0.2)).members["limit_seconds"] == 0.2
        assert (await refused(pool, text, timeout=1000)).members["limit_seconds"] == 0.5
        assert (await refused(pool, text, timeout=-1)).slug == "bad-timeout"
        assert await ask(pool, CHEAP)

    with_pool(numbers_release, scenario, QueryLimits(timeout=0.5, workers=1, reserve=0))


def test_a_memory_bomb_costs_one_worker(with_pool: WithPool, numbers_release: Release) -> None:
    async def scenario(pool: WorkerPool) -> None:
        problem = await refused(pool, SORTED_PRODUCT)
        assert (problem.slug, problem.status) == ("query-memory", 503)
        assert "64 MiB" in problem.detail
        doubled = " ".join(f"BIND(CONCAT(?x{i}, ?x{i}, ?x{i}, ?x{i}) AS ?x{i + 1})" for i in range(14))
        assert (await refused(pool, f'SELECT ?x14 {{ BIND("abcd" AS ?x0) {doubled} }}')).slug == "query-memory"
        assert await ask(pool, CHEAP)

    with_pool(numbers_release, scenario, QueryLimits(timeout=20, memory=64 * MIB, workers=1, reserve=0))


@pytest.mark.parametrize(
    "text",
    [
        "SELECT * WHERE " + "{" * 20_000 + "}" * 20_000,
        "SELECT * WHERE { FILTER" + "(" * 60_000 + "1" + ")" * 60_000 + "}",
        "SELECT * WHERE { BIND(" + "+".join(["1"] * 200_000) + " AS ?x) }",
    ],
    ids=["braces", "parentheses", "sum"],
)
def test_nesting_beyond_the_stack_is_the_query_at_fault(
    with_pool: WithPool, numbers_release: Release, text: str
) -> None:
    async def scenario(pool: WorkerPool) -> None:
        problem = await refused(pool, text)
        assert (problem.slug, problem.status) == ("query-too-deep", 400)
        assert await ask(pool, CHEAP)

    with_pool(numbers_release, scenario)


def test_a_large_answer_is_refused_before_its_first_byte(with_pool: WithPool, numbers_release: Release) -> None:
    async def scenario(pool: WorkerPool) -> None:
        problem = await refused(pool, LONG)
        assert (problem.slug, problem.status) == ("result-too-large", 413)

    with_pool(numbers_release, scenario, QueryLimits(result=MIB // 2))


def test_a_truncated_result_raises_an_error(with_pool: WithPool, numbers_release: Release) -> None:
    async def scenario(pool: WorkerPool) -> None:
        query_task = await pool.evaluate(QueryRequest(LONG), client="a")
        received = 0
        with pytest.raises(ResultTruncatedError) as raised:  # noqa: PT012 - what came before is counted
            async for chunk in query_task:
                received += len(chunk)
        assert received > 0
        assert raised.value.problem.slug == "result-too-large"

    with_pool(numbers_release, scenario, QueryLimits(result=8 * MIB))


def test_a_disconnected_client_frees_its_worker(with_pool: WithPool, numbers_release: Release) -> None:
    async def scenario(pool: WorkerPool) -> None:
        for _ in range(3):
            query = begin(pool, PRODUCT)
            await until(lambda: states(pool) == ["running"])
            query.cancel()
            assert isinstance((await asyncio.gather(query, return_exceptions=True))[0], asyncio.CancelledError)
            assert pool.describe_queries() == []
            assert await ask(pool, CHEAP)
        query_task = await pool.evaluate(QueryRequest(LONG), client="a")
        await query_task.aclose()
        await query_task.aclose()
        assert await ask(pool, CHEAP)

    with_pool(numbers_release, scenario, QueryLimits(timeout=60, workers=1, reserve=0))


def test_an_unread_answer_does_not_outlive_its_deadline(with_pool: WithPool, numbers_release: Release) -> None:
    async def scenario(pool: WorkerPool) -> None:
        query_task = await pool.evaluate(QueryRequest(LONG, timeout=1), client="a")
        await until(lambda: pool.describe_queries() == [])
        with pytest.raises(ResultTruncatedError) as raised:
            [chunk async for chunk in query_task]
        assert raised.value.problem.slug == "query-timeout"

    with_pool(numbers_release, scenario)


def test_an_unread_result_is_aborted_when_others_wait(with_pool: WithPool, numbers_release: Release) -> None:
    async def scenario(pool: WorkerPool) -> None:
        unread = [await pool.evaluate(QueryRequest(LONG), client=client) for client in "ab"]
        assert await ask(pool, CHEAP, "c")
        cut = [query_task for query_task in unread if query_task.state == "finished"]
        for query_task in cut:
            with pytest.raises(ResultTruncatedError, match="too slowly"):
                [chunk async for chunk in query_task]
        for query_task in unread:
            await query_task.aclose()

    with_pool(numbers_release, scenario, QueryLimits(timeout=60, workers=1, reserve=0, stall=0.3))


def test_running_queries_are_listed_and_cancelled(with_pool: WithPool, numbers_release: Release) -> None:
    async def scenario(pool: WorkerPool) -> None:
        query = begin(pool, PRODUCT, "192.0.2.1")
        await until(lambda: states(pool) == ["running"])
        (listed,) = pool.describe_queries()
        assert (listed["client"], listed["query"], listed["release"]) == ("192.0.2.1", PRODUCT, 1)
        assert pool.cancel(listed["id"])
        with pytest.raises(ProblemError) as raised:
            await query
        assert raised.value.slug == "query-cancelled"
        assert not pool.cancel(listed["id"])

    with_pool(numbers_release, scenario)


def test_a_full_queue_refuses_queries(with_pool: WithPool, numbers_release: Release) -> None:
    async def scenario(pool: WorkerPool) -> None:
        queries = [begin(pool, PRODUCT, f"client {i}") for i in range(3)]
        await until(lambda: len(pool.describe_queries()) == 3)
        problem = await refused(pool, CHEAP, "last")
        assert (problem.slug, problem.status) == ("overloaded", 503)
        assert int(problem.headers["Retry-After"]) > 0
        for query in queries:
            query.cancel()
        await asyncio.gather(*queries, return_exceptions=True)

    with_pool(numbers_release, scenario, QueryLimits(timeout=60, workers=1, reserve=0, queue_length=2, time_slice=60))


def test_the_queries_of_one_client_are_limited(with_pool: WithPool, numbers_release: Release) -> None:
    async def scenario(pool: WorkerPool) -> None:
        queries = [begin(pool, PRODUCT) for _ in range(3)]
        await until(lambda: len(pool.describe_queries()) == 3)
        problem = await refused(pool, CHEAP)
        assert (problem.slug, problem.status) == ("too-many-queries", 429)
        assert int(problem.headers["Retry-After"]) > 0
        for query in queries:
            query.cancel()
        await asyncio.gather(*queries, return_exceptions=True)
        assert await ask(pool, CHEAP)

    with_pool(numbers_release, scenario, QueryLimits(timeout=60, per_client=3))


def test_clients_take_turns(with_pool: WithPool, numbers_release: Release) -> None:
    async def scenario(pool: WorkerPool) -> None:
        first = begin(pool, PRODUCT, "blocker")
        await until(lambda: states(pool) == ["running"])
        order: list[str] = []

        async def one(client: str) -> None:
            # Long enough that a query in line at a busy worker is taken back, which costs no turn.
            await ask(pool, "SELECT (COUNT(*) AS ?n) { ?a ?p ?x . ?b ?q ?y FILTER(?x < 200) }", client)
            order.append(client)

        waiting = [asyncio.create_task(one(client)) for client in ["greedy"] * 6 + ["modest"]]
        await until(lambda: len(pool.describe_queries()) == 8)
        first.cancel()
        await asyncio.gather(first, *waiting, return_exceptions=True)
        assert order.index("modest") <= 1

    with_pool(numbers_release, scenario, QueryLimits(timeout=60, workers=1, reserve=0, time_slice=60))


def test_a_query_waits_at_most_half_its_deadline(with_pool: WithPool, numbers_release: Release) -> None:
    async def scenario(pool: WorkerPool) -> None:
        blocker = begin(pool, PRODUCT, "blocker")
        await until(lambda: states(pool) == ["running"])
        assert (await refused(pool, CHEAP, timeout=0.4)).slug == "overloaded"
        blocker.cancel()
        await asyncio.gather(blocker, return_exceptions=True)

    with_pool(numbers_release, scenario, QueryLimits(timeout=60, workers=1, reserve=0, time_slice=60))


def test_a_new_release_takes_over_while_the_old_one_answers(
    with_pool: WithPool, numbers_release: Release, make_release: Callable[..., Release]
) -> None:
    name = NamedNode("https://example.org/name")
    newer = make_release(2, {"https://example.org/g": [(NamedNode("https://example.org/x"), name, Literal("new"))]})

    async def scenario(pool: WorkerPool) -> None:
        old = await pool.evaluate(QueryRequest(LONG), client="a")
        await pool.switch(newer)
        assert pool.release_number == 2
        fresh = await pool.evaluate(QueryRequest("SELECT ?o { ?s <https://example.org/name> ?o }"), client="a")
        assert fresh.release_number == 2
        assert b'"new"' in (fresh.body or b"")
        assert old.release_number == 1
        answer = await old.read()
        assert answer.count(b'"a":') == 300_000
        assert answer.endswith(b"]}}")
        await until(lambda: pool.worker_count == QUICK)

    with_pool(numbers_release, scenario, QueryLimits(timeout=60))


def test_a_release_that_cannot_be_read_changes_nothing(
    with_pool: WithPool, numbers_release: Release, tmp_path: Path
) -> None:
    async def scenario(pool: WorkerPool) -> None:
        with pytest.raises(ProblemError) as raised:
            await pool.switch(Release(9, tmp_path / "nowhere"))
        assert raised.value.slug == "release-unreadable"
        assert pool.release_number == 1
        assert await ask(pool, CHEAP)

    with_pool(numbers_release, scenario)


def test_the_spawner_may_die(with_pool: WithPool, numbers_release: Release) -> None:
    """All workers go with it; the queries that they had are taken up again."""

    async def scenario(pool: WorkerPool) -> None:
        for _ in range(3):
            query = begin(pool, PRODUCT)
            await until(lambda: states(pool) == ["running"])
            before = pool.spawner_id
            assert before is not None
            os.kill(before, signal.SIGKILL)
            assert await ask(pool, CHEAP)
            await until(lambda before=before: pool.spawner_id != before)
            await until(lambda: states(pool) == ["running"])
            query.cancel()
            await asyncio.gather(query, return_exceptions=True)

    with_pool(numbers_release, scenario, QueryLimits(timeout=60))


def test_stopping_ends_what_runs_and_waits(numbers_release: Release) -> None:
    async def main() -> None:
        pool = WorkerPool(QueryLimits(timeout=60, workers=1, reserve=0))
        await pool.start(numbers_release)
        queries = [begin(pool, PRODUCT) for _ in range(3)]
        await until(lambda: len(pool.describe_queries()) == 3)
        await pool.stop()
        for query in queries:
            with pytest.raises(ProblemError) as raised:
                await query
            assert raised.value.slug == "workers-unavailable"
        assert (await refused(pool, CHEAP)).slug == "workers-unavailable"

    asyncio.run(main())


def test_two_hundred_cancelled_queries_leave_nothing_behind(with_pool: WithPool, numbers_release: Release) -> None:
    async def scenario(pool: WorkerPool) -> None:
        descriptors = _descriptors()
        for _ in range(50):
            queries = [begin(pool, PRODUCT, str(i)) for i in range(4)]
            await until(lambda: states(pool).count("running") >= 2)
            for query in queries:
                query.cancel()
            await asyncio.gather(*queries, return_exceptions=True)
        await until(lambda: pool.worker_count == QUICK)
        assert await ask(pool, CHEAP)
        assert _descriptors() <= descriptors + 4
        await until(lambda: len(_children(pool)) == QUICK)

    with_pool(numbers_release, scenario, QueryLimits(timeout=60))


def test_memory_stays_flat_while_an_answer_streams(with_pool: WithPool, numbers_release: Release) -> None:
    async def scenario(pool: WorkerPool) -> None:
        await ask(pool, CHEAP)
        query_task = await pool.evaluate(QueryRequest(LONG), client="a")
        before, grown, size, chunks = _resident(os.getpid()), 0, 0, 0
        workers = {child: _resident(child) for child in _children(pool)}
        async for chunk in query_task:
            size += len(chunk)
            chunks += 1
            if chunks % 20 == 0:
                grown = max(grown, _resident(os.getpid()) - before)
                workers = {child: max(seen, _resident(child)) for child, seen in workers.items()}
        assert size > 60 * MIB
        assert chunks > 200
        assert grown < 16 * MIB
        assert max(workers.values()) < 100 * MIB

    with_pool(numbers_release, scenario, QueryLimits(timeout=60))


def test_metrics_count_outcomes_and_kills(numbers_release: Release) -> None:
    registry = CollectorRegistry()

    async def main() -> None:
        pool = WorkerPool(QueryLimits(timeout=0.3, workers=1, reserve=0), metrics=QueryMetrics(registry))
        await pool.start(numbers_release)
        await ask(pool, CHEAP)
        await refused(pool, PRODUCT)
        await refused(pool, "nonsense")
        assert registry.get_sample_value("jwpgraph_queries_running") == 0
        await pool.stop()

    asyncio.run(main())
    count = "jwpgraph_query_seconds_count"
    assert registry.get_sample_value(count, {"outcome": "ok"}) == 1
    assert registry.get_sample_value(count, {"outcome": "query-timeout"}) == 1
    assert registry.get_sample_value(count, {"outcome": "query-syntax"}) == 1
    assert registry.get_sample_value("jwpgraph_worker_kills_total", {"reason": "query-timeout"}) == 1


def test_the_pool_works_with_uvloop(numbers_release: Release) -> None:
    uvloop = pytest.importorskip("uvloop")

    async def main() -> None:
        pool = WorkerPool(QueryLimits(timeout=1, workers=2))
        await pool.start(numbers_release)
        assert len(await ask(pool, "SELECT * { ?a ?p ?x . ?b ?q ?y } LIMIT 20000")) > MIB
        assert (await refused(pool, PRODUCT)).slug == "query-timeout"
        assert await ask(pool, CHEAP)
        await pool.stop()

    uvloop.run(main())


def _children(pool: WorkerPool) -> list[int]:
    return [
        int(child) for child in Path(f"/proc/{pool.spawner_id}/task/{pool.spawner_id}/children").read_text().split()
    ]


def _descriptors() -> int:
    return sum(1 for _ in Path("/proc/self/fd").iterdir())


def _resident(process: int) -> int:
    return int(Path(f"/proc/{process}/statm").read_text().split()[1]) * os.sysconf("SC_PAGESIZE")
