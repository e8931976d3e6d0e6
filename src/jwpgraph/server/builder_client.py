"""The client of the builder process, which builds one release at a time and is killed after a time limit."""

from __future__ import annotations

import asyncio
import logging
import os
import signal
import sys
import uuid
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import Any, Final

import orjson

from jwpgraph.problems import ProblemError
from jwpgraph.process_protocol import PROCESS_VERSION, make_version_problem
from jwpgraph.releases.changes import ChangeAbandonedError, GraphChange
from jwpgraph.releases.directory import ReleaseDirectory
from jwpgraph.releases.release import Release
from jwpgraph.releases.requests import WriteRequest, request_of
from jwpgraph.server.build_stages import StageTimes
from jwpgraph.server.builder_messages import BuildRequest, load_problem
from jwpgraph.settings import Settings
from jwpgraph.tracing import trace_block

_log = logging.getLogger(__name__)
_LINE_LIMIT = 16 * 2**20
#: Maximum number of seconds that a writer waits until its release is served.
_SERVED_SECONDS: Final = 10.0
_TRY_AGAIN_SECONDS: Final = 0.1
_NAME: Final = "builder"


class BuilderClient:
    """A :class:`~jwpgraph.releases.changes.ReleaseWriter` that uses a builder process.

    Args:
        settings: the settings; the process gets them from its environment.
        published: awaited after each release, before the writer is answered, so that clients read their own writes.
        report: called with a name and the reason why no process can be started, or ``None`` once one has been.
        staged: called after each build with the times of its stages and its problem, if any.
    """

    def __init__(
        self,
        settings: Settings,
        published: Callable[[], Awaitable[None]],
        report: Callable[[str, str | None], None] = lambda *_: None,
        staged: Callable[[StageTimes, str], None] = lambda *_: None,
    ) -> None:
        self._report = report
        self._staged = staged
        self._settings = settings
        self._published = published
        self._releases = ReleaseDirectory(settings.data_dir)
        self._turn = asyncio.Lock()
        self._process: asyncio.subprocess.Process | None = None
        self._starting: asyncio.Task[None] | None = None
        self._writes: set[asyncio.Task[Release]] = set()
        self._serving: set[asyncio.Future[None]] = set()
        self._stopping = False

    def start(self) -> None:
        """Start the process in the background."""
        self._starting = asyncio.create_task(self._warm_up())

    async def _warm_up(self) -> None:
        # A failure is reported, and the next write tries again.
        with suppress(ProblemError):
            async with self._turn:
                await self._ready()

    async def stop(self) -> None:
        """End the process; a change in progress is abandoned."""
        self._stopping = True
        if self._starting is not None:
            self._starting.cancel()
        for serving in list(self._serving):
            serving.cancel()
        await self._end()
        # Let the waiting writes finish with their results.
        await asyncio.gather(*self._writes, return_exceptions=True)
        await self._end()

    async def write(
        self,
        change: GraphChange,
        *,
        author: str | None = None,
        message: str = "",
        expected: int | None = None,
        request: WriteRequest | None = None,
        wanted: Callable[[], bool] = lambda: True,
    ) -> Release:
        """Build and publish a release (:meth:`.ReleaseWriter.write`).

        If the release has been published, it is returned even if something fails afterwards.

        Raises:
            ProblemError: those of the builder, and ``update-timeout``, ``stopping``, ``software-upgraded`` (503),
                ``builder-died`` (503 if it was killed or does not start, 500 if the change crashed it).
        """
        job = BuildRequest(change, author, message, expected, request or WriteRequest(id=uuid.uuid4().hex))
        # A disconnected client must not cancel a change that has been started.
        task = asyncio.create_task(self._write(job, wanted))
        self._writes.add(task)
        task.add_done_callback(self._writes.discard)
        try:
            return await asyncio.shield(task)
        except asyncio.CancelledError:
            current = asyncio.current_task()
            if current is None or not current.cancelling():
                raise
            # Requests are cancelled only at the end of the grace period of a stopping service.
            current.uncancel()
            self._stopping = True
            await self._end()
            return await task

    async def _write(self, job: BuildRequest, wanted: Callable[[], bool]) -> Release:
        with trace_block(
            "write", {"jwpgraph.request_id": job.request.id, "jwpgraph.change": type(job.change).__name__}
        ):
            return await self._write_in_turn(job, wanted)

    async def _write_in_turn(self, job: BuildRequest, wanted: Callable[[], bool]) -> Release:
        async with self._turn:
            if self._stopping:
                raise _make_stopping_problem()
            if not wanted():
                raise ChangeAbandonedError
            before = self._published_number()
            try:
                release = await self._build(job)
            except Exception as error:
                problem = error if isinstance(error, ProblemError) else None
                if problem is None:
                    # The process may still be building.
                    await self._end()
                published = await asyncio.to_thread(self._find_release, job.request, before)
                if published is None:
                    if problem is not None and problem.slug == "release-moved":
                        # The client will read before it tries again, and must then find the current release.
                        await self._wait_until_served()
                    raise
                reason = problem.line() if problem is not None else repr(error)
                _log.warning("release %s was published; after that: %s", published.number, reason)
                release = published
        await self._wait_until_served()
        return release

    async def _build(self, job: BuildRequest) -> Release:
        process = await self._ready()
        began, reply = await self._send(process, job)
        if not began and not self._stopping:
            # The process had died before it read the request; nothing was done.
            await self._end()
            process = await self._ready()
            _, reply = await self._send(process, job)
        if reply is None:
            code = await process.wait()
            await self._end()
            if self._stopping:
                raise _make_stopping_problem()
            raise self._died_problem(code)
        self._staged(reply["stages"], reply["problem"]["slug"] if "problem" in reply else "")
        if "problem" in reply:
            raise load_problem(reply["problem"])
        return self._releases.get_sealed(int(reply["release"]))

    async def _send(self, process: asyncio.subprocess.Process, job: BuildRequest) -> tuple[bool, dict[str, Any] | None]:
        """Return the outcome of :func:`_send_request` within the time limit."""
        try:
            async with asyncio.timeout(self._settings.update_timeout):
                return await _send_request(process, job)
        except TimeoutError:
            await self._end()
            raise ProblemError(
                "update-timeout",
                "The change took too long",
                f"stopped after {self._settings.update_timeout:g} s (JWPGRAPH_UPDATE_TIMEOUT); nothing changed",
                status=503,
            ) from None

    def _died_problem(self, code: int) -> ProblemError:
        """Return the problem for the end of the builder with an exit status before anything was published."""
        limit = f"{self._settings.update_memory_mb} MiB (JWPGRAPH_UPDATE_MEMORY_MB)"
        if code == -signal.SIGKILL:
            return _make_unavailable_problem("it was killed, by the system for lack of memory or by an operator")
        if code < 0:
            reason = f"it is nested too deeply or needs more than {limit}; signal {-code}"
        else:
            reason = f"exit status {code}; the log says why; it may need more than {limit}"
        title, detail = "The change crashed the builder process", f"{reason}; nothing was published"
        return ProblemError("builder-died", title, detail, status=500)

    async def _wait_until_served(self) -> None:
        """Wait until the published release is served, for a limited time."""
        deadline = asyncio.get_running_loop().time() + _SERVED_SECONDS
        logged = False
        while not self._stopping and (remaining := deadline - asyncio.get_running_loop().time()) > 0:
            serving = asyncio.ensure_future(self._published())
            self._serving.add(serving)
            serving.add_done_callback(self._serving.discard)
            await asyncio.wait([serving], timeout=remaining)
            error = serving.exception() if serving.done() and not serving.cancelled() else None
            if error is None:
                return
            if not logged:
                _log.error("the published release cannot be served yet: %s", error)
                logged = True
            await asyncio.sleep(_TRY_AGAIN_SECONDS)

    def _published_number(self) -> int:
        try:
            return self._releases.current_number() or 0
        except ProblemError:
            return 0

    def _find_release(self, request: WriteRequest, before: int) -> Release | None:
        """Return the release after *before* that was published for *request*, or ``None``; no build is running."""
        for number in range(self._published_number(), before, -1):
            release = self._releases.get_sealed(number)
            stored = request_of(release.path)
            if stored is not None and stored.id == request.id:
                return release
        return None

    async def _ready(self) -> asyncio.subprocess.Process:
        if self._process is None or self._process.returncode is not None:
            try:
                self._process = await self._start_process()
            except ProblemError as problem:
                self._report(_NAME, problem.line())
                raise
            self._report(_NAME, None)
            _log.info("builder process %s is ready", self._process.pid)
        return self._process

    async def _start_process(self) -> asyncio.subprocess.Process:
        """Return a new process that is ready for requests.

        Raises:
            ProblemError: ``builder-died``, ``software-upgraded`` (503).
        """
        try:
            process = await asyncio.create_subprocess_exec(
                sys.executable,
                "-m",
                "jwpgraph.server.builder_process",
                stdin=asyncio.subprocess.PIPE,
                stdout=asyncio.subprocess.PIPE,
                env=_get_builder_environment(self._settings),
                limit=_LINE_LIMIT,
            )
        except OSError as error:
            raise _make_unavailable_problem(f"it does not start: {error.strerror}") from None
        # Kill the process with the others if the service stops meanwhile.
        self._process = process
        greeting = await _read_reply(process)
        if greeting is None:
            await self._end()
            raise _make_unavailable_problem("it does not start; see the log")
        if greeting.get("version") != PROCESS_VERSION:
            await self._end()
            raise make_version_problem(PROCESS_VERSION, greeting.get("version", ""))
        return process

    async def _end(self) -> None:
        process, self._process = self._process, None
        if process is not None and process.returncode is None:
            process.kill()
            await process.wait()


