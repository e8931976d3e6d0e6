"""Literals are validated as they were written, whatever the store makes of them, in every release."""

from __future__ import annotations

import json
import tempfile
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pyoxigraph import Literal, NamedNode, RdfFormat, parse

from jwpgraph.releases.builder import Builder
from jwpgraph.releases.changes import (
    DeleteGraph,
    LoadGraphs,
    Payload,
    PostGraph,
    PutGraph,
    RestoreRelease,
    SparqlUpdate,
)
from jwpgraph.releases.directory import ReleaseDirectory
from jwpgraph.releases.file_digests import MANIFEST
from jwpgraph.releases.gate import GateRefusedError, ShapesGraph
from jwpgraph.releases.literal_notes import list_stored_forms
from jwpgraph.releases.maintenance import verify_release
from jwpgraph.releases.rdf_files import is_plain_n_triples
from jwpgraph.releases.rules import RuleSet
from jwpgraph.validation.engines import run_engine, union_as_n_triples
from jwpgraph.validation.inputs import read_files, read_release
from jwpgraph.validation.report import count_fingerprints, read_report
from jwpgraph.validation.severity_gate import SeverityGate

XSD = "http://www.w3.org/2001/XMLSchema#"
G1, G2 = "https://example.org/g1", "https://example.org/g2"
PREFIXES = f"@prefix xsd: <{XSD}> . @prefix sh: <http://www.w3.org/ns/shacl#> . @prefix ex: <https://example.org/> .\n"
ENGINES = ("fast", "reference")

#: A constraint, what keeps to it and what breaks it.
CASES = {
    "derived": (
        "sh:datatype xsd:nonNegativeInteger",
        '"5"^^xsd:nonNegativeInteger, "05"^^xsd:nonNegativeInteger',
        '5, "-5"^^xsd:nonNegativeInteger, "5"^^xsd:int, "x"^^xsd:nonNegativeInteger, "6"',
    ),
    "int": ("sh:datatype xsd:int", '"5"^^xsd:int, "-007"^^xsd:int', '5, "5000000000"^^xsd:int, "5"^^xsd:long'),
    "byte": ("sh:datatype xsd:byte", '"127"^^xsd:byte', '"300"^^xsd:byte'),
    "integer": ("sh:datatype xsd:integer", "5, 07, +8", '"9"^^xsd:int, "9"^^xsd:nonNegativeInteger'),
    "stamp": (
        "sh:datatype xsd:dateTimeStamp",
        '"2020-01-01T00:00:00Z"^^xsd:dateTimeStamp',
        '"2020-01-01T00:00:01Z"^^xsd:dateTime',
    ),
    "pattern": ('sh:pattern "^00"', '"007"^^xsd:integer', '"7"^^xsd:int, 8'),
    "value": ("sh:hasValue 1.0", "1.0", "1.00"),
    "in": ('sh:in ( 01 1.0 "2020-01-01Z"^^xsd:date )', '01, 1.0, "2020-01-01Z"^^xsd:date', "2, 1.00"),
    "length": ("sh:maxLength 3", "1.0, 007", "1.00, 0008"),
    "boolean": ("sh:in ( true )", "true", '"1"^^xsd:boolean'),
}


def shapes_of(folder: Path, constraint: str) -> ShapesGraph:
    path = folder / "shapes.ttl"
    path.write_text(
        PREFIXES + f"ex:S a sh:NodeShape ; sh:targetSubjectsOf ex:p ; sh:property ex:S-p .\n"
        f"ex:S-p sh:path ex:p ; {constraint} ."
    )
    return ShapesGraph.read(path)


