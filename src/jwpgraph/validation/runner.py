"""Runs jobs, each in a subprocess with a deadline, and records the outcome and its notifications."""

from __future__ import annotations

import asyncio
import logging
import sys
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from jwpgraph.problems import ProblemError
from jwpgraph.releases.directory import ReleaseDirectory
from jwpgraph.tracing import mark_failed, trace_block
from jwpgraph.validation.history import Notifier, RunFindings, RunOutcome, ValidationHistory
from jwpgraph.validation.job_file import ValidationJob
from jwpgraph.validation.run_lock import RunLock, mark_interrupted
from jwpgraph.validation.run_process import dump_request, load_answer
from jwpgraph.validation.runs import RunRequest

if TYPE_CHECKING:
    from opentelemetry.trace import Span

_log = logging.getLogger(__name__)
#: Seconds until the end of a run is recorded again where that was not possible, such as on a full disk.
_RETRY_SECONDS = 10.0


class JobRunner:
    """Runs jobs over one data directory.

    Args:
        history: the validation history.
        shapes_dir: the shapes for jobs without their own (``JWPGRAPH_SHAPES_DIR``).
        tell: returns the notifier of a job.
    """

    def __init__(self, history: ValidationHistory, shapes_dir: Path | None, tell: Callable[[str], Notifier]) -> None:
        self._history = history
        self._shapes_dir = shapes_dir
        self._tell = tell
        self._owner: RunLock | None = None
        self._tasks: dict[int, asyncio.Task[None]] = {}
        self._cancelled: set[int] = set()
        self._ended: set[int] = set()
        self._is_stopping = False

    async def start(self) -> None:
        """Mark the unfinished runs of earlier processes as interrupted."""
        for run in await asyncio.to_thread(mark_interrupted, self._history, self._tell):
            _log.warning("run %s was interrupted", run)

    async def stop(self) -> None:
        """Interrupt the runs of this process."""
        self._is_stopping = True
        for task in self._tasks.values():
            task.cancel()
        await asyncio.gather(*self._tasks.values(), return_exceptions=True)
        if self._owner is not None:
            self._owner.close()
            self._owner = None

    async def begin(self, job: ValidationJob) -> int:
        """Start a run.

        Returns:
            The number of the run.

        Raises:
            ProblemError: ``job-running`` (409); ``no-release`` (503) if the job validates a release and there is none.
        """
        if self._owner is None:
            self._owner = RunLock(self._history.data_dir)
        await asyncio.to_thread(mark_interrupted, self._history, self._tell)
        release = None
        if not job.endpoint and not job.files:
            release = ReleaseDirectory(self._history.data_dir).require_current().number
        run = await asyncio.to_thread(self._history.begin, job.name, job.subject, self._owner.name, release=release)
        request = RunRequest(job, self._history.data_dir, release, self._shapes_dir)
        self._tasks[run] = asyncio.create_task(self._run(run, request))
        return run

    async def run(self, job: ValidationJob) -> int:
        """Run a job and wait for its end; if the job allows waiting, wait for another run of it to end first.

        Returns:
            The number of the run.

        Raises:
            ProblemError: as :meth:`begin`.
        """
        while True:
            try:
                run = await self.begin(job)
            except ProblemError as problem:
                if problem.slug != "job-running" or job.overlap == "skip":
                    raise
                await self._on_run_ended(problem.members["run"])
                continue
            await self.wait(run)
            return run

    async def wait(self, run: int) -> None:
        """Wait for the end of a run of this process."""
        task = self._tasks.get(run)
        if task is not None:
            await asyncio.wait([task])

    def cancel(self, run: int) -> bool:
        """Cancel a run of this process; return whether there is one that has not ended."""
        task = self._tasks.get(run)
        if task is None or run in self._ended:
            return False
        self._cancelled.add(run)
        task.cancel()
        return True

    async def _on_run_ended(self, run: int) -> None:
        if run in self._tasks:
            await self.wait(run)
        else:
            await asyncio.sleep(1)

    async def _run(self, run: int, request: RunRequest) -> None:
        with trace_block("validation run", {"jwpgraph.job": request.job.name, "jwpgraph.run": run}) as current:
            await self._run_job(run, request, current)

    async def _run_job(self, run: int, request: RunRequest, current: Span | None) -> None:
        tell = self._tell(request.job.name)
        try:
            findings = await _run_in_process(request)
            changes = await asyncio.to_thread(self._history.finish, run, findings, tell)
            _log.info(
                "run %s of %s: %s new, %s regressed, %s fixed",
                *(run, request.job.name, len(changes.new), len(changes.regressed), len(changes.fixed)),
            )
        except ProblemError as problem:
            _log.error("run %s of %s failed: %s", run, request.job.name, problem.line())
            await self._record_end(run, "failed", problem.line(), tell)
            if current is not None:
                mark_failed(current, problem.slug)
        except asyncio.CancelledError:
            asked = run in self._cancelled
            reason = "cancelled on request" if asked else "the service was stopped"
            await self._record_end(run, "cancelled" if asked else "interrupted", reason, tell)
        except Exception:
            _log.exception("run %s of %s failed", run, request.job.name)
            await self._record_end(run, "failed", "an unexpected error; the log has the details", tell)
        finally:
            self._tasks.pop(run, None)
            self._cancelled.discard(run)
            self._ended.discard(run)

    async def _record_end(self, run: int, outcome: RunOutcome, reason: str, tell: Notifier) -> None:
        """Record that a run has ended without results.

        While the history cannot be written, this is repeated: a run that is recorded as running prevents others of its
        job. After a stop, the next process marks the run as interrupted.
        """
        self._ended.add(run)
        while True:
            try:
                await asyncio.to_thread(self._history.fail, run, outcome, reason, tell)
            except ProblemError as problem:
                _log.error("run %s has ended (%s), which is not recorded yet: %s", run, outcome, problem.line())
            else:
                return
            if self._is_stopping:
                return
            await asyncio.sleep(_RETRY_SECONDS)


async def _run_in_process(request: RunRequest) -> RunFindings:
    """Return the findings of a run's subprocess.

    Raises:
        ProblemError: the problem that the subprocess reports, ``run-timeout`` or ``run-died``.
    """
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "jwpgraph.validation.run_process",
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        start_new_session=True,
    )
    assert process.stdin is not None  # noqa: S101 - created with pipes
    assert process.stdout is not None  # noqa: S101 - created with pipes
    try:
        async with asyncio.timeout(request.job.deadline):
            with suppress(BrokenPipeError, ConnectionResetError):
                process.stdin.write(dump_request(request))
                await process.stdin.drain()
            answer = await process.stdout.read()
            code = await process.wait()
    except TimeoutError:
        raise ProblemError(
            "run-timeout", "The run took too long", f"stopped after {request.job.deadline:g} s (deadline)"
        ) from None
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    if code != 0 or not answer:
        detail = f"exit status {code}; perhaps it needs more than {request.job.memory_mb} MiB (memory_mb)"
        raise ProblemError("run-died", "The process of the run ended without a result", detail)
    return await asyncio.to_thread(load_answer, answer)
