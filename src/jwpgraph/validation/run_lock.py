"""Who is behind a run that has not ended: a lock that its process holds, so that runs of the dead can be told.

A process identifier would not do: it is used again, and another container does not see it.
"""

from __future__ import annotations

import fcntl
import uuid
from collections.abc import Callable
from pathlib import Path

from jwpgraph.problems import ProblemError
from jwpgraph.validation.history import Notifier, ValidationHistory, notify_nobody

_FOLDER = "validation"


class RunLock:
    """A process that runs jobs, known by the lock that it holds until it ends.

    Args:
        data_dir: where the locks are.

    Raises:
        ProblemError: ``history-unavailable`` where no lock can be made.
    """

    def __init__(self, data_dir: Path) -> None:
        self.name = uuid.uuid4().hex
        self._path = _lock_path(data_dir, self.name)
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            # Locked before it has its name: what is not locked is swept away as a lock of the dead.
            unnamed = self._path.with_suffix(".new")
            self._file = unnamed.open("w")
            fcntl.flock(self._file, fcntl.LOCK_EX)
            unnamed.rename(self._path)
        except OSError as error:
            detail = f"{self._path}: {error.strerror}"
            raise ProblemError(
                "history-unavailable", "The memory of validation cannot be used", detail, status=503
            ) from None

    def close(self) -> None:
        """Give the lock up."""
        self._path.unlink(missing_ok=True)
        self._file.close()


def mark_interrupted(
    history: ValidationHistory, tell: Callable[[str], Notifier] = lambda _: notify_nobody
) -> list[int]:
    """Mark the runs whose process is no more; the numbers of these runs.

    Args:
        history: the memory.
        tell: says of a job whom to tell of its runs.
    """
    dead = [(run, job) for run, job, owner in history.running() if not _is_alive(history.data_dir, owner)]
    for run, job in dead:
        history.fail(run, "interrupted", "the process that ran it ended before it did", tell(job))
    _remove_stale_locks(history.data_dir)
    return [run for run, _ in dead]


def _lock_path(data_dir: Path, name: str) -> Path:
    return data_dir / _FOLDER / f"{name}.lock"


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
    for path in (data_dir / _FOLDER).glob("*.lock"):
        if not _is_alive(data_dir, path.stem):
            path.unlink(missing_ok=True)
