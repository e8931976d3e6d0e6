"""Legal status over HTTP, on listings made for the purpose: the facts are real, their IRIs belong to the tests.

The taxa are those of a genus that nothing else here has, so that shipped listings do not change what is expected.
"""

from __future__ import annotations

from datetime import date

import pytest

EVENTS = """
@prefix jwp: <https://w3id.org/jwpgraph/ontology#> .
@prefix jwpid: <https://w3id.org/jwpgraph/id/> .
@prefix cites: <https://w3id.org/jwpgraph/id/taxon/cites/> .
@prefix cms: <https://w3id.org/jwpgraph/id/taxon/cms/> .
@prefix country: <https://w3id.org/jwpgraph/id/country/> .
@prefix appendix: <https://w3id.org/jwpgraph/id/appendix/> .
@prefix change: <https://w3id.org/jwpgraph/id/listing-change-type/> .
@prefix rank: <https://w3id.org/jwpgraph/id/taxon-rank/> .
@prefix relation: <https://w3id.org/jwpgraph/id/alignment-relation/> .
@prefix dwc: <http://rs.tdwg.org/dwc/terms/> . @prefix gbif: <http://rs.gbif.org/terms/1.0/> .
@prefix skos: <http://www.w3.org/2004/02/skos/core#> .
@prefix tcs: <http://rs.tdwg.org/tcs/terms/> .
@prefix xsd: <http://www.w3.org/2001/XMLSchema#> .
@prefix e: <https://w3id.org/jwpgraph/id/listing-event/test/> .
"""

CONCEPT = """
{side}:{slug} a jwp:TaxonConcept ; skos:prefLabel "{name}"@la ; gbif:canonicalName "{name}" ;
    jwp:rank rank:{rank} ; tcs:accordingTo <https://w3id.org/jwpgraph/id/taxonomy/{side}> {more} .
"""


def concept(side: str, name: str, rank: str = "species", more: str = "") -> str:
    return CONCEPT.format(side=side, slug=name.lower().replace(" ", "-"), name=name, rank=rank, more=more)


def event(name: str, taxon: str, change: str, appendix: str, effective: str, more: str = "") -> str:
    kind = {4: "gYear", 7: "gYearMonth", 10: "date"}[len(effective)]
    return (
        f"e:{name} a jwp:ListingEvent ; jwp:listedTaxon {taxon} ; jwp:changeType change:{change} ;"
        f" jwp:designation <https://w3id.org/jwpgraph/id/instrument/{appendix.partition('-')[0]}> ;"
        f' jwp:appendix appendix:{appendix} ; jwp:effectiveOn "{effective}"^^xsd:{kind} {more} .\n'
    )


