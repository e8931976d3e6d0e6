"""The feed that InforMEA-style portals harvest."""

from __future__ import annotations

import pytest


def results(web, path: str, **options: str) -> list[dict]:
    answer = web.get(f"/informea.svc/{path}", params=options)
    assert answer.status_code == 200, answer.text
    return answer.json()["d"]["results"]


def test_the_service_document_names_the_sets(web):
    assert web.get("/informea.svc").json() == {"d": {"EntitySets": ["Treaties", "Documents", "Decisions", "Meetings"]}}
    assert web.get("/informea.svc/").status_code == 200


def test_treaties_bear_their_codes(web):
    treaties = {treaty["id"]: treaty for treaty in results(web, "Treaties")}
    assert {"cms", "cites", "saiga-antelope", "central-asian-mammals", "gorilla"} <= set(treaties)
    assert all(treaty["titleEnglish"] and treaty["UUID"] for treaty in treaties.values())


def test_the_programme_and_its_activities_are_documents(web):
    documents = results(web, "Documents")
    assert len(documents) == 34
    assert documents[0]["types"] == ["Work programme"]
    assert documents[0]["treaties"] == ["cms", "cites"]
    assert all(any(title["language"] == "en" for title in document["title"]) for document in documents)
    assert all(document["updated"].startswith("/Date(") for document in documents)


def test_the_coordination_meeting_is_yearly_and_has_no_date(web):
    (meeting,) = [one for one in results(web, "Meetings") if one["repetition"] == "yearly"]
    assert meeting["id"] == "annual-coordination-meeting"
    assert (meeting["status"], meeting["start"]) == ("nodate", None)


def test_decisions_have_numbers_and_treaties(web):
    decisions = results(web, "Decisions")
    assert {("cms", "10.28"), ("cms", "12.19"), ("cites", "13.3")} <= {
        (one["treaty"], one["number"]) for one in decisions
    }
    assert all(one["title"][0]["value"] and one["type"] == "resolution" for one in decisions)


def test_an_entity_by_its_key(web):
    entity = web.get("/informea.svc/Treaties('cms')").json()["d"]
    assert entity["id"] == "cms"
    assert entity["__metadata"]["uri"].endswith("/informea.svc/Treaties('cms')")


def test_links_lead_somewhere(web):
    document = results(web, "Documents", **{"$top": "1"})[0]
    for url in (document["url"], *(file["url"] for file in document["files"])):
        assert web.get(url, follow_redirects=True).status_code == 200, url


def test_paging_and_counting(web):
    first = web.get("/informea.svc/Documents", params={"$top": "5", "$inlinecount": "allpages"}).json()["d"]
    assert (len(first["results"]), first["__count"]) == (5, "34")
    second = results(web, "Documents", **{"$top": "5", "$skip": "5"})
    assert not {one["id"] for one in first["results"]} & {one["id"] for one in second}


def test_what_has_changed_since(web):
    assert len(results(web, "Documents", **{"$filter": "updated gt datetime'2020-01-01T00:00:00'"})) == 34
    assert results(web, "Documents", **{"$filter": "updated gt datetime'2999-01-01T00:00:00'"}) == []


@pytest.mark.parametrize(
    ("path", "options", "status"),
    [
        ("Nonsense", {}, 404),
        ("Treaties('nonsense')", {}, 404),
        ("Documents", {"$top": "-1"}, 400),
        ("Documents", {"$filter": "1 eq 1"}, 400),
        ("Documents", {"$filter": "updated gt datetime'yesterday'"}, 400),
        ("Documents", {"$nonsense": "1"}, 400),
        ("Documents", {"$format": "atom"}, 400),
    ],
)
def test_what_is_not_understood_is_told(web, path, options, status):
    answer = web.get(f"/informea.svc/{path}", params=options)
    assert answer.status_code == status
    assert answer.headers["content-type"] == "application/problem+json"
