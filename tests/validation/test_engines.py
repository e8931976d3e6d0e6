"""Tests that both engines give the same results, fingerprints and messages for each kind of constraint."""

from __future__ import annotations

from pathlib import Path

import pytest
from pyoxigraph import RdfFormat, Store

from jwpgraph.problems import ProblemError
from jwpgraph.releases.gate import ShapesGraph
from jwpgraph.validation.engines import run_engine, union_as_n_triples
from jwpgraph.validation.report import count_fingerprints
from jwpgraph.validation.severity_gate import SeverityGate, make_conformance

PREFIXES = """
@prefix sh: <http://www.w3.org/ns/shacl#> .
@prefix xsd: <http://www.w3.org/2001/XMLSchema#> .
@prefix ex: <https://example.org/> .
"""

#: For each constraint: the addition to a property shape on ex:p, and violating and conforming values.
CASES = {
    "MinCount": ("sh:minCount 2", "1", "1, 2"),
    "MaxCount": ("sh:maxCount 1", "1, 2", "1"),
    "Datatype": ("sh:datatype xsd:integer", '"a"', "1"),
    "NodeKind": ("sh:nodeKind sh:IRI", '"a"', "ex:b"),
    "Class": ("sh:class ex:Other", "ex:b", "ex:other"),
    "Pattern": ('sh:pattern "^a"', '"b"', '"a"'),
    "MinLength": ("sh:minLength 2", '"a"', '"ab"'),
    "MaxLength": ("sh:maxLength 1", '"ab"', '"a"'),
    "MinInclusive": ("sh:minInclusive 3", "2", "3"),
    "MaxInclusive": ("sh:maxInclusive 3", "4", "3"),
    "MinExclusive": ("sh:minExclusive 3", "3", "4"),
    "MaxExclusive": ("sh:maxExclusive 3", "3", "2"),
    "In": ("sh:in (1 2)", "3", "2"),
    "HasValue": ("sh:hasValue 1", "2", "1, 2"),
    "LanguageIn": ('sh:languageIn ("en")', '"a"@fr', '"a"@en'),
    "UniqueLang": ("sh:uniqueLang true", '"a"@en, "b"@en', '"a"@en, "b"@fr'),
    "Equals": ("sh:equals ex:q", "1", "7"),
    "Disjoint": ("sh:disjoint ex:q", "7", "1"),
    "LessThan": ("sh:lessThan ex:q", "8", "6"),
    "LessThanOrEquals": ("sh:lessThanOrEquals ex:q", "8", "7"),
    "Not": ("sh:not [ sh:datatype xsd:integer ]", "1", '"a"'),
    "Or": ("sh:or ([ sh:datatype xsd:integer ] [ sh:nodeKind sh:IRI ])", '"a"', "ex:b"),
    "And": ("sh:and ([ sh:nodeKind sh:Literal ] [ sh:datatype xsd:integer ])", '"a"', "1"),
    "Xone": ("sh:xone ([ sh:datatype xsd:integer ] [ sh:nodeKind sh:Literal ])", "1", '"a"'),
    "Node": ("sh:node ex:OtherShape", "ex:b", "ex:other"),
    "QualifiedMinCount": (
        "sh:qualifiedValueShape [ sh:class ex:Other ] ; sh:qualifiedMinCount 1",
        "ex:b",
        "ex:other",
    ),
    "Closed": ("", "1 ; ex:unforeseen 2", "1"),
    "SPARQL": (
        'sh:sparql [ sh:message "Even."@en ; sh:select "SELECT $this ?value WHERE '
        '{ $this <https://example.org/p> ?value . FILTER(?value = 2) }" ]',
        "2",
        "1",
    ),
}


def shapes_of(tmp_path: Path, name: str) -> ShapesGraph:
    constraint = CASES[name][0]
    closed = "sh:closed true ; sh:ignoredProperties (<http://www.w3.org/1999/02/22-rdf-syntax-ns#type> ex:q) ;"
    path = tmp_path / "shapes.ttl"
    path.write_text(f"""{PREFIXES}
ex:Shape a sh:NodeShape ; sh:targetClass ex:Thing ; {closed if name == "Closed" else ""} sh:property ex:Shape-p .
ex:Shape-p sh:path ex:p ; {constraint + " ;" if constraint else ""} sh:message "Mend it."@en, "Corrigez."@fr .
ex:OtherShape a sh:NodeShape ; sh:class ex:Other .
""")
    return ShapesGraph.read(path)


