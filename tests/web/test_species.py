"""Pages of species and countries: true as at a day and for a country, drawn and told in words, with sources."""

from __future__ import annotations

import json
import re

import pytest

from jwpgraph.vocabulary import ID, JWP, PREFIXES

SPECIES = f"""
@prefix jwp: <{JWP}> . @prefix skos: <{PREFIXES["skos"]}> . @prefix tcs: <{PREFIXES["tcs"]}> .
@prefix dwc: <{PREFIXES["dwc"]}> .
@prefix gbif: <{PREFIXES["gbif"]}> . @prefix dcterms: <{PREFIXES["dcterms"]}> . @prefix xsd: <{PREFIXES["xsd"]}> .
@prefix id: <{ID}> .
<{ID}taxon/cites/testudo-probans> a jwp:TaxonConcept ; skos:prefLabel "Proving tortoise"@en ;
  gbif:canonicalName "Testudo probans" ; dwc:scientificNameAuthorship "(Nobody, 1900)" ;
  jwp:rank <{ID}taxon-rank/species> ; tcs:accordingTo <{ID}taxonomy/cites> ;
  jwp:wikidataId "Q1", "javascript:alert(1)" .
<{ID}taxon/cms/testudo-probata> a jwp:TaxonConcept ; skos:prefLabel "Proven tortoise"@en ;
  gbif:canonicalName "Testudo probata" ; jwp:rank <{ID}taxon-rank/species> ; tcs:accordingTo <{ID}taxonomy/cms> .
<{ID}alignment/probans> a jwp:Alignment ; jwp:subjectConcept <{ID}taxon/cites/testudo-probans> ;
  jwp:objectConcept <{ID}taxon/cms/testudo-probata> ; jwp:alignmentRelation <{ID}alignment-relation/includes> .
<{ID}listing-event/one> a jwp:ListingEvent ; jwp:listedTaxon <{ID}taxon/cites/testudo-probans> ;
  jwp:designation <{ID}instrument/cites> ; jwp:appendix <{ID}appendix/cites-i> ;
  jwp:changeType <{ID}listing-change-type/addition> ; jwp:effectiveOn "2003-04-05"^^xsd:date ;
  jwp:populationOut <{ID}country/MN> ; jwp:populationNote "<b>not</b> those in captivity"@en ;
  dcterms:source <{ID}source/species-plus-2013> .
<{ID}listing-event/two> a jwp:ListingEvent ; jwp:listedTaxon <{ID}taxon/cms/testudo-probata> ;
  jwp:designation <{ID}instrument/cms> ; jwp:appendix <{ID}appendix/cms-ii> ;
  jwp:changeType <{ID}listing-change-type/addition> ; jwp:effectiveOn "1999"^^xsd:gYear .
<{ID}listing-event/three> a jwp:ListingEvent ; jwp:listedTaxon <{ID}taxon/cites/testudo-probans> ;
  jwp:designation <{ID}instrument/cites> ; jwp:appendix <{ID}appendix/cites-i> ; jwp:party <{ID}country/KE> ;
  jwp:changeType <{ID}listing-change-type/reservation> .
<{ID}listing-event/four> a jwp:ListingEvent ; jwp:listedTaxon <{ID}taxon/cites/testudo-probans> ;
  jwp:designation <{ID}instrument/cites> ; jwp:appendix <{ID}appendix/cites-iii> ; jwp:party <{ID}country/MN> ;
  jwp:changeType <{ID}listing-change-type/addition> ; jwp:effectiveOn "2007-01-01"^^xsd:date .
<{ID}listing-event/five> a jwp:ListingEvent ; jwp:listedTaxon <{ID}taxon/cites/testudo-probans> ;
  jwp:designation <{ID}instrument/cites> ; jwp:appendix <{ID}appendix/cites-iii> ; jwp:party <{ID}country/MN> ;
  jwp:changeType <{ID}listing-change-type/deletion> ; jwp:effectiveOn "2009-01-01"^^xsd:date .
<{ID}distribution/one> a jwp:Distribution ; jwp:ofTaxon <{ID}taxon/cites/testudo-probans> ;
  jwp:inPlace <{ID}country/KE> ; jwp:distributionStatus <{ID}distribution-status/extinct> .
"""
PATH = "/doc/taxon/cites/testudo-probans"


