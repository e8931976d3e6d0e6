"""Tests of uncommon shapes: relative IRIs, imported prefixes, long paths, closed values; and invalid shapes."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from pyoxigraph import RdfFormat, parse

from jwpgraph.problems import ProblemError
from jwpgraph.releases.gate import ShapesGraph
from jwpgraph.validation.engines import run_engine, union_as_n_triples
from jwpgraph.validation.inputs import read_files
from jwpgraph.validation.report import ValidationReport, ValidationResult
from jwpgraph.validation.report_formats import FORMATS, report_to_text
from jwpgraph.validation.runs import compare_reports

PREFIXES = """
@prefix sh: <http://www.w3.org/ns/shacl#> .
@prefix owl: <http://www.w3.org/2002/07/owl#> .
@prefix xsd: <http://www.w3.org/2001/XMLSchema#> .
@prefix rdfs: <http://www.w3.org/2000/01/rdf-schema#> .
@prefix rdf: <http://www.w3.org/1999/02/22-rdf-syntax-ns#> .
@prefix ex: <urn:ex:> .
"""
ENGINES = ("fast", "reference")
#: Shapes, data, and the results required by SHACL: focus node, path and value.
CASES = {
    "prefixes of an ontology that is imported": (
        """<> a owl:Ontology ; owl:imports <urn:more> . <urn:more> owl:imports <urn:most> .
        <urn:most> sh:declare [ sh:prefix "e" ; sh:namespace "urn:ex:"^^xsd:anyURI ] .
        <#S> a sh:NodeShape ; sh:targetSubjectsOf ex:p ; sh:sparql
          [ sh:prefixes <> ; sh:message "No." ; sh:select "SELECT $this ?value { $this e:p ?value }" ] .""",
        "ex:a ex:p ex:b .",
        {("a", None, "<urn:ex:b>")},
    ),
    "closed values": (
        """<#S> a sh:NodeShape ; sh:targetSubjectsOf ex:q ; sh:property <#P> .
        <#P> sh:path ex:q ; sh:closed true ; sh:property [ sh:path ex:ok ] ; sh:ignoredProperties ( ex:fine ) .""",
        "ex:a ex:q ex:v, ex:w . ex:v ex:x 01 ; ex:y 2 ; ex:ok 3 ; ex:fine 5 . ex:w ex:z 4 . ex:b ex:q ex:c .",
        {
            ("a", "<urn:ex:x>", '"01"^^<http://www.w3.org/2001/XMLSchema#integer>'),
            ("a", "<urn:ex:y>", '"2"^^<http://www.w3.org/2001/XMLSchema#integer>'),
            ("a", "<urn:ex:z>", '"4"^^<http://www.w3.org/2001/XMLSchema#integer>'),
        },
    ),
    "inverse of a sequence": (
        """<#S> a sh:NodeShape ; sh:targetNode ex:c , ex:a ; sh:property <#P> .
        <#P> sh:path [ sh:inversePath ( ex:q ex:r ) ] ; sh:in () .""",
        "ex:a ex:q ex:b . ex:b ex:r ex:c .",
        {("c", "^(<urn:ex:q>/<urn:ex:r>)", "<urn:ex:a>")},
    ),
    "inverse of a repeated sequence": (
        """<#S> a sh:NodeShape ; sh:targetNode ex:e ; sh:property <#P> .
        <#P> sh:path [ sh:inversePath [ sh:oneOrMorePath ( ex:q ex:r ) ] ] ; sh:in () .""",
        "ex:a ex:q ex:b . ex:b ex:r ex:c . ex:c ex:q ex:d . ex:d ex:r ex:e .",
        {("e", "^((<urn:ex:q>/<urn:ex:r>)+)", "<urn:ex:a>"), ("e", "^((<urn:ex:q>/<urn:ex:r>)+)", "<urn:ex:c>")},
    ),
    "deactivated SPARQL constraints": (
        """<#S> a sh:NodeShape ; sh:targetSubjectsOf ex:p ; sh:sparql <#C>, <#D> .
        <#C> sh:deactivated true ; sh:select "SELECT $this WHERE { $this ?p ?o }" .
        <#D> sh:deactivated false ; sh:select "SELECT $this ?value WHERE { $this <urn:ex:q> ?value }" .""",
        "ex:a ex:p ex:b ; ex:q ex:c .",
        {("a", None, "<urn:ex:c>")},
    ),
    # W3C's test path-strange-002.
    "a sequence with something else beside it": (
        """<#S> a sh:NodeShape ; sh:targetNode ex:a ; sh:property <#P> .
        <#P> sh:path [ rdf:first ex:q ; rdf:rest ( ex:r ) ; sh:inversePath ( ex:q ) ] ; sh:in () .""",
        "ex:a ex:q ex:b . ex:b ex:r ex:c .",
        {("a", "<urn:ex:q>/<urn:ex:r>", "<urn:ex:c>")},
    ),
    # W3C's test uniqueLang-002: only the term true activates these.
    "other forms of true": (
        """<#S> a sh:NodeShape ; sh:targetSubjectsOf ex:p ; sh:closed "1"^^xsd:boolean ; sh:property <#U>, <#Q>, <#R> .
        <#U> sh:path ex:l ; sh:uniqueLang "1"^^xsd:boolean .
        <#Q> sh:path ex:p ; sh:qualifiedValueShape [ sh:hasValue ex:b ] ; sh:qualifiedMaxCount 0 ;
          sh:qualifiedValueShapesDisjoint "1"^^xsd:boolean .
        <#R> sh:path ex:p ; sh:qualifiedValueShape [ sh:in ( ex:b ) ] ; sh:qualifiedMinCount 1 .""",
        'ex:a ex:p ex:b ; ex:l "x"@en, "y"@en ; ex:other 1 .',
        {("a", "<urn:ex:p>", None)},
    ),
    "implicit targets of a subclass of rdfs:Class": (
        """ex:Kind rdfs:subClassOf ex:Meta . ex:Meta rdfs:subClassOf rdfs:Class .
        ex:T a ex:Kind, sh:NodeShape ; sh:property [ sh:path ex:p ; sh:in () ] .""",
        "ex:a a ex:T ; ex:p ex:b . ex:c a ex:U ; ex:p ex:b .",
        {("a", "<urn:ex:p>", "<urn:ex:b>")},
    ),
    "ill-typed": (
        """<#S> a sh:NodeShape ; sh:targetSubjectsOf ex:b ; sh:property <#B>, <#D> .
        <#B> sh:path ex:b ; sh:datatype xsd:boolean . <#D> sh:path ex:d ; sh:datatype xsd:date .""",
        'ex:a ex:b "yes"^^xsd:boolean, true, "1"^^xsd:boolean ; ex:d "2020-13-45"^^xsd:date, "2020-01-01"^^xsd:date .',
        {
            ("a", "<urn:ex:b>", '"yes"^^<http://www.w3.org/2001/XMLSchema#boolean>'),
            ("a", "<urn:ex:d>", '"2020-13-45"^^<http://www.w3.org/2001/XMLSchema#date>'),
        },
    ),
}
#: Shapes that are invalid or meaningless.
UNUSABLE = {
    "no list": "<#S> a sh:NodeShape ; sh:targetNode ex:a ; sh:or <#x> .",
    "no prefix": '<#S> a sh:NodeShape ; sh:targetNode ex:a ; sh:sparql [ sh:select "SELECT $this { $this no:p 1 }" ] .',
    "MINUS": "<#S> a sh:NodeShape ; sh:targetNode ex:a ; sh:sparql [ sh:select"
    ' "SELECT $this { $this ?p ?o MINUS { ?x ?y ?z } }" ] .',
    "SERVICE": "<#S> a sh:NodeShape ; sh:targetNode ex:a ; sh:sparql [ sh:select"
    ' "SELECT $this { SERVICE <http://127.0.0.1:9/> { $this ?p ?o } }" ] .',
    "no number": "<#S> a sh:NodeShape ; sh:targetNode ex:a ; sh:property [ sh:path ex:p ; sh:minCount 'a' ] .",
    "no path": "<#S> a sh:NodeShape ; sh:targetNode ex:a ;"
    " sh:property [ sh:path [ sh:inversePath 5 ] ; sh:minCount 1 ] .",
    "no pattern": "<#S> a sh:NodeShape ; sh:targetNode ex:a ; sh:pattern '[' .",
    "no list of languages": "<#S> a sh:NodeShape ; sh:targetNode ex:a ; sh:languageIn ex:x .",
    "recursive": "<#S> a sh:NodeShape ; sh:targetNode ex:a ; sh:node <#S> .",
    "a list without end": "<#S> a sh:NodeShape ; sh:targetNode ex:a ; sh:in _:l ."
    " _:l <http://www.w3.org/1999/02/22-rdf-syntax-ns#first> 1 ;"
    " <http://www.w3.org/1999/02/22-rdf-syntax-ns#rest> _:l .",
}


