"""Ill-formed paths, lists and values of parameters of shapes (SHACL, sections 1.3, 2.1, 2.3.1 and 4)."""

from __future__ import annotations

import pytest
from pyoxigraph import RdfFormat, parse, serialize

from jwpgraph.problems import ProblemError
from jwpgraph.releases.gate import ShapesGraph

PREFIXES = """
@prefix sh: <http://www.w3.org/ns/shacl#> .
@prefix rdf: <http://www.w3.org/1999/02/22-rdf-syntax-ns#> .
@prefix xsd: <http://www.w3.org/2001/XMLSchema#> .
@prefix ex: <urn:ex:> .
"""
#: Values of sh:path, with further triples, and a part of the message.
PATHS = [
    ("[ sh:alternativePath () ]", "at least two"),
    ("[ sh:zeroOrMorePath [ sh:alternativePath () ] ]", "at least two"),
    ("[ sh:alternativePath ( ex:p ) ]", "at least two"),
    ("( ex:p )", "at least two"),
    ("( ex:p [ sh:inversePath ( ex:q ) ] )", "at least two"),
    ("_:x . _:x sh:inversePath _:x", "contains itself"),
    ("_:x . _:x sh:zeroOrMorePath [ sh:inversePath _:x ]", "contains itself"),
    ("_:x . _:x rdf:first ex:p ; rdf:rest _:x", "contains itself"),
    ("_:x . _:x rdf:first _:x ; rdf:rest ( ex:p )", "contains itself"),
    ("_:x . _:x rdf:first ex:p ; rdf:rest ex:q", "rdf:nil"),
    ("_:x . _:x rdf:first ex:p , ex:q ; rdf:rest ( ex:r )", "one rdf:first"),
    ("[ sh:inversePath ex:p , ex:q ]", "once and with nothing else"),
    ("[ sh:inversePath ex:p ; sh:zeroOrMorePath ex:q ]", "once and with nothing else"),
    ("[ sh:negatedPath ex:p ]", "once and with nothing else"),
    ("[]", "once and with nothing else"),
    ('"p"', "no path"),
    ('[ sh:oneOrMorePath "p" ]', "no path"),
    ("ex:p , ex:q", "one path, not 2"),
    ("[ sh:inversePath " * 60 + "ex:p" + " ]" * 60, "deep"),
    (
        "_:x20 . _:x0 sh:inversePath ex:p . "
        + " . ".join(f"_:x{n} rdf:first _:x{n - 1} ; rdf:rest ( _:x{n - 1} )" for n in range(1, 21)),
        "steps",
    ),
]
#: Parameters of ex:S with values, and a part of the message.
VALUES = [
    ("sh:property 'p'", 'sh:property: "p" is no shape'),
    ("sh:node 5", "is no shape"),
    ("sh:not 'x'", "is no shape"),
    ("sh:or ( ex:T 1 )", "is no shape"),
    ("sh:minCount 1", "sh:minCount: a shape without sh:path cannot have it"),
    ("sh:uniqueLang true", "a shape without sh:path cannot have it"),
    ("sh:property [ sh:path ex:p ; sh:minCount 1, 2 ]", "sh:minCount: a shape has one value of it at most"),
    ("sh:datatype ex:a, ex:b", "a shape has one value of it at most"),
    ("sh:severity sh:Info, sh:Warning", "a shape has one value of it at most"),
    ("sh:severity 'sh:Info'", 'sh:severity: "sh:Info" is no IRI'),
    ("sh:targetClass 'ex:C'", "is no IRI"),
    ("sh:targetSubjectsOf []", "sh:targetSubjectsOf: a blank node is no IRI"),
    ("sh:class 'ex:C'", "is no IRI"),
    ("sh:deactivated 'true'", 'sh:deactivated: "true" is no literal of the datatype xsd:boolean'),
    ("sh:deactivated 'yes'^^xsd:boolean", "is no literal of the datatype xsd:boolean"),
    ("sh:deactivated '1'^^xsd:boolean", "is neither true nor false"),
    ("sh:deactivated ex:true", "is no literal of the datatype xsd:boolean"),
    ("sh:closed 'true'", "is no literal of the datatype xsd:boolean"),
    ("sh:property [ sh:path ex:p ; sh:uniqueLang 1 ]", "sh:uniqueLang: "),
    ("sh:property [ sh:path ex:p ; sh:maxCount '1' ]", 'sh:maxCount: "1" is no literal of the datatype xsd:integer'),
    ("sh:property [ sh:path ex:p ; sh:minCount '1'^^xsd:int ]", "is no literal of the datatype xsd:integer"),
    ("sh:minLength 1.0", "is no literal of the datatype xsd:integer"),
    ("sh:pattern 'a'@en", "is no literal of the datatype xsd:string"),
]
#: Subqueries of SPARQL constraints that do not return the focus node, and those that do.
WITHOUT_FOCUS = ["{ SELECT ?o { ?o ?p ?z } }", "OPTIONAL { { select (COUNT(?o) as ?n) where { ?o ?p ?z } } }"]
WITH_FOCUS = ["{ SELECT ?o $this { $this ?p ?o } }", "{ SELECT * { ?this ?p ?o } }", "?o ?p 'SELECT ?x {'"]
LISTS = ["in", "languageIn", "ignoredProperties", "and", "or", "xone"]


