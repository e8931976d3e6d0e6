"""OWL 2 RL: the ontology, the schemes and the data contradict nothing, and entail no more than they should."""

from __future__ import annotations

from pathlib import Path

import owlrl
import pytest
from pyoxigraph import DefaultGraph, NamedNode, Quad, RdfFormat, Store, parse
from rdflib import OWL, RDF, RDFS, Graph, Namespace, URIRef
from sampling import two_of_each_kind

JWP = Namespace("https://w3id.org/jwpgraph/ontology#")
ERROR = URIRef("http://www.daml.org/2002/03/agents/agent-ont#error")
PREFIXES = f"""
@prefix jwp: <{JWP}> . @prefix owl: <{OWL}> . @prefix prov: <http://www.w3.org/ns/prov#> . @prefix : <urn:test:> .
"""
#: Triples of a source from which on it is not read as a whole.
_LONG = 1_000
#: Properties of RDFS that carry no meaning for a reasoner; the declared annotation properties join them.
PROSE = (RDFS.label, RDFS.comment, RDFS.isDefinedBy, RDFS.seeAlso)


def close(graph: Graph) -> Graph:
    """The deductive closure of a graph under the OWL 2 RL rules.

    Annotations are left out: no rule reads them, and without them the closure takes a fraction of the time.
    """
    annotations = {*PROSE, *graph.subjects(RDF.type, OWL.AnnotationProperty)}
    closure = Graph()
    for triple in graph:
        if triple[1] not in annotations:
            closure.add(triple)
    owlrl.DeductiveClosure(owlrl.OWLRL_Semantics).expand(closure)
    return closure


def contradictions(closure: Graph) -> list[str]:
    """What makes a closed graph inconsistent, and which things it takes for one and the same."""
    found = [str(message) for message in closure.objects(None, ERROR)]
    found += [f"{thing} is an owl:Nothing" for thing in closure.subjects(RDF.type, OWL.Nothing)]
    found += [
        f"{one} and {other} are taken for the same thing"
        for one, other in closure.subject_objects(OWL.sameAs)
        if isinstance(one, URIRef) and one != other and str(one).startswith("https://w3id.org/jwpgraph/")
    ]
    return sorted(found)


def with_turtle(base: Graph, turtle: str) -> Graph:
    """A graph with a few statements more."""
    return base + Graph().parse(data=PREFIXES + turtle, format="turtle")


@pytest.fixture(scope="module")
def union(source_files: list[Path]) -> Graph:
    """All sources; of a long one two entities of each kind, with the classes of the entities that these link to.

    The many species are left out; they say the same kinds of things as the taxa of the species groups.
    """
    sample, classes = Store(), Store()
    for path in source_files:
        if path.parent.name == "species":
            continue
        triples = [quad.triple for quad in parse(path=path, format=RdfFormat.TURTLE)]
        chosen = set(two_of_each_kind(triples))
        sample.extend(
            Quad(*triple)
            for triple in triples
            if len(triples) < _LONG or path.parent.name == "ontology" or triple.subject.value in chosen
        )
        classes.extend(Quad(*triple) for triple in triples if triple.predicate.value == str(RDF.type))
    linked = {quad.object for quad in sample if isinstance(quad.object, NamedNode)}
    sample.extend(quad for entity in linked for quad in classes.quads_for_pattern(entity, None, None))
    return Graph().parse(data=sample.dump(format=RdfFormat.N_TRIPLES, from_graph=DefaultGraph()), format="nt")


@pytest.fixture(scope="module")
def closure(union: Graph) -> Graph:
    """The closure of what is shipped."""
    return close(union)


def test_what_is_shipped_is_consistent(closure: Graph) -> None:
    assert not contradictions(closure)


def test_the_ontology_alone_is_consistent(ontology: Graph) -> None:
    assert not contradictions(close(ontology))