def payload(folder: Path, text: str, name: str = "data.ttl") -> Payload:
    path = folder / name
    path.write_text(PREFIXES + text)
    return Payload(path, "text/turtle")


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("case", CASES)
def test_the_gate_judges_what_was_written(tmp_path, case, engine):
    constraint, good, bad = CASES[case]
    builder = Builder(
        ReleaseDirectory(tmp_path / "data"), SeverityGate(engine=engine), shapes_of(tmp_path, constraint), RuleSet(())
    )
    release = builder.build(PutGraph(G1, (payload(tmp_path, f"[] ex:p {good} ."),)))
    assert release.manifest.conformance.conforms
    assert verify_release(release) == []
    # It still conforms when something else is written, and after a rollback.
    assert builder.build(SparqlUpdate("INSERT DATA { <urn:x> <urn:y> 1 }")).manifest.conformance.conforms
    assert builder.build(RestoreRelease(1)).manifest.conformance.conforms
    assert builder.build(PostGraph(G2, (payload(tmp_path, "ex:b ex:q 1 ."),)), full=True).manifest.conformance.conforms
    for number, one in enumerate(bad.split(", ")):
        with pytest.raises(GateRefusedError):
            builder.build(PutGraph(G2, (payload(tmp_path, f"ex:n{number} ex:p {one} ."),)))
        text = f"{PREFIXES.replace('@', '').replace(' .', '')} INSERT DATA {{ ex:n{number} ex:p {one} }}"
        with pytest.raises(GateRefusedError) as refused:
            builder.build(SparqlUpdate(text))
        if case != "value":
            (result,) = read_report(refused.value.report_path.read_text())
            (quad,) = parse(PREFIXES + f"ex:n{number} ex:p {one} .", format=RdfFormat.TURTLE)
            assert result.value == str(quad.object)


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("case", CASES)
def test_files_are_judged_as_they_stand(tmp_path, case, engine):
    constraint, good, bad = CASES[case]
    shapes = shapes_of(tmp_path, constraint)
    subject = read_files([payload(tmp_path, f"ex:a ex:p {good} .").path])
    assert run_engine(union_as_n_triples(*subject), shapes, engine).conforms()
    subject = read_files(
        [payload(tmp_path, " ".join(f"ex:n{n} ex:p {one} ." for n, one in enumerate(bad.split(", ")))).path]
    )
    found = run_engine(union_as_n_triples(*subject), shapes, engine).results
    assert {result.focus for result in found} == {f"<https://example.org/n{n}>" for n in range(len(bad.split(", ")))}


def test_a_load_says_what_is_stored_by_its_value(tmp_path):
    builder = Builder(ReleaseDirectory(tmp_path / "data"), SeverityGate(), ShapesGraph("", ""), RuleSet(()))
    text = 'ex:a ex:p 5, 06, "7"^^xsd:int, "8"^^xsd:int, 1.50, "x", true, "2020-01-01"^^xsd:date .'
    release = builder.build(PutGraph(G1, (payload(tmp_path, text),)))
    assert release.manifest.normalised == {"xsd:decimal": 1, "xsd:int as xsd:integer": 2, "xsd:integer": 1}
    again = builder.build(SparqlUpdate("INSERT DATA { <urn:x> <urn:y> 1 }"))
    assert again.manifest.normalised == {}


def test_two_graphs_may_write_one_triple_in_two_ways(tmp_path):
    shapes = shapes_of(tmp_path, "sh:datatype xsd:integer")
    builder = Builder(ReleaseDirectory(tmp_path / "data"), SeverityGate(), shapes, RuleSet(()))
    builder.build(PutGraph(G1, (payload(tmp_path, "ex:a ex:p 5 ."),)))
    with pytest.raises(GateRefusedError):
        builder.build(PutGraph(G2, (payload(tmp_path, 'ex:a ex:p "5"^^xsd:int .'),)))
    assert builder.build(PutGraph(G2, (payload(tmp_path, "ex:a ex:p 05 ."),))).manifest.conformance.conforms


def test_a_graph_that_writes_a_triple_as_it_is_stored_is_judged_beside_another(tmp_path):
    builder = Builder(
        ReleaseDirectory(tmp_path / "data"), SeverityGate(), shapes_of(tmp_path, "sh:datatype xsd:int"), RuleSet(())
    )
    builder.build(PutGraph(G1, (payload(tmp_path, 'ex:a ex:p "5"^^xsd:int .'),)))
    with pytest.raises(GateRefusedError):
        builder.build(PutGraph(G2, (payload(tmp_path, "ex:a ex:p 5 ."),)))


def test_a_large_file_of_n_triples_is_judged_as_it_stands(tmp_path):
    shapes = shapes_of(tmp_path, "sh:datatype xsd:int")
    builder = Builder(ReleaseDirectory(tmp_path / "data"), SeverityGate(), shapes, RuleSet(()))
    path = tmp_path / "large.nt"
    long = "x" * 1000
    lines = [f'<https://example.org/{long}{n}> <https://example.org/p> "{n}"^^<{XSD}int> .\n' for n in range(4000)]
    path.write_text("".join(lines))
    assert is_plain_n_triples(Payload(path, "application/n-triples")), "smaller files are read in another way"
    release = builder.build(PutGraph(G1, (Payload(path, "application/n-triples"),)))
    assert (release.manifest.conformance.conforms, sum(release.manifest.normalised.values())) == (True, 4000)
    path.write_text("".join([*lines, f'<urn:a> <https://example.org/p> "1"^^<{XSD}integer> .\n']))
    with pytest.raises(GateRefusedError):
        builder.build(PutGraph(G1, (Payload(path, "application/n-triples"),)))


