"""Tests that the lists and counts in docs/data.md agree with the data."""

from __future__ import annotations

import re
from collections import Counter
from pathlib import Path

import pytest

DOCUMENT = Path(__file__).parents[2] / "docs" / "data.md"


@pytest.fixture(scope="module")
def text() -> str:
    return DOCUMENT.read_text(encoding="utf-8")


def test_every_named_file_is_there(files, text: str) -> None:
    assert set(re.findall(r"`([a-z-]+)\.ttl`", text)) <= set(files)


def test_statements_are_counted_by_level(written, text: str) -> None:
    levels = [written.values(one, "jwp:evidence") for one in written.of_class("jwp:SourcedStatement")]
    counted = Counter(level.removeprefix("evidence-level/") for one in levels for level in one)
    documented = {level: int(count) for level, count in re.findall(r"(?m)^\| `([a-z-]+)` \|[^|]*\| (\d+) \|$", text)}
    assert documented == counted


def test_countries_and_parts_are_counted(written, text: str) -> None:
    assert f"{len(written.of_class('jwp:Country'))} countries and territories" in text
    assert f"{len(written.of_class('jwp:HistoricArea'))} historic areas" in text
    assert f"the {len(written.of_class('jwp:ActivityPart'))} enumerated parts" in text
