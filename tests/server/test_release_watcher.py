"""A process that follows CURRENT: after an acknowledged write no request is answered from the release before it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

import pytest

from jwpgraph.operations.builder_factory import make_builder
from jwpgraph.problems import ProblemError
from jwpgraph.query_execution.limits import make_stopping_problem
from jwpgraph.releases import file_digests
from jwpgraph.releases.changes import LoadGraphs, Payload, PutGraph
from jwpgraph.releases.directory import ReleaseDirectory
from jwpgraph.releases.release import Release
from jwpgraph.server.release_watcher import ReleaseWatcher
from jwpgraph.settings import Settings
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


async def until(true: Callable[[], bool]) -> None:
    for _ in range(6000):
        if true():
            return
        await asyncio.sleep(0.01)
    pytest.fail("waited for a minute")


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


@pytest.mark.parametrize("folder_remains", [True, False])
def test_a_disk_that_is_not_mounted_is_not_taken_for_a_missing_pointer(published, tmp_path, folder_remains) -> None:
    """A CURRENT written into the folder below the disk would help nobody."""
    (releases := tmp_path / "unmounted").mkdir()
    if not folder_remains:
        releases.rmdir()
    watcher = ReleaseWatcher(ReleaseDirectory(releases), Readers(), Release(1, published), Supervisor())
    with pytest.raises(ProblemError) as raised:
        asyncio.run(watcher.refresh())
    assert raised.value.slug == "data-dir-damaged"
    assert "check that its disk is mounted" in (raised.value.detail or "")


def test_a_table_that_is_damaged_at_start_ends_the_service_of_its_release(tmp_path, monkeypatch, caplog) -> None:
    """Nothing waits until large tables are read; the watcher reads them, and serves the release before."""
    monkeypatch.setattr(file_digests, "_LARGE_TABLE", 0)
    (data := tmp_path / "x.ttl").write_text("<urn:s> <urn:p> <urn:o> .")
    builder = make_builder(Settings(data_dir=tmp_path / "data"))
    builder.build(LoadGraphs(), expected=0)
    builder.build(PutGraph("https://w3id.org/jwpgraph/graph/t", (Payload(data, "text/turtle"),)))
    release = builder.releases.require_current()
    table = next(path for path in release.store_path.glob("*.sst") if path.stat().st_nlink == 1)
    content = bytearray(table.read_bytes())
    content[len(content) // 3] ^= 0x55
    table.write_bytes(content + b"-")
    with pytest.raises(ProblemError, match="bytes instead of"):
        release.check_files(large_tables=False)
    table.write_bytes(content)
    release.check_files(large_tables=False)

    async def run() -> None:
        readers, supervisor = Readers(), Supervisor()
        watcher = ReleaseWatcher(builder.releases, readers, release, supervisor)
        watcher.start()
        await until(lambda: watcher.current().number == 1)
        assert readers.switched == [1]
        await until(lambda: table.name in supervisor.troubles().get("release follower", ""))
        await asyncio.sleep(3)
        assert (watcher.current().number, readers.switched) == (1, [1])
        await watcher.stop()

    asyncio.run(run())
    assert "serving release 1 instead" in caplog.text


def test_an_undamaged_release_is_kept(published) -> None:
    async def run() -> None:
        releases, readers = ReleaseDirectory(published), Readers()
        watcher = ReleaseWatcher(releases, readers, releases.require_current(), Supervisor())
        watcher.start()
        await asyncio.sleep(1)
        await watcher.stop()
        assert (watcher.current().number, readers.switched) == (1, [])

    asyncio.run(run())
