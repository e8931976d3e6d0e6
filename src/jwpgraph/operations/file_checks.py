"""Checks of the data directory: its folders, the served release, the writer's lock, the tokens and the databases.

Damage to them prevents writing, or hides what they record; the graph is served without them. ``/readyz`` names it.
"""

from __future__ import annotations

import asyncio
import errno
import os
import sqlite3
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Final

from jwpgraph.http.access_tokens import Access
from jwpgraph.problems import ProblemError
from jwpgraph.releases.database_file import find_fault
from jwpgraph.releases.directory import ReleaseDirectory
from jwpgraph.releases.dumps import FOLDER as DUMPS
from jwpgraph.releases.entity_changes import FILE as CHANGES
from jwpgraph.releases.release import Release
from jwpgraph.sparql_protocol.graph_store import UPLOADS
from jwpgraph.state_files import open_state_file
from jwpgraph.validation.history import FILE as HISTORY
from jwpgraph.validation.run_lock import FOLDER as RUNS

_POLL_SECONDS: Final = 2.0
#: A check that took one second is repeated after a hundred at the earliest.
_REST: Final = 100.0
#: Bytes of free space below which even a small change is likely to fail.
_LEAST_SPACE: Final = 2**20
#: Errors that removing a file mends, which is not so of a read-only disk or too few descriptors.
_WRONG_FILE: Final = {errno.EACCES, errno.EPERM, errno.EISDIR, errno.ELOOP, errno.EINVAL}
_NOT_PUBLISHED: Final = "nothing can be published"
#: The folders of the data directory, each with what is not possible if it cannot be used.
_FOLDERS: Final = {
    "": _NOT_PUBLISHED,
    "releases": _NOT_PUBLISHED,
    "staging": _NOT_PUBLISHED,
    UPLOADS: "the graph store accepts no bodies",
    "rejected": "reports of refused changes cannot be kept",
    DUMPS: "dumps cannot be made",
    RUNS: "validation jobs cannot run",
}

Report = Callable[[str, str | None], None]
#: Size, inode and time of the last change of a file and of its write-ahead log.
_Stamp = tuple[tuple[int, int, int] | None, ...]


class FileChecks:
    """Checks the files of a data directory.

    Args:
        releases: the data directory.
        writes: whether this service writes to it.
        served: returns the served release; default: the published one.
        access: the tokens, if any.
        find_audit_trouble: returns why the audit trail cannot be written, or ``None``.
    """

    def __init__(
        self,
        releases: ReleaseDirectory,
        *,
        writes: bool,
        served: Callable[[], Release | None] | None = None,
        access: Access | None = None,
        find_audit_trouble: Callable[[], str | None] = lambda: None,
    ) -> None:
        self._data_dir = releases.data_dir
        self._lock = releases.lock_path
        # The data directory of a service that only reads may be on a read-only file system.
        self._writes = writes
        self._release = ReleaseCheck(served or releases.current)
        self._access = access
        self._find_audit_trouble = find_audit_trouble
        self._databases = {
            "log of changes": DatabaseCheck(
                releases.data_dir / CHANGES,
                "moved away, a new one begins when the service starts or a release is made",
                writes=writes,
            ),
            "validation history": DatabaseCheck(
                releases.data_dir / HISTORY,
                "moved away, a new one begins; a backup contains an earlier one",
                writes=writes,
            ),
        }

    async def watch(self, report: Report) -> None:
        """Report the state of each file again and again.

        Args:
            report: called with the name of a function and the reason why it is degraded, or ``None``.
        """
        while True:
            for name, trouble in (await asyncio.to_thread(self._find_outside_release)).items():
                report(name, trouble)
            # Reading a large release for the first time takes seconds.
            report("release", await asyncio.to_thread(self._release.find))
            await asyncio.sleep(_POLL_SECONDS)

    def find(self) -> dict[str, str | None]:
        """Return what is wrong with each file, by function; ``None`` if nothing is."""
        return {**self._find_outside_release(), "release": self._release.find()}

    def _find_outside_release(self) -> dict[str, str | None]:
        found = {name: database.find() for name, database in self._databases.items()}
        found["tokens"] = _find_token_trouble(self._access)
        if self._writes:
            found["audit trail"] = self._find_audit_trouble()
            found["writer's lock"] = _find_lock_trouble(self._lock)
            found["disk space"] = _find_space_trouble(self._data_dir)
            found["data directory"] = "; ".join(self._find_folder_troubles()) or None
        return found

    def _find_folder_troubles(self) -> Iterator[str]:
        for name, consequence in _FOLDERS.items():
            fault = _find_folder_fault(self._data_dir / name, needed=not name)
            if fault:
                yield f"{name or 'the folder'} {fault}, so {consequence}"


