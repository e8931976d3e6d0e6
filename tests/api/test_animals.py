"""Animals with both treaties, and listings: one item per animal, dates and scopes as the sources state them."""

from __future__ import annotations

import csv
import io

import pytest


def get(client, path: str) -> dict:
    answer = client.get(path)
    assert answer.status_code == 200, answer.text
    return answer.json()


def test_each_animal_is_one_item_with_both_treaties(client):
    found = get(client, "/api/v1/species?q=saker&on=2016-01-01")
    (saker,) = found["items"]
    assert (found["total"], saker["slug"], saker["scientific_name"]) == (1, "falco-cherrug", "Falco cherrug")
    sides = {one["treaty"]["label"]: (one["state"], one["appendices"]) for one in saker["treaties"]}
    assert sides == {"CMS": ("listed", ["I", "II"]), "CITES": ("listed", ["II"])}
    assert found["horizon"]["cms"]["beyond"] is False


def test_the_list_narrows_down_as_the_page_of_listings_does(client):
    query = "cms=I&cites=none&on=2016-01-01"
    page = csv.DictReader(io.StringIO(client.get(f"/listings.csv?{query}").text))
    items = get(client, f"/api/v1/species?{query}&limit=1000")["items"]
    assert [one["id"] for one in items] == [row["id"] for row in page]
    assert len(items) > 10


def test_pages_lead_to_the_next(client):
    first = get(client, "/api/v1/species?limit=3&on=2016-01-01")
    second = get(client, first["next"].removeprefix("http://jwp.example"))
    whole = get(client, "/api/v1/species?limit=6&on=2016-01-01")["items"]
    assert first["items"] + second["items"] == whole


def test_a_treaty_without_a_concept_is_not_a_treaty_that_does_not_list(client):
    (curlew,) = get(client, "/api/v1/species?q=numenius+madagascariensis&on=2016-01-01")["items"]
    assert {one["treaty"]["label"]: one["state"] for one in curlew["treaties"]} == {
        "CMS": "listed",
        "CITES": "not-in-graph",
    }


def test_an_animal_is_the_document_of_its_page(client):
    page = client.get("/species/falco-cherrug?on=2016-01-01&in=MN", accept="application/json").json()
    assert get(client, "/api/v1/species/falco-cherrug?on=2016-01-01&country=MN") == page


def test_a_listing_has_its_days_scope_and_sources(client):
    found = get(client, "/api/v1/listings?taxon=cms/falco-cherrug&on=2016-01-01")["items"]
    said = {
        (one["appendix"]["notation"], one["from"], one["until"], tuple(place["label"] for place in one["not_in"]))
        for one in found
    }
    # CMS COP10 added the saker to Appendix I without the Mongolian population, in effect on 23 February 2012.
    assert said == {("I", "2012-02-23", None, ("Mongolia",)), ("II", "1994-09-09", None, ())}
    assert all(one["sources"] and one["evidence"] and one["events"] for one in found)
    assert "CMS pages on the SakerGAP" in {source["label"] for one in found for source in one["sources"]}


def test_a_listing_is_not_in_force_before_its_first_day(client):
    found = get(client, "/api/v1/listings?taxon=cms/falco-cherrug&on=2012-02-22")["items"]
    assert "I" not in {one["appendix"]["notation"] for one in found}


def test_no_listing_is_older_than_its_treaty(client):
    """CITES has been in force since 1 July 1975, CMS since 1 November 1983."""
    assert get(client, "/api/v1/listings?on=1975-06-30")["total"] == 0
    assert get(client, "/api/v1/listings?on=1983-10-31&treaty=cms")["total"] == 0
    assert get(client, "/api/v1/listings?on=1975-07-01&treaty=cites")["total"] > 0
    sides = [
        side for one in get(client, "/api/v1/species?on=1975-06-30&limit=1000")["items"] for side in one["treaties"]
    ]
    assert {(side["state"], *side["possible_appendices"]) for side in sides} <= {("not-listed",), ("not-in-graph",)}


def test_listings_narrow_down(client):
    found = get(client, "/api/v1/listings?treaty=cites&appendix=I&on=2016-01-01&certain=true&limit=1000")
    assert found["total"] == len(found["items"]) > 100
    assert {(one["treaty"]["label"], one["appendix"]["notation"]) for one in found["items"]} == {("CITES", "I")}
    assert all((one["from"] or "") <= "2016-01-01" <= (one["until"] or "9999") for one in found["items"])


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/api/v1/species?country=XX", 422),
        ("/api/v1/species?group=nothing", 422),
        ("/api/v1/species?cms=III", 422),
        ("/api/v1/species?on=2016-02-30", 422),
        ("/api/v1/species?limit=0", 422),
        ("/api/v1/species?colour=red", 422),
        ("/api/v1/species/no-such-animal", 404),
        ("/api/v1/species/felidae", 404),
        ("/api/v1/listings?taxon=nothing", 422),
        ("/api/v1/listings?certain=perhaps", 422),
    ],
)
def test_nonsense_is_refused(client, path: str, status: int):
    answer = client.get(path)
    assert answer.status_code == status
    assert answer.headers["content-type"] == "application/problem+json"


@pytest.mark.parametrize("path", ["/api", "/api/", "/species"])
def test_addresses_without_a_page_lead_to_one(client, path: str):
    answer = client.get(path)
    assert answer.status_code == 303
    assert client.get(answer.headers["location"].removeprefix("http://jwp.example")).status_code == 200


def test_validation_has_an_overview(client):
    found = get(client, "/api/v1/validation")
    assert found["latest"] == []
    assert found["results"] == "http://jwp.example/api/v1/validation/results"
