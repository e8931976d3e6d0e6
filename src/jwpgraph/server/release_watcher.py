"""Keeping the workers on the published release, whoever published it: this service or a command beside it."""

from __future__ import annotations

import asyncio
import logging
from typing import Protocol

from jwpgraph.problems import ProblemError
from jwpgraph.releases.directory import ReleaseDirectory
from jwpgraph.releases.release import Release
from jwpgraph.supervision import Supervisor

_log = logging.getLogger(__name__)
_POLL_SECONDS = 0.5
#: What keeps readers from a release seldom passes at once, and trying costs processes.
_RETRY_SECONDS = 2.0
_NAME = "release follower"


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
        supervisor: keeps the watch going, and tells what is wrong.
    """

    def __init__(
        self, releases: ReleaseDirectory, readers: ReleaseReader, release: Release, supervisor: Supervisor
    ) -> None:
        self._supervisor = supervisor
        self._releases = releases
        self._readers = readers
        self.release = release
        self._moving = asyncio.Lock()

    def current(self) -> Release:
        """The release being served."""
        return self.release

    def start(self) -> None:
        """Begin to watch."""
        self._supervisor.start(_NAME, self._watch)

    async def stop(self) -> None:
        """Stop watching."""
        await self._supervisor.stop(_NAME)

    async def refresh(self) -> None:
        """Move to the published release now, if it is another one.

        Raises:
            ProblemError: it is not known which one that is, or it cannot be read; readers stay where they are.
        """
        async with self._moving:
            release = self._releases.current()
            if release is None:
                detail = f"CURRENT is not there; write {self.release.number} into it, or restore a backup"
                raise ProblemError("data-dir-damaged", "The data directory is damaged", detail, status=500)
            if release.number == self.release.number:
                return
            # A worker would not miss the manifest, but nothing could be said of the release.
            _ = release.manifest
            await self._readers.switch(release)
            self.release = release
            _log.info("serving release %s", release.number)

    async def _watch(self) -> None:
        while True:
            await asyncio.sleep(_POLL_SECONDS)
            try:
                await self.refresh()
            except Exception as error:
                # Whatever it is: nobody but this task would ever move the readers again.
                self._supervisor.report(_NAME, f"staying on release {self.release.number}: {_line(error)}")
                await asyncio.sleep(_RETRY_SECONDS)
            else:
                self._supervisor.report(_NAME, None)


def _line(error: Exception) -> str:
    return error.line() if isinstance(error, ProblemError) else f"{type(error).__name__}: {error}"[:300]
