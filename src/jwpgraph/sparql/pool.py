"""The worker pool: admits queries, gives each a worker, enforces the limits and replaces workers.

Queries start in the *quick* lane, whose last free worker is kept for those who do not keep workers for long. One that
is still running after a time slice while no quick worker is free moves, with its worker, to the *slow* lane, which has
as many places and a lower priority, and a fresh worker takes over the quick one's place. With the slow lane full, and
somebody waiting whose queries are quick, it is started over in the slow lane when its turn comes. So short queries stay
short whatever else is asked (``docs/isolation.md``).
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections import Counter
from collections.abc import Coroutine
from typing import Any, Final

from jwpgraph.problems import Problem
from jwpgraph.releases.release import Release
from jwpgraph.sparql.channel import Channel
from jwpgraph.sparql.evaluation import Evaluation, QueryRequest
from jwpgraph.sparql.fair_queue import FairQueue
from jwpgraph.sparql.habits import Habits
from jwpgraph.sparql.limits import Limits, cancelled, stopping
from jwpgraph.sparql.metrics import QueryMetrics
from jwpgraph.sparql.nursery import Nursery

_log = logging.getLogger(__name__)
_SWEEP_SECONDS: Final = 0.05
_OPEN_SECONDS: Final = 30.0
_EXPLAIN_SECONDS: Final = 2.0
_UNEXPLAINED: Final = 1
_BACKOFF_SECONDS: Final = 0.05
_LONGEST_BACKOFF: Final = 5.0


class WorkerPool:
    """Evaluates queries in killable processes.

    Args:
        limits: what queries may use.
        network: whether workers keep the network, which only a SERVICE allow-list is a reason for.
        metrics: where to count; nowhere when None.
    """

    def __init__(self, limits: Limits, *, network: bool = False, metrics: QueryMetrics | None = None) -> None:
        self.limits = limits
        self._metrics = metrics or QueryMetrics()
        self._nursery = Nursery(network=network, on_restart=self._refill)
        self._release: Release | None = None
        self._channels: set[Channel] = set()
        self._idle: list[Channel] = []
        self._evaluations: dict[str, Evaluation] = {}
        self._at: dict[str, Channel] = {}
        self._per_client: Counter[str] = Counter()
        self._quick: FairQueue[Evaluation] = FairQueue()
        self._slow: FairQueue[Evaluation] = FairQueue()
        self._habits = Habits()
        self._launching = 0
        self._launching_slow: Counter[str] = Counter()
        self._backoff = _BACKOFF_SECONDS
        self._tasks: set[asyncio.Task[None]] = set()
        self._sweeping = False
        self._switching = asyncio.Lock()
        self._metrics.watch(
            lambda: len(self._at), lambda: len(self._quick) + len(self._slow), lambda: len(self._channels)
        )

    @property
    def release_number(self) -> int:
        """The number of the release that new queries are answered from; 0 before :meth:`start`."""
        return self._release.number if self._release else 0

    @property
    def fences(self) -> list[str]:
        """What keeps workers from the network: ``namespace``, ``seccomp``, both or nothing."""
        return self._nursery.fences

    @property
    def spawner_id(self) -> int | None:
        """The process id of the spawner, the parent of all workers."""
        return self._nursery.process_id

    @property
    def _quick_places(self) -> int:
        return self.limits.workers + self.limits.reserve

    @property
    def worker_count(self) -> int:
        """Worker processes that are ready or busy."""
        return len(self._channels)

    async def start(self, release: Release) -> None:
        """Starts the workers on *release* and returns when they are ready.

        Raises:
            Problem: ``release-unreadable`` or ``workers-unavailable``.
        """
        await self._nursery.start()
        try:
            await self.switch(release)
        except BaseException:
            await self._nursery.stop()
            raise

    async def switch(self, release: Release) -> None:
        """Answers new queries from *release*; queries that run finish on the release that they began with.

        Raises:
            Problem: ``release-unreadable``; the pool stays on its release.
        """
        async with self._switching:
            grown = await asyncio.gather(
                *(self._grow(release) for _ in range(self._quick_places)), return_exceptions=True
            )
            channels = [channel for channel in grown if isinstance(channel, Channel)]
            failures = [failure for failure in grown if isinstance(failure, BaseException)]
            if failures:
                for channel in channels:
                    self._drop(channel)
                raise self._unavailable(failures[0])
            self._release = release
            for channel in self._idle:
                self._drop(channel)
            self._idle.clear()
            for channel in channels:
                self._offer(channel)

    @staticmethod
    def _unavailable(failure: BaseException) -> BaseException:
        return stopping() if isinstance(failure, ConnectionError | TimeoutError) else failure

    async def stop(self) -> None:
        """Fails what runs and waits, and ends every process."""
        self._release = None
        for evaluation in list(self._evaluations.values()):
            self._give_up(evaluation, stopping(), "stopping")
        for task in list(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        for channel in list(self._channels):
            self._drop(channel)
        self._idle.clear()
        await self._nursery.stop()

    async def evaluate(self, request: QueryRequest, *, client: str, limited: bool = True) -> Evaluation:
        """As :meth:`submit`, but returns when the answer begins.

        Raises:
            Problem: as :meth:`submit`, and ``query-syntax``, ``not-acceptable``, ``query-failed``, ``query-timeout``,
                ``query-memory``, ``query-too-deep``, ``query-crashed``, ``result-too-large``, ``query-cancelled``.
        """
        evaluation = self.submit(request, client=client, limited=limited)
        try:
            await evaluation.answered()
        except BaseException:
            evaluation.close()
            raise
        return evaluation

    def submit(self, request: QueryRequest, *, client: str, limited: bool = True) -> Evaluation:
        """Begins to evaluate *request*; the caller waits for the answer, iterates over it and closes it.

        Args:
            request: the query.
            client: who asks, for fairness and the limit per client; an address or a name.
            limited: whether the limit per client holds; not for what the service itself reads for many visitors.

        Raises:
            Problem: ``too-many-queries``, ``overloaded``, ``workers-unavailable``.
        """
        evaluation = self._admit(request, client, limited)
        try:
            self._place(evaluation)
        except Problem as problem:
            self._give_up(evaluation, problem, problem.slug)
            raise
        return evaluation

    def running(self) -> list[dict[str, Any]]:
        """The queries that run or wait, oldest first."""
        return [evaluation.describe() for evaluation in self._evaluations.values()]

    def cancel(self, query_id: str) -> bool:
        """Stops a query; whether there was one of this id."""
        evaluation = self._evaluations.get(query_id)
        if evaluation is None:
            return False
        self._give_up(evaluation, cancelled(), "query-cancelled")
        return True

    # Admission and dispatch.

    def _admit(self, request: QueryRequest, client: str, limited: bool) -> Evaluation:
        if self._release is None:
            raise stopping()
        if limited and self._per_client[client] >= self.limits.per_client:
            problem = self.limits.too_many()
            self._metrics.finished(problem.slug, 0)
            raise problem
        evaluation = Evaluation(request, client, self.limits.seconds(request.timeout), self._disconnect)
        self._evaluations[evaluation.query_id] = evaluation
        self._per_client[client] += 1
        if not self._sweeping:
            self._sweeping = True
            asyncio.get_running_loop().call_later(_SWEEP_SECONDS, self._sweep)
        return evaluation

    def _place(self, evaluation: Evaluation) -> None:
        if self._idle and self._may_be_quick(evaluation):
            self._begin(self._pick(evaluation), evaluation)
        elif len(self._quick) + len(self._slow) >= self.limits.queue_length:
            raise self.limits.queue_full()
        else:
            self._quick.put(evaluation.client, evaluation)

    def _begin(self, channel: Channel, evaluation: Evaluation) -> None:
        self._at[evaluation.query_id] = channel
        channel.start(evaluation)

    def _offer(self, channel: Channel) -> None:
        """A quick worker is free."""
        self._idle.append(channel)
        self._dispatch()

    def _dispatch(self) -> None:
        while self._idle and self._quick:
            evaluation = self._quick.take(self._may_be_quick)
            if evaluation is None:
                return
            self._begin(self._pick(evaluation), evaluation)

    def _pick(self, evaluation: Evaluation) -> Channel:
        """The free quick worker that suits a query: one that yields to others, for those whose queries are slow."""
        slow = not self._habits.quick(evaluation.client)
        channel = next((channel for channel in reversed(self._idle) if channel.slowed == slow), self._idle[-1])
        self._idle.remove(channel)
        return channel

    def _may_be_quick(self, evaluation: Evaluation) -> bool:
        """Whether a query may have a free quick worker; the last one is not for those who keep others busy for long."""
        if len(self._idle) > 1 or self._quick_places == 1:
            return True
        if not self._habits.quick(evaluation.client):
            return False
        burdens = {at.evaluation.client for at in self._channels if at.slowed and at.evaluation is not None}
        return evaluation.client not in burdens and not any(slow.client == evaluation.client for slow in self._slow)

    def _streams(self, channel: Channel) -> bool:
        """A long answer begins: unless a quick worker is left without it, it has to have a place in the slow lane."""
        evaluation = channel.evaluation
        if channel.lane == "slow" or self._idle or evaluation is None:
            return True
        if self._may_be_slow(evaluation):
            self._move_over(channel)
            return True
        self._evaluate_later(evaluation, channel)
        return False

    def _done(self, channel: Channel, problem: Problem | None, bloated: bool) -> None:
        evaluation, channel.evaluation = channel.evaluation, None
        if evaluation is None:
            return
        self._learn(evaluation)
        if problem is None:
            evaluation.end()
        else:
            evaluation.fail(problem)
        self._settle(evaluation, problem.slug if problem else "ok")
        unsuited = channel.slowed and channel.lane == "quick" and self._habits.quick(evaluation.client)
        if channel.release_number != self.release_number or bloated or unsuited:
            self._metrics.killed("recycled")
            self._drop(channel)
            self._refill()
        elif channel.lane == "quick":
            self._offer(channel)
        elif (waiting := self._slow.take(self._may_be_slow)) is not None:
            self._begin(channel, waiting)
        else:
            self._drop(channel)
        self._serve_slow()

    def _learn(self, evaluation: Evaluation) -> None:
        """Remembers of the client whether it kept a worker for longer than a time slice."""
        if evaluation.started is not None:
            self._habits.learn(evaluation.client, (time.monotonic() - evaluation.started) / self.limits.time_slice)

    # Ends.

    def _settle(self, evaluation: Evaluation, outcome: str) -> None:
        """Forgets a query that is over."""
        if self._evaluations.pop(evaluation.query_id, None) is None:
            return
        self._at.pop(evaluation.query_id, None)
        self._per_client[evaluation.client] -= 1
        if not self._per_client[evaluation.client]:
            del self._per_client[evaluation.client]
        self._metrics.finished(outcome, time.monotonic() - evaluation.arrived)
        self._dispatch()

    def _disconnect(self, evaluation: Evaluation) -> None:
        """Nobody wants the answer any more, if it has not come."""
        if evaluation.query_id in self._evaluations:
            self._give_up(evaluation, cancelled(), "disconnected")

    def _give_up(self, evaluation: Evaluation, problem: Problem, reason: str) -> None:
        """Stops a query wherever it is, and kills the worker that is busy with it."""
        if evaluation.query_id not in self._evaluations:
            return
        channel = self._at.get(evaluation.query_id)
        if channel is not None:
            self._learn(evaluation)
        self._quick.remove(evaluation.client, evaluation)
        self._slow.remove(evaluation.client, evaluation)
        self._settle(evaluation, reason)
        evaluation.fail(problem)
        if channel is not None:
            self._kill(channel, reason)

    def _kill(self, channel: Channel, reason: str) -> None:
        channel.evaluation = None
        self._metrics.killed(reason)
        self._drop(channel)
        self._refill()
        self._serve_slow()

    def _drop(self, channel: Channel) -> None:
        """Ends a worker that has nothing to do, or nothing that anybody waits for."""
        self._channels.discard(channel)
        self._nursery.kill(channel.number)
        self._nursery.forget(channel.number)
        channel.close()

    def _lost(self, channel: Channel) -> None:
        """A worker's channel closed; of its own accord unless the pool dropped it before."""
        if channel not in self._channels:
            return
        self._channels.discard(channel)
        if channel in self._idle:
            self._idle.remove(channel)
        self._background(self._explain(channel))
        self._refill()
        self._serve_slow()

    async def _explain(self, channel: Channel) -> None:
        status: int | None = _UNEXPLAINED
        try:
            status = await asyncio.wait_for(self._nursery.ended(channel.number), _EXPLAIN_SECONDS)
        except TimeoutError:
            self._nursery.kill(channel.number)
        self._nursery.forget(channel.number)
        evaluation = channel.evaluation
        if status is None and evaluation is not None and not evaluation.begun:
            # The worker went down with the spawner, through no fault of the query.
            self._start_over(evaluation)
            return
        problem = self.limits.died(status)
        self._metrics.killed(problem.slug)
        if evaluation is not None and evaluation.query_id in self._evaluations:
            text = " ".join(evaluation.request.text[:200].split())
            _log.warning("query %s ended its worker (%s): %s", evaluation.query_id, problem.slug, text)
            self._settle(evaluation, problem.slug)
            evaluation.fail(problem)

    def _start_over(self, evaluation: Evaluation) -> None:
        evaluation.requeue()
        del self._at[evaluation.query_id]
        self._quick.put(evaluation.client, evaluation)
        self._dispatch()

    # Growth.

    def _refill(self) -> None:
        """Starts the quick workers that are missing."""
        release = self._release
        if release is None:
            return
        present = sum(1 for c in self._channels if c.lane == "quick" and c.release_number == release.number)
        for _ in range(self._quick_places - present - self._launching):
            self._launching += 1
            self._background(self._launch(release))

    async def _launch(self, release: Release) -> None:
        try:
            channel = await self._grow(release)
        except (Problem, ConnectionError, TimeoutError) as error:
            _log.error("a query worker did not start: %s", error)
            await asyncio.sleep(self._backoff)
            self._backoff = min(2 * self._backoff, _LONGEST_BACKOFF)
        else:
            self._backoff = _BACKOFF_SECONDS
            if release is self._release:
                self._offer(channel)
            else:
                self._drop(channel)
        finally:
            self._launching -= 1
        self._refill()

    async def _grow(self, release: Release) -> Channel:
        number, ours = self._nursery.spawn(release.store_path, self.limits.memory, self.limits.result)
        channel = Channel(number, release.number, self.limits, self._streams, self._done, self._lost)
        try:
            await asyncio.wait_for(channel.open(ours), _OPEN_SECONDS)
        except BaseException:
            self._drop(channel)
            raise
        if channel.lost:
            self._drop(channel)
            raise ConnectionError("the worker ended as soon as it was ready")
        self._channels.add(channel)
        return channel

    def _may_be_slow(self, evaluation: Evaluation) -> bool:
        """Whether the slow lane has a place for a query; no client may take all of it."""
        held = Counter(self._launching_slow)
        held.update(at.evaluation.client for at in self._channels if at.lane == "slow" and at.evaluation is not None)
        places = self.limits.workers
        return held.total() < places and held[evaluation.client] < max(1, places - 1)

    def _serve_slow(self) -> None:
        """Starts workers for the queries that wait for a place in the slow lane."""
        while self._slow and (evaluation := self._slow.take(self._may_be_slow)) is not None:
            self._launching_slow[evaluation.client] += 1
            self._background(self._launch_slow(evaluation))

    async def _launch_slow(self, evaluation: Evaluation) -> None:
        try:
            release = self._release
            channel = await self._grow(release) if release else None
        except (Problem, ConnectionError, TimeoutError):
            channel = None
            await asyncio.sleep(self._backoff)
        finally:
            self._launching_slow[evaluation.client] -= 1
        if evaluation.state != "waiting":
            if channel is not None:
                self._drop(channel)
        elif channel is None:
            self._slow.put(evaluation.client, evaluation)
        else:
            channel.lane = "slow"
            self._slow_down(channel)
            self._begin(channel, evaluation)
        self._serve_slow()

    # Time.

    def _sweep(self) -> None:
        """Looks after deadlines and lanes a few times a second, as long as there are queries."""
        now = time.monotonic()
        for evaluation in list(self._evaluations.values()):
            channel = self._at.get(evaluation.query_id)
            waited = now - evaluation.arrived
            if now >= evaluation.deadline:
                self._give_up(evaluation, self.limits.timed_out(evaluation.seconds), "query-timeout")
            elif channel is not None:
                self._make_way(evaluation, channel, now)
            elif evaluation.started is None and waited > evaluation.seconds / 2:
                self._give_up(evaluation, self.limits.waited_too_long(waited), "overloaded")
        self._dispatch()
        self._sweeping = bool(self._evaluations)
        if self._sweeping:
            asyncio.get_running_loop().call_later(_SWEEP_SECONDS, self._sweep)

    def _make_way(self, evaluation: Evaluation, channel: Channel, now: float) -> None:
        """Takes a quick worker's place, or a stalled client's worker, from a query when others need it."""
        waiting = bool(self._quick or self._slow)
        stalled = evaluation.stalled_since
        if waiting and stalled is not None and now - stalled > self.limits.stall:
            self._give_up(evaluation, self.limits.client_too_slow(), "client-too-slow")
            return
        began = evaluation.started
        if channel.lane == "slow" or began is None or now - began < self.limits.time_slice:
            return
        self._slow_down(channel)
        others = self._quick_waiting(evaluation.client)
        if self._idle or self._launching >= max(1, others) or not (others or self._all_slow(now)):
            return
        if self._may_be_slow(evaluation):
            self._move_over(channel)
        elif others and not evaluation.begun:
            self._evaluate_later(evaluation, channel)

    def _quick_waiting(self, client: str) -> int:
        """How many wait for a quick worker that a slow query of *client* should make way for.

        Whose own queries are slow gains nothing by it; for a client's own sake it is only done when few of them are.
        """
        return sum(
            self._habits.nearly_always_quick(client) if other.client == client else self._habits.quick(other.client)
            for other in self._quick
        )

    def _all_slow(self, now: float) -> bool:
        """Whether every quick worker is held by a slow query, so that none will soon be free for who may come next."""
        young = now - self.limits.time_slice
        return not any(
            at.lane == "quick" and at.evaluation is not None and (at.evaluation.started or now) > young
            for at in self._channels
        )

    def _move_over(self, channel: Channel) -> None:
        """Moves a busy worker to the slow lane; a fresh one takes its place."""
        channel.lane = "slow"
        self._slow_down(channel)
        self._refill()

    def _slow_down(self, channel: Channel) -> None:
        """Has a worker yield the processor to everybody else's; there are only so many cores."""
        if not channel.slowed:
            channel.slowed = True
            self._nursery.slow_down(channel.number)

    def _evaluate_later(self, evaluation: Evaluation, channel: Channel) -> None:
        """Takes the worker from a query whose answer has not begun; it starts over in the slow lane in its turn."""
        self._learn(evaluation)
        evaluation.requeue()
        del self._at[evaluation.query_id]
        self._slow.put(evaluation.client, evaluation)
        self._kill(channel, "started-over")

    def _background(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
