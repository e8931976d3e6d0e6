"""Damage to the data directory: the commands that look for it find it, and none makes it worse."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest


def break_pointer(data_dir: Path) -> None:
    (data_dir / "CURRENT").write_text("nothing\n")


def empty_pointer(data_dir: Path) -> None:
    (data_dir / "CURRENT").write_text("")


def lose_pointer(data_dir: Path) -> None:
    (data_dir / "CURRENT").unlink()


def break_manifest(data_dir: Path) -> None:
    manifest = data_dir / "releases" / "000002" / "manifest.json"
    manifest.write_bytes(manifest.read_bytes()[:99])


def lose_manifest(data_dir: Path) -> None:
    (data_dir / "releases" / "000002" / "manifest.json").unlink()


def break_report(data_dir: Path) -> None:
    (data_dir / "releases" / "000002" / "report.ttl").write_text("")


def lose_earlier_manifest(data_dir: Path) -> None:
    (data_dir / "releases" / "000001" / "manifest.json").unlink()


OF_THE_POINTER = (break_pointer, empty_pointer, lose_pointer)
OF_THE_PUBLISHED = (break_manifest, lose_manifest, break_report)


@pytest.fixture
def damaged(run, data_dir, tmp_path) -> Callable[[Callable[[Path], None]], None]:
    """Make two releases, then damage one of their files."""
    for number in (1, 2):
        (tmp_path / "one.ttl").write_text(f"<urn:a> <urn:p> {number} .")
        assert run("load", "one.ttl").returncode == 0
    return lambda damage: damage(data_dir)


@pytest.mark.parametrize("damage", [*OF_THE_POINTER, *OF_THE_PUBLISHED, lose_earlier_manifest])
def test_verify_all_finds_it(run, damaged, damage):
    """A release without a readable manifest was left out, and the exit code was 0."""
    damaged(damage)
    ended = run("release", "verify", "--all")
    assert ended.returncode in {1, 2}
    assert ended.stderr.count("\n") == 1, ended.stderr
    found = "CURRENT" if damage in OF_THE_POINTER else "000001" if damage is lose_earlier_manifest else "Release 2: "
    assert found in ended.stdout + ended.stderr
    assert "Release 2: matches" in ended.stdout or damage in OF_THE_PUBLISHED


def test_verify_all_of_intact_releases(run, damaged):
    damaged(lambda _: None)
    ended = run("release", "verify", "--all")
    assert (ended.returncode, ended.stderr) == (0, "")


@pytest.mark.parametrize(("damage", "number"), [(break_manifest, 2), (lose_manifest, 2), (lose_earlier_manifest, 1)])
def test_a_release_that_cannot_be_listed_is_named(run, damaged, damage, number):
    damaged(damage)
    for options in ([], ["--json"]):
        ended = run("release", "list", *options)
        assert f"Release {number} is damaged" in ended.stderr


@pytest.mark.parametrize("damage", [*OF_THE_POINTER, *OF_THE_PUBLISHED])
def test_the_last_intact_release_is_not_pruned(run, damaged, data_dir, damage):
    """The service serves it as long as the published one is damaged, and a rollback needs it."""
    damaged(damage)
    ended = run("release", "prune", "--keep", "1")
    assert ended.returncode in {1, 2} or "Nothing to remove" in ended.stdout
    assert (data_dir / "releases" / "000001" / "manifest.json").is_file()


@pytest.mark.parametrize("damage", [break_manifest, break_report])
def test_a_damaged_release_is_not_published(run, damaged, damage):
    """Nothing is sent; the target does not exist here."""
    damaged(damage)
    ended = run("publish", "--to", "http://127.0.0.1:9/store")
    assert ended.returncode in {1, 2}
    assert "release verify" in ended.stderr
    assert "Traceback" not in ended.stderr


def alter_written_forms(data_dir: Path) -> None:
    (data_dir / "releases" / "000001" / "written.nq").write_text("")


@pytest.mark.parametrize("command", ["export", "release dump", "validate"])
def test_a_damaged_release_is_not_passed_on(run, data_dir, tmp_path, command):
    """Without the file, literals are validated as the store has normalised them; the dump would get checksums."""
    (tmp_path / "one.ttl").write_text('<urn:a> <urn:p> "03"^^<http://www.w3.org/2001/XMLSchema#integer> .')
    assert run("load", "one.ttl").returncode == 0
    intact = run(*command.split())
    assert intact.returncode in {0, 1}, intact.stderr
    for dump in (data_dir / "dumps").glob("*"):
        dump.rename(tmp_path / "dump before")
    alter_written_forms(data_dir)
    ended = run(*command.split())
    assert ended.returncode in {1, 2}
    assert "written.nq" in ended.stderr
    assert "release verify" in ended.stderr
