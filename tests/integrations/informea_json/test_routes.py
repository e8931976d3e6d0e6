"""The records in the shape of InforMEA's Drupal providers, over a socket."""

from __future__ import annotations

import pytest

ROOT = "/informea/v2"
#: The lists, and the OData sets with the same records.
SETS = {
    "treaties": "Treaties",
    "documents": "Documents",
    "decisions": "Decisions",
    "meetings": "Meetings",
    "sites": "Sites",
    "contacts": "Contacts",
    "country-reports": "CountryReports",
    "national-plans": "NationalPlans",
    "country-profiles": "CountryProfiles",
}


def test_the_index_leads_to_every_list(web):
    index = web.get(ROOT).json()
    assert list(index) == list(SETS)
    assert all(web.get(url).status_code == 200 for url in index.values())


@pytest.mark.parametrize("name", list(SETS))
def test_the_harvest_is_whole(web, name):
    expected = [one["id"] for one in web.get(f"/informea.svc/{SETS[name]}").json()["d"]["results"]]
    assert web.get(f"{ROOT}/{name}", params={"$count": "true"}).json() == {"count": len(expected)}
    harvested: list[dict] = []
    page = 0
    while found := web.get(f"{ROOT}/{name}", params={"items_per_page": "50", "page": str(page)}).json():
        harvested += found
        page += 1
    assert harvested == web.get(f"{ROOT}/{name}").json()
    assert [one["id"] for one in harvested] == expected
    assert len(set(expected)) == len(expected)


def test_a_meeting(web):
    meeting = web.get(f"{ROOT}/meetings/cites-cop20").json()
    assert isinstance(meeting.pop("updated"), int)
    url = meeting.pop("url")
    assert web.get(url, follow_redirects=True).status_code == 200
    assert {name: value for name, value in meeting.items() if value not in (None, [], {})} == {
        "id": "cites-cop20",
        "treaty": "cites",
        "treatyUUID": "5d1ef5e6-e7b2-5cb3-92e1-dbcdc548c783",
        "title": {
            "en": "Twentieth meeting of the Conference of the Parties to CITES",
            "es": "20.ª reunión de la Conferencia de las Partes en la CITES",
            "fr": "20e session de la Conférence des Parties à la CITES",
        },
        "start": "2025-11-24",
        "end": "2025-12-05",
        "type": "cop",
        "status": "over",
        "location": "Samarkand",
        "city": "Samarkand",
        "country": ["UZB"],
    }


def test_a_document(web):
    document = web.get(f"{ROOT}/documents/jwp-2015-2020/A1").json()
    assert document["keywords"] == [
        {"term": "monitoring", "uri": "http://www.informea.org/terms/monitoring"},
        {"term": "synergy", "uri": "http://www.informea.org/terms/synergy"},
    ]
    assert document["treaties"] == ["cites", "cms"]
    assert document["treaty"] is None
    assert document["types"] == ["Activity of a work programme"]
    assert document["title"]["en"]
    assert set(document["files"][0]) == {"id", "url", "content", "mimeType", "language", "filename"}
    assert not {"titles", "descriptions", "protocolVersion"} & set(document)


def test_countries_have_three_letters(web):
    assert web.get(f"{ROOT}/sites/mike-akg").json()["country"] == ["RWA"]
    assert web.get(f"{ROOT}/country-profiles/cites-AE").json()["country"] == ["ARE"]
    assert web.get(f"{ROOT}/country-profiles/cites-AE").json()["entryIntoForce"] == "1990-05-09"


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/nonsense", 404),
        ("/meetings/nonsense", 404),
        ("/meetings?$count=1", 400),
        ("/meetings?page=-1", 400),
        ("/meetings?items_per_page=0", 400),
        ("/meetings?items_per_page=1001", 400),
        ("/meetings?items_per_page=9999999999", 400),
        ("/meetings?nonsense=1", 400),
        ("/meetings?page=1&page=2", 400),
        ("/meetings/cites-cop20?page=1", 400),
        ("?page=1", 400),
        ("/meetings?page=%ff", 400),
    ],
)
def test_what_is_not_understood_is_told(web, path, status):
    answer = web.get(ROOT + path)
    assert (answer.status_code, answer.headers["content-type"]) == (status, "application/problem+json")


def test_another_format_is_refused(web):
    assert web.get(f"{ROOT}/meetings", headers={"Accept": "application/xml"}).status_code == 406
