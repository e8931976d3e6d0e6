"""Legal status as it was worked out from the sources: a taxon, a day, a country, and the Appendices of both treaties.

``legal_status_cases.tsv`` holds 107 cases, ``further_status_cases.tsv`` those of other taxa and days, each with its
source, and ``boundary_status_cases.tsv`` 298 of some 200 taxa, most of them the first day of a listing and the day
before it, by a second, simpler reading of the tables. ``reservation_cases.tsv`` tells on which days a listing did not
bind a country. ``-`` asks without a country, ``none`` says that no Appendix lists it, and ``*`` is not judged. An
answer is right where it is the one expected; it is wrong with certainty where it names another Appendix as certain, or
leaves one out without saying that it may apply or that it is not known.
"""

from __future__ import annotations

import csv
from dataclasses import dataclass
from pathlib import Path

import pytest

_RIGHT_AT_LEAST = 0.95
_TABLES = [Path(__file__).with_name(f"{name}_status_cases.tsv") for name in ("legal", "further", "boundary")]


@dataclass(frozen=True)
class Case:
    """What is asked for, and what is expected of each treaty that is judged."""

    taxon: str
    on: str
    country: str
    expected: tuple[tuple[str, frozenset[str]], ...]

    def __str__(self) -> str:
        return f"{self.taxon} on {self.on} in {self.country}"


def cases() -> list[Case]:
    found = []
    for table in _TABLES:
        with table.open(encoding="utf-8") as file:
            rows = csv.DictReader(file, delimiter="\t")
            found += [Case(row["taxon"], row["on"], row["country"], tuple(_expected(row))) for row in rows]
    return found


def _expected(row: dict[str, str]):
    for treaty in ("CMS", "CITES"):
        if row[treaty] != "*":
            yield treaty, frozenset() if row[treaty] == "none" else frozenset(row[treaty].split("/"))


@pytest.fixture(scope="module")
def judged(client) -> dict[Case, list[tuple[str, str]]]:
    """How each answer differs from what is expected: pairs of verdict and description."""
    return {case: list(_judge(client, case)) for case in cases()}


def _judge(client, case: Case):
    place = "" if case.country == "-" else f"&country={case.country}"
    answer = client.get(f"/api/v1/taxa/{case.taxon}/status?on={case.on}{place}")
    if answer.status_code == 404:
        yield "unknown", f"{case}: not in this graph"
        return
    assert answer.status_code == 200, answer.text
    treaties = {one["treaty"]["label"]: one for one in answer.json()["treaties"]}
    for treaty, expected in case.expected:
        found = treaties[treaty]
        certain, possible = frozenset(found["appendices"]), frozenset(found["possible_appendices"])
        if certain == expected and not possible:
            continue
        told = f"{case}: {treaty} {sorted(certain)}, possibly {sorted(possible)}, not {sorted(expected)}"
        left_open = certain <= expected and (expected <= certain | possible or found["state"] == "unknown")
        yield ("unknown" if left_open else "wrong"), told


def test_no_answer_is_wrong_with_certainty(judged):
    assert [told for verdicts in judged.values() for verdict, told in verdicts if verdict == "wrong"] == []


def test_nearly_all_answers_are_right(judged):
    differing = [told for verdicts in judged.values() for _, told in verdicts]
    right = sum(not verdicts for verdicts in judged.values())
    assert right >= _RIGHT_AT_LEAST * len(judged), "\n".join(differing)


def test_listings_do_not_bind_the_countries_for_which_a_reservation_is_in_force(client):
    """Read from the tables of 2013 and the reservations of 2024; a reservation may be for a territory alone."""
    differing = []
    with Path(__file__).with_name("reservation_cases.tsv").open(encoding="utf-8") as file:
        for row in csv.DictReader(file, delimiter="\t"):
            answer = client.get(f"/api/v1/taxa/{row['taxon']}/status?on={row['on']}&country={row['country']}").json()
            cites = next(one for one in answer["treaties"] if one["treaty"]["label"] == "CITES")
            found = [
                "yes" if one["certain"] else "unknown"
                for concept in cites["concepts"]
                for one in concept["reservations"]
                if one["by_country"] and one["appendix"]["notation"] == row["appendix"]
            ]
            if found != ([] if row["reserved"] == "no" else [row["reserved"]]):
                differing.append((row["taxon"], row["on"], row["country"], row["appendix"], row["reserved"], found))
    assert differing == []


def test_a_listed_subspecies_is_listed_wherever_it_is_asked_for(client):
    """Its listing of 1975 has no limit; populations of the species replaced it in 1990 only."""
    for slug, country in (("nelsoni", "US"), ("nelsoni", "MX"), ("pruinosus", "NP"), ("pruinosus", "CN")):
        assert _ask_cites(client, f"ursus-arctos-{slug}", "1980-01-01", country) == ("listed", ["I"], [])
    assert _ask_cites(client, "ursus-arctos-nelsoni", "1991-01-01", "DE")[1] != ["I"]
    assert _ask_cites(client, "ursus-arctos-nelsoni", "1992-06-11", "US") == ("listed", ["II"], [])


def test_a_species_is_uncertain_where_its_listed_subspecies_may_live(client):
    assert _ask_cites(client, "ursus-arctos", "1976-01-01", "BT") == ("unknown", [], ["I"])
    # That the subspecies of 1975 did not live in countries next to those named in 1990 is only an inference.
    for country in ("NP", "RU", "KZ", "PK"):
        assert _ask_cites(client, "ursus-arctos", "1976-01-01", country) == ("unknown", [], ["I"])
    assert _ask_cites(client, "ursus-arctos", "1980-01-01", "TR") == ("not-listed", [], [])


def test_populations_on_which_the_source_contradicts_itself_are_uncertain(client):
    assert _ask_cites(client, "ursus-arctos", "1990-01-18", "RU") == ("unknown", [], ["II"])
    assert _ask_cites(client, "ursus-arctos", "1990-01-18", "DE") == ("listed", ["II"], [])
    assert _ask_cites(client, "ursus-arctos", "1990-01-18", "MX") == ("listed", ["I"], [])


def _ask_cites(client, taxon: str, on: str, country: str) -> tuple[str, list[str], list[str]]:
    answer = client.get(f"/api/v1/taxa/cites/{taxon}/status?on={on}&country={country}").json()
    found = next(one for one in answer["treaties"] if one["treaty"]["label"] == "CITES")
    return found["state"], found["appendices"], found["possible_appendices"]


def test_the_range_of_a_species_before_it_was_split_is_not_that_of_its_namesake(client):
    """Of the argali of Nepal the Index has a subspecies of Appendix I only; where the others live is not recorded."""
    answer = client.get("/api/v1/taxa/cms/ovis-ammon/status?on=2020-06-01&country=NP").json()
    found = next(one for one in answer["treaties"] if one["treaty"]["label"] == "CITES")
    assert (found["appendices"], found["possible_appendices"]) == (["I"], ["II"])
    listed = client.get("/api/v1/countries/NP?on=2020-06-01").json()["species"]
    items = next(one["items"] for one in listed if one["treaty"]["label"] == "CITES")
    by_taxon = {one["taxon"]["id"].rpartition("/")[2]: one["appendices"] for one in items}
    assert by_taxon["ovis-ammon"] == ["II"], "the narrower species of CITES is not the argali of CMS"
    assert by_taxon["ovis-hodgsoni"] == ["I"]
