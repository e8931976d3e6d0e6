"""Durable writes to disk, and problems for full or read-only disks."""

from __future__ import annotations

import errno
import os
import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from jwpgraph.problems import ProblemError
from jwpgraph.state_files import UnsuitableFileError

_NO_SPACE = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
_NOT_WRITABLE = (errno.EACCES, errno.EPERM, errno.EROFS, errno.ENOTDIR, errno.EEXIST, errno.EISDIR, errno.ELOOP)

#: Size of the file that connections to an SQLite database share, at least.
_LEAST_SHARED = 32_768


@contextmanager
def report_storage_problems(path: Path) -> Iterator[None]:
    """Convert errors of the operating system, RocksDB and SQLite about full or read-only disks to problems.

    Raises:
        ProblemError: ``no-space`` (507) or ``data-dir-not-writable`` (500); other errors are raised unchanged.
    """
    try:
        yield
    except (OSError, sqlite3.OperationalError) as error:
        problem = make_storage_problem(error, path)
        if problem is None:
            raise
        raise problem from error


def make_storage_problem(error: OSError | sqlite3.OperationalError, path: Path) -> ProblemError | None:
    """Return the problem for *error*, or ``None``; RocksDB and SQLite give only a message to go by."""
    text = str(error).lower()
    number = error.errno if isinstance(error, OSError) else None
    # SQLite says only this where it cannot make the file that connections to a database share.
    unspecific = "disk i/o error" in text and _is_full(path)
    if number in _NO_SPACE or "no space left" in text or "disk is full" in text or unspecific:
        return ProblemError("no-space", "The disk is full", f"nothing was changed; free space below {path}", status=507)
    if "unable to open database file" in text and path.exists() and not os.access(path, os.W_OK):
        detail = f"{path}: SQLite makes files beside a database, even to read it"
        return ProblemError("data-dir-not-writable", "The data directory cannot be written", detail, status=500)
    unsuitable = isinstance(error, UnsuitableFileError)
    if number in _NOT_WRITABLE or unsuitable or "permission denied" in text or "read-only file system" in text:
        return ProblemError(
            "data-dir-not-writable",
            "The data directory cannot be written",
            f"{getattr(error, 'filename', None) or path}: {getattr(error, 'strerror', None) or error}",
            status=500,
        )
    return None


def _is_full(path: Path) -> bool:
    try:
        status = os.statvfs(path)
    except OSError:
        return False
    return status.f_bavail * status.f_frsize < _LEAST_SHARED


def write_durably(path: Path, content: bytes, *, mode: int = 0o666) -> None:
    """Replace the file at *path* atomically; after a power failure it has either the old or the new content.

    If that fails, nothing is left behind.

    Args:
        path: the file.
        content: its new content.
        mode: its permissions, restricted by the process's mask.
    """
    temporary = path.with_name(path.name + ".new")
    try:
        descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, mode)
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(path)
    except OSError:
        with suppress(OSError):
            temporary.unlink()
        raise
    sync_folder(path.parent)


def rename_durably(source: Path, target: Path) -> None:
    """Sync all files of a folder to disk, then rename it.

    Files with a second hard link belong to an earlier release and have been synced with it.
    """
    sync_tree(source, linked=False)
    source.rename(target)
    sync_folder(target.parent)
    sync_folder(source.parent)


def sync_tree(source: Path, *, linked: bool = True) -> None:
    """Sync a folder and all files and folders in it to disk.

    Args:
        source: the folder.
        linked: whether to sync files with a second hard link as well.
    """
    for folder, _, names in os.walk(source):
        for name in names:
            path = Path(folder, name)
            if linked or path.stat().st_nlink == 1:
                _sync_path(path)
        sync_folder(Path(folder))


def write_or_link(path: Path, text: str, earlier: Path | None) -> None:
    """Write *text* to a new file, or link to the file of an *earlier* release if its content is the same."""
    content = text.encode()
    if earlier is not None and earlier.stat().st_size == len(content) and earlier.read_bytes() == content:
        link_or_copy(path, earlier)
    else:
        path.write_bytes(content)


def link_or_copy(path: Path, earlier: Path) -> None:
    """Link to the file of an *earlier* release, or copy it if the file system has no hard links."""
    try:
        path.hardlink_to(earlier)
    except OSError:
        shutil.copyfile(earlier, path)


def sync_folder(path: Path) -> None:
    """Sync the directory entries of a folder to disk."""
    _sync_path(path)


def _sync_path(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