def shapes_of(folder: Path, text: str) -> ShapesGraph:
    path = folder / "shapes.ttl"
    path.write_text(PREFIXES + text)
    return ShapesGraph.read(path)


def data_in(folder: Path, text: str) -> Path:
    path = folder / "data.ttl"
    path.write_text(PREFIXES + text)
    return path


@pytest.mark.parametrize("case", CASES)
def test_both_engines_find_what_the_specification_asks_for(tmp_path, case, capfd):
    text, data, expected = CASES[case]
    shapes, given = shapes_of(tmp_path, text), union_as_n_triples(*read_files([data_in(tmp_path, data)]))
    reports = [run_engine(given, shapes, engine) for engine in ENGINES]
    for report in reports:
        found = [(one.focus.removeprefix("<urn:ex:").rstrip(">"), one.path, one.value) for one in report.results]
        assert sorted(map(repr, found)) == sorted(map(repr, expected))
    assert compare_reports(*reports).count("violation") == len(expected)
    assert "Traceback" not in capfd.readouterr().err


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("case", UNUSABLE)
def test_any_shapes_give_a_verdict_or_a_problem(tmp_path, case, engine):
    try:
        report = run_engine("<urn:ex:a> <urn:ex:p> <urn:ex:b> .\n", shapes_of(tmp_path, UNUSABLE[case]), engine)
    except ProblemError as problem:
        assert (problem.slug, problem.exit_code) == ("bad-shapes", 2)  # noqa: PT017 - one of two outcomes
    else:
        assert isinstance(report.conforms(), bool)


