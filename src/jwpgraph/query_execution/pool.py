"""The worker pool: admits queries, assigns them to workers, enforces limits and replaces workers.

:mod:`.scheduler` decides which worker a query may use; :mod:`.worker_manager` starts and ends workers.
"""

from __future__ import annotations

import asyncio
import time
from collections import Counter, deque
from typing import Any, Final

from jwpgraph.problems import ProblemError
from jwpgraph.query_execution.limits import QueryLimits, make_cancelled_problem, make_stopping_problem
from jwpgraph.query_execution.metrics import QueryMetrics
from jwpgraph.query_execution.query_record import log_crash, record_evaluation
from jwpgraph.query_execution.query_task import QueryRequest, QueryTask
from jwpgraph.query_execution.scheduler import QueryScheduler
from jwpgraph.query_execution.worker_connection import WorkerConnection
from jwpgraph.query_execution.worker_manager import WorkerManager
from jwpgraph.releases.release import Release

_SWEEP_SECONDS: Final = 0.05


class WorkerPool:
    """Evaluates queries in worker processes that can be killed.

    Args:
        limits: the limits of queries.
        network: whether workers have network access; needed only for allowed SERVICE endpoints.
        metrics: the metrics; by default none are exported.
    """

    def __init__(self, limits: QueryLimits, *, network: bool = False, metrics: QueryMetrics | None = None) -> None:
        self.limits = limits
        self._metrics = metrics or QueryMetrics()
        self._worker_manager = WorkerManager(
            limits,
            network=network,
            on_stream=self._handle_stream,
            on_done=self._handle_done,
            on_lost=self._handle_lost,
            on_free=self._dispatch,
        )
        self._query_tasks: dict[str, QueryTask] = {}
        self._assigned: dict[str, WorkerConnection] = {}
        self._per_client: Counter[str] = Counter()
        self._scheduler = QueryScheduler(limits, self._worker_manager)
        self._sweeping = False
        self._checking_queued = False
        self._metrics.watch(
            lambda: len(self._assigned), lambda: self._scheduler.waiting, lambda: len(self._worker_manager.connections)
        )

    @property
    def release_number(self) -> int:
        """The number of the release for new queries; 0 before :meth:`start`."""
        return self._worker_manager.release_number

    @property
    def fences(self) -> list[str]:
        """The active network restrictions of workers: ``namespace``, ``seccomp``, both or none."""
        return self._worker_manager.spawner_client.fences

    @property
    def spawner_id(self) -> int | None:
        """The process id of the spawner, the parent of all workers."""
        return self._worker_manager.spawner_client.process_id

    @property
    def worker_count(self) -> int:
        """The number of worker processes, idle or busy."""
        return len(self._worker_manager.connections)

    async def start(self, release: Release) -> None:
        """Start the workers on *release* and return when they are ready.

        Raises:
            ProblemError: ``release-unreadable`` or ``workers-unavailable``.
        """
        await self._worker_manager.start(release)

    async def switch(self, release: Release) -> None:
        """Evaluate new queries on *release*; running queries finish on their release.

        Raises:
            ProblemError: ``release-unreadable`` (503); the pool keeps its release.
        """
        await self._worker_manager.switch(release)

    async def stop(self) -> None:
        """Fail all running and waiting queries and end all processes."""
        self._worker_manager.release = None
        for query_task in list(self._query_tasks.values()):
            self._abort(query_task, make_stopping_problem(), "stopping")
        await self._worker_manager.stop()

    async def evaluate(self, request: QueryRequest, *, client: str, limited: bool = True) -> QueryTask:
        """Submit a query (:meth:`submit`) and return when its result begins.

        Raises:
            ProblemError: as :meth:`submit`, and ``query-syntax``, ``not-acceptable``, ``query-failed``,
                ``query-timeout``, ``query-memory``, ``query-too-deep``, ``query-crashed``, ``result-too-large``,
                ``query-cancelled``.
        """
        query_task = self.submit(request, client=client, limited=limited)
        try:
            await query_task.wait_for_result()
        except BaseException:
            query_task.close()
            raise
        return query_task

    def submit(self, request: QueryRequest, *, client: str, limited: bool = True) -> QueryTask:
        """Start or queue the evaluation; the caller waits for the task, iterates over it and closes it.

        Args:
            request: the query.
            client: address or name of the client, for fairness and the limit per client.
            limited: whether the limit per client applies.

        Raises:
            ProblemError: ``too-many-queries``, ``overloaded``, ``workers-unavailable``.
        """
        query_task = self._admit(request, client, limited)
        try:
            self._place(query_task)
        except ProblemError as problem:
            self._abort(query_task, problem, problem.slug)
            raise
        return query_task

    def describe_queries(self) -> list[dict[str, Any]]:
        """Return descriptions of the running and waiting queries, oldest first."""
        return [query_task.describe() for query_task in self._query_tasks.values()]

    def cancel(self, query_id: str) -> bool:
        """Cancel a query; return whether there is a query with this id."""
        query_task = self._query_tasks.get(query_id)
        if query_task is None:
            return False
        self._abort(query_task, make_cancelled_problem(), "query-cancelled")
        return True

    # Admission and dispatch.

    def _admit(self, request: QueryRequest, client: str, limited: bool) -> QueryTask:
        if self._worker_manager.release is None:
            raise make_stopping_problem()
        if limited and self._per_client[client] >= self.limits.per_client:
            problem = self.limits.too_many_queries_problem()
            self._metrics.record_query(problem.slug, 0)
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
            and (connection := self._scheduler.find_room()) is not None
        ):
            self._queue_at_worker(connection, query_task)
        elif self._worker_manager.idle and self._scheduler.may_use_fast_lane(query_task):
            self._assign(self._scheduler.pick(query_task), query_task)
        elif self._scheduler.waiting >= self.limits.queue_length:
            raise self.limits.queue_full_problem()
        else:
            self._scheduler.quick.put(query_task.client, query_task)

    def _assign(self, connection: WorkerConnection, query_task: QueryTask) -> None:
        self._assigned[query_task.query_id] = connection
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
                and (connection := self._scheduler.find_room()) is not None
            ):
                self._scheduler.quick.take(self._scheduler.is_fast_client)
                self._queue_at_worker(connection, turn)
            elif (
                self._worker_manager.idle
                and (query_task := self._scheduler.quick.take(self._scheduler.may_use_fast_lane)) is not None
            ):
                self._assign(self._scheduler.pick(query_task), query_task)
            else:
                return

    def _handle_stream(self, connection: WorkerConnection) -> bool:
        """Handle the start of a long result: move it to the slow lane unless another fast worker is idle."""
        query_task = connection.query_task
        if connection.lane == "slow" or query_task is None:
            return True
        self._retract_queued(connection)
        self._dispatch()
        if self._worker_manager.idle:
            return True
        if self._scheduler.may_use_slow_lane(query_task):
            self._worker_manager.move_over(connection)
            return True
        self._restart_in_slow_lane(query_task, connection)
        return False

    def _handle_done(self, connection: WorkerConnection, problem: ProblemError | None, bloated: bool) -> None:
        query_task = connection.finish()
        if query_task is None:
            return
        self._scheduler.learn(query_task)
        if problem is None:
            self._scheduler.client_stats.record_answer(query_task.client)
            query_task.end()
        else:
            if problem.slug == "query-memory":
                self._scheduler.client_stats.record_broken_limit(query_task.client)
            query_task.fail(problem)
        self._complete(query_task, problem.slug if problem else "ok")
        unsuited = connection.lane == "quick" and not self._scheduler.suits(connection, query_task)
        if connection.release_number != self.release_number or bloated or unsuited:
            self._replace(connection, "recycled")
        elif connection.in_flight:
            return
        elif connection.lane == "quick":
            self._worker_manager.offer(connection)
        elif (waiting := self._scheduler.slow.take(self._scheduler.may_use_slow_lane)) is not None:
            self._assign(connection, waiting)
        else:
            self._worker_manager.drop(connection)
        self._serve_slow()

    # Queries queued at a busy worker.

    def _queue_at_worker(self, connection: WorkerConnection, query_task: QueryTask) -> None:
        self._assign(connection, query_task)
        if not self._checking_queued:
            self._checking_queued = True
            asyncio.get_running_loop().call_later(self.limits.brief, self._check_queued)

    def _check_queued(self) -> None:
        """Retract queries that are queued behind a query that turned out not to be very short."""
        since = time.monotonic() - self.limits.brief
        self._checking_queued = False
        for connection in list(self._worker_manager.connections):
            ahead = connection.query_task
            if len(connection.in_flight) < 2 or ahead is None or ahead.started is None:
                continue
            if ahead.started <= since:
                self._retract_queued(connection)
            else:
                self._checking_queued = True
        if self._checking_queued:
            asyncio.get_running_loop().call_later(self.limits.brief, self._check_queued)
        self._dispatch()

    def _retract_queued(self, connection: WorkerConnection) -> None:
        """Retract the queries that a worker has not read yet; they wait for another worker."""
        retracted = connection.retract()
        for query_task in reversed(retracted):
            self._start_over(query_task)
        if not retracted or connection.in_flight:
            return
        # The worker had not even read the first query, because it had no CPU time.
        if connection.release_number == self.release_number:
            self._worker_manager.idle.append(connection)
        else:
            self._worker_manager.replace(connection)

    # Completion.

    def _complete(self, query_task: QueryTask, outcome: str) -> None:
        """Remove a finished query from the pool and count its outcome."""
        if self._query_tasks.pop(query_task.query_id, None) is None:
            return
        self._assigned.pop(query_task.query_id, None)
        self._per_client[query_task.client] -= 1
        if not self._per_client[query_task.client]:
            del self._per_client[query_task.client]
        record_evaluation(query_task, outcome, self._metrics, self.limits.slow_query)
        self._dispatch()

    def _disconnect(self, query_task: QueryTask) -> None:
        """Abort a query that its caller closed before it was finished."""
        if query_task.query_id in self._query_tasks:
            self._abort(query_task, make_cancelled_problem(), "disconnected")

    def _abort(self, query_task: QueryTask, problem: ProblemError, reason: str) -> None:
        """Abort a query, waiting or running, and kill the worker that evaluates it."""
        if query_task.query_id not in self._query_tasks:
            return
        connection = self._assigned.get(query_task.query_id)
        if connection is not None and connection.query_task is not query_task:
            self._retract_queued(connection)
            connection = self._assigned.get(query_task.query_id)
        if connection is not None:
            self._scheduler.learn(query_task)
        self._scheduler.quick.remove(query_task.client, query_task)
        self._scheduler.slow.remove(query_task.client, query_task)
        busy = connection if connection is not None and query_task in connection.in_flight else None
        if busy is not None:
            busy.in_flight.remove(query_task)
            if problem.slug == "query-timeout":
                self._scheduler.client_stats.record_broken_limit(query_task.client)
        self._complete(query_task, reason)
        query_task.fail(problem)
        if busy is not None:
            self._replace(busy, reason)
            self._serve_slow()

    def _replace(self, connection: WorkerConnection, reason: str) -> None:
        """End a worker; other queries queued at it are started over."""
        self._metrics.record_killed_worker(reason)
        unfinished, connection.in_flight = connection.in_flight, deque()
        self._worker_manager.replace(connection)
        for query_task in reversed(unfinished):
            self._start_over(query_task)
        self._dispatch()

    def _handle_lost(self, connection: WorkerConnection) -> None:
        """Handle the death of a worker; only the query that it was evaluating can be the cause."""
        for waiting in reversed(connection.retract(first=True)):
            self._start_over(waiting)
        unfinished, connection.in_flight = connection.in_flight, deque()
        query_task = unfinished.popleft() if unfinished else None
        for queued in reversed(unfinished):
            self._start_over(queued)
        self._dispatch()
        self._worker_manager.background(self._handle_dead_worker(connection, query_task))
        self._serve_slow()

    async def _handle_dead_worker(self, connection: WorkerConnection, query_task: QueryTask | None) -> None:
        status = await self._worker_manager.status(connection)
        running = query_task is not None and query_task.query_id in self._query_tasks
        if query_task is not None and running and status is None and not query_task.begun:
            # The worker died with the spawner; the query is not the cause.
            self._start_over(query_task)
            self._dispatch()
            return
        problem = await self._worker_manager.explain_death(status)
        self._metrics.record_killed_worker(problem.slug)
        if query_task is not None and running:
            self._scheduler.client_stats.record_broken_limit(query_task.client)
            log_crash(query_task, problem.slug)
            self._complete(query_task, problem.slug)
            query_task.fail(problem)

    def _start_over(self, query_task: QueryTask) -> None:
        """Return a query to the fast queue, where it does not lose its turn."""
        query_task.requeue()
        del self._assigned[query_task.query_id]
        self._scheduler.quick.put_back(query_task.client, query_task)

    # The slow lane.

    def _serve_slow(self) -> None:
        """Start workers for the queries in the slow queue, as far as the slow lane has places."""
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
            self._assign(connection, query_task)
        self._serve_slow()

    # Time.

    def _sweep(self) -> None:
        """Check deadlines and lanes every 50 ms while there are queries."""
        now = time.monotonic()
        for query_task in list(self._query_tasks.values()):
            connection = self._assigned.get(query_task.query_id)
            waited = now - query_task.arrived
            if now >= query_task.deadline:
                self._abort(query_task, self.limits.timeout_problem(query_task.seconds), "query-timeout")
            elif connection is not None:
                self._preempt(query_task, connection, now)
            elif query_task.started is None and waited > query_task.seconds / 2:
                self._abort(query_task, self.limits.no_free_worker_problem(waited), "overloaded")
        self._dispatch()
        self._sweeping = bool(self._query_tasks)
        if self._sweeping:
            asyncio.get_running_loop().call_later(_SWEEP_SECONDS, self._sweep)

    def _preempt(self, query_task: QueryTask, connection: WorkerConnection, now: float) -> None:
        """Preempt a slow query in the fast lane, or abort one whose client stopped reading, if other queries wait."""
        if connection.query_task is not query_task:
            return
        waiting = self._scheduler.waiting > 0
        stalled = query_task.stalled_since
        if waiting and stalled is not None and now - stalled > self.limits.stall:
            self._abort(query_task, self.limits.slow_client_problem(), "client-too-slow")
            return
        began = query_task.started
        if connection.lane == "slow" or began is None or now - began < self.limits.time_slice:
            return
        self._retract_queued(connection)
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
            self._restart_in_slow_lane(query_task, connection)

    def _restart_in_slow_lane(self, query_task: QueryTask, connection: WorkerConnection) -> None:
        """Preempt a query whose result has not begun; it is started over in the slow lane."""
        self._scheduler.learn(query_task)
        connection.in_flight.remove(query_task)
        query_task.requeue()
        del self._assigned[query_task.query_id]
        self._scheduler.slow.put(query_task.client, query_task)
        self._replace(connection, "started-over")
        self._serve_slow()
