"""Tests that incremental validation gives the same report as full validation, for all kinds of shapes."""

from __future__ import annotations

import tempfile
from collections import Counter
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pyoxigraph import BlankNode, DefaultGraph, Literal, NamedNode, Quad, RdfFormat, Store, Triple

from jwpgraph.releases.delta import GraphDifference
from jwpgraph.releases.gate import ParentValidation, ShapesGraph
from jwpgraph.shipped_files import get_shipped_path
from jwpgraph.validation.engines import run_engine, union_as_n_triples
from jwpgraph.validation.incremental_validation import validate_change
from jwpgraph.validation.report import count_fingerprints, read_report
from jwpgraph.validation.report_paragraphs import join_paragraphs, split_report
from jwpgraph.validation.severity_gate import make_conformance
from jwpgraph.validation.shape_dependencies import UnsupportedShapeError, find_shape_dependencies

PREFIXES = """
@prefix sh: <http://www.w3.org/ns/shacl#> .
@prefix rdfs: <http://www.w3.org/2000/01/rdf-schema#> .
@prefix xsd: <http://www.w3.org/2001/XMLSchema#> .
@prefix ex: <urn:> .
"""


def asks(query: str) -> str:
    """Return a SPARQL constraint in Turtle."""
    return f"sh:sparql [ sh:select '''SELECT {query}''' ; sh:message 'Mend it.' ]"


#: Constraints on a value of ex:p, or of a longer path if one is given.
CONSTRAINTS = {
    "count": "sh:minCount 1 ; sh:maxCount 2 ; sh:severity sh:Warning",
    "datatype": "sh:datatype xsd:integer",
    "class": "sh:class ex:D",
    "class of a class": "sh:class ex:C ; sh:severity sh:Info",
    "range": "sh:minInclusive 1 ; sh:maxExclusive 2",
    "language": 'sh:languageIn ("en") ; sh:uniqueLang true',
    "text": 'sh:pattern "^urn" ; sh:minLength 2 ; sh:nodeKind sh:IRI',
    "values": "sh:in (ex:a ex:b 1) ; sh:hasValue ex:a",
    "equals": "sh:equals ex:q",
    "disjoint": "sh:disjoint ex:q",
    "less": "sh:lessThan ex:q",
    "not less": "sh:lessThanOrEquals ex:q",
    "inverse": "sh:path [ sh:inversePath ex:p ] ; sh:minCount 1 ; sh:class ex:D",
    "sequence": "sh:path (ex:p ex:q) ; sh:class ex:D ; sh:minCount 1",
    "alternative": "sh:path [ sh:alternativePath (ex:p [ sh:inversePath ex:q ]) ] ; sh:maxCount 1 ; sh:class ex:D",
    "star": "sh:path [ sh:zeroOrMorePath ex:p ] ; sh:class ex:D",
    "plus": "sh:path [ sh:oneOrMorePath (ex:p ex:q) ] ; sh:class ex:D ; sh:maxCount 1",
    "maybe": "sh:path ( [ sh:zeroOrOnePath ex:p ] ex:q ) ; sh:class ex:D ; sh:maxCount 1",
    "inverse of sequence": "sh:path [ sh:inversePath (ex:p [ sh:inversePath ex:q ]) ] ; sh:maxCount 1 ; sh:class ex:D",
    "node": "sh:node ex:Inner",
    "not": "sh:not ex:Inner",
    "and, or, xone": "sh:or (ex:Inner ex:Other) ; sh:and (ex:Other) ; sh:xone (ex:Inner ex:Other)",
    "qualified": "sh:qualifiedValueShape ex:Inner ; sh:qualifiedMinCount 1 ; sh:qualifiedMaxCount 1",
}
#: Constraints on the focus node itself.
NODES = {
    "closed": "sh:closed true ; sh:ignoredProperties (<http://www.w3.org/1999/02/22-rdf-syntax-ns#type> ex:p) ;"
    " sh:property [ sh:path ex:q ]",
    "focus class": "sh:class ex:D ; sh:node ex:Other",
    "joined": asks("$this ?value { $this <urn:p> ?x . ?value <urn:q> ?x ; a <urn:D> }"),
    "absent": asks(
        "$this ?value { $this <urn:p> ?value FILTER NOT EXISTS { ?value <urn:q>/<urn:p>* ?z . ?z a <urn:D> } }"
    ),
    "counted": asks(
        "$this (COUNT(?x) AS ?found) { $this <urn:p> ?y OPTIONAL { ?x <urn:q> ?y } } "
        "GROUP BY $this HAVING (COUNT(?x) != 1)"
    ),
    "any property": asks(
        "$this ?value { $this ?path ?value FILTER (isIRI(?value)) FILTER NOT EXISTS { ?value a ?class } }"
    ),
    "either": asks(
        "$this ?value { { $this <urn:p> ?value } "
        "UNION { ?value <urn:q>+ $this FILTER EXISTS { ?value <urn:p> <urn:a> } } }"
    ),
}
TARGETS = (
    "sh:targetClass ex:C",
    "sh:targetNode ex:a, ex:d",
    "sh:targetSubjectsOf ex:q",
    "sh:targetObjectsOf ex:p",
    "a rdfs:Class",
)
HELPERS = """
ex:Inner a sh:NodeShape ; sh:property [ sh:path ex:q ; sh:minCount 1 ; sh:node ex:Other ] .
ex:Other a sh:NodeShape ; sh:property [ sh:path [ sh:inversePath ex:p ] ; sh:class ex:D ; sh:maxCount 2 ] .
"""
HIERARCHY = "<urn:D> <http://www.w3.org/2000/01/rdf-schema#subClassOf> <urn:C> .\n"

