"""Writing to disk so that it stays written, and saying plainly why it could not be."""

from __future__ import annotations

import errno
import os
import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from jwpgraph.problems import ProblemError

_NO_SPACE = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
_NOT_WRITABLE = (errno.EACCES, errno.EPERM, errno.EROFS, errno.ENOTDIR, errno.EEXIST)


@contextmanager
def report_storage_problems(path: Path) -> Iterator[None]:
    """Turn what the operating system, RocksDB or SQLite says of a full or read-only disk into problems.

    Raises:
        ProblemError: ``no-space`` (507) or ``data-dir-not-writable`` (500); other errors pass through.
    """
    try:
        yield
    except (OSError, sqlite3.OperationalError) as error:
        problem = make_storage_problem(error, path)
        if problem is None:
            raise
        raise problem from error


def make_storage_problem(error: OSError | sqlite3.OperationalError, path: Path) -> ProblemError | None:
    """The problem that stands behind *error*; RocksDB and SQLite report through text alone."""
    text = str(error).lower()
    number = error.errno if isinstance(error, OSError) else None
    if number in _NO_SPACE or "no space left" in text or "disk is full" in text:
        return ProblemError(
            "no-space", "The disk is full", f"nothing was published; free space below {path}", status=507
        )
    if number in _NOT_WRITABLE or "permission denied" in text or "read-only file system" in text:
        return ProblemError(
            "data-dir-not-writable",
            "The data directory cannot be written",
            f"{path}: {getattr(error, 'strerror', None) or error}",
            status=500,
        )
    return None


def write_durably(path: Path, content: bytes) -> None:
    """Replace the file at *path* atomically; after a power cut it holds the old or the new content, whole."""
    temporary = path.with_name(path.name + ".new")
    with temporary.open("wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    temporary.replace(path)
    sync_folder(path.parent)


def rename_durably(source: Path, target: Path) -> None:
    """Rename a folder whose content is complete, after everything in it has reached the disk.

    A file that has another name already is one of an earlier release, and reached the disk with it.
    """
    for folder, _, names in os.walk(source):
        for name in names:
            path = Path(folder, name)
            if path.stat().st_nlink == 1:
                _sync_path(path)
        sync_folder(Path(folder))
    source.rename(target)
    sync_folder(target.parent)
    sync_folder(source.parent)


def write_or_link(path: Path, text: str, earlier: Path | None) -> None:
    """Write *text* to a new file, or give the file of an *earlier* release another name if it holds the same."""
    content = text.encode()
    if earlier is not None and earlier.stat().st_size == len(content) and earlier.read_bytes() == content:
        link_or_copy(path, earlier)
    else:
        path.write_bytes(content)


def link_or_copy(path: Path, earlier: Path) -> None:
    """Give a file of an *earlier* release another name, or copy it where the file system has no hard links."""
    try:
        path.hardlink_to(earlier)
    except OSError:
        shutil.copyfile(earlier, path)


def sync_folder(path: Path) -> None:
    """Make the names in a folder durable."""
    _sync_path(path)


def _sync_path(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
