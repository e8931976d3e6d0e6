"""The integrity conditions of the SKOS reference, asked of everything that is shipped.

Each condition is a query that finds what breaks it. The queries walk the paths that SKOS entails (inverses,
transitivity, subproperties, domains and ranges), so that they hold with and without materialised entailments.
"""

from __future__ import annotations

from pathlib import Path

import pytest
from pyoxigraph import RdfFormat, Store

PREFIXES = """
PREFIX jwp: <https://w3id.org/jwpgraph/ontology#>
PREFIX owl: <http://www.w3.org/2002/07/owl#>
PREFIX rdf: <http://www.w3.org/1999/02/22-rdf-syntax-ns#>
PREFIX rdfs: <http://www.w3.org/2000/01/rdf-schema#>
PREFIX skos: <http://www.w3.org/2004/02/skos/core#>
PREFIX skosxl: <http://www.w3.org/2008/05/skos-xl#>
PREFIX : <urn:test:>
"""

BROADER = (
    "(skos:broader|^skos:narrower|skos:broaderTransitive|^skos:narrowerTransitive|skos:broadMatch|^skos:narrowMatch)+"
)
RELATED = "(skos:related|^skos:related|skos:relatedMatch|^skos:relatedMatch)"
EXACT = "(skos:exactMatch|^skos:exactMatch)+"
PREFERRED = "(skos:prefLabel|(skosxl:prefLabel/skosxl:literalForm))"
ALTERNATIVE = "(skos:altLabel|(skosxl:altLabel/skosxl:literalForm))"
HIDDEN = "(skos:hiddenLabel|(skosxl:hiddenLabel/skosxl:literalForm))"

LINK = "(skos:broader|skos:narrower|skos:related|skos:exactMatch|skos:closeMatch|skos:broadMatch|skos:narrowMatch)"
CONCEPT = f"""{{ ?x rdf:type/rdfs:subClassOf* skos:Concept }} UNION {{ ?x skos:topConceptOf ?y }}
    UNION {{ ?y skos:hasTopConcept ?x }} UNION {{ ?x {LINK} ?y }} UNION {{ ?y {LINK} ?x }}"""
SCHEME = """{ ?x rdf:type/rdfs:subClassOf* skos:ConceptScheme } UNION { ?x skos:hasTopConcept ?z }
    UNION { ?z skos:inScheme|skos:topConceptOf ?x }"""
COLLECTION = """{ ?x rdf:type/rdfs:subClassOf* skos:Collection } UNION { ?x a skos:OrderedCollection }
    UNION { ?x skos:member|skos:memberList ?z }"""

#: What breaks each condition; "cycle" is no condition of SKOS, yet nothing here should be broader than itself.
CONDITIONS = {
    "S9": f"SELECT DISTINCT ?x {{ {CONCEPT} {SCHEME} }}",
    "S13": f"""SELECT DISTINCT ?x ?label {{
        {{ ?x {PREFERRED} ?label ; {ALTERNATIVE} ?label }} UNION {{ ?x {PREFERRED} ?label ; {HIDDEN} ?label }}
        UNION {{ ?x {ALTERNATIVE} ?label ; {HIDDEN} ?label }} }}""",
    "S14": f"""SELECT DISTINCT ?x ?label ?other {{ ?x {PREFERRED} ?label, ?other
        FILTER (?label != ?other && LCASE(LANG(?label)) = LCASE(LANG(?other))) }}""",
    "S27": f"SELECT DISTINCT ?x ?y {{ ?x {RELATED} ?y . ?x {BROADER} ?y }}",
    "S37 (concept)": f"SELECT DISTINCT ?x {{ {COLLECTION} {CONCEPT} }}",
    "S37 (scheme)": f"""SELECT DISTINCT ?x {{ {COLLECTION}
        {{ ?x rdf:type/rdfs:subClassOf* skos:ConceptScheme }} UNION {{ ?y skos:inScheme|skos:topConceptOf ?x }} }}""",
    "S46": f"""SELECT DISTINCT ?x ?y {{ ?x {EXACT} ?y
        FILTER (?x != ?y)
        FILTER EXISTS {{ ?x skos:broadMatch|^skos:broadMatch|skos:narrowMatch|^skos:narrowMatch
                           |skos:relatedMatch|^skos:relatedMatch ?y }} }}""",
    "cycle": f"SELECT DISTINCT ?x {{ ?x {BROADER} ?x }}",
}


def violations(store: Store, condition: str) -> list[str]:
    """What breaks a condition, one line for each solution."""
    solutions = store.query(PREFIXES + CONDITIONS[condition])
    return sorted(" ".join(str(term) for term in solution) for solution in solutions)


@pytest.mark.parametrize("condition", CONDITIONS)
def test_what_is_shipped_keeps_the_condition(union_store: Store, condition: str) -> None:
    assert not violations(union_store, condition)


@pytest.mark.parametrize(
    ("condition", "planted"),
    [
        ("S9", ":a a skos:Concept, skos:ConceptScheme ."),
        ("S9", ":a a jwp:Topic . :b skos:inScheme :a ."),
        ("S9", ":a skos:broader :b ; skos:hasTopConcept :c ."),
        ("S13", ':a skos:prefLabel "x"@en ; skos:altLabel "x"@en .'),
        ("S13", ':a skos:altLabel "x"@en ; skos:hiddenLabel "x"@en .'),
        ("S13", ':a skosxl:prefLabel :b ; skos:hiddenLabel "x"@en . :b skosxl:literalForm "x"@en .'),
        ("S14", ':a skos:prefLabel "x"@en, "y"@en .'),
        ("S14", ':a skos:prefLabel "x"@en ; skosxl:prefLabel :b . :b skosxl:literalForm "y"@EN .'),
        ("S27", ":a skos:related :b ; skos:broader :b ."),
        ("S27", ":a skos:broader :b . :c skos:narrower :b ; skos:related :a ."),
        ("S27", ":a skos:relatedMatch :b . :a skos:broadMatch :b ."),
        ("S37 (concept)", ":a a skos:OrderedCollection, skos:Concept ."),
        ("S37 (concept)", ":a skos:member :b ; skos:broader :c ."),
        ("S37 (scheme)", ":a a skos:Collection . :b skos:inScheme :a ."),
        ("S46", ":a skos:exactMatch :b ; skos:broadMatch :b ."),
        ("S46", ":a skos:exactMatch :b . :b skos:exactMatch :c . :c skos:relatedMatch :a ."),
        ("S46", ":a skos:narrowMatch :b . :b skos:exactMatch :a ."),
        ("cycle", ":a skos:broader :b . :a skos:narrower :b ."),
    ],
)
def test_a_planted_violation_is_found(ontology_file: Path, condition: str, planted: str) -> None:
    store = Store()
    store.load(path=str(ontology_file), format=RdfFormat.TURTLE)
    assert not violations(store, condition)
    store.update(f"{PREFIXES} INSERT DATA {{ {planted} }}")
    assert violations(store, condition)
