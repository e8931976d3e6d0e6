"""Terms of other vocabularies are used where their publishers say; terms of ours are used, or marked as not in use."""

from __future__ import annotations

from itertools import combinations

import pyoxigraph as ox
import pytest

from jwpgraph.vocabulary import ENTAILED_GRAPH, PREFIX_LINES, PREFIXES

#: The class that each vocabulary gives as the domain of its properties. schema.org's classes are hints; those of its
#: properties for schedules, lists, files, events and places are kept. ``prov:hadPlan`` is left out: it is meant for a
#: ``prov:Association``, and this graph has none between an action and its plan (docs/ontology.md).
DOMAINS = {
    "oa:ResourceSelection": "oa:hasSource",
    "oa:TextPositionSelector": "oa:start oa:end",
    "org:Membership": "org:member org:organization",
    "org:Organization": "org:hasMember org:memberOf org:subOrganizationOf",
    "prov:Entity": "prov:alternateOf prov:wasRevisionOf prov:invalidatedAtTime",
    "prov:Activity": "prov:generated prov:used",
    "geo:Feature": "geo:hasGeometry",
    "geo:Geometry": "geo:asWKT",
    "skosxl:Label": "skosxl:literalForm",
    "schema:Schedule": "schema:repeatFrequency",
    "schema:ItemList": "schema:numberOfItems",
    "schema:MediaObject": "schema:contentSize",
    "schema:Event": "schema:startDate schema:endDate schema:superEvent schema:location",
    "schema:Place": "schema:latitude schema:longitude schema:containedInPlace",
    "tcs:TaxonConcept": "tcs:parentTaxonConcept tcs:accordingTo tcs:taxonName tcs:synonym tcs:includes",
    "tcs:TaxonConceptMapping": """tcs:subjectTaxonConcept tcs:objectTaxonConcept tcs:mappingRelation
        sssom:confidence sssom:mapping_justification""",
    "tcs:TaxonName": "tcs:nameString",
}
#: The same of the values.
RANGES = {
    "org:Organization": "org:member org:organization org:hasMember org:memberOf org:subOrganizationOf",
    "prov:Entity": "prov:alternateOf prov:wasRevisionOf",
    "prov:Plan": "prov:hadPlan",
    "geo:Geometry": "geo:hasGeometry",
    "schema:Event": "schema:superEvent",
    "schema:Place": "schema:containedInPlace",
    "tcs:TaxonConcept": "tcs:parentTaxonConcept tcs:includes tcs:subjectTaxonConcept tcs:objectTaxonConcept",
    "tcs:TaxonName": "tcs:taxonName tcs:synonym",
}
#: Classes that other vocabularies hold apart (PROV-CONSTRAINTS, section 6.4; SKOS, S48).
APART = ("prov:Entity prov:Activity", "prov:Plan prov:Activity", "skos:Concept skosxl:Label")


def solutions(store: ox.Store, pattern: str) -> list[str]:
    """Return up to twenty solutions of a pattern, as text."""
    return [str(row) for row in store.query(f"{PREFIX_LINES} SELECT DISTINCT * WHERE {{ {pattern} }} LIMIT 20")]


def values_of(table: dict[str, str]) -> str:
    """Write a table as a VALUES clause of classes and properties."""
    rows = " ".join(f"({kind} {name})" for kind, names in table.items() for name in names.split())
    return f"VALUES (?class ?property) {{ {rows} }}"


def classes_at_once(store: ox.Store) -> list[str]:
    """Return pairs of disjoint classes that share an instance."""
    query = "SELECT DISTINCT ?a ?b { ?thing a ?a, ?b FILTER (STR(?a) < STR(?b)) }"
    together = {(row["a"].value, row["b"].value) for row in store.query(query)}
    lists = "SELECT ?list ?class { ?list a owl:AllDisjointClasses ; owl:members/rdf:rest*/rdf:first ?class }"
    members: dict[str, set[str]] = {}
    for row in store.query(PREFIX_LINES + lists):
        members.setdefault(str(row["list"]), set()).add(row["class"].value)
    apart = {pair for group in members.values() for pair in combinations(sorted(group), 2)}
    for row in store.query(PREFIX_LINES + "SELECT ?a ?b { ?a owl:disjointWith ?b }"):
        apart.add(tuple(sorted((row["a"].value, row["b"].value))))
    for line in APART:
        apart.add(tuple(sorted(PREFIXES[name.split(":")[0]] + name.split(":")[1] for name in line.split())))
    assert len(apart) > 2000
    return sorted(map(str, together & apart))


