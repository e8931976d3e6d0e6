"""For each shape a datum that breaks it, with the same outcome in both engines."""

from __future__ import annotations

import pytest

from jwpgraph.releases.gate import Shapes
from jwpgraph.validation.engines import fast_engine_installed, validate
from jwpgraph.validation.report import Report, Result, counts
from jwpgraph.vocabulary import SHAPES


def outcome(result: Result) -> tuple[str, str, str, str]:
    return result.shape, result.severity, result.component, result.focus


@pytest.fixture(scope="module")
def reports(shapes: Shapes, all_broken) -> dict[str, Report]:
    """All blocks, each in a namespace of its own, validated as one graph by each engine."""
    data = "".join(one.data() for one in all_broken)
    engines = ["reference", "fast"] if fast_engine_installed() else ["reference"]
    return {engine: validate(data, shapes, engine) for engine in engines}


def test_breaks_its_shape(broken, engine, reports) -> None:
    assert broken.expected in {outcome(result) for result in reports[engine].results}


@pytest.mark.skipif(not fast_engine_installed(), reason="no wheel of the fast engine for this machine")
def test_breaks_its_shape_on_its_own(broken, shapes: Shapes) -> None:
    report = validate(broken.data(), shapes, "fast")
    assert broken.expected in {outcome(result) for result in report.results}
    assert report.conforms() == (broken.severity != "Violation" and not report.count("violation"))


@pytest.mark.skipif(not fast_engine_installed(), reason="no wheel of the fast engine for this machine")
def test_engines_agree_on_every_result(reports) -> None:
    fast, reference = (counts(reports[engine].results) for engine in ("fast", "reference"))
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
