"""Tests of the shapes as a catalogue: named, described, graded, broken by an example, covering all classes."""

from __future__ import annotations

import re

import pyoxigraph as ox
import pytest

from jwpgraph.shipped_files import list_shipped_sources
from jwpgraph.vocabulary import JWP, PREFIXES, SHAPES

_SH, _RDF, _OWL = (ox.NamedNode(PREFIXES[name]).value for name in ("sh", "rdf", "owl"))
_PROLOGUE = "".join(f"PREFIX {name}: <{iri}>\n" for name, iri in PREFIXES.items())


def ask(store: ox.Store, query: str) -> list[str]:
    solutions = store.query(_PROLOGUE + query)
    assert isinstance(solutions, ox.QuerySolutions)
    return sorted(str(solution[0]) for solution in solutions)


@pytest.fixture(scope="module")
def ontology() -> ox.Store:
    store = ox.Store()
    for graph, path in list_shipped_sources():
        if "/graph/ontology/" in graph:
            store.load(path=path, format=ox.RdfFormat.TURTLE)
    return store


def reporting(shapes_graph: ox.Store) -> set[str]:
    """Return the shapes that can be the source of a result, without helpers within sh:or, sh:not and similar."""
    shapes = ask(shapes_graph, "SELECT DISTINCT ?s { { ?s a sh:NodeShape } UNION { ?s a sh:PropertyShape } }")
    helpers = ask(
        shapes_graph,
        "SELECT DISTINCT ?s { { ?x sh:not|sh:qualifiedValueShape|sh:node ?s } UNION { ?x sh:or|sh:and|sh:xone ?l . "
        "?l rdf:rest*/rdf:first ?s } }",
    )
    grouping = ask(
        shapes_graph,
        "SELECT DISTINCT ?s { ?s a sh:NodeShape ; sh:property ?p "
        "FILTER NOT EXISTS { ?s sh:sparql|sh:or|sh:xone|sh:not|sh:class|sh:datatype|sh:languageIn ?constraint } }",
    )
    return set(shapes) - set(helpers) - set(grouping)


def test_every_shape_is_broken_by_a_datum(shapes_graph, all_broken) -> None:
    broken = {f"<{SHAPES}{one.shape}>" for one in all_broken}
    assert reporting(shapes_graph) - broken == set()
    assert broken - reporting(shapes_graph) == set()


def test_every_sparql_constraint_is_broken_by_a_datum(shapes_graph, all_broken) -> None:
    tested = {f"<{SHAPES}{one.shape}-sparql>" for one in all_broken if "SPARQL" in one.component}
    constraints = set(ask(shapes_graph, "SELECT ?c { ?c a sh:SPARQLConstraint }"))
    assert constraints == tested
    assert len(constraints) >= 30


def test_every_constraint_of_a_shape_is_broken_by_a_datum(shapes_graph, all_broken) -> None:
    """Each parameter of a reporting shape (sh:minCount, sh:class …) has its own example."""
    components = {
        "maxCount": "MaxCount",
        "minCount": "MinCount",
        "class": "Class",
        "datatype": "Datatype",
        "pattern": "Pattern",
        "disjoint": "Disjoint",
        "languageIn": "LanguageIn",
        "lessThan": "LessThan",
        "maxInclusive": "MaxInclusive",
        "minInclusive": "MinInclusive",
        "nodeKind": "NodeKind",
        "not": "Not",
        "or": "Or",
        "qualifiedMaxCount": "QualifiedMaxCount",
        "qualifiedMinCount": "QualifiedMinCount",
        "sparql": "SPARQL",
        "uniqueLang": "UniqueLang",
        "xone": "Xone",
    }
    tested = {(f"<{SHAPES}{one.shape}>", one.component) for one in all_broken}
    for parameter, component in components.items():
        users = set(ask(shapes_graph, f"SELECT ?s {{ ?s sh:{parameter} ?value }}")) & reporting(shapes_graph)
        assert users, parameter
        iri = f"<{PREFIXES['sh']}{component}ConstraintComponent>"
        assert {user for user in users if (user, iri) not in tested} == set(), parameter


def test_every_shape_has_an_iri_of_ours(shapes_graph) -> None:
    shapes = ask(
        shapes_graph,
        "SELECT DISTINCT ?s { { ?s sh:path ?p } UNION { ?s a sh:NodeShape } UNION { ?n sh:property|sh:sparql ?s } }",
    )
    assert len(shapes) > 200
    assert all(shape.startswith(f"<{SHAPES}") for shape in shapes)


@pytest.mark.parametrize("term", ["name", "description"])
def test_every_shape_is_explained_in_english(term: str, shapes_graph) -> None:
    missing = ask(
        shapes_graph,
        "SELECT DISTINCT ?s { { ?s a sh:NodeShape } UNION { ?s a sh:PropertyShape } "
        f'FILTER NOT EXISTS {{ ?s sh:{term} ?text FILTER (LANG(?text) = "en") }} }}',
    )
    assert missing == []


