"""The worker pool: admits queries, gives each a worker, enforces the limits and replaces workers.

Queries start in the *quick* lane, whose last free worker is kept for those who do not keep workers for long. As soon as
the processors are busy, a query of somebody whose queries are over at once stands in line behind one of the same kind,
which spares both processes most of the switching to and fro; it is taken back where that turns out to take longer.

One that is still running after a time slice while no quick worker is free moves, with its worker, to the *slow* lane,
which has as many places and a lower priority, and a fresh worker takes over the quick one's place. With the slow lane
full, and somebody waiting whose queries are quick, it is started over in the slow lane when its turn comes. So short
queries stay short whatever else is asked (``docs/isolation.md``).
"""

from __future__ import annotations

import asyncio
import logging
import os
import time
from collections import Counter, deque
from typing import Any, Final

from jwpgraph.problems import Problem
from jwpgraph.releases.release import Release
from jwpgraph.sparql.channel import Channel, is_short
from jwpgraph.sparql.evaluation import Evaluation, QueryRequest
from jwpgraph.sparql.fair_queue import FairQueue
from jwpgraph.sparql.habits import Habits
from jwpgraph.sparql.limits import Limits, cancelled, stopping
from jwpgraph.sparql.metrics import QueryMetrics
from jwpgraph.sparql.workforce import Workforce

