"""Tests of identifiers of taxa in other databases: their assignment, and which are never published."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from pyoxigraph import DefaultGraph, NamedNode, Quad, RdfFormat, Store

from jwpgraph.problems import ProblemError
from jwpgraph.sources.cited_tables import RegisterInput
from jwpgraph.sources.concept_index import ConceptIndex
from jwpgraph.sources.crosswalk import GRAPH, HEADER, SEGMENTS, import_crosswalk
from jwpgraph.sources.import_report import ImportReport
from jwpgraph.sources.statements import KnownDataset
from jwpgraph.vocabulary import ID, PREFIXES

TAXA = (
    "".join(f"@prefix {name}: <{iri}> .\n" for name, iri in PREFIXES.items())
    + f"""@prefix cites: <{ID}taxon/cites/> .
@prefix cms: <{ID}taxon/cms/> .
cites:panthera-uncia a jwp:TaxonConcept ; gbif:canonicalName "Panthera uncia" ;
    dwc:scientificNameAuthorship "(Schreber, 1775)" ; tcs:synonym <urn:uncia> .
<urn:uncia> skosxl:literalForm "Uncia uncia"@la ; dwc:scientificNameAuthorship "(Schreber, 1775)" .
cms:uncia-uncia a jwp:TaxonConcept ; gbif:canonicalName "Uncia uncia" ;
    dwc:scientificNameAuthorship "(Schreber, 1775)" .
cites:loxodonta-africana a jwp:TaxonConcept ; gbif:canonicalName "Loxodonta africana" ;
    dwc:scientificNameAuthorship "(Blumenbach, 1797)" ; tcs:synonym <urn:cyclotis> .
<urn:cyclotis> skosxl:literalForm "Loxodonta cyclotis"@la ; dwc:scientificNameAuthorship "(Matschie, 1900)" .
cites:mobula-birostris a jwp:TaxonConcept ; gbif:canonicalName "Mobula birostris" ;
    dwc:scientificNameAuthorship "(Walbaum, 1792)" ; tcs:synonym <urn:manta> .
