"""The programme page, the report, the calendar and the proposals, over the shipped data and further records."""

from __future__ import annotations

import csv
import io
import re
import zipfile
from datetime import date, datetime

import pytest
from icalendar import Calendar

RECORDS = """
@prefix jwp: <https://w3id.org/jwpgraph/ontology#> .
@prefix id: <https://w3id.org/jwpgraph/id/> .
@prefix prov: <http://www.w3.org/ns/prov#> .
@prefix schema: <https://schema.org/> .
@prefix skos: <http://www.w3.org/2004/02/skos/core#> .
@prefix dcterms: <http://purl.org/dc/terms/> .
@prefix xsd: <http://www.w3.org/2001/XMLSchema#> .

<https://w3id.org/jwpgraph/id/action/workshop> a jwp:Action ; skos:prefLabel "A workshop on falcons"@en ;
    prov:hadPlan <https://w3id.org/jwpgraph/id/activity/jwp-2015-2020/B14> ;
    schema:startDate "2016-05"^^xsd:gYearMonth ;
    jwp:evidence <https://w3id.org/jwpgraph/id/evidence-level/inferred> .
<https://w3id.org/jwpgraph/id/meeting/call> a jwp:Meeting ; skos:prefLabel "A call"@en ;
    jwp:parentConvention <https://w3id.org/jwpgraph/id/instrument/cites> ;
    jwp:concernsActivity <https://w3id.org/jwpgraph/id/activity/jwp-2015-2020/C1> ;
    schema:startDate "2099-12-08T14:00:00+01:00"^^xsd:dateTime ; jwp:repeatFrequency "P1Y"^^xsd:duration ;
    jwp:meetingStatus <https://w3id.org/jwpgraph/id/meeting-status/tentative> .
<https://w3id.org/jwpgraph/id/meeting/off> a jwp:Meeting ; skos:prefLabel "A meeting that is off"@en ;
    jwp:concernsActivity <https://w3id.org/jwpgraph/id/activity/jwp-2015-2020/C1> ;
    schema:startDate "2098-03-01"^^xsd:date ; schema:endDate "2098-03-03"^^xsd:date ;
    jwp:meetingStatus <https://w3id.org/jwpgraph/id/meeting-status/cancelled> .
<https://w3id.org/jwpgraph/id/meeting/some-month> a jwp:Meeting ; skos:prefLabel "Some time in March"@en ;
    schema:startDate "2097-03"^^xsd:gYearMonth .
<https://w3id.org/jwpgraph/id/meeting/from-a-time> a jwp:Meeting ; skos:prefLabel "From a time to a day"@en ;
    schema:startDate "2096-03-04T22:30:00-05:00"^^xsd:dateTime ; schema:endDate "2096-03-06"^^xsd:date ;
    jwp:repeatFrequency "P1Y6M"^^xsd:duration .
<https://w3id.org/jwpgraph/id/meeting/to-a-time> a jwp:Meeting ; skos:prefLabel "From a day to a time"@en ;
    schema:startDate "2095-03-04"^^xsd:date ; schema:endDate "2095-03-06T16:00:00+01:00"^^xsd:dateTime ;
    jwp:repeatFrequency "P1M3D"^^xsd:duration .
<https://w3id.org/jwpgraph/id/proposal/argali> a jwp:AmendmentProposal ; skos:prefLabel "Argali out"@en ;
    jwp:designation <https://w3id.org/jwpgraph/id/instrument/cms> ;
    jwp:proposedTo <https://w3id.org/jwpgraph/id/meeting/cms-cop15> ;
    jwp:proposedTaxon <https://w3id.org/jwpgraph/id/taxon/cms/ovis-ammon> .
<https://w3id.org/jwpgraph/id/comment/late> a jwp:Comment ; skos:prefLabel "A late comment"@en ;
    jwp:commentOn <https://w3id.org/jwpgraph/id/proposal/argali> ; jwp:dueOn "2020-01-01"^^xsd:date .
<https://w3id.org/jwpgraph/id/action/intended> a jwp:Action ; skos:prefLabel "An intended course"@en ;
    prov:hadPlan <https://w3id.org/jwpgraph/id/activity/jwp-2015-2020/B18> ; schema:startDate "2016"^^xsd:gYear ;
    jwp:actionStatus <https://w3id.org/jwpgraph/id/action-status/planned> .
<https://w3id.org/jwpgraph/id/action/coming> a jwp:Action ; skos:prefLabel "A course to come"@en ;
    prov:hadPlan <https://w3id.org/jwpgraph/id/activity/jwp-2015-2020/B18> ;
    schema:startDate "2099-05"^^xsd:gYearMonth .
<https://w3id.org/jwpgraph/id/action/dropped> a jwp:Action ; skos:prefLabel "A dropped course"@en ;
    prov:hadPlan <https://w3id.org/jwpgraph/id/activity/jwp-2015-2020/B18> ; schema:startDate "2017"^^xsd:gYear ;
    jwp:hostCountry <https://w3id.org/jwpgraph/id/country/TV> ;
    jwp:actionStatus <https://w3id.org/jwpgraph/id/action-status/cancelled> .
<https://w3id.org/jwpgraph/id/meeting/dropped> a jwp:Meeting ; skos:prefLabel "A dropped meeting"@en ;
    jwp:concernsActivity <https://w3id.org/jwpgraph/id/activity/jwp-2015-2020/B18> ;
    schema:startDate "2018-03-01"^^xsd:date ; jwp:evidence <https://w3id.org/jwpgraph/id/evidence-level/inferred> ;
    jwp:meetingStatus <https://w3id.org/jwpgraph/id/meeting-status/cancelled> .
<https://w3id.org/jwpgraph/id/progress/gone/version/1> a jwp:ProgressJudgement ; skos:prefLabel "Withdrawn"@en ;
    jwp:judgedActivity <https://w3id.org/jwpgraph/id/activity/jwp-2015-2020/D4> ; jwp:judgedOn "2020-01-01"^^xsd:date ;
    jwp:progressValue <https://w3id.org/jwpgraph/id/progress-value/completed> ;
    prov:invalidatedAtTime "2021-02-03T00:00:00Z"^^xsd:dateTime .
<https://w3id.org/jwpgraph/id/progress/one> a jwp:ProgressJudgement ; skos:prefLabel "One view"@en ;
    jwp:judgedActivity <https://w3id.org/jwpgraph/id/activity/jwp-2015-2020/D2> ; jwp:judgedOn "2020-01-01"^^xsd:date ;
    jwp:progressValue <https://w3id.org/jwpgraph/id/progress-value/completed> .
<https://w3id.org/jwpgraph/id/progress/other> a jwp:ProgressJudgement ; skos:prefLabel "Another view"@en ;
    jwp:judgedActivity <https://w3id.org/jwpgraph/id/activity/jwp-2015-2020/D2> ; jwp:judgedOn "2020-01-01"^^xsd:date ;
    jwp:progressValue <https://w3id.org/jwpgraph/id/progress-value/under-way> .
<https://w3id.org/jwpgraph/id/work-programme/next> a jwp:WorkProgramme ; skos:prefLabel "A later programme"@en ;
    jwp:startYear "2021"^^xsd:gYear ; jwp:endYear "2025"^^xsd:gYear .
<https://w3id.org/jwpgraph/id/theme/next/E> a jwp:Theme ; skos:notation "E" ; skos:prefLabel "A theme"@en .
<https://w3id.org/jwpgraph/id/activity/next/E8> a jwp:Activity ; skos:notation "E8" ; skos:prefLabel "One half"@en ;
    dcterms:isPartOf <https://w3id.org/jwpgraph/id/work-programme/next> ;
    dcterms:replaces <https://w3id.org/jwpgraph/id/activity/jwp-2015-2020/A1> .
<https://w3id.org/jwpgraph/id/activity/next/E9> a jwp:Activity ; skos:notation "E9" ; skos:prefLabel "Other half"@en ;
    dcterms:isPartOf <https://w3id.org/jwpgraph/id/work-programme/next> ;
    dcterms:replaces <https://w3id.org/jwpgraph/id/activity/jwp-2015-2020/A1> .
<https://w3id.org/jwpgraph/id/activity/next/F1> a jwp:Activity ; skos:notation "F1" ; skos:prefLabel "Both"@en ;
    dcterms:isPartOf <https://w3id.org/jwpgraph/id/work-programme/next> ;
    dcterms:replaces <https://w3id.org/jwpgraph/id/activity/jwp-2015-2020/B5> ,
        <https://w3id.org/jwpgraph/id/activity/jwp-2015-2020/B10> .
<https://w3id.org/jwpgraph/id/activity/next/F2> a jwp:Activity ; skos:notation "F2" ; skos:prefLabel "The same"@en ;
    dcterms:isPartOf <https://w3id.org/jwpgraph/id/work-programme/next> ;
    dcterms:replaces <https://w3id.org/jwpgraph/id/activity/jwp-2015-2020/C1> .
<https://w3id.org/jwpgraph/id/activity/next/E7> a jwp:Activity ; skos:notation "E7" ; skos:prefLabel "Go on"@en ;
    dcterms:isPartOf <https://w3id.org/jwpgraph/id/work-programme/next> ;
    jwp:theme <https://w3id.org/jwpgraph/id/theme/next/E> .
"""


