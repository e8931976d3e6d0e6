"""The service's end of a worker's channel, with a peer that says what it likes, in portions of any size."""

from __future__ import annotations

import asyncio
import os
import socket
from collections.abc import Callable

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from jwpgraph.problems import ProblemError
from jwpgraph.query_execution.limits import QueryLimits
from jwpgraph.query_execution.pool import WorkerPool
from jwpgraph.query_execution.query_task import QueryRequest, QueryTask
from jwpgraph.query_execution.spawner_client import WorkerSockets
from jwpgraph.query_execution.wire_protocol import DATA, END, ERROR, HEAD, READY, WHOLE, WHOLE_HEAD, encode_frame
from jwpgraph.query_execution.worker_connection import WorkerConnection
from jwpgraph.releases.release import Release

CSV = "text/csv"
Ended = list[tuple[ProblemError | None, bool]]


def whole(body: bytes, *, bloated: bool = False) -> bytes:
    return encode_frame(
        WHOLE, WHOLE_HEAD.pack(bloated, len("solutions"), len(CSV)) + b"solutions" + CSV.encode() + body
    )


def streamed(*parts: bytes) -> bytes:
    head = encode_frame(HEAD, orjson.dumps({"kind": "solutions", "media_type": CSV}))
    return head + b"".join(encode_frame(DATA, part) for part in parts) + encode_frame(END)


def listener() -> tuple[WorkerConnection, Ended]:
    ended: Ended = []

    def done(connection: WorkerConnection, problem: ProblemError | None, bloated: bool) -> None:
        query_task = connection.finish()
        assert query_task is not None
        ended.append((problem, bloated))
        if problem is None:
            query_task.end()

    return WorkerConnection(1, 1, QueryLimits(), lambda _: True, done, lambda _: None), ended


@given(st.binary(max_size=40), st.sampled_from(["whole", "streamed", "error"]), st.sets(st.integers(1, 200)))
def test_the_size_of_received_pieces_makes_no_difference(body: bytes, how: str, cuts: set[int]) -> None:
    async def main() -> None:
        connection, ended = listener()
        error = encode_frame(ERROR, orjson.dumps({"slug": "query-failed", "detail": "so", "members": {}}))
        said = {"whole": whole(body, bloated=True), "streamed": streamed(body, b"", body), "error": error}[how]
        connection.data_received(encode_frame(READY))
        for _ in range(2):
            query_task = QueryTask(QueryRequest("ASK {}"), "a", 1, lambda _: None)
            connection.in_flight.append(query_task)
            edges = sorted(cut for cut in cuts if cut < len(said))
            for start, end in zip([0, *edges], [*edges, len(said)], strict=True):
                connection.data_received(said[start:end])
            problem, bloated = ended.pop()
            assert ended == []
            if how == "error":
                assert problem is not None
                assert problem.slug == "query-failed"
            else:
                assert query_task.begun
                assert query_task.media_type == CSV
                assert query_task.body == (body if how == "whole" else body + body)
                assert bloated == (how == "whole")

    asyncio.run(main())


def test_a_worker_that_ends_as_soon_as_it_is_ready_gets_no_query(
    monkeypatch: pytest.MonkeyPatch, numbers_release: Release, with_pool: Callable[..., None]
) -> None:
    """It is ready, and gone before anybody has taken note of either."""

    async def scenario(pool: WorkerPool) -> None:
        short_lived = 3

        def spawn(*arguments: object) -> tuple[int, WorkerSockets]:
            nonlocal short_lived
            if not short_lived:
                return real(*arguments)
            short_lived -= 1
            stream, theirs = socket.socketpair()
            stream.setblocking(False)
            with theirs:
                theirs.sendall(encode_frame(READY))
            return 1000 + short_lived, WorkerSockets(stream, *socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET))

        spawner_client = pool._worker_manager.spawner_client
        real = spawner_client.spawn
        monkeypatch.setattr(spawner_client, "spawn", spawn)
        for child in list(pool._worker_manager.connections):
            spawner_client.kill(child.number)
        while short_lived or pool.worker_count < 3:  # noqa: ASYNC110 - the pool has no event for it
            await asyncio.sleep(0.01)
        assert b"true" in await (await pool.evaluate(QueryRequest("ASK {}"), client="a")).read()

    with_pool(numbers_release, scenario, QueryLimits(timeout=10))


@pytest.mark.parametrize("waiting", [1, 2])
def test_a_worker_that_announces_its_end_fails_no_query(
    waiting: int,
    monkeypatch: pytest.MonkeyPatch,
    numbers_release: Release,
    with_pool: Callable[..., None],
) -> None:
    """One that is out of memory says so and ends: what stood next in line it has not taken up by then."""
    gone = encode_frame(ERROR, orjson.dumps({"slug": "query-memory", "detail": "", "members": {}}))

    async def scenario(pool: WorkerPool) -> None:
        faked: list[tuple[WorkerSockets, socket.socket]] = []

        def spawn(*arguments: object) -> tuple[int, WorkerSockets]:
            if faked:
                return real(*arguments)
            stream, theirs = socket.socketpair()
            stream.setblocking(False)
            theirs.sendall(encode_frame(READY))
            line = WorkerSockets(stream, *socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET))
            faked.append((line, theirs))
            spawner_client._ends[1000] = asyncio.get_running_loop().create_future()
            spawner_client._ends[1000].set_result(os.EX_TEMPFAIL)
            return 1000, line

        spawner_client = pool._worker_manager.spawner_client
        real = spawner_client.spawn
        monkeypatch.setattr(spawner_client, "spawn", spawn)
        (child,) = pool._worker_manager.connections
        spawner_client.kill(child.number)
        while child in pool._worker_manager.connections or not pool._worker_manager.idle:  # noqa: ASYNC110 - there is no event for it
            await asyncio.sleep(0.01)
        asked = [pool.submit(QueryRequest("ASK {}"), client="a") for _ in range(1 + waiting)]
        line, worker = faked[0]
        assert line.unread.recv(65536) == asked[0].payload
        with worker:
            worker.sendall(gone)
        with pytest.raises(ProblemError) as raised:
            await asked[0].wait_for_result()
        assert raised.value.slug == "query-memory"
        assert pool._scheduler.client_stats.breaks_limits("a"), "a limit was broken, however the pool heard of it"
        for one in asked[1:]:
            await one.wait_for_result()
            assert b"true" in await one.read()

    limits = QueryLimits(timeout=10, workers=1, reserve=0, brief=5)
    with_pool(numbers_release, scenario, limits)
