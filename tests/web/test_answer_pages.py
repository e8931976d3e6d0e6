"""Pages that answer a question: the API and the search page name the same, and their numbers are those of the pages."""

from __future__ import annotations

import html
import re
from typing import Any

import pytest


def ask(shipped, question: str) -> tuple[dict[str, Any], str]:
    """Return the reply of the API to a question, and the answer on the search page."""
    with shipped.client() as client:
        found = client.get("/api/v1/search", params={"q": question}).json()
        text = client.get("/search", params={"q": question}, headers={"Accept": "text/html"}).text
    return found, html.unescape(text.partition('<section class="answer')[2].partition("</section>")[0])


@pytest.mark.parametrize(
    ("question", "paths"),
    [
        ("which CMS species are not listed in CITES", ["/listings?cms=any&cites=none"]),
        ("quelles espèces de la CMS ne sont pas inscrites à la CITES", ["/listings?cms=any&cites=none"]),
        ("qué especies de la CMS no están en CITES", ["/listings?cms=any&cites=none"]),
        ("how many animals are in Appendix I in Kenya", ["/listings?cms=I&in=KE", "/listings?cites=I&in=KE"]),
        ("combien d'espèces sont à l'Annexe III", ["/listings?cites=III"]),
        ("what is protected in Kenya under CITES", ["/listings?cites=any&in=KE"]),
    ],
)
def test_a_question_about_lists_has_the_number_of_the_filtered_list(shipped, question: str, paths: list[str]) -> None:
    found, text = ask(shipped, question)
    assert [one["path"] for one in found["pages"]] == paths
    for one in found["pages"]:
        with shipped.client() as client:
            total = client.get(one["path"].replace("/listings", "/listings.json")).json()["total"]
        assert one["number"] == total > 0
        assert f'href="{one["path"]}"' in text
        assert f"{total} animals, as far as is recorded." in text
        assert set(one["horizon"]) == {"cms", "cites"}


@pytest.mark.parametrize(
    "question",
    [
        "which species are in CMS Appendix II but not in Appendix I",
        "how many species are in Appendix I or II of CMS",
        "which species are not in Appendix I",
        "how many animals are not in Appendix I in Kenya",
    ],
)
def test_no_number_is_given_where_the_filter_is_wider(shipped, question: str) -> None:
    found, _ = ask(shipped, question)
    assert found["pages"]
    assert {one["number"] for one in found["pages"]} == {None}


@pytest.mark.parametrize(
    ("question", "meetings"),
    [
        ("what did the COP in 2017 change", ["cms-cop12"]),
        ("qué cambió la COP en 2016", ["cites-cop17"]),
        ("what changed at CoP19", ["cites-cop19"]),
        ("what did the COP in 2014 change", ["cms-cop11"]),  # which had a side event
        ("what COP13 changed", ["cites-cop13", "cms-cop13"]),
    ],
)
def test_a_question_what_a_meeting_changed_has_the_page_of_its_changes(shipped, question, meetings) -> None:
    found, text = ask(shipped, question)
    assert [one["path"] for one in found["pages"]] == [f"/listings/changes?meeting={one}" for one in meetings]
    for one in found["pages"]:
        with shipped.client() as client:
            rows = client.get(one["path"].replace("/changes", "/changes.csv")).text.strip().splitlines()
        assert one["number"] == len(rows) - 1
        assert one["path"] in text


def test_what_was_added_in_a_year_is_not_the_state_at_its_end(shipped) -> None:
    found, text = ask(shipped, "which sharks were listed in 2023")
    assert found["not_answered"] == ["changes"]
    assert [one["path"] for one in found["pages"]] == ["/listings/changes?from=2023-01-01&to=2023-12-31"]
    assert "not what changed in it" in text
    found, _ = ask(shipped, "what was added in 2023")
    assert [one["path"] for one in found["pages"]] == [
        "/listings/changes?from=2023-01-01&to=2023-12-31&change=addition"
    ]
    for state in ("sharks 2023", "was the giraffe listed in 2018", "sharks on 1 March 2023"):
        assert ask(shipped, state)[0]["not_answered"] == [], state


def test_two_days_have_their_comparison(shipped) -> None:
    found, text = ask(shipped, "argali 2016 and 2020")
    assert [one["path"] for one in found["pages"]] == ["/species/ovis-ammon?then=2016-12-31&on=2020-12-31"]
    assert "Comparison of both days" in text
    found, text = ask(shipped, "argali then and now")
    assert found["not_answered"] == ["comparison"]
    assert "The earlier day is not named" in text


@pytest.mark.parametrize(
    ("question", "said"),
    [
        ("is Kenya a member of AEWA", "Kenya is a Party to AEWA, since 1 June 2001."),
        ("¿es Kenya parte del AEWA?", "Kenya is a Party to AEWA, since 1 June 2001."),
        ("is Kenya a party to EUROBATS", "This release does not record Kenya as a Party to EUROBATS."),
        ("is Kenya a member of CITES", "Kenya is a Party to CITES"),
    ],
)
def test_memberships_of_other_instruments_are_told(shipped, question: str, said: str) -> None:
    found, text = ask(shipped, question)
    assert found["answer_reason"] == "parties"
    assert said in re.sub(r"\s+", " ", text)


def test_a_listing_is_no_answer_to_whether_an_animal_is_threatened(shipped) -> None:
    found, text = ask(shipped, "is the saiga endangered")
    assert (found["answer"], found["answer_reason"]) == (None, "red-list")
    assert "not answered by their listings" in text
    assert "/search?q=saiga" in text


def test_the_number_of_a_group_in_a_country_is_that_of_the_list(shipped) -> None:
    """It counted 62 birds whose range is not recorded."""
    found, text = ask(shipped, "how many birds are in CMS Appendix I in Kenya")
    with shipped.client() as client:
        total = client.get("/listings.json?cms=I&class=aves&in=KE").json()["total"]
    assert found["number"] == total
    assert f"{total} animals, as far as is recorded." in text
    found, text = ask(shipped, "how many sharks were added in 2023")
    assert (found["number"], found["not_answered"]) == (None, ["changes"])
    assert "in the wild" not in text