class ReleaseCheck:
    """Checks that the files of a release are those in its manifest; reads only those that have been written since.

    Args:
        served: returns the release.
    """

    def __init__(self, served: Callable[[], Release | None]) -> None:
        self._served = served
        self._trouble: str | None = None
        self._not_before = 0.0

    def find(self) -> str | None:
        """Return a sentence about damage, or ``None``."""
        began = time.monotonic()
        if began >= self._not_before:
            try:
                release = self._served()
                if release is not None:
                    release.check_files()
                self._trouble = None
            except ProblemError as problem:
                self._trouble = problem.detail
            self._not_before = time.monotonic() + _REST * (time.monotonic() - began)
        return self._trouble


class DatabaseCheck:
    """Checks an SQLite file whenever it has been written.

    Args:
        path: the file; it need not exist.
        repair: what to do about damage.
        writes: whether it must be writable.
    """

    def __init__(self, path: Path, repair: str, *, writes: bool) -> None:
        self._path = path
        self._writes = writes
        self._repair = repair
        self._checked: _Stamp | None = None
        self._trouble: str | None = None
        self._not_before = 0.0

    def find(self) -> str | None:
        """Return a sentence about damage, or ``None``."""
        stamp = tuple(_stamp(path) for path in (self._path, self._path.with_name(f"{self._path.name}-wal")))
        began = time.monotonic()
        if stamp != self._checked and began >= self._not_before:
            fault = self._find_fault() if stamp[0] is not None else None
            self._trouble = f"{self._path.name}: {fault}" if fault else None
            self._checked = stamp
            self._not_before = time.monotonic() + _REST * (time.monotonic() - began)
        return self._trouble

    def _find_fault(self) -> str | None:
        try:
            fault = find_fault(self._path)
            if fault:
                return f"{fault}; {self._repair}"
        except (OSError, sqlite3.OperationalError) as error:
            return str(getattr(error, "strerror", None) or error)
        return "it cannot be written" if self._writes and not os.access(self._path, os.W_OK) else None


def _find_token_trouble(access: Access | None) -> str | None:
    try:
        if access is not None:
            access.read_stored()
    except ProblemError as problem:
        return problem.detail
    return None


def _stamp(path: Path) -> tuple[int, int, int] | None:
    try:
        status = path.stat()
    except FileNotFoundError:
        return None
    except OSError:
        return (0, 0, 0)
    # The time of the last change of the permissions, too.
    return status.st_size, status.st_ino, status.st_ctime_ns


def _find_folder_fault(path: Path, *, needed: bool) -> str | None:
    """Return why files cannot be written to a folder, or ``None``; others than *needed* ones are created when used."""
    if not os.path.lexists(path):
        return "is missing" if needed else None
    if not path.is_dir():
        return "is not a folder"
    return None if os.access(path, os.R_OK | os.W_OK | os.X_OK) else "cannot be read and written"


def _find_space_trouble(folder: Path) -> str | None:
    try:
        status = os.statvfs(folder)
    except OSError:
        return None  # the check of the folder reports it
    if status.f_bavail * status.f_frsize < _LEAST_SPACE:
        return "less than 1 MiB is free; changes may be refused"
    return None


def _find_lock_trouble(path: Path) -> str | None:
    try:
        os.close(open_state_file(path, os.O_RDWR))
    except FileNotFoundError:
        return None  # the next write creates it
    except OSError as error:
        remedy = "; remove it" if error.errno in _WRONG_FILE else ""
        return f"{path.name} cannot be opened ({error.strerror}), so nothing can be published{remedy}"
    return None
