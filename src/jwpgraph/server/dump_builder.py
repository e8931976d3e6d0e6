"""Dumps on request and soon after each publication, made by a process of low priority."""

from __future__ import annotations

import asyncio
import logging
import os
import sys
from contextlib import suppress
from pathlib import Path
from typing import Final

from jwpgraph.problems import ProblemError
from jwpgraph.releases.dumps import DumpDirectory, DumpFile
from jwpgraph.releases.release import Release

#: Seconds without a further release after which the dump of the last one is made.
_QUIET_SECONDS: Final = 20.0
_LONGEST_SECONDS: Final = 3600.0
_log = logging.getLogger(__name__)


class DumpBuilder:
    """Makes dumps, one at a time.

    Args:
        dumps: where they are kept.
        data_dir: the data directory.
    """

    def __init__(self, dumps: DumpDirectory, data_dir: Path) -> None:
        self.dumps = dumps
        self._data_dir = data_dir
        self._making: dict[str, asyncio.Task[None]] = {}
        self._one = asyncio.Lock()
        self._scheduled: asyncio.Task[None] | None = None

    async def ensure(self, release: Release, seconds: float) -> list[DumpFile]:
        """Return the files of the dump of a release; make it if it does not exist.

        Args:
            release: the release.
            seconds: how long to wait; the dump is made even if nobody waits for it any more.

        Raises:
            ProblemError: ``dump-not-ready`` (503).
        """
        if found := await asyncio.to_thread(self.dumps.files, release):
            return found
        task = self._making.get(release.etag)
        if task is None:
            task = self._making[release.etag] = asyncio.create_task(self._make(release))
            task.add_done_callback(lambda _: self._making.pop(release.etag, None))
        with suppress(TimeoutError):
            await asyncio.wait_for(asyncio.shield(task), seconds)
        if found := await asyncio.to_thread(self.dumps.files, release):
            return found
        detail = f"the dump of release {release.number} is being made, or could not be; the log has the reason"
        headers = {"Retry-After": "30"}
        raise ProblemError("dump-not-ready", "The dump is not ready yet", detail, status=503, headers=headers)

    def schedule(self, release: Release) -> None:
        """Schedule the dump of a published release; it is made unless another release follows soon."""
        if self._scheduled is not None:
            self._scheduled.cancel()
        self._scheduled = asyncio.create_task(self._make_later(release))

    async def _make_later(self, release: Release) -> None:
        await asyncio.sleep(_QUIET_SECONDS)
        with suppress(ProblemError):
            await self.ensure(release, _LONGEST_SECONDS)

    async def close(self) -> None:
        """Stop the current dump and cancel scheduled ones."""
        for task in [*self._making.values(), *([self._scheduled] if self._scheduled else [])]:
            task.cancel()
            with suppress(asyncio.CancelledError):
                await task

    async def _make(self, release: Release) -> None:
        async with self._one:
            process = await asyncio.create_subprocess_exec(
                sys.executable,
                *("-m", "jwpgraph", "release", "dump", str(release.number)),
                env=os.environ | {"JWPGRAPH_DATA_DIR": str(self._data_dir)},
                stdin=asyncio.subprocess.DEVNULL,
                stdout=asyncio.subprocess.DEVNULL,
                stderr=asyncio.subprocess.PIPE,
            )
            try:
                _, said = await process.communicate()
            except asyncio.CancelledError:
                process.kill()
                await process.wait()
                raise
            if process.returncode:
                _log.warning("no dump of release %s: %s", release.number, said.decode(errors="replace").strip()[-500:])