def data(value: str) -> str:
    store = Store()
    text = f"{PREFIXES} ex:a a ex:Thing ; ex:q 7 ; ex:p {value} . ex:other a ex:Other ."
    store.load(text.encode(), format=RdfFormat.TURTLE)
    return union_as_n_triples(store)


@pytest.mark.parametrize("name", CASES)
def test_the_engines_agree_on_violations_and_conformance(tmp_path, name):
    _, bad, good = CASES[name]
    shapes = shapes_of(tmp_path, name)
    fast, reference = run_engine(data(bad), shapes, "fast"), run_engine(data(bad), shapes, "reference")
    assert not fast.conforms()
    assert count_fingerprints(fast.results) == count_fingerprints(reference.results)
    component = f"<http://www.w3.org/ns/shacl#{name}ConstraintComponent>"
    assert {result.component for result in fast.results} == {component}
    assert {result.focus for result in fast.results} == {"<https://example.org/a>"}
    for engine in ("fast", "reference"):
        assert run_engine(data(good), shapes, engine).results == ()


def test_messages_have_language_tags(tmp_path):
    shapes = shapes_of(tmp_path, "MinCount")
    for engine in ("fast", "reference"):
        (result,) = run_engine(data("1"), shapes, engine).results
        assert result.message("fr") == "Corrigez."
        assert result.message() == "Mend it."


@pytest.mark.parametrize(
    ("path", "written"),
    [
        ("[ sh:inversePath ex:p ]", "^(<https://example.org/p>)"),
        ("(ex:p ex:q)", "<https://example.org/p>/<https://example.org/q>"),
        ("[ sh:alternativePath (ex:p ex:r) ]", "<https://example.org/p>|<https://example.org/r>"),
        ("[ sh:oneOrMorePath ex:p ]", "(<https://example.org/p>)+"),
    ],
)
def test_paths_are_written_as_in_sparql_by_both(tmp_path, path, written):
    file = tmp_path / "shapes.ttl"
    file.write_text(
        f"{PREFIXES} ex:Shape a sh:NodeShape ; sh:targetClass ex:Thing ; sh:property ex:Shape-p ."
        f"ex:Shape-p sh:path {path} ; sh:minCount 9 ."
    )
    shapes = ShapesGraph.read(file)
    for engine in ("fast", "reference"):
        (result,) = run_engine(data("ex:other"), shapes, engine).results
        assert result.path == written


@pytest.mark.parametrize(
    ("severity", "least", "conforms"),
    [
        ("Violation", "violation", False),
        ("Warning", "violation", True),
        ("Warning", "warning", False),
        ("Info", "warning", True),
        ("Info", "info", False),
    ],
)
def test_the_policy_of_the_gate(tmp_path, severity, least, conforms):
    path = tmp_path / "shapes.ttl"
    path.write_text(
        f"{PREFIXES} ex:Shape a sh:NodeShape ; sh:targetClass ex:Thing ; sh:property ex:Shape-p ."
        f"ex:Shape-p sh:path ex:p ; sh:minCount 9 ; sh:severity sh:{severity} ."
    )
    store = Store()
    store.load(data("1").encode(), format=RdfFormat.N_TRIPLES)
    for engine in ("fast", "reference"):
        verdict = SeverityGate(least, engine)(store, ShapesGraph.read(path))
        assert verdict.conformance.conforms is conforms
        assert verdict.summary[0]["severity"] == severity.lower()


@pytest.mark.parametrize(
    "constraint",
    [
        'sh:sparql [ a sh:SPARQLConstraint ; sh:message "Bad."@en ; sh:select "SELECT nonsense" ]',
        'sh:property [ sh:path ex:value ; sh:pattern "[" ]',
        'sh:property [ sh:path ex:value ; sh:minCount "many" ]',
    ],
)
def test_a_shape_that_cannot_be_used_is_a_problem(tmp_path, constraint):
    path = tmp_path / "shapes.ttl"
    path.write_text(f"{PREFIXES} ex:Shape a sh:NodeShape ; sh:targetClass ex:Thing ; {constraint} .")
    for engine in ("fast", "reference"):
        with pytest.raises(ProblemError) as caught:
            run_engine(data("1"), ShapesGraph.read(path), engine)
        assert caught.value.slug == "bad-shapes"


def test_counts_go_into_the_manifest(tmp_path):
    report = run_engine(data("1"), shapes_of(tmp_path, "MinCount"), "fast")
    conformance = make_conformance(report, "violation")
    assert (conformance.conforms, conformance.violations, conformance.engine) == (False, 1, "shacl")