TURTLE = "".join(
    [
        EVENTS,
        concept("cites", "Testudox africana", more="; tcs:parentTaxonConcept cites:testudoxidae"),
        concept("cites", "Testudox africana parva", "subspecies", "; tcs:parentTaxonConcept cites:testudox-africana"),
        concept("cites", "Testudoxidae", "family"),
        concept("cites", "Testudox insularis", more="; tcs:parentTaxonConcept cites:testudines"),
        concept("cms", "Testudox africana"),
        concept("cms", "Testudox cyclotis"),
        "e:a1 a jwp:Alignment ; jwp:subjectConcept cms:testudox-cyclotis ; jwp:objectConcept cites:testudox-africana ;"
        ' jwp:alignmentRelation relation:is-included-in ; jwp:validUntil "2025-11"^^xsd:gYearMonth .\n',
        "e:a2 a jwp:Alignment ; jwp:subjectConcept cms:testudox-africana ; jwp:objectConcept cites:testudox-africana ;"
        " jwp:alignmentRelation relation:is-included-in .\n",
        event("e1", "cites:testudox-africana", "addition", "cites-ii", "1977-02-04"),
        event("e2", "cites:testudox-africana", "addition", "cites-i", "1990-01-18"),
        event("e3", "cites:testudox-africana", "reservation", "cites-i", "1990-01-18", "; jwp:party country:MW"),
        event(
            "e4",
            "cites:testudox-africana",
            "addition",
            "cites-i",
            "1997-09-18",
            "; jwp:populationOut country:BW , country:NA , country:ZW",
        ),
        event(
            "e5",
            "cites:testudox-africana",
            "addition",
            "cites-ii",
            "1997-09-18",
            "; jwp:populationIn country:BW , country:NA , country:ZW",
        ),
        event("e6", "cites:testudoxidae", "addition", "cites-iii", "1976-01-01", "; jwp:party country:GH"),
        event("e7", "cms:testudox-africana", "addition", "cms-ii", "1986"),
        event("e8", "cites:testudox-africana-parva", "addition", "cites-i", "1975-07-01"),
        event("e9", "cites:testudox-insularis", "addition", "cites-ii", "1977-02-04"),
        "e:d1 a jwp:Distribution ; jwp:ofTaxon cites:testudox-africana ; jwp:inPlace country:BW ;"
        " jwp:distributionStatus <https://w3id.org/jwpgraph/id/distribution-status/native> .\n",
        "e:d2 a jwp:Distribution ; jwp:ofTaxon cites:testudox-africana-parva ; jwp:inPlace country:GH ;"
        " jwp:distributionStatus <https://w3id.org/jwpgraph/id/distribution-status/native> .\n",
    ]
)


@pytest.fixture
def service(client_with, kept):
    if "service" not in kept:
        kept["service"] = client_with(TURTLE)
    return kept["service"]


@pytest.fixture(scope="module")
def kept():
    """Made once for the module: loading and entailing takes seconds."""
    return {}


def get(service, path: str):
    answer = service.get(f"/api/v1{path}")
    assert answer.status_code == 200, answer.text
    return answer.json()


def by_treaty(document):
    return {one["treaty"]["label"]: one for one in document["treaties"]}


def test_a_species_that_is_added_is_not_known_until_the_day_of_sources_on_others(service):
    """The export of July 2023 was read for the reptiles of the shipped data only."""
    horizons = {
        slug: by_treaty(get(service, f"/taxa/cites/{slug}/status?on=2020-01-01"))["CITES"]["horizon"]
        for slug in ("testudox-insularis", "chelonia-mydas")
    }
    until = {slug: (one["complete_until"], one["beyond"]) for slug, one in horizons.items()}
    assert until == {"testudox-insularis": ("2017-04-21", True), "chelonia-mydas": ("2023-07-01", False)}


def test_a_country_s_populations_on_a_day(service):
    document = get(service, "/taxa/cites/testudox-africana/status?on=2016-05-01&country=BW")
    cites = by_treaty(document)["CITES"]
    assert document["on"] == "2016-05-01"
    assert document["country"]["notation"] == "BW"
    assert cites["appendices"] == ["II"]
    (listing,) = cites["concepts"][0]["listings"]
    assert listing["since"] == "1997-09-18"
    assert listing["certain"] is True
    assert [one["notation"] for one in listing["populations"]["only"]] == ["BW", "NA", "ZW"]
    assert [one["id"].rpartition("/")[2] for one in listing["events"]] == ["e5"]
    assert cites["concepts"][0]["reservations"] == []


def test_both_appendices_at_once_without_a_country(service):
    cites = by_treaty(get(service, "/taxa/cites/testudox-africana/status?on=2017-06-01"))["CITES"]
    assert cites["appendices"] == ["I", "II"]
    (reservation,) = cites["concepts"][0]["reservations"]
    assert reservation["party"]["notation"] == "MW"
    (below,) = cites["concepts"][0]["below"]
    assert below == {"concept": below["concept"], "appendices": ["I"]}
    assert below["concept"]["label"] == "Testudox africana parva"


