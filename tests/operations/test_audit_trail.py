"""The audit trail while its file cannot be written, and page by page."""

from __future__ import annotations

import itertools
import os
from pathlib import Path

import orjson
import pytest

from jwpgraph.http.access_tokens import Access
from jwpgraph.operations.audit import AuditTrail, Position
from jwpgraph.state_files import UnsuitableFileError


def append(trail: AuditTrail, line: bytes) -> None:
    trail._append(line)


def read(trail: AuditTrail) -> list[str]:
    return [entry["at"] for entry in trail._read(9, Position(None))[0]]


def test_the_audit_trail_neither_waits_nor_loses_what_it_cannot_write(tmp_path):
    trail = AuditTrail(tmp_path, Access())
    path = tmp_path / "audit.jsonl"
    os.mkfifo(path)
    with pytest.raises(UnsuitableFileError):
        append(trail, b'{"at": "1"}\n')
    assert "it is a named pipe, not a file" in (trail.find_trouble() or "")
    path.unlink()
    assert trail.find_trouble() is None
    assert read(trail) == ["1"]


def test_an_entry_after_one_that_was_cut_off_is_not_lost(tmp_path):
    (tmp_path / "audit.jsonl").write_bytes(b'{"at": "1"}\n{"at": "')
    trail = AuditTrail(tmp_path, Access())
    append(trail, b'{"at": "2"}\n')
    assert read(trail) == ["2", "1"]


def test_of_a_long_audit_trail_the_end_is_read(tmp_path):
    path = tmp_path / "audit.jsonl.1"
    path.touch()
    os.truncate(path, 20 * 2**30)
    with path.open("ab") as file:
        file.write(b'\n{"at": "1"}\n')
    assert read(AuditTrail(tmp_path, Access())) == ["1"]


@pytest.mark.parametrize("limit", [1, 2, 3, 4])
def test_pages_of_the_trail_have_each_entry_once(tmp_path: Path, limit: int) -> None:
    """Entries of one time at the end of a page were left out, and those from before the clock was set back."""
    trail = AuditTrail(tmp_path, Access())
    times = ["10:00:00.001", "10:00:00.001", "10:00:00.001", "11:00:00.000", "10:00:00.002", "10:00:00.001"]
    for number, time in enumerate(times):
        append(trail, orjson.dumps({"at": f"2026-11-30T{time}Z", "number": number}) + b"\n")
    found: list[int] = []
    position: str | None = None
    for page in itertools.count():
        items, position = trail._read(limit, Position.parse(position))
        found += [item["number"] for item in items]
        if page == 0:
            # What is written meanwhile moves nothing.
            append(trail, b'{"at": "2026-11-30T12:00:00.000Z", "number": 6}\n')
        if position is None:
            break
    assert found == [5, 4, 3, 2, 1, 0]


def test_a_time_leaves_out_what_is_not_before_it(tmp_path: Path) -> None:
    trail = AuditTrail(tmp_path, Access())
    for second in range(3):
        append(trail, orjson.dumps({"at": f"2026-11-30T10:00:0{second}.000Z"}) + b"\n")
    items, _ = trail._read(9, Position.parse("2026-11-30T12:00:02+02:00"))
    assert [item["at"] for item in items] == ["2026-11-30T10:00:01.000Z", "2026-11-30T10:00:00.000Z"]
