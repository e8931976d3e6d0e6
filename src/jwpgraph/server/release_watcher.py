"""Watches for new releases, published by this service or by a command, and switches the workers to them."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable
from typing import Protocol

from jwpgraph.problems import ProblemError
from jwpgraph.releases.directory import ReleaseDirectory
from jwpgraph.releases.release import Release
from jwpgraph.supervision import Supervisor

_log = logging.getLogger(__name__)
_POLL_SECONDS = 0.5
#: Seconds before another attempt to switch; each attempt starts processes.
_RETRY_SECONDS = 2.0
#: Seconds for which requests wait while the workers are restarted; another process may have answered from the release.
_CATCH_UP_SECONDS = 10.0
_TRY_AGAIN_SECONDS = 0.1
_NAME = "release follower"
_CHECK = "check of the release"


class ReleaseReader(Protocol):
    """A component that reads a release and can switch to another one."""

    async def switch(self, release: Release) -> None:
        """Evaluate new queries on *release*."""


class ReleaseWatcher:
    """Watches CURRENT and switches the readers.

    Args:
        releases: the data directory.
        readers: the readers to switch.
        release: the release at start.
        supervisor: runs the watch and reports its failures.
    """

    def __init__(
        self, releases: ReleaseDirectory, readers: ReleaseReader, release: Release, supervisor: Supervisor
    ) -> None:
        self._supervisor = supervisor
        self._releases = releases
        self._readers = readers
        self.release = release
        #: Number of the release in which damage has been found last.
        self._damaged: int | None = None
        self._moving = asyncio.Lock()
        #: The content of CURRENT when :meth:`catch_up` last read it.
        self._seen = b""
        self._catching_up = asyncio.Lock()
        #: Callbacks for each newly served release.
        self.on_release: Callable[[Release], None] = lambda _: None

    def current(self) -> Release:
        """Return the release being served."""
        return self.release

    def start(self) -> None:
        """Start watching, and reading the large tables of served releases, for which switching does not wait."""
        self._supervisor.start(_NAME, self._watch)
        self._supervisor.start(_CHECK, self._check_files)

    async def stop(self) -> None:
        """Stop watching."""
        await self._supervisor.stop(_NAME, _CHECK)

    async def refresh(self) -> None:
        """Switch to the published release now, if it differs.

        Raises:
            ProblemError: CURRENT or the release cannot be read; the readers keep their release.
        """
        async with self._moving:
            release = self._releases.current()
            if release is None:
                self._releases.require_continuation()
                detail = f"CURRENT is missing; write {self.release.number} into it, or restore a backup"
                raise ProblemError("data-dir-damaged", "The data directory is damaged", detail, status=500)
            if release.number == self.release.number:
                return
            await asyncio.to_thread(_read_release, release, release.number == self._damaged)
            await self._readers.switch(release)
            self.release = release
            _log.info("serving release %s", release.number)
            self.on_release(release)

    def is_behind(self) -> bool:
        """Return whether another release may have been published; reads CURRENT.

        The file is opened each time: a network file system shows what others wrote when a file is opened.
        """
        return self._releases.read_pointer() != self._seen

    async def catch_up(self) -> None:
        """Switch to the published release before a request is answered; keep the present one if that fails.

        While the workers are being restarted, try again for a limited time.
        """
        async with self._catching_up:
            pointer = self._releases.read_pointer()
            if pointer == self._seen:
                return
            deadline = time.monotonic() + _CATCH_UP_SECONDS
            while True:
                try:
                    await self.refresh()
                except Exception as error:  # as in _watch
                    if _is_passing(error) and time.monotonic() < deadline:
                        await asyncio.sleep(_TRY_AGAIN_SECONDS)
                        continue
                    self._supervisor.report(_NAME, f"staying on release {self.release.number}: {_make_line(error)}")
                break
            self._seen = pointer

    async def _check_files(self) -> None:
        """Read the large tables of each served release; if one is damaged, serve the newest usable release instead."""
        checked: Release | None = None
        while True:
            release = self.release
            if release is not checked:
                await self._leave_damaged(release)
                checked = release
            await asyncio.sleep(_POLL_SECONDS)

    async def _leave_damaged(self, release: Release) -> None:
        try:
            await asyncio.to_thread(release.check_large_tables)
        except ProblemError as problem:
            usable = await asyncio.to_thread(self._find_usable)
            async with self._moving:
                # The checks of files report a damaged release that has to be served for lack of another one.
                if usable is None or self.release is not release:
                    return
                _log.error("serving release %s instead, because: %s", usable.number, problem.line())
                await self._readers.switch(usable)
                self._damaged = release.number
                self.release = usable

    def _find_usable(self) -> Release | None:
        try:
            return self._releases.newest_usable()
        except ProblemError:
            return None

    async def _watch(self) -> None:
        while True:
            await asyncio.sleep(_POLL_SECONDS)
            try:
                await self.refresh()
            except Exception as error:
                # Catch everything: if this task ended, the readers would never be switched again.
                self._supervisor.report(_NAME, f"staying on release {self.release.number}: {_make_line(error)}")
                await asyncio.sleep(_RETRY_SECONDS)
            else:
                self._supervisor.report(_NAME, None)


def _read_release(release: Release, is_doubtful: bool) -> None:
    """Check a release, and read its manifest now, so that it is known even if the folder is lost meanwhile.

    Args:
        release: the release.
        is_doubtful: whether to read its large tables as well, in which damage has been found before.
    """
    release.check(large_tables=is_doubtful)
    _ = release.manifest


def _is_passing(error: Exception) -> bool:
    """Return whether a switch failed only because there were no workers for the moment."""
    return isinstance(error, ProblemError) and error.slug == "workers-unavailable"


def _make_line(error: Exception) -> str:
    return error.line() if isinstance(error, ProblemError) else f"{type(error).__name__}: {error}"[:300]