@pytest.fixture(scope="module")
def tortoise(client_with):
    """A client of a service that knows a tortoise made for these tests."""
    return client_with(SPECIES)


def said(text: str) -> str:
    return re.sub(r" (?=[.,:;])", "", " ".join(re.sub(r"<[^>]+>", " ", text).split()))


def section(text: str, name: str) -> str:
    return text.partition(f'<section aria-labelledby="{name}">')[2].partition("</section>")[0]


def test_the_status_is_one_sentence_for_each_treaty(tortoise) -> None:
    status = said(section(tortoise.get(PATH).text, "status"))
    assert "Listed in Appendix I since 5 April 2003: all populations but those of Mongolia" in status
    assert "Listed in Appendix II since 1999" in status
    assert "&lt;b&gt;not&lt;/b&gt; those in captivity" in status


def test_a_day_and_a_country_change_what_is_true(tortoise) -> None:
    assert "No listing in force" in said(section(tortoise.get(PATH + "?on=2003-04-04").text, "status"))
    kenya = said(section(tortoise.get(PATH + "?in=KE").text, "status"))
    mongolia = said(section(tortoise.get(PATH + "?in=MN").text, "status"))
    assert "Listed in Appendix I" in kenya
    assert "No listing that covers the population of Mongolia" in mongolia
    assert "Appendix I: not the population of Mongolia. It covers all populations but those of Mongolia" in mongolia
    for wrong, status in (("?on=yesterday", 422), ("?in=Narnia", 422), ("?on=20030405", 422)):
        assert tortoise.get(PATH + wrong).status_code == status


def test_what_does_not_apply_is_said_with_its_reason(tortoise) -> None:
    before = said(section(tortoise.get(PATH + "?on=2003-04-04").text, "status"))
    assert "Appendix I: not yet on that day; listed since 5 April 2003" in before
    assert "Appendix III: not yet on that day; listed since 1 January 2007" in before
    assert "Not listed in Appendix II, as far as this release knows" in before
    after = said(section(tortoise.get(PATH + "?on=2010-01-01").text, "status"))
    assert "Appendix III: no longer on that day; deleted, since 1 January 2009" in after
    assert "The date of a change (reservation) is not known" in after
    assert "Not known of Appendix I" in after


def test_a_country_page_shows_reservations_and_occurrence(tortoise) -> None:
    kenya = said(section(tortoise.get(PATH + "?in=KE&on=2020-01-01").text, "status"))
    assert "Kenya was a Party to CITES, since 13 March 1979" in kenya
    assert "Recorded from Kenya: extinct" in kenya
    assert "no record of it from Mongolia" in said(section(tortoise.get(PATH + "?in=MN").text, "status"))
    early = said(section(tortoise.get(PATH + "?in=KE&on=1970-01-01").text, "status"))
    assert "Kenya was not a Party to CITES on that day. It became one on 13 March 1979" in early


def test_every_row_of_a_section_shows_its_source(tortoise) -> None:
    text = tortoise.get("/doc/taxon/cms/falco-cherrug").text
    for name in ("status", "where", "programme", "redlist"):
        rows = section(text, name)
        assert rows.count("<summary>source</summary>") >= rows.count("<li>") or name == "where"
        assert "About this source" in rows, name
    where = section(text, "where")
    assert where.count("<dt>") == where.count("<summary>source</summary>")
    assert 'href="/doc/distribution/' in where


def test_imprecise_dates_are_marked(tortoise) -> None:
    text = said(section(tortoise.get(PATH + "?on=1999-06-01").text, "status"))
    assert "Possibly listed in Appendix II" in text


def test_the_timeline_is_drawn_with_a_table(tortoise) -> None:
    timeline = section(tortoise.get(PATH).text, "timeline")
    assert timeline.count("<rect") >= 2
    assert 'role="img"' in timeline
    assert "5 April 2003" in timeline.partition("<table")[2]
    assert "1999" in timeline.partition("<table")[2]


def test_names_are_side_by_side_with_the_alignment_drawn(tortoise) -> None:
    names = section(tortoise.get(PATH).text, "names")
    assert names.count("<circle") == 2
    assert "Testudo probans" in names
    assert "Testudo probata" in names
    assert "includes" in said(names)