def _make_unavailable_problem(reason: str) -> ProblemError:
    detail = f"{reason}; nothing was published; repeat the change"
    return ProblemError(
        "builder-died", "The builder process is not available", detail, status=503, headers={"Retry-After": "5"}
    )


def _make_stopping_problem() -> ProblemError:
    detail = "nothing was published; repeat the change when the service runs again"
    return ProblemError("stopping", "The service is stopping", detail, status=503, headers={"Retry-After": "5"})


async def _send_request(process: asyncio.subprocess.Process, job: BuildRequest) -> tuple[bool, dict[str, Any] | None]:
    """Return whether the process read the request, and its reply; ``None`` if the process ended before it replied."""
    assert process.stdin is not None  # noqa: S101 - created with a pipe
    # Uvloop raises RuntimeError if the pipe has been closed already.
    with suppress(BrokenPipeError, ConnectionResetError, RuntimeError):
        process.stdin.write(job.dump())
        await process.stdin.drain()
    began = await _read_reply(process) is not None
    return began, await _read_reply(process) if began else None


async def _read_reply(process: asyncio.subprocess.Process) -> dict[str, Any] | None:
    assert process.stdout is not None  # noqa: S101 - created with a pipe
    line = await process.stdout.readline()
    return orjson.loads(line) if line.endswith(b"\n") else None


def _get_builder_environment(settings: Settings) -> dict[str, str]:
    """Return the environment, with the settings that the command line may have overridden."""
    return os.environ | {"JWPGRAPH_DATA_DIR": str(settings.data_dir.resolve())}
