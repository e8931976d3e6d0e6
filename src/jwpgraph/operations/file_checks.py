"""Checks of the files beside the releases: the writer's lock, the log of changes, and the validation history.

Damage to them prevents writing, or hides what they record; the graph is served without them. ``/readyz`` names it.
"""

from __future__ import annotations

import asyncio
import os
import sqlite3
import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Final

from jwpgraph.releases.directory import ReleaseDirectory
from jwpgraph.releases.entity_changes import FILE as CHANGES
from jwpgraph.validation.history import FILE as HISTORY

_POLL_SECONDS: Final = 2.0
_WAIT_SECONDS: Final = 5.0
#: A check that took one second is repeated after a hundred at the earliest.
_REST: Final = 100.0

Report = Callable[[str, str | None], None]
#: Size, inode and time of the last write of a file and of its write-ahead log.
_Stamp = tuple[tuple[int, int, int] | None, ...]


class FileChecks:
    """Checks the files of a data directory.

    Args:
        releases: the data directory.
        writes: whether this service writes to it.
    """

    def __init__(self, releases: ReleaseDirectory, *, writes: bool) -> None:
        self._lock = releases.lock_path if writes else None
        self._databases = {
            "log of changes": DatabaseCheck(
                releases.data_dir / CHANGES, "moved away, a new one begins when the service starts or a release is made"
            ),
            "validation history": DatabaseCheck(
                releases.data_dir / HISTORY, "moved away, a new one begins; a backup contains an earlier one"
            ),
        }

    async def watch(self, report: Report) -> None:
        """Report the state of each file again and again.

        Args:
            report: called with the name of a function and the reason why it is degraded, or ``None``.
        """
        while True:
            for name, trouble in (await asyncio.to_thread(self.find)).items():
                report(name, trouble)
            await asyncio.sleep(_POLL_SECONDS)

    def find(self) -> dict[str, str | None]:
        """Return what is wrong with each file, by function; ``None`` if nothing is."""
        found = {name: database.find() for name, database in self._databases.items()}
        if self._lock is not None:
            found["writer's lock"] = _find_lock_trouble(self._lock)
        return found


class DatabaseCheck:
    """Checks an SQLite file whenever it has been written.

    Args:
        path: the file; it need not exist.
        repair: what to do about damage.
    """

    def __init__(self, path: Path, repair: str) -> None:
        self._path = path
        self._repair = repair
        self._checked: _Stamp | None = None
        self._trouble: str | None = None
        self._not_before = 0.0

    def find(self) -> str | None:
        """Return a sentence about damage, or ``None``."""
        stamp = tuple(_stamp(path) for path in (self._path, self._path.with_name(f"{self._path.name}-wal")))
        began = time.monotonic()
        if stamp != self._checked and began >= self._not_before:
            fault = _find_fault(self._path) if stamp[0] is not None else None
            self._trouble = f"{self._path.name}: {fault}; {self._repair}" if fault else None
            self._checked = stamp
            self._not_before = time.monotonic() + _REST * (time.monotonic() - began)
        return self._trouble


def _stamp(path: Path) -> tuple[int, int, int] | None:
    try:
        status = path.stat()
    except FileNotFoundError:
        return None
    except OSError:
        return (0, 0, 0)
    return status.st_size, status.st_ino, status.st_mtime_ns


def _find_fault(path: Path) -> str | None:
    try:
        with closing(sqlite3.connect(path, timeout=_WAIT_SECONDS)) as db:
            (answer,) = db.execute("PRAGMA quick_check(1)").fetchone()
    except sqlite3.Error as error:
        return str(error)
    return None if answer == "ok" else "it is damaged"


def _find_lock_trouble(path: Path) -> str | None:
    try:
        os.close(os.open(path, os.O_RDWR | os.O_CLOEXEC))
    except FileNotFoundError:
        return None  # the next write creates it
    except OSError as error:
        return f"{path.name} cannot be opened ({error.strerror}), so nothing can be published; remove it"
    return None
