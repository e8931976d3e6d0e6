"""Validation within the running service: records gate runs, runs jobs and sends notifications."""

from __future__ import annotations

import asyncio
import logging
from contextlib import suppress
from pathlib import Path

from jwpgraph.problems import ProblemError
from jwpgraph.releases.directory import ReleaseDirectory
from jwpgraph.supervision import Supervisor, Work
from jwpgraph.validation.gate_runs import record_releases
from jwpgraph.validation.history import GATE, ValidationHistory, get_current_time
from jwpgraph.validation.job_file import JobFile
from jwpgraph.validation.notification import deliver_due, make_notifier
from jwpgraph.validation.pruning import RetentionPolicy, prune_history
from jwpgraph.validation.result_queries import get_run
from jwpgraph.validation.runner import JobRunner
from jwpgraph.validation.schedule import JobScheduler

_log = logging.getLogger(__name__)
_POLL_SECONDS = 1.0
_PRUNE_SECONDS = 24 * 3600.0


class ValidationService:
    """Background tasks of validation.

    Args:
        releases: the data directory.
        jobs: the jobs and the notification targets.
        shapes_dir: ``JWPGRAPH_SHAPES_DIR``.
        kept: the retention policy.
        supervisor: restarts the tasks.
    """

    def __init__(
        self,
        releases: ReleaseDirectory,
        jobs: JobFile,
        shapes_dir: Path | None = None,
        kept: RetentionPolicy | None = None,
        supervisor: Supervisor | None = None,
    ) -> None:
        self.history = ValidationHistory(releases.data_dir)
        self.jobs = jobs
        self._releases = releases
        self._kept = kept or RetentionPolicy()
        self._tell = make_notifier(jobs)
        self._runner = JobRunner(self.history, shapes_dir, self._tell)
        self._scheduler = JobScheduler(jobs, self._runner, self.history)
        self._recorded: int | None = None
        self._begun = False
        self._recording = asyncio.Lock()
        self._supervisor = supervisor or Supervisor()

    @property
    def _work(self) -> dict[str, Work]:
        return {
            "validation memory": self._follow,
            "notifications": self._deliver,
            "forgetting of runs": self._forget,
            "clock of the schedule": self._scheduler.follow_clock,
        }

    async def prepare(self) -> None:
        """Mark interrupted runs and record new releases; sufficient for running single jobs."""
        await self._runner.start()
        await self.refresh()

    async def start(self) -> None:
        """Prepare, start the schedule and send notifications.

        An unusable history does not prevent reading the graph; the log, ``/readyz`` and the validation pages report
        it, and the schedule begins when it can be used again.
        """
        with suppress(ProblemError):
            await self._begin()
        for name, work in self._work.items():
            self._supervisor.start(name, work)

    async def _begin(self) -> None:
        await self.prepare()
        self._scheduler.start(get_current_time())
        self._begun = True

    async def stop(self) -> None:
        """Stop; runs are interrupted, and notifications stay in the queue."""
        self._scheduler.stop()
        await self._supervisor.stop(*self._work)
        await self._runner.stop()

    async def refresh(self) -> None:
        """Record the releases that are not recorded yet; returns at once if there are none."""
        number = self._releases.current_number()
        if not self.history.path.exists():
            # It was moved away; a new one begins.
            self._recorded = None
        if number == self._recorded:
            return
        async with self._recording:
            if number != self._recorded:
                # A lower number means that the directory was restored from a backup: check all releases again.
                after = self._recorded or 0
                after = after if number is not None and number > after else 0
                await asyncio.to_thread(record_releases, self.history, self._releases, self._tell(GATE), after=after)
                self._recorded = number

    async def catch_up(self) -> None:
        """Refresh if possible; if CURRENT or a release is damaged, what was recorded before is still right."""
        with suppress(ProblemError):
            await self.refresh()

    async def trigger(self, job: str) -> int:
        """Start a run of *job*.

        Returns:
            The number of the run.

        Raises:
            ProblemError: ``no-such-job`` (404), ``job-running`` (409), ``no-release`` (503).
        """
        return await self._runner.begin(self.jobs.job(job))

    async def run(self, job: str) -> int:
        """Run *job* and wait for its end; return the number of the run. Raises as :meth:`trigger`."""
        return await self._runner.run(self.jobs.job(job))

    def cancel(self, number: int) -> None:
        """Cancel a run.

        Raises:
            ProblemError: ``no-such-run`` (404), ``run-ended`` (409), ``run-elsewhere`` (409).
        """
        with self.history.connect() as db:
            run = get_run(db, number)
        if run is None:
            raise ProblemError("no-such-run", "There is no such run", f"run {number}", status=404)
        if run.outcome != "running":
            raise ProblemError("run-ended", "The run has ended", f"run {number} is {run.outcome}", status=409)
        if not self._runner.cancel(number):
            detail = f"run {number} was started by another process; stop it there"
            raise ProblemError("run-elsewhere", "The run belongs to another process", detail, status=409)

    async def _follow(self) -> None:
        while True:
            await asyncio.sleep(_POLL_SECONDS)
            try:
                await (self.refresh() if self._begun else self._begin())
            except (ProblemError, OSError) as error:
                nothing = "the release is not recorded" if self._begun else "nothing is recorded or scheduled"
                reason = error.line() if isinstance(error, ProblemError) else str(error)
                self._supervisor.report("validation memory", f"{nothing}: {reason}")
            else:
                self._supervisor.report("validation memory", None)

    async def _forget(self) -> None:
        while True:
            with suppress(ProblemError):
                releases = [release.number for release in await asyncio.to_thread(self._releases.list)]
                forgotten = await asyncio.to_thread(prune_history, self.history, self._kept, releases)
                if forgotten.runs or forgotten.results:
                    _log.info("deleted %s old runs and %s results from the history", forgotten.runs, forgotten.results)
            await asyncio.sleep(_PRUNE_SECONDS)

    async def _deliver(self) -> None:
        while True:
            made = 0
            with suppress(ProblemError):
                made = await asyncio.to_thread(deliver_due, self.history, self.jobs)
            await asyncio.sleep(0 if made else _POLL_SECONDS)
