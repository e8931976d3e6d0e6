"""Processor time and memory of a server and of all processes below it, from ``/proc``."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Final

_TICKS: Final = os.sysconf("SC_CLK_TCK")
_PAGE: Final = os.sysconf("SC_PAGE_SIZE")


def resident(process_id: int) -> int:
    """Bytes of memory that a process holds; 0 when it is gone."""
    fields = _read(process_id, "statm").split()
    return int(fields[1]) * _PAGE if fields else 0


def descendants(process_id: int) -> list[int]:
    """Return the descendants of a process."""
    children: dict[int, list[int]] = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit() and (fields := _stat(int(entry.name))):
            children.setdefault(int(fields[1]), []).append(int(entry.name))
    found: list[int] = []
    waiting = [process_id]
    while waiting:
        below = children.get(waiting.pop(), [])
        found += below
        waiting += below
    return found


def processor_seconds(process_id: int) -> float:
    """Processor time that a process and all below it have used, those that have ended included."""
    total = 0
    for one in (process_id, *descendants(process_id)):
        if fields := _stat(one):
            total += sum(map(int, fields[11:15]))
    return total / _TICKS


def _stat(process_id: int) -> list[str]:
    """Return the fields of ``stat`` behind the name, which may contain spaces; the first is the state."""
    return _read(process_id, "stat").rpartition(")")[2].split()


def _read(process_id: int, name: str) -> str:
    try:
        return Path(f"/proc/{process_id}/{name}").read_text("utf-8", "replace")
    except OSError:
        return ""
