"""Background tasks: what fails is told and started again, and what goes on failing does not fill the log."""

from __future__ import annotations

import asyncio
import logging

from prometheus_client import CollectorRegistry

from jwpgraph import supervision
from jwpgraph.supervision import Supervisor


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
