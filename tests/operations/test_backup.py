"""A backup is whole or none, and comes back as it was or not at all."""

from __future__ import annotations

import json
import os
import signal
import sqlite3
import subprocess
import sys

import pytest

from jwpgraph.operations.backup import create_backup, restore_backup
from jwpgraph.problems import ProblemError
from jwpgraph.releases.changes import PutGraph, SparqlUpdate
from jwpgraph.releases.directory import ReleaseDirectory
from jwpgraph.releases.maintenance import verify_release
from jwpgraph.validation.history import FILE, ValidationHistory

G1 = "https://example.org/g1"

_KILLED = """
import os, signal, sys
from pathlib import Path
from jwpgraph.operations import backup
from jwpgraph.releases.directory import ReleaseDirectory

digest, seen = backup.digest_file, []

def doomed(path):
    seen.append(path)
    if len(seen) == 4:
        os.kill(os.getpid(), signal.SIGKILL)
    return digest(path)

backup.digest_file = doomed
backup.create_backup(ReleaseDirectory(Path(sys.argv[1])), Path(sys.argv[2]), every=True)
"""


_KILLED_AT_A_RENAME = """
import os, signal, sys
from pathlib import Path
from jwpgraph.operations.backup import restore_backup
from jwpgraph.releases.directory import ReleaseDirectory

left = [int(sys.argv[3])]

def count(rename):
    def counted(*arguments, **options):
        left[0] -= 1
        if left[0] < 0:
            os.kill(os.getpid(), signal.SIGKILL)
        return rename(*arguments, **options)
    return counted

os.rename, os.replace = count(os.rename), count(os.replace)
restore_backup(Path(sys.argv[1]), ReleaseDirectory(Path(sys.argv[2])), wait=1)
"""


@pytest.fixture
def releases(builder, turtle) -> ReleaseDirectory:
    for value in (1, 2):
        builder.build(PutGraph(G1, (turtle(f"ex:a ex:p {value} ."),)))
    ValidationHistory(builder.releases.data_dir).begin("a-job", "the release", "a-test", release=2)
    return builder.releases


@pytest.mark.parametrize("name", ["copy", "copy.tar.zst"])
@pytest.mark.parametrize("every", [True, False])
def test_there_and_back(releases, builder, tmp_path, name, every):
    index = create_backup(releases, tmp_path / name, every=every)
    assert (index.current, index.releases) == (2, [1, 2] if every else [2])
    restored = ReleaseDirectory(tmp_path / "restored")
    assert restore_backup(tmp_path / name, restored, wait=1) == index
    assert [release.number for release in restored.list()] == index.releases
    assert restored.current().manifest == releases.current().manifest
    assert all(verify_release(release) == [] for release in restored.list())
    assert (restored.data_dir / FILE).is_file()
    assert list((restored.data_dir / "staging").iterdir()) == []
    following = type(builder)(restored, builder.gate, builder.shapes, builder.rules, wait=1)
    assert following.build(SparqlUpdate("INSERT DATA { <urn:x> <urn:p> 1 }")).number == 3


@pytest.mark.parametrize("name", ["copy.tar", "copy.tar.gz", "copy.tgz", "copy.zip", "copy.zst"])
def test_no_folder_is_made_under_the_name_of_another_archive(releases, tmp_path, name):
    with pytest.raises(ProblemError, match=r"ends in \.tar\.zst, or a folder"):
        create_backup(releases, tmp_path / name, every=False)
    assert list(tmp_path.glob("copy*")) == []


def test_a_folder_that_does_not_exist_is_named(releases, tmp_path):
    with pytest.raises(ProblemError) as refused:
        create_backup(releases, tmp_path / "nowhere" / "backup.tar.zst", every=False)
    assert refused.value.slug == "cannot-write"
    assert refused.value.detail.endswith(f"there is no folder {tmp_path / 'nowhere'}")  # a temporary name was told