def test_the_other_treaty_through_the_alignments_of_that_day(service):
    def concepts(day: str):
        cms = by_treaty(get(service, f"/taxa/cites/testudox-africana/status?on={day}"))["CMS"]
        return {one["concept"]["label"]: one["relation"]["label"] for one in cms["concepts"]}

    assert concepts("2017-06-01") == {"Testudox africana": "includes", "Testudox cyclotis": "includes"}
    assert concepts("2026-01-01") == {"Testudox africana": "includes"}


def test_a_date_within_the_year_that_is_known_is_uncertain_and_says_so(service):
    cms = by_treaty(get(service, "/taxa/cms/testudox-africana/status?on=1986-06-01"))["CMS"]
    assert (cms["appendices"], cms["possible_appendices"]) == ([], ["II"])
    assert [one["kind"] for one in cms["concepts"][0]["gaps"]] == ["date-imprecise"]


def test_what_is_inherited_says_from_where(service):
    cites = by_treaty(get(service, "/taxa/cites/testudox-africana/status?on=1976-06-01"))["CITES"]
    (listing,) = cites["concepts"][0]["listings"]
    assert listing["appendix"]["notation"] == "III"
    assert listing["inherited_from"]["label"] == "Testudoxidae"
    assert listing["party"]["notation"] == "GH"


def test_today_is_the_default_and_is_not_kept(service):
    answer = service.get("/api/v1/taxa/cites/testudox-africana/status")
    assert date.fromisoformat(answer.json()["on"])
    assert "etag" not in answer.headers
    dated = service.get("/api/v1/taxa/cites/testudox-africana/status?on=2016-05-01")
    again = service.get(
        "/api/v1/taxa/cites/testudox-africana/status?on=2016-05-01", if_none_match=dated.headers["etag"]
    )
    assert again.status_code == 304


def test_timeline(service):
    document = get(service, "/taxa/cites/testudox-africana/timeline")
    own = next(one for one in document["concepts"] if one["basis"] == "itself")
    assert [one["appendices"] for one in own["periods"]] == [["III"], ["II"], ["I"], ["I", "II"]]
    assert [(one["start"], one["end"]) for one in own["periods"]][:2] == [
        ("1976-01-01", "1977-02-03"),
        ("1977-02-04", "1990-01-17"),
    ]
    assert own["periods"][-1]["end"] is None
    assert "complete_until" in own
    assert "later_meetings" in own
    assert len(own["events"]) == 6
    in_botswana = get(service, "/taxa/cites/testudox-africana/timeline?country=BW")
    own = next(one for one in in_botswana["concepts"] if one["basis"] == "itself")
    assert [one["appendices"] for one in own["periods"]] == [["III"], ["II"], ["I"], ["II"]]


def test_a_country(service):
    document = get(service, "/countries/BW?on=2016-05-01")
    assert document["notation"] == "BW"
    cites = document["species"][0]
    found = {one["taxon"]["label"]: one for one in cites["items"]}
    assert found["Testudox africana"]["appendices"] == ["II"]
    assert found["Testudox africana"]["occurs"][0]["label"] == "native"
    assert cites["total"] == len(cites["items"])
    conventions = {one["instrument"]["id"].rpartition("/")[2]: one for one in document["joined"]}
    assert conventions["cites"]["status"] == "party"
    assert conventions["cites"]["in_force"] is True
    assert "incoming" in document
    assert "links" in document


def test_alignments_and_discrepancies(service):
    found = get(service, "/alignments?on=2017-06-01&taxon=cms/ovis-ammon")
    assert [one["relation"]["label"] for one in found["items"]] == ["is congruent with"]
    found = get(service, "/alignments?on=2020-06-01&taxon=cms/ovis-ammon")
    assert found["total"] == 9
    assert {one["relation"]["label"] for one in found["items"]} == {"includes"}
    table = service.get("/api/v1/alignments?on=2020-06-01", accept="text/tab-separated-values")
    assert table.text.startswith("#curie_map:")
    found = get(service, "/discrepancies?on=2020-06-01&cause=name-only&limit=1000")
    assert "Uncia uncia" in {one["cms"]["label"] for one in found["items"]}
    assert found["counts"] == {"name-only": found["total"]}
    for media_type in ("text/csv", "text/html", "text/turtle"):
        answer = service.get("/api/v1/discrepancies?on=2020-06-01", accept=media_type)
        assert answer.headers["content-type"].startswith(media_type)
        assert "Uncia uncia" in answer.text


