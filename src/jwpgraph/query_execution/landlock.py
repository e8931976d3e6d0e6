"""Landlock: a process gives up access to files that it does not need (Linux 5.13 and later, without privileges).

https://docs.kernel.org/userspace-api/landlock.html
"""

from __future__ import annotations

import ctypes
import os
import struct
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Final

_CREATE_RULESET: Final = 444
_ADD_RULE: Final = 445
_RESTRICT_SELF: Final = 446
_PR_SET_NO_NEW_PRIVS: Final = 38
_VERSION_REQUEST: Final = 1
_PATH_BENEATH: Final = 1
_READ_FILE: Final = 1 << 2
_READ: Final = _READ_FILE | 1 << 3
#: Number of the rights to files by version of the interface; later versions have as many as the last one here.
_RIGHTS: Final = {1: 13, 2: 14, 3: 15, 4: 15, 5: 16}
_EXECUTE: Final = 1
#: Versions in which TCP, and signals and abstract sockets, can be given up.
_WITH_TCP: Final = 4
_WITH_SCOPES: Final = 6
#: The first version that allows links and renames between folders.
_WITH_LINKS: Final = 2
_TCP: Final = 0b11
_SCOPES: Final = 0b11
#: What an interpreter reads besides its own files.
_SYSTEM: Final = ("/usr", "/lib", "/lib64", "/proc/self", "/dev/null", "/dev/urandom", "/etc/ld.so.cache")
#: What calls to other hosts read: names and certificates.
_FOR_NETWORK: Final = (
    *("/etc/ssl", "/etc/pki", "/etc/ca-certificates", "/etc/hosts", "/etc/resolv.conf", "/etc/nsswitch.conf"),
    *("/etc/gai.conf", "/etc/host.conf", "/run/systemd/resolve"),
)


def get_landlock_version() -> int:
    """Return the version of the kernel's interface; 0 if there is none, or a container runtime forbids it."""
    if sys.platform != "linux":
        return 0
    version: int = ctypes.CDLL(None).syscall(_CREATE_RULESET, None, 0, _VERSION_REQUEST)
    return max(0, version)


def give_up_files(readable: Iterable[Path], writable: Iterable[Path] = (), *, network: bool = False) -> bool:
    """Give up all files except those of the interpreter and the given ones; return whether it worked.

    Applies to this thread and to the threads and processes that it starts. What is open already stays open.

    Args:
        readable: files and folders to read.
        writable: folders to read and write.
        network: whether other hosts may be called; otherwise TCP is denied as well, if the kernel supports it.
    """
    version = get_landlock_version()
    writes = tuple(writable)
    if not version or (writes and version < _WITH_LINKS):
        return False
    libc = ctypes.CDLL(None, use_errno=True)
    rights = (1 << _RIGHTS.get(version, _RIGHTS[max(_RIGHTS)])) - 1
    attributes = [rights]
    if version >= _WITH_TCP:
        attributes.append(0 if network else _TCP)
    if version >= _WITH_SCOPES:
        attributes.append(_SCOPES)
    wanted = struct.pack(f"={len(attributes)}Q", *attributes)
    ruleset = libc.syscall(_CREATE_RULESET, wanted, ctypes.c_size_t(len(wanted)), 0)
    if ruleset < 0:
        return False
    try:
        own = {*sys.path, sys.prefix, sys.base_prefix, *_SYSTEM, *(_FOR_NETWORK if network else ())}
        for path in (*filter(None, own), *readable):
            _allow(libc, ruleset, path, _READ)
        for path in writes:
            _allow(libc, ruleset, path, rights & ~_EXECUTE)
        if libc.prctl(_PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0:
            return False
        return bool(libc.syscall(_RESTRICT_SELF, ruleset, 0) == 0)
    finally:
        os.close(ruleset)


def _allow(libc: ctypes.CDLL, ruleset: int, path: str | Path, rights: int) -> None:
    """Allow *rights* to a file, or to everything below a folder; paths that do not exist are ignored."""
    try:
        descriptor = os.open(path, os.O_PATH | os.O_CLOEXEC)
    except OSError:
        return
    try:
        if not Path(path).is_dir():
            rights &= _READ_FILE
        rule = struct.pack("=Qi", rights, descriptor)
        libc.syscall(_ADD_RULE, ruleset, _PATH_BENEATH, rule, 0)
    finally:
        os.close(descriptor)