def test_a_log_left_by_a_killed_service_is_not_applied_to_the_restored_history(releases, tmp_path):
    create_backup(releases, tmp_path / "copy", every=False)
    restored = ReleaseDirectory(tmp_path / "restored")
    history = ValidationHistory(restored.data_dir)
    history.begin("another", "the release", "a-test")
    with sqlite3.connect(history.path) as reader:
        # An open transaction prevents SQLite from removing the log.
        reader.execute("BEGIN").execute("SELECT * FROM run").fetchall()
        history.begin("third", "the release", "a-test")
        kept = {path: path.read_bytes() for path in restored.data_dir.iterdir()}
    for path, content in kept.items():
        path.write_bytes(content)
    restore_backup(tmp_path / "copy", restored, wait=1)
    assert ValidationHistory(restored.data_dir).list_running() == [(1, "a-job", "a-test")]


def test_an_emptied_history_is_not_backed_up_as_one(releases, tmp_path):
    (releases.data_dir / FILE).write_bytes(b"")
    with pytest.raises(ProblemError, match="it is empty; nothing was backed up"):
        create_backup(releases, tmp_path / "copy", every=False)
    assert not (tmp_path / "copy").exists()


@pytest.mark.parametrize("name", ["copy", "copy.tar.zst"])
def test_killed_in_the_middle(releases, tmp_path, name):
    arguments = [sys.executable, "-c", _KILLED, str(releases.data_dir), str(tmp_path / name)]
    assert subprocess.run(arguments, check=False).returncode == -signal.SIGKILL
    assert not (tmp_path / name).exists()
    (partial,) = tmp_path.glob("*.partial")
    restored = ReleaseDirectory(tmp_path / "restored")
    with pytest.raises(ProblemError) as caught:
        restore_backup(partial, restored, wait=1)
    assert caught.value.slug == "backup-damaged"
    assert restored.current() is None
    assert create_backup(releases, tmp_path / name, every=True).releases == [1, 2]


def test_a_killed_restore_leaves_all_releases_or_none(releases, tmp_path):
    create_backup(releases, tmp_path / "copy.tar.zst", every=True)
    for renames in range(20):
        restored = ReleaseDirectory(tmp_path / f"restored{renames}")
        arguments = [str(tmp_path / "copy.tar.zst"), str(restored.data_dir), str(renames)]
        done = subprocess.run([sys.executable, "-c", _KILLED_AT_A_RENAME, *arguments], check=False)
        found = [release.number for release in restored.list()]
        if done.returncode == 0:
            assert found == [1, 2]
            break
        assert done.returncode == -signal.SIGKILL
        assert found in ([], [1, 2])
    assert renames > 1


def test_all_restored_files_are_synced_to_disk(releases, tmp_path, monkeypatch):
    create_backup(releases, tmp_path / "copy.tar.zst", every=True)
    synced = set()
    sync = os.fsync
    monkeypatch.setattr(os, "fsync", lambda descriptor: (synced.add(os.fstat(descriptor).st_ino), sync(descriptor)))
    restored = ReleaseDirectory(tmp_path / "restored")
    restore_backup(tmp_path / "copy.tar.zst", restored, wait=1)
    files = [path for path in restored.data_dir.rglob("*") if path.is_file() and path != restored.lock_path]
    assert any(path.stat().st_nlink > 1 for path in files)
    assert [path for path in files if path.stat().st_ino not in synced] == []


@pytest.mark.parametrize("part", [0.0, 0.3, 0.9, 0.999])
def test_a_truncated_archive_restores_nothing(releases, tmp_path, part):
    path = tmp_path / "copy.tar.zst"
    create_backup(releases, path, every=True)
    os.truncate(path, int(path.stat().st_size * part))
    restored = ReleaseDirectory(tmp_path / "restored")
    with pytest.raises(ProblemError) as caught:
        restore_backup(path, restored, wait=1)
    assert (caught.value.slug, caught.value.exit_code) == ("backup-damaged", 1)
    assert restored.current() is None
    assert not any((restored.data_dir / "releases").iterdir())


def _change_a_byte(folder):
    path = folder / "releases" / "000001" / "shapes.ttl"
    content = bytearray(path.read_bytes())
    content[-2] ^= 1
    path.write_bytes(content)


