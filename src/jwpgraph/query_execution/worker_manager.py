"""Management of worker processes: starts them, keeps the fast lane filled, and ends them."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Coroutine
from typing import Any, Final

from jwpgraph.problems import ProblemError
from jwpgraph.query_execution.limits import QueryLimits, make_stopping_problem
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
    """Manages the workers of the current release.

    Args:
        limits: number and limits of workers.
        network: whether workers have network access; needed only for allowed SERVICE endpoints.
        on_stream, on_done, on_lost: callbacks of each connection (:class:`.WorkerConnection`).
        on_free: called when a fast worker has become idle.
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
        #: All workers, idle or busy.
        self.connections: set[WorkerConnection] = set()
        #: The idle workers of the fast lane.
        self.idle: list[WorkerConnection] = []
        #: The number of workers being started for the fast lane.
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
        """The number of workers in the fast lane."""
        return self._limits.workers + self._limits.reserve

    @property
    def release_number(self) -> int:
        """The number of the release for new queries; 0 before :meth:`start`."""
        return self.release.number if self.release else 0

    async def start(self, release: Release) -> None:
        """Start the workers on *release* and return when they are ready.

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
        """Replace the idle workers by new ones on *release*.

        Raises:
            ProblemError: ``release-unreadable`` (503); nothing is changed.
        """
        async with self._switching:
            grown = await asyncio.gather(*(self.grow(release) for _ in range(self.places)), return_exceptions=True)
            connections = [connection for connection in grown if isinstance(connection, WorkerConnection)]
            failures = [failure for failure in grown if isinstance(failure, BaseException)]
            if failures:
                for connection in connections:
                    self.drop(connection)
                raise _make_unavailable_problem(failures[0])
            self.release = release
            for connection in self.idle:
                self.drop(connection)
            self.idle.clear()
            for connection in connections:
                self.offer(connection)

    async def stop(self) -> None:
        """End all processes."""
        self.release = None
        for task in list(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        for connection in list(self.connections):
            self.drop(connection)
        self.idle.clear()
        await self.spawner_client.stop()

    def offer(self, connection: WorkerConnection) -> None:
        """Add an idle worker to the fast lane."""
        self.idle.append(connection)
        self._on_free()

    def drop(self, connection: WorkerConnection) -> None:
        """End a worker."""
        self.connections.discard(connection)
        self.spawner_client.kill(connection.number)
        self.spawner_client.forget(connection.number)
        connection.close()

    def replace(self, connection: WorkerConnection) -> None:
        """End a worker and refill the fast lane."""
        self.drop(connection)
        self.refill()

    def lower_priority(self, connection: WorkerConnection) -> None:
        """Lower the CPU priority of a worker permanently."""
        if not connection.is_low_priority:
            connection.is_low_priority = True
            self.spawner_client.lower_priority(connection.number)

    def confine(self, connection: WorkerConnection) -> None:
        """Exclude a worker from one processor permanently."""
        if not connection.is_confined:
            connection.is_confined = True
            self.spawner_client.confine(connection.number)

    def move_over(self, connection: WorkerConnection) -> None:
        """Move a busy worker to the slow lane and start another one for the fast lane."""
        connection.lane = "slow"
        self.lower_priority(connection)
        self.refill()

    def refill(self) -> None:
        """Start the missing workers of the fast lane."""
        release = self.release
        if release is None:
            return
        present = sum(1 for c in self.connections if c.lane == "quick" and c.release_number == release.number)
        for _ in range(self.places - present - self.launching):
            self.launching += 1
            self.background(self._launch(release))

    async def grow(self, release: Release) -> WorkerConnection:
        """Start a worker and return it when *release* is open.

        Raises:
            ProblemError: ``release-unreadable``.
            ConnectionError, TimeoutError: the worker did not start.
        """
        number, sockets = self.spawner_client.spawn(release.store_path, self._limits.memory, self._limits.result)
        connection = WorkerConnection(
            number, release.number, self._limits, self._on_stream, self._on_done, self._handle_lost
        )
        try:
            await asyncio.wait_for(connection.open(sockets), _OPEN_SECONDS)
        except BaseException:
            self.drop(connection)
            raise
        if connection.lost:
            self.drop(connection)
            raise ConnectionError("the worker ended as soon as it was ready")
        self.connections.add(connection)
        return connection

    async def pause(self) -> None:
        """Wait before the next attempt to start a worker."""
        await asyncio.sleep(self._backoff)

    async def status(self, connection: WorkerConnection) -> int | None:
        """Return the exit status of a lost worker, negative for a signal, ``None`` if unknown."""
        status: int | None = _UNEXPLAINED_END
        try:
            status = await asyncio.wait_for(self.spawner_client.wait_for_end(connection.number), _EXPLAIN_SECONDS)
        except TimeoutError:
            self.spawner_client.kill(connection.number)
        self.spawner_client.forget(connection.number)
        return status

    async def explain_death(self, status: int | None) -> ProblemError:
        """Return the problem for a worker that died with *status*.

        The engine aborts on damaged files as it does if an allocation fails. If the manifest cannot be read either, as
        on a disk that is not mounted any more, nothing is known about damage.
        """
        problem = self._limits.worker_died_problem(status)
        release = self.release
        if problem.slug == "query-memory" and release is not None and release.is_described():
            try:
                await asyncio.to_thread(release.check_files)
            except ProblemError as damage:
                lost = damage.slug == "data-dir-damaged"
                return release.make_unreadable_problem(damage.detail) if lost else damage
        return problem

    def background(self, work: Coroutine[Any, Any, None]) -> None:
        """Run *work* as a background task, cancelled by :meth:`stop`."""
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

    def _handle_lost(self, connection: WorkerConnection) -> None:
        """Handle a closed connection, unless the worker was dropped before."""
        if connection not in self.connections:
            return
        self.connections.discard(connection)
        if connection in self.idle:
            self.idle.remove(connection)
        self._on_lost(connection)
        connection.close()
        self.refill()


def _make_unavailable_problem(failure: BaseException) -> BaseException:
    return make_stopping_problem() if isinstance(failure, ConnectionError | TimeoutError) else failure
