"""Keeping the workers on the published release, whoever published it: this service or a command beside it."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from contextlib import suppress
from typing import Protocol

from jwpgraph.problems import ProblemError
from jwpgraph.releases.directory import ReleaseDirectory
from jwpgraph.releases.release import Release

_log = logging.getLogger(__name__)
_POLL_SECONDS = 0.5


class ReleaseReader(Protocol):
    """Whoever reads a release and can be moved to the next."""

    async def switch(self, release: Release) -> None:
        """Answer new queries from *release*."""


class ReleaseWatcher:
    """Watches CURRENT and moves the readers.

    Args:
        releases: the data directory.
        readers: what to move.
        release: the release that the readers started with.
    """

    def __init__(self, releases: ReleaseDirectory, readers: ReleaseReader, release: Release) -> None:
        self._releases = releases
        self._readers = readers
        self.release = release
        self._moving = asyncio.Lock()
        self._task: asyncio.Task[None] | None = None
        #: Hears of each release that is served from now on.
        self.on_release: Callable[[Release], None] = lambda _: None

    def current(self) -> Release:
        """The release being served."""
        return self.release

    def start(self) -> None:
        """Begin to watch."""
        self._task = asyncio.create_task(self._watch())

    async def stop(self) -> None:
        """Stop watching."""
        if self._task is not None:
            self._task.cancel()
            with suppress(asyncio.CancelledError):
                await self._task

    async def refresh(self) -> None:
        """Move to the published release now, if it is another one."""
        async with self._moving:
            number = self._releases.current_number()
            if number is None or number == self.release.number:
                return
            release = self._releases.get(number)
            await self._readers.switch(release)
            self.release = release
            _log.info("serving release %s", number)
            self.on_release(release)

    async def _watch(self) -> None:
        while True:
            await asyncio.sleep(_POLL_SECONDS)
            try:
                await self.refresh()
            except (ProblemError, OSError) as error:
                _log.error("staying on release %s: %s", self.release.number, error)
