"""Files that are written together are replaced together or not at all."""

from __future__ import annotations

import errno
import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from jwpgraph.cli.output_files import write_file_atomically, write_files_atomically
from jwpgraph.problems import ProblemError


def fail_at_the_end() -> Iterator[tuple[str, str]]:
    yield "one.ttl", "new"
    raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


def test_nothing_is_replaced_on_a_full_disk(tmp_path: Path) -> None:
    (tmp_path / "one.ttl").write_text("old")
    with pytest.raises(ProblemError) as raised:
        write_files_atomically(fail_at_the_end(), tmp_path, [])
    assert raised.value.slug == "cannot-write"
    assert "No space left on device" in (raised.value.detail or "")
    assert {path.name: path.read_text() for path in tmp_path.iterdir()} == {"one.ttl": "old"}


def test_an_input_is_not_overwritten(tmp_path: Path) -> None:
    source = tmp_path / "two.csv"
    source.write_text("old")
    with pytest.raises(ProblemError):
        write_files_atomically([("one.ttl", "new"), ("two.csv", "new")], tmp_path, [source])
    assert {path.name: path.read_text() for path in tmp_path.iterdir()} == {"two.csv": "old"}


def test_the_remains_of_a_killed_process_are_removed(tmp_path: Path) -> None:
    left = tmp_path / ".jwpgraph-partial-killed"
    left.mkdir()
    (left / "one.ttl").write_text("part")
    os.utime(left, (1, 1))
    write_file_atomically(["a", "b"], tmp_path / "one.ttl", [])
    assert {path.name: path.read_text() for path in tmp_path.iterdir()} == {"one.ttl": "ab"}
    mask = os.umask(0)
    os.umask(mask)
    assert (tmp_path / "one.ttl").stat().st_mode & 0o777 == 0o666 & ~mask
