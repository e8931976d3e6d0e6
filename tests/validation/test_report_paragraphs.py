"""Tests that reports with one paragraph for each result are equivalent to the engines' reports."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pyoxigraph import BlankNode, Literal, NamedNode, RdfFormat, Store, Triple, parse, serialize

from jwpgraph.problems import ProblemError
from jwpgraph.releases.gate import ShapesGraph
from jwpgraph.validation import engines
from jwpgraph.validation.engines import run_engine
from jwpgraph.validation.report import SH, count_fingerprints, read_report
from jwpgraph.validation.report_paragraphs import (
    count_severities,
    join_paragraphs,
    read_focus,
    read_paragraphs,
    split_report,
)
from jwpgraph.validation.severity_gate import SeverityGate

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
def shapes(tmp_path: Path) -> ShapesGraph:
    path = tmp_path / "shapes.ttl"
    path.write_text(SHAPES)
    return ShapesGraph.read(path)


@pytest.mark.parametrize("engine", ["fast", "reference"])
def test_nothing_is_lost_in_paragraphs(shapes, engine):
    report = run_engine(DATA, shapes, engine)
    paragraphs = split_report(report.turtle)
    text = join_paragraphs(paragraphs)
    found = read_report(text)
    assert count_fingerprints(found) == count_fingerprints(report.results)
    assert sorted(map(repr, found)) == sorted(map(repr, report.results))
    assert read_paragraphs(text) == paragraphs
    assert sorted(read_focus(each) for each in paragraphs) == sorted(result.focus for result in report.results)
    for severity, number in count_severities(paragraphs).items():
        assert number == report.count(severity)
    assert join_paragraphs(split_report(text)) == text


def test_a_report_without_results_conforms():
    assert "sh:conforms true" in join_paragraphs([])
    assert read_paragraphs(join_paragraphs([])) == []


def test_the_report_of_an_engine_has_no_paragraphs(shapes):
    assert read_paragraphs(run_engine(DATA, shapes, "fast").turtle) is None


RDF_TYPE = "http://www.w3.org/1999/02/22-rdf-syntax-ns#type"
IRIS = st.sampled_from(
    [RDF_TYPE, SH + "result", SH + "Violation", SH + "a-b.c", SH, "urn:a", "https://example.org/ü/a(b)'c", "a:#;,."]
).map(NamedNode)
LITERALS = st.one_of(
    st.text().map(Literal),
    st.builds(lambda text: Literal(text, language="de-latn"), st.text()),
    st.builds(lambda text, kind: Literal(text, datatype=kind), st.text(max_size=3), IRIS),
    st.sampled_from([Literal(5), Literal(True), Literal(1.5), Literal("x\n\ny .\n_:report"), Literal("<< >>")]),
)
TERMS = st.one_of(IRIS, LITERALS, st.builds(Triple, IRIS, IRIS, LITERALS))
RESULTS = st.lists(
    st.fixed_dictionaries(
        {
            "focusNode": TERMS,
            "resultPath": IRIS,
            "value": TERMS,
            "sourceShape": IRIS,
            "resultMessage": LITERALS,
            "resultSeverity": st.sampled_from([SH + "Violation", SH + "Warning", SH + "Info", "urn:mine"]).map(
                NamedNode
            ),
            "sourceConstraintComponent": IRIS,
        }
    ),
    max_size=4,
)


@given(RESULTS)
def test_whatever_terms_are_reported_the_report_is_turtle_and_the_same(found):
    report, triples = BlankNode(), []
    for result in found:
        node = BlankNode()
        triples.append(Triple(report, NamedNode(SH + "result"), node))
        triples += [Triple(node, NamedNode(SH + name), term) for name, term in result.items()]
    written = (serialize(triples, format=RdfFormat.TURTLE) or b"").decode()
    paragraphs = split_report(written)
    text = join_paragraphs(paragraphs)
    assert sorted(map(repr, read_report(text))) == sorted(map(repr, read_report(written)))
    assert read_paragraphs(text) == paragraphs
    assert sorted(read_focus(each) for each in paragraphs) == sorted(one.focus for one in read_report(written))
    assert count_severities(paragraphs) == count_severities(read_paragraphs(text) or [])
    assert len(list(parse(text, format=RdfFormat.TURTLE))) >= 2


@pytest.mark.parametrize("engine", ["fast", "reference"])
def test_a_missing_class_is_reported_in_turtle(tmp_path, engine):
    path = tmp_path / "shapes.ttl"
    path.write_text(
        "@prefix sh: <http://www.w3.org/ns/shacl#> . @prefix rdf: <http://www.w3.org/1999/02/22-rdf-syntax-ns#> ."
        " <urn:S> a sh:NodeShape ; sh:targetSubjectsOf <urn:p> ; sh:property <urn:P> ."
        " <urn:P> sh:path rdf:type ; sh:minCount 1 ."
    )
    store = Store()
    store.load(b"<urn:a> <urn:p> 1 .", format=RdfFormat.TURTLE)
    verdict = SeverityGate(engine=engine)(store, ShapesGraph.read(path))
    assert not verdict.conformance.conforms
    assert [(result.focus, result.path) for result in read_report(verdict.report)] == [("<urn:a>", f"<{RDF_TYPE}>")]


@pytest.mark.parametrize("answer", ["no Turtle", "<urn:a> <urn:b> a ."])
def test_a_report_that_cannot_be_read_is_a_problem(shapes, monkeypatch, answer):
    monkeypatch.setattr(engines, "_run_reference_engine", lambda data, text: answer)
    with pytest.raises(ProblemError) as caught:
        run_engine(DATA, shapes, "reference")
    assert (caught.value.slug, caught.value.exit_code) == ("engine-failed", 2)