_nodes = st.sampled_from([NamedNode(f"urn:{name}") for name in "abcd"])
_literals = st.sampled_from(
    [Literal(1), Literal(2), Literal("a", language="en"), Literal("b", language="en"), Literal("a")]
)
_links = st.sampled_from([NamedNode("urn:p"), NamedNode("urn:q")])
_type = NamedNode("http://www.w3.org/1999/02/22-rdf-syntax-ns#type")
_classes = st.sampled_from([NamedNode("urn:C"), NamedNode("urn:D"), NamedNode("urn:Shape0")])
_triples = st.one_of(
    st.builds(Triple, _nodes, _links, st.one_of(_nodes, _nodes, _literals)),
    st.builds(Triple, _nodes, st.just(_type), _classes),
)
_kinds = st.one_of(
    st.sampled_from(sorted(CONSTRAINTS)).map(lambda kind: (kind, CONSTRAINTS[kind], True)),
    st.sampled_from(sorted(NODES)).map(lambda kind: (kind, NODES[kind], False)),
)


def shapes_of(*kinds: tuple[str, str, bool], targets: tuple[str, ...]) -> ShapesGraph:
    lines = [PREFIXES, HELPERS]
    for number, ((_, constraint, of_values), target) in enumerate(zip(kinds, targets, strict=False)):
        path = "" if "sh:path" in constraint else "sh:path ex:p ; "
        body = f"sh:property ex:Shape{number}-p" if of_values else constraint
        lines.append(f"ex:Shape{number} a sh:NodeShape ; {target} ; {body} .")
        if of_values:
            lines.append(f"ex:Shape{number}-p {path}{constraint} .")
    return read("\n".join(lines))


def read(text: str) -> ShapesGraph:
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        path = Path(folder) / "shapes.ttl"
        path.write_text(text)
        return ShapesGraph.read(path)


def store_of(triples: set[Triple]) -> Store:
    store = Store()
    store.load(HIERARCHY.encode(), format=RdfFormat.N_TRIPLES)
    store.extend(Quad(triple.subject, triple.predicate, triple.object, DefaultGraph()) for triple in triples)
    return store


def since(shapes: ShapesGraph, before: set[Triple], after: set[Triple], folder: Path) -> ParentValidation:
    report = run_engine(union_as_n_triples(store_of(before)), shapes, "fast")
    path = folder / "report.ttl"
    path.write_text(join_paragraphs(split_report(report.turtle)))
    difference = GraphDifference(frozenset(after - before), frozenset(before - after))
    return ParentValidation(path, make_conformance(report, "violation"), shapes.digest, difference)


