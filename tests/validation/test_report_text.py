"""Reports written one paragraph for each result are the same reports."""

from __future__ import annotations

from pathlib import Path

import pytest

from jwpgraph.releases.gate import Shapes
from jwpgraph.validation.engines import validate
from jwpgraph.validation.report import counts, read_report
from jwpgraph.validation.report_text import focus_in, paragraphs_in, paragraphs_of, report_of, severities_in

SHAPES = """
@prefix sh: <http://www.w3.org/ns/shacl#> .
@prefix ex: <https://example.org/> .
ex:S a sh:NodeShape ; sh:targetSubjectsOf ex:p ; sh:property ex:S-long , ex:S-list , [ sh:path ex:p ; sh:maxLength 1 ] .
ex:S-long sh:path ( ex:p [ sh:inversePath ex:q ] ) ; sh:minCount 1 ; sh:severity sh:Warning .
ex:S-list sh:path [ sh:alternativePath ( ex:p ex:q ) ] ; sh:in ( "a" ) ; sh:severity sh:Info ;
  sh:message "Two\\n\\nparagraphs sh:focusNode <urn:x> ;\\n  sh:resultSeverity sh:Violation ;"@en .
"""
DATA = """
<https://example.org/a> <https://example.org/p> "x\\n\\ny sh:focusNode <urn:y> ;" .
<https://example.org/b> <https://example.org/p> _:one .
<https://example.org/b> <https://example.org/p> _:two .
"""


@pytest.fixture
def shapes(tmp_path: Path) -> Shapes:
    path = tmp_path / "shapes.ttl"
    path.write_text(SHAPES)
    return Shapes.read(path)


@pytest.mark.parametrize("engine", ["fast", "reference"])
def test_nothing_is_lost_in_paragraphs(shapes, engine):
    report = validate(DATA, shapes, engine)
    paragraphs = paragraphs_of(report.turtle)
    text = report_of(paragraphs)
    found = read_report(text)
    assert counts(found) == counts(report.results)
    assert sorted(map(repr, found)) == sorted(map(repr, report.results))
    assert paragraphs_in(text) == paragraphs
    assert sorted(focus_in(each) for each in paragraphs) == sorted(result.focus for result in report.results)
    for severity, number in severities_in(paragraphs).items():
        assert number == report.count(severity)
    assert report_of(paragraphs_of(text)) == text


def test_a_report_without_results_conforms():
    assert "sh:conforms true" in report_of([])
    assert paragraphs_in(report_of([])) == []


def test_the_report_of_an_engine_has_no_paragraphs(shapes):
    assert paragraphs_in(validate(DATA, shapes, "fast").turtle) is None
