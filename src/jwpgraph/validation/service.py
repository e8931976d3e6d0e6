"""Validation inside the running service: it remembers what the gate found, runs jobs, and tells who is to be told."""

from __future__ import annotations

import asyncio
import logging
from contextlib import suppress
from pathlib import Path

from jwpgraph.problems import ProblemError
from jwpgraph.releases.directory import ReleaseDirectory
from jwpgraph.supervision import Supervisor, Work
from jwpgraph.validation.gate_runs import record_releases
from jwpgraph.validation.history import GATE, ValidationHistory, current_time
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
    """Everything about validation that outlives a request.

    Args:
        releases: the data directory.
        jobs: what there is to run and whom to tell.
        shapes_dir: ``JWPGRAPH_SHAPES_DIR``.
        kept: how long runs are remembered.
        supervisor: keeps its tasks going.
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
        self._recording = asyncio.Lock()
        self._supervisor = supervisor or Supervisor()

    @property
    def _work(self) -> dict[str, Work]:
        return {
            "validation memory": self._follow,
            "notifications": self._deliver,
            "forgetting of runs": self._forget,
        }

    async def prepare(self) -> None:
        """Mark what was interrupted and catch up with the releases; enough for running single jobs."""
        await self._runner.start()
        await self.refresh()

    async def start(self) -> None:
        """Prepare, and begin to keep the schedule and to tell who is to be told.

        A memory that cannot be used keeps nobody from reading the graph: that is said in the log and on its pages.
        """
        try:
            await self.prepare()
            self._scheduler.start(current_time())
        except ProblemError as problem:
            _log.error("nothing is scheduled: %s", problem.line())
        for name, work in self._work.items():
            self._supervisor.start(name, work)

    async def stop(self) -> None:
        """Stop; runs are interrupted, what is to be told stays in the queue."""
        self._scheduler.stop()
        await self._supervisor.stop(*self._work)
        await self._runner.stop()

    async def refresh(self) -> None:
        """Remember the releases that are not remembered yet; costs nothing when there are none."""
        number = self._releases.current_number()
        if number == self._recorded:
            return
        async with self._recording:
            if number != self._recorded:
                # A number that went down is that of a directory restored from a copy: look at everything again.
                after = self._recorded or 0
                after = after if number is not None and number > after else 0
                await asyncio.to_thread(record_releases, self.history, self._releases, self._tell(GATE), after=after)
                self._recorded = number

    async def trigger(self, job: str) -> int:
        """Start a run of *job*; its number.

        Raises:
            ProblemError: ``no-such-job`` (404), ``job-running`` (409), ``no-release`` (503).
        """
        return await self._runner.begin(self.jobs.job(job))

    async def run(self, job: str) -> int:
        """Run *job* and wait for its end; its number. Raises as :meth:`trigger`."""
        return await self._runner.run(self.jobs.job(job))

    def cancel(self, number: int) -> None:
        """Stop a run.

        Raises:
            ProblemError: ``no-such-run`` (404), ``run-ended`` (409), ``run-elsewhere`` (409).
        """
        with self.history.reading() as db:
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
                await self.refresh()
            except (ProblemError, OSError) as error:
                self._supervisor.report("validation memory", f"the release is not remembered: {error}")
            else:
                self._supervisor.report("validation memory", None)

    async def _forget(self) -> None:
        while True:
            with suppress(ProblemError):
                releases = [release.number for release in await asyncio.to_thread(self._releases.list)]
                forgotten = await asyncio.to_thread(prune_history, self.history, self._kept, releases)
                if forgotten.runs or forgotten.results:
                    _log.info("forgot %s old runs and %s results", forgotten.runs, forgotten.results)
            await asyncio.sleep(_PRUNE_SECONDS)

    async def _deliver(self) -> None:
        while True:
            made = 0
            with suppress(ProblemError):
                made = await asyncio.to_thread(deliver_due, self.history, self.jobs)
            await asyncio.sleep(0 if made else _POLL_SECONDS)
