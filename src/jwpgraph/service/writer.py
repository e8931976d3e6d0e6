"""How the service writes: one warm builder process, given one change at a time and killed when it takes too long."""

from __future__ import annotations

import asyncio
import logging
import os
import sys
from collections.abc import Awaitable, Callable
from typing import Any

import orjson

from jwpgraph.problems import Problem
from jwpgraph.releases.changes import Change, Unwanted
from jwpgraph.releases.directory import Releases
from jwpgraph.releases.release import Release
from jwpgraph.service.jobs import Job, load_problem
from jwpgraph.settings import Settings

_log = logging.getLogger(__name__)
_LINE_LIMIT = 16 * 2**20


class BuilderWriter:
    """A :class:`~jwpgraph.releases.changes.Writer` over a builder process.

    Args:
        settings: the service's; they reach the process through its environment.
        published: awaited with each new release before its writer is answered, so that a client reads what it wrote.
    """

    def __init__(self, settings: Settings, published: Callable[[], Awaitable[None]]) -> None:
        self._settings = settings
        self._published = published
        self._releases = Releases(settings.data_dir)
        self._turn = asyncio.Lock()
        self._process: asyncio.subprocess.Process | None = None
        self._starting: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Start the process beside everything else, so that neither readers nor the first change wait for it."""
        self._starting = asyncio.create_task(self._warm_up())

    async def _warm_up(self) -> None:
        try:
            async with self._turn:
                await self._ready()
        except Problem as problem:
            _log.error("%s", problem.line())

    async def stop(self) -> None:
        """End the process; a change it is working on is abandoned, which loses nothing that was published."""
        if self._starting is not None:
            self._starting.cancel()
        await self._end()

    async def write(
        self,
        change: Change,
        *,
        author: str | None = None,
        message: str = "",
        expected: int | None = None,
        wanted: Callable[[], bool] = lambda: True,
    ) -> Release:
        """Build and publish; see :class:`~jwpgraph.releases.changes.Writer`.

        Raises:
            Problem: besides the builder's own: ``update-timeout`` (503) and ``builder-died`` (500).
        """
        job = Job(change, author, message, expected)
        # A client that goes away in the middle does not stop a change that has begun: shield it.
        return await asyncio.shield(self._write(job, wanted))

    async def _write(self, job: Job, wanted: Callable[[], bool]) -> Release:
        async with self._turn:
            if not wanted():
                raise Unwanted
            process = await self._ready()
            try:
                reply = await asyncio.wait_for(_ask(process, job), self._settings.update_timeout)
            except TimeoutError:
                await self._end()
                raise Problem(
                    "update-timeout",
                    "The change took too long",
                    f"stopped after {self._settings.update_timeout:g} s (JWPGRAPH_UPDATE_TIMEOUT); nothing changed",
                    status=503,
                ) from None
            if reply is None:
                code = await process.wait()
                await self._end()
                raise Problem(
                    "builder-died",
                    "The change ended the process that was building it",
                    f"it is nested too deeply or needs more than {self._settings.update_memory_mb} MiB "
                    f"(JWPGRAPH_UPDATE_MEMORY_MB); exit status {code}; nothing was published",
                    status=500,
                )
        if "problem" in reply:
            problem = load_problem(reply["problem"])
            if problem.slug == "release-moved":
                # Who reads again before trying again must find what has been published meanwhile.
                await self._published()
            raise problem
        await self._published()
        return self._releases.get(int(reply["release"]))

    async def _ready(self) -> asyncio.subprocess.Process:
        if self._process is None or self._process.returncode is not None:
            self._process = await asyncio.create_subprocess_exec(
                sys.executable,
                "-m",
                "jwpgraph.service.builder_process",
                stdin=asyncio.subprocess.PIPE,
                stdout=asyncio.subprocess.PIPE,
                env=_environment(self._settings),
                limit=_LINE_LIMIT,
            )
            if await _reply(self._process) is None:
                raise Problem("builder-died", "The builder process does not start", "see the log", status=500)
            _log.info("builder process %s is ready", self._process.pid)
        return self._process

    async def _end(self) -> None:
        process, self._process = self._process, None
        if process is not None and process.returncode is None:
            process.kill()
            await process.wait()


async def _ask(process: asyncio.subprocess.Process, job: Job) -> dict[str, Any] | None:
    assert process.stdin is not None  # noqa: S101 - created with a pipe
    try:
        process.stdin.write(job.dump())
        await process.stdin.drain()
    except (BrokenPipeError, ConnectionResetError):
        return None
    return await _reply(process)


async def _reply(process: asyncio.subprocess.Process) -> dict[str, Any] | None:
    assert process.stdout is not None  # noqa: S101 - created with a pipe
    line = await process.stdout.readline()
    return orjson.loads(line) if line else None


def _environment(settings: Settings) -> dict[str, str]:
    """The environment with the settings that the command line may have overridden."""
    return os.environ | {"JWPGRAPH_DATA_DIR": str(settings.data_dir.resolve())}
