"""Background tasks that do not die in silence: what fails is logged once, started again, and told to operators."""

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
#: A task that has gone on for so long since it failed is well again.
_WELL_AFTER: Final = 60.0

Work = Callable[[], Coroutine[Any, Any, None]]


class Supervisor:
    """Keeps background tasks going.

    Args:
        registry: where failures are counted.
    """

    def __init__(self, registry: CollectorRegistry | None = None) -> None:
        registry = registry or CollectorRegistry()
        self._tasks: dict[str, asyncio.Task[None]] = {}
        self._failed: dict[str, tuple[float, str]] = {}
        self._troubles: dict[str, str] = {}
        self._failures = Counter("jwpgraph_task_failures", "Failures of background tasks.", ["task"], registry=registry)
        degraded = Gauge(
            "jwpgraph_degraded",
            "How many things the service does are in trouble; /readyz names them.",
            registry=registry,
        )
        degraded.set_function(lambda: len(self.troubles()))

    def start(self, name: str, work: Work) -> None:
        """Begin *work*, and begin it again whenever it fails, until :meth:`stop`."""
        self._failures.labels(name)
        self._tasks[name] = asyncio.create_task(self._keep(name, work), name=name)

    async def stop(self, *names: str) -> None:
        """End the tasks called so, or all."""
        tasks = [self._tasks.pop(name) for name in names or list(self._tasks) if name in self._tasks]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    def report(self, name: str, trouble: str | None) -> None:
        """Tell what keeps a task, which goes on trying, from its work; ``None`` when nothing does any more."""
        if trouble is None:
            if self._troubles.pop(name, None) is not None:
                _log.info("%s: well again", name)
        elif self._troubles.get(name) != trouble:
            self._troubles[name] = trouble
            _log.error("%s: %s", name, trouble)

    def troubles(self) -> dict[str, str]:
        """What is in trouble, by name, and why."""
        recent = time.monotonic() - _WELL_AFTER
        failed = {name: text for name, (when, text) in self._failed.items() if when > recent}
        return {**failed, **self._troubles}

    async def _keep(self, name: str, work: Work) -> None:
        wait = _WAIT_SECONDS
        while True:
            began = time.monotonic()
            try:
                await work()
            except Exception as error:
                text = f"{type(error).__name__}: {error}"
                known = self._failed.get(name)
                if known is None or known[1] != text:
                    _log.error("the task %s failed and is started again", name, exc_info=error)
                self._failed[name] = time.monotonic(), text
                self._failures.labels(name).inc()
            else:
                return
            wait = _WAIT_SECONDS if time.monotonic() - began > _WELL_AFTER else min(2 * wait, _LONGEST_WAIT)
            await asyncio.sleep(wait)
