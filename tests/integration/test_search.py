"""Finding things by name, over HTTP."""

from __future__ import annotations

import pytest

BASE = "https://w3id.org/jwpgraph/id/"


def found(web, query: str, **parameters: str | int) -> list[str]:
    answer = web.get("/api/v1/search", params={"q": query, **parameters})
    assert answer.status_code == 200, answer.text
    return [item["id"].removeprefix(BASE) for item in answer.json()["items"]]


@pytest.mark.parametrize(
    ("query", "thing"),
    [
        ("B16", "activity/jwp-2015-2020/B16"),
        ("iccwc", "body/iccwc"),
        ("KE", "country/KE"),
        ("faucon sacre", "species-group/saker-falcon"),
        ("saker falcon", "species-group/saker-falcon"),
        ("elephant d'afrique", "species-group/african-elephant"),
        ("InforMEA", "tool/informea"),
    ],
)
def test_names_codes_and_other_languages_without_diacritics(web, query, thing):
    assert found(web, query)[0] == thing


@pytest.mark.parametrize(
    ("query", "thing"), [("saigga", "species-group/saiga-antelope"), ("elefant", "species-group/african-elephant")]
)
def test_slips_do_not_matter(web, query, thing):
    assert thing in found(web, query, limit=100)


@pytest.mark.parametrize("query", ["Q126684", "Q12668", "126683", "Q1266830", "Q126693", "B161", "B166", "CoP71"])
def test_identifiers_and_codes_are_never_matched_by_resemblance(web, query):
    for path in ("search", "suggest"):
        assert web.get(f"/api/v1/{path}", params={"q": query}).json()["items"] == []


def test_beginnings_are_enough(web):
    assert "body/ipbes" in found(web, "IPB")


def test_one_type_alone(web):
    assert found(web, "saker", type="activity")
    assert all(thing.startswith("activity/") for thing in found(web, "saker", type="activities"))


def test_counts_by_type_add_up(web):
    document = web.get("/api/v1/search", params={"q": "saiga", "limit": 100}).json()
    assert sum(entry["count"] for entry in document["types"]) == document["total"] == len(document["items"])


def test_facets_count_what_they_lead_to(web):
    facets = web.get("/api/v1/search", params={"q": "falco"}).json()["facets"]
    assert {"type", "treaty", "appendix", "country"} <= {facet for facet, values in facets.items() if values}
    for facet, values in facets.items():
        for one in values[:3]:
            there = web.get("/api/v1/search", params={"q": "falco", facet: one["value"]}).json()
            assert there["total"] == one["count"], (facet, one)
            assert [it["value"] for it in there["facets"][facet] if it["chosen"]] == [one["value"]]


@pytest.mark.parametrize("path", ["search", "suggest"])
def test_an_animal_has_one_row(web, path):
    items = web.get(f"/api/v1/{path}", params={"q": "falco cherrug"}).json()["items"]
    rows = [one for one in items if one["id"].endswith("/falco-cherrug")]
    assert [(one["id"].rpartition("/id/")[2], [iri.rpartition("/id/")[2] for iri in one["also"]]) for one in rows] == [
        ("taxon/cites/falco-cherrug", ["taxon/cms/falco-cherrug"])
    ]


def test_the_page_and_the_facade_find_the_same(web):
    asked = {"type": "taxon", "treaty": "cites", "appendix": ["cms-I", "cites-II"], "country": "KE"}
    page = web.get("/search", params=asked, headers={"Accept": "text/html"}).text
    answer = web.get("/api/v1/search", params={**asked, "limit": 100}).json()
    assert f'aria-live="polite">{answer["total"]} found' in page
    assert answer["total"] > 3
    assert {one["type"] for one in answer["items"]} == {"TaxonConcept"}
    french = web.get("/api/v1/search", params={**asked, "lang": "fr"}).json()
    assert [one["label"] for one in french["facets"]["country"] if one["value"] == "MA"] == ["Maroc"]


@pytest.mark.parametrize("facet", ["type=no", "treaty=no", "appendix=cms-III", "group=no", "country=ZZ", "country="])
def test_what_no_facet_has_is_refused_and_not_found_empty(web, facet):
    answer = web.get("/api/v1/search?q=falco&" + facet)
    assert (answer.status_code, answer.headers["content-type"]) == (422, "application/problem+json")


def test_a_search_needs_a_word_or_a_facet(web):
    assert web.get("/api/v1/search").json()["type"].endswith("/bad-search")
    assert web.get("/api/v1/search?country=ke&type=taxon").json()["total"] > 20


def test_completion_has_no_facets(web):
    assert "facets" not in web.get("/api/v1/suggest", params={"q": "falco"}).json()
    assert web.get("/api/v1/suggest", params={"q": "falco", "country": "KE"}).status_code == 422


def test_pages_do_not_overlap(web):
    first, second = found(web, "saiga", limit=3), found(web, "saiga", limit=3, offset=3)
    assert len(first) == 3
    assert not set(first) & set(second)


@pytest.mark.parametrize(
    "query", ['"', "a OR b", "NEAR(x)", "*", "label:x", "x" * 200, "'; DROP TABLE label; --", "<script>", "\u202e"]
)
def test_what_is_typed_is_never_syntax(web, query):
    assert web.get("/api/v1/search", params={"q": query}).status_code in {200, 422}
    assert web.get("/search", params={"q": query}, headers={"Accept": "text/html"}).status_code == 200


@pytest.mark.parametrize(
    "parameters",
    [{}, {"q": ""}, {"q": "x" * 201}, {"q": "x", "type": "nonsense"}, {"q": "x", "limit": "0"}, {"q": "…"}],
)
def test_unusable_searches_are_told(web, parameters):
    answer = web.get("/api/v1/search", params=parameters)
    assert answer.status_code == 422
    assert answer.headers["content-type"] == "application/problem+json"


def test_the_page_escapes_what_was_typed(web):
    page = web.get("/search", params={"q": "<script>alert(1)</script>"}, headers={"Accept": "text/html"})
    assert "<script>alert" not in page.text
    assert "&lt;script&gt;" in page.text


def test_the_page_leads_to_the_things(web):
    page = web.get("/search", params={"q": "saker"}, headers={"Accept": "text/html"}).text
    assert 'href="/doc/species-group/saker-falcon"' in page
    assert 'href="/search?q=saker&amp;type=activity"' in page


def test_an_answer_is_not_made_twice(web):
    first = web.get("/api/v1/suggest", params={"q": "sak"})
    again = web.get("/api/v1/suggest", params={"q": "sak"}, headers={"If-None-Match": first.headers["etag"]})
    assert (first.status_code, again.status_code) == (200, 304)
