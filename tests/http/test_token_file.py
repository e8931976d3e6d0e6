"""The file of tokens when the disk is full: it keeps its content, and nothing is left beside it."""

from __future__ import annotations

import errno
import os
from pathlib import Path

import pytest

from jwpgraph.http.access_tokens import FILE, Access
from jwpgraph.problems import ProblemError


def test_a_full_disk_changes_no_token(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(_: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    access = Access(file=tmp_path / FILE)
    access.create("first", ("update",), None)
    monkeypatch.setattr(os, "fsync", fail)
    for change in (lambda: access.create("second", ("update",), None), lambda: access.revoke("first")):
        with pytest.raises(ProblemError) as caught:
            change()
        assert (caught.value.slug, caught.value.status) == ("no-space", 507)
        assert "published" not in caught.value.detail
        assert [token.name for token in access.read_stored()] == ["first"]
        assert sorted(path.name for path in tmp_path.iterdir()) == [FILE, f"{FILE}.lock"]


def test_a_change_is_synced_to_disk_with_its_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without the folder's sync, a revoked token could be valid again after a power failure."""
    synced: list[str] = []
    sync = os.fsync

    def note(descriptor: int) -> None:
        synced.append(Path(f"/proc/self/fd/{descriptor}").readlink().name)
        sync(descriptor)

    access = Access(file=tmp_path / FILE)
    access.create("first", ("update",), None)
    monkeypatch.setattr(os, "fsync", note)
    access.revoke("first")
    assert synced == [f"{FILE}.new", tmp_path.name]
    assert (tmp_path / FILE).stat().st_mode & 0o777 == 0o600
