"""Files that the service keeps or is configured with: opened only if they are regular files, read up to a length.

Opening a named pipe waits for another process, perhaps for ever; a device may have no end. Files that a user names as
input of a command may be pipes and are not read with these functions.
"""

from __future__ import annotations

import errno
import os
import stat
from pathlib import Path
from typing import Final

#: Bytes; the manifest of 10,000 graphs has a tenth of it.
_LONGEST: Final = 64 * 2**20
_KINDS: Final = (
    (stat.S_ISFIFO, "a named pipe"),
    (stat.S_ISCHR, "a device"),
    (stat.S_ISBLK, "a device"),
    (stat.S_ISSOCK, "a socket"),
)


class UnsuitableFileError(OSError):
    """A path at which there is something else than a regular file, or a file that is too long."""


def open_state_file(path: Path, flags: int, mode: int = 0o666) -> int:
    """Open a regular file without waiting, and return its descriptor.

    Args:
        path: the file; symbolic links are followed.
        flags: as for :func:`os.open`.
        mode: permissions of a new file, restricted by the process's mask.

    Raises:
        UnsuitableFileError: there is a pipe, a device or a socket.
        OSError: as :func:`os.open`; IsADirectoryError also for reading.
    """
    try:
        # Before it is opened, which may already have an effect on a device.
        require_regular(path, path.stat())
    except FileNotFoundError:
        if not flags & os.O_CREAT:
            raise
    descriptor = os.open(path, flags | os.O_NONBLOCK | os.O_CLOEXEC, mode)
    try:
        require_regular(path, os.fstat(descriptor))
    except OSError:
        os.close(descriptor)
        raise
    return descriptor


def read_state_file(path: Path, longest: int = _LONGEST) -> bytes:
    """Return the content of a regular file.

    Args:
        path: the file.
        longest: length in bytes above which it is not read.

    Raises:
        UnsuitableFileError: it is not a regular file, or it is too long.
        OSError: it cannot be read.
    """
    with os.fdopen(open_state_file(path, os.O_RDONLY), "rb") as file:
        size = os.fstat(file.fileno()).st_size
        content = file.read(longest + 1) if size <= longest else b""
    if len(content) > longest or size > longest:
        raise _make_error(path, f"it has more than {longest:,} bytes")
    return content


def require_regular(path: Path, status: os.stat_result) -> None:
    """Raise unless there is a regular file at *path*, the status of which is given.

    Raises:
        UnsuitableFileError: there is a pipe, a device or a socket.
        IsADirectoryError: there is a folder.
    """
    if stat.S_ISREG(status.st_mode):
        return
    if stat.S_ISDIR(status.st_mode):
        raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR), str(path))
    kind = next((name for is_kind, name in _KINDS if is_kind(status.st_mode)), "something else")
    raise _make_error(path, f"it is {kind}, not a file")


def _make_error(path: Path, reason: str) -> UnsuitableFileError:
    return UnsuitableFileError(errno.EINVAL, reason, str(path))
