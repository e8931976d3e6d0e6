"""A fact about a taxon says its sources where they are not those of the taxon."""

from __future__ import annotations

from pyoxigraph import Literal, NamedNode

from jwpgraph.producers.taxon_sources import state_sources
from jwpgraph.producers.triples import PARENT, StatedTriple
from jwpgraph.sources.species_plus.sorted_statements import expand_term
from jwpgraph.vocabulary import make_entity_iri

ADDAX, BOVIDAE = make_entity_iri("taxon", "cites", "addax"), make_entity_iri("taxon", "cites", "bovidae")
INDEX, TABLES = NamedNode(make_entity_iri("source", "index")), NamedNode(make_entity_iri("source", "tables"))
SOURCE, AUTHOR, NAME = (
    expand_term(name) for name in ("dcterms:source", "dwc:scientificNameAuthorship", "gbif:canonicalName")
)


def test_only_facts_of_other_sources_get_a_statement() -> None:
    parent = StatedTriple(ADDAX, PARENT, NamedNode(BOVIDAE))
    author = StatedTriple(ADDAX, AUTHOR, Literal("Rafinesque, 1815"))
    name = StatedTriple(ADDAX, NAME, Literal("Addax"))
    index = [name, parent, StatedTriple(ADDAX, SOURCE, INDEX)]
    tables = [name, parent, author, StatedTriple(ADDAX, SOURCE, TABLES)]
    merged = {ADDAX: {*index, *tables}}
    state_sources(merged, [index, tables], [])
    statement = make_entity_iri("statement", "cites-addax-author")
    assert set(merged) == {ADDAX, statement}
    said = {(one.predicate, one.object) for one in merged[statement]}
    assert said >= {
        (expand_term("rdf:subject"), NamedNode(ADDAX)),
        (expand_term("rdf:predicate"), NamedNode(AUTHOR)),
        (expand_term("rdf:object"), author.object),
        (expand_term("skos:prefLabel"), Literal("Addax (CITES): author Rafinesque, 1815", language="en")),
    }
    assert [value for predicate, value in said if predicate == SOURCE] == [TABLES]
