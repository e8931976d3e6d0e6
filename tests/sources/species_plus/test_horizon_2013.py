"""Listings that only the tables of 2013 have are known until 2013."""

from __future__ import annotations

from pathlib import Path

import pytest
from pyoxigraph import NamedNode, Quad, Store

from jwpgraph.sources.species_plus.importer import SpeciesImportOptions, import_files
from jwpgraph.sources.species_plus.sorted_statements import SortedStatements
from jwpgraph.sources.statements import KnownDataset
from jwpgraph.vocabulary import ID, JWP, PREFIXES

TAXA = """Scientific name,Rank,RecID,ParentRank,ParentRecID,Status,Species Author,notes,Designation
MAMMALIA,Class,1,,,A,,,"CITES_EU,CMS"
FELIDAE,Family,1,Class,1,A,,,"CITES_EU,CMS"
Acinonyx,Genus,3,Family,1,A,"Brookes, 1828",,"CITES_EU,CMS"
jubatus,Species,219,Genus,3,A,"(Schreber, 1775)",,"CITES_EU,CMS"
"""
CITES = """rank_name,rec_id,listing,effective_from,party_iso2,is_current,populations_iso2,\
EXCLUDEDpopulations_iso,is_inclusion,included_in_RecID,RankforInclusions,excluded_rec_ids,\
short_note_en,short_note_es,short_note_fr,full_note_en,SpeciesIndexAnnotation,HistoryAnnotation,\
hash_note,Notes
SPECIES,219,I,01/07/1975,,1,,,0,,,,,,,,,,,
"""
CMS = """rank,rec_id,listing,effective_from,is_current,populations_iso2,EXCLUDEDpopulations_iso,is_inclusion,\
included_in_RecID,RankforInclusions,excluded_rec_ids,LegNotes,CMS instrument,Internal Notes
Species,219,I,05/03/2009,1,,"BW, NA,ZW ",,,,,Words,CMS,
"""
ALL = {"taxa.csv": TAXA, "cites.csv": CITES, "cms.csv": CMS}
HORIZON_OF_CITES = "listing-horizon/species-plus-2013-cites"
HORIZON_OF_CMS = "listing-horizon/species-plus-2013-cms"
PUMA = "concolor,Species,220,Genus,4,A,,,CITES_EU\nPuma,Genus,4,Family,1,A,,,CITES_EU\n"


def test_the_horizon_is_the_day_of_the_last_changes(run) -> None:
    found = run(ALL, day=None)
    assert found.values(HORIZON_OF_CITES, "jwp:completeUntil") == {"2013-06-12"}  # CITES CoP16
    assert found.values(HORIZON_OF_CITES, "jwp:completeThroughMeeting") == {"meeting/cites-cop16"}
    assert found.values(HORIZON_OF_CITES, "jwp:designation") == {"instrument/cites"}
    assert found.values(HORIZON_OF_CMS, "jwp:completeUntil") == {"2012-02-23"}  # CMS COP10
    # It holds for the taxa below.
    assert found.values(HORIZON_OF_CITES, "jwp:taxonGroup") == {"taxon/cites/mammalia"}
    assert found.values(HORIZON_OF_CMS, "jwp:taxonGroup") == {"taxon/cms/mammalia"}


@pytest.mark.parametrize("table", ["cites.csv", "cms.csv"])
def test_a_treaty_without_a_table_has_none(run, table: str) -> None:
    found = run({"taxa.csv": TAXA, table: ALL[table]}, day=None)
    here, other = (HORIZON_OF_CITES, HORIZON_OF_CMS)[:: 1 if table == "cites.csv" else -1]
    assert found.values(here, "jwp:completeUntil")
    assert not found.values(other, "rdf:type")


def test_the_index_has_the_state_of_all_taxa_on_its_day(run, index) -> None:
    found = run({"index.csv": index(), "taxa.csv": TAXA, "cites.csv": CITES, "cms.csv": CMS})
    assert not found.values(HORIZON_OF_CITES, "rdf:type")
    assert found.values(HORIZON_OF_CMS, "jwp:completeUntil") == {"2012-02-23"}


def test_taxa_that_are_known_have_horizons_of_their_own(tmp_path: Path) -> None:
    store = Store()
    for slug in ("mammalia", "felidae", "acinonyx", "acinonyx-jubatus"):
        concept, type_ = NamedNode(f"{ID}taxon/cites/{slug}"), NamedNode(PREFIXES["rdf"] + "type")
        store.add(Quad(concept, type_, NamedNode(JWP + "TaxonConcept"), NamedNode("urn:shipped")))
    for name, text in {"taxa.csv": TAXA + PUMA, "cites.csv": CITES}.items():
        (tmp_path / name).write_text(text, encoding="utf-8")
    with SortedStatements() as statements:
        paths = [tmp_path / "taxa.csv", tmp_path / "cites.csv"]
        import_files(paths, statements, SpeciesImportOptions(), known=KnownDataset(store, []))
        lines = [line for line in "".join(statements.ntriples()).splitlines() if "taxonGroup" in line]
    assert [line.split()[2] for line in lines] == [f"<{ID}taxon/cites/puma>"]
