"""Tests of the History of CITES Listings, the Species+ listing exports, API responses, and the curated table."""

from __future__ import annotations

import json

import pytest

from jwpgraph.problems import ProblemError

HISTORY = """TaxonId,Kingdom,Phylum,Class,Order,Family,Genus,Species,Subspecies,FullName,AuthorYear,RankName,Appendix,\
PartyIsoCode,PartyFullName,ChangeType,EffectiveAt(DD/MM/YYYY),IsCurrent,#AnnotationSymbol,#Annotation,\
FullAnnotationEnglish,AnnotationEnglish,AnnotationSpanish,AnnotationFrench,NomenclatureNote
4521,Animalia,Chordata,Mammalia,Proboscidea,Elephantidae,Loxodonta,africana,,Loxodonta africana,"(Blumenbach, 1797)",\
SPECIES,III,GH,Ghana,ADDITION,26/02/1976,false,,,,,,,
4521,Animalia,Chordata,Mammalia,Proboscidea,Elephantidae,Loxodonta,africana,,Loxodonta africana,"(Blumenbach, 1797)",\
SPECIES,I,,,ADDITION,18/09/1997,false,,,,"All populations except those of BW, NA, and ZW.",,,
4521,Animalia,Chordata,Mammalia,Proboscidea,Elephantidae,Loxodonta,africana,,Loxodonta africana,"(Blumenbach, 1797)",\
SPECIES,I,BW,Botswana,RESERVATION_WITHDRAWAL,18/09/1997,false,,,,,,,
"""
CITES = """Id,Kingdom,Phylum,Class,Order,Family,Genus,Species,Subspecies,Scientific Name,Author,Rank,Listing,Party,\
Listed under,Full note,# Full note,All_DistributionFullNames,All_DistributionISOCodes,NativeDistributionFullNames,\
Introduced_Distribution,Introduced(?)_Distribution,Reintroduced_Distribution,Extinct_Distribution,\
Extinct(?)_Distribution,Distribution_Uncertain
5,Animalia,Chordata,Aves,Falconiformes,Falconidae,Falco,cherrug,,Falco cherrug,"Gray, 1834",SPECIES,II/NC,,\
Falconiformes,,,"Mongolia, Turkmenistan","MN,TM",Mongolia,,,,Turkmenistan,,
"""
CMS = """Id,Phylum,Class,Order,Family,Genus,ScientificName,Author,Rank,Agreement,Listing,Listed under,Date,Note,\
All_DistributionFullNames,All_DistributionISOCodes,NativeDistributionFullNames,Introduced_Distribution,\
Introduced(?)_Distribution,Reintroduced_Distribution,Extinct_Distribution,Extinct(?)_Distribution,Distribution_Uncertain
7,Chordata,Aves,Falconiformes,Falconidae,Falco,Falco cherrug,"Gray, 1834",Species,CMS,I/II,Falco cherrug,\
"23/02/2012, 01/11/1983",,Mongolia,MN,Mongolia,,,,,,
7,Chordata,Aves,Falconiformes,Falconidae,Falco,Falco cherrug,"Gray, 1834",Species,Raptors,,,01/11/2008,,,,,,,,,,
"""
CONCEPT = {
    "id": 4521,
    "full_name": "Loxodonta africana",
    "author_year": "(Blumenbach, 1797)",
    "rank": "SPECIES",
    "name_status": "A",
    "taxonomy": "CITES_EU",
    "higher_taxa": {"kingdom": "Animalia", "phylum": "Chordata", "class": "Mammalia", "family": "Elephantidae"},
    "synonyms": [
        {"id": 37069, "full_name": "Loxodonta cyclotis", "author_year": "(Matschie, 1900)", "rank": "SPECIES"}
    ],
    "common_names": [{"name": "African Elephant", "language": "EN"}],
}
LEGISLATION = {
    "cites_listings": [
        {
            "id": 1,
            "taxon_concept_id": 4521,
            "appendix": "I",
            "change_type": "R+",
            "effective_at": "2019-11-26",
            "party": {"iso_code2": "BW", "name": "Botswana", "type": "COUNTRY"},
        },
        {"id": 2, "taxon_concept_id": 99, "appendix": "I", "change_type": "+", "effective_at": "2019-11-26"},
        {"id": 3, "taxon_concept_id": 4521, "appendix": "IV", "change_type": "+", "effective_at": "2019-11-26"},
    ],
    "cites_quotas": [],
    "cites_suspensions": [{"id": 9, "taxon_concept_id": None}],
}
ELEPHANT = "taxon/cites/loxodonta-africana"