@pytest.mark.parametrize("kind", [*CONSTRAINTS, *NODES])
@settings(max_examples=60, deadline=None)
@given(
    others=st.lists(_kinds, max_size=1),
    targets=st.permutations(TARGETS),
    before=st.sets(_triples, min_size=4, max_size=14),
    toggled=st.sets(_triples, min_size=1, max_size=2),
)
def test_incremental_and_full_validation_agree(kind, others, targets, before, toggled):
    case = (kind, CONSTRAINTS.get(kind) or NODES[kind], kind in CONSTRAINTS)
    shapes = shapes_of(case, *others, targets=tuple(targets))
    after = before ^ toggled
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        known = since(shapes, before, after, Path(folder))
        store = store_of(after)
        partial = validate_change(store, shapes, known, "fast")
        whole = run_engine(union_as_n_triples(store), shapes, "fast")
        assert partial is not None
        assert count_fingerprints(read_report(partial.turtle)) == count_fingerprints(whole.results)
        assert partial.turtle == join_paragraphs(split_report(whole.turtle))
        assert partial.severities == Counter(result.severity for result in whole.results)


@pytest.mark.parametrize("kind", [*CONSTRAINTS, *NODES])
def test_each_kind_of_shape_is_validated_incrementally(kind):
    case = (kind, CONSTRAINTS.get(kind) or NODES[kind], kind in CONSTRAINTS)
    assert len(find_shape_dependencies(shapes_of(case, targets=TARGETS))) == 1


def test_the_shipped_shapes_can_be_validated_incrementally():
    assert len(find_shape_dependencies(ShapesGraph.read(get_shipped_path("shapes")))) > 50


@pytest.mark.parametrize(
    "shape",
    [
        "sh:property [ sh:path ex:p ; sh:property [ sh:path ex:q ; sh:minCount 1 ] ]",
        "sh:node ex:S",
        "sh:property [ sh:path ex:p ; sh:expression ex:x ]",
        "sh:property [ sh:path ex:p ; sh:qualifiedValueShape ex:Inner ; sh:qualifiedMinCount 1 ;"
        " sh:qualifiedValueShapesDisjoint true ]",
        *(
            asks(query)
            for query in (
                "$this { $this <urn:p> ?x . ?y <urn:q> ?z }",
                "$this { { SELECT $this ?x { $this <urn:p> ?x } } $this <urn:p> ?x }",
                "$this { $this <urn:p> ?x OPTIONAL { $this <urn:q> ?y OPTIONAL { ?x <urn:q> ?z } } }",
                "$this { $this <urn:p> ?x MINUS { $this <urn:q> ?x } }",
                "$this { OPTIONAL { $this <urn:p> ?x } ?x <urn:q> ?y }",
                "$this { $this <urn:p> ?x } LIMIT 1",
                "$this { <urn:a> <urn:p> <urn:b> . $this <urn:p> ?x }",
                "$this { $this $PATH ?x }",
            )
        ),
    ],
)
def test_unsupported_shapes_are_validated_fully(shape, tmp_path):
    shapes = read(f"{PREFIXES}{HELPERS} ex:S a sh:NodeShape ; sh:targetClass ex:C ; {shape} .")
    with pytest.raises(UnsupportedShapeError):
        find_shape_dependencies(shapes)
    difference = GraphDifference(frozenset(), frozenset())
    known = ParentValidation(
        tmp_path / "absent", make_conformance(run_engine("", read(""), "fast"), "info"), shapes.digest, difference
    )
    assert validate_change(Store(), shapes, known, "fast") is None


def test_a_changed_hierarchy_or_a_blank_focus_node_is_validated_fully(tmp_path):
    shapes = shapes_of(("count", CONSTRAINTS["count"], True), targets=TARGETS)
    above = Triple(NamedNode("urn:E"), NamedNode("http://www.w3.org/2000/01/rdf-schema#subClassOf"), NamedNode("urn:C"))
    blank = Triple(BlankNode("b"), _type, NamedNode("urn:C"))
    known = Triple(NamedNode("urn:a"), _type, NamedNode("urn:C"))
    for before, after in ((set(), {above}), (set(), {blank}), ({blank}, {blank, known})):
        assert validate_change(store_of(after), shapes, since(shapes, before, after, tmp_path), "fast") is None
    assert validate_change(store_of({known}), shapes, since(shapes, set(), {known}, tmp_path), "fast") is not None


def test_other_shapes_or_another_engine_are_validated_fully(tmp_path):
    one, other = (shapes_of((kind, CONSTRAINTS[kind], True), targets=TARGETS) for kind in ("count", "class"))
    triple = Triple(NamedNode("urn:a"), _type, NamedNode("urn:C"))
    known = since(one, set(), {triple}, tmp_path)
    assert validate_change(store_of({triple}), one, known, "fast") is not None
    assert validate_change(store_of({triple}), other, known, "fast") is None
    assert validate_change(store_of({triple}), one, known, "reference") is None
