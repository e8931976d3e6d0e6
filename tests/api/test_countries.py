"""A country: when it was a Party, what is only recorded for an area that it succeeded, how far ranges are known."""

from __future__ import annotations

import pytest

from jwpgraph.vocabulary import ID


def shown(client, code: str, on: str = "") -> dict:
    answer = client.get(f"/api/v1/countries/{code}" + (f"?on={on}" if on else ""))
    assert answer.status_code == 200, answer.text
    return answer.json()


def memberships(document: dict, instrument: str) -> list[tuple[str | None, str | None, bool | None]]:
    return [
        (one["since"], one["until"], one["in_force"])
        for one in document["joined"]
        if one["instrument"]["id"] == f"{ID}instrument/{instrument}" and one["status"] == "party"
    ]


@pytest.mark.parametrize(
    ("on", "first", "second"),
    [
        ("1980-06-01", True, False),
        ("1988-06-01", None, False),
        ("1989-06-01", False, False),
        ("2020-01-01", False, True),
    ],
)
def test_a_country_that_withdrew_and_came_back(client, on: str, first: bool | None, second: bool) -> None:
    assert memberships(shown(client, "AE", on), "cites") == [
        ("1975", "1988", first),
        ("1990-05-09", None, second),
    ]


def test_an_accession_of_unknown_day_is_not_certain(client) -> None:
    assert memberships(shown(client, "BH", "1995-01-01"), "cms") == [(None, None, None)]
    assert memberships(shown(client, "CF", "2020-06-01"), "cms") == [("2020", None, None)]
    assert memberships(shown(client, "CF", "2022-06-01"), "cms") == [("2020", None, True)]
    assert memberships(shown(client, "TM", "2025-01-02"), "cites") == [("2025-01-02", None, True)]


def test_what_is_recorded_for_a_former_area_stands_with_its_successor(client) -> None:
    serbia = shown(client, "RS")
    former = {
        one["taxon"]["label"]: one for treaty in serbia["species"] for one in treaty["items"] if one["former_areas"]
    }
    assert former["Acipenser nudiventris"]["former_areas"] == [
        {"id": f"{ID}historic-area/CS", "label": "Serbia and Montenegro"}
    ]
    kenya = shown(client, "KE")
    assert not [one for treaty in kenya["species"] for one in treaty["items"] if one["former_areas"]]


def test_a_country_says_for_how_many_taxa_ranges_are_known(client) -> None:
    for treaty in shown(client, "KE")["species"]:
        assert 200 < treaty["ranges"]["recorded"] < treaty["ranges"]["listed"]
        assert treaty["total"] > 40


def test_the_cheetah_of_kenya_is_not_extinct(client) -> None:
    found = {
        status["label"]
        for treaty in shown(client, "KE")["species"]
        for one in treaty["items"]
        if one["taxon"]["label"].startswith("Acinonyx")
        for status in one["occurs"]
    }
    assert found == {"native"}


def test_a_territory_names_its_state(client) -> None:
    document = shown(client, "GL")
    assert f"{ID}country/DK" in str(document["territory_of"])
    assert not document["joined"]