def test_each_row_of_the_history_is_an_event(run) -> None:
    found = run({"history.csv": HISTORY}, day=None)
    event = "listing-event/cites/loxodonta-africana/"
    assert found.report.imported == 3
    assert found.values(event + "iii-addition-1976-02-26-gh", "jwp:requestingParty") == {"country/GH"}
    out = found.values(event + "i-addition-1997-09-18", "jwp:populationOut")
    assert out == {"country/BW", "country/NA", "country/ZW"}
    withdrawn = found.values(event + "i-reservation-withdrawal-1997-09-18-bw", "jwp:changeType")
    assert withdrawn == {"listing-change-type/reservation-withdrawal"}


@pytest.mark.parametrize(
    ("old", "new", "column"),
    [
        ("26/02/1976", "26/26/1976", "EffectiveAt(DD/MM/YYYY)"),
        ("III,GH", "III,QQ", "PartyIsoCode"),
        ("III,GH", "IV,GH", "Appendix"),
        ("Ghana,ADDITION", "Ghana,ADDED", "ChangeType"),
    ],
)
def test_a_bad_row_of_the_history_is_refused(run, old: str, new: str, column: str) -> None:
    found = run({"history.csv": HISTORY.replace(old, new)}, day=None)
    assert found.rejected() == [(2, column)]
    assert found.report.imported == 2


def test_cites_listings_are_in_force_by_the_day_and_name_the_taxon_that_is_listed(run) -> None:
    found = run({"cites.csv": CITES})
    event = "listing-event/cites/falco-cherrug/ii-addition-by-2017-04-21"
    assert found.values(event, "jwp:viaHigherTaxon") == {"taxon/cites/falconiformes"}
    assert found.values(event, "jwp:effectiveBy") == {"2017-04-21"}
    assert found.values("distribution/cites/falco-cherrug/TM", "jwp:distributionStatus") == {
        "distribution-status/extinct"
    }


def test_cms_listings_have_their_dates_and_agreements_cover_taxa(run) -> None:
    found = run({"cms.csv": CMS}, day=None)
    event = "listing-event/cms/falco-cherrug/"
    assert found.values(event + "i-addition-2012-02-23", "jwp:effectiveOn") == {"2012-02-23"}
    assert found.values(event + "ii-addition-1983-11-01", "jwp:appendix") == {"appendix/cms-ii"}
    assert found.values("instrument/raptors-mou", "jwp:coversTaxon") == {"taxon/cms/falco-cherrug"}
    assert found.values("taxon/cms/falco-cherrug", "jwp:rank") == {"taxon-rank/species"}


def test_answers_of_the_api_belong_together_whatever_their_order(run) -> None:
    places = [
        {"id": 1, "iso_code2": "SZ", "name": "Eswatini", "tags": ["extinct", "reintroduced"]},
        {"iso_code2": "KE"},
    ]
    references = [{"id": 5, "citation": "Author, A. 1999. A title.", "is_standard": True}]
    found = run(
        {
            "4521-references.json": json.dumps(references),
            "4521-distributions.json": json.dumps(places),
            "legislation.json": json.dumps(LEGISLATION),
            "taxa.json": json.dumps({"pagination": {}, "taxon_concepts": [CONCEPT]}),
        }
    )
    assert found.values(ELEPHANT, "tcs:synonym") == {"taxon-name/loxodonta-cyclotis-matschie-1900"}
    reserved = "listing-event/cites/loxodonta-africana/i-reservation-2019-11-26-bw"
    assert found.values(reserved, "jwp:reservingParty") == {"country/BW"}
    assert found.values("distribution/cites/loxodonta-africana/KE", "jwp:distributionStatus") == {
        "distribution-status/native"
    }
    assert found.values(ELEPHANT, "dcterms:references") == {"source/species-plus-reference-5"}
    assert [(one.file, one.line, one.column) for one in found.report.rejections] == [
        ("legislation.json", 2, "taxon_concept_id"),
        ("legislation.json", 3, "appendix"),
        ("legislation.json", 1, "geo_entity"),
    ]