@pytest.mark.parametrize(
    ("planted", "message"),
    [
        (":x a jwp:Activity, jwp:ActivityPart .", "Disjoint classes"),
        (":x a jwp:Programme, jwp:Body .", "Disjoint classes"),
        (":x a jwp:Country, jwp:Region .", "Disjoint classes"),
        (":x a jwp:Activity, prov:Activity .", "Disjoint classes"),
        (":a jwp:involvesBody :x . :x a jwp:Tool .", "Disjoint classes"),
        (":a jwp:actionType :x . :x a jwp:Topic .", "Disjoint classes"),
        (":x a jwp:Convention . :a jwp:involvesProgramme :x .", "Disjoint classes"),
        (":mikes jwp:buildsOn :mikes .", "Irreflexive"),
        (":a jwp:templateSiblingOf :a .", "Irreflexive"),
        (":a jwp:subordinateTo :b . :b jwp:subordinateTo :a .", "symmetric"),
        (":mike owl:sameAs :mikes ; owl:differentFrom :mikes .", "differentFrom"),
        (":x a owl:Nothing .", "Nothing"),
        (
            "<https://w3id.org/jwpgraph/id/taxon/cms/a> owl:sameAs <https://w3id.org/jwpgraph/id/taxon/cites/a> .",
            "taken for the same thing",
        ),
    ],
)
def test_a_planted_contradiction_is_found(ontology: Graph, planted: str, message: str) -> None:
    found = contradictions(close(with_turtle(ontology, planted)))
    assert any(message in line for line in found), found


def links(graph: Graph) -> set[tuple[URIRef, URIRef]]:
    """Which activities and parts involve what, by whatever property says so."""
    properties = [JWP.involves, *graph.subjects(RDFS.subPropertyOf, JWP.involves)]
    return {pair for term in properties for pair in graph.subject_objects(term)}


def test_no_inference_makes_an_activity_involve_what_its_text_does_not_name(union: Graph, closure: Graph) -> None:
    assert links(union)
    assert links(closure) == links(union)


def test_neither_siblings_nor_predecessors_pass_anything_on(ontology: Graph) -> None:
    closure = close(
        with_turtle(
            ontology,
            """:b11 jwp:involvesProgramme :mike ; jwp:speciesGroup :elephant ; jwp:hasPart :part .
               :b16 jwp:involvesProgramme :mikes ; jwp:templateSiblingOf :b11 .
               :part jwp:involvesBody :fao . :mikes jwp:buildsOn :mike ; jwp:parentConvention :cites .""",
        )
    )
    name = Namespace("urn:test:")
    assert (name.b11, JWP.templateSiblingOf, name.b16) in closure
    assert {*closure.objects(name.b16, JWP.involves)} == {name.mikes}
    assert {*closure.objects(name.b11, JWP.involves)} == {name.mike}
    assert not list(closure.objects(name.b16, JWP.speciesGroup))
    assert not list(closure.objects(name.mike, JWP.parentConvention))


def test_what_should_be_inferred_is(ontology: Graph) -> None:
    closure = close(
        with_turtle(
            ontology,
            """:b15 jwp:speciesGroup :saker ; jwp:involvesInstrument :sakergap ; jwp:aimedAt :parties .
               :saker jwp:includesTaxon :falco . :d2 jwp:hasPart :part .""",
        )
    )
    name, dcterms = Namespace("urn:test:"), Namespace("http://purl.org/dc/terms/")
    for expected in (
        (name.b15, JWP.concernsTaxon, name.falco),
        (name.falco, JWP.concernedBy, name.b15),
        (name.b15, JWP.involves, name.sakergap),
        (name.sakergap, JWP.involvedIn, name.b15),
        (name.sakergap, JWP.instrumentInvolvedIn, name.b15),
        (name.b15, dcterms.audience, name.parties),
        (name.d2, dcterms.hasPart, name.part),
    ):
        assert expected in closure, expected