def test_common_names_of_a_congruent_concept_are_its_own_too(tortoise, client_with) -> None:
    called = f'<{ID}taxon/cms/testudo-probata> dwc:vernacularName "Schildi"@de , "Tortue"@fr , "Testudo"@la .'
    congruent = client_with(SPECIES.replace("alignment-relation/includes", "alignment-relation/congruent") + called)
    names = congruent.get(PATH).text.partition('<p class="names">')[2].partition("</p>")[0]
    assert said(names) == "Testudo · Tortue fr · Schildi de"
    included = client_with(SPECIES + called)
    assert "Schildi" not in included.get(PATH).text


def test_the_range_is_shown_by_status(tortoise) -> None:
    where = said(section(tortoise.get(PATH).text, "where"))
    assert re.search(r"Extinct 1 Kenya", where)
    assert "records no range" in said(section(tortoise.get("/doc/taxon/cites/falco").text, "where"))


def test_identifiers_lead_elsewhere_only_where_they_are_identifiers(tortoise) -> None:
    elsewhere = section(tortoise.get(PATH).text, "elsewhere")
    assert 'href="https://www.wikidata.org/wiki/Q1"' in elsewhere
    assert "javascript" not in elsewhere


def test_pages_carry_schema_org_that_no_label_can_break_out_of(client_with) -> None:
    hostile = "</script><script>alert(1)</script><!--"
    turtle = f'<{ID}body/hostile> a <{JWP}Body> ; <{PREFIXES["skos"]}prefLabel> "{hostile}"@en .'
    text = client_with(turtle).get("/doc/body/hostile").text
    (found,) = re.findall(r'<script type="application/ld\+json">(.*?)</script>', text, re.DOTALL)
    document = json.loads(found)
    assert document["name"] == hostile
    assert document["@type"] == "Organization"
    assert document["@id"] == ID + "body/hostile"


def test_a_country_shows_its_listed_species_and_what_it_joined(tortoise) -> None:
    text = tortoise.get("/doc/country/KE").text
    assert "Testudo probans" in section(text, "species")
    assert 'href="/species/testudo-probans?in=KE#status">source</a>' in section(text, "species")
    then = section(tortoise.get("/doc/country/KE?on=2008-01-01").text, "species")
    assert 'href="/species/testudo-probans?on=2008-01-01&amp;in=KE#status">source</a>' in then
    assert "13 March 1979" in said(section(text, "joined"))
    assert tortoise.get("/doc/country/KE?on=1900-01-01").status_code == 200


def test_species_that_both_treaties_list(tortoise) -> None:
    text = said(tortoise.get("/shared-species?cites=I&cms=II").text)
    assert "Testudo probans" in text
    assert "Testudo probans" not in tortoise.get("/shared-species?cites=I&cms=II&on=2001-01-01").text
    assert tortoise.get("/shared-species?cites=IV").status_code == 422
    assert "Listed by both treaties" in tortoise.get("/").text


def test_pages_of_taxa_change_with_the_day(tortoise) -> None:
    assert tortoise.get(PATH).headers["etag"] != tortoise.get(PATH + "?on=2003-04-04").headers["etag"]


def test_a_comparison_says_what_is_not_known(client) -> None:
    text = said(client.get("/compare?a=taxon/cites/falco-cherrug&b=taxon/cites/saiga&on=2026-11-29").text)
    assert "As at 22 May 2020 (CMS COP13): later changes may be missing." in text
    (genus,) = re.findall(r"Listed by CITES (.*?) According to", text)
    assert "not known; possibly II" in genus
    assert "Listed below it: Saiga tatarica" in genus


def test_two_things_are_compared(tortoise) -> None:
    text = tortoise.get("/compare?a=taxon/cites/testudo-probans&b=taxon/cms/testudo-probata").text
    assert re.search(r'class="differs">.{0,120}Scientific name', text, re.DOTALL)
    assert re.search(r"<tr><th[^>]*>Rank", text)
    assert "Appendix I<" in text
    same = tortoise.get("/compare?a=body/iccwc&b=body/iccwc").text
    assert "differs" not in same
    assert tortoise.get("/compare").status_code == 200
    assert tortoise.get("/compare?a=body/iccwc&b=body/nobody").status_code == 404
    assert tortoise.get("/compare?a=https://example.org/x&b=body/iccwc").status_code == 422
