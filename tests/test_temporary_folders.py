"""Folders of killed processes are removed by the next process, and those in use are kept."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from jwpgraph.temporary_folders import PREFIX, make_temporary_folder

HOLD = """
import sys, time
from pathlib import Path
from jwpgraph.temporary_folders import make_temporary_folder
with make_temporary_folder(Path(sys.argv[1])) as folder:
    (folder / "file").write_text("x")
    print(folder, flush=True)
    time.sleep(60)
"""


def begin(parent: Path) -> tuple[subprocess.Popen[str], Path]:
    """A process that uses a folder, which has been made a while ago."""
    child = subprocess.Popen([sys.executable, "-c", HOLD, str(parent)], stdout=subprocess.PIPE, text=True)
    assert child.stdout is not None
    folder = Path(child.stdout.readline().strip())
    os.utime(folder, (1, 1))
    return child, folder


def test_the_folder_of_a_killed_process_is_removed(tmp_path: Path) -> None:
    child, left = begin(tmp_path)
    running, used = begin(tmp_path)
    other = tmp_path / "other"
    other.mkdir()
    target = tmp_path / "target"
    target.mkdir()
    (tmp_path / f"{PREFIX}link").symlink_to(target)
    for folder in (other, target):
        os.utime(folder, (1, 1))
    try:
        child.send_signal(signal.SIGKILL)
        child.wait()
        assert left.is_dir()
        with make_temporary_folder(tmp_path) as folder:
            assert not left.exists()
            assert (used / "file").is_file()
            assert other.is_dir()
            assert target.is_dir()
        assert not folder.exists()
    finally:
        running.kill()
        running.wait()


def test_a_new_folder_without_a_lock_is_kept(tmp_path: Path) -> None:
    new = tmp_path / f"{PREFIX}new"
    new.mkdir()
    with make_temporary_folder(tmp_path):
        assert new.is_dir()


def fail_in_a_folder(parent: Path) -> None:
    with make_temporary_folder(parent) as folder:
        (folder / "file").write_text("x")
        raise KeyError


def test_a_folder_is_removed_after_an_error(tmp_path: Path) -> None:
    with pytest.raises(KeyError):
        fail_in_a_folder(tmp_path)
    assert list(tmp_path.iterdir()) == []
