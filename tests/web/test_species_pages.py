"""The page of an animal: one for both treaties, as a page and as a document."""

from __future__ import annotations

import re

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


@pytest.mark.parametrize(
    ("path", "language", "name"),
    [
        # The names are those of the CITES concept in Species+; the CMS concepts have none in these languages.
        ("/doc/taxon/cms/ursus-maritimus", "fr", "Ours polaire"),
        ("/doc/taxon/cms/carcharodon-carcharias", "fr", "Requin blanc"),
        ("/doc/taxon/cms/ursus-maritimus", "en", "Polar Bear"),
        # The argali of CITES is one of nine species into which it divides that of CMS.
        ("/doc/taxon/cms/ovis-ammon", "fr", "Argali"),
    ],
)
def test_a_concept_has_the_name_that_the_animal_has(client, path: str, language: str, name: str) -> None:
    page = client.get(path, accept=HTML, accept_language=language).text
    title = re.search("<h1>(.*?)</h1>", page, re.DOTALL)
    assert title is not None
    assert re.sub("<[^>]+>", "", title[1]).strip() == name
    named = page.partition("<h1>")[2].partition("<section")[0]
    assert name == "Argali" or "maritimus" in named or "carcharias" in named


def test_a_document_has_what_the_page_has(client) -> None:
    answer = client.get("/species/falco-cherrug?in=MN&on=2020-01-01", Accept=JSON)
    assert answer.headers["content-type"] == JSON
    found = answer.json()
    assert (found["on"], found["country"]["notation"], found["occurs"]) == ("2020-01-01", "MN", "yes")
    listed = {one["treaty"]["label"]: (one["state"], one["appendices"]) for one in found["treaties"]}
    assert listed == {"CMS": ("listed", ["II"]), "CITES": ("listed", ["II"])}
    assert {one["taxonomy"].rpartition("/")[2] for one in found["concepts"]} == {"cites", "cms"}
    assert found["then"] is None


def _read(client, path: str) -> str:
    words = re.sub(r"<[^>]+>", " ", client.get(path, Accept=HTML).text.partition("<main")[2])
    return re.sub(r" ([.:,])", r"\1", " ".join(words.split()))


def test_an_appendix_that_does_not_apply_is_told_by_the_periods_of_the_animal(client) -> None:
    before = _read(client, "/species/acinonyx-jubatus?on=1970-01-01")
    assert "Appendix I: not yet on that day; listed since 1 July 1975" in before
    # The cheetah's own listing has kept it out of Appendix II, in which the family is since 1977.
    for day in ("1970-01-01", "1989-01-01"):
        assert "Not listed in Appendix II or III" in _read(client, f"/species/acinonyx-jubatus?on={day}")
    after = _read(client, "/species/loxodonta-africana?on=1990-06-01&in=KE")
    assert "Appendix II: no longer on that day; deleted, since 18 January 1990" in after


def test_a_listing_tells_which_subspecies_it_leaves_out(client) -> None:
    text = _read(client, "/species/equus-hemionus?on=2010-01-01")
    assert re.search(r"Appendix II since 1 July 1975.*It leaves out Equus hemionus hemionus.*Equus hemionus khur", text)


def test_a_reservation_tells_for_whom_it_is_and_whether_it_is_known_to_hold(client) -> None:
    elephant = "/species/loxodonta-africana?on=1990-06-01&in="
    assert "on behalf of Hong Kong: the listing in Appendix I does not apply to it" in _read(client, f"{elephant}HK")
    assert "on behalf of Hong Kong against Appendix I, since 18 January 1990" in _read(client, f"{elephant}GB")
    shark = _read(client, "/species/lamna-nasus?on=2020-01-01&in=CA")
    assert "Reservation by Canada against Appendix II, since 12 June 2013. Whether it was in force on that day" in shark


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
    table = text.partition("Then and now")[2].partition("</table>")[0]
    assert "Ovis severtzovi" in table
    # The earlier day is the first one, whichever of the two was chosen for the page.
    text = client.get("/species/ovis-ammon?on=2016-01-01&then=2026-11-29", Accept=HTML).text
    assert text.partition("Then and now")[2].partition("</table>")[0] == table


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/species/panthera-tigris", 404),
        ("/species/falco-cherrug?then=2016-02-30", 422),
        ("/species/falco-cherrug?on=yesterday", 422),
        ("/species/falco-cherrug?in=Atlantis", 422),
    ],
)
def test_invalid_parameters_are_refused(client, path: str, status: int) -> None:
    answer = client.get(path, Accept=JSON)
    assert answer.status_code == status
    assert answer.headers["content-type"] == "application/problem+json"


@pytest.mark.parametrize(
    ("path", "said", "not_said"),
    [
        # Whose territory a place was on an earlier day stands in no source.
        (
            "elephas-maximus?in=HK&on=1990-01-01",
            "today: whose territory it was on that day",
            "whether its membership of",
        ),
        ("elephas-maximus?in=HK", "whether its membership of", "today: whose territory it was"),
        # Two of its subspecies are in Appendix I.
        ("ovis-ammon?on=2018-01-01", "Not listed in Appendix III, as far", "Not listed in Appendix I or III"),
    ],
)
def test_a_page_says_no_more_than_is_known(client, path: str, said: str, not_said: str) -> None:
    text = client.get(f"/species/{path}", Accept=HTML).text
    assert said in text
    assert not_said not in text
