"""File lock held by the process of a run, so that runs of crashed processes can be detected.

A process identifier would not suffice: identifiers are reused, and other containers do not see them.
"""

from __future__ import annotations

import fcntl
import uuid
from collections.abc import Callable
from pathlib import Path

from jwpgraph.problems import ProblemError
from jwpgraph.validation.history import Notifier, ValidationHistory, notify_nobody

#: Folder of the locks in the data directory.
FOLDER = "validation"


class RunLock:
    """Identity of a process that runs jobs: a lock that it holds until it ends.

    Args:
        data_dir: the data directory, which contains the locks.

    Raises:
        ProblemError: ``history-unavailable`` if the lock cannot be created.
    """

    def __init__(self, data_dir: Path) -> None:
        self.name = uuid.uuid4().hex
        self._path = _lock_path(data_dir, self.name)
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            # Locked before it gets its final name: an unlocked file would be removed as stale.
            unnamed = self._path.with_suffix(".new")
            self._file = unnamed.open("w")
            fcntl.flock(self._file, fcntl.LOCK_EX)
            unnamed.rename(self._path)
        except OSError as error:
            detail = f"{self._path}: {error.strerror}"
            raise ProblemError(
                "history-unavailable",
                "The validation history cannot be used",
                detail,
                status=503,
                headers={"Retry-After": "60"},
            ) from None

    def close(self) -> None:
        """Release the lock."""
        self._path.unlink(missing_ok=True)
        self._file.close()


def mark_interrupted(
    history: ValidationHistory, tell: Callable[[str], Notifier] = lambda _: notify_nobody
) -> list[int]:
    """Mark runs of ended processes as interrupted.

    Args:
        history: the validation history.
        tell: returns the notifier of a job.

    Returns:
        The numbers of these runs.
    """
    dead = [(run, job) for run, job, owner in history.list_running() if not _is_alive(history.data_dir, owner)]
    for run, job in dead:
        history.fail(run, "interrupted", "its process ended unexpectedly", tell(job))
    _remove_stale_locks(history.data_dir)
    return [run for run, _ in dead]


def _lock_path(data_dir: Path, name: str) -> Path:
    return data_dir / FOLDER / f"{name}.lock"


def _is_alive(data_dir: Path, name: str) -> bool:
    try:
        file = _lock_path(data_dir, name).open("r+")
    except FileNotFoundError:
        return False
    with file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
        return False


def _remove_stale_locks(data_dir: Path) -> None:
    for path in (data_dir / FOLDER).glob("*.lock"):
        if not _is_alive(data_dir, path.stem):
            path.unlink(missing_ok=True)