@pytest.fixture(scope="module")
def asked(client_with):
    return client_with(RECORDS)


def report_rows(client, query: str = "") -> list[dict[str, str]]:
    answer = client.get(f"/programme/report?format=csv&programme=jwp-2015-2020{query}")
    assert answer.status_code == 200
    return list(csv.DictReader(io.StringIO(answer.text)))


def test_the_report_names_every_activity_and_says_where_nothing_is_recorded(asked) -> None:
    rows = report_rows(asked)
    assert len({row["activity"] for row in rows}) == 33
    assert [row["key"] for row in rows if row["activity"] == "B14"] == ["workshop"]
    (silent,) = [row for row in rows if row["activity"] == "B15"]
    assert silent["record"] == "not recorded"


def test_a_period_leaves_out_what_was_certainly_outside(asked) -> None:
    inside = report_rows(asked, "&from=2016-05-20&to=2016-05-21")
    assert [row["key"] for row in inside if row["activity"] == "B14"] == ["workshop"]
    outside = report_rows(asked, "&from=2016-06&to=2016")
    assert [row["record"] for row in outside if row["activity"] == "B14"] == ["not recorded"]
    assert asked.get("/programme/report?from=2017&to=2016").status_code == 422
    assert asked.get("/programme/report?from=soon").status_code == 422


