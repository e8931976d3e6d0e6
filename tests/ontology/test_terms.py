"""The terms: all that are used are defined, all that are defined are explained, and none is used as what it is not."""

from __future__ import annotations

import re
from collections import defaultdict
from pathlib import Path

import pytest
from rdflib import DCTERMS, OWL, RDF, RDFS, SKOS, XSD, BNode, Graph, Literal, Namespace, URIRef

JWP = Namespace("https://w3id.org/jwpgraph/ontology#")
SCHEMA = Namespace("https://schema.org/")
ONTOLOGY = URIRef("https://w3id.org/jwpgraph/ontology")

#: A term in Turtle, SPARQL, Markdown or a query inside Python: jwp:name, or the whole IRI.
MENTION = re.compile(r"(?:(?<![\w-])jwp:|https://w3id\.org/jwpgraph/ontology#)([A-Za-z]\w*)")

PROPERTY_TYPES = (OWL.ObjectProperty, OWL.DatatypeProperty, OWL.AnnotationProperty)


def mentions(text: str) -> set[str]:
    """The local names of the ontology's terms that a text mentions."""
    return set(MENTION.findall(text))


def defined_terms(ontology: Graph) -> set[str]:
    """The local names that the ontology gives a type."""
    return {str(term).removeprefix(JWP) for term in ontology.subjects(RDF.type) if str(term).startswith(JWP)}


def property_kind(ontology: Graph, term: URIRef) -> set[URIRef]:
    """Which of the three kinds of property the ontology declares a term to be."""
    return {kind for kind in PROPERTY_TYPES if (term, RDF.type, kind) in ontology}


def term_files(root: Path) -> list[Path]:
    """Everything in the project that is written in the ontology's terms."""
    patterns = ("ontology/**/*.ttl", "shapes/**/*.ttl", "data/ttl/**/*.ttl", "queries/**/*.rq", "docs/model.md")
    patterns += ("docs/ontology.md", "src/jwpgraph/**/*.py")
    return sorted(path for pattern in patterns for path in root.glob(pattern))


def test_every_term_that_is_used_is_defined(root: Path, ontology: Graph) -> None:
    defined = defined_terms(ontology)
    undefined = defaultdict(list)
    for path in term_files(root):
        for name in sorted(mentions(path.read_text()) - defined):
            undefined[str(path.relative_to(root))].append(f"jwp:{name}")
    assert not undefined, dict(undefined)


def test_mentions_are_found_in_every_notation() -> None:
    text = """?a jwp:theme ?t ; <https://w3id.org/jwpgraph/ontology#heading> ?h . # (jwp:topic|^jwp:topicOf)*
              @prefix jwp: <https://w3id.org/jwpgraph/ontology#> . xjwp:no f"jwp:{name}" """
    assert mentions(text) == {"theme", "heading", "topic", "topicOf"}


def test_every_defined_term_is_explained(ontology: Graph) -> None:
    faults = []
    for name in sorted(defined_terms(ontology)):
        term = JWP[name]
        if (term, RDFS.isDefinedBy, ONTOLOGY) not in ontology:
            faults.append(f"jwp:{name} lacks rdfs:isDefinedBy")
        for predicate in (RDFS.label, SKOS.definition):
            english = [text for text in ontology.objects(term, predicate) if text.language == "en"]
            if len(english) != 1 or not english[0].strip():
                faults.append(f"jwp:{name} has {len(english)} values of {predicate.n3(ontology.namespace_manager)}@en")
        languages = sorted(str(label.language) for label in ontology.objects(term, RDFS.label))
        if languages != ["en", "es", "fr"]:
            faults.append(f"jwp:{name} has labels in {languages}")
    assert not faults


def test_labels_tell_terms_of_one_kind_apart(ontology: Graph) -> None:
    by_label = defaultdict(set)
    for name in defined_terms(ontology):
        kind = "class" if (JWP[name], RDF.type, OWL.Class) in ontology else "property"
        for label in ontology.objects(JWP[name], RDFS.label):
            by_label[kind, label].add(name)
    assert not {label: names for label, names in by_label.items() if len(names) > 1}


