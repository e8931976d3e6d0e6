"""The memory of the machine, and that which the allocator of glibc keeps."""

from __future__ import annotations

import ctypes
import os
from contextlib import suppress
from pathlib import Path
from typing import Final

#: M_ARENA_MAX of ``malloc.h``.
_ARENA_MAX: Final = -8
_ARENAS: Final = 2
#: Limits of the control group, version 2 and version 1, as a container sees them.
_LIMITS: Final = tuple(Path("/sys/fs/cgroup", name) for name in ("memory.max", "memory/memory.limit_in_bytes"))


def limit_arenas() -> None:
    """Let the threads of this process share two arenas; without glibc nothing changes.

    By default each thread gets an arena, whose gaps the other threads cannot use: what the threads of a pool read in
    turn is then kept once for each.
    """
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None)
    if mallopt is not None:
        mallopt(_ARENA_MAX, _ARENAS)


def release_free_memory() -> None:
    """Return free memory to the system; without glibc nothing happens."""
    trim = getattr(ctypes.CDLL(None), "malloc_trim", None)
    if trim is not None:
        trim(0)


def read_half_of_memory() -> int:
    """Return half of the memory that the machine has, or that its container may use, in bytes."""
    sizes = [os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")]
    for path in _LIMITS:
        # One of the files exists; without a limit, version 2 says "max" and version 1 a number above any memory.
        with suppress(OSError, ValueError):
            sizes.append(int(path.read_text("ascii")))
    return min(sizes) // 2
