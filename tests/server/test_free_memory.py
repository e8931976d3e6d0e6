"""The return of free memory to the system."""

from __future__ import annotations

import ctypes
import re
from pathlib import Path

import pytest

from jwpgraph.free_memory import limit_arenas, release_free_memory


def resident() -> int:
    memory = re.search(r"VmRSS:\s+(\d+)", Path("/proc/self/status").read_text())
    assert memory
    return int(memory[1]) * 1024


@pytest.mark.skipif(not hasattr(ctypes.CDLL(None), "malloc_trim"), reason="the C library is not glibc")
def test_free_memory_below_an_object_is_returned() -> None:
    limit_arenas()
    blocks = [bytes(1000 + number % 2) for number in range(60_000)]
    # As long as the last block is in use, free() returns nothing of what is below it.
    last = bytes(1000)
    blocks.clear()
    before = resident()
    release_free_memory()
    assert before - resident() > 30_000_000
    assert len(last) == 1000
