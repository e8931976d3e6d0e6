"""Every path of the data directory that cannot be used is reported, with what is not possible without it."""

from __future__ import annotations

import errno
import os
import sqlite3
from collections.abc import Callable
from pathlib import Path

import pytest

from jwpgraph.http.access_tokens import Access
from jwpgraph.operations.file_checks import FileChecks
from jwpgraph.problems import ProblemError
from jwpgraph.releases.changes import SparqlUpdate
from jwpgraph.validation.history import FILE as HISTORY
from jwpgraph.validation.history import ValidationHistory

FOLDERS = ("releases", "staging", "uploads", "rejected", "dumps", "validation")


def replace_by_file(path: Path) -> None:
    if path.exists():
        path.rename(path.with_name(f"{path.name} before"))
    path.touch()


def empty(path: Path) -> None:
    path.write_bytes(b"")


def halve(path: Path) -> None:
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])


def lose(path: Path) -> None:
    path.rename(path.with_name("lost"))


DAMAGES: list[tuple[str, Callable[[Path], None], str, str]] = [
    *((name, replace_by_file, "data directory", f"{name} is not a folder, so ") for name in FOLDERS),
    ("", lose, "data directory", "the folder is missing, so nothing can be published"),
    ("changes.sqlite", empty, "log of changes", "changes.sqlite: it is empty; moved away, a new one begins"),
    ("changes.sqlite", halve, "log of changes", "changes.sqlite: "),
    (HISTORY, empty, "validation history", f"{HISTORY}: it is empty; moved away, a new one begins"),
    (HISTORY, halve, "validation history", f"{HISTORY}: "),
]


@pytest.mark.parametrize(("name", "damage", "function", "text"), DAMAGES)
def test_damage_is_reported(builder, name, damage, function, text):
    builder.build(SparqlUpdate("INSERT DATA { <urn:a> <urn:p> 1 }"))
    folder = builder.releases.data_dir
    ValidationHistory(folder).begin("a-job", "the release", "a-test")
    with sqlite3.connect(folder / HISTORY) as db:
        db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    assert set(FileChecks(builder.releases, writes=True).find().values()) == {None}
    damage(folder / name)
    assert (FileChecks(builder.releases, writes=True).find()[function] or "").startswith(text)


def test_a_service_that_only_reads_needs_no_folders(builder):
    builder.build(SparqlUpdate("INSERT DATA { <urn:a> <urn:p> 1 }"))
    replace_by_file(builder.releases.data_dir / "staging")
    assert set(FileChecks(builder.releases, writes=False).find().values()) == {None}


@pytest.mark.parametrize(
    ("reason", "remedy"),
    [(errno.EROFS, ""), (errno.EMFILE, ""), (errno.EISDIR, "; remove it"), (errno.ELOOP, "; remove it")],
)
def test_removing_the_lock_is_advised_only_where_it_helps(builder, monkeypatch, reason, remedy):
    def fail(*_: object) -> int:
        raise OSError(reason, os.strerror(reason))

    builder.build(SparqlUpdate("INSERT DATA { <urn:a> <urn:p> 1 }"))
    monkeypatch.setattr(os, "open", fail)
    trouble = FileChecks(builder.releases, writes=True).find()["writer's lock"]
    assert trouble == f"lock cannot be opened ({os.strerror(reason)}), so nothing can be published{remedy}"


@pytest.mark.parametrize("damage", [empty, halve, lose])
@pytest.mark.parametrize("name", ["manifest.json", "shapes.ttl", "report.ttl", "search.sqlite", "store/CURRENT"])
def test_damage_to_the_served_release_is_reported(builder, name, damage):
    """Writes were refused and pages failed, but the service said that it was ready."""
    release = builder.build(SparqlUpdate("INSERT DATA { <urn:a> <urn:p> 1 }"))
    checks = FileChecks(builder.releases, writes=True, served=lambda: release)
    assert set(checks.find().values()) == {None}
    path = release.path / name
    content = path.read_bytes()
    damage(path)
    checks = FileChecks(builder.releases, writes=True, served=lambda: release)
    assert name in (checks.find()["release"] or "")
    assert "jwpgraph release verify" in (checks.find()["release"] or "")
    path.write_bytes(content)
    assert FileChecks(builder.releases, writes=True, served=lambda: release).find()["release"] is None


@pytest.mark.parametrize("content", ["", "[{", "nothing", "{}"])
def test_damage_to_the_tokens_is_reported(builder, content):
    """An emptied file counted as one without tokens, and their holders were told that they are wrong."""
    access = Access(None, builder.releases.data_dir / "tokens.json")
    builder.releases.data_dir.mkdir(parents=True)
    checks = FileChecks(builder.releases, writes=True, access=access)
    assert checks.find()["tokens"] is None
    access.create("harvester", ("update",), None)
    assert checks.find()["tokens"] is None
    (builder.releases.data_dir / "tokens.json").write_text(content)
    assert (checks.find()["tokens"] or "").startswith("tokens.json: ")
    with pytest.raises(ProblemError, match="restore it, or delete it and create new tokens"):
        access.find("a-token-for-tests")
