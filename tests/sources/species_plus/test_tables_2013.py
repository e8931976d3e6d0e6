"""Tests of the tables of 2013: names composed from parents, all listing changes, Appendices and CMS instruments."""

from __future__ import annotations

import pytest

from jwpgraph.problems import ProblemError

TAXA = """Scientific name,Rank,RecID,ParentRank,ParentRecID,Status,Species Author,notes,Designation
MAMMALIA,Class,1,,,A,,,"CITES_EU,CMS"
FELIDAE,Family,1,Class,1,A,,,"CITES_EU,CMS"
Acinonyx,Genus,3,Family,1,A,"Brookes, 1828",,"CITES_EU,CMS"
jubatus,Species,219,Genus,3,A,"(Schreber, 1775)",,"CITES_EU,CMS"
venaticus,Subspecies,5,Species,219,N,"(Griffith, 1821)",,CMS
"""
SYNONYMS = """Scientific name,Rank,RecID,ParentRank,Parent recID,Status,Species Author,notes,Designation,\
AcceptedRank,AcceptedRecID
Cynailurus,Genus,77,,,S,,,CITES_EU,,
guttata,Species,78,Genus,77,S,"(Hermann, 1804)",,"CITES_EU,CMS",Species,219
"""
COMMON = """ComName,LangShort,RecId,Rank,Designation,ReferenceID
Jagluiperd,AFR,219,species,"CITES,EU",
猎豹,ZHO,219,species,"CITES,CMS",
"""
TAGS = """Species RecID,Rank,GEO_entity_type,ISO Code 2,Tags,Designation
219,Species,Country,IN,"extinct, reintroduced","CITES,EU"
"""
CITES = """rank_name,rec_id,listing,effective_from,party_iso2,is_current,populations_iso2,\
EXCLUDEDpopulations_iso,is_inclusion,included_in_RecID,RankforInclusions,excluded_rec_ids,\
short_note_en,short_note_es,short_note_fr,full_note_en,SpeciesIndexAnnotation,HistoryAnnotation,\
hash_note,Notes
SPECIES,219,I,01/07/1975,,1,,,0,,,,A <i>note</i>.,,,,,,,
Species,219,I/r,02/02/1992,NA,1,,,0,,,,,,,,,,,
SPECIES,219,II,01/07/1975,,0,,"BW, NA,ZW ",1,1,FAMILY,SPECIES:219,,,,,,,,
SPECIES,219,DELII,04/02/1977,,0,,,0,,,,,,,,,,,
"""
CMS = """rank,rec_id,listing,effective_from,is_current,populations_iso2,EXCLUDEDpopulations_iso,is_inclusion,\
included_in_RecID,RankforInclusions,excluded_rec_ids,LegNotes,CMS instrument,Internal Notes
Species,219,I,05/03/2009,1,,"BW, NA,ZW ",,,,,Words,CMS,
Species,219,Gorillas,01/06/2008,1,,,,,,,,Gorillas,
Species,219,ACAP,01/01/2004,1,,,,,,,,,
"""
ALL = {
    "taxa.csv": TAXA,
    "synonyms.csv": SYNONYMS,
    "names.csv": COMMON,
    "tags.csv": TAGS,
    "cites.csv": CITES,
    "cms.csv": CMS,
}
CHEETAH = "taxon/cites/acinonyx-jubatus"


@pytest.fixture
def found(run):
    """Return the import of all tables, with the table of taxa not first."""
    return run(dict(reversed(ALL.items())), day=None)


#: Rows of the CMS table: date, note and expected result.
CMS_ROWS = """rank,rec_id,listing,effective_from,is_current,populations_iso2,EXCLUDEDpopulations_iso,is_inclusion,\
included_in_RecID,RankforInclusions,excluded_rec_ids,LegNotes,CMS instrument,Internal Notes
"""


