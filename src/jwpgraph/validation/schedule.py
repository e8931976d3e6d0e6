"""Job scheduler: cron expressions in time zones, with policies for missed and overlapping runs."""

from __future__ import annotations

import asyncio
import logging
import time
from datetime import datetime, timedelta
from typing import Final

from apscheduler.schedulers.asyncio import AsyncIOScheduler

from jwpgraph.problems import ProblemError
from jwpgraph.validation.cron import CronTimes
from jwpgraph.validation.history import ValidationHistory
from jwpgraph.validation.job_file import JobFile, ValidationJob
from jwpgraph.validation.result_queries import get_latest_run
from jwpgraph.validation.runner import JobRunner

_log = logging.getLogger(__name__)
# APScheduler logs each job that it adds and starts; the runner logs what matters.
logging.getLogger("apscheduler").setLevel(logging.WARNING)
_CLOCK_SECONDS: Final = 20.0


def get_next_run(job: ValidationJob, after: datetime) -> datetime | None:
    """Return the next scheduled time of *job*, without jitter; ``None`` without a schedule."""
    if job.schedule is None:
        return None
    return CronTimes(job.schedule, job.timezone).next_time(after)


def is_due(job: ValidationJob, history: ValidationHistory, moment: datetime) -> bool:
    """Return whether a scheduled time of *job* has passed since its latest run began; false if the job never ran."""
    with history.connect() as db:
        last = get_latest_run(db, job.name, finished=False)
    if job.schedule is None or last is None:
        return False
    following = get_next_run(job, datetime.fromisoformat(last.started) + timedelta(seconds=1))
    return following is not None and following <= moment


class JobScheduler:
    """Starts jobs at their scheduled times in an event loop; each job runs in a subprocess.

    Args:
        jobs: the jobs.
        runner: runs them.
        history: the validation history, used to detect missed runs.
    """

    def __init__(self, jobs: JobFile, runner: JobRunner, history: ValidationHistory) -> None:
        self._jobs = jobs
        self._runner = runner
        self._history = history
        self._scheduler = AsyncIOScheduler(timezone="UTC")
        self._late: set[asyncio.Task[None]] = set()
        self._times: dict[str, CronTimes] = {}

    def start(self, moment: datetime) -> None:
        """Start scheduling; jobs with ``missed = "run"`` that missed a time while no process ran are run once,
        immediately.
        """
        for job in self._jobs.jobs.values():
            if job.schedule is None:
                continue
            self._times[job.name] = CronTimes(job.schedule, job.timezone, job.jitter)
            self._scheduler.add_job(
                self._run,
                self._times[job.name],
                args=[job],
                id=job.name,
                max_instances=1 if job.overlap == "skip" else 2,
                coalesce=True,
                misfire_grace_time=None if job.missed == "run" else 60,
            )
            if job.missed == "run" and is_due(job, self._history, moment):
                _log.info("%s was due while nothing ran; it runs now", job.name)
                task = asyncio.create_task(self._run(job))
                self._late.add(task)
                task.add_done_callback(self._late.discard)
        self._scheduler.start()

    async def follow_clock(self) -> None:
        """Let the scheduler notice that the clock has been set, until cancelled.

        Until the next time it sleeps for as long as that was ahead, and it would keep a time that has been computed
        while the clock was ahead.
        """
        difference = time.time() - time.monotonic()
        while True:
            await asyncio.sleep(_CLOCK_SECONDS)
            earlier, difference = difference, time.time() - time.monotonic()
            if not self._scheduler.running:
                continue
            if difference < earlier - _CLOCK_SECONDS:
                for name, times in self._times.items():
                    if self._scheduler.get_job(name) is not None:
                        self._scheduler.reschedule_job(name, trigger=times)
            self._scheduler.wakeup()

    def stop(self) -> None:
        """Stop scheduling."""
        if self._scheduler.running:
            self._scheduler.shutdown(wait=False)
        for task in self._late:
            task.cancel()

    async def _run(self, job: ValidationJob) -> None:
        try:
            await self._runner.run(job)
        except ProblemError as problem:
            _log.warning("%s was not run: %s", job.name, problem.line())