@pytest.mark.parametrize(
    "path",
    [
        "/taxa/cites/testudox-africana/status?on=yesterday",
        "/taxa/cites/testudox-africana/status?on=2016-02-30",
        "/taxa/cites/testudox-africana/status?on=2016",
        "/taxa/cites/testudox-africana/status?on=0",
        "/taxa/cites/testudox-africana/status?on=1462060800",
        "/taxa/cites/testudox-africana/status?on=",
        "/taxa/cites/testudox-africana/status?on=2016-05-01T00:00:00Z",
        "/taxa/cites/testudox-africana/status?on=٢٠١٦-٠٥-٠١",
        "/taxa/cites/testudox-africana/status?on=9999-12-31",
        "/taxa/cites/testudox-africana/status?country=XX",
        "/taxa/cites/testudox-africana/status?country=",
        "/taxa/cites/testudox-africana/status?country=%3E%7D%20DROP",
        "/taxa/cites/testudox-africana/status?when=2016-05-01",
        "/taxa/cites/testudox-africana/timeline?on=2016-05-01",
        "/countries/BW?on=never",
        "/alignments?relation=equal",
        "/alignments?limit=0",
        "/alignments?taxon=nothing",
        "/discrepancies?cause=bad",
        "/discrepancies?offset=-1",
    ],
)
def test_hostile_parameters_are_refused(service, path):
    answer = service.get(f"/api/v1{path}")
    assert answer.status_code == 422
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["detail"]


@pytest.mark.parametrize(
    "path", ["/taxa/cites/nothing/status", "/taxa/testudox-africana/status", "/taxa/%00/status", "/countries/ZZ"]
)
def test_unknown_and_ambiguous_things_are_not_found(service, path):
    answer = service.get(f"/api/v1{path}")
    assert answer.status_code == 404
    assert answer.headers["content-type"] == "application/problem+json"


def test_coverage_tells_what_is_known_and_why_the_rest_is_missing(service) -> None:
    found = get(service, "/coverage?group=sharks-and-rays&taxonomy=cms&limit=2")
    assert found["total"] > 10
    assert len(found["items"]) == 2
    assert [group["key"] for group in found["groups"]] == ["sharks-and-rays"]
    states = {one["state"] for item in found["items"] for one in item["fields"].values()}
    assert states <= set(found["states"])
    elephants = get(service, "/coverage?group=african-elephant")["items"]
    africana = next(item for item in elephants if item["taxon"]["id"].endswith("cites/loxodonta-africana"))
    assert africana["fields"]["distribution"]["count"] > 30
    assert africana["fields"]["kingdom"]["state"] == "present"
    unknown = get(service, "/coverage?group=none&field=kingdom&state=unknown&limit=1000")["items"]
    assert "Testudox cyclotis" in {item["taxon"]["label"] for item in unknown}


def test_coverage_as_a_table(service) -> None:
    answer = service.get("/api/v1/coverage?group=saiga-antelope", accept="text/csv")
    assert answer.headers["content-type"].startswith("text/csv")
    assert "Saiga tatarica,cites,species" in answer.text
    summary = service.get("/api/v1/coverage", accept="text/markdown")
    assert "| Red List category |" in summary.text


@pytest.mark.parametrize(
    ("wrong", "slug"),
    [("group=bears", "unknown-value"), ("field=colour", "unknown-value"), ("state=lost", "invalid-parameter")],
)
def test_coverage_of_what_does_not_exist_is_refused(service, wrong: str, slug: str) -> None:
    answer = service.get(f"/api/v1/coverage?{wrong}")
    assert (answer.status_code, answer.json()["type"].rpartition("/")[2]) == (422, slug)