def test_a_syntax_error_in_a_query_of_shapes_is_named(tmp_path):
    shapes = shapes_of(tmp_path, UNUSABLE["no prefix"].replace("<#S>", "ex:S"))
    with pytest.raises(ProblemError) as caught:
        run_engine("", shapes, "fast")
    assert caught.value.detail == ("shacl: <urn:ex:S>: sh:select: line 1, column 22: the prefix no: is not declared")


def test_relative_iris_are_those_of_the_file(tmp_path):
    shapes = shapes_of(
        tmp_path, "<> a owl:Ontology . <#S> a sh:NodeShape ; sh:targetNode ex:a ; sh:nodeKind sh:Literal ."
    )
    (result,) = run_engine("", shapes).results
    assert result.shape == f"<{(tmp_path / 'shapes.ttl').resolve().as_uri()}#S>"


@pytest.mark.parametrize("engine", ENGINES)
def test_custom_severities_do_not_conform_in_any_format(tmp_path, engine):
    shapes = shapes_of(
        tmp_path,
        "<#S> a sh:NodeShape ; sh:targetNode ex:a ; sh:nodeKind sh:Literal ; sh:severity ex:Mine ; sh:message 'No.' .",
    )
    report = run_engine("", shapes, engine)
    assert not report.conforms()
    assert [one.severity for one in report.results] == ["violation"]
    texts = {name: write(report, "violation") for name, write in FORMATS.items()}
    assert '"conforms": false' in texts["json"]
    (conforms,) = [
        quad.object.value
        for quad in parse(texts["turtle"], format=RdfFormat.TURTLE)
        if quad.predicate.value.endswith("#conforms")
    ]
    assert conforms == "false"
    assert "<failure" in texts["junit"]
    assert texts["github"].startswith("::error")
    assert '"level": "error"' in texts["sarif"]
    assert "Does not conform" in texts["text"]
    assert "Does not conform" in texts["html"]


