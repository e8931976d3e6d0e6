"""What the consumers of InforMEA's services send, replayed: each of them harvests every set that it knows, whole.

The requests are those of ECOLEX's importer of decisions, of its first version, of the Drupal 7 module
``ws_consumer_odata`` (versions 1 and 4 of its client), of the UNEP adapter, and of pyodata, which is used as it is.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime
from urllib.parse import quote

import httpx
import pyodata
import pytest
import requests

ROOT = "/informea.svc"
#: What the Drupal module adds to the request for a page of each set.
DRUPAL_LISTINGS = {
    "Contacts": "&$expand=treaties&$orderby=updated%20desc",
    "CountryReports": "&$expand=title,files&$orderby=updated%20desc",
    "Decisions": "&$expand=title,files,content,summary&$orderby=updated%20desc",
    "Meetings": "&$expand=title,description&$orderby=updated%20desc",
    "NationalPlans": "&$expand=title,files&$orderby=updated%20desc",
    "Sites": "&$expand=name&$orderby=updated%20desc",
}
DRUPAL_ITEMS = {"Meetings": "$expand=title", "Sites": "$expand=name", "Decisions": ""}
ECOLEX_FIELDS = (
    *("id", "link", "type", "status", "number", "treaty", "published", "updated"),
    *("meetingId", "meetingTitle", "meetingUrl", "treatyUUID"),
)
MILLISECONDS = re.compile(r"/Date\((-?\d+)\)/")


def moment(value: str) -> datetime:
    match = MILLISECONDS.fullmatch(value)
    assert match is not None, value
    return datetime.fromtimestamp(int(match[1]) / 1000, UTC)


def whole(web: httpx.Client, name: str) -> int:
    return int(web.get(f"{ROOT}/{name}/$count").text)


def test_ecolex_harvests_decisions(web):
    options = "$format=json&$expand=title,longTitle,keywords,content,files,summary"
    condition = "$filter=updated gt datetime'2000-01-01T00:00:00'&$orderby=updated asc"
    harvested = []
    skip = 0
    while True:
        answer = web.get(f"{ROOT}/Decisions?$top=2&$skip={skip}&{options}&{condition}")
        assert answer.status_code == 200
        page = answer.json()["d"]["results"]
        if not page:
            break
        harvested += page
        skip += 2
    assert len(harvested) == whole(web, "Decisions") == 5
    for decision in harvested:
        assert set(ECOLEX_FIELDS) <= set(decision)
        assert moment(decision["updated"]).year >= 2026
        assert decision["published"] is None
        assert [one["value"] for one in decision["title"]["results"] if one["language"] == "en"]
        assert decision["longTitle"]["results"] == decision["content"]["results"] == []
        assert all(one["term"] for one in decision["keywords"]["results"])
        for file in decision["files"]["results"]:
            assert web.get(file["url"]).headers["content-type"].startswith(file["mimeType"])


def test_the_first_importer_of_ecolex_follows_what_is_deferred(web):
    page = web.get(f"{ROOT}/Decisions?$top=10&$format=json&$orderby=updated desc").json()["d"]["results"]
    for decision in page:
        titles = web.get(decision["title"]["__deferred"]["uri"] + "?&$format=json").json()["d"]["results"]
        assert titles[0]["value"]
        for name in ("longTitle", "keywords", "summary"):
            answer = web.get(decision[name]["__deferred"]["uri"] + "?&$format=json")
            assert isinstance(answer.json()["d"]["results"], list)


@pytest.mark.parametrize("name", list(DRUPAL_LISTINGS))
def test_drupal_7_harvests(web, name):
    accept = {"Accept": "application/json"}
    rows: dict[str, dict] = {}
    start = 0
    while True:
        answer = web.get(f"{ROOT}/{name}?$top=40&$skip={start}{DRUPAL_LISTINGS[name]}", headers=accept)
        page = answer.json()["d"]["results"]
        if not page:
            break
        rows |= {row["id"]: row for row in page}
        start += 40
    assert len(rows) == whole(web, name)
    for row in rows.values():
        assert moment(row["updated"]).year >= 2026
        texts = row["name" if name == "Sites" else "title"]["results"]
        assert [one["value"] for one in texts if one["language"] == "en"]
    for key in list(rows)[:3]:
        url = f"{ROOT}/{name}('{quote(key)}')?{DRUPAL_ITEMS.get(name, '')}"
        assert web.get(url, headers=accept).json()["d"]["id"] == key
        assert web.get(f"{ROOT}/{name}('{quote(key)}')").status_code == 200


def test_drupal_7_reads_on_from_its_high_water_mark(web):
    newest = max(moment(row["updated"]) for row in web.get(f"{ROOT}/Sites").json()["d"]["results"])
    condition = "&$filter=updated%20gt%20datetime%27{:%Y-%m-%dT%H:%M:%S}%27"
    base = f"{ROOT}/Sites?$top=100&$skip=0&$expand=name&$orderby=updated%20desc"
    later = newest.replace(year=newest.year + 1)
    assert web.get(base + condition.format(later)).json()["d"]["results"] == []
    earlier = newest.replace(year=newest.year - 1)
    assert len(web.get(base + condition.format(earlier)).json()["d"]["results"]) == 99


def test_drupal_7_documents_in_the_names_of_the_toolkit(web):
    for row in web.get(f"{ROOT}/Documents?$top=100&$skip=0", headers={"Accept": "application/json"}).json()["d"][
        "results"
    ][:3]:
        for name, member in (("titles", "value"), ("descriptions", "value"), ("types", "value"), ("files", "url")):
            loaded = web.get(row[name]["__deferred"]["uri"], headers={"Accept": "application/json"}).json()["d"]
            assert all(one[member] for one in loaded["results"])
        for name in ("keywords", "authors"):
            assert "results" in web.get(row[name]["__deferred"]["uri"]).json()["d"]


@pytest.mark.parametrize("name", list(DRUPAL_LISTINGS))
def test_drupal_7_harvests_version_4(web, name):
    rows = web.get(
        f"{ROOT}/v4/{name}?$top=100&$skip=0{DRUPAL_LISTINGS[name]}", headers={"Accept": "application/json"}
    ).json()["value"]
    assert len(rows) == int(web.get(f"{ROOT}/v4/{name}/$count").text) == whole(web, name)
    assert all(isinstance(row["name" if name == "Sites" else "title"], list) for row in rows)


def test_the_unep_adapter_harvests_documents(web):
    harvested = []
    skip = 0
    while True:
        options = {"$format": "json", "$expand": "title,files,types,treaties", "$orderby": "updated desc"}
        page = web.get(f"{ROOT}/Documents", params={**options, "$top": "10", "$skip": str(skip)}).json()["d"]["results"]
        harvested += page
        if len(page) < 10:
            break
        skip += 10
    assert len(harvested) == 34
    for document in harvested:
        assert [one["treaty"] for one in document["treaties"]["results"]] == ["cites", "cms"]
        assert document["types"]["results"][0]["value"]
    single = f"{ROOT}/Documents('jwp-2015-2020/B16')?$expand=title,files,authors,types,treaties,keywords&$format=json"
    assert web.get(single).json()["d"]["authors"] == {"results": []}
    found = web.get(f"{ROOT}/Documents?$filter=substringof('databases',title)&$format=json").json()["d"]["results"]
    assert "jwp-2015-2020/A1" in {one["id"] for one in found}


def test_a_reader_of_one_treaty_gets_its_decisions(web):
    url = f"{ROOT}/Decisions?$filter=treaty eq 'cms'&$expand=title,files&$top=100&$skip=0&$format=json"
    assert {one["number"] for one in web.get(url).json()["d"]["results"]} == {
        "10.28",
        "11.24 (Rev.COP13)",
        "12.19",
    }


def test_pyodata_reads_the_model_and_every_set(shipped):
    with requests.Session() as session:
        client = pyodata.Client(f"{shipped.url}{ROOT}/", session)
        names = {one.name for one in client.schema.entity_sets}
        for name in ("Treaties", "Documents", "Decisions", "Meetings", "Sites", "Contacts", "CountryProfiles"):
            assert name in names
            entity_set = getattr(client.entity_sets, name)
            rows = entity_set.get_entities().execute()
            assert len(rows) == entity_set.get_entities().count().execute()
        treaty = client.entity_sets.Treaties.get_entity("cms").execute()
        assert treaty.updated.tzinfo is not None
        assert [one.language for one in treaty.nav("title").get_entities().execute()] == ["en", "es", "fr"]
        request = client.entity_sets.Sites.get_entities().filter("country eq 'RW'").expand("name")
        (site,) = request.select("id,latitude,name").execute()
        assert (site.id, site.latitude, site.name[0].value) == ("mike-akg", -1.63669, "Akagera")
        page = client.entity_sets.Documents.get_entities().count(inline=True).top(2).skip(1).order_by("id desc")
        assert page.execute().total_count == 34