FORMS = ["5", "05", "+5", "5.0", "5.00"]
TYPES = ["integer", "int", "decimal", "nonNegativeInteger", "string"]
WRITINGS = st.dictionaries(
    st.sampled_from(["a", "b"]), st.tuples(st.sampled_from(FORMS), st.sampled_from(TYPES)), min_size=1
)
CHANGES = st.lists(
    st.tuples(
        st.sampled_from(["put", "post", "load", "insert", "delete", "drop"]), st.sampled_from([G1, G2]), WRITINGS
    ),
    min_size=1,
    max_size=6,
)


def stored(literal: Literal) -> Literal:
    return list_stored_forms([literal])[literal]


@settings(max_examples=12, deadline=None)
@given(CHANGES)
def test_any_sequence_of_changes_leaves_what_was_written_last(changes):
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as name:
        folder = Path(name)
        shapes = shapes_of(folder, 'sh:datatype xsd:int ; sh:pattern "^5" ; sh:severity sh:Warning')
        builder = Builder(ReleaseDirectory(folder / "data"), SeverityGate(), shapes, RuleSet(()))
        model: dict[str, dict[tuple[str, Literal], Literal]] = {}
        builder.build(PutGraph("urn:other", (payload(folder, "ex:z ex:q 1 ."),)))
        for kind, graph, writings in changes:
            literals = {
                s: Literal(form, datatype=NamedNode(XSD + datatype)) for s, (form, datatype) in writings.items()
            }
            new = {(subject, stored(literal)): literal for subject, literal in literals.items()}
            text = " ".join(f"<https://example.org/{s}> <https://example.org/p> {o} ." for s, o in literals.items())
            if kind == "drop" and not model.get(graph):
                continue
            match kind:
                case "put" | "load":
                    model[graph] = new
                case "post" | "insert":
                    model.setdefault(graph, {}).update(new)
                case "delete":
                    model[graph] = {key: value for key, value in model.get(graph, {}).items() if key not in new}
                case "drop":
                    del model[graph]
            data = payload(folder, text)
            change = {
                "put": PutGraph(graph, (data,)),
                "load": LoadGraphs(((graph, data),)),
                "post": PostGraph(graph, (data,)),
                "insert": SparqlUpdate(f"INSERT DATA {{ GRAPH <{graph}> {{ {text} }} }}"),
                "delete": SparqlUpdate(f"DELETE DATA {{ GRAPH <{graph}> {{ {text} }} }}"),
                "drop": DeleteGraph(graph),
            }[kind]
            release = builder.build(change)
            lines = {
                f"<https://example.org/{subject}> <https://example.org/p> {literal} ."
                for said in model.values()
                for (subject, _), literal in said.items()
            }
            found = {line for line in union_as_n_triples(*read_release(release)).split("\n") if "/p>" in line}
            assert found == lines
            assert verify_release(release) == []
            # What the gate carried on from release to release is what validating everything finds.
            carried = read_report(release.report_path.read_text())
            whole = run_engine(union_as_n_triples(*read_release(release)), shapes)
            assert count_fingerprints(carried) == count_fingerprints(whole.results)


def test_shapes_that_ask_for_a_release_of_before_still_read_it(tmp_path):
    """A release that was made before anything was remembered of literals has no file of them, nor digests of files."""
    builder = Builder(ReleaseDirectory(tmp_path / "data"), SeverityGate(), ShapesGraph("", ""), RuleSet(()))
    release = builder.build(PutGraph(G1, (payload(tmp_path, 'ex:a ex:p "5"^^xsd:int .'),)))
    release.written_path.unlink()
    manifest = release.path / MANIFEST
    manifest.write_text(json.dumps(json.loads(manifest.read_text()) | {"files": {}}))
    assert '"5"^^<http://www.w3.org/2001/XMLSchema#integer>' in union_as_n_triples(*read_release(release))
    again = builder.build(SparqlUpdate("INSERT DATA { <urn:x> <urn:y> 1 }"))
    assert again.manifest.conformance.conforms
