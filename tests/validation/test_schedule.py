"""The scheduler of jobs while the clock is set."""

from __future__ import annotations

import asyncio
import time
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any, cast

import pytest
from apscheduler.schedulers import base

from jwpgraph.validation import schedule
from jwpgraph.validation.job_file import JobFile, ValidationJob
from jwpgraph.validation.schedule import JobScheduler

JOB = ValidationJob(name="daily", description="Every day at three", schedule="0 3 * * *", missed="run")
real_time = time.time


class Clock:
    """A clock that can be set, for the scheduler and for what watches it."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, start: datetime) -> None:
        self._ahead = start - datetime.now(UTC)

        class Datetime(datetime):
            @classmethod
            def now(cls, tz: Any = None) -> datetime:
                return datetime.now(tz) + self._ahead

        monkeypatch.setattr(base, "datetime", Datetime)
        clock = SimpleNamespace(monotonic=time.monotonic, time=lambda: real_time() + self._ahead.total_seconds())
        monkeypatch.setattr(schedule, "time", clock)
        monkeypatch.setattr(schedule, "_CLOCK_SECONDS", 0.05)

    def turn(self, by: timedelta) -> None:
        self._ahead += by


def run(monkeypatch: pytest.MonkeyPatch, start: datetime, *turns: timedelta, number: int) -> list[str]:
    """Return the jobs that start while the clock is turned again and again, of which *number* are waited for."""
    started: list[str] = []

    class Runner:
        async def run(self, job: ValidationJob) -> None:
            started.append(job.name)

    async def main() -> None:
        clock = Clock(monkeypatch, start)
        scheduler = JobScheduler(JobFile(jobs={JOB.name: JOB}), cast(Any, Runner()), cast(Any, None))
        monkeypatch.setattr(schedule, "is_due", lambda *_: False)
        scheduler.start(start)
        following = asyncio.create_task(scheduler.follow_clock())
        for turn in turns:
            await asyncio.sleep(0.2)
            clock.turn(turn)
        await asyncio.sleep(0.4)
        for _ in range(100):  # a busy machine may need longer
            if len(started) >= number:
                break
            await asyncio.sleep(0.1)
        following.cancel()
        scheduler.stop()

    asyncio.run(main())
    return started


def test_a_clock_set_forward_past_a_time_starts_the_job(monkeypatch: pytest.MonkeyPatch) -> None:
    """It was started as long afterwards as the time had been ahead: here, eight hours."""
    evening = datetime(2026, 11, 29, 19, tzinfo=UTC)
    assert run(monkeypatch, evening, timedelta(hours=8, minutes=1), number=1) == [JOB.name]
    assert run(monkeypatch, evening, timedelta(hours=1), number=0) == []


def test_a_clock_that_was_ahead_delays_no_job(monkeypatch: pytest.MonkeyPatch) -> None:
    """The next time had been computed for the wrong year, and no job ran until then."""
    wrong = datetime(2036, 11, 29, 19, tzinfo=UTC)
    right = datetime(2026, 11, 30, 2, tzinfo=UTC) - wrong
    assert run(monkeypatch, wrong, right, number=0) == []
    assert run(monkeypatch, wrong, right, timedelta(hours=1, minutes=1), number=1) == [JOB.name]
