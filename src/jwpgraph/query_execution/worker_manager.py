"""The workers that there are: starts them, keeps as many as there are places in the quick lane, and ends them."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Coroutine
from typing import Any, Final

from jwpgraph.problems import ProblemError
from jwpgraph.query_execution.limits import QueryLimits, stopping_problem
from jwpgraph.query_execution.spawner_client import SpawnerClient
from jwpgraph.query_execution.worker_connection import WorkerConnection
from jwpgraph.releases.release import Release

_log = logging.getLogger(__name__)
_OPEN_SECONDS: Final = 30.0
_EXPLAIN_SECONDS: Final = 2.0
_UNEXPLAINED_END: Final = 1
_BACKOFF_SECONDS: Final = 0.05
_LONGEST_BACKOFF: Final = 5.0


class WorkerManager:
    """Workers over the current release.

    Args:
        limits: how many there are to be, and what each may use.
        network: whether they keep the network, which only a SERVICE allow-list is a reason for.
        on_stream, on_done, on_lost: what each worker's channel reports to.
        on_free: called when a quick worker has become free.
    """

    def __init__(
        self,
        limits: QueryLimits,
        *,
        network: bool,
        on_stream: Callable[[WorkerConnection], bool],
        on_done: Callable[[WorkerConnection, ProblemError | None, bool], None],
        on_lost: Callable[[WorkerConnection], None],
        on_free: Callable[[], None],
    ) -> None:
        self.release: Release | None = None
        #: All that are ready or busy.
        self.connections: set[WorkerConnection] = set()
        #: Those of the quick lane that have nothing to do.
        self.idle: list[WorkerConnection] = []
        #: How many are being started for the quick lane.
        self.launching = 0
        self.spawner_client = SpawnerClient(network=network, on_restart=self.refill)
        self._limits = limits
        self._on_stream = on_stream
        self._on_done = on_done
        self._on_lost = on_lost
        self._on_free = on_free
        self._backoff = _BACKOFF_SECONDS
        self._tasks: set[asyncio.Task[None]] = set()
        self._switching = asyncio.Lock()

    @property
    def places(self) -> int:
        """Workers that the quick lane is to have."""
        return self._limits.workers + self._limits.reserve

    @property
    def release_number(self) -> int:
        """The number of the release that new queries are answered from; 0 before there is one."""
        return self.release.number if self.release else 0

    async def start(self, release: Release) -> None:
        """Starts the workers on *release* and returns when they are ready.

        Raises:
            ProblemError: ``release-unreadable`` or ``workers-unavailable``.
        """
        await self.spawner_client.start()
        try:
            await self.switch(release)
        except BaseException:
            await self.spawner_client.stop()
            raise

    async def switch(self, release: Release) -> None:
        """Has fresh workers on *release* in place of the idle ones.

        Raises:
            ProblemError: ``release-unreadable``; everything stays as it was.
        """
        async with self._switching:
            grown = await asyncio.gather(*(self.grow(release) for _ in range(self.places)), return_exceptions=True)
            connections = [connection for connection in grown if isinstance(connection, WorkerConnection)]
            failures = [failure for failure in grown if isinstance(failure, BaseException)]
            if failures:
                for connection in connections:
                    self.drop(connection)
                raise _unavailable_problem(failures[0])
            self.release = release
            for connection in self.idle:
                self.drop(connection)
            self.idle.clear()
            for connection in connections:
                self.offer(connection)

    async def stop(self) -> None:
        """Ends every process."""
        self.release = None
        for task in list(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        for connection in list(self.connections):
            self.drop(connection)
        self.idle.clear()
        await self.spawner_client.stop()

    def offer(self, connection: WorkerConnection) -> None:
        """A quick worker is free."""
        self.idle.append(connection)
        self._on_free()

    def drop(self, connection: WorkerConnection) -> None:
        """Ends a worker that has nothing to do, or nothing that anybody waits for."""
        self.connections.discard(connection)
        self.spawner_client.kill(connection.number)
        self.spawner_client.forget(connection.number)
        connection.close()

    def replace(self, connection: WorkerConnection) -> None:
        """Ends a worker, and starts another where the quick lane lacks one by that."""
        self.drop(connection)
        self.refill()

    def lower_priority(self, connection: WorkerConnection) -> None:
        """Has a worker yield the processor to everybody else's; there are only so many cores."""
        if not connection.is_low_priority:
            connection.is_low_priority = True
            self.spawner_client.lower_priority(connection.number)

    def confine(self, connection: WorkerConnection) -> None:
        """Has a worker leave one processor to everybody else's."""
        if not connection.is_confined:
            connection.is_confined = True
            self.spawner_client.confine(connection.number)

    def move_over(self, connection: WorkerConnection) -> None:
        """Moves a busy worker to the slow lane; a fresh one takes its place."""
        connection.lane = "slow"
        self.lower_priority(connection)
        self.refill()

    def refill(self) -> None:
        """Starts the quick workers that are missing."""
        release = self.release
        if release is None:
            return
        present = sum(1 for c in self.connections if c.lane == "quick" and c.release_number == release.number)
        for _ in range(self.places - present - self.launching):
            self.launching += 1
            self.background(self._launch(release))

    async def grow(self, release: Release) -> WorkerConnection:
        """A new worker that has *release* open.

        Raises:
            ProblemError: ``release-unreadable``.
            ConnectionError, TimeoutError: it did not come up.
        """
        number, line = self.spawner_client.spawn(release.store_path, self._limits.memory, self._limits.result)
        connection = WorkerConnection(number, release.number, self._limits, self._on_stream, self._on_done, self._lost)
        try:
            await asyncio.wait_for(connection.open(line), _OPEN_SECONDS)
        except BaseException:
            self.drop(connection)
            raise
        if connection.lost:
            self.drop(connection)
            raise ConnectionError("the worker ended as soon as it was ready")
        self.connections.add(connection)
        return connection

    async def pause(self) -> None:
        """Waits a little, for what keeps workers from starting to pass."""
        await asyncio.sleep(self._backoff)

    async def status(self, connection: WorkerConnection) -> int | None:
        """How a worker that is lost ended: its exit status, negative for a signal; None when nobody can tell."""
        status: int | None = _UNEXPLAINED_END
        try:
            status = await asyncio.wait_for(self.spawner_client.ended(connection.number), _EXPLAIN_SECONDS)
        except TimeoutError:
            self.spawner_client.kill(connection.number)
        self.spawner_client.forget(connection.number)
        return status

    def background(self, work: Coroutine[Any, Any, None]) -> None:
        """Does *work* beside everything else, until it is done or the workforce is stopped."""
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _launch(self, release: Release) -> None:
        try:
            connection = await self.grow(release)
        except (ProblemError, ConnectionError, TimeoutError) as error:
            _log.error("a query worker did not start: %s", error)
            await self.pause()
            self._backoff = min(2 * self._backoff, _LONGEST_BACKOFF)
        else:
            self._backoff = _BACKOFF_SECONDS
            if release is self.release:
                self.offer(connection)
            else:
                self.drop(connection)
        finally:
            self.launching -= 1
        self.refill()

    def _lost(self, connection: WorkerConnection) -> None:
        """A worker's channel closed; of its own accord unless it was dropped before."""
        if connection not in self.connections:
            return
        self.connections.discard(connection)
        if connection in self.idle:
            self.idle.remove(connection)
        self._on_lost(connection)
        connection.close()
        self.refill()


def _unavailable_problem(failure: BaseException) -> BaseException:
    return stopping_problem() if isinstance(failure, ConnectionError | TimeoutError) else failure
