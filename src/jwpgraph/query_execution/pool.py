"""The worker pool: admits queries, gives each a worker, enforces the limits and replaces workers.

Which worker a query may have is decided in :mod:`jwpgraph.query_execution.scheduler`; which workers there are, in
:mod:`jwpgraph.query_execution.worker_manager`. This module follows a query from its admission to its end.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections import Counter, deque
from typing import Any, Final

from jwpgraph.problems import ProblemError
from jwpgraph.query_execution.limits import QueryLimits, cancelled_problem, stopping_problem
from jwpgraph.query_execution.metrics import QueryMetrics
from jwpgraph.query_execution.query_task import QueryRequest, QueryTask
from jwpgraph.query_execution.scheduler import QueryScheduler
from jwpgraph.query_execution.worker_connection import WorkerConnection
from jwpgraph.query_execution.worker_manager import WorkerManager
from jwpgraph.releases.release import Release

_log = logging.getLogger(__name__)
_SWEEP_SECONDS: Final = 0.05


class WorkerPool:
    """Evaluates queries in killable processes.

    Args:
        limits: what queries may use.
        network: whether workers keep the network, which only a SERVICE allow-list is a reason for.
        metrics: where to count; nowhere when None.
    """

    def __init__(self, limits: QueryLimits, *, network: bool = False, metrics: QueryMetrics | None = None) -> None:
        self.limits = limits
        self._metrics = metrics or QueryMetrics()
        self._worker_manager = WorkerManager(
            limits,
            network=network,
            on_stream=self._streams,
            on_done=self._done,
            on_lost=self._lost,
            on_free=self._dispatch,
        )
        self._query_tasks: dict[str, QueryTask] = {}
        self._at: dict[str, WorkerConnection] = {}
        self._per_client: Counter[str] = Counter()
        self._scheduler = QueryScheduler(limits, self._worker_manager)
        self._sweeping = False
        self._watching_lines = False
        self._metrics.watch(
            lambda: len(self._at), lambda: self._scheduler.waiting, lambda: len(self._worker_manager.connections)
        )

    @property
    def release_number(self) -> int:
        """The number of the release that new queries are answered from; 0 before :meth:`start`."""
        return self._worker_manager.release_number

    @property
    def fences(self) -> list[str]:
        """What keeps workers from the network: ``namespace``, ``seccomp``, both or nothing."""
        return self._worker_manager.spawner_client.fences

    @property
    def spawner_id(self) -> int | None:
        """The process id of the spawner, the parent of all workers."""
        return self._worker_manager.spawner_client.process_id

    @property
    def worker_count(self) -> int:
        """Worker processes that are ready or busy."""
        return len(self._worker_manager.connections)

    async def start(self, release: Release) -> None:
        """Starts the workers on *release* and returns when they are ready.

        Raises:
            ProblemError: ``release-unreadable`` or ``workers-unavailable``.
        """
        await self._worker_manager.start(release)

    async def switch(self, release: Release) -> None:
        """Answers new queries from *release*; queries that run finish on the release that they began with.

        Raises:
            ProblemError: ``release-unreadable``; the pool stays on its release.
        """
        await self._worker_manager.switch(release)

    async def stop(self) -> None:
        """Fails what runs and waits, and ends every process."""
        self._worker_manager.release = None
        for query_task in list(self._query_tasks.values()):
            self._give_up(query_task, stopping_problem(), "stopping")
        await self._worker_manager.stop()

    async def evaluate(self, request: QueryRequest, *, client: str, limited: bool = True) -> QueryTask:
        """As :meth:`submit`, but returns when the answer begins.

        Raises:
            ProblemError: as :meth:`submit`, and ``query-syntax``, ``not-acceptable``, ``query-failed``,
                ``query-timeout``, ``query-memory``, ``query-too-deep``, ``query-crashed``, ``result-too-large``,
                ``query-cancelled``.
        """
        query_task = self.submit(request, client=client, limited=limited)
        try:
            await query_task.answered()
        except BaseException:
            query_task.close()
            raise
        return query_task

    def submit(self, request: QueryRequest, *, client: str, limited: bool = True) -> QueryTask:
        """Begins to evaluate *request*; the caller waits for the answer, iterates over it and closes it.

        Args:
            request: the query.
            client: who asks, for fairness and the limit per client; an address or a name.
            limited: whether the limit per client holds; not for what the service itself reads for many visitors.

        Raises:
            ProblemError: ``too-many-queries``, ``overloaded``, ``workers-unavailable``.
        """
        query_task = self._admit(request, client, limited)
        try:
            self._place(query_task)
        except ProblemError as problem:
            self._give_up(query_task, problem, problem.slug)
            raise
        return query_task

    def running(self) -> list[dict[str, Any]]:
        """The queries that run or wait, oldest first."""
        return [query_task.describe() for query_task in self._query_tasks.values()]

    def cancel(self, query_id: str) -> bool:
        """Stops a query; whether there was one of this id."""
        query_task = self._query_tasks.get(query_id)
        if query_task is None:
            return False
        self._give_up(query_task, cancelled_problem(), "query-cancelled")
        return True

    # Admission and dispatch.

    def _admit(self, request: QueryRequest, client: str, limited: bool) -> QueryTask:
        if self._worker_manager.release is None:
            raise stopping_problem()
        if limited and self._per_client[client] >= self.limits.per_client:
            problem = self.limits.too_many()
            self._metrics.finished(problem.slug, 0)
            raise problem
        query_task = QueryTask(request, client, self.limits.seconds(request.timeout), self._disconnect)
        self._query_tasks[query_task.query_id] = query_task
        self._per_client[client] += 1
        if not self._sweeping:
            self._sweeping = True
            asyncio.get_running_loop().call_later(_SWEEP_SECONDS, self._sweep)
        return query_task

    def _place(self, query_task: QueryTask) -> None:
        if (
            not self._scheduler.quick
            and self._scheduler.is_brief(query_task)
            and (connection := self._scheduler.room()) is not None
        ):
            self._stand_in_line(connection, query_task)
        elif self._worker_manager.idle and self._scheduler.may_use_fast_lane(query_task):
            self._begin(self._scheduler.pick(query_task), query_task)
        elif self._scheduler.waiting >= self.limits.queue_length:
            raise self.limits.queue_full()
        else:
            self._scheduler.quick.put(query_task.client, query_task)

    def _begin(self, connection: WorkerConnection, query_task: QueryTask) -> None:
        self._at[query_task.query_id] = connection
        if not self._scheduler.client_stats.quick(query_task.client):
            self._worker_manager.lower_priority(connection)
        if self._scheduler.client_stats.breaks_limits(query_task.client):
            self._worker_manager.confine(connection)
        connection.send(query_task)

    def _dispatch(self) -> None:
        while self._scheduler.quick:
            turn = self._scheduler.quick.first(self._scheduler.is_fast_client)
            if (
                turn is not None
                and self._scheduler.is_brief(turn)
                and (connection := self._scheduler.room()) is not None
            ):
                self._scheduler.quick.take(self._scheduler.is_fast_client)
                self._stand_in_line(connection, turn)
            elif (
                self._worker_manager.idle
                and (query_task := self._scheduler.quick.take(self._scheduler.may_use_fast_lane)) is not None
            ):
                self._begin(self._scheduler.pick(query_task), query_task)
            else:
                return

    def _streams(self, connection: WorkerConnection) -> bool:
        """A long answer begins: unless a quick worker is left without it, it has to have a place in the slow lane."""
        query_task = connection.query_task
        if connection.lane == "slow" or query_task is None:
            return True
        self._clear_line(connection)
        self._dispatch()
        if self._worker_manager.idle:
            return True
        if self._scheduler.may_use_slow_lane(query_task):
            self._worker_manager.move_over(connection)
            return True
        self._evaluate_later(query_task, connection)
        return False

    def _done(self, connection: WorkerConnection, problem: ProblemError | None, bloated: bool) -> None:
        query_task = connection.finish()
        if query_task is None:
            return
        self._scheduler.learn(query_task)
        if problem is None:
            self._scheduler.client_stats.kept(query_task.client)
            query_task.end()
        else:
            if problem.slug == "query-memory":
                self._scheduler.client_stats.record_broken_limit(query_task.client)
            query_task.fail(problem)
        self._settle(query_task, problem.slug if problem else "ok")
        unsuited = connection.lane == "quick" and not self._scheduler.suits(connection, query_task)
        if connection.release_number != self.release_number or bloated or unsuited:
            self._replace(connection, "recycled")
        elif connection.in_flight:
            return
        elif connection.lane == "quick":
            self._worker_manager.offer(connection)
        elif (waiting := self._scheduler.slow.take(self._scheduler.may_use_slow_lane)) is not None:
            self._begin(connection, waiting)
        else:
            self._worker_manager.drop(connection)
        self._serve_slow()

    # Standing in line.

    def _stand_in_line(self, connection: WorkerConnection, query_task: QueryTask) -> None:
        self._begin(connection, query_task)
        if not self._watching_lines:
            self._watching_lines = True
            asyncio.get_running_loop().call_later(self.limits.brief, self._watch_lines)

    def _watch_lines(self) -> None:
        """Takes back what stands behind a query that is not over at once."""
        since = time.monotonic() - self.limits.brief
        self._watching_lines = False
        for connection in list(self._worker_manager.connections):
            ahead = connection.query_task
            if len(connection.in_flight) < 2 or ahead is None or ahead.started is None:
                continue
            if ahead.started <= since:
                self._clear_line(connection)
            else:
                self._watching_lines = True
        if self._watching_lines:
            asyncio.get_running_loop().call_later(self.limits.brief, self._watch_lines)
        self._dispatch()

    def _clear_line(self, connection: WorkerConnection) -> None:
        """Takes back what a worker was given and has not taken up; it waits for another."""
        back = connection.retract()
        for query_task in back:
            self._start_over(query_task)
        if not back or connection.in_flight:
            return
        # It had not even taken up the first, for want of a processor.
        if connection.release_number == self.release_number:
            self._worker_manager.idle.append(connection)
        else:
            self._worker_manager.replace(connection)

    # Ends.

    def _settle(self, query_task: QueryTask, outcome: str) -> None:
        """Forgets a query that is over."""
        if self._query_tasks.pop(query_task.query_id, None) is None:
            return
        self._at.pop(query_task.query_id, None)
        self._per_client[query_task.client] -= 1
        if not self._per_client[query_task.client]:
            del self._per_client[query_task.client]
        self._metrics.finished(outcome, time.monotonic() - query_task.arrived)
        self._dispatch()

    def _disconnect(self, query_task: QueryTask) -> None:
        """Nobody wants the answer any more, if it has not come."""
        if query_task.query_id in self._query_tasks:
            self._give_up(query_task, cancelled_problem(), "disconnected")

    def _give_up(self, query_task: QueryTask, problem: ProblemError, reason: str) -> None:
        """Stops a query wherever it is, and kills the worker that is busy with it."""
        if query_task.query_id not in self._query_tasks:
            return
        connection = self._at.get(query_task.query_id)
        if connection is not None and connection.query_task is not query_task:
            self._clear_line(connection)
            connection = self._at.get(query_task.query_id)
        if connection is not None:
            self._scheduler.learn(query_task)
        self._scheduler.quick.remove(query_task.client, query_task)
        self._scheduler.slow.remove(query_task.client, query_task)
        busy = connection if connection is not None and query_task in connection.in_flight else None
        if busy is not None:
            busy.in_flight.remove(query_task)
            if problem.slug == "query-timeout":
                self._scheduler.client_stats.record_broken_limit(query_task.client)
        self._settle(query_task, reason)
        query_task.fail(problem)
        if busy is not None:
            self._replace(busy, reason)
            self._serve_slow()

    def _replace(self, connection: WorkerConnection, reason: str) -> None:
        """Ends a worker; what it was given beside is started over."""
        self._metrics.killed(reason)
        given, connection.in_flight = connection.in_flight, deque()
        self._worker_manager.replace(connection)
        for query_task in given:
            self._start_over(query_task)
        self._dispatch()

    def _lost(self, connection: WorkerConnection) -> None:
        """A worker has ended, by what it evaluated if by anything it was given."""
        for waiting in connection.retract(first=True):
            self._start_over(waiting)
        given, connection.in_flight = connection.in_flight, deque()
        query_task = given.popleft() if given else None
        for other in given:
            self._start_over(other)
        self._dispatch()
        self._worker_manager.background(self._explain(connection, query_task))
        self._serve_slow()

    async def _explain(self, connection: WorkerConnection, query_task: QueryTask | None) -> None:
        status = await self._worker_manager.status(connection)
        running = query_task is not None and query_task.query_id in self._query_tasks
        if query_task is not None and running and status is None and not query_task.begun:
            # The worker went down with the spawner, through no fault of the query.
            self._start_over(query_task)
            self._dispatch()
            return
        problem = self.limits.died(status)
        self._metrics.killed(problem.slug)
        if query_task is not None and running:
            text = " ".join(query_task.request.text[:200].split())
            self._scheduler.client_stats.record_broken_limit(query_task.client)
            _log.warning("query %s ended its worker (%s): %s", query_task.query_id, problem.slug, text)
            self._settle(query_task, problem.slug)
            query_task.fail(problem)

    def _start_over(self, query_task: QueryTask) -> None:
        """A query waits again."""
        query_task.requeue()
        del self._at[query_task.query_id]
        self._scheduler.quick.put(query_task.client, query_task)

    # The slow lane.

    def _serve_slow(self) -> None:
        """Starts workers for the queries that wait for a place in the slow lane."""
        while (
            self._scheduler.slow
            and (query_task := self._scheduler.slow.take(self._scheduler.may_use_slow_lane)) is not None
        ):
            self._scheduler.launching_slow[query_task.client] += 1
            self._worker_manager.background(self._launch_slow(query_task))

    async def _launch_slow(self, query_task: QueryTask) -> None:
        try:
            release = self._worker_manager.release
            connection = await self._worker_manager.grow(release) if release else None
        except (ProblemError, ConnectionError, TimeoutError):
            connection = None
            await self._worker_manager.pause()
        finally:
            self._scheduler.launching_slow[query_task.client] -= 1
        if query_task.state != "waiting":
            if connection is not None:
                self._worker_manager.drop(connection)
        elif connection is None:
            self._scheduler.slow.put(query_task.client, query_task)
        else:
            connection.lane = "slow"
            self._worker_manager.lower_priority(connection)
            self._begin(connection, query_task)
        self._serve_slow()

    # Time.

    def _sweep(self) -> None:
        """Looks after deadlines and lanes a few times a second, as long as there are queries."""
        now = time.monotonic()
        for query_task in list(self._query_tasks.values()):
            connection = self._at.get(query_task.query_id)
            waited = now - query_task.arrived
            if now >= query_task.deadline:
                self._give_up(query_task, self.limits.timed_out(query_task.seconds), "query-timeout")
            elif connection is not None:
                self._make_way(query_task, connection, now)
            elif query_task.started is None and waited > query_task.seconds / 2:
                self._give_up(query_task, self.limits.waited_too_long(waited), "overloaded")
        self._dispatch()
        self._sweeping = bool(self._query_tasks)
        if self._sweeping:
            asyncio.get_running_loop().call_later(_SWEEP_SECONDS, self._sweep)

    def _make_way(self, query_task: QueryTask, connection: WorkerConnection, now: float) -> None:
        """Takes a quick worker's place, or a stalled client's worker, from a query when others need it."""
        if connection.query_task is not query_task:
            return
        waiting = self._scheduler.waiting > 0
        stalled = query_task.stalled_since
        if waiting and stalled is not None and now - stalled > self.limits.stall:
            self._give_up(query_task, self.limits.client_too_slow(), "client-too-slow")
            return
        began = query_task.started
        if connection.lane == "slow" or began is None or now - began < self.limits.time_slice:
            return
        self._clear_line(connection)
        if connection.query_task is not query_task:
            return
        self._worker_manager.lower_priority(connection)
        others = self._scheduler.count_fast_waiting(query_task.client)
        started = self._worker_manager.idle or self._worker_manager.launching >= max(1, others)
        if started or not (others or self._scheduler.is_saturated(now)):
            return
        if self._scheduler.may_use_slow_lane(query_task):
            self._worker_manager.move_over(connection)
        elif others and not query_task.begun:
            self._evaluate_later(query_task, connection)

    def _evaluate_later(self, query_task: QueryTask, connection: WorkerConnection) -> None:
        """Takes the worker from a query whose answer has not begun; it starts over in the slow lane in its turn."""
        self._scheduler.learn(query_task)
        connection.in_flight.remove(query_task)
        query_task.requeue()
        del self._at[query_task.query_id]
        self._scheduler.slow.put(query_task.client, query_task)
        self._replace(connection, "started-over")
        self._serve_slow()
