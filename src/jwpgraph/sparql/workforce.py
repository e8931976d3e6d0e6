"""The workers that there are: starts them, keeps as many as there are places in the quick lane, and ends them."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Coroutine
from typing import Any, Final

from jwpgraph.problems import Problem
from jwpgraph.releases.release import Release
from jwpgraph.sparql.channel import Channel
from jwpgraph.sparql.limits import Limits, stopping
from jwpgraph.sparql.nursery import Nursery

_log = logging.getLogger(__name__)
_OPEN_SECONDS: Final = 30.0
_EXPLAIN_SECONDS: Final = 2.0
_UNEXPLAINED: Final = 1
_BACKOFF_SECONDS: Final = 0.05
_LONGEST_BACKOFF: Final = 5.0


class Workforce:
    """Workers over the current release.

    Args:
        limits: how many there are to be, and what each may use.
        network: whether they keep the network, which only a SERVICE allow-list is a reason for.
        on_stream, on_done, on_lost: what each worker's channel reports to.
        on_free: called when a quick worker has become free.
    """

    def __init__(
        self,
        limits: Limits,
        *,
        network: bool,
        on_stream: Callable[[Channel], bool],
        on_done: Callable[[Channel, Problem | None, bool], None],
        on_lost: Callable[[Channel], None],
        on_free: Callable[[], None],
    ) -> None:
        self.release: Release | None = None
        #: All that are ready or busy.
        self.channels: set[Channel] = set()
        #: Those of the quick lane that have nothing to do.
        self.idle: list[Channel] = []
        #: How many are being started for the quick lane.
        self.launching = 0
        self.nursery = Nursery(network=network, on_restart=self.refill)
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
            Problem: ``release-unreadable`` or ``workers-unavailable``.
        """
        await self.nursery.start()
        try:
            await self.switch(release)
        except BaseException:
            await self.nursery.stop()
            raise

    async def switch(self, release: Release) -> None:
        """Has fresh workers on *release* in place of the idle ones.

        Raises:
            Problem: ``release-unreadable``; everything stays as it was.
        """
        async with self._switching:
            grown = await asyncio.gather(*(self.grow(release) for _ in range(self.places)), return_exceptions=True)
            channels = [channel for channel in grown if isinstance(channel, Channel)]
            failures = [failure for failure in grown if isinstance(failure, BaseException)]
            if failures:
                for channel in channels:
                    self.drop(channel)
                raise _unavailable(failures[0])
            self.release = release
            for channel in self.idle:
                self.drop(channel)
            self.idle.clear()
            for channel in channels:
                self.offer(channel)

    async def stop(self) -> None:
        """Ends every process."""
        self.release = None
        for task in list(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        for channel in list(self.channels):
            self.drop(channel)
        self.idle.clear()
        await self.nursery.stop()

    def offer(self, channel: Channel) -> None:
        """A quick worker is free."""
        self.idle.append(channel)
        self._on_free()

    def drop(self, channel: Channel) -> None:
        """Ends a worker that has nothing to do, or nothing that anybody waits for."""
        self.channels.discard(channel)
        self.nursery.kill(channel.number)
        self.nursery.forget(channel.number)
        channel.close()

    def replace(self, channel: Channel) -> None:
        """Ends a worker, and starts another where the quick lane lacks one by that."""
        self.drop(channel)
        self.refill()

    def slow_down(self, channel: Channel) -> None:
        """Has a worker yield the processor to everybody else's; there are only so many cores."""
        if not channel.slowed:
            channel.slowed = True
            self.nursery.slow_down(channel.number)

    def confine(self, channel: Channel) -> None:
        """Has a worker leave one processor to everybody else's."""
        if not channel.confined:
            channel.confined = True
            self.nursery.confine(channel.number)

    def move_over(self, channel: Channel) -> None:
        """Moves a busy worker to the slow lane; a fresh one takes its place."""
        channel.lane = "slow"
        self.slow_down(channel)
        self.refill()

    def refill(self) -> None:
        """Starts the quick workers that are missing."""
        release = self.release
        if release is None:
            return
        present = sum(1 for c in self.channels if c.lane == "quick" and c.release_number == release.number)
        for _ in range(self.places - present - self.launching):
            self.launching += 1
            self.background(self._launch(release))

    async def grow(self, release: Release) -> Channel:
        """A new worker that has *release* open.

        Raises:
            Problem: ``release-unreadable``.
            ConnectionError, TimeoutError: it did not come up.
        """
        number, line = self.nursery.spawn(release.store_path, self._limits.memory, self._limits.result)
        channel = Channel(number, release.number, self._limits, self._on_stream, self._on_done, self._lost)
        try:
            await asyncio.wait_for(channel.open(line), _OPEN_SECONDS)
        except BaseException:
            self.drop(channel)
            raise
        if channel.lost:
            self.drop(channel)
            raise ConnectionError("the worker ended as soon as it was ready")
        self.channels.add(channel)
        return channel

    async def pause(self) -> None:
        """Waits a little, for what keeps workers from starting to pass."""
        await asyncio.sleep(self._backoff)

    async def status(self, channel: Channel) -> int | None:
        """How a worker that is lost ended: its exit status, negative for a signal; None when nobody can tell."""
        status: int | None = _UNEXPLAINED
        try:
            status = await asyncio.wait_for(self.nursery.ended(channel.number), _EXPLAIN_SECONDS)
        except TimeoutError:
            self.nursery.kill(channel.number)
        self.nursery.forget(channel.number)
        return status

    def background(self, work: Coroutine[Any, Any, None]) -> None:
        """Does *work* beside everything else, until it is done or the workforce is stopped."""
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _launch(self, release: Release) -> None:
        try:
            channel = await self.grow(release)
        except (Problem, ConnectionError, TimeoutError) as error:
            _log.error("a query worker did not start: %s", error)
            await self.pause()
            self._backoff = min(2 * self._backoff, _LONGEST_BACKOFF)
        else:
            self._backoff = _BACKOFF_SECONDS
            if release is self.release:
                self.offer(channel)
            else:
                self.drop(channel)
        finally:
            self.launching -= 1
        self.refill()

    def _lost(self, channel: Channel) -> None:
        """A worker's channel closed; of its own accord unless it was dropped before."""
        if channel not in self.channels:
            return
        self.channels.discard(channel)
        if channel in self.idle:
            self.idle.remove(channel)
        self._on_lost(channel)
        channel.close()
        self.refill()


def _unavailable(failure: BaseException) -> BaseException:
    return stopping() if isinstance(failure, ConnectionError | TimeoutError) else failure
