"""What is not a file, or a file without a bound, in place of a file of the data directory: refused, without waiting.

Commands waited for ever for a named pipe, and read a device until no memory was left.
"""

from __future__ import annotations

import errno
import os
from collections.abc import Callable
from pathlib import Path

import pytest
from forked_command import run_command

from jwpgraph.http.access_tokens import Access
from jwpgraph.releases.changes import SparqlUpdate
from jwpgraph.state_files import UnsuitableFileError, open_state_file, read_state_file
from jwpgraph.validation.history import FILE as HISTORY
from jwpgraph.validation.history import ValidationHistory


def put_pipe(path: Path) -> None:
    path.unlink(missing_ok=True)
    os.mkfifo(path)


def put_device(path: Path) -> None:
    path.unlink(missing_ok=True)
    path.symlink_to("/dev/zero")


def put_folder(path: Path) -> None:
    path.unlink(missing_ok=True)
    path.mkdir()


def put_loop(path: Path) -> None:
    path.unlink(missing_ok=True)
    path.symlink_to(path.name)


def grow(path: Path) -> None:
    path.touch()
    os.truncate(path, 20 * 2**30)


REASONS: dict[Callable[[Path], None], str] = {
    put_pipe: "it is a named pipe, not a file",
    put_device: "it is a device, not a file",
    put_folder: os.strerror(errno.EISDIR),
    put_loop: os.strerror(errno.ELOOP),
    grow: "it has more than 67,108,864 bytes",
}


@pytest.mark.parametrize("damage", REASONS)
def test_nothing_but_files_of_bounded_length_is_read(tmp_path, damage):
    path = tmp_path / "file"
    damage(path)
    with pytest.raises(OSError, match=REASONS[damage]):
        read_state_file(path)


def test_files_are_read_and_created(tmp_path):
    path = tmp_path / "file"
    with pytest.raises(FileNotFoundError):
        read_state_file(path)
    os.close(open_state_file(path, os.O_WRONLY | os.O_CREAT, 0o600))
    path.write_bytes(b"12345")
    (tmp_path / "link").symlink_to(path)
    assert read_state_file(tmp_path / "link", longest=5) == b"12345"
    with pytest.raises(UnsuitableFileError):
        read_state_file(path, longest=4)


COMMANDS = {
    "CURRENT": ("release", "list"),
    "lock": ("release", "prune", "--keep", "1"),
    "tokens.json": ("token", "create", "other", "--scope", "update"),
    "tokens.json.lock": ("token", "create", "other", "--scope", "update"),
    HISTORY: ("backup", "backup.tar.zst"),
    "changes.sqlite": ("backup", "backup.tar.zst"),
    "releases/000002/manifest.json": ("release", "verify"),
    "releases/000002/shapes.ttl": ("release", "verify"),
}


@pytest.mark.parametrize("damage", [put_pipe, put_device])
@pytest.mark.parametrize("name", COMMANDS)
def test_commands_name_what_is_no_file(builder, tmp_path, monkeypatch, name, damage):
    for number in range(2):
        builder.build(SparqlUpdate(f"INSERT DATA {{ <urn:a> <urn:p> {number} }}"))
    folder = builder.releases.data_dir
    Access(None, folder / "tokens.json").create("harvester", ("update",), None)
    ValidationHistory(folder).begin("a-job", "the release", "a-test")
    damage(folder / name)
    monkeypatch.chdir(tmp_path)
    ended = run_command("--data-dir", str(folder), *COMMANDS[name])
    output = ended.stdout + ended.stderr
    assert ended.returncode in {1, 2}, output
    assert Path(name).name in output or "release 2" in output
    assert "Traceback" not in output