def cms_event(run, day: str, note: str, iri: str):
    row = f'Species,219,II,{day},1,,,,,,,"{note}",CMS,\n'
    found = run({"taxa.csv": TAXA, "cms.csv": CMS_ROWS + row}, day=None)
    event = f"listing-event/cms/acinonyx-jubatus/{iri}"
    assert found.values(event, "jwp:listedTaxon") == {CHEETAH.replace("cites", "cms")}
    return found, event


@pytest.mark.parametrize(
    ("note", "limits"),
    [
        ("Only the populations of the Sahara.", True),
        ("Formerly listed as <i>Felis jubata</i>. North African population.", True),
        ("Excluding Malagasy population", True),
        ("Formerly listed as <i>Felis jubata</i>.", False),
        ("See <i>Felis jubata</i> for full details of legislation, distribution, etc.", False),
        ("All populations", False),
        ("", False),
    ],
)
def test_a_cms_note_that_limits_in_words_is_never_served_as_all_populations(run, note: str, limits: bool) -> None:
    found, event = cms_event(run, "05/03/2009", note, "ii-addition-2009-03-05")
    assert bool(found.values(event, "jwp:populationNote")) is limits


@pytest.mark.parametrize(
    ("day", "effective", "evidence"),
    [
        ("01/01/1979", "1983-11-01", "sourced"),
        ("01/01/1994", "1994-09-09", "inferred"),
        ("01/01/2001", "2001", "sourced"),
        ("12/01/1989", "1989-01-12", "sourced"),
    ],
)
def test_the_first_of_january_of_a_cms_listing_is_no_day(run, day: str, effective: str, evidence: str) -> None:
    found, event = cms_event(run, day, "", f"ii-addition-{effective}")
    assert found.values(event, "jwp:effectiveOn") == {effective}
    assert found.values(event, "jwp:evidence") == {f"evidence-level/{evidence}"}


def test_a_note_that_was_read_by_hand_gives_a_named_population(run) -> None:
    taxa = TAXA + "Gazella,Genus,8,Family,1,A,,,CMS\ndorcas,Species,9,Genus,8,A,,,CMS\n"
    row = "Species,9,I,01/01/1979,1,,,,,,,Only Northwest African populations.,CMS,\n"
    found = run({"taxa.csv": taxa, "cms.csv": CMS_ROWS + row}, day=None)
    event = "listing-event/cms/gazella-dorcas/i-addition-1983-11-01"
    assert found.values(event, "jwp:listedPopulation") == {"population/gazella-dorcas-north-western-africa"}
    assert not found.values(event, "jwp:populationNote")


@pytest.mark.parametrize(
    ("note", "excluded"),
    [
        ("Except subspecies <i>hemionus</i> & <i>khur</i>", {"equus-hemionus-hemionus", "equus-hemionus-khur"}),
        ("Except <i>E. h. hemionus</i> and <i>E. h. khur</i>", {"equus-hemionus-hemionus", "equus-hemionus-khur"}),
        ("Except sspp. <i>khur, luteus</i>, which are included in Appendix I", {"equus-hemionus-khur"}),
        ("All subspecies except <i>Equus hemionus khur</i>.", {"equus-hemionus-khur"}),
        ("Excludes the domesticated form, which is referenced as <i>Equus khur</i>", set()),
        ("Includes <i>Equus khur</i>", set()),
    ],
)
def test_a_note_that_names_subspecies_excludes_them(run, note: str, excluded: set[str]) -> None:
    taxa = TAXA + (
        "Equus,Genus,8,Family,1,A,,,CITES\nhemionus,Species,9,Genus,8,A,,,CITES\n"
        "hemionus,Subspecies,10,Species,9,A,,,CITES\nkhur,Subspecies,11,Species,9,A,,,CITES\n"
    )
    row = f'SPECIES,9,II,01/07/1975,,1,,,0,,,,"{note}",,,,,,,\n'
    found = run({"taxa.csv": taxa, "cites.csv": CITES.split("SPECIES,219", 1)[0] + row}, day=None)
    event = "listing-event/cites/equus-hemionus/ii-addition-1975-07-01"
    assert found.values(event, "jwp:excludesTaxon") == {f"taxon/cites/{slug}" for slug in excluded}


