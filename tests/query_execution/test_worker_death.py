"""The reasons that clients are told for the death of a worker."""

from __future__ import annotations

import signal
from collections.abc import Callable

import pytest

from jwpgraph.query_execution.limits import QueryLimits
from jwpgraph.query_execution.pool import WorkerPool
from jwpgraph.releases.release import Release


def test_a_worker_that_damage_has_ended_is_not_explained_by_memory(
    with_pool: Callable[..., None], numbers_release: Release, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The engine aborts on some damage; clients were told that their queries need too much memory."""

    def fail(release: Release) -> None:
        raise release.make_damage_problem("store/000012.sst is missing")

    async def scenario(pool: WorkerPool) -> None:
        for damaged, slug in ((False, "query-memory"), (True, "release-damaged")):
            monkeypatch.setattr(Release, "is_described", lambda _: True)
            monkeypatch.setattr(Release, "check_files", fail if damaged else lambda _: None)
            assert (await pool._worker_manager.explain_death(-signal.SIGABRT)).slug == slug
            assert (await pool._worker_manager.explain_death(-signal.SIGKILL)).slug == "query-crashed"

    with_pool(numbers_release, scenario, QueryLimits(timeout=60))


def test_a_release_whose_folder_is_lost_is_not_available(
    with_pool: Callable[..., None], numbers_release: Release, monkeypatch: pytest.MonkeyPatch
) -> None:
    """On a disk that is not mounted any more, reading requests were answered with 500 as if the data were damaged."""

    async def scenario(pool: WorkerPool) -> None:
        # The manifest has been read before; the release of this test has none in its folder.
        monkeypatch.setattr(Release, "is_described", lambda _: True)
        problem = await pool._worker_manager.explain_death(-signal.SIGABRT)
        assert (problem.slug, problem.status) == ("release-unreadable", 503)
        assert "manifest.json cannot be read" in (problem.detail or "")

    with_pool(numbers_release, scenario, QueryLimits(timeout=60))