def test_the_api_tells_quotas_and_suspensions(run) -> None:
    place = {"iso_code2": "TZ", "name": "Tanzania", "type": "COUNTRY"}
    quota = {"taxon_concept_id": 4521, "geo_entity": place, "publication_date": "2022-02-01", "is_current": True}
    notice = {"name": "CITES Notif. No. 2022/1", "date": "2022-03-01", "url": "https://cites.example/1.pdf"}
    legislation = {
        "cites_listings": [],
        "cites_quotas": [
            {"id": 1, "quota": 50.0, "unit": "tusks", **quota},
            {"id": 2, "quota": 0, "unit": None, **quota},
            {"id": 3, "quota": -1, "unit": None, **quota},
            {"id": 4, "quota": 5, **quota, "is_current": False},
            {"id": 5, "quota": 5, **quota, "publication_date": "2022-02-30"},
        ],
        "cites_suspensions": [
            {"id": 6, "taxon_concept_id": None, "geo_entity": place, "start_notification": notice, "is_current": True},
        ],
    }
    found = run({"legislation.json": json.dumps(legislation), "taxa.json": json.dumps(CONCEPT)})
    quota_iri = "trade-restriction/cites/loxodonta-africana-tz-quota-2022-02-01-"
    assert found.values(quota_iri + "1", "jwp:quotaAmount") == {"50"}
    assert found.values(quota_iri + "1", "jwp:quotaUnit") == {"tusks"}
    assert found.values(quota_iri + "2", "jwp:restrictedTaxon") == {ELEPHANT}
    suspension = "trade-restriction/cites/all-tz-suspension-2022-03-01-6"
    assert found.values(suspension, "jwp:restrictedPlace") == {"country/TZ"}
    assert found.values(suspension, "dcterms:references") == {"source/cites-notif-no-2022-1"}
    assert found.rejected() == [(3, "quota"), (5, "start_date")]
    assert found.report.imported == 4


def test_only_some_references_of_the_api_are_standard(run) -> None:
    references = [
        {"id": 5, "citation": "Author, A. 1999. A title.", "is_standard": True},
        {"id": 6, "citation": "Other, B. 2001. Another.", "is_standard": False},
    ]
    found = run({"4521-references.json": json.dumps(references), "taxa.json": json.dumps(CONCEPT)})
    cited = {"source/species-plus-reference-5", "source/species-plus-reference-6"}
    assert found.values(ELEPHANT, "dcterms:references") == cited
    standard = "standard-reference/cites/loxodonta-africana/species-plus-reference-"
    assert found.values(standard + "5", "jwp:includesBelow") == {"false"}
    assert not found.values(standard + "6", "jwp:ofTaxon")


def test_a_download_has_one_taxon_a_line(run) -> None:
    other = CONCEPT | {"id": 4522, "full_name": "Loxodonta minor"}
    lines = "".join(json.dumps(one) + "\n" for one in (CONCEPT, other, CONCEPT))
    found = run({"download.json": lines})
    assert found.report.imported == 2
    assert [(one.line, one.column) for one in found.report.rejections] == [(3, "id")]


@pytest.mark.parametrize(("text", "slug"), [('{"a": ', "bad-json"), ('{"species": []}', "unknown-header")])
def test_json_that_is_no_answer_is_refused(run, text: str, slug: str) -> None:
    with pytest.raises(ProblemError) as refused:
        run({"answer.json": text})
    assert (refused.value.slug, refused.value.exit_code) == (slug, 2)


CURATED = """taxonomy,name,rank,author,parent,appendix,change,effective,\
population_out,evidence,sources,formerly,name_since
cms,Falco cherrug,species,"Gray, 1834",genus Falco,I,addition,2012-02,MN,sourced,cms-sakergap,,
cites,Panthera uncia,species,"(Schreber, 1775)",genus Panthera,,,,,sourced,rcites-2022,Uncia uncia,2019-11-26
"""


def test_the_table_kept_by_hand_says_how_precise_a_date_is_and_what_it_rests_on(run) -> None:
    found = run({"curated.csv": CURATED})
    event = "listing-event/cms/falco-cherrug/i-addition-2012-02"
    assert found.values(event, "jwp:effectiveOn") == {"2012-02"}
    assert "gYearMonth" in found.ntriples
    assert found.values(event, "jwp:evidence") == {"evidence-level/sourced"}
    assert found.values(event, "dcterms:source") == {"source/cms-sakergap"}
    assert found.values("name-usage/cites/panthera-uncia/former-name", "jwp:validUntil") == {"2019-11-25"}


@pytest.mark.parametrize(
    ("old", "new", "column"),
    [
        ("2012-02", "2012-13", "effective"),
        ("sourced,cms-sakergap", "sourced,", "sources"),
        ("sourced,cms-sakergap", "hearsay,x", "evidence"),
        ("cms,Falco", "eu,Falco", "taxonomy"),
    ],
)
def test_a_bad_line_of_it_is_refused(run, old: str, new: str, column: str) -> None:
    found = run({"curated.csv": CURATED.replace(old, new, 1)})
    assert found.rejected() == [(2, column)]