def test_a_reservation_on_behalf_of_a_territory_names_it(run) -> None:
    row = "SPECIES,219,I/r,31/10/1976,GB,0,,,0,,,,On behalf of HK.,,,,,,,\n"
    found = run({"taxa.csv": TAXA, "cites.csv": CITES.split("SPECIES,219", 1)[0] + row}, day=None)
    event = "listing-event/cites/acinonyx-jubatus/i-reservation-1976-10-31-gb"
    assert found.values(event, "jwp:onBehalfOf") == {"country/HK"}
    assert found.values(event, "jwp:reservingParty") == {"country/GB"}


def test_an_amendment_names_the_meeting_that_decided_on_it_also_where_its_days_are_not_known(run) -> None:
    row = "Species,219,I,04/02/1977,,1,,,0,,,,,,,,,,,\n"
    found = run({"taxa.csv": TAXA, "cites.csv": CITES.split("SPECIES,219", 1)[0] + row}, day=None)
    event = "listing-event/cites/acinonyx-jubatus/i-addition-1977-02-04"
    assert found.values(event, "jwp:decidedAt") == {"meeting/cites-cop1"}
    assert not found.values(event, "jwp:adoptedOn")


def test_what_a_note_delays_waits_with_the_end_of_appendix_iii_and_reservations_do_not(run) -> None:
    note = "Entry into effect delayed by 18 months, i.e. until 14 September 2014. Appendix III listing still applies."
    rows = (
        "Species,219,III,25/09/2012,CR,0,,,0,,,,,,,,,,,\n"
        f'Species,219,II,12/06/2013,,1,,,0,,,,"{note}",,,,,,,\n'
        "SPECIES,219,DELIII,12/06/2013,CR,0,,,0,,,,,,,,,,,\n"
        "SPECIES,219,II/r,12/06/2013,JP,1,,,0,,,,,,,,,,,\n"
    )
    found = run({"taxa.csv": TAXA, "cites.csv": CITES.split("SPECIES,219", 1)[0] + rows}, day=None)
    event = "listing-event/cites/acinonyx-jubatus"
    assert found.values(f"{event}/ii-addition-2014-09-14", "jwp:decidedAt") == {"meeting/cites-cop16"}
    assert found.values(f"{event}/ii-addition-2014-09-14", "jwp:adoptedOn") == {"2013-03-14"}
    assert found.values(f"{event}/ii-addition-2014-09-14", "jwp:delayReason")
    assert found.values(f"{event}/iii-deletion-2014-09-14-cr", "jwp:effectiveOn") == {"2014-09-14"}
    assert found.values(f"{event}/ii-reservation-2013-06-12-jp", "jwp:effectiveOn") == {"2013-06-12"}


def test_a_note_that_other_populations_were_removed_ends_their_listing(run) -> None:
    # Ovis canadensis and Cyrtonyx montezumae mearnsi were in Appendix II in the United States without an end.
    rows = (
        "SPECIES,219,II,01/07/1975,,0,,,0,,,,,,,,,,,\n"
        'SPECIES,219,II,29/07/1983,,1,MX,"US,CA",0,,,,Population of MX only (Populations of CA & US removed).,,,,,,,\n'
        "SPECIES,219,II,18/01/1990,,1,FR,,0,,,,Population of FR removed from the wild.,,,,,,,\n"
    )
    found = run({"taxa.csv": TAXA, "cites.csv": CITES.split("SPECIES,219", 1)[0] + rows}, day=None)
    removal = "listing-event/cites/acinonyx-jubatus/ii-deletion-1983-07-29"
    assert found.values(removal, "jwp:changeType") == {"listing-change-type/deletion"}
    assert found.values(removal, "jwp:populationOut") == {"country/MX"}
    assert not found.values("listing-event/cites/acinonyx-jubatus/ii-deletion-1990-01-18", "jwp:changeType")


