"""What must stay open in an answer: what sources do not tell of subspecies, of former days and of limits on trade."""

from __future__ import annotations

import asyncio
from datetime import date

import pytest

from jwpgraph.taxonomy.animal_status import compute_animal_status
from jwpgraph.taxonomy.listing_events import IN_FORCE
from jwpgraph.taxonomy.ranges import read_ranges
from jwpgraph.taxonomy.snapshot import read_all
from jwpgraph.vocabulary import ID

ON = date(2017, 6, 1)
PLACES = [None, *(f"{ID}country/{code}" for code in ("AU", "CN", "FR", "IN", "MA", "RU", "US", "ZA"))]


@pytest.fixture(scope="module")
def reading(lasting_site):
    return asyncio.run(read_all(lasting_site.queries))


@pytest.fixture(scope="module")
def ranges(lasting_site, reading):
    return asyncio.run(read_ranges(lasting_site.queries, reading, sorted(reading.taxa.concepts)))


@pytest.fixture(scope="module")
def status(client):
    """A function that asks for a status and gives one treaty's part of the answer."""

    def ask(taxon: str, on: str, treaty: str, country: str = ""):
        answer = client.get(f"/api/v1/taxa/{taxon}/status?on={on}" + (f"&country={country}" if country else ""))
        assert answer.status_code == 200, answer.text
        return next(one for one in answer.json()["treaties"] if one["treaty"]["label"] == treaty)

    return ask


def test_no_certain_none_where_a_listed_subspecies_may_live(reading, ranges):
    listed = [reading.taxa.concepts[iri] for iri in reading.listed_taxa if iri in reading.taxa.concepts]
    species = sorted({one.parent for one in listed if one.rank == "subspecies" and one.parent})
    wrong = []
    for iri in species:
        for place in PLACES:
            for answer in compute_animal_status(reading, iri, ON, place, ranges):
                for found in answer.concepts:
                    above = found.counterpart.concept.iri
                    for child, status in found.below:
                        may = place is None or ranges.holds_below(child.iri, above, place) is not False
                        if answer.state == "not-listed" and may and status.appendices(place):
                            wrong.append((iri, place, child.iri))
    assert len(species) > 30
    assert wrong == []


def test_nothing_is_listed_before_its_convention(reading):
    for iri in sorted(reading.listed_taxa):
        for treaty, first in IN_FORCE.items():
            eve = date.fromordinal(first.toordinal() - 1)
            (answer,) = [one for one in compute_animal_status(reading, iri, eve) if one.treaty == treaty]
            assert (answer.certain, answer.possible) == ((), ()), iri


@pytest.mark.parametrize(
    ("taxon", "country", "appendices", "possible", "state"),
    [
        ("cms/coturnix-coturnix", "IN", [], ["II"], "unknown"),  # the subspecies alone is listed, its range unknown
        ("cms/coturnix-coturnix", "", [], ["II"], "unknown"),
        ("cms/fulica-atra", "BR", [], [], "not-listed"),  # beyond the populations that are listed
        ("cms/cervus-elaphus-barbarus", "", ["I"], ["II"], "listed"),  # II is of another subspecies
        ("cms/gorilla-gorilla", "CM", ["I"], [], "listed"),
    ],
)
def test_what_is_listed_below_a_species_may_apply_to_it(status, taxon, country, appendices, possible, state):
    found = status(taxon, "2015-06-01", "CMS", country)
    assert (found["appendices"], found["possible_appendices"], found["state"]) == (appendices, possible, state)


@pytest.mark.parametrize(
    ("taxon", "on"),
    [("equus-hemionus", "2018-01-01"), ("ovis-ammon", "2018-01-01"), ("ursus-arctos", "1980-01-01")],
)
def test_a_listed_species_with_subspecies_in_another_appendix_is_divided(status, taxon, on):
    """Subspecies in Appendix I of a species in Appendix II: CITES Species+ gives "I/II", as for divided populations."""
    found = status(f"cites/{taxon}", on, "CITES")
    assert (found["appendices"], found["possible_appendices"], found["state"]) == (["I", "II"], [], "listed")


@pytest.mark.parametrize(
    ("taxon", "appendices", "possible"),
    [
        ("balaena", ["I"], ["II"]),  # the Index of 2017 shows "I": whales are in II, this one in I
        ("gavialidae", ["I"], ["II"]),
        ("gorilla", ["I"], ["II"]),
        ("houbaropsis", ["I"], ["II"]),
        ("melopsittacus", [], ["II"]),  # its only species is excluded from the listing of parrots
        ("uncia", [], ["II"]),  # its only species is in I, now recorded under another genus
        ("balaenoptera", ["I", "II"], []),
        ("panthera", ["I", "II"], []),
        ("cetacea", ["I", "II"], []),  # listed itself
        ("chiroptera", [], []),  # of its listed genera none is in this graph
        ("pilosa", [], []),
        ("cathartidae", [], []),  # the condor is in I, but not in this graph
    ],
)
def test_of_higher_taxa_only_that_is_certain_which_holds_for_their_species(status, taxon, appendices, possible):
    found = status(f"cites/{taxon}", "2017-04-21", "CITES")
    assert (found["appendices"], found["possible_appendices"]) == (appendices, possible)
    assert found["state"] == ("listed" if appendices else "unknown")


def test_before_it_was_recognized_a_species_has_the_status_of_what_it_lay_within(status):
    found = status("cites/ovis-polii", "2015-01-01", "CITES")
    assert (found["appendices"], found["possible_appendices"], found["state"]) == ([], ["I", "II"], "unknown")
    assert status("cites/ovis-polii", "2015-01-01", "CMS")["appendices"] == ["II"]
    assert status("cites/ovis-hodgsoni", "2015-01-01", "CITES")["appendices"] == ["I"]


def test_a_zero_quota_is_part_of_the_status(status):
    concept = status("cites/saiga-tatarica", "2020-01-01", "CITES", "KZ")["concepts"][0]
    assert concept["statement"] == (
        "Appendix II, zero export quota for wild specimens traded commercially since 26 November 2019"
    )
    # CoP20 amended the annotation for Kazakhstan: after the day of the source it is not known what holds.
    after = status("cites/saiga-tatarica", "2026-06-01", "CITES", "KZ")["concepts"][0]
    assert after["statement"] == concept["statement"] + ", not known whether still in force"
    before = status("cites/saiga-tatarica", "2019-11-25", "CITES", "KZ")["concepts"][0]
    assert (before["statement"], before["restrictions"]) == ("Appendix II", [])


def test_a_quota_without_a_first_day_may_not_have_begun_before_its_source(status):
    def told(on: str):
        return status("cites/acinonyx-jubatus", on, "CITES", "NA")["concepts"][0]["statement"]

    assert told("2005-01-01") == "Appendix I, export quota of 150, not known whether already in force"
    assert told("2024-01-01") == "Appendix I, export quota of 150, not known whether still in force"


def test_a_suspension_without_end_is_unknown_after_its_source(status):
    def told(on: str, country: str):
        found = status("cites/panthera-leo", on, "CITES", country)["concepts"][0]["restrictions"]
        return [(one["since"], one["until"], one["in_force"]) for one in found if one["country"] and not one["taxon"]]

    assert told("2016-04-01", "LR") == [("2016-03-15", "2018-01-22", "yes")]
    assert told("2022-01-01", "LR") == [("2018-01-22", None, "yes")]
    assert told("2026-01-01", "LR") == [("2018-01-22", None, "unknown")]
    assert told("2026-01-01", "SO") == [("2019-07-04", None, "unknown")]
