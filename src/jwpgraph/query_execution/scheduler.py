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
from collections import Counter, OrderedDict, deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Final, Generic, TypeVar

from jwpgraph.query_execution.limits import QueryLimits
from jwpgraph.query_execution.query_task import QueryTask
from jwpgraph.query_execution.worker_connection import WorkerConnection, fits_in_packet
from jwpgraph.query_execution.worker_manager import WorkerManager

#: Maximum number of queries at one worker: the running one and the queued ones.
_MOST_QUEUED: Final = 6
#: Number of workers that can run in parallel beside this process.
_PARALLEL_WORKERS: Final = max(1, len(os.sched_getaffinity(0)) - 1 if hasattr(os, "sched_getaffinity") else 1)
#: Weight of the latest query in the moving average; three slow queries in a row make a client slow.
_LEARNING_RATE: Final = 0.25
_QUICK: Final = 0.5
#: Time slices after which a single query makes a client slow.
_DECISIVE_SLICES: Final = 10
_NEARLY_ALWAYS: Final = 0.9
#: Average from which a client counts as one that has never been slow.
_FULL_TRUST: Final = 0.99
#: Number of very short queries required after one that was not, before the next is expected to be very short.
_BRIEF_QUERIES_OWED: Final = 16
#: Number of answered queries required after a broken limit, before the client is trusted again.
_ANSWERS_OWED: Final = 3
#: Maximum number of clients with entries; the least recent ones are dropped.
_MOST_CLIENTS: Final = 1000

Item = TypeVar("Item")


class FairQueue(Generic[Item]):
    """A queue that is FIFO within a client and round-robin between clients."""

    def __init__(self) -> None:
        self._clients: OrderedDict[str, deque[Item]] = OrderedDict()
        self._length = 0

    def __len__(self) -> int:
        return self._length

    def __iter__(self) -> Iterator[Item]:
        """Iterate over the waiting items, client by client."""
        for items in list(self._clients.values()):
            yield from list(items)

    def put(self, client: str, item: Item) -> None:
        """Append *item* to the queue of *client*."""
        self._clients.setdefault(client, deque()).append(item)
        self._length += 1

    def put_back(self, client: str, item: Item) -> None:
        """Return *item* to the front of the queue of *client*, which is the next in the round again."""
        self._clients.setdefault(client, deque()).appendleft(item)
        self._clients.move_to_end(client, last=False)
        self._length += 1

    def first(self, allowed: Callable[[Item], bool] = lambda _: True) -> Item | None:
        """Return the next *allowed* item, or ``None``."""
        return next((items[0] for items in self._clients.values() if allowed(items[0])), None)

    def take(self, allowed: Callable[[Item], bool] = lambda _: True) -> Item | None:
        """Remove and return the next *allowed* item, or ``None``; its client moves to the end of the round."""
        for client, items in self._clients.items():
            if allowed(items[0]):
                item = items.popleft()
                self._length -= 1
                self._clients.move_to_end(client)
                if not items:
                    del self._clients[client]
                return item
        return None

    def remove(self, client: str, item: Item) -> bool:
        """Remove *item*; return whether it was in the queue."""
        items = self._clients.get(client)
        if items is None or item not in items:
            return False
        items.remove(item)
        self._length -= 1
        if not items:
            del self._clients[client]
        return True


@dataclass(slots=True)
class _History:
    """The record of a client; the defaults are those of an unknown client."""

    #: Moving average of "query was fast", from 0 to 1.
    quickness: float = 1.0
    #: Number of very short queries still required before the next is expected to be very short.
    owed_brief_queries: int = 0
    #: Number of answered queries still required after a broken limit, before the client is trusted again.
    owed_answers: int = 0


_UNKNOWN: Final = _History()


class ClientStats:
    """Statistics per client address: whether recent queries were fast, very short, or broke a limit.

    Unknown clients are assumed to be fast. Only clients that differ from them have an entry.
    """

    def __init__(self) -> None:
        self._histories: OrderedDict[str, _History] = OrderedDict()

    def __len__(self) -> int:
        return len(self._histories)

    def learn(self, client: str, slices: float, *, brief: bool = False) -> None:
        """Record a query of *client* that has ended or was stopped.

        Args:
            client: address of the client.
            slices: time for which the query occupied its worker, in time slices.
            brief: whether it was very short (:attr:`.QueryLimits.brief`).
        """
        history = self._histories.get(client)
        if history is None:
            if brief and slices < 1:
                return
            history = _History()
        history.quickness += ((slices < 1) - history.quickness) * _LEARNING_RATE
        if slices > _DECISIVE_SLICES:
            history.quickness = min(history.quickness, _LEARNING_RATE)
        if history.quickness >= _FULL_TRUST:
            history.quickness = 1.0
        history.owed_brief_queries = max(0, history.owed_brief_queries - 1) if brief else _BRIEF_QUERIES_OWED
        self._store(client, history)

    def brief(self, client: str) -> bool:
        """Return whether recent queries of *client* were very short, so that others can queue behind them."""
        return not self._histories.get(client, _UNKNOWN).owed_brief_queries

    def quick(self, client: str) -> bool:
        """Return whether most recent queries of *client* were fast."""
        return self._histories.get(client, _UNKNOWN).quickness >= _QUICK

    def is_almost_always_quick(self, client: str) -> bool:
        """Return whether slow queries of *client* are rare exceptions."""
        return self._histories.get(client, _UNKNOWN).quickness >= _NEARLY_ALWAYS

    def record_broken_limit(self, client: str) -> None:
        """Record that a query of *client* exceeded its deadline or memory, or crashed its worker."""
        history = self._histories.get(client) or _History()
        history.owed_answers = _ANSWERS_OWED
        self._store(client, history)

    def record_answer(self, client: str) -> None:
        """Record that a query of *client* was answered."""
        history = self._histories.get(client)
        if history is not None and history.owed_answers:
            history.owed_answers -= 1
            self._store(client, history)

    def breaks_limits(self, client: str) -> bool:
        """Return whether *client* has recently broken limits, so that its next query may do so, too."""
        return self._histories.get(client, _UNKNOWN).owed_answers > 0

    def _store(self, client: str, history: _History) -> None:
        """Store the history of the most recent client, unless it is that of an unknown one."""
        self._histories.pop(client, None)
        if history != _UNKNOWN:
            self._histories[client] = history
        if len(self._histories) > _MOST_CLIENTS:
            self._histories.popitem(last=False)


class QueryScheduler:
    """The waiting queries, and the rules that assign workers to them.

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