def test_every_row_is_accounted_for(found) -> None:
    assert found.report.read == 17
    assert found.report.imported == 16
    assert found.report.rejections == []
    assert sum(found.report.skipped.values()) == 1


def test_names_are_put_together_from_the_parents(found) -> None:
    assert found.values("taxon/cms/acinonyx-jubatus-venaticus", "gbif:canonicalName") == {"Acinonyx jubatus venaticus"}
    assert found.values("taxon/cms/felidae", "skos:prefLabel") == {"Felidae"}
    assert found.values(CHEETAH, "tcs:parentTaxonConcept") == {"taxon/cites/acinonyx"}
    assert found.values(CHEETAH, "tcs:synonym") == {"taxon-name/cynailurus-guttata-hermann-1804"}


def test_a_taxon_is_a_concept_of_each_taxonomy_that_has_it(found) -> None:
    assert found.values("taxon/cms/acinonyx-jubatus", "tcs:accordingTo") == {"taxonomy/cms"}
    assert found.values(CHEETAH, "tcs:accordingTo") == {"taxonomy/cites"}
    assert not found.values("taxon/cites/acinonyx-jubatus-venaticus", "tcs:accordingTo")


def test_a_name_that_is_kept_without_being_accepted_says_so(found) -> None:
    assert found.values("name-usage/cms/acinonyx-jubatus-venaticus/name", "jwp:nameStatus") == {"name-status/unplaced"}


def test_common_names_in_any_script_have_their_language(found) -> None:
    rows = found.ask(
        "SELECT ?t ?l { ?s a jwp:CommonName ; skosxl:literalForm ?n BIND (LANG(?n) AS ?l) BIND (STR(?n) AS ?t) }"
    )
    assert rows == [("Jagluiperd", "af"), ("猎豹", "zh"), ("猎豹", "zh")]


def test_tags_of_a_distribution(found) -> None:
    statuses = found.values("distribution/cites/acinonyx-jubatus/IN", "jwp:distributionStatus")
    assert statuses == {"distribution-status/extinct", "distribution-status/reintroduced"}


def test_each_change_of_the_cites_history_is_an_event(found) -> None:
    event = "listing-event/cites/acinonyx-jubatus/"
    assert found.values(event + "i-addition-1975-07-01", "jwp:effectiveOn") == {"1975-07-01"}
    assert found.values(event + "i-reservation-1992-02-02-na", "jwp:reservingParty") == {"country/NA"}
    assert found.values(event + "ii-deletion-1977-02-04", "jwp:changeType") == {"listing-change-type/deletion"}
    included = event + "ii-addition-1975-07-01"
    assert found.values(included, "jwp:viaHigherTaxon") == {"taxon/cites/felidae"}
    assert found.values(included, "jwp:excludesTaxon") == {CHEETAH}
    assert found.values(included, "jwp:populationOut") == {"country/BW", "country/NA", "country/ZW"}
    assert not found.values(event + "i-addition-1975-07-01", "jwp:shortNote")


def test_cms_rows_are_listings_or_say_what_an_instrument_covers(found) -> None:
    event = "listing-event/cms/acinonyx-jubatus/i-addition-2009-03-05"
    assert found.values(event, "jwp:appendix") == {"appendix/cms-i"}
    assert found.values(event, "jwp:populationOut") == {"country/BW", "country/NA", "country/ZW"}
    assert found.values("instrument/gorilla-agreement", "jwp:coversTaxon") == {"taxon/cms/acinonyx-jubatus"}
    assert found.values("instrument/acap", "jwp:parentConvention") == {"instrument/cms"}


