"""What is made of the measurements of validation."""

from __future__ import annotations

from dataclasses import replace

from benchmarks.validation import Validated, ValidationOutcome, document, markdown, targets

_SAME = {"<urn:shape>": (3, "digest")}
_FAST = Validated("shacl 1", 1_000_000, (3.0, 2.0, 9.0), (2.0, 2.0, 2.0), 300.0, _SAME)
_REFERENCE = Validated("pyshacl 1", 1_000_000, (90.0,), (80.0,), 1200.0, _SAME)
_OUTCOME = ValidationOutcome(
    (_FAST, _REFERENCE), {"what it can affect": (0.2, 0.4, 0.3), "everything anew": (2.0, 3.0, 4.0)}
)


def test_the_middle_of_the_rounds_counts() -> None:
    assert _OUTCOME.ratio == 30
    assert [met for *_, met in targets(_OUTCOME)] == [True] * 4
    assert "| shacl 1 | 3.00 (2.00 – 9.00) | 2.00 | 300 | 3 |" in markdown(_OUTCOME)
    assert "| what it can affect | 0.30 (0.20 – 0.40) |" in markdown(_OUTCOME)
    assert document(_OUTCOME)["ratio"] == 30


def test_as_many_other_results_are_a_difference() -> None:
    other = replace(_OUTCOME, engines=(_FAST, replace(_REFERENCE, results={"<urn:shape>": (3, "another")})))
    assert other.differing == ["<urn:shape>"]
    assert "Other results of: <urn:shape>" in markdown(other)


def test_what_is_not_met_is_said() -> None:
    slow = replace(_OUTCOME, engines=(replace(_FAST, seconds=(9.0,)), _REFERENCE))
    assert "| fast engine | ≤ 4 s | 9.00 s | **no** |" in markdown(slow)
    assert "| against pySHACL | ≥ 20× | 10× | **no** |" in markdown(slow)
