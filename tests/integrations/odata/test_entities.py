"""What the entities say of the graph, and what they leave open."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import UTC, date, datetime

import pytest

from jwpgraph.entities.app_context import AppContext
from jwpgraph.integrations.odata.edm import LISTED_SETS, SETS
from jwpgraph.integrations.odata.entities import Entities, load_entities
from jwpgraph.integrations.odata.records import ODataRecord

TODAY = date(2026, 11, 29)
PREFIXES = """
@prefix dcterms: <http://purl.org/dc/terms/> .
@prefix instrument: <https://w3id.org/jwpgraph/id/instrument/> .
@prefix jwp: <https://w3id.org/jwpgraph/ontology#> .
@prefix meeting: <https://w3id.org/jwpgraph/id/meeting/> .
@prefix schema: <https://schema.org/> .
@prefix skos: <http://www.w3.org/2004/02/skos/core#> .
@prefix xsd: <http://www.w3.org/2001/XMLSchema#> .
"""


def read(site, today: date = TODAY) -> Entities:
    return asyncio.run(load_entities(site, today))


def by_key(records: Sequence[ODataRecord]) -> dict[str, ODataRecord]:
    found = {record.key: record for record in records}
    assert len(found) == len(records)
    return found


@pytest.fixture
def entities(site) -> Entities:
    return read(site)


def test_there_are_all_sets(entities, counts_in_turtle):
    assert {name: len(entities[name]) for name in LISTED_SETS} == counts_in_turtle | {
        "Documents": 34,
        "Decisions": 5,
        "Contacts": 0,
        "CountryReports": 0,
        "NationalPlans": 0,
    }


@pytest.mark.parametrize("name", list(SETS))
def test_keys_are_unique_and_what_may_not_be_null_is_known(entities, name):
    records = entities[name]
    by_key(records)
    required = [known.name for known in SETS[name].properties if not known.nullable]
    names = {known.name for known in SETS[name].properties}
    links = {navigation.name for navigation in SETS[name].navigations}
    for record in records:
        assert all(record.values[required_name] not in {None, ""} for required_name in required)
        assert set(record.values) <= names
        assert set(record.links) <= links


def test_every_entity_that_another_leads_to_is_in_the_set_of_its_type(entities):
    for name in LISTED_SETS:
        for record in entities[name]:
            for navigation in record.type.navigations:
                for one in record.linked(navigation.name):
                    assert one.type.name == navigation.target
                    assert by_key(entities[one.type.set_name])[one.key] == one


def test_titles_are_there_in_english(entities):
    titles = {"Treaties": "title", "Documents": "title", "Decisions": "title", "Meetings": "title", "Sites": "name"}
    for name, navigation in titles.items():
        for record in entities[name]:
            assert record.linked(navigation)[0].values["language"] == "en"


def test_treaties_have_the_codes_of_informea(entities):
    treaties = by_key(entities["Treaties"])
    assert {"cms", "cites", "saiga-antelope", "central-asian-mammals", "gorilla"} <= set(treaties)
    assert treaties["cms"].values["treatyWebsiteURL"] == "https://www.cms.int/"


def test_documents_belong_to_both_conventions_so_to_no_single_one(entities):
    documents = entities["Documents"]
    assert documents[0].linked("types")[0].values["value"] == "Work programme"
    for document in documents:
        assert document.values["treaty"] is None
        assert [one.values["treaty"] for one in document.linked("treaties")] == ["cites", "cms"]
    identifiers = by_key(documents)["jwp-2015-2020/B16"].linked("identifiers")
    assert {one.values["name"]: one.values["value"] for one in identifiers} == {
        "IRI": "https://w3id.org/jwpgraph/id/activity/jwp-2015-2020/B16",
        "code": "B16",
    }


def test_decisions_are_those_that_something_rests_on(entities):
    decisions = by_key(entities["Decisions"])
    assert {(one.values["type"], one.values["number"], one.values["treaty"]) for one in decisions.values()} == {
        ("resolution", "10.28", "cms"),
        ("resolution", "11.24 (Rev.COP13)", "cms"),
        ("resolution", "12.19", "cms"),
        ("resolution", "13.3", "cites"),
        ("decision", "VII/26", None),
    }
    for one in decisions.values():
        assert not {"status", "published", "meetingId", "meetingTitle"} & {
            name for name, value in one.values.items() if value is not None
        }


def test_meetings_say_what_the_graph_says(entities):
    meetings = by_key(entities["Meetings"])
    assert meetings["cites-cop20"].values == {
        "id": "cites-cop20",
        "protocolVersion": 1,
        "updated": None,
        "treaty": "cites",
        "treatyUUID": "5d1ef5e6-e7b2-5cb3-92e1-dbcdc548c783",
        "url": "/id/meeting/cites-cop20",
        "start": datetime(2025, 11, 24, tzinfo=UTC),
        "end": datetime(2025, 12, 5, tzinfo=UTC),
        "repetition": None,
        "type": "cop",
        "status": "over",
        "location": "Samarkand",
        "city": "Samarkand",
        "country": "UZ",
    }
    # No convention holds the first one alone, and InforMEA has no code for GRASP.
    assert meetings["annual-coordination-meeting"].values["treaty"] is None
    assert meetings["grasp-intergovernmental-meeting-1"].values["treaty"] is None
    assert meetings["saiga-mou-mos3"].values["treaty"] == "saiga-antelope"
    yearly = [key for key, one in meetings.items() if one.values["repetition"] == "yearly"]
    assert yearly == ["annual-coordination-meeting"]
    assert {one.values.get("kind") for one in meetings.values()} == {None}


@pytest.mark.parametrize(
    ("today", "status"),
    [
        (date(2025, 11, 1), None),  # nobody says whether it is confirmed
        (date(2025, 11, 24), None),
        (date(2025, 12, 5), None),
        (date(2025, 12, 6), "over"),
    ],
)
def test_a_meeting_is_over_after_its_last_day(site, today, status):
    assert by_key(read(site, today)["Meetings"])["cites-cop20"].values["status"] == status


#: Dates of meetings, the day on which each begins, and its status today.
DATES = {
    "undated": ("", None, "nodate"),
    "later": ('schema:startDate "2030-05-01"^^xsd:date', datetime(2030, 5, 1, tzinfo=UTC), None),
    "later-month": ('schema:startDate "2030-05"^^xsd:gYearMonth', None, None),
    "past-month": ('schema:startDate "2015-05"^^xsd:gYearMonth', None, "over"),
    "this-month": ('schema:startDate "2026-11"^^xsd:gYearMonth', None, None),
    "past-year": ('schema:startDate "2015"^^xsd:gYear', None, "over"),
    "yesterday": ('schema:startDate "2026-11-28"^^xsd:date', datetime(2026, 11, 28, tzinfo=UTC), "over"),
    "going-on": (
        'schema:startDate "2026-11-28"^^xsd:date ; schema:endDate "2026-11-30"^^xsd:date',
        datetime(2026, 11, 28, tzinfo=UTC),
        None,
    ),
    "called-off": (
        'schema:startDate "2015-05-01"^^xsd:date ; jwp:meetingStatus <https://w3id.org/jwpgraph/id/meeting-status/cancelled>',
        datetime(2015, 5, 1, tzinfo=UTC),
        "cancelled",
    ),
    "soon": ('schema:startDate "soon"', None, None),
}


def test_what_others_load(site_with, counts_in_turtle):
    more = PREFIXES + "\n".join(f"meeting:{key} a jwp:Meeting ; {one[0]} ." for key, one in DATES.items())
    more += """
    meeting:abroad a jwp:Meeting ; schema:location "Palais des Nations, Geneva" .
    <https://example.org/meeting/a> a jwp:Meeting .
    <https://w3id.org/jwpgraph/id/event/cites-cop20> a jwp:Meeting .
    instrument:doubled a jwp:Instrument ; jwp:informeaTreatyCode "cms" .
    instrument:saiga-mou jwp:resolution "CMS Resolution 10.28" .
    """
    entities = read(site_with(more))
    meetings = by_key(entities["Meetings"])
    for key, (_, start, status) in DATES.items():
        assert (meetings[key].values["start"], meetings[key].values["status"]) == (start, status), key
    # A place that is more than a city is no city.
    abroad = meetings["abroad"].values
    assert (abroad["location"], abroad["city"]) == ("Palais des Nations, Geneva", None)
    # Things with one slug, and things of others, have keys of their own.
    assert {"https://example.org/meeting/a", "https://w3id.org/jwpgraph/id/event/cites-cop20"} <= set(meetings) | {
        one.iri for one in meetings.values()
    }
    assert len(meetings) == counts_in_turtle["Meetings"] + len(DATES) + 3
    assert len(by_key(entities["Treaties"])) == 12
    # A decision that two instruments rest on is one.
    decisions = by_key(entities["Decisions"])
    assert len(decisions) == 5
    files = [one.key for one in decisions["cms-resolution-10.28"].linked("files")]
    assert len(files) == len(set(files)) == 4


def test_sites_are_those_of_mike(entities):
    for site in entities["Sites"]:
        values = site.values
        assert (values["type"], values["treaty"]) == ("MIKE site", "cites")
        assert -90 <= values["latitude"] <= 90
        assert -180 <= values["longitude"] <= 180
        assert len(values["country"]) == 2
    akagera = by_key(entities["Sites"])["mike-akg"]
    assert (akagera.values["latitude"], akagera.values["longitude"], akagera.values["country"]) == (
        -1.63669,
        30.7102,
        "RW",
    )
    assert {one.values["language"]: one.values["value"] for one in akagera.linked("name")} == {
        "en": "Akagera",
        "es": "Parque Nacional de Akagera",
        "fr": "Parc National de l'Akagera",
    }


def test_country_profiles_are_the_preferred_versions_and_tell_of_others(entities):
    profiles = by_key(entities["CountryProfiles"])
    emirates = profiles["cites-AE"].values
    assert emirates["entryIntoForce"] == datetime(1990, 5, 9, tzinfo=UTC)
    assert (emirates["entryIntoForceStatus"], emirates["note"]) == ("accession", None)
    assert profiles["cites-RS"].values["note"] == (
        "Another version of the same: in effect from 2002-05-28, not 2006-06-03."
    )
    assert "cites-RS.ieadb-memberships" not in profiles
    union = [one for one in profiles.values() if one.values["country"] is None]
    assert all("European Union" in one.values["note"] for one in union)


def test_keywords_have_labels_and_addresses(entities):
    keywords = entities["VocabularyTerms"]
    assert keywords
    for one in keywords:
        assert one.values["term"] == one.values["literalForm"]
        assert one.values["term"]
        assert one.values["termURI"].startswith("http://www.informea.org/terms/")


def test_where_releases_are_kept_every_entity_tells_when_it_changed(web):
    for name in LISTED_SETS:
        page = web.get(f"/informea.svc/{name}", params={"$filter": "updated eq null", "$inlinecount": "allpages"})
        assert page.json()["d"] == {"__count": "0", "results": []}


_BEFORE, _LATER = datetime(2020, 1, 1, tzinfo=UTC), datetime(2026, 11, 1, tzinfo=UTC)


def read_with_change(site, monkeypatch, changed: str, today: date = TODAY) -> Entities:
    """Return the entities of a release in which only *changed* has changed later than the others."""
    iri = "https://w3id.org/jwpgraph/id/" + changed

    async def last_changes(_site: AppContext) -> dict[str, datetime]:
        rows = await site.queries.select("SELECT DISTINCT ?s WHERE { ?s a ?kind FILTER(isIRI(?s)) }")
        return {row["s"].value: _LATER if row["s"].value == iri else _BEFORE for row in rows}

    monkeypatch.setattr(AppContext, "last_changes", last_changes)
    return read(site, today)


def test_a_profile_changes_with_the_versions_that_its_note_tells(site, monkeypatch) -> None:
    profiles = by_key(read_with_change(site, monkeypatch, "party-status/cms-AF.ecolex-memberships")["CountryProfiles"])
    assert "Another version" in profiles["cms-AF"].values["note"]
    assert profiles["cms-AF"].values["updated"] == _LATER
    assert profiles["cites-AF"].values["updated"] == _BEFORE


@pytest.mark.parametrize(
    ("today", "updated"),
    [(date(2025, 12, 5), _BEFORE), (date(2025, 12, 6), datetime(2025, 12, 6, tzinfo=UTC))],
)
def test_a_meeting_changes_when_it_is_over(site, monkeypatch, today: date, updated: datetime) -> None:
    meetings = by_key(read_with_change(site, monkeypatch, "tool/species-plus", today)["Meetings"])
    assert meetings["cites-cop20"].values["updated"] == updated
    assert meetings["cites-cop17"].values["updated"] == _BEFORE