def test_the_report_is_a_word_document_and_json_ld_too(asked) -> None:
    document = asked.get("/programme/report?format=docx&programme=jwp-2015-2020")
    with zipfile.ZipFile(io.BytesIO(document.content)) as package:
        assert "A workshop on falcons" in package.read("word/document.xml").decode()
    document = asked.get("/programme/report?format=docx&programme=jwp-2015-2020", accept_language="fr")
    with zipfile.ZipFile(io.BytesIO(document.content)) as package:
        text = package.read("word/document.xml").decode()
        assert "<dc:language>fr</dc:language>" in package.read("docProps/core.xml").decode()
    assert "Rapport d’avancement" in text
    assert "Rien n’est enregistré pour cette activité" in text
    assert "not recorded" not in text
    linked = asked.get("/programme/report?programme=jwp-2015-2020", Accept="application/ld+json").json()
    assert len(linked["activities"]) == 33
    assert asked.get("/programme/report?format=pdf").status_code == 422


def test_a_second_programme_stands_beside_the_first(asked) -> None:
    page = asked.get("/programme?programme=next")
    assert page.status_code == 200
    assert "Go on" in page.text
    assert "B14" not in page.text
    assert "A later programme" in asked.get("/programme").text
    assert asked.get("/programme?programme=none").status_code == 404