@pytest.mark.parametrize(
    ("row", "column"),
    [
        ("Species,219,I,31/02/2009,1,,,,,,,,CMS,", "effective_from"),
        ("Species,219,I,01/01/1066,1,,,,,,,,CMS,", "effective_from"),
        ("Species,219,I,01/01/2909,1,,,,,,,,CMS,", "effective_from"),
        ("Species,219,I,,1,,,,,,,,CMS,", "effective_from"),
        ("Species,219,I,01/01/2009,1,QQ,,,,,,,CMS,", "populations_iso2"),
        ("Species,219,I,01/01/2009,1,KE,KE,,,,,,CMS,", "EXCLUDEDpopulations_iso"),
        ("Species,999,I,01/01/2009,1,,,,,,,,CMS,", "rec_id"),
        ("Species,219,Fanclub,01/01/2009,1,,,,,,,,Fanclub,", "CMS instrument"),
        ("Species,219,I,01/01/2009,1,,,,,,SPECIES 1,,CMS,", "excluded_rec_ids"),
    ],
)
def test_a_bad_listing_is_refused_with_line_and_column(run, row: str, column: str) -> None:
    found = run({"taxa.csv": TAXA, "cms.csv": CMS + row + "\n"}, day=None)
    assert found.rejected() == [(5, column)]
    assert found.report.read - found.report.imported == 1


def test_parents_in_a_circle_and_repeated_numbers_are_refused_and_the_rest_is_imported(run) -> None:
    circle = "loopa,Species,7,Species,8,A,,,CMS\nloopb,Species,8,Species,7,A,,,CMS\nagain,Species,219,Genus,3,A,,,CMS\n"
    found = run({"taxa.csv": TAXA + circle}, day=None)
    assert found.rejected() == [(9, "RecID"), (7, "ParentRecID"), (8, "ParentRecID")]
    assert "cycle" in found.report.rejections[1].reason
    assert found.report.imported == 5


def test_the_other_tables_need_that_of_taxa(run) -> None:
    with pytest.raises(ProblemError) as refused:
        run({"cms.csv": CMS})
    assert refused.value.slug == "table-of-taxa-needed"


def test_only_a_family(run) -> None:
    other = "CANIDAE,Family,2,Class,1,A,,,CMS\n"
    found = run({"taxa.csv": TAXA + other, "cms.csv": CMS}, only=frozenset({"Felidae"}))
    assert not found.values("taxon/cms/canidae", "jwp:rank")
    assert found.values("taxon/cms/acinonyx-jubatus", "jwp:rank")


WORKS = """DscRecID,Full_citation,Authors,Year,Title
7,"Wilson, D. E. (ed.) 2005. _Mammal Species_ of the World.",Wilson,2005,Mammal Species
8,Nobody refers to this.,,,
"""
STANDARD = """Scientific name,Rank,RecID,DesignationStandardReferenceID,Excludes,Cascade
MAMMALIA,Class,1,7,"SPECIES:219, SPECIES:9999",Y
FELIDAE,Family,1,99,,N
"""
NOTICES = """Legacy_ID,Designation,LnmShortDesc,Date valid from,Event Type,Basis for Suspension,LnmLongDesc,LnmURL
1,CITES,CITES Notif. No. 1,15/03/2004,CITES Suspension Notification,Significant trade,,http://cites.example/1.pdf
2,CITES,CITES Notif. No. 2,02/05/2013,CITES Suspension Notification,Significant trade,,
1,EU,No 338/97,,Basic and amendments,,,
"""
SUSPENSIONS = """IsCurrent,Kingdom,Rank,RecID,ISO code,StartNotificationID,EndNotificationID,Notes,ExcludedTaxa
0,Animalia,SPECIES,219,NA,1,2,All <i>exports</i>.,
1,Animalia,CLASS,1,BW,2,,,SPECIES:219
1,,,,SO,2,,,
1,Plantae,SPECIES,219,BW,2,,,
1,Animalia,SPECIES,219,BW,3,,,
1,Animalia,SPECIES,219,BW,2,1,,
1,Animalia,SPECIES,219,QQ,2,,,
"""
MORE = {"references.csv": WORKS, "cms_standard.csv": STANDARD, "events.csv": NOTICES, "suspensions.csv": SUSPENSIONS}