def test_the_command_exits_with_2_and_one_line(tmp_path):
    shapes, data = tmp_path / "shapes.ttl", data_in(tmp_path, "ex:a ex:p ex:b .")
    shapes.write_text(PREFIXES + UNUSABLE["no list"])
    command = [sys.executable, "-m", "jwpgraph", "validate", str(data), "--shapes", str(shapes), "--engine", "both"]
    done = subprocess.run(command, capture_output=True, text=True, check=False, env=_empty(tmp_path))
    assert (done.returncode, done.stdout) == (2, ""), done.stderr
    assert done.stderr.startswith("jwpgraph: The shapes cannot be used: ")
    assert done.stderr.count("\n") == 1


def _empty(folder: Path) -> dict[str, str]:
    return {"PATH": "/usr/bin:/bin", "JWPGRAPH_DATA_DIR": str(folder / "data")}


def test_a_triple_term_is_a_value_like_others(tmp_path):
    shapes = shapes_of(
        tmp_path, "<#S> a sh:NodeShape ; sh:targetNode ex:a ; sh:property [ sh:path ex:p ; sh:nodeKind sh:IRI ] ."
    )
    (result,) = run_engine('<urn:ex:a> <urn:ex:p> <<( <urn:a> <urn:b> "c" )>> .\n', shapes, "fast").results
    assert isinstance(result, ValidationResult)
    assert result.value == '<<( <urn:a> <urn:b> "c" )>>'
    with pytest.raises(ProblemError, match="pyshacl") as caught:
        run_engine('<urn:ex:a> <urn:ex:p> <<( <urn:a> <urn:b> "c" )>> .\n', shapes, "reference")
    assert caught.value.slug == "engine-failed"


def test_a_byte_order_mark_is_no_part_of_the_shapes(tmp_path):
    path = tmp_path / "shapes.ttl"
    path.write_text(PREFIXES + "ex:S a sh:NodeShape ; sh:targetNode ex:a ; sh:nodeKind sh:IRI .", "utf-8")
    plain = ShapesGraph.read(path).text
    path.write_bytes(b"\xef\xbb\xbf" + path.read_bytes())
    assert ShapesGraph.read(path).text == plain


def test_a_text_groups_the_results_of_a_shape() -> None:
    results = [
        ValidationResult(f"<urn:{name}>", "<urn:s>", "<urn:c>", "warning", "<urn:p>", messages={"en": "Give it."})
        for name in "abcdefg"
    ]
    results.append(ValidationResult("<urn:z>", "<urn:t>", "<urn:c>", "info", None, "<urn:z>", {"en": "Note."}))
    text = report_to_text(ValidationReport(tuple(results), "", "fast", "1", 0.1), "violation")
    assert text.splitlines()[:-1] == [
        "warning ×7  <urn:s>",
        "    Give it.",
        *(f"    · <urn:{name}> <urn:p>" for name in "abcde"),
        "    · 2 more; the other formats name all",
        "info  <urn:z> ",
        "    Note.",
    ]
