"""Pool, cache and single flight together."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

import pytest
from pyoxigraph import Literal, NamedNode

from jwpgraph.problems import ProblemError
from jwpgraph.query_execution.limits import MIB, QueryLimits
from jwpgraph.query_execution.local_reader import LocalGraphReader
from jwpgraph.query_execution.pool import WorkerPool
from jwpgraph.query_execution.query_results import QueryResult, QueryResults, ResultCache
from jwpgraph.query_execution.query_task import QueryRequest
from jwpgraph.releases.release import Release

WithPool = Callable[..., None]
REQUEST = QueryRequest("SELECT ?p ?o { <https://example.org/thing/7> ?p ?o }")
RANDOM = QueryRequest("SELECT (RAND() AS ?r) {}")
LONG = QueryRequest("SELECT ?a ?b { ?a ?p ?x . ?b ?q ?y } LIMIT 30000")


async def until(condition: Callable[[], object]) -> None:
    while not condition():  # noqa: ASYNC110 - the pool has no event for it
        await asyncio.sleep(0.01)


async def read(answer: object) -> bytes:
    return b"".join([chunk async for chunk in answer])  # type: ignore[attr-defined]


def test_the_second_answer_costs_no_evaluation(with_pool: WithPool, numbers_release: Release) -> None:
    async def scenario(pool: WorkerPool) -> None:
        answers = QueryResults(pool, ResultCache(8 * MIB))
        assert answers.get_cached(REQUEST) is None
        first = await answers.answer(REQUEST, client="a")
        again = await answers.answer(REQUEST, client="b")
        assert first.query_id is not None
        assert again.query_id is None
        assert again.entry is first.entry
        assert (again.kind, again.release_number) == ("solutions", 1)
        assert await read(again) == await read(first)
        other = await answers.answer(QueryRequest(REQUEST.text, solution_types=("text/csv",)), client="b")
        assert other.query_id is not None
        assert other.media_type == "text/csv"

    with_pool(numbers_release, scenario)


def test_the_uncacheable_is_evaluated_each_time(with_pool: WithPool, numbers_release: Release) -> None:
    async def scenario(pool: WorkerPool) -> None:
        answers = QueryResults(pool, ResultCache(8 * MIB))
        seen = {await read(await answers.answer(RANDOM, client="a", cacheable=False)) for _ in range(3)}
        assert len(seen) == 3
        assert len(answers.cache) == 0

    with_pool(numbers_release, scenario)


def test_concurrent_identical_requests_share_one_evaluation(with_pool: WithPool, numbers_release: Release) -> None:
    async def scenario(pool: WorkerPool) -> None:
        answers = QueryResults(pool, ResultCache(8 * MIB))
        given = await asyncio.gather(*(answers.answer(REQUEST, client=str(i)) for i in range(20)))
        assert sum(answer.query_id is not None for answer in given) == 1
        assert len({await read(answer) for answer in given}) == 1

    with_pool(numbers_release, scenario)


def test_a_long_result_is_streamed_to_each_client_and_cached(with_pool: WithPool, numbers_release: Release) -> None:
    async def scenario(pool: WorkerPool) -> None:
        answers = QueryResults(pool, ResultCache(64 * MIB))

        async def reader(client: str) -> bytes:
            # Read as soon as it begins: who leaves an answer unread while others wait loses it.
            answer = await answers.answer(LONG, client=client)
            assert answer.entry is None
            return await read(answer)

        bodies = await asyncio.gather(*(reader(str(i)) for i in range(3)))
        assert len(set(bodies)) == 1
        assert len(bodies[0]) > 2 * MIB
        again = await answers.answer(LONG, client="a")
        assert again.entry is not None
        assert again.entry.body == bodies[0]

    with_pool(numbers_release, scenario)


def test_an_abandoned_stream_is_not_cached(with_pool: WithPool, numbers_release: Release) -> None:
    async def scenario(pool: WorkerPool) -> None:
        answers = QueryResults(pool, ResultCache(64 * MIB))
        answer = await answers.answer(LONG, client="a")
        async for _ in answer:
            break
        await answer.aclose()
        assert answers.get_cached(LONG) is None

    with_pool(numbers_release, scenario)


def test_problems_are_shared_and_not_cached(with_pool: WithPool, numbers_release: Release) -> None:
    async def scenario(pool: WorkerPool) -> None:
        answers = QueryResults(pool, ResultCache(8 * MIB))
        wrong = QueryRequest("SELECT * {")
        given = await asyncio.gather(*(answers.answer(wrong, client=str(i)) for i in range(3)), return_exceptions=True)
        assert [problem.slug for problem in given if isinstance(problem, ProblemError)] == ["query-syntax"] * 3
        assert len(answers.cache) == 0

    with_pool(numbers_release, scenario)


def test_the_worker_is_free_when_all_sharing_clients_have_left(with_pool: WithPool, numbers_release: Release) -> None:
    async def scenario(pool: WorkerPool) -> None:
        answers = QueryResults(pool, ResultCache(8 * MIB))
        endless = QueryRequest("SELECT (COUNT(*) AS ?n) { ?a ?p ?x . ?b ?q ?y . ?c ?r ?z }")
        asking = [asyncio.create_task(answers.answer(endless, client=str(i))) for i in range(2)]
        await until(pool.describe_queries)
        asking[0].cancel()
        await asyncio.gather(asking[0], return_exceptions=True)
        assert len(pool.describe_queries()) == 1
        asking[1].cancel()
        await asyncio.gather(asking[1], return_exceptions=True)
        await until(lambda: not pool.describe_queries())

    with_pool(numbers_release, scenario, QueryLimits(timeout=100))


def test_the_first_sharing_client_may_leave(with_pool: WithPool, numbers_release: Release) -> None:
    async def scenario(pool: WorkerPool) -> None:
        answers = QueryResults(pool, ResultCache(8 * MIB))
        counting = QueryRequest("SELECT (COUNT(*) AS ?n) { ?a ?p ?x . ?b ?q ?y FILTER(?x < 500 && ?x + ?y >= 0) }")
        asking = [asyncio.create_task(answers.answer(counting, client=str(i))) for i in range(3)]
        await until(pool.describe_queries)
        (before,) = pool.describe_queries()
        asking[0].cancel()
        first, second, third = await asyncio.gather(*asking, return_exceptions=True)
        assert isinstance(first, asyncio.CancelledError)
        assert isinstance(second, QueryResult)
        assert isinstance(third, QueryResult)
        # Nothing was begun anew.
        assert [second.query_id, third.query_id] == [before["id"], None]
        assert b"1000000" in await read(second)
        assert third.entry is second.entry

    with_pool(numbers_release, scenario, QueryLimits(timeout=100))


def test_a_refused_client_leaves_no_shared_evaluation(with_pool: WithPool, numbers_release: Release) -> None:
    async def scenario(pool: WorkerPool) -> None:
        answers = QueryResults(pool, ResultCache(8 * MIB))
        endless = QueryRequest("SELECT (COUNT(*) AS ?n) { ?a ?p ?x . ?b ?q ?y . ?c ?r ?z }")
        holding = asyncio.create_task(answers.answer(endless, client="a"))
        await until(pool.describe_queries)
        with pytest.raises(ProblemError, match="queries of this client"):
            await answers.answer(REQUEST, client="a")
        assert await read(await answers.answer(REQUEST, client="b"))
        holding.cancel()
        await asyncio.gather(holding, return_exceptions=True)

    with_pool(numbers_release, scenario, QueryLimits(timeout=100, per_client=1))


def test_an_entity_tag_is_known_without_evaluation(with_pool: WithPool, numbers_release: Release) -> None:
    async def scenario(pool: WorkerPool) -> None:
        answers = QueryResults(pool, ResultCache(8 * MIB))
        entry = (await answers.answer(REQUEST, client="a")).entry
        assert entry is not None
        forgetful = QueryResults(pool, ResultCache(0))
        for cold in (answers, forgetful):
            assert cold.find_valid_tag(REQUEST, ['"other"', entry.etag("br")]) == entry.etag("br")
            assert cold.find_valid_tag(QueryRequest("ASK {}"), [entry.etag()]) is None
            assert cold.find_valid_tag(REQUEST, [entry.etag().replace("r1-", "r2-")]) is None

    with_pool(numbers_release, scenario)


def test_a_new_release_is_used_immediately(
    with_pool: WithPool, numbers_release: Release, make_release: Callable[..., Release]
) -> None:
    thing, value = NamedNode("https://example.org/thing/7"), NamedNode("https://example.org/value")
    newer = make_release(2, {"https://example.org/g": [(thing, value, Literal("changed"))]})

    async def scenario(pool: WorkerPool) -> None:
        answers = QueryResults(pool, ResultCache(8 * MIB))
        before = await answers.answer(REQUEST, client="a")
        await answers.switch(newer)
        after = await answers.answer(REQUEST, client="a")
        assert b"changed" in await read(after)
        assert before.entry is not None
        assert after.entry is not None
        assert before.entry.etag() != after.entry.etag()

    with_pool(numbers_release, scenario)


def test_the_service_reads_terms_as_they_are(with_pool: WithPool, graphs_release: Release) -> None:
    async def scenario(pool: WorkerPool) -> None:
        queries = LocalGraphReader(pool)
        assert queries.release_number == 7
        rows = await queries.select("SELECT ?o ?none { ?s <https://example.org/label> ?o } ORDER BY ?o")
        labels = [(row["o"].value, row["o"].language) for row in rows]
        assert sorted(labels) == [("Faucon sacre", "fr"), ("Saker Falcon", "en")]
        assert all("none" not in row for row in rows)
        (weight,) = await queries.select("SELECT ?o { ?s <https://example.org/weight> ?o }")
        assert weight["o"].datatype == "http://www.w3.org/2001/XMLSchema#integer"
        assert await queries.ask("ASK { ?s a [] }") is False
        assert b"Saker Falcon" in await queries.construct("DESCRIBE <https://example.org/falcon>")
        with pytest.raises(ProblemError) as raised:
            await queries.select("SELECT * {")
        assert raised.value.slug == "query-syntax"

    with_pool(graphs_release, scenario)


def test_deterministic_reads_of_the_service_are_cached(with_pool: WithPool, numbers_release: Release) -> None:
    async def scenario(pool: WorkerPool) -> None:
        answers = QueryResults(pool, ResultCache(8 * MIB))
        queries = LocalGraphReader(answers)
        assert await queries.select(REQUEST.text) == await queries.select(REQUEST.text)
        assert len(answers.cache) == 1
        assert len({(await queries.select(RANDOM.text))[0]["r"] for _ in range(3)}) == 3
        assert len(await queries.select(LONG.text)) == 30_000

    with_pool(numbers_release, scenario)


def test_reads_without_a_client_are_not_limited(with_pool: WithPool, numbers_release: Release) -> None:
    async def scenario(pool: WorkerPool) -> None:
        queries = LocalGraphReader(pool)
        texts = [f"SELECT ?o {{ <https://example.org/thing/{i}> ?p ?o }}" for i in range(20)]
        rows = await asyncio.gather(*(queries.select(text) for text in texts))
        assert [row["o"].value for (row,) in rows] == [str(i) for i in range(20)]

    with_pool(numbers_release, scenario, QueryLimits(per_client=2))


def test_results_are_cached_when_created_before_the_pool_starts(numbers_release: Release) -> None:
    async def main() -> None:
        pool = WorkerPool(QueryLimits(workers=1))
        answers = QueryResults(pool, ResultCache(8 * MIB))
        await pool.start(numbers_release)
        await answers.answer(REQUEST, client="a")
        assert (await answers.answer(REQUEST, client="a")).query_id is None
        await pool.stop()

    asyncio.run(main())


def test_relative_iris_are_resolved_against_the_base(with_pool: WithPool, graphs_release: Release) -> None:
    async def scenario(pool: WorkerPool) -> None:
        request = QueryRequest("SELECT ?o { <falcon> <weight> ?o }", base_iri="https://example.org/")
        assert b'"1100"' in await read(await QueryResults(pool, ResultCache(0)).answer(request, client="a"))
        wrong = QueryRequest("ASK {}", base_iri="not an iri")
        with pytest.raises(ProblemError) as raised:
            await pool.evaluate(wrong, client="a")
        assert (raised.value.slug, raised.value.status) == ("query-failed", 400)

    with_pool(graphs_release, scenario)
