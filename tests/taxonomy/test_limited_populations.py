"""The replay where listings of a taxon, or of a higher one that includes it, cover some populations only."""

from __future__ import annotations

import pytest

from jwpgraph.taxonomy.treaty_status import CITES_I, CITES_II


@pytest.mark.parametrize(
    ("place", "certain", "possible"),
    [
        ("MX", {CITES_I}, set()),
        # The source says that the subspecies is included in the Mexican population, which is all that is listed.
        ("US", set(), {CITES_I}),
        (None, {CITES_I}, set()),
    ],
)
def test_an_inclusion_in_listed_populations_lists_no_others_with_certainty(event, status, place, certain, possible):
    # Antilocapra americana mexicana in the tables of 2013
    pronghorn = [
        event("+ II", "1975-07-01", taxon="mexicana"),
        event("+ I", "1992-06-11", taxon="americana", places_in="MX"),
        event("+ I", "1992-06-11", taxon="mexicana", via="americana"),
        event("- II", "1992-06-11", taxon="mexicana"),
    ]
    found = status(pronghorn, "2013-06-12", ("mexicana", "americana"))
    assert (set(found.appendices(place)), set(found.possible_appendices(place))) == (certain, possible)
    assert "inclusion-unclear" in {gap.kind for gap in found.gaps}


@pytest.mark.parametrize(("place", "certain"), [("SC", set()), ("MG", {CITES_II}), ("MU", {CITES_II})])
def test_an_inclusion_does_not_override_the_populations_of_its_higher_taxon(event, status, place, certain):
    # Falco newtoni aldabranus, "replaced by Falco newtoni, population of Seychelles", which is in Appendix I
    kestrel = [
        event("+ II", "1979-06-28", taxon="order"),
        event("+ II", "1995-02-16", taxon="newtoni", via="order", places_out="SC"),
        event("+ I", "1995-02-16", taxon="newtoni", places_in="SC"),
        event("+ I", "1977-02-04", taxon="aldabranus"),
        event("+ II", "1995-02-16", taxon="aldabranus", via="newtoni"),
        event("- I", "1995-02-16", taxon="aldabranus"),
    ]
    found = status(kestrel, "2013-06-12", ("aldabranus", "newtoni", "order"))
    assert set(found.appendices(place)) == certain
    assert set(found.possible_appendices(place)) == ({CITES_I, CITES_II} if place == "SC" else set())


@pytest.mark.parametrize(("place", "certain"), [("MX", {CITES_II}), ("US", set()), ("CA", set()), (None, {CITES_II})])
def test_all_other_populations_can_leave_an_appendix(event, status, place, certain):
    # Ovis canadensis: all populations since 1975, that of Mexico alone since 1983
    sheep = [
        event("+ II", "1975-07-01"),
        event("+ II", "1983-07-29", places_in="MX", places_out="US CA"),
        event("- II", "1983-07-29", places_out="MX"),
    ]
    assert set(status(sheep, "1983-07-28").appendices(place)) == {CITES_II}
    found = status(sheep, "1983-07-29")
    assert (set(found.appendices(place)), found.possible_appendices(place)) == (certain, ())


def test_further_populations_are_added_to_those_listed(event, status):
    # Ursus arctos: North America since 1979, Europe since 1983
    bear = [event("+ II", "1979-06-28", places_in="US CA MX"), event("+ II", "1983-07-29", places_in="FR ES")]
    found = status(bear, "1985-01-01")
    assert [found.appendices(place) for place in ("US", "FR", "IN")] == [(CITES_II,), (CITES_II,), ()]
