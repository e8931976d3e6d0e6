"""A process that follows CURRENT: after an acknowledged write no request is answered from the release before it."""

from __future__ import annotations

import asyncio

from jwpgraph.problems import ProblemError
from jwpgraph.query_execution.limits import make_stopping_problem
from jwpgraph.releases.directory import ReleaseDirectory
from jwpgraph.releases.release import Release
from jwpgraph.server.release_watcher import ReleaseWatcher
from jwpgraph.supervision import Supervisor


class Readers:
    """Workers that cannot be switched the first times."""

    def __init__(self, *failures: Exception) -> None:
        self._failures = list(failures)
        self.switched: list[int] = []

    async def switch(self, release: Release) -> None:
        if self._failures:
            raise self._failures.pop(0)
        self.switched.append(release.number)


def catch_up(published, readers: Readers) -> ReleaseWatcher:
    """Return the watcher of a reader that served nothing yet, after one request."""
    releases = ReleaseDirectory(published)
    before = Release(0, published / "releases" / "none")
    watcher = ReleaseWatcher(releases, readers, before, Supervisor())
    assert watcher.is_behind()
    asyncio.run(watcher.catch_up())
    assert not watcher.is_behind()
    return watcher


def test_requests_wait_while_the_spawner_is_restarted(published) -> None:
    readers = Readers(make_stopping_problem(), make_stopping_problem())
    assert catch_up(published, readers).current().number == 1
    assert readers.switched == [1]


def test_requests_do_not_wait_for_a_release_that_cannot_be_read(published) -> None:
    readers = Readers(ProblemError("release-unreadable", "The release cannot be read", "", status=503))
    assert catch_up(published, readers).current().number == 0
    assert readers.switched == []
