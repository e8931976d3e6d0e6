"""Supervision of background tasks: a failed task is logged, counted, restarted, and reported by ``/readyz``."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable, Coroutine
from typing import Any, Final

from prometheus_client import CollectorRegistry, Counter, Gauge

_log = logging.getLogger(__name__)
_WAIT_SECONDS: Final = 0.5
_LONGEST_WAIT: Final = 30.0
#: Seconds after a failure for which a task counts as degraded.
_RECOVERED_AFTER: Final = 60.0

Work = Callable[[], Coroutine[Any, Any, None]]


class ProcessEndedError(Exception):
    """A process that a task runs has ended; the task itself has no fault, so the log needs no traceback."""


class Supervisor:
    """Runs background tasks and restarts those that fail, with exponential backoff up to 30 seconds.

    Args:
        registry: the Prometheus registry for ``jwpgraph_task_failures`` and ``jwpgraph_degraded``.
    """

    def __init__(self, registry: CollectorRegistry | None = None) -> None:
        registry = registry or CollectorRegistry()
        self._tasks: dict[str, asyncio.Task[None]] = {}
        self._failed: dict[str, tuple[float, str]] = {}
        self._troubles: dict[str, str] = {}
        self._failures = Counter("jwpgraph_task_failures", "Failures of background tasks.", ["task"], registry=registry)
        degraded = Gauge(
            "jwpgraph_degraded",
            "Number of degraded functions of the service; /readyz names them.",
            registry=registry,
        )
        degraded.set_function(lambda: len(self.troubles()))

    def start(self, name: str, work: Work) -> None:
        """Start the task *name* and restart it whenever it fails, until :meth:`stop`."""
        self._failures.labels(name)
        self._tasks[name] = asyncio.create_task(self._keep(name, work), name=name)

    async def stop(self, *names: str) -> None:
        """Cancel the tasks *names* (by default all) and wait until they have ended."""
        tasks = [self._tasks.pop(name) for name in names or list(self._tasks) if name in self._tasks]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    def report(self, name: str, trouble: str | None) -> None:
        """Report why a task that keeps trying cannot do its work; ``None`` reports that it works again."""
        if trouble is None:
            if self._troubles.pop(name, None) is not None:
                _log.info("%s: works again", name)
        elif self._troubles.get(name) != trouble:
            self._troubles[name] = trouble
            _log.error("%s: %s", name, trouble)

    def troubles(self) -> dict[str, str]:
        """Return the reasons why functions are degraded, by name."""
        recent = time.monotonic() - _RECOVERED_AFTER
        failed = {name: text for name, (when, text) in self._failed.items() if when > recent}
        return {**failed, **self._troubles}

    async def _keep(self, name: str, work: Work) -> None:
        wait = _WAIT_SECONDS
        while True:
            began = time.monotonic()
            try:
                await work()
            except Exception as error:
                fault = None if isinstance(error, ProcessEndedError) else error
                text = f"{type(error).__name__}: {error}" if fault else str(error)
                previous = self._failed.get(name)
                if previous is None or previous[1] != text:
                    _log.error("the task %s failed and is started again: %s", name, text, exc_info=fault)
                self._failed[name] = time.monotonic(), text
                self._failures.labels(name).inc()
            else:
                return
            wait = _WAIT_SECONDS if time.monotonic() - began > _RECOVERED_AFTER else min(2 * wait, _LONGEST_WAIT)
            await asyncio.sleep(wait)
