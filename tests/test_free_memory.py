"""The memory that this process may use."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from jwpgraph import free_memory

_OF_MACHINE = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")


@pytest.mark.parametrize(
    ("limit", "expected"),
    [
        ("2147483648\n", 2**30),
        ("max\n", _OF_MACHINE // 2),
        ("9223372036854771712\n", _OF_MACHINE // 2),
        (None, _OF_MACHINE // 2),
    ],
    ids=["limited", "version 2 unlimited", "version 1 unlimited", "no control groups"],
)
def test_the_limit_of_a_container_counts(
    limit: str | None, expected: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "memory.max"
    if limit is not None:
        file.write_text(limit)
    monkeypatch.setattr(free_memory, "_LIMITS", (file,))
    assert free_memory.read_half_of_memory() == expected
