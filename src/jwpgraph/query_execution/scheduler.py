"""Scheduling of queries in two lanes. This module decides; the pool acts on the decisions (``docs/isolation.md``).

- Queries start in the *quick* (fast) lane. Its last idle worker is reserved for clients with fast queries.
- When all processors are busy, a query of a client with very short queries is queued at a worker that is evaluating
  another such query. This saves context switches. It is retracted if the query before it takes longer than expected.
- A query that is still running after a time slice, while no fast worker is idle, moves with its worker to the *slow*
  lane, which has the same number of places and a lower CPU priority. A new worker replaces the fast one.
- If the slow lane is full and clients with fast queries are waiting, the query is preempted and started over in the
  slow lane later.
"""

from __future__ import annotations

import os
import time
from collections import Counter
from typing import Final

from jwpgraph.query_execution.client_stats import ClientStats
from jwpgraph.query_execution.fair_queue import FairQueue
from jwpgraph.query_execution.limits import QueryLimits
from jwpgraph.query_execution.query_task import QueryTask
from jwpgraph.query_execution.worker_connection import WorkerConnection, fits_in_packet
from jwpgraph.query_execution.worker_manager import WorkerManager

#: Maximum number of queries at one worker: the running one and the queued ones.
_MOST_QUEUED: Final = 6
#: Number of workers that can run in parallel beside this process.
_PARALLEL_WORKERS: Final = max(1, len(os.sched_getaffinity(0)) - 1 if hasattr(os, "sched_getaffinity") else 1)


class QueryScheduler:
    """The waiting queries, and the rules by which they get workers.

    Args:
        limits: numbers of workers, and times.
        worker_manager: the existing workers.
    """

    def __init__(self, limits: QueryLimits, worker_manager: WorkerManager) -> None:
        #: Queries that wait for a fast worker.
        self.quick: FairQueue[QueryTask] = FairQueue()
        #: Preempted queries that wait for a place in the slow lane.
        self.slow: FairQueue[QueryTask] = FairQueue()
        self.client_stats = ClientStats()
        #: Number of workers being started for the slow lane, by client.
        self.launching_slow: Counter[str] = Counter()
        self._limits = limits
        self._worker_manager = worker_manager

    @property
    def waiting(self) -> int:
        """The number of waiting queries."""
        return len(self.quick) + len(self.slow)

    def learn(self, query_task: QueryTask) -> None:
        """Record the running time of a query in the statistics of its client."""
        if query_task.started is not None:
            seconds = time.monotonic() - query_task.started
            self.client_stats.learn(
                query_task.client, seconds / self._limits.time_slice, brief=seconds <= self._limits.brief
            )

    def may_use_fast_lane(self, query_task: QueryTask) -> bool:
        """Return whether a query may use an idle fast worker; the last one is reserved for fast clients."""
        if len(self._worker_manager.idle) > 1 or self._worker_manager.places == 1:
            return True
        if not self.client_stats.quick(query_task.client):
            return False
        connections = self._worker_manager.connections
        slow_clients = {
            connection.query_task.client
            for connection in connections
            if connection.is_low_priority and connection.query_task is not None
        }
        return query_task.client not in slow_clients and not any(slow.client == query_task.client for slow in self.slow)

    def is_fast_client(self, query_task: QueryTask) -> bool:
        """Return whether most recent queries of the client are fast."""
        return self.client_stats.quick(query_task.client)

    def pick(self, query_task: QueryTask) -> WorkerConnection:
        """Take an idle fast worker for a query, preferably one with low priority for a client with slow queries."""
        idle, slow = self._worker_manager.idle, not self.client_stats.quick(query_task.client)
        connection = next((connection for connection in reversed(idle) if connection.is_low_priority == slow), idle[-1])
        idle.remove(connection)
        return connection

    def suits(self, connection: WorkerConnection, query_task: QueryTask) -> bool:
        """Return whether a fast worker can be reused after a query; its priority cannot be raised again."""
        client = query_task.client
        return not (connection.is_low_priority and self.client_stats.quick(client)) and not (
            connection.is_confined and not self.client_stats.breaks_limits(client)
        )

    def is_brief(self, query_task: QueryTask) -> bool:
        """Return whether a query may be queued at a busy worker, or others behind it."""
        return self.client_stats.brief(query_task.client) and fits_in_packet(query_task)

    def find_room(self) -> WorkerConnection | None:
        """Return the fast worker with the fewest queued queries that can take another one, or ``None``.

        There is none while an idle worker could run on a free processor.
        """
        best: WorkerConnection | None = None
        if len(self._worker_manager.connections) - len(self._worker_manager.idle) < _PARALLEL_WORKERS:
            return None
        since = time.monotonic() - self._limits.brief
        for connection in self._worker_manager.connections:
            ahead = connection.query_task
            if (
                ahead is not None
                and len(connection.in_flight) < (len(best.in_flight) if best else _MOST_QUEUED)
                and connection.lane == "quick"
                and not connection.is_low_priority
                and connection.release_number == self._worker_manager.release_number
                and not ahead.begun
                and ahead.started is not None
                and ahead.started > since
                and self.is_brief(ahead)
            ):
                best = connection
        return best

    def may_use_slow_lane(self, query_task: QueryTask) -> bool:
        """Return whether the slow lane has a place for a query; one client may not occupy all places."""
        held = Counter(self.launching_slow)
        connections = self._worker_manager.connections
        held.update(
            connection.query_task.client
            for connection in connections
            if connection.lane == "slow" and connection.query_task is not None
        )
        places = self._limits.workers
        return held.total() < places and held[query_task.client] < max(1, places - 1)

    def count_fast_waiting(self, client: str) -> int:
        """Return the number of waiting queries of fast clients, for which a slow query of *client* is preempted.

        The client's own waiting queries count only if its queries are almost always fast.
        """
        return sum(
            self.client_stats.is_almost_always_quick(client)
            if waiting.client == client
            else self.client_stats.quick(waiting.client)
            for waiting in self.quick
        )

    def is_saturated(self, now: float) -> bool:
        """Return whether all fast workers are occupied by slow queries."""
        young = now - self._limits.time_slice
        return not any(
            connection.lane == "quick"
            and connection.query_task is not None
            and (connection.query_task.started or now) > young
            for connection in self._worker_manager.connections
        )
