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

from jwpgraph.problems import Problem
from jwpgraph.releases.release import Release
from jwpgraph.sparql.channel import Channel
from jwpgraph.sparql.evaluation import Evaluation, QueryRequest
from jwpgraph.sparql.frames import DATA, END, ERROR, HEAD, READY, WHOLE, WHOLE_HEAD, frame
from jwpgraph.sparql.limits import Limits
from jwpgraph.sparql.nursery import Line
from jwpgraph.sparql.pool import WorkerPool

CSV = "text/csv"
Ended = list[tuple[Problem | None, bool]]


def whole(body: bytes, *, bloated: bool = False) -> bytes:
    return frame(WHOLE, WHOLE_HEAD.pack(bloated, len("solutions"), len(CSV)) + b"solutions" + CSV.encode() + body)


def streamed(*parts: bytes) -> bytes:
    head = frame(HEAD, orjson.dumps({"kind": "solutions", "media_type": CSV}))
    return head + b"".join(frame(DATA, part) for part in parts) + frame(END)


def listener() -> tuple[Channel, Ended]:
    ended: Ended = []

    def done(channel: Channel, problem: Problem | None, bloated: bool) -> None:
        evaluation = channel.finish()
        assert evaluation is not None
        ended.append((problem, bloated))
        if problem is None:
            evaluation.end()

    return Channel(1, 1, Limits(), lambda _: True, done, lambda _: None), ended


@given(st.binary(max_size=40), st.sampled_from(["whole", "streamed", "error"]), st.sets(st.integers(1, 200)))
def test_portions_make_no_difference(body: bytes, how: str, cuts: set[int]) -> None:
    async def main() -> None:
        channel, ended = listener()
        error = frame(ERROR, orjson.dumps({"slug": "query-failed", "detail": "so", "members": {}}))
        said = {"whole": whole(body, bloated=True), "streamed": streamed(body, b"", body), "error": error}[how]
        channel.data_received(frame(READY))
        for _ in range(2):
            evaluation = Evaluation(QueryRequest("ASK {}"), "a", 1, lambda _: None)
            channel.given.append(evaluation)
            edges = sorted(cut for cut in cuts if cut < len(said))
            for start, end in zip([0, *edges], [*edges, len(said)], strict=True):
                channel.data_received(said[start:end])
            problem, bloated = ended.pop()
            assert ended == []
            if how == "error":
                assert problem is not None
                assert problem.slug == "query-failed"
            else:
                assert evaluation.begun
                assert evaluation.media_type == CSV
                assert evaluation.body == (body if how == "whole" else body + body)
                assert bloated == (how == "whole")

    asyncio.run(main())


def test_a_worker_that_ends_as_soon_as_it_is_ready_gets_no_query(
    monkeypatch: pytest.MonkeyPatch, numbers_release: Release, with_pool: Callable[..., None]
) -> None:
    """It is ready, and gone before anybody has taken note of either."""

    async def scenario(pool: WorkerPool) -> None:
        short_lived = 3

        def spawn(*arguments: object) -> tuple[int, Line]:
            nonlocal short_lived
            if not short_lived:
                return real(*arguments)
            short_lived -= 1
            stream, theirs = socket.socketpair()
            stream.setblocking(False)
            with theirs:
                theirs.sendall(frame(READY))
            return 1000 + short_lived, Line(stream, *socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET))

        nursery = pool._workforce.nursery
        real = nursery.spawn
        monkeypatch.setattr(nursery, "spawn", spawn)
        for child in list(pool._workforce.channels):
            nursery.kill(child.number)
        while short_lived or pool.worker_count < 3:  # noqa: ASYNC110 - the pool has no event for it
            await asyncio.sleep(0.01)
        assert b"true" in await (await pool.evaluate(QueryRequest("ASK {}"), client="a")).read()

    with_pool(numbers_release, scenario, Limits(timeout=10))


@pytest.mark.parametrize("waiting", [1, 2])
def test_a_worker_that_tells_of_its_end_takes_nobody_along(
    waiting: int,
    monkeypatch: pytest.MonkeyPatch,
    numbers_release: Release,
    with_pool: Callable[..., None],
) -> None:
    """One that is out of memory says so and ends: what stood next in line it has not taken up by then."""
    gone = frame(ERROR, orjson.dumps({"slug": "query-memory", "detail": "", "members": {}}))

    async def scenario(pool: WorkerPool) -> None:
        faked: list[tuple[Line, socket.socket]] = []

        def spawn(*arguments: object) -> tuple[int, Line]:
            if faked:
                return real(*arguments)
            stream, theirs = socket.socketpair()
            stream.setblocking(False)
            theirs.sendall(frame(READY))
            line = Line(stream, *socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET))
            faked.append((line, theirs))
            nursery._ends[1000] = asyncio.get_running_loop().create_future()
            nursery._ends[1000].set_result(os.EX_TEMPFAIL)
            return 1000, line

        nursery = pool._workforce.nursery
        real = nursery.spawn
        monkeypatch.setattr(nursery, "spawn", spawn)
        (child,) = pool._workforce.channels
        nursery.kill(child.number)
        while child in pool._workforce.channels or not pool._workforce.idle:  # noqa: ASYNC110 - there is no event for it
            await asyncio.sleep(0.01)
        asked = [pool.submit(QueryRequest("ASK {}"), client="a") for _ in range(1 + waiting)]
        line, worker = faked[0]
        assert line.untaken.recv(65536) == asked[0].payload
        with worker:
            worker.sendall(gone)
        with pytest.raises(Problem) as raised:
            await asked[0].answered()
        assert raised.value.slug == "query-memory"
        assert pool._lanes.habits.breaks("a"), "a limit was broken, however the pool heard of it"
        for one in asked[1:]:
            await one.answered()
            assert b"true" in await one.read()

    limits = Limits(timeout=10, workers=1, reserve=0, brief=5)
    with_pool(numbers_release, scenario, limits)