@pytest.fixture
def with_works(run):
    """Return the import of the table of taxa with those of works and suspensions."""
    names = COMMON.replace('"CITES,EU",', '"CITES,EU",7')
    return run({**dict(reversed(MORE.items())), "names.csv": names, "taxa.csv": TAXA}, day=None)


def test_a_taxonomy_follows_a_work_for_a_taxon_and_what_is_below(with_works) -> None:
    followed = "standard-reference/cms/mammalia/species-plus-2013-work-7"
    assert with_works.values(followed, "jwp:ofTaxon") == {"taxon/cms/mammalia"}
    assert with_works.values(followed, "jwp:includesBelow") == {"true"}
    assert with_works.values(followed, "jwp:excludesTaxon") == {"taxon/cms/acinonyx-jubatus"}
    work = "source/species-plus-2013-work-7"
    assert with_works.values(followed, "dcterms:references") == {work}
    assert with_works.values("taxon/cms/mammalia", "dcterms:references") == {work}
    (citation,) = with_works.values(work, "dcterms:bibliographicCitation")
    assert citation == "Wilson, D. E. (ed.) 2005. Mammal Species of the World."


def test_a_common_name_says_which_work_has_it(with_works) -> None:
    name = "common-name/cites/acinonyx-jubatus/af/jagluiperd"
    assert with_works.values(name, "dcterms:references") == {"source/species-plus-2013-work-7"}


def test_a_suspension_has_place_taxon_and_the_days_of_its_notices(with_works) -> None:
    over = "trade-restriction/cites/acinonyx-jubatus-na-suspension-2004-03-15-1"
    assert with_works.values(over, "jwp:restrictedTaxon") == {CHEETAH}
    assert with_works.values(over, "jwp:restrictedPlace") == {"country/NA"}
    assert with_works.values(over, "jwp:effectiveFrom") == {"2004-03-15"}
    assert with_works.values(over, "jwp:effectiveUntil") == {"2013-05-02"}
    assert with_works.values(over, "dcterms:references") == {"source/cites-notif-no-1"}
    assert with_works.values(over, "jwp:shortNote") == set()
    lasting = "trade-restriction/cites/mammalia-bw-suspension-2013-05-02-2"
    assert with_works.values(lasting, "jwp:excludesTaxon") == {CHEETAH}
    assert with_works.values(lasting, "jwp:effectiveUntil") == set()
    everything = "trade-restriction/cites/all-so-suspension-2013-05-02-2"
    assert with_works.values(everything, "jwp:restrictedTaxon") == set()


def test_every_row_about_works_is_accounted_for(with_works) -> None:
    refused = {(one.file, one.line, one.column) for one in with_works.report.rejections}
    assert refused == {
        ("cms_standard.csv", 2, "Excludes"),
        ("cms_standard.csv", 3, "DesignationStandardReferenceID"),
        ("suspensions.csv", 6, "StartNotificationID"),
        ("suspensions.csv", 7, "EndNotificationID"),
        ("suspensions.csv", 8, "ISO code"),
    }
    assert with_works.report.skipped == {
        "a work that nothing among the tables refers to": 1,
        "an event that suspends no trade under CITES": 1,
        "outside the taxa asked for": 1,
    }
    partly = 1
    counted = with_works.report.imported + sum(with_works.report.skipped.values()) + len(refused) - partly
    assert counted == with_works.report.read


def test_a_repeated_number_of_a_work_is_refused(run) -> None:
    found = run({"taxa.csv": TAXA, "references.csv": WORKS + "7,Again,,,\nx,No number,,,\n9,,,,\n"}, day=None)
    assert found.rejected() == [(4, "DscRecID"), (5, "DscRecID"), (6, "Full_citation")]


def test_a_class_is_not_put_below_a_species(run) -> None:
    found = run({"taxa.csv": TAXA.replace("MAMMALIA,Class,1,,,A", "MAMMALIA,Class,1,Species,219,A")}, day=None)
    assert found.rejected()[0] == (2, "ParentRank")
