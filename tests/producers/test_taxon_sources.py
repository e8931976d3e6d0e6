"""A fact about a taxon says its sources where they are not those of the taxon."""

from __future__ import annotations

from pyoxigraph import Literal, NamedNode

from jwpgraph.producers.taxon_sources import state_sources
from jwpgraph.producers.triples import PARENT, StatedTriple
from jwpgraph.sources.species_plus.sorted_statements import term_iri
from jwpgraph.vocabulary import entity_iri

ADDAX, BOVIDAE = entity_iri("taxon", "cites", "addax"), entity_iri("taxon", "cites", "bovidae")
INDEX, TABLES = NamedNode(entity_iri("source", "index")), NamedNode(entity_iri("source", "tables"))
SOURCE, AUTHOR, NAME = (
    term_iri(name) for name in ("dcterms:source", "dwc:scientificNameAuthorship", "gbif:canonicalName")
)


def test_only_facts_of_other_sources_get_a_statement() -> None:
    parent = StatedTriple(ADDAX, PARENT, NamedNode(BOVIDAE))
    author = StatedTriple(ADDAX, AUTHOR, Literal("Rafinesque, 1815"))
    name = StatedTriple(ADDAX, NAME, Literal("Addax"))
    index = [name, parent, StatedTriple(ADDAX, SOURCE, INDEX)]
    tables = [name, parent, author, StatedTriple(ADDAX, SOURCE, TABLES)]
    merged = {ADDAX: {*index, *tables}}
    state_sources(merged, [index, tables], [])
    statement = entity_iri("statement", "cites-addax-author")
    assert set(merged) == {ADDAX, statement}
    said = {(one.predicate, one.object) for one in merged[statement]}
    assert said >= {
        (term_iri("rdf:subject"), NamedNode(ADDAX)),
        (term_iri("rdf:predicate"), NamedNode(AUTHOR)),
        (term_iri("rdf:object"), author.object),
        (term_iri("skos:prefLabel"), Literal("Addax (CITES): author Rafinesque, 1815", language="en")),
    }
    assert [value for predicate, value in said if predicate == SOURCE] == [TABLES]
