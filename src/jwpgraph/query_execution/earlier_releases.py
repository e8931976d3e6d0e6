"""Queries on earlier releases (``?release=``), each release with its own workers.

Workers are started on the first query, have the usual limits, and end some time after the last query.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections import OrderedDict
from contextvars import ContextVar
from dataclasses import replace
from typing import Final

from jwpgraph.problems import ProblemError
from jwpgraph.query_execution.limits import MIB, QueryLimits
from jwpgraph.query_execution.pool import WorkerPool
from jwpgraph.query_execution.query_results import QueryResults, ResultCache
from jwpgraph.releases.release import Release

#: Evaluator for the current request; ``None``: that of the served release.
PINNED: ContextVar[QueryResults | None] = ContextVar("pinned release", default=None)

#: Maximum number of releases that are open at the same time.
_MOST: Final = 2
#: Seconds without a query after which a release is closed.
_IDLE_SECONDS: Final = 120.0
_CACHE: Final = 8 * MIB

_log = logging.getLogger(__name__)


class EarlierReleases:
    """Opens releases other than the served one.

    Args:
        limits: the limits of queries; each release gets one worker for fast queries.
        network: whether workers keep the network, as for :class:`WorkerPool`.
    """

    def __init__(self, limits: QueryLimits, *, network: bool = False) -> None:
        self._limits = replace(limits, workers=1, reserve=0)
        self._network = network
        self._open: OrderedDict[str, QueryResults] = OrderedDict()
        self._used: dict[str, float] = {}
        self._opening = asyncio.Lock()
        self._timer: asyncio.TimerHandle | None = None
        self._closing: set[asyncio.Task[None]] = set()

    async def open(self, release: Release) -> QueryResults:
        """Return the evaluator of queries on *release*.

        Raises:
            ProblemError: ``overloaded`` (503) if others are being asked; ``release-unreadable``.
        """
        async with self._opening:
            answers = self._open.get(release.etag)
            if answers is None:
                await self._make_room()
                pool = WorkerPool(self._limits, network=self._network)
                await pool.start(release)
                answers = QueryResults(pool, ResultCache(_CACHE))
                self._open[release.etag] = answers
                _log.info("release %s is open beside the one that is served", release.number)
            self._open.move_to_end(release.etag)
            self._used[release.etag] = time.monotonic()
            self._watch()
            return answers

    async def close(self) -> None:
        """End all workers."""
        if self._timer is not None:
            self._timer.cancel()
        for etag in list(self._open):
            await self._stop(etag)

    async def _make_room(self) -> None:
        while len(self._open) >= _MOST:
            idle = next((etag for etag, answers in self._open.items() if not answers.pool.describe_queries()), None)
            if idle is None:
                detail = f"{_MOST} earlier releases are being asked already; try again in a moment"
                raise ProblemError(
                    "overloaded", "The service is busy", detail, status=503, headers={"Retry-After": "5"}
                )
            await self._stop(idle)

    async def _stop(self, etag: str) -> None:
        answers = self._open.pop(etag)
        del self._used[etag]
        await answers.pool.stop()

    def _watch(self) -> None:
        if self._timer is None and self._open:
            self._timer = asyncio.get_running_loop().call_later(_IDLE_SECONDS, self._begin_sweep)

    def _begin_sweep(self) -> None:
        self._timer = None
        task = asyncio.get_running_loop().create_task(self._sweep())
        self._closing.add(task)
        task.add_done_callback(self._closing.discard)

    async def _sweep(self) -> None:
        async with self._opening:
            limit = time.monotonic() - _IDLE_SECONDS
            for etag, answers in list(self._open.items()):
                if self._used[etag] <= limit and not answers.pool.describe_queries():
                    await self._stop(etag)
            self._watch()
