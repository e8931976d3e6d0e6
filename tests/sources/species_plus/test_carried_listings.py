"""Tests of listings under an earlier name: an Index names it, and the tables of 2013 date its listing."""

from __future__ import annotations

import pytest

from jwpgraph.vocabulary import ID

TAXA = """Scientific name,Rank,RecID,ParentRank,ParentRecID,Status,Species Author,notes,Designation
REPTILIA,Class,1,,,A,,,CITES_EU
Cordylus,Genus,3,Class,1,A,"Laurenti, 1768",,CITES_EU
"""
HEADER = """rank_name,rec_id,listing,effective_from,party_iso2,is_current,populations_iso2,\
EXCLUDEDpopulations_iso,is_inclusion,included_in_RecID,RankforInclusions,excluded_rec_ids,\
short_note_en,short_note_es,short_note_fr,full_note_en,SpeciesIndexAnnotation,HistoryAnnotation,\
hash_note,Notes
"""
LISTED = "Genus,3,II,06/06/1981,,1,,,0,,,,,,,,,,,\n"
SPLIT = {
    "TaxonId": "9",
    "Class": "Reptilia",
    "Order": "Sauria",
    "Family": "Cordylidae",
    "Genus": "Hemicordylus",
    "Species": "capensis",
    "FullName": "Hemicordylus capensis",
    "CurrentListing": "II",
    "AnnotationEnglish": "Appendix II: <p>Originally listed as <i>Cordylus</i>, from which <i>Hemicordylus</i> was "
    "split in 2017, following taxonomic changes adopted at CoP17.</p>",
    "SynonymsWithAuthors": "",
}


@pytest.mark.parametrize(
    ("rows", "carried"),
    [
        (LISTED, {"1981-06-06"}),
        (LISTED.replace("06/06/1981,,1,", "06/06/1981,,1,ZA"), set()),
        (LISTED + LISTED.replace("II,06/06/1981", "DELII,01/01/1990"), set()),
        (LISTED.replace(",II,", ",I,"), set()),
    ],
    ids=["dated", "limited", "ended", "another Appendix"],
)
def test_a_listing_of_the_earlier_name_is_carried_on(run, index, rows: str, carried: set[str]) -> None:
    found = run({"index.csv": index(SPLIT), "taxa.csv": TAXA, "cites.csv": HEADER + rows})
    events = found.ask(
        f"SELECT ?day ?evidence WHERE {{ ?event jwp:listedTaxon <{ID}taxon/cites/hemicordylus-capensis> ; "
        "jwp:effectiveOn ?day ; jwp:evidence ?evidence }"
    )
    assert {row[0] for row in events} == carried
    assert all(row[1].endswith("evidence-level/inferred") for row in events)