def test_names_follow_the_custom(ontology: Graph) -> None:
    odd = [
        name
        for name in defined_terms(ontology)
        if name[0].isupper() != ((JWP[name], RDF.type, OWL.Class) in ontology) or "_" in name
    ]
    assert not odd


def test_the_ontology_says_what_it_is(ontology: Graph) -> None:
    dcterms = Namespace("http://purl.org/dc/terms/")
    for predicate in (dcterms.title, dcterms.description, dcterms.created, dcterms.license, OWL.versionIRI):
        assert (ONTOLOGY, predicate, None) in ontology, predicate
    assert isinstance(ontology.value(ONTOLOGY, dcterms.license), URIRef)
    assert str(ontology.value(ONTOLOGY, OWL.versionIRI)).startswith(f"{ONTOLOGY}/")


def test_the_file_stands_alone(ontology: Graph) -> None:
    assert not list(ontology.objects(None, OWL.imports))
    referring = (RDFS.subClassOf, RDFS.subPropertyOf, OWL.inverseOf, OWL.disjointWith, RDFS.range, RDFS.domain)
    referring += (SCHEMA.domainIncludes, SCHEMA.rangeIncludes)
    builtin = (str(OWL), str(RDFS), str(RDF), "http://www.w3.org/2001/XMLSchema#")
    undeclared = {
        term
        for predicate in referring
        for term in ontology.objects(None, predicate)
        if (term, RDF.type, None) not in ontology and not str(term).startswith(builtin)
    }
    assert not undeclared


def test_every_property_is_of_one_kind_and_so_are_those_above_it(ontology: Graph) -> None:
    faults = []
    for kind in PROPERTY_TYPES:
        for term in ontology.subjects(RDF.type, kind):
            if property_kind(ontology, term) != {kind}:
                faults.append(f"{term} is of two kinds")
            for above in ontology.objects(term, RDFS.subPropertyOf):
                if property_kind(ontology, above) != {kind}:
                    faults.append(f"{term} and {above} above it are of different kinds")
    for left, right in ontology.subject_objects(OWL.inverseOf):
        if any(property_kind(ontology, term) != {OWL.ObjectProperty} for term in (left, right)):
            faults.append(f"{left} and its inverse {right} are not both object properties")
    assert not faults


def test_an_inverse_is_stated_once_and_mirrors_its_property(ontology: Graph) -> None:
    faults = []
    for inverse, term in ontology.subject_objects(OWL.inverseOf):
        if (term, OWL.inverseOf, inverse) in ontology:
            faults.append(f"{term} and {inverse} each state the other")
        if not (str(term).startswith(JWP) and str(inverse).startswith(JWP)):
            continue
        uses = {*ontology.objects(term, SCHEMA.domainIncludes)}
        values = {*ontology.objects(term, SCHEMA.rangeIncludes), *ontology.objects(term, RDFS.range)}
        if uses != {*ontology.objects(inverse, SCHEMA.rangeIncludes)}:
            faults.append(f"{inverse} does not lead to where {term} starts")
        if values != {*ontology.objects(inverse, SCHEMA.domainIncludes)}:
            faults.append(f"{inverse} does not start where {term} leads")
    assert not faults


def test_properties_let_nobody_conclude_a_type_from_their_subject(ontology: Graph) -> None:
    assert not list(ontology.subject_objects(RDFS.domain))
    undocumented = [
        name
        for name in defined_terms(ontology)
        if property_kind(ontology, JWP[name]) and (JWP[name], SCHEMA.domainIncludes, None) not in ontology
    ]
    assert not undocumented


def test_every_borrowed_term_in_the_data_is_declared(ontology: Graph, union: Graph) -> None:
    core = (str(OWL), str(RDFS), str(RDF))
    used = {*union.predicates(), *union.objects(None, RDF.type)}
    undeclared = {term for term in used if (term, RDF.type, None) not in ontology and not str(term).startswith(core)}
    assert not undeclared, "misspelt, or to be declared at the end of ontology/jwp.ttl"


