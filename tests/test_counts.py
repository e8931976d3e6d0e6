from __future__ import annotations

import pytest

from jwpgraph.counts import format_count, format_severities


@pytest.mark.parametrize(
    ("number", "noun", "plural", "expected"),
    [
        (0, "triple", None, "0 triples"),
        (1, "triple", None, "1 triple"),
        (2, "triple", None, "2 triples"),
        (1, "taxon", "taxa", "1 taxon"),
        (12, "taxon", "taxa", "12 taxa"),
    ],
)
def test_one_thing_is_singular(number: int, noun: str, plural: str | None, expected: str) -> None:
    assert format_count(number, noun, plural) == expected


def test_severities_are_counted_alike_everywhere() -> None:
    assert format_severities(1, 2, 0) == "1 violation, 2 warnings, 0 notes"