def _change_the_index(folder, **members):
    path = folder / "backup.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | members))


@pytest.mark.parametrize(
    "damage",
    [
        _change_a_byte,
        lambda folder: (folder / "releases" / "000001" / "manifest.json").unlink(),
        lambda folder: (folder / "releases" / "000001" / "more").write_text("x"),
        lambda folder: (folder / "backup.json").write_text("{"),
        lambda folder: _change_the_index(folder, current=9),
        lambda folder: _change_the_index(folder, files={}),
    ],
)
def test_a_damaged_folder_restores_nothing(releases, tmp_path, damage):
    create_backup(releases, tmp_path / "copy", every=True)
    damage(tmp_path / "copy")
    with pytest.raises(ProblemError) as caught:
        restore_backup(tmp_path / "copy", ReleaseDirectory(tmp_path / "restored"), wait=1)
    assert caught.value.slug == "backup-damaged"


def test_nothing_is_overwritten(releases, tmp_path):
    create_backup(releases, tmp_path / "copy", every=False)
    with pytest.raises(ProblemError) as caught:
        create_backup(releases, tmp_path / "copy", every=False)
    assert caught.value.slug == "file-exists"
    with pytest.raises(ProblemError) as caught:
        restore_backup(tmp_path / "copy", releases, wait=1)
    assert caught.value.slug == "data-dir-not-empty"
    assert [release.number for release in releases.list()] == [1, 2]


@pytest.mark.parametrize("every", [True, False])
@pytest.mark.parametrize("damage", ["cut", "altered", "missing", "a folder"])
@pytest.mark.parametrize("name", ["manifest.json", "shapes.ttl", "store/*.sst"])
def test_damage_is_not_backed_up(releases, tmp_path, name, damage, every):
    """A restore refuses such a backup: the operator would learn of it when nothing else is left."""
    (path, *_) = sorted(releases.current().path.glob(name))
    content = path.read_bytes()
    path.unlink()
    if damage in {"cut", "altered"}:
        path.write_bytes(content[: len(content) // 2] if damage == "cut" else content[:-9] + b"\0" * 9)
    elif damage == "a folder":
        path.mkdir()
    with pytest.raises(ProblemError) as refused:
        create_backup(ReleaseDirectory(releases.data_dir), tmp_path / "copy.tar.zst", every=every)
    assert refused.value.slug in {"release-damaged", "data-dir-damaged"}
    assert "jwpgraph release" in refused.value.detail
    assert list(tmp_path.glob("copy*")) == []


@pytest.mark.parametrize("damage", ["a page", "a folder"])
def test_a_damaged_history_is_not_backed_up(releases, tmp_path, damage):
    path = releases.data_dir / FILE
    with sqlite3.connect(path) as db:
        db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    content = path.read_bytes()
    path.unlink()
    if damage == "a page":
        path.write_bytes(content[:4096] + b"\xa5" * 4096 + content[8192:])
    else:
        path.mkdir()
    with pytest.raises(ProblemError, match=f"{FILE}.*nothing was backed up"):
        create_backup(releases, tmp_path / "copy", every=False)
    assert list(tmp_path.glob("copy*")) == []


def test_a_read_only_folder_is_not_taken_for_damage(releases, tmp_path, monkeypatch):
    """A job with the data mounted read-only was told to move the history away."""
    connect = sqlite3.connect

    def fail(path: object, *arguments: object, **options: object) -> sqlite3.Connection:
        if path == releases.data_dir / FILE:
            raise sqlite3.OperationalError("unable to open database file")
        return connect(path, *arguments, **options)  # type: ignore[call-overload]

    monkeypatch.setattr(sqlite3, "connect", fail)
    monkeypatch.setattr(os, "access", lambda path, _: path != releases.data_dir)
    with pytest.raises(ProblemError) as refused:
        create_backup(releases, tmp_path / "copy", every=False)
    assert refused.value.slug == "data-dir-not-writable"
    assert "move" not in refused.value.detail
