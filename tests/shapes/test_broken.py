"""Tests of a violating example for each shape, with the same result in both engines."""

from __future__ import annotations

import pytest

from jwpgraph.releases.gate import ShapesGraph
from jwpgraph.validation.engines import is_fast_engine_installed, run_engine
from jwpgraph.validation.report import ValidationReport, ValidationResult, count_fingerprints
from jwpgraph.vocabulary import SHAPES


def outcome(result: ValidationResult) -> tuple[str, str, str, str]:
    return result.shape, result.severity, result.component, result.focus


@pytest.fixture(scope="module")
def reports(shapes: ShapesGraph, all_broken) -> dict[str, ValidationReport]:
    """Return the report of each engine on all examples, each in its own namespace, validated as one graph."""
    data = "".join(one.data() for one in all_broken)
    engines = ["reference", "fast"] if is_fast_engine_installed() else ["reference"]
    return {engine: run_engine(data, shapes, engine) for engine in engines}


def test_breaks_its_shape(broken, engine, reports) -> None:
    assert broken.expected in {outcome(result) for result in reports[engine].results}


@pytest.mark.skipif(not is_fast_engine_installed(), reason="no wheel of the fast engine for this machine")
def test_breaks_its_shape_on_its_own(broken, shapes: ShapesGraph) -> None:
    report = run_engine(broken.data(), shapes, "fast")
    assert broken.expected in {outcome(result) for result in report.results}
    assert report.conforms() == (broken.severity != "Violation" and not report.count("violation"))


@pytest.mark.skipif(not is_fast_engine_installed(), reason="no wheel of the fast engine for this machine")
def test_engines_agree_on_every_result(reports) -> None:
    fast, reference = (count_fingerprints(reports[engine].results) for engine in ("fast", "reference"))
    assert fast == reference


def test_every_message_tells_what_to_do(engine, reports) -> None:
    for result in reports[engine].results:
        message = result.message("en")
        assert len(message) > 20, result.shape
        assert "{?" not in message, f"{result.shape} leaves a variable unfilled: {message}"


@pytest.mark.parametrize(
    "term",
    [
        "<https://w3id.org/jwpgraph/shapes#Activity-theme>",
        "<https://w3id.org/jwpgraph/shapes#Registered-factSourced>",
    ],
)
def test_report_names_shapes_by_iri(term: str, engine, reports) -> None:
    assert term in {result.shape for result in reports[engine].results}
    assert all(result.shape.startswith(f"<{SHAPES}") for result in reports[engine].results)


def test_messages_are_in_three_languages(engine, reports) -> None:
    for result in reports[engine].results:
        assert {*result.messages} == {"en", "fr", "es"}, result.shape
        assert len({*result.messages.values()}) == 3, result.shape
        assert not any("{?" in text for text in result.messages.values()), result.shape


@pytest.mark.skipif(not is_fast_engine_installed(), reason="no wheel of the fast engine for this machine")
def test_engines_give_the_same_messages(reports) -> None:
    fast, reference = (
        sorted((result.fingerprint, *sorted(result.messages.items())) for result in reports[engine].results)
        for engine in ("fast", "reference")
    )
    assert fast == reference
