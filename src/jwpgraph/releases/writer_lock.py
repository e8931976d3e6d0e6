"""The writer's lock: an advisory lock on the data directory, released by the operating system if its holder dies."""

from __future__ import annotations

import fcntl
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path

import orjson

from jwpgraph.durable_storage import report_storage_problems
from jwpgraph.problems import ProblemError
from jwpgraph.state_files import open_state_file

_POLL_SECONDS = 0.05


@contextmanager
def hold_writer_lock(path: Path, *, wait: float, purpose: str) -> Iterator[None]:
    """Hold the writer's lock within the context.

    Args:
        path: the lock file; it names the holder.
        wait: maximum number of seconds to wait for the current holder.
        purpose: description of the work, shown to waiting writers.

    Raises:
        ProblemError: ``writer-busy`` (503), with the holder, if the lock is not released in time.
    """
    with report_storage_problems(path.parent):
        path.parent.mkdir(parents=True, exist_ok=True)
        descriptor = open_state_file(path, os.O_RDWR | os.O_CREAT, 0o644)
    try:
        _acquire_lock(descriptor, wait)
        _write_holder(descriptor, purpose)
        yield
    finally:
        os.close(descriptor)


def _acquire_lock(descriptor: int, wait: float) -> None:
    deadline = time.monotonic() + wait
    while True:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if time.monotonic() >= deadline:
                raise _make_busy_problem(descriptor, wait) from None
            time.sleep(_POLL_SECONDS)
        else:
            return


def _write_holder(descriptor: int, purpose: str) -> None:
    note = orjson.dumps({"pid": os.getpid(), "since": datetime.now(UTC), "purpose": purpose})
    # On a full disk old releases can still be pruned: an emptied file could have lost its block to another one, and
    # the lock is held whether or not the file says by whom.
    with suppress(OSError):
        os.ftruncate(descriptor, os.pwrite(descriptor, note, 0))


def _make_busy_problem(descriptor: int, wait: float) -> ProblemError:
    try:
        holder = orjson.loads(os.pread(descriptor, 4096, 0))
        who = f"process {holder['pid']} has held the lock since {holder['since']} ({holder['purpose']})"
    except (orjson.JSONDecodeError, KeyError, TypeError):
        who = "another process holds the lock"
    return ProblemError(
        "writer-busy",
        "Another write is in progress",
        f"{who}; waited {wait:g} s (JWPGRAPH_WRITE_WAIT)",
        status=503,
        headers={"Retry-After": "5"},
    )