<urn:manta> skosxl:literalForm "Manta birostris"@la ; dwc:scientificNameAuthorship "(Walbaum, 1792)" .
cites:gyps-africanus a jwp:TaxonConcept ; gbif:canonicalName "Gyps africanus" .
"""
)
WIKIDATA = "id,name\n"
AMP = "scientific_name_in_source,col_id,itis_tsn,eol_id,worms_aphia_id,msw3_id,avibase_id\n"
MATRIX = "taxon,wikidata_qid,ncbi,itis,aphia,iucn_sis,sis_source\n"


@pytest.fixture(scope="module")
def known() -> KnownDataset:
    store = Store()
    store.load(TAXA, format=RdfFormat.TURTLE, to_graph=NamedNode("urn:taxa"))
    return KnownDataset(store, [GRAPH])


@pytest.fixture
def imported(tmp_path: Path, known: KnownDataset) -> Callable[..., tuple[set[tuple[str, str, str]], ImportReport, str]]:
    def go(*contents: str, strict: bool = False):
        files = []
        for number, content in enumerate(contents):
            files.append(tmp_path / f"{number}.csv")
            files[-1].write_text(content, encoding="utf-8")
        report = ImportReport(strict=strict)
        statements = import_crosswalk(RegisterInput(files, known, report))
        jwp = PREFIXES["jwp"]
        said = {
            (one.subject.value.removeprefix(ID + "taxon/"), one.predicate.value.removeprefix(jwp), one.object.value)
            for one in statements.triples
            if one.predicate.value.startswith(jwp) and "/taxon/" in one.subject.value
        }
        return said, report, statements.turtle(HEADER, SEGMENTS)

    return go


def test_a_name_finds_the_concepts_of_both_taxonomies_that_bear_it_or_its_recombination(known: KnownDataset) -> None:
    concepts = ConceptIndex(known)

    def found(name: str) -> list[str]:
        return [one.slug for one in concepts.find(name)]

    assert found("uncia uncia") == ["cites-panthera-uncia", "cms-uncia-uncia"]
    assert found("Panthera uncia") == ["cites-panthera-uncia"]
    assert found("Manta birostris") == ["cites-mobula-birostris"]
    assert found("Loxodonta cyclotis") == [], "another taxon, of which CITES made a synonym"
    assert found("Felis catus") == []


def test_the_item_on_the_taxon_is_preferred_to_the_one_on_a_name(imported) -> None:
    said, report, _ = imported(WIKIDATA + "Q12823232,uncia uncia\nQ30197,panthera uncia\nQ1,homo ludens\n")
    assert said == {("cites/panthera-uncia", "wikidataId", "Q30197"), ("cms/uncia-uncia", "wikidataId", "Q30197")}
    assert report.skipped == {"no taxon concept bears the name": 1}


def test_each_database_has_its_property(imported) -> None:
    said, _, turtle = imported(AMP + "Gyps africanus,3HXN9,560343,1047564,,,0419DDC2F668EEE5\n")
    assert said == {
        ("cites/gyps-africanus", "colId", "3HXN9"),
        ("cites/gyps-africanus", "itisId", "560343"),
        ("cites/gyps-africanus", "eolId", "1047564"),
        ("cites/gyps-africanus", "avibaseId", "0419DDC2F668EEE5"),
    }
    assert "dcterms:source source:0-" in turtle
    assert "SHA-256 digest is" in turtle


def test_numbers_of_the_red_list_that_come_from_no_data_set_are_never_published(imported) -> None:
    said, report, turtle = imported(
        MATRIX
        + 'Gyps africanus,Q281874,43490,560343,,22732,"NOT A DATASET: candidate number recalled"\n'
        + "Mobula birostris,Q321976,1983395,160992,1026118,198921,iucn_marine_2017/spp_all\n"
        + "Loxodonta africana,Q36557,9785,584939,,12392,\n"
    )
    assert {one for one in said if one[1] == "iucnId"} == {("cites/mobula-birostris", "iucnId", "198921")}
    assert "22732" not in turtle
    assert "12392" not in turtle
    assert any("no data set" in note for note in report.notes)
    assert ("cites/gyps-africanus", "ncbiId", "43490") in said


def test_where_files_disagree_neither_is_published(imported) -> None:
    said, report, _ = imported(
        AMP + "Gyps africanus,3HXN9,560343,1047564,,,\n", MATRIX + "Gyps africanus,Q281874,,560344,,,\n"
    )
    assert ("cites/gyps-africanus", "wikidataId", "Q281874") in said
    assert not [one for one in said if one[1] == "itisId"]
    assert [(one.file, one.column) for one in report.rejections] == [("0.csv", "itis_tsn"), ("1.csv", "itis")]


def test_a_shortened_identifier_of_avibase_agrees_with_the_whole_one(imported) -> None:
    said, report, _ = imported(
        "scientific_name,avilist_taxon_rank,avilist_avibase_id\nGyps africanus,species,avibase-0419DDC2\n",
        AMP + "Gyps africanus,3HXN9,560343,1047564,,,0419DDC2F668EEE5\n",
    )
    assert not report.rejections
    assert [one[2] for one in said if one[1] == "avibaseId"] == ["0419DDC2F668EEE5"]


@pytest.mark.parametrize(
    ("row", "column"),
    [
        ("Gyps africanus,3HXN9,56O343,1,,,\n", "itis_tsn"),
        ("Gyps africanus,3HXN9,1,1,,,zzz\n", "avibase_id"),
        ("Gyps africanus,lower,1,1,,,\n", "col_id"),
        (",3HXN9,1,1,,,\n", "scientific_name_in_source"),
        ("Mobula birostris,73N5T,1,1,,,\n", "scientific_name_in_source"),
        ("Gyps africanus,3HXN9\n", ""),
    ],
)
def test_a_bad_row_is_rejected_and_the_others_are_imported(imported, row: str, column: str) -> None:
    said, report, _ = imported(AMP + "Mobula birostris,73N5T,160992,1,1026118,,\n" + row)
    assert [(one.line, one.column) for one in report.rejections] == [(3, column)]
    assert ("cites/mobula-birostris", "wormsId", "1026118") in said


def test_a_strict_import_stops(imported) -> None:
    with pytest.raises(ProblemError) as refused:
        imported(WIKIDATA + "30197,panthera uncia\n", strict=True)
    assert refused.value.exit_code == 1


def test_importing_again_gives_the_same_bytes(imported) -> None:
    content = WIKIDATA + "Q30197,panthera uncia\nQ281874,gyps africanus\n"
    assert imported(content)[2] == imported(content)[2]


def test_statements_say_which_source_gives_which_identifier(tmp_path: Path, known: KnownDataset) -> None:
    files = [tmp_path / "amp.csv", tmp_path / "wikidata.csv"]
    files[0].write_text(AMP + "Gyps africanus,3HXN9,,,,,\n")
    files[1].write_text(WIKIDATA + "Q281874,gyps africanus\nQ321976,mobula birostris\n")
    store = Store()
    store.extend(
        Quad(*triple, DefaultGraph())
        for triple in import_crosswalk(RegisterInput(files, known, ImportReport())).triples
    )
    rows = store.query(
        "SELECT ?taxon ?property ?id ?source { ?s a jwp:SourcedStatement ; rdf:subject ?taxon ;"
        " rdf:predicate ?property ; rdf:object ?id ; dcterms:source ?source ."
        " ?taxon ?property ?id ; dcterms:source ?source }",
        prefixes=PREFIXES,
    )
    assert {
        (row["taxon"].value, row["property"].value, row["id"].value, row["source"].value.rpartition("/")[2][:3])
        for row in rows
    } == {
        (f"{ID}taxon/cites/gyps-africanus", PREFIXES["jwp"] + "colId", "3HXN9", "amp"),
        (f"{ID}taxon/cites/gyps-africanus", PREFIXES["jwp"] + "wikidataId", "Q281874", "wik"),
    }