def test_every_result_has_a_severity_and_a_message(shapes_graph) -> None:
    levels = "sh:Violation, sh:Warning, sh:Info"
    graded = set(ask(shapes_graph, f"SELECT ?s {{ ?s sh:severity ?level FILTER (?level IN ({levels})) }}"))
    told = set(ask(shapes_graph, 'SELECT ?s { ?s sh:message|(sh:sparql/sh:message) ?m FILTER (LANG(?m) = "en") }'))
    assert reporting(shapes_graph) - graded == set()
    assert reporting(shapes_graph) - told == set()


@pytest.mark.parametrize("term", ["name", "description", "message"])
@pytest.mark.parametrize("language", ["fr", "es"])
def test_texts_are_translated(language: str, term: str, shapes_graph) -> None:
    missing = ask(
        shapes_graph,
        f"SELECT DISTINCT ?s {{ ?s sh:{term} ?any "
        f'FILTER NOT EXISTS {{ ?s sh:{term} ?text FILTER (LANG(?text) = "{language}") }} }}',
    )
    assert missing == []


@pytest.mark.parametrize("language", ["fr", "es"])
def test_translated_messages_name_the_same_terms(language: str, shapes_graph) -> None:
    """Variables of queries and names of terms, such as ``{?value}`` and ``jwp:theme``, are not translated."""
    term = re.compile(r"\{\?\w+\}|\b[a-z]+:[A-Za-z-]+")
    rows = shapes_graph.query(
        "PREFIX sh: <http://www.w3.org/ns/shacl#> SELECT ?en ?other { ?s sh:message ?en, ?other "
        f'FILTER (LANG(?en) = "en" && LANG(?other) = "{language}") }}'
    )
    pairs = [(row["en"].value, row["other"].value) for row in rows]
    assert len(pairs) > 300
    assert [pair for pair in pairs if sorted(term.findall(pair[0])) != sorted(term.findall(pair[1]))] == []


def test_no_shape_targets_a_single_thing(shapes_graph) -> None:
    assert ask(shapes_graph, "SELECT ?s { ?s sh:targetNode ?n }") == []
    assert ask(shapes_graph, "SELECT ?s { ?s a rdfs:Class }") == []


def test_constraints_keep_to_what_prebinding_allows(shapes_graph) -> None:
    """SHACL, appendix A: no MINUS, VALUES or SERVICE; and no aggregate as ?value, which the fast engine omits."""
    queries = ask(shapes_graph, "SELECT ?q { ?c sh:select ?q }")
    for query in queries:
        assert not {"MINUS", "VALUES", "SERVICE"} & set(query.upper().split()), query
        assert ") AS ?value)" not in query, query


def test_every_class_is_covered(shapes_graph, ontology) -> None:
    classes = {c for c in ask(ontology, "SELECT ?c { ?c a owl:Class }") if c.startswith(f"<{JWP}")}
    targeted = set(ask(shapes_graph, "SELECT DISTINCT ?c { ?s sh:targetClass ?c }"))
    through_a_superclass = set(
        ask(ontology, "SELECT DISTINCT ?c { ?c rdfs:subClassOf+ ?d FILTER (STRSTARTS(STR(?d), STR(jwp:))) }")
    )
    assert classes - targeted - through_a_superclass == set()
    assert {t for t in targeted if t.startswith(f"<{JWP}")} - classes == set(), "a class that the ontology lacks"


def test_concept_shapes_know_every_concept_class(shapes_graph, ontology) -> None:
    concepts = set(ask(ontology, "SELECT ?c { ?c rdfs:subClassOf skos:Concept }"))
    for shape in ("Concept", "Concept-notScheme", "Concept-noCycle", "Labelled"):
        targeted = set(ask(shapes_graph, f"SELECT ?c {{ <{SHAPES}{shape}> sh:targetClass ?c }}"))
        assert concepts - targeted == set(), shape


def test_every_link_says_what_its_other_end_is(shapes_graph, ontology) -> None:
    """A dangling link is detected by the class required of its object, so no link property may be omitted."""
    links = set(
        ask(
            ontology,
            "SELECT ?p { ?p a owl:ObjectProperty FILTER (STRSTARTS(STR(?p), STR(jwp:))) "
            "FILTER NOT EXISTS { ?p owl:inverseOf|owl:deprecated ?other } }",
        )
    )
    checked = set(ask(shapes_graph, "SELECT DISTINCT ?p { ?s sh:path ?p ; sh:class|sh:or ?kind }"))
    derived_or_foreign = {"hasListingEvent", "involves", "inverseRelation", "mappingJustification", "subjectTaxon"}
    derived_or_foreign |= {"objectTaxon", "entails", "usesTerm"}
    assert links - checked == {f"<{JWP}{name}>" for name in derived_or_foreign}


def test_every_shape_is_named_in_three_languages(shapes_graph) -> None:
    named = ask(shapes_graph, "SELECT DISTINCT ?s { ?s sh:name ?name }")
    assert len(named) > 400
    for language in ("en", "fr", "es"):
        count = f'SELECT ?s {{ ?s sh:name ?name FILTER(LANG(?name) = "{language}") }}'
        assert ask(shapes_graph, count) == named  # and once each
