"""SQLite databases beside the releases: created in one step, so that an empty file has always lost its content.

SQLite takes a file without content for a new database. A file that is created empty and then filled could not be told
from one that was emptied.
"""

from __future__ import annotations

import os
import sqlite3
import uuid
from contextlib import closing, suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from jwpgraph.durable_storage import sync_folder
from jwpgraph.state_files import UnsuitableFileError, require_regular

_WAIT_SECONDS: Final = 5.0
#: Files that SQLite keeps beside a database. With another database of the same name they would damage it.
_SIDE_FILES: Final = ("-wal", "-shm", "-journal")
_EMPTY: Final = "it is empty"


def create_database(path: Path, schema: str, version: int) -> None:
    """Create a database, complete with its tables, unless there is a file at *path*.

    Args:
        path: the file; its folder exists.
        schema: the statements that create the tables.
        version: the version of the schema, kept as ``user_version``.

    Raises:
        OSError: the file cannot be written.
    """
    if os.path.lexists(path):
        return
    with closing(sqlite3.connect(":memory:")) as db:
        db.executescript(schema)
        db.execute(f"PRAGMA user_version = {version}")
        content = db.serialize()
    complete = path.with_name(f".{path.name}.{uuid.uuid4().hex}")
    try:
        with complete.open("xb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        remove_side_files(path)
        # If another process has created the database meanwhile, that one counts.
        with suppress(FileExistsError):
            _link(complete, path)
    finally:
        complete.unlink(missing_ok=True)


def _link(complete: Path, path: Path) -> None:
    """Give a file the name *path* unless there is one; raise FileExistsError if there is."""
    try:
        path.hardlink_to(complete)
    except FileExistsError:
        raise
    except OSError:
        # The file system has no hard links.
        with path.open("xb") as file:
            file.write(complete.read_bytes())
            file.flush()
            os.fsync(file.fileno())
    sync_folder(path.parent)


def remove_side_files(path: Path) -> None:
    """Remove the files that SQLite left beside an earlier database at *path*."""
    for suffix in _SIDE_FILES:
        path.with_name(path.name + suffix).unlink(missing_ok=True)


def require_content(path: Path) -> None:
    """Refuse a database without content, which SQLite would take for a new one, and what is not a file.

    Raises:
        sqlite3.DatabaseError: the file is empty, a pipe or a device.
    """
    fault = _find_content_fault(path)
    if fault:
        raise sqlite3.DatabaseError(fault)


def _find_content_fault(path: Path) -> str | None:
    """Return why SQLite must not open *path*, or ``None``; it would wait for a named pipe, and read a device."""
    try:
        status = path.stat()
        require_regular(path, status)
    except UnsuitableFileError as error:
        return error.strerror
    except OSError:
        return None  # SQLite reports it
    return None if status.st_size else _EMPTY


def find_fault(path: Path) -> str | None:
    """Return what is wrong with the database at *path*, or ``None``.

    Raises:
        sqlite3.OperationalError: it cannot be opened or read at present.
    """
    fault = _find_content_fault(path)
    if fault:
        return fault
    try:
        with closing(sqlite3.connect(path, timeout=_WAIT_SECONDS)) as db:
            (answer,) = db.execute("PRAGMA quick_check(1)").fetchone()
    except sqlite3.OperationalError:
        raise
    except sqlite3.DatabaseError as error:
        return str(error)
    return None if answer == "ok" else "it is damaged"


def set_aside(path: Path) -> Path:
    """Rename a damaged database and the files beside it, so that a new one can begin; return its new path.

    Raises:
        OSError: the file cannot be renamed.
    """
    aside = path.with_name(f"{path.name}.damaged-{datetime.now(UTC):%Y%m%dT%H%M%S}")
    path.rename(aside)
    for suffix in _SIDE_FILES:
        with suppress(FileNotFoundError):
            path.with_name(path.name + suffix).rename(aside.with_name(aside.name + suffix))
    return aside
