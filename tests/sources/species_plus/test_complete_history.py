"""Tests of the first day of a listing that an Index shows, given by the complete tables of 2013."""

from __future__ import annotations

import pytest

TAXA = """Scientific name,Rank,RecID,ParentRank,ParentRecID,Status,Species Author,notes,Designation
MAMMALIA,Class,1,,,A,,,CITES_EU
PROBOSCIDEA,Order,2,Class,1,A,,,CITES_EU
Elephantidae,Family,3,Order,2,A,,,CITES_EU
Loxodonta,Genus,4,Family,3,A,,,CITES_EU
africana,Species,5,Genus,4,A,"(Blumenbach, 1797)",,CITES_EU
cyclotis,Species,6,Genus,4,A,"(Matschie, 1900)",,CITES_EU
Loxodontinae,Subfamily,7,Family,3,A,,,CITES_EU
Other,Genus,8,Class,1,A,,,CITES_EU
"""
BELOW_SUBFAMILY = TAXA.replace("Loxodonta,Genus,4,Family,3", "Loxodonta,Genus,4,Subfamily,7")
UNKNOWN = TAXA.replace("africana,Species", "other,Species")
HEADER = """rank_name,rec_id,listing,effective_from,party_iso2,is_current,populations_iso2,\
EXCLUDEDpopulations_iso,is_inclusion,included_in_RecID,RankforInclusions,excluded_rec_ids,\
short_note_en,short_note_es,short_note_fr,full_note_en,SpeciesIndexAnnotation,HistoryAnnotation,\
hash_note,Notes
"""
LATEST = "Genus,8,II,12/06/2013,,1,,,0,,,,,,,,,,,\n"
OWN = "Species,5,I,18/01/1990,,1,,,0,,,,,,,,,,,\n"


@pytest.mark.parametrize(
    ("taxa", "rows", "known"),
    [
        (TAXA, OWN, True),
        (TAXA, "", True),
        (TAXA, OWN.replace("Species,5", "Family,3"), True),
        (UNKNOWN, OWN, False),
        (UNKNOWN, "", True),
        (BELOW_SUBFAMILY, OWN.replace("Species,5", "Subfamily,7"), False),
        (TAXA, OWN.replace("Species,5", "Species,6"), False),
    ],
    ids=[
        "own history",
        "not listed",
        "history of the family",
        "unknown name",
        "unlisted genus",
        "lost rank",
        "history of a synonym",
    ],
)
def test_a_listing_began_after_a_history_that_does_not_explain_it(run, index, taxa, rows, known) -> None:
    found = run({"index.csv": index(), "taxa.csv": taxa, "cites.csv": HEADER + LATEST + rows})
    event = "listing-event/cites/loxodonta-africana/ii-addition-by-2017-04-21"
    assert found.values(event, "jwp:effectiveNotBefore") == ({"2013-06-13"} if known else set())
    assert len(found.values(event, "dcterms:source")) == 1 + known


def test_a_genus_shown_with_its_only_species_has_no_first_day(run, index) -> None:
    genus = {
        "TaxonId": "2",
        "FullName": "Loxodonta",
        "Species": "",
        "RankName": "GENUS",
        "AnnotationEnglish": "Appendix I: ",
        "SynonymsWithAuthors": "",
    }
    rows = HEADER + LATEST + OWN.replace("Species,5,I,", "Family,3,II,")
    found = run({"index.csv": index(genus), "taxa.csv": TAXA, "cites.csv": rows})
    assert not found.values("listing-event/cites/loxodonta/i-addition-by-2017-04-21", "jwp:effectiveNotBefore")


def test_parts_of_populations_and_stocks_are_not_whole_countries(run, index) -> None:
    rows = [
        OWN.replace(",1,,,0,,,,,", ',1,"KE,TZ",,0,,,,"Parts of populations of KE, TZ.",'),
        OWN.replace("Species,5", "Species,6").replace(",1,,,0,,,,,", ",1,GL,,0,,,,West Greenland stock.,"),
    ]
    found = run({"index.csv": index(), "taxa.csv": TAXA, "cites.csv": HEADER + "".join(rows)})
    for slug in ("loxodonta-africana", "loxodonta-cyclotis"):
        event = f"listing-event/cites/{slug}/i-addition-1990-01-18"
        assert found.values(event, "jwp:populationNote")
        assert not found.values(event, "jwp:populationIn")
