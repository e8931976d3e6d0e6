"""Temporary folders that are removed even if their process was killed: the next one in the same place removes them."""

from __future__ import annotations

import fcntl
import os
import shutil
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Final

#: Beginning of the names of folders in the system's place for temporary files.
PREFIX: Final = "jwpgraph-temporary-"
#: Seconds for which a folder without a lock is kept: its process may be about to lock it.
_UNLOCKED_SECONDS: Final = 60.0


@contextmanager
def make_temporary_folder(parent: Path | None = None, prefix: str = PREFIX) -> Iterator[Path]:
    """Yield a new folder, locked for as long as it is used, after removing those whose process has ended.

    Args:
        parent: its parent; by default, the system's place for temporary files.
        prefix: beginning of its name; all folders in *parent* whose names begin with it were made here.
    """
    parent = Path(tempfile.gettempdir()) if parent is None else parent
    remove_abandoned_folders(parent, prefix)
    with tempfile.TemporaryDirectory(prefix=prefix, dir=parent, ignore_cleanup_errors=True) as name:
        descriptor = os.open(name, os.O_RDONLY | os.O_DIRECTORY)
        try:
            with suppress(OSError):
                # Some file systems have no locks. None is removed from them, either.
                fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
            yield Path(name)
        finally:
            os.close(descriptor)


def remove_abandoned_folders(parent: Path, prefix: str) -> None:
    """Remove the folders of this user in *parent* whose names begin with *prefix* and which no process has locked."""
    try:
        entries = [entry for entry in os.scandir(parent) if entry.name.startswith(prefix)]
    except OSError:
        return
    for entry in entries:
        with suppress(OSError):
            # In a place for all users, a link could lead elsewhere.
            descriptor = os.open(entry.path, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
            try:
                status = os.fstat(descriptor)
                if status.st_uid == os.geteuid() and status.st_mtime < time.time() - _UNLOCKED_SECONDS:
                    fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
                    shutil.rmtree(entry.path)
            finally:
                os.close(descriptor)