_log = logging.getLogger(__name__)
_SWEEP_SECONDS: Final = 0.05
#: Queries that a worker is given at most: the one that it evaluates and those that stand in line.
_LINE: Final = 6
#: Workers that the machine can run beside this process; more would only take turns.
_AT_ONCE: Final = max(1, len(os.sched_getaffinity(0)) - 1 if hasattr(os, "sched_getaffinity") else 1)


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
        self._workforce = Workforce(
            limits,
            network=network,
            on_stream=self._streams,
            on_done=self._done,
            on_lost=self._lost,
            on_free=self._dispatch,
        )
        self._evaluations: dict[str, Evaluation] = {}
        self._at: dict[str, Channel] = {}
        self._per_client: Counter[str] = Counter()
        self._quick: FairQueue[Evaluation] = FairQueue()
        self._slow: FairQueue[Evaluation] = FairQueue()
        self._habits = Habits()
        self._launching_slow: Counter[str] = Counter()
        self._sweeping = False
        self._watching_lines = False
        self._metrics.watch(
            lambda: len(self._at), lambda: len(self._quick) + len(self._slow), lambda: len(self._workforce.channels)
        )

    @property
    def release_number(self) -> int:
        """The number of the release that new queries are answered from; 0 before :meth:`start`."""
        return self._workforce.release_number

    @property
    def fences(self) -> list[str]:
        """What keeps workers from the network: ``namespace``, ``seccomp``, both or nothing."""
        return self._workforce.nursery.fences

    @property
    def spawner_id(self) -> int | None:
        """The process id of the spawner, the parent of all workers."""
        return self._workforce.nursery.process_id

    @property
    def worker_count(self) -> int:
        """Worker processes that are ready or busy."""
        return len(self._workforce.channels)

    async def start(self, release: Release) -> None:
        """Starts the workers on *release* and returns when they are ready.

        Raises:
            Problem: ``release-unreadable`` or ``workers-unavailable``.
        """
        await self._workforce.start(release)

    async def switch(self, release: Release) -> None:
        """Answers new queries from *release*; queries that run finish on the release that they began with.

        Raises:
            Problem: ``release-unreadable``; the pool stays on its release.
        """
        await self._workforce.switch(release)

    async def stop(self) -> None:
        """Fails what runs and waits, and ends every process."""
        self._workforce.release = None
        for evaluation in list(self._evaluations.values()):
            self._give_up(evaluation, stopping(), "stopping")
        await self._workforce.stop()

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
        if self._workforce.release is None:
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
        if not self._quick and self._is_brief(evaluation) and (channel := self._room()) is not None:
            self._stand_in_line(channel, evaluation)
        elif self._workforce.idle and self._may_be_quick(evaluation):
            self._begin(self._pick(evaluation), evaluation)
        elif len(self._quick) + len(self._slow) >= self.limits.queue_length:
            raise self.limits.queue_full()
        else:
            self._quick.put(evaluation.client, evaluation)

    def _begin(self, channel: Channel, evaluation: Evaluation) -> None:
        self._at[evaluation.query_id] = channel
        if not self._habits.quick(evaluation.client):
            self._workforce.slow_down(channel)
        channel.give(evaluation)

    def _dispatch(self) -> None:
        while self._quick:
            turn = self._quick.first(self._is_of_the_quick)
            if turn is not None and self._is_brief(turn) and (channel := self._room()) is not None:
                self._quick.take(self._is_of_the_quick)
                self._stand_in_line(channel, turn)
            elif self._workforce.idle and (evaluation := self._quick.take(self._may_be_quick)) is not None:
                self._begin(self._pick(evaluation), evaluation)
            else:
                return

    def _is_of_the_quick(self, evaluation: Evaluation) -> bool:
        return self._habits.quick(evaluation.client)

    def _pick(self, evaluation: Evaluation) -> Channel:
        """The free quick worker that suits a query: one that yields to others, for those whose queries are slow."""
        idle, slow = self._workforce.idle, not self._habits.quick(evaluation.client)
        channel = next((channel for channel in reversed(idle) if channel.slowed == slow), idle[-1])
        idle.remove(channel)
        return channel

    def _may_be_quick(self, evaluation: Evaluation) -> bool:
        """Whether a query may have a free quick worker; the last one is not for those who keep others busy for long."""
        if len(self._workforce.idle) > 1 or self._workforce.places == 1:
            return True
        if not self._habits.quick(evaluation.client):
            return False
        channels = self._workforce.channels
        burdens = {at.evaluation.client for at in channels if at.slowed and at.evaluation is not None}
        return evaluation.client not in burdens and not any(slow.client == evaluation.client for slow in self._slow)

    def _streams(self, channel: Channel) -> bool:
        """A long answer begins: unless a quick worker is left without it, it has to have a place in the slow lane."""
        evaluation = channel.evaluation
        if channel.lane == "slow" or evaluation is None:
            return True
        self._clear_line(channel)
        self._dispatch()
        if self._workforce.idle:
            return True
        if self._may_be_slow(evaluation):
            self._workforce.move_over(channel)
            return True
        self._evaluate_later(evaluation, channel)
        return False

    def _done(self, channel: Channel, problem: Problem | None, bloated: bool) -> None:
        evaluation = channel.finish()
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
            self._replace(channel, "recycled")
        elif channel.given:
            return
        elif channel.lane == "quick":
            self._workforce.offer(channel)
        elif (waiting := self._slow.take(self._may_be_slow)) is not None:
            self._begin(channel, waiting)
        else:
            self._workforce.drop(channel)
        self._serve_slow()

    def _learn(self, evaluation: Evaluation) -> None:
        """Remembers of the client whether it kept a worker for longer than a time slice."""
        if evaluation.started is not None:
            seconds = time.monotonic() - evaluation.started
            self._habits.learn(evaluation.client, seconds / self.limits.time_slice, brief=seconds <= self.limits.brief)

    # Standing in line.

    def _is_brief(self, evaluation: Evaluation) -> bool:
        """Whether a query may stand in line, or others behind it."""
        return self._habits.brief(evaluation.client) and is_short(evaluation)

    def _room(self) -> Channel | None:
        """A quick worker that will soon be done with what it was given, and may be given more; the least busy one.

        There is none as long as another worker would really be another processor.
        """
        best: Channel | None = None
        if len(self._workforce.channels) - len(self._workforce.idle) < _AT_ONCE:
            return None
        since = time.monotonic() - self.limits.brief
        for channel in self._workforce.channels:
            ahead = channel.evaluation
            if (
                ahead is not None
                and len(channel.given) < (len(best.given) if best else _LINE)
                and channel.lane == "quick"
                and not channel.slowed
                and channel.release_number == self.release_number
                and not ahead.begun
                and ahead.started is not None
                and ahead.started > since
                and self._is_brief(ahead)
            ):
                best = channel
        return best

    def _stand_in_line(self, channel: Channel, evaluation: Evaluation) -> None:
        self._begin(channel, evaluation)
        if not self._watching_lines:
            self._watching_lines = True
            asyncio.get_running_loop().call_later(self.limits.brief, self._watch_lines)

    def _watch_lines(self) -> None:
        """Takes back what stands behind a query that is not over at once."""
        since = time.monotonic() - self.limits.brief
        self._watching_lines = False
        for channel in list(self._workforce.channels):
            ahead = channel.evaluation
            if len(channel.given) < 2 or ahead is None or ahead.started is None:
                continue
            if ahead.started <= since:
                self._clear_line(channel)
            else:
                self._watching_lines = True
        if self._watching_lines:
            asyncio.get_running_loop().call_later(self.limits.brief, self._watch_lines)
        self._dispatch()

    def _clear_line(self, channel: Channel) -> None:
        """Takes back what a worker was given and has not taken up; it waits for another."""
        back = channel.take_back()
        for evaluation in back:
            self._start_over(evaluation)
        if not back or channel.given:
            return
        # It had not even taken up the first, for want of a processor.
        if channel.release_number == self.release_number:
            self._workforce.idle.append(channel)
        else:
            self._workforce.replace(channel)

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
        if channel is not None and channel.evaluation is not evaluation:
            self._clear_line(channel)
            channel = self._at.get(evaluation.query_id)
        if channel is not None:
            self._learn(evaluation)
        self._quick.remove(evaluation.client, evaluation)
        self._slow.remove(evaluation.client, evaluation)
        busy = channel if channel is not None and evaluation in channel.given else None
        if busy is not None:
            busy.given.remove(evaluation)
        self._settle(evaluation, reason)
        evaluation.fail(problem)
        if busy is not None:
            self._replace(busy, reason)
            self._serve_slow()

    def _replace(self, channel: Channel, reason: str) -> None:
        """Ends a worker; what it was given beside is started over."""
        self._metrics.killed(reason)
        given, channel.given = channel.given, deque()
        self._workforce.replace(channel)
        for evaluation in given:
            self._start_over(evaluation)
        self._dispatch()

    def _lost(self, channel: Channel) -> None:
        """A worker has ended, by what it evaluated if by anything it was given."""
        given, channel.given = channel.given, deque()
        evaluation = given.popleft() if given else None
        for other in given:
            self._start_over(other)
        self._workforce.background(self._explain(channel, evaluation))
        self._serve_slow()

    async def _explain(self, channel: Channel, evaluation: Evaluation | None) -> None:
        status = await self._workforce.status(channel)
        running = evaluation is not None and evaluation.query_id in self._evaluations
        if evaluation is not None and running and status is None and not evaluation.begun:
            # The worker went down with the spawner, through no fault of the query.
            self._start_over(evaluation)
            self._dispatch()
            return
        problem = self.limits.died(status)
        self._metrics.killed(problem.slug)
        if evaluation is not None and running:
            text = " ".join(evaluation.request.text[:200].split())
            _log.warning("query %s ended its worker (%s): %s", evaluation.query_id, problem.slug, text)
            self._settle(evaluation, problem.slug)
            evaluation.fail(problem)

    def _start_over(self, evaluation: Evaluation) -> None:
        """A query waits again."""
        evaluation.requeue()
        del self._at[evaluation.query_id]
        self._quick.put(evaluation.client, evaluation)

    # The slow lane.

    def _may_be_slow(self, evaluation: Evaluation) -> bool:
        """Whether the slow lane has a place for a query; no client may take all of it."""
        held = Counter(self._launching_slow)
        channels = self._workforce.channels
        held.update(at.evaluation.client for at in channels if at.lane == "slow" and at.evaluation is not None)
        places = self.limits.workers
        return held.total() < places and held[evaluation.client] < max(1, places - 1)

    def _serve_slow(self) -> None:
        """Starts workers for the queries that wait for a place in the slow lane."""
        while self._slow and (evaluation := self._slow.take(self._may_be_slow)) is not None:
            self._launching_slow[evaluation.client] += 1
            self._workforce.background(self._launch_slow(evaluation))

    async def _launch_slow(self, evaluation: Evaluation) -> None:
        try:
            release = self._workforce.release
            channel = await self._workforce.grow(release) if release else None
        except (Problem, ConnectionError, TimeoutError):
            channel = None
            await self._workforce.pause()
        finally:
            self._launching_slow[evaluation.client] -= 1
        if evaluation.state != "waiting":
            if channel is not None:
                self._workforce.drop(channel)
        elif channel is None:
            self._slow.put(evaluation.client, evaluation)
        else:
            channel.lane = "slow"
            self._workforce.slow_down(channel)
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
        if channel.evaluation is not evaluation:
            return
        waiting = bool(self._quick or self._slow)
        stalled = evaluation.stalled_since
        if waiting and stalled is not None and now - stalled > self.limits.stall:
            self._give_up(evaluation, self.limits.client_too_slow(), "client-too-slow")
            return
        began = evaluation.started
        if channel.lane == "slow" or began is None or now - began < self.limits.time_slice:
            return
        self._clear_line(channel)
        if channel.evaluation is not evaluation:
            return
        self._workforce.slow_down(channel)
        others = self._quick_waiting(evaluation.client)
        started = self._workforce.idle or self._workforce.launching >= max(1, others)
        if started or not (others or self._all_slow(now)):
            return
        if self._may_be_slow(evaluation):
            self._workforce.move_over(channel)
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
            for at in self._workforce.channels
        )

    def _evaluate_later(self, evaluation: Evaluation, channel: Channel) -> None:
        """Takes the worker from a query whose answer has not begun; it starts over in the slow lane in its turn."""
        self._learn(evaluation)
        channel.given.remove(evaluation)
        evaluation.requeue()
        del self._at[evaluation.query_id]
        self._slow.put(evaluation.client, evaluation)
        self._replace(channel, "started-over")
        self._serve_slow()
