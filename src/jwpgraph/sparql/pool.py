"""The worker pool: admits queries, gives each a worker, enforces the limits and replaces workers.

Which worker a query may have is decided in :mod:`jwpgraph.sparql.lanes`; which workers there are, in
:mod:`jwpgraph.sparql.workforce`. Here is the life of a query from its admission to its end, whatever that is.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections import Counter, deque
from typing import Any, Final

from jwpgraph.problems import Problem
from jwpgraph.releases.release import Release
from jwpgraph.sparql.channel import Channel
from jwpgraph.sparql.evaluation import Evaluation, QueryRequest
from jwpgraph.sparql.lanes import Lanes
from jwpgraph.sparql.limits import Limits, cancelled, stopping
from jwpgraph.sparql.metrics import QueryMetrics
from jwpgraph.sparql.workforce import Workforce

_log = logging.getLogger(__name__)
_SWEEP_SECONDS: Final = 0.05


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
        self._lanes = Lanes(limits, self._workforce)
        self._sweeping = False
        self._watching_lines = False
        self._metrics.watch(lambda: len(self._at), lambda: self._lanes.waiting, lambda: len(self._workforce.channels))

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
        if not self._lanes.quick and self._lanes.is_brief(evaluation) and (channel := self._lanes.room()) is not None:
            self._stand_in_line(channel, evaluation)
        elif self._workforce.idle and self._lanes.may_be_quick(evaluation):
            self._begin(self._lanes.pick(evaluation), evaluation)
        elif self._lanes.waiting >= self.limits.queue_length:
            raise self.limits.queue_full()
        else:
            self._lanes.quick.put(evaluation.client, evaluation)

    def _begin(self, channel: Channel, evaluation: Evaluation) -> None:
        self._at[evaluation.query_id] = channel
        if not self._lanes.habits.quick(evaluation.client):
            self._workforce.slow_down(channel)
        if self._lanes.habits.breaks(evaluation.client):
            self._workforce.confine(channel)
        channel.give(evaluation)

    def _dispatch(self) -> None:
        while self._lanes.quick:
            turn = self._lanes.quick.first(self._lanes.is_of_the_quick)
            if turn is not None and self._lanes.is_brief(turn) and (channel := self._lanes.room()) is not None:
                self._lanes.quick.take(self._lanes.is_of_the_quick)
                self._stand_in_line(channel, turn)
            elif self._workforce.idle and (evaluation := self._lanes.quick.take(self._lanes.may_be_quick)) is not None:
                self._begin(self._lanes.pick(evaluation), evaluation)
            else:
                return

    def _streams(self, channel: Channel) -> bool:
        """A long answer begins: unless a quick worker is left without it, it has to have a place in the slow lane."""
        evaluation = channel.evaluation
        if channel.lane == "slow" or evaluation is None:
            return True
        self._clear_line(channel)
        self._dispatch()
        if self._workforce.idle:
            return True
        if self._lanes.may_be_slow(evaluation):
            self._workforce.move_over(channel)
            return True
        self._evaluate_later(evaluation, channel)
        return False

    def _done(self, channel: Channel, problem: Problem | None, bloated: bool) -> None:
        evaluation = channel.finish()
        if evaluation is None:
            return
        self._lanes.learn(evaluation)
        if problem is None:
            self._lanes.habits.kept(evaluation.client)
            evaluation.end()
        else:
            if problem.slug == "query-memory":
                self._lanes.habits.broke(evaluation.client)
            evaluation.fail(problem)
        self._settle(evaluation, problem.slug if problem else "ok")
        unsuited = channel.lane == "quick" and not self._lanes.suits(channel, evaluation)
        if channel.release_number != self.release_number or bloated or unsuited:
            self._replace(channel, "recycled")
        elif channel.given:
            return
        elif channel.lane == "quick":
            self._workforce.offer(channel)
        elif (waiting := self._lanes.slow.take(self._lanes.may_be_slow)) is not None:
            self._begin(channel, waiting)
        else:
            self._workforce.drop(channel)
        self._serve_slow()

    # Standing in line.

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
            self._lanes.learn(evaluation)
        self._lanes.quick.remove(evaluation.client, evaluation)
        self._lanes.slow.remove(evaluation.client, evaluation)
        busy = channel if channel is not None and evaluation in channel.given else None
        if busy is not None:
            busy.given.remove(evaluation)
            if problem.slug == "query-timeout":
                self._lanes.habits.broke(evaluation.client)
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
        for waiting in channel.take_back(first=True):
            self._start_over(waiting)
        given, channel.given = channel.given, deque()
        evaluation = given.popleft() if given else None
        for other in given:
            self._start_over(other)
        self._dispatch()
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
            self._lanes.habits.broke(evaluation.client)
            _log.warning("query %s ended its worker (%s): %s", evaluation.query_id, problem.slug, text)
            self._settle(evaluation, problem.slug)
            evaluation.fail(problem)

    def _start_over(self, evaluation: Evaluation) -> None:
        """A query waits again."""
        evaluation.requeue()
        del self._at[evaluation.query_id]
        self._lanes.quick.put(evaluation.client, evaluation)

    # The slow lane.

    def _serve_slow(self) -> None:
        """Starts workers for the queries that wait for a place in the slow lane."""
        while self._lanes.slow and (evaluation := self._lanes.slow.take(self._lanes.may_be_slow)) is not None:
            self._lanes.launching_slow[evaluation.client] += 1
            self._workforce.background(self._launch_slow(evaluation))

    async def _launch_slow(self, evaluation: Evaluation) -> None:
        try:
            release = self._workforce.release
            channel = await self._workforce.grow(release) if release else None
        except (Problem, ConnectionError, TimeoutError):
            channel = None
            await self._workforce.pause()
        finally:
            self._lanes.launching_slow[evaluation.client] -= 1
        if evaluation.state != "waiting":
            if channel is not None:
                self._workforce.drop(channel)
        elif channel is None:
            self._lanes.slow.put(evaluation.client, evaluation)
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
        waiting = self._lanes.waiting > 0
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
        others = self._lanes.quick_waiting(evaluation.client)
        started = self._workforce.idle or self._workforce.launching >= max(1, others)
        if started or not (others or self._lanes.all_slow(now)):
            return
        if self._lanes.may_be_slow(evaluation):
            self._workforce.move_over(channel)
        elif others and not evaluation.begun:
            self._evaluate_later(evaluation, channel)

    def _evaluate_later(self, evaluation: Evaluation, channel: Channel) -> None:
        """Takes the worker from a query whose answer has not begun; it starts over in the slow lane in its turn."""
        self._lanes.learn(evaluation)
        channel.given.remove(evaluation)
        evaluation.requeue()
        del self._at[evaluation.query_id]
        self._lanes.slow.put(evaluation.client, evaluation)
        self._replace(channel, "started-over")
        self._serve_slow()
