"""Background tasks: what fails is told and started again, and what goes on failing does not fill the log."""

from __future__ import annotations

import asyncio
import logging

from prometheus_client import CollectorRegistry

from jwpgraph import supervision
from jwpgraph.supervision import ProcessEndedError, Supervisor


def test_a_task_that_fails_is_started_again(monkeypatch, caplog) -> None:
    monkeypatch.setattr(supervision, "_WAIT_SECONDS", 0.001)
    registry = CollectorRegistry()
    caplog.set_level(logging.INFO)

    async def main() -> int:
        supervisor = Supervisor(registry)
        begun = 0
        going_on = asyncio.Event()

        async def work() -> None:
            nonlocal begun
            begun += 1
            if begun < 4:
                raise ValueError("a bad row")
            going_on.set()
            await asyncio.sleep(60)

        supervisor.start("rows", work)
        await asyncio.wait_for(going_on.wait(), 20)
        assert supervisor.troubles() == {"rows": "ValueError: a bad row"}
        assert registry.get_sample_value("jwpgraph_degraded") == 1
        await supervisor.stop()
        return begun

    assert asyncio.run(main()) == 4
    assert registry.get_sample_value("jwpgraph_task_failures_total", {"task": "rows"}) == 3
    assert len([record for record in caplog.records if "rows" in record.message]) == 1


def test_a_reported_failure_is_logged_once_and_cleared_on_recovery(caplog) -> None:
    caplog.set_level(logging.INFO)
    supervisor = Supervisor()
    for _ in range(3):
        supervisor.report("follower", "it is not there")
    assert supervisor.troubles() == {"follower": "it is not there"}
    supervisor.report("follower", None)
    supervisor.report("follower", None)
    assert supervisor.troubles() == {}
    assert [record.levelname for record in caplog.records] == ["ERROR", "INFO"]


def test_the_end_of_a_process_is_logged_in_one_line(monkeypatch, caplog) -> None:
    """The log had a traceback for a process that the system had killed."""
    monkeypatch.setattr(supervision, "_WAIT_SECONDS", 0.001)

    async def main() -> dict[str, str]:
        supervisor = Supervisor()
        ended = asyncio.Event()

        async def work() -> None:
            if ended.is_set():
                await asyncio.sleep(60)
            ended.set()
            raise ProcessEndedError("it ended with exit status -9")

        supervisor.start("front process 2", work)
        await asyncio.wait_for(ended.wait(), 20)
        await asyncio.sleep(0.05)
        troubles = supervisor.troubles()
        await supervisor.stop()
        return troubles

    assert asyncio.run(main()) == {"front process 2": "it ended with exit status -9"}
    assert "the task front process 2 failed and is started again: it ended with exit status -9" in caplog.text
    assert "Traceback" not in caplog.text
