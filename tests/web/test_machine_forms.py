"""Clients that accept no HTML get a page's content in another form, or are told that there is none (406)."""

from __future__ import annotations

import re

import pytest

JSON = "application/json"
#: Pages that list something, or tell of one thing, with what their JSON holds.
PAGES = {
    "/": "resources",
    "/browse": "resources",
    "/browse/activities?theme=A&ui=fr": "items",
    "/programme": "items",
    "/listings?q=saiga": "items",
    "/listings/changes?treaty=cms": "items",
    "/shared-species?cms=I": "items",
    "/worklist?q=saiga": "items",
    "/discrepancies?q=saiga&basis=curator": "items",
    "/tables/parties?of=instrument/cites": "items",
    "/rights": "statement",
    "/coverage?taxonomy=cms": "fields",
    "/validation": "latest",
    "/validation/results?state=new": "items",
    "/api/docs/leo": "paths",
    "/doc/body/iccwc": "label",
    "/leo?q=trade": "items",
    "/trees": "items",
    "/trees/leo": "items",
    "/trees/themes": "items",
    "/a-z/countries?letter=K&lang=fr": "items",
    "/problem": "items",
    "/problem/not-found": "remedy",
    "/species/saiga-tatarica": "treaties",
}


@pytest.mark.parametrize(("path", "member"), PAGES.items())
def test_a_page_has_json(client, path: str, member: str) -> None:
    page = client.get(path, accept="text/html,application/xhtml+xml,*/*;q=0.8")
    assert (page.status_code, page.headers["content-type"]) == (200, "text/html; charset=utf-8")
    answer = client.get(path, accept=JSON)
    assert "Accept" in answer.headers["vary"]
    if answer.status_code == 303:
        answer = client.get(answer.headers["location"].removeprefix("http://jwp.example"), accept=JSON)
    assert (answer.status_code, answer.headers["content-type"]) == (200, JSON)
    assert member in answer.json()
    refused = client.get(path, accept="application/x-nothing")
    assert (refused.status_code, refused.headers["content-type"]) == (406, "application/problem+json")


def test_search_keeps_its_words_and_filters(client) -> None:
    answer = client.get("/search?q=saiga&type=taxon&ui=fr", accept=JSON)
    assert answer.headers["location"] == "http://jwp.example/api/v1/search?q=saiga&type=taxon"


@pytest.mark.parametrize("path", ["/compare", "/briefing?q=saiga"])
def test_a_page_without_another_form_says_so(client, path: str) -> None:
    assert client.get(path, accept="text/html").status_code == 200
    refused = client.get(path, accept=JSON)
    assert (refused.status_code, refused.json()["available"]) == (406, ["text/html"])


def test_no_page_is_sent_to_who_does_not_accept_it(client) -> None:
    start = client.get("/browse", accept="text/html").text
    paths = {*re.findall(r'href="(/[^"#]*)"', start), *PAGES, "/doc/country/KE", "/doc/taxon/cms/saiga-tatarica"}
    for path in sorted(path.replace("&amp;", "&") for path in paths):
        answer = client.get(path, accept="application/pdf")
        assert not answer.headers.get("content-type", "").startswith("text/html"), path


def test_the_rest_of_a_list_is_read_by_its_parameters(client) -> None:
    first = client.get("/a-z/taxa?letter=A", accept=JSON).json()
    second = client.get("/a-z/taxa?letter=A&offset=100", accept=JSON).json()
    assert second["offset"] == 100
    assert second["items"] == first["items"][100:] != []
    assert {one["name"][0].upper() for one in first["items"] if one["name"][0].isascii()} == {"A"}
    kenya = client.get("/a-z/countries?letter=K&lang=fr", accept=JSON).json()
    assert {"name": "Kenya", "id": "https://w3id.org/jwpgraph/id/country/KE"} in kenya["items"]


def test_a_table_is_the_same_in_its_formats(client) -> None:
    rows = client.get("/tables/parties.csv?of=instrument/cites").text.splitlines()
    items = client.get("/tables/parties.json?of=instrument/cites").json()
    assert items["total"] == len(items["items"]) == len(rows) - 1
    assert client.get("/tables/parties.xlsx?of=instrument/cites").status_code == 200
    assert client.get("/tables/parties.pdf?of=instrument/cites").status_code == 404
    found = client.get("/discrepancies.json?q=ovis").json()
    assert found["total"] == len(client.get("/discrepancies.csv?q=ovis").text.splitlines()) - 1 > 0


def test_data_of_an_entity_are_found_from_its_page(client) -> None:
    answer = client.get("/doc/country/KE?in=KE", accept="text/turtle")
    assert (answer.status_code, answer.headers["location"]) == (303, "http://jwp.example/data/country/KE")


def test_a_page_names_its_other_form(client) -> None:
    link = client.get("/listings?q=saiga", accept="text/html").headers["link"]
    assert link == '<http://jwp.example/listings.json?q=saiga>; rel="alternate"; type="application/json"'


def test_void_names_its_formats(client) -> None:
    link = client.get("/.well-known/void", accept="text/turtle").headers["link"]
    named = re.findall(r'<([^>]*)>; rel="alternate"; type="([^"]*)"', link)
    assert {"text/turtle", "application/ld+json", "application/rdf+xml"} <= {media_type for _, media_type in named}
    for address, media_type in named:
        answer = client.get(address.removeprefix("http://jwp.example"), accept=media_type)
        assert (answer.status_code, answer.headers["content-type"].partition(";")[0]) == (200, media_type)