def faults(store: ox.Store) -> list[str]:
    """Return what a graph says that the vocabularies of its terms do not allow."""
    subjects = f"{values_of(DOMAINS)} ?thing ?property ?value . FILTER NOT EXISTS {{ ?thing a ?class }}"
    values = f"{values_of(RANGES)} ?thing ?property ?value . FILTER NOT EXISTS {{ ?value a ?class }}"
    return [*solutions(store, subjects), *solutions(store, values), *classes_at_once(store)]


def test_the_data_use_the_terms_of_others_as_these_define_them(shipped_store: ox.Store) -> None:
    assert not faults(shipped_store)


PLANTED = {
    "a list": "jwpid:theme\\/x schema:numberOfItems 2 ; a jwp:Theme .",
    "a schedule": 'jwpid:activity\\/x schema:repeatFrequency "P1Y"^^xsd:duration ; a jwp:Activity .',
    "a selector": "jwpid:excerpt\\/x oa:hasSource jwpid:source\\/x ; a oa:TextPositionSelector .",
    "a value": "jwpid:membership\\/x a org:Membership ; org:member jwpid:country\\/KE .",
    "two classes": "jwpid:action\\/x a prov:Activity, prov:Entity .",
}


@pytest.mark.parametrize("planted", PLANTED)
def test_a_planted_misuse_is_found(ontology_file, planted: str) -> None:
    store = ox.Store()
    store.load(path=str(ontology_file), format=ox.RdfFormat.TURTLE)
    assert not faults(store)
    store.update(f"{PREFIX_LINES} INSERT DATA {{ {PLANTED[planted]} }}")
    assert len(faults(store)) == 1


def test_no_property_of_others_has_an_inverse_or_a_property_above_it_here(shipped_store: ox.Store) -> None:
    ours = "FILTER (!STRSTARTS(STR(?theirs), STR(jwp:)))"
    assert not solutions(shipped_store, f"?ours owl:inverseOf|^owl:inverseOf ?theirs . {ours}")
    assert not solutions(
        shipped_store, f"?theirs rdfs:subPropertyOf|rdfs:subClassOf|owl:equivalentProperty ?any . {ours}"
    )


def test_each_term_is_used_or_marked_as_not_in_use(shipped_store: ox.Store) -> None:
    term = "?term rdfs:isDefinedBy <https://w3id.org/jwpgraph/ontology>"
    in_use = "{ ?thing ?term ?value } UNION { ?thing a ?term }"
    unused = (
        f"{term} . FILTER NOT EXISTS {{ {in_use} }} FILTER NOT EXISTS {{ ?term vs:term_status|owl:deprecated ?mark }}"
    )
    prefix = "PREFIX vs: <http://www.w3.org/2003/06/sw-vocab-status/ns#>"
    found = shipped_store.query(f"{PREFIX_LINES}{prefix} SELECT DISTINCT ?term {{ {unused} }}")
    assert not [str(row["term"]) for row in found]


def test_each_entity_is_asserted_with_one_class_so_that_counts_by_class_add_up(shipped_store: ox.Store) -> None:
    asserted = (
        "GRAPH ?graph { ?thing a ?class, ?other } FILTER (?class != ?other && STRSTARTS(STR(?thing), STR(jwpid:)))"
    )
    assert not solutions(shipped_store, f"{asserted} FILTER (?graph != <{ENTAILED_GRAPH}>)")


def test_properties_have_the_subjects_that_the_ontology_names(shipped_store: ox.Store) -> None:
    named = "?property rdfs:isDefinedBy <https://w3id.org/jwpgraph/ontology> ; schema:domainIncludes ?any"
    other = "?thing ?property ?value FILTER NOT EXISTS { ?property schema:domainIncludes ?class . ?thing a ?class }"
    query = (
        f"{PREFIX_LINES} SELECT DISTINCT ?property WHERE {{ {{ SELECT DISTINCT ?property {{ {named} }} }} {other} }}"
    )
    assert not [str(row["property"]) for row in shipped_store.query(query)]
