"""Messages of validation results on pages."""

from __future__ import annotations

import pytest

from jwpgraph.web.labels.validation import shorten_iris


@pytest.mark.parametrize(
    ("message", "shown"),
    [
        (
            "Nothing to check: sh:targetClass <https://w3id.org/jwpgraph/ontology#Comment> finds no focus node.",
            "Nothing to check: sh:targetClass jwp:Comment finds no focus node.",
        ),
        ("See <http://example.org/x>.", "See <http://example.org/x>."),
        ("1 < 2 and 3 > 2", "1 < 2 and 3 > 2"),
    ],
)
def test_iris_with_a_prefix_are_shortened(message: str, shown: str) -> None:
    assert shorten_iris(message) == shown
