"""Restrictions on worker processes: no network, limited memory, no file growth, and exit with their parent.

Some restrictions exist only on Linux; on other systems the functions report that they have no effect.
"""

from __future__ import annotations

import ctypes
import errno
import os
import platform
import resource
import signal
import socket
import sys
from contextlib import suppress
from pathlib import Path
from typing import Final

from jwpgraph.query_execution.system_calls import (
    ALLOW,
    ARCHITECTURE,
    ARCHITECTURES,
    ARGUMENT,
    EQUAL,
    FAIL,
    GIVE,
    LOAD,
    NUMBER,
    install_filter,
)

_LINUX: Final = sys.platform == "linux"
_CLONE_NEWUSER: Final = 0x10000000
_CLONE_NEWNET: Final = 0x40000000
_PR_SET_PDEATHSIG: Final = 1
#: Number of the system call socket(2) by machine.
_SOCKET_CALL: Final = {"x86_64": 41, "aarch64": 198}
#: Stack size of the main thread, for the recursion of deep queries.
_STACK_BYTES: Final = 64 * 2**20
_OOM_SCORE: Final = "500"


def leave_network() -> list[str]:
    """Remove network access from this single-threaded process and its children.

    Returns:
        The restrictions in effect. ``namespace``: a separate user and network namespace without a configured interface.
        ``seccomp``: a system call filter that allows only local (``AF_UNIX``) sockets, which also works where a
        container runtime forbids namespaces.
    """
    if not _LINUX:
        return []
    libc = ctypes.CDLL(None, use_errno=True)
    fences = []
    if leave_namespaces(libc):
        fences.append("namespace")
    if filter_sockets():
        fences.append("seccomp")
    return fences


def leave_namespaces(libc: ctypes.CDLL) -> bool:
    """Enter a new network namespace, with a user namespace if privileges require it; return whether it worked."""
    return bool(libc.unshare(_CLONE_NEWUSER | _CLONE_NEWNET) == 0 or libc.unshare(_CLONE_NEWNET) == 0)


def filter_sockets() -> bool:
    """Refuse all but local sockets in this process and its children; return whether it worked."""
    machine = platform.machine()
    if machine not in _SOCKET_CALL:
        return False
    return install_filter(
        (LOAD, 0, 0, ARCHITECTURE),
        (EQUAL, 1, 0, ARCHITECTURES[machine]),
        (GIVE, 0, 0, FAIL | errno.EACCES),
        (LOAD, 0, 0, NUMBER),
        (EQUAL, 1, 0, _SOCKET_CALL[machine]),
        (GIVE, 0, 0, ALLOW),
        (LOAD, 0, 0, ARGUMENT),
        (EQUAL, 0, 1, socket.AF_UNIX),
        (GIVE, 0, 0, ALLOW),
        (GIVE, 0, 0, FAIL | errno.EACCES),
    )


def die_with_parent(parent: int | None = None) -> None:
    """Let the kernel kill this process when the thread that forked it ends (Linux).

    Args:
        parent: process id of the parent; if it has already ended, this process exits.
    """
    if _LINUX:
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
    if parent is not None and os.getppid() != parent:
        os._exit(os.EX_OK)


def refuse_stop_signals() -> None:
    """Ignore the signals by which terminals and service managers stop all processes of a service at once.

    The service decides when its processes end: until then they work on requests that have time to finish.
    """
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)


def limit_process() -> None:
    """Forbid core dumps and file growth, set the stack size, and make this process the first OOM victim."""
    lower_limit(resource.RLIMIT_CORE, 0)
    lower_limit(resource.RLIMIT_FSIZE, 0)
    _, hard = resource.getrlimit(resource.RLIMIT_STACK)
    if hard == resource.RLIM_INFINITY or hard >= _STACK_BYTES:
        resource.setrlimit(resource.RLIMIT_STACK, (_STACK_BYTES, hard))
    _prefer_oom_kill()


def limit_data(most: int) -> None:
    """Forbid core dumps, limit data (not mapped files) to *most* bytes, and make this process the first OOM victim."""
    lower_limit(resource.RLIMIT_CORE, 0)
    lower_limit(resource.RLIMIT_DATA, most)
    _prefer_oom_kill()


def limit_memory(room: int) -> int:
    """Limit the address space to *room* bytes more than at present; return the resident memory in bytes."""
    mapped, resident = measure_memory_usage()
    if mapped:
        lower_limit(resource.RLIMIT_AS, mapped + room)
    return resident


def measure_memory_usage() -> tuple[int, int]:
    """Return the mapped and resident bytes of this process; (0, 0) if the system does not report them."""
    if not _LINUX:
        return 0, 0
    page = os.sysconf("SC_PAGESIZE")
    fields = Path("/proc/self/statm").read_bytes().split()
    return int(fields[0]) * page, int(fields[1]) * page


def measure_peak_memory() -> int:
    """Return the peak resident memory of this process in bytes."""
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak * 1024 if _LINUX else peak


def _prefer_oom_kill() -> None:
    if _LINUX:
        with suppress(OSError):
            Path("/proc/self/oom_score_adj").write_text(_OOM_SCORE)


def lower_limit(kind: int, value: int) -> None:
    """Limit a resource of this process to *value*, or to the limit that it cannot exceed (setrlimit(2)).

    Args:
        kind: the resource, such as ``resource.RLIMIT_AS``.
        value: the limit in the unit of the resource.
    """
    _, hard = resource.getrlimit(kind)
    value = value if hard == resource.RLIM_INFINITY else min(value, hard)
    resource.setrlimit(kind, (value, value))
