"""Which worker a query may have: two lanes, and lines behind busy workers. Here it is decided; the pool acts on it.

Queries start in the *quick* lane, whose last free worker is kept for those who do not keep workers for long. As soon as
the processors are busy, a query of somebody whose queries are over at once stands in line behind one of the same kind,
which spares both processes most of the switching to and fro; it is taken back where that turns out to take longer.

One that is still running after a time slice while no quick worker is free moves, with its worker, to the *slow* lane,
which has as many places and a lower priority, and a fresh worker takes over the quick one's place. With the slow lane
full, and somebody waiting whose queries are quick, it is started over in the slow lane when its turn comes. So short
queries stay short whatever else is asked (``docs/isolation.md``).
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

#: Queries that a worker is given at most: the one that it evaluates and those that stand in line.
_MOST_QUEUED: Final = 6
#: Workers that the machine can run beside this process; more would only take turns.
_PARALLEL_WORKERS: Final = max(1, len(os.sched_getaffinity(0)) - 1 if hasattr(os, "sched_getaffinity") else 1)


class QueryScheduler:
    """The queries that wait, and where they may go.

    Args:
        limits: places and times.
        worker_manager: the workers that there are.
    """

    def __init__(self, limits: QueryLimits, worker_manager: WorkerManager) -> None:
        #: Queries that wait for a quick worker.
        self.quick: FairQueue[QueryTask] = FairQueue()
        #: Queries that were started over and wait for a place in the slow lane.
        self.slow: FairQueue[QueryTask] = FairQueue()
        self.client_stats = ClientStats()
        #: Places in the slow lane for which a worker is being started, by client.
        self.launching_slow: Counter[str] = Counter()
        self._limits = limits
        self._worker_manager = worker_manager

    @property
    def waiting(self) -> int:
        """How many queries wait."""
        return len(self.quick) + len(self.slow)

    def learn(self, query_task: QueryTask) -> None:
        """Remembers of the client whether it kept a worker for longer than a time slice."""
        if query_task.started is not None:
            seconds = time.monotonic() - query_task.started
            self.client_stats.learn(
                query_task.client, seconds / self._limits.time_slice, brief=seconds <= self._limits.brief
            )

    def may_use_fast_lane(self, query_task: QueryTask) -> bool:
        """Whether a query may have a free quick worker; the last one is not for those who keep others busy for long."""
        if len(self._worker_manager.idle) > 1 or self._worker_manager.places == 1:
            return True
        if not self.client_stats.quick(query_task.client):
            return False
        connections = self._worker_manager.connections
        burdens = {at.query_task.client for at in connections if at.is_low_priority and at.query_task is not None}
        return query_task.client not in burdens and not any(slow.client == query_task.client for slow in self.slow)

    def is_fast_client(self, query_task: QueryTask) -> bool:
        """Whether a query is of somebody most of whose queries are quick."""
        return self.client_stats.quick(query_task.client)

    def pick(self, query_task: QueryTask) -> WorkerConnection:
        """The free quick worker that suits a query: one that yields to others, for those whose queries are slow."""
        idle, slow = self._worker_manager.idle, not self.client_stats.quick(query_task.client)
        connection = next((connection for connection in reversed(idle) if connection.is_low_priority == slow), idle[-1])
        idle.remove(connection)
        return connection

    def suits(self, connection: WorkerConnection, query_task: QueryTask) -> bool:
        """Whether a quick worker may go on after a query, or yields more than the next one is owed."""
        client = query_task.client
        return not (connection.is_low_priority and self.client_stats.quick(client)) and not (
            connection.is_confined and not self.client_stats.breaks_limits(client)
        )

    def is_brief(self, query_task: QueryTask) -> bool:
        """Whether a query may stand in line, or others behind it."""
        return self.client_stats.brief(query_task.client) and fits_in_packet(query_task)

    def room(self) -> WorkerConnection | None:
        """A quick worker that will soon be done with what it was given, and may be given more; the least busy one.

        There is none as long as another worker would really be another processor.
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
        """Whether the slow lane has a place for a query; no client may take all of it."""
        held = Counter(self.launching_slow)
        connections = self._worker_manager.connections
        held.update(at.query_task.client for at in connections if at.lane == "slow" and at.query_task is not None)
        places = self._limits.workers
        return held.total() < places and held[query_task.client] < max(1, places - 1)

    def count_fast_waiting(self, client: str) -> int:
        """How many wait for a quick worker that a slow query of *client* should make way for.

        Whose own queries are slow gains nothing by it; for a client's own sake it is only done when few of them are.
        """
        return sum(
            self.client_stats.is_almost_always_quick(client)
            if other.client == client
            else self.client_stats.quick(other.client)
            for other in self.quick
        )

    def is_saturated(self, now: float) -> bool:
        """Whether every quick worker is held by a slow query, so that none will soon be free for who may come next."""
        young = now - self._limits.time_slice
        return not any(
            at.lane == "quick" and at.query_task is not None and (at.query_task.started or now) > young
            for at in self._worker_manager.connections
        )