def test_what_became_of_activities_in_a_later_programme(asked) -> None:
    found = asked.get("/programme/compare", accept="application/json").json()
    assert (found["from"], found["to"]) == tuple(
        f"https://w3id.org/jwpgraph/id/work-programme/{slug}" for slug in ("jwp-2015-2020", "next")
    )
    told = {
        ("+".join(iri.rpartition("/")[2] for iri in one["from"]), one["change"]): "+".join(
            iri.rpartition("/")[2] for iri in one["to"]
        )
        for one in found["items"]
    }
    assert told[("A1", "split")] == "E8+E9"
    assert told[("B5+B10", "merged")] == "F1"
    assert told[("C1", "continued")] == "F2"
    assert told[("", "new")] == "E7"
    assert told[("B14", "not-recorded")] == ""
    assert sum(len(one["from"]) for one in found["items"]) == 33
    page = asked.get("/programme/compare?earlier=jwp-2015-2020&later=next", accept="text/html").text
    assert "no successor is recorded" in page
    assert asked.get("/programme/compare?earlier=none").status_code == 404


def test_one_programme_is_compared_with_none(client) -> None:
    page = client.get("/programme/compare", accept="text/html")
    assert page.status_code == 200
    assert "there is none to compare it with" in page.text


def test_the_page_has_all_activities_and_what_was_done(asked) -> None:
    page = asked.get("/programme?programme=jwp-2015-2020", Accept_Language="en").text
    assert page.count('<tr id="') == 33
    assert "A workshop on falcons" in page
    assert "Nothing is recorded for this activity." in page
    assert "A meeting that is off" not in page, "a cancelled meeting is no next meeting"


def read_table(client, address: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(client.get(address).text)))


def test_what_is_planned_or_cancelled_is_not_called_done(asked) -> None:
    activity = "activity/jwp-2015-2020/B18"
    assert read_table(asked, f"/tables/done.csv?of={activity}") == []
    planned = read_table(asked, f"/tables/planned.csv?of={activity}")
    assert {(one["planned"], one["status"]) for one in planned} == {
        ("An intended course", "planned"),
        ("A course to come", ""),
        ("A dropped course", "cancelled"),
    }
    (meeting,) = read_table(asked, f"/tables/meetings-for.csv?of={activity}")
    assert (meeting["status"], meeting["evidence"]) == ("cancelled", "inferred")
    row = asked.get("/programme?programme=jwp-2015-2020").text.partition(activity)[2].partition("</tr>")[0]
    assert "A dropped" not in row
    assert "An intended" not in row


def test_judgements_of_one_day_stand_side_by_side(asked) -> None:
    page = asked.get("/programme?programme=jwp-2015-2020", accept="text/html").text
    row = page.partition('<tr id="D2">')[2].partition("</tr>")[0]
    assert {"/doc/progress/one", "/doc/progress/other"} <= set(re.findall(r'href="([^"]+)"', row))
    assert "Completed" in row
    assert "Under way" in row


def test_a_withdrawn_judgement_says_until_when_it_was_valid(asked) -> None:
    (judged,) = read_table(asked, "/tables/judged.csv?of=activity/jwp-2015-2020/D4")
    assert judged["replaced"].startswith("2021-02-03")


def test_an_action_is_not_called_a_meeting_of_its_country(asked) -> None:
    page = asked.get("/doc/country/TV").text
    assert "A dropped course" in page
    assert "Meetings hosted" not in page


def test_a_judgement_without_evidence_is_not_invented(asked) -> None:
    assert "not recorded" in asked.get("/programme?programme=jwp-2015-2020", Accept_Language="en").text


@pytest.fixture(scope="module")
def events(asked):
    answer = asked.get("/calendar.ics")
    assert answer.headers["content-type"].startswith("text/calendar")
    calendar = Calendar.from_ical(answer.text)
    return {str(event["uid"]).rpartition("/")[2]: event for event in calendar.walk("VEVENT")}


