"""Tests of exports that give a taxon two parents or authors: the first source wins, and the report names the other."""

from __future__ import annotations

from pyoxigraph import Literal, NamedNode, Quad, Store

from jwpgraph.sources.species_plus.importer import SpeciesImportOptions, import_files
from jwpgraph.sources.species_plus.sorted_statements import SortedStatements, expand_term
from jwpgraph.sources.statements import KnownDataset
from jwpgraph.vocabulary import ID

TAXA = """Scientific name,Rank,RecID,ParentRank,ParentRecID,Status,Species Author,notes,Designation
MAMMALIA,Class,1,,,A,,,"CITES_EU,CMS"
PACHYDERMATA,Order,2,Class,1,A,,,"CITES_EU,CMS"
ELEPHANTIDAE,Family,3,Order,2,A,,,"CITES_EU,CMS"
"""
FAMILY = "taxon/cites/elephantidae"


def test_the_index_goes_before_the_tables_of_2013(run, index) -> None:
    found = run({"taxa.csv": TAXA, "index.csv": index()})
    assert found.values(FAMILY, "tcs:parentTaxonConcept") == {"taxon/cites/proboscidea"}
    assert found.values("taxon/cms/elephantidae", "tcs:parentTaxonConcept") == {"taxon/cms/pachydermata"}
    assert found.report.notes[-1] == (
        "taxon/cites/elephantidae: species-plus-2013 gives the parent taxon/cites/pachydermata; "
        "taxon/cites/proboscidea was there first and is kept."
    )


def test_every_taxon_has_one_parent_and_one_label_of_a_language(run, index) -> None:
    found = run({"taxa.csv": TAXA, "index.csv": index({"TaxonId": "4", "FullName": "Loxodonta Africana"})})
    twice = found.ask(
        "SELECT ?t WHERE { ?t tcs:parentTaxonConcept|skos:prefLabel|jwp:rank ?one . "
        "?t a jwp:TaxonConcept ; ?p ?one, ?other FILTER(STR(?one) < STR(?other)) "
        "FILTER(?p IN (tcs:parentTaxonConcept, skos:prefLabel, jwp:rank)) }"
    )
    assert twice == []


def test_a_name_keeps_the_author_that_was_given_first(run, index) -> None:
    """Brackets and accents do not make another name, so they must not give it a second author."""
    rows = (
        {"TaxonId": "4", "FullName": "Loxodonta africana", "AuthorYear": "(Blumenbach, 1797)"},
        {
            "TaxonId": "5",
            "FullName": "Loxodonta cyclotis",
            "SynonymsWithAuthors": "Loxodonta africana Blumenbach, 1797",
        },
    )
    found = run({"index.csv": index(*rows)})
    name = "taxon-name/loxodonta-africana-blumenbach-1797"
    assert found.values(name, "dwc:scientificNameAuthorship") == {"Blumenbach, 1797"}
    assert found.values("taxon/cites/loxodonta-cyclotis", "tcs:synonym") == {name}


def test_what_is_published_goes_before_any_file(tmp_path, index) -> None:
    path = tmp_path / "index.csv"
    path.write_text(index(), encoding="utf-8")
    store, graph = Store(), NamedNode("urn:other")
    family = NamedNode(ID + FAMILY)
    for name, value in (
        ("rdf:type", NamedNode(expand_term("jwp:TaxonConcept"))),
        ("tcs:parentTaxonConcept", NamedNode(ID + "taxon/cites/mammalia")),
        ("skos:prefLabel", Literal("Elephantidae", language="la")),
    ):
        store.add(Quad(family, NamedNode(expand_term(name)), value, graph))
    with SortedStatements() as statements:
        report = import_files(
            [path], statements, SpeciesImportOptions(day="2017-04-21"), known=KnownDataset(store, [])
        ).report
        said = "".join(statements.ntriples())
    assert f"<{ID + FAMILY}> <{expand_term('tcs:parentTaxonConcept')}>" not in said
    assert any("taxon/cites/mammalia was there first" in note for note in report.notes)


def test_importing_again_says_the_same(tmp_path, index) -> None:
    """The graph that the import replaces does not count as published."""
    path = tmp_path / "index.csv"
    path.write_text(index(), encoding="utf-8")
    store, graph = Store(), NamedNode("urn:mine")
    family = NamedNode(ID + FAMILY)
    store.add(Quad(family, NamedNode(expand_term("rdf:type")), NamedNode(expand_term("jwp:TaxonConcept")), graph))
    store.add(
        Quad(family, NamedNode(expand_term("tcs:parentTaxonConcept")), NamedNode(ID + "taxon/cites/mammalia"), graph)
    )
    with SortedStatements() as statements:
        known = KnownDataset(store, [graph.value])
        assert not import_files([path], statements, SpeciesImportOptions(day="2017-04-21"), known=known).report.notes
