"""The page of an animal: one for both treaties, as a page and as a document."""

from __future__ import annotations

import pytest

HTML = "text/html"
JSON = "application/json"


def test_a_page_tells_of_both_treaties(client) -> None:
    answer = client.get("/species/falco-cherrug?in=MN", Accept=HTML)
    assert answer.status_code == 200
    assert "accept" in answer.headers["vary"].lower()
    assert "CMS Appendix </span>II" in answer.text
    assert "CITES Appendix </span>II" in answer.text
    assert "not the population of" in answer.text


@pytest.mark.parametrize(
    ("path", "leads_to"),
    [
        ("/species/uncia-uncia?in=MN", "/species/panthera-uncia?in=MN"),
        ("/species/falco", "/doc/taxon/cites/falco"),
    ],
)
def test_other_slugs_lead_to_the_page(client, path: str, leads_to: str) -> None:
    answer = client.get(path, Accept=HTML)
    assert answer.status_code == 303
    assert answer.headers["location"].endswith(leads_to)


def test_the_page_of_a_concept_leads_to_that_of_the_animal(client) -> None:
    assert 'href="/species/panthera-uncia"' in client.get("/doc/taxon/cms/uncia-uncia", Accept=HTML).text


def test_a_document_has_what_the_page_has(client) -> None:
    answer = client.get("/species/falco-cherrug?in=MN&on=2020-01-01", Accept=JSON)
    assert answer.headers["content-type"] == JSON
    found = answer.json()
    assert (found["on"], found["country"]["notation"], found["occurs"]) == ("2020-01-01", "MN", "yes")
    listed = {one["treaty"]["label"]: (one["state"], one["appendices"]) for one in found["treaties"]}
    assert listed == {"CMS": ("listed", ["II"]), "CITES": ("listed", ["II"])}
    assert {one["taxonomy"].rpartition("/")[2] for one in found["concepts"]} == {"cites", "cms"}
    assert found["then"] is None


def test_two_days_are_shown_side_by_side(client) -> None:
    # CITES listed one argali with two subspecies in Appendix I until CoP18 and lists nine species since.
    found = client.get("/species/ovis-ammon?on=2026-11-29&then=2016-01-01", Accept=JSON).json()
    then = {one["treaty"]["label"]: one for one in found["then"]["treaties"]}
    now = {one["treaty"]["label"]: one for one in found["treaties"]}
    assert then["CITES"]["appendices"] == now["CITES"]["appendices"] == ["I", "II"]
    assert len(then["CITES"]["parts"]) == 2
    assert then["CMS"]["appendices"] == now["CMS"]["appendices"] == ["II"]
    text = client.get("/species/ovis-ammon?on=2026-11-29&then=2016-01-01", Accept=HTML).text
    assert "Then and now" in text
    assert "Ovis severtzovi" in text.partition("Then and now")[2].partition("</table>")[0]


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/species/panthera-tigris", 404),
        ("/species/falco-cherrug?then=2016-02-30", 400),
        ("/species/falco-cherrug?on=yesterday", 400),
        ("/species/falco-cherrug?in=Atlantis", 422),
    ],
)
def test_invalid_parameters_are_refused(client, path: str, status: int) -> None:
    answer = client.get(path, Accept=JSON)
    assert answer.status_code == status
    assert answer.headers["content-type"] == "application/problem+json"