def misuses(ontology: Graph, graph: Graph) -> list[str]:
    """Where a graph uses a class as a property, or a property with the wrong kind of value."""
    faults = []
    for subject, predicate, value in graph:
        kinds = property_kind(ontology, predicate)
        if predicate == RDF.type and str(value).startswith(JWP) and (value, RDF.type, OWL.Class) not in ontology:
            faults.append(f"{subject} has the type {value}, which is no class")
        elif str(predicate).startswith(JWP) and not kinds:
            faults.append(f"{subject} uses {predicate}, which is no property")
        elif kinds == {OWL.ObjectProperty} and isinstance(value, Literal):
            faults.append(f"{subject} {predicate} leads to the literal {value!r}")
        elif kinds == {OWL.DatatypeProperty} and not isinstance(value, Literal):
            faults.append(f"{subject} {predicate} leads to {value}, which is no literal")
    return sorted(faults)


def test_the_data_uses_each_term_as_what_it_is(ontology: Graph, union: Graph) -> None:
    assert not misuses(ontology, union)


@pytest.mark.parametrize(
    "statement",
    ["a jwp:theme", 'jwp:theme "B"', "jwp:bullet jwp:Theme", "jwp:Theme jwp:Heading"],
)
def test_a_misuse_is_found(ontology: Graph, statement: str) -> None:
    planted = Graph().parse(data=f"@prefix jwp: <{JWP}> . <urn:a> {statement} .", format="turtle")
    assert len(misuses(ontology, planted)) == 1


#: OWL 2's datatype map (Structural Specification, section 4), and rdfs:Literal.
DATATYPE_MAP = {
    *("owl:real", "owl:rational", "xsd:decimal", "xsd:integer", "xsd:nonNegativeInteger", "xsd:nonPositiveInteger"),
    *("xsd:positiveInteger", "xsd:negativeInteger", "xsd:long", "xsd:int", "xsd:short", "xsd:byte", "xsd:unsignedLong"),
    *("xsd:unsignedInt", "xsd:unsignedShort", "xsd:unsignedByte", "xsd:double", "xsd:float", "xsd:string"),
    *("xsd:normalizedString", "xsd:token", "xsd:language", "xsd:Name", "xsd:NCName", "xsd:NMTOKEN", "xsd:boolean"),
    *("xsd:hexBinary", "xsd:base64Binary", "xsd:anyURI", "xsd:dateTime", "xsd:dateTimeStamp", "rdf:PlainLiteral"),
    *("rdf:XMLLiteral", "rdf:langString", "rdfs:Literal"),
}


def test_ranges_are_classes_or_datatypes_of_owl_2_dl(ontology: Graph) -> None:
    known = {ontology.namespace_manager.expand_curie(name) for name in DATATYPE_MAP}
    ranges = {value for value in ontology.objects(None, RDFS.range) if not isinstance(value, BNode)}
    datatypes = {value for value in ranges if str(value).startswith(str(XSD)) or value == RDFS.Literal}
    assert datatypes
    assert datatypes <= known
    for prop in ontology.subjects(RDF.type, OWL.DatatypeProperty):
        assert set(ontology.objects(prop, RDFS.range)) <= known, prop


def test_the_ontology_says_who_made_it_when_and_how_to_cite_it(ontology: Graph) -> None:
    vann, bibo = Namespace("http://purl.org/vocab/vann/"), Namespace("http://purl.org/ontology/bibo/")
    assert str(ontology.value(ONTOLOGY, vann.preferredNamespacePrefix)) == "jwp"
    assert str(ontology.value(ONTOLOGY, vann.preferredNamespaceUri)) == str(JWP)
    for term in (DCTERMS.creator, DCTERMS.publisher, DCTERMS.created, DCTERMS.modified, DCTERMS.license, bibo.status):
        assert ontology.value(ONTOLOGY, term) is not None, term
    version = str(ontology.value(ONTOLOGY, OWL.versionInfo))
    assert version in str(ontology.value(ONTOLOGY, DCTERMS.bibliographicCitation))
    for term in ontology.predicates(ONTOLOGY):
        assert not str(term).startswith((str(DCTERMS), str(vann), str(bibo))) or property_kind(ontology, term)