def read(tmp_path, turtle: str) -> ShapesGraph:
    (tmp_path / "shapes.ttl").write_text(PREFIXES + turtle)
    return ShapesGraph.read(tmp_path / "shapes.ttl")


def refuse(tmp_path, turtle: str) -> str:
    with pytest.raises(ProblemError) as refused:
        read(tmp_path, turtle)
    assert refused.value.slug == "bad-shapes"
    assert "urn:ex:S: " in refused.value.detail
    return refused.value.detail


@pytest.mark.parametrize(("path", "reason"), PATHS, ids=range(len(PATHS)))
def test_an_ill_formed_path_is_refused(tmp_path, path, reason) -> None:
    assert reason in refuse(tmp_path, f"ex:S sh:property _:p . _:p sh:minCount 1 ; sh:path {path} .")


@pytest.mark.parametrize("name", LISTS)
def test_an_ill_formed_list_is_refused(tmp_path, name) -> None:
    cyclic = f"ex:S sh:property [ sh:path ex:p ; sh:{name} _:l ] . _:l rdf:first ex:a ; rdf:rest _:m . "
    assert f"sh:{name}: a list contains itself" in refuse(tmp_path, cyclic + "_:m rdf:first ex:b ; rdf:rest _:l .")
    assert f"sh:{name}: a list needs" in refuse(tmp_path, cyclic)
    assert f"sh:{name}: a list needs" in refuse(tmp_path, f'ex:S sh:{name} "a" .')


@pytest.mark.parametrize(("parameters", "reason"), VALUES)
def test_an_ill_formed_value_is_refused(tmp_path, parameters, reason) -> None:
    assert reason in refuse(tmp_path, f"ex:S a sh:NodeShape ; {parameters} .")


@pytest.mark.parametrize("name", ["select", "ask"])
def test_subqueries_return_the_focus_node(tmp_path, name) -> None:
    """W3C's test unsupported-sparql-004."""
    for pattern in WITHOUT_FOCUS:
        found = refuse(tmp_path, f'ex:S sh:sparql [ sh:{name} """SELECT $this {{ $this ?q ?r {pattern} }}""" ] .')
        assert found.endswith("a subquery must return $this (SHACL, appendix A)")
    for pattern in WITH_FOCUS:
        assert read(tmp_path, f'ex:S sh:sparql [ sh:{name} """SELECT $this {{ $this ?q ?r {pattern} }}""" ] .').text


def test_values_that_may_be_several_are_read(tmp_path) -> None:
    several = """ex:S sh:targetClass ex:A, ex:B ; sh:targetNode 'a', 5, ex:n ; sh:class ex:A, ex:B ;
      sh:not ex:T, [ sh:in () ] ; sh:property [ sh:path ex:p ; sh:hasValue 1, 'b' ; sh:pattern "a", "b" ;
      sh:equals ex:q, ex:r ; sh:message 'a'@en, 'b'@fr ] ."""
    assert read(tmp_path, several).text


def test_well_formed_paths_are_read(tmp_path) -> None:
    paths = [
        "ex:p",
        "[ sh:inversePath ( ex:p ex:q ) ]",
        "[ sh:zeroOrMorePath [ sh:zeroOrOnePath [ sh:alternativePath ( ex:p [ sh:inversePath ex:p ] ) ] ] ]",
        # A list satisfies the rule of sequences whatever else is said of it.
        "[ rdf:first ex:p ; rdf:rest ( ex:q ) ; sh:inversePath ex:r ]",
    ]
    for path in paths:
        assert read(tmp_path, f"ex:S sh:property [ sh:path {path} ; sh:in () ; sh:languageIn ( 'en' ) ] .").text


@pytest.mark.parametrize("suffix", ["ttl", "TTL", "nt", "nq", "trig", "n3", "rdf", "owl", "jsonld"])
def test_shapes_are_read_in_each_format_that_imports_read(tmp_path, suffix) -> None:
    turtle = read(tmp_path, "ex:S a sh:NodeShape ; sh:targetNode ex:a ; sh:nodeKind sh:IRI .")
    triples = [quad.triple for quad in parse(turtle.text, format=RdfFormat.N_TRIPLES)]
    path = tmp_path / "folder" / f"shapes.{suffix}"
    path.parent.mkdir()
    path.write_bytes(serialize(triples, format=RdfFormat.from_extension(suffix.lower().replace("owl", "rdf"))))
    assert sorted(ShapesGraph.read(path).text.splitlines()) == sorted(turtle.text.splitlines())
    if suffix in {"ttl", "nt", "nq", "trig", "rdf", "jsonld"}:
        assert ShapesGraph.read(path.parent).text == ShapesGraph.read(path).text


def test_an_unreadable_file_of_shapes_is_named(tmp_path) -> None:
    (tmp_path / "shapes.rdf").write_text("<rdf:RDF>\n<")
    with pytest.raises(ProblemError, match=r"shapes.rdf, line 1: unbound prefix"):
        ShapesGraph.read(tmp_path / "shapes.rdf")
    (tmp_path / "shapes.jsonld").write_text('{"@context": "https://schema.org/", "name": "x"}')
    with pytest.raises(ProblemError, match=r"shapes.jsonld: a remote @context is not fetched"):
        ShapesGraph.read(tmp_path / "shapes.jsonld")
