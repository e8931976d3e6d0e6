"""Tests that the published context is valid JSON-LD and names each term of the ontology once."""

from __future__ import annotations

import json

import pyoxigraph as ox
import rdflib

from jwpgraph.linked_data.documents import read_ontology_quads
from jwpgraph.linked_data.json_ld_context import (
    compact_iri,
    find_property_iri,
    get_class_terms,
    get_property_terms,
    make_context,
)
from jwpgraph.vocabulary import ID, JWP, PREFIXES, expand_name

_OWL, XSD = PREFIXES["owl"], PREFIXES["xsd"]
_PROPERTIES = {_OWL + name for name in ("ObjectProperty", "DatatypeProperty", "AnnotationProperty")}


def _terms(kinds: set[str]) -> set[str]:
    quads = [quad for quad in read_ontology_quads() if quad.predicate.value == PREFIXES["rdf"] + "type"]
    return {quad.subject.value for quad in quads if quad.subject.value.startswith(JWP) and quad.object.value in kinds}


def test_every_property_and_class_of_the_ontology_has_a_name() -> None:
    properties, classes = _terms(_PROPERTIES), _terms({_OWL + "Class"})
    assert len(properties) > 50
    assert properties <= get_property_terms().keys()
    assert classes <= get_class_terms().keys()


def test_every_name_of_ours_is_a_term_of_the_ontology() -> None:
    defined = _terms(_PROPERTIES | {_OWL + "Class"})
    named = {iri for iri in (*get_property_terms(), *get_class_terms()) if iri.startswith(JWP)}
    assert named - defined == set()


def test_no_name_is_used_twice() -> None:
    names = [term.name for term in get_property_terms().values()] + list(get_class_terms().values())
    assert len(names) == len(set(names))


def test_names_lead_back_to_their_properties() -> None:
    assert all(find_property_iri(term.name) == iri for iri, term in get_property_terms().items())
    assert find_property_iri("skos:altLabel") == expand_name("skos:altLabel")
    assert find_property_iri("nonsense") is None


def test_prefixed_names_are_only_made_where_they_can_be_read_back() -> None:
    assert compact_iri(expand_name("skos:broader")) == "skos:broader"
    assert compact_iri("https://w3id.org/jwpgraph/id/body/iccwc") == "https://w3id.org/jwpgraph/id/body/iccwc"
    assert compact_iri("https://elsewhere.example/x") == "https://elsewhere.example/x"


def test_the_published_context_gives_names_their_meaning(client) -> None:
    answer = client.get("/context.jsonld")
    assert answer.headers["content-type"] == "application/ld+json"
    assert answer.json() == make_context()
    document = answer.json() | {
        "id": "urn:x",
        "type": "Activity",
        "bodies": ["urn:y"],
        "scheduled_year": "2017",
        "limit": 5,
    }
    graph = rdflib.Graph().parse(data=json.dumps(document), format="json-ld")
    subject = rdflib.URIRef("urn:x")
    assert set(graph) == {
        (subject, rdflib.RDF.type, rdflib.URIRef(JWP + "Activity")),
        (subject, rdflib.URIRef(JWP + "involvesBody"), rdflib.URIRef("urn:y")),
        (subject, rdflib.URIRef(JWP + "scheduledYear"), rdflib.Literal("2017", datatype=rdflib.XSD.gYear)),
    }


def test_dates_and_numbers_are_strings_of_a_known_datatype(shipped_store: ox.Store) -> None:
    """Dates are strings with a format, not objects with a value and a type."""
    typed = {XSD + name for name in ("date", "dateTime", "gYear", "gYearMonth", "decimal", "duration")}
    used = {
        quad.predicate.value
        for quad in shipped_store
        if isinstance(quad.object, ox.Literal) and quad.object.datatype.value in typed
    }
    recorded = {JWP + name for name in ("dueOn", "givenOn", "judgedOn", "fundingYear", "amount")}
    terms = get_property_terms()
    without = {iri for iri in used | recorded if iri.startswith(JWP) and not (iri in terms and terms[iri].datatype)}
    assert without == set()


def test_expanded_documents_say_what_turtle_says(client, shipped_store: ox.Store) -> None:
    """One entity of each class; names of blank nodes make no difference."""
    of_class: dict[str, str] = {}
    for quad in shipped_store.quads_for_pattern(None, ox.NamedNode(PREFIXES["rdf"] + "type"), None, None):
        if isinstance(quad.subject, ox.NamedNode) and quad.subject.value.startswith(ID):
            path = quad.subject.value.removeprefix(ID)
            of_class[quad.object.value] = min(path, of_class.get(quad.object.value, path))
    found = set(of_class.values())
    assert len(found) > 70

    def read(text: str, format_: ox.RdfFormat) -> ox.Dataset:
        dataset = ox.Dataset(ox.parse(text, format=format_))
        dataset.canonicalize(ox.CanonicalizationAlgorithm.RDFC_1_0_SHA_256)
        return dataset

    expanded = 'application/ld+json;profile="http://www.w3.org/ns/json-ld#expanded"'
    for path in sorted(found):
        turtle = client.get(f"/data/{path}", accept="text/turtle").text
        json_ld = client.get(f"/data/{path}", accept=expanded).text
        assert read(json_ld, ox.RdfFormat.JSON_LD) == read(turtle, ox.RdfFormat.TURTLE), path