def test_days_end_on_the_day_after_the_last_one(events) -> None:
    assert events["cms-cop15"].decoded("dtstart") == date(2026, 3, 23)
    assert events["cms-cop15"].decoded("dtend") == date(2026, 3, 30)
    assert all(event.decoded("dtstamp") for event in events.values())


def test_a_time_keeps_its_moment_and_a_yearly_meeting_its_rule(events) -> None:
    call = events["call"]
    assert call.decoded("dtstart") == datetime.fromisoformat("2099-12-08T13:00:00+00:00")
    assert call["rrule"].to_ical() == b"FREQ=YEARLY;INTERVAL=1"


def test_statuses_are_those_of_icalendar(events) -> None:
    assert str(events["off"]["status"]) == "CANCELLED"
    assert str(events["call"]["status"]) == "TENTATIVE"
    assert "status" not in events["cms-cop15"], "it is not recorded"


def test_a_month_is_no_day(events) -> None:
    assert "some-month" not in events


@pytest.mark.parametrize(("key", "year"), [("from-a-time", 2096), ("to-a-time", 2095)])
def test_a_meeting_with_one_time_is_shown_on_all_of_its_days(events, key: str, year: int) -> None:
    assert events[key].decoded("dtstart") == date(year, 3, 4)
    assert events[key].decoded("dtend") == date(year, 3, 7)


def test_intervals_are_rules_where_one_unit_expresses_them(events) -> None:
    assert events["from-a-time"]["rrule"].to_ical() == b"FREQ=MONTHLY;INTERVAL=18"
    assert "rrule" not in events["to-a-time"], "no rule has both months and days"


def test_the_calendar_is_told_by_treaty_and_activity(asked) -> None:
    def keys(query: str) -> set[str]:
        calendar = Calendar.from_ical(asked.get(f"/calendar.ics?{query}").text)
        return {str(event["uid"]).rpartition("/")[2] for event in calendar.walk("VEVENT")}

    assert "cms-cop15" in keys("treaty=cms")
    assert "cites-cop20" not in keys("treaty=cms")
    assert keys("activity=C1") == {"call", "off"}
    assert keys("topic=programme-implementation") == {"call", "off"}
    assert keys("topic=programme-implementation&activity=B18") == set()
    assert asked.get("/calendar.ics?topic=C1").status_code == 422
    assert asked.get("/calendar.ics?treaty=nothing").status_code == 422


def test_counterparts_of_a_proposal_are_found_by_alignment(asked) -> None:
    (found,) = [one for one in asked.get("/programme/proposals?format=json").json()["items"] if one["key"] == "argali"]
    others = {one["name"]: one["relation"] for one in found["listings"] if one["treaty"] == "cites"}
    assert len(others) > 1, "CITES has several species where CMS has one"
    assert set(others.values()) == {"includes"}
    assert found["outcome"] is None
    assert [one["state"] for one in found["comments"]] == ["overdue"]


def test_pages_of_proposals_say_what_is_not_recorded(asked) -> None:
    page = asked.get("/programme/proposals?meeting=cms-cop15", Accept_Language="en").text
    assert "Argali out" in page
    assert "not recorded" in page
    assert asked.get("/programme/proposals?meeting=none").status_code == 422


def test_listings_beside_a_proposal_have_the_states_of_the_legal_status(asked) -> None:
    items = asked.get("/programme/proposals?format=json&on=2026-11-29").json()["items"]
    found = [listing for one in items for listing in one["listings"]]
    assert {one["state"] for one in found} == {"listed", "unknown"}, "every treaty's day is beyond its horizon"
    assert all(bool(one["appendices"]) == (one["state"] == "listed") for one in found)
    page = asked.get("/programme/proposals?on=2026-11-29", Accept_Language="en").text
    assert "not known; no listing is recorded" in page
    assert "not listed" not in page
