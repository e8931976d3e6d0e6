"""The replay of listing events, case by case: each is a kind of history that the Appendices really have."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from jwpgraph.taxonomy.animal_status import judge_reservations
from jwpgraph.taxonomy.listing_events import CMS
from jwpgraph.taxonomy.population_scope import PopulationScope
from jwpgraph.taxonomy.treaty_status import CITES_I, CITES_II, CITES_III, CMS_I, CMS_II


@pytest.fixture
def elephant(event):
    """The African elephant's listings, without what changed only annotations."""
    return [
        event("+ III", "1976-02-26", party="GH"),
        event("+ II", "1977-02-04"),
        event("- III", "1977-02-04", party="GH"),
        event("R+ II", "1977-02-04", party="GB"),
        event("R- II", "1978-07-03", party="GB"),
        event("+ I", "1990-01-18"),
        event("- II", "1990-01-18"),
        event("R+ I", "1990-01-18", party="ZW"),
        event("R+ I", "1990-01-18", party="MW"),
        event("R- I", "1997-09-17", party="ZW"),
        event("+ I", "1997-09-18", places_out="BW NA ZW"),
        event("+ II", "1997-09-18", places_in="BW NA ZW"),
        event("+ I", "2000-07-19", places_out="BW NA ZA ZW"),
        event("+ II", "2000-07-19", places_in="BW NA ZA ZW"),
    ]


@pytest.mark.parametrize(
    ("on", "appendices"),
    [
        ("1976-02-25", set()),
        ("1976-02-26", {CITES_III}),
        ("1977-02-03", {CITES_III}),
        ("1977-02-04", {CITES_II}),
        ("1990-01-17", {CITES_II}),
        ("1990-01-18", {CITES_I}),
        ("1997-09-18", {CITES_I, CITES_II}),
        ("2017-01-02", {CITES_I, CITES_II}),
    ],
)
def test_appendices_of_a_day(elephant, status, on, appendices):
    assert set(status(elephant, on).appendices()) == appendices


@pytest.mark.parametrize(
    ("on", "place", "appendix"),
    [
        ("1999-01-01", "BW", CITES_II),
        ("1999-01-01", "ZA", CITES_I),
        ("1999-01-01", "KE", CITES_I),
        ("2016-05-01", "BW", CITES_II),
        ("2016-05-01", "ZA", CITES_II),
        ("2016-05-01", "KE", CITES_I),
    ],
)
def test_a_population_stands_in_one_appendix(elephant, status, on, place, appendix):
    assert status(elephant, on).appendices(place) == (appendix,)


def test_reservations_last_until_they_are_withdrawn_or_their_listing_ends(elephant, status):
    def parties(on):
        return {one.party for one in status(elephant, on).reservations}

    assert parties("1977-12-31") == {"GB"}
    assert parties("1978-07-03") == set()
    assert parties("1995-01-01") == {"ZW", "MW"}
    assert parties("2016-05-01") == {"MW"}


def test_restating_a_listing_keeps_since_when_it_has_lasted(elephant, status):
    (first, second) = status(elephant, "2016-05-01").listings
    by_appendix = {one.appendix: one for one in (first, second)}
    assert str(by_appendix[CITES_I].since) == "2000-07-19"
    assert str(by_appendix[CITES_I].continuous_since) == "1990-01-18"
    assert str(by_appendix[CITES_II].continuous_since) == "1997-09-18"


@pytest.mark.parametrize(
    ("on", "horizon", "certain"),
    [
        ("2013-12-31", "2017-04-21", {"CA": True, "CH": True}),
        ("2014-01-01", "2017-04-21", {"CA": False, "CH": True}),  # that of Switzerland ended later
        ("2020-01-01", "2017-04-21", {"CA": False}),
        ("2020-01-01", "2013-06-12", {"CA": True}),  # beyond the horizon, as listings are
    ],
)
def test_a_reservation_without_an_end_is_certain_up_to_the_date_of_its_sources(event, status, on, horizon, certain):
    known = replace(event("R+ II", "2013-06-12", party="CA"), known_until=date(2013, 12, 31))
    ended = replace(event("R+ II", "2013-06-12", party="CH"), known_until=date(2013, 12, 31))
    events = [event("+ II", "2013-06-12"), known, ended, event("R- II", "2020-01-01", party="CH")]
    judged = judge_reservations(status(events, on), events, date.fromisoformat(on), date.fromisoformat(horizon))
    assert {one.party: one.certain for one in judged.reservations} == certain


def test_a_reservation_for_a_territory_releases_that_territory(event, status):
    entered = replace(event("R+ I", "1990-01-18", party="GB"), on_behalf_of="HK")
    withdrawn = replace(event("R- I", "1990-07-18", party="GB"), on_behalf_of="HK")
    own = event("R+ I", "1990-01-18", party="GB")
    events = [event("+ I", "1990-01-18"), entered, own, withdrawn]
    assert [one.released for one in status(events, "1990-06-01").reservations] == ["HK", "GB"]
    assert [one.released for one in status(events, "1990-07-18").reservations] == ["GB"]


def test_a_reservation_does_not_outlive_its_listing(event, status):
    events = [
        event("+ II", "1980-01-01"),
        event("R+ II", "1981-01-01", party="JP"),
        event("+ I", "1990-01-01"),
        event("+ II", "2000-01-01"),
    ]
    assert {one.party for one in status(events, "1985-01-01").reservations} == {"JP"}
    assert status(events, "2001-01-01").reservations == ()


def test_cms_appendices_are_independent(event, status):
    events = [event("+ CMS II", "1979-01-01"), event("+ CMS I", "2009-03-05", places_out="BW NA ZW")]
    found = status(events, "2016-05-01", treaty=CMS)
    assert found.appendices() == (CMS_I, CMS_II)
    assert found.appendices("BW") == (CMS_II,)
    assert found.appendices("KE") == (CMS_I, CMS_II)


def test_falco_cherrug_of_mongolia_is_left_out_of_appendix_one(event, status):
    events = [event("+ CMS II", "1979-01-01", taxon="falconidae"), event("+ CMS I", "2012-02-23", places_out="MN")]
    found = status(events, "2015-01-01", ("taxon", "falconidae"), CMS)
    assert found.appendices("MN") == (CMS_II,)
    assert found.appendices("KZ") == (CMS_I, CMS_II)
    assert {one.origin for one in found.listings} == {"taxon", "falconidae"}


class TestHigherTaxa:
    """Listings of a genus, family or order hold for what is below."""

    lineage = ("species", "genus", "family")

    def test_hold_below(self, event, status):
        found = status([event("+ II", "1975-07-01", taxon="family")], "2000-01-01", self.lineage)
        assert found.appendices() == (CITES_II,)
        assert found.listings[0].origin == "family"

    def test_own_listing_goes_before(self, event, status):
        events = [event("+ II", "1990-01-01", taxon="family"), event("+ I", "1975-07-01", taxon="species")]
        assert status(events, "2000-01-01", self.lineage).appendices() == (CITES_I,)

    def test_own_listing_of_some_populations_leaves_the_rest(self, event, status):
        events = [
            event("+ II", "1975-07-01", taxon="family"),
            event("+ I", "1980-01-01", taxon="species", places_in="IN"),
        ]
        found = status(events, "2000-01-01", self.lineage)
        assert found.appendices("IN") == (CITES_I,)
        assert found.appendices("PK") == (CITES_II,)

    def test_exclusions_leave_out_what_is_below_them(self, event, status):
        events = [event("+ II", "1975-07-01", taxon="family", excludes="genus")]
        assert status(events, "2000-01-01", self.lineage).appendices() == ()
        assert status(events, "2000-01-01", ("other", "family")).appendices() == (CITES_II,)

    def test_an_exception_of_a_taxon(self, event, status):
        events = [
            event("+ II", "1975-07-01", taxon="family", iri="whole"),
            event("x II", "1975-07-01", taxon="species", modifies="whole"),
        ]
        assert status(events, "2000-01-01", self.lineage).appendices() == ()

    def test_an_exception_of_populations(self, event, status):
        events = [
            event("+ I", "1975-07-01", taxon="species", iri="whole"),
            event("x I", "1975-07-01", taxon="species", modifies="whole", places_in="AU"),
        ]
        found = status(events, "2000-01-01", self.lineage)
        assert found.listings[0].scope == PopulationScope.everywhere_but(["AU"])

    def test_a_deletion_takes_a_taxon_out_of_a_higher_listing(self, event, status):
        events = [event("+ II", "1975-07-01", taxon="family"), event("- II", "1990-01-01", taxon="species")]
        assert status(events, "1989-12-31", self.lineage).appendices() == (CITES_II,)
        assert status(events, "1990-01-01", self.lineage).appendices() == ()
        assert status(events, "1990-01-01", ("other", "genus", "family")).appendices() == (CITES_II,)

    def test_an_own_listing_merged_into_that_of_a_higher_taxon(self, event, status):
        """The same day brings the listing through the higher taxon and the deletion of the own one."""
        events = [
            event("+ I", "1975-07-01", taxon="species"),
            event("+ I", "1992-06-11", taxon="species", via="genus"),
            event("- I", "1992-06-11", taxon="species"),
        ]
        found = status(events, "2000-01-01", self.lineage)
        assert found.appendices() == (CITES_I,)
        assert found.listings[0].origin == "genus"

    def test_what_is_said_of_the_taxon_goes_before_what_is_said_of_its_genus(self, event, status):
        events = [
            event("+ I", "1980-01-01", taxon="genus", places_in="IN"),
            event("+ II", "1980-01-01", taxon="genus", places_out="IN"),
            event("+ II", "1980-01-01", taxon="species", via="genus"),
        ]
        assert status(events, "2000-01-01", self.lineage).appendices() == (CITES_II,)

    @pytest.mark.parametrize(
        ("change", "others", "after"),
        [
            ("+ I", {}, CITES_I),
            ("+ I", {"excludes": "species"}, CITES_II),
            ("- II", {}, None),
            ("+ III", {}, CITES_II),
        ],
        ids=["transfer", "transfer without it", "deletion", "another kind of Appendix"],
    )
    def test_what_was_listed_through_a_higher_taxon_leaves_with_it(self, event, status, change, others, after):
        events = [
            event("+ II", "1977-02-04", taxon="family"),
            event("+ II", "1977-02-04", taxon="species", via="family"),
            event(change, "1981-06-06", taxon="family", **others),
        ]
        assert status(events, "1981-06-05", self.lineage).appendices() == (CITES_II,)
        found = status(events, "1981-06-06", self.lineage).appendices()
        assert (after in found) if after else (found == ())

    def test_what_was_listed_through_an_order_moves_with_its_genus(self, event, status):
        events = [
            event("+ II", "1977-02-04", taxon="family"),
            event("+ II", "1977-02-04", taxon="species", via="family"),
            event("+ I", "1985-08-01", taxon="genus"),
        ]
        assert status(events, "1985-07-31", self.lineage).appendices() == (CITES_II,)
        assert status(events, "1985-08-01", self.lineage).appendices() == (CITES_I,)

    def test_a_listing_stated_twice_is_shown_once(self, event, status):
        stated_for_both = {"family": {}, "species": {"via": "family"}}
        events = [event("+ II", "1979-06-28", taxon=taxon, **more) for taxon, more in stated_for_both.items()]
        (found,) = status(events, "2000-01-01", self.lineage).listings
        assert found.origin == "family"


def test_a_dated_listing_of_a_party_explains_a_state_that_names_none(event, status):
    events = [event("+ III", "2014-06-24", party="PK"), event("+ III", "../2017-04-21")]
    assert status(events, "2014-06-23").possible_appendices() == ()
    assert status(events, "2014-06-24").appendices() == (CITES_III,)


def test_a_dated_listing_of_a_species_does_not_explain_a_state_of_its_family(event, status):
    lineage = ("species", "family")
    events = [
        event("+ CMS II", "../1994-09-09", taxon="family"),
        event("+ CMS II", "1994-09-09", taxon="species"),
    ]
    before = status(events, "1990-01-01", lineage, treaty=CMS)
    assert before.appendices() == ()
    assert before.possible_appendices() == (CMS_II,)
    assert status(events, "1994-09-09", lineage, treaty=CMS).appendices() == (CMS_II,)


class TestStateBetweenTwoSources:
    """A state that one source shows, and that an earlier one shows not to have begun."""

    def test_it_is_unknown_only_between_them(self, event, status):
        events = [event("+ II", "1979-06-28"), event("+ I", "2013-06-13/2017-04-21")]
        assert status(events, "2013-06-12").appendices() == (CITES_II,)
        assert status(events, "2013-06-12").possible_appendices() == ()
        between = status(events, "2015-01-01")
        assert between.appendices() == ()
        assert between.possible_appendices() == (CITES_I, CITES_II)
        assert status(events, "2017-04-21").appendices() == (CITES_I,)


class TestOneDay:
    """Several events of one day."""

    def test_an_addition_and_the_deletion_of_the_same_day_leave_nothing(self, event, status):
        assert status([event("- I", "1990-01-18"), event("+ I", "1990-01-18")], "1991-01-01").listings == ()

    def test_a_deletion_on_the_day_of_a_new_statement_ends_the_old_one(self, event, status):
        events = [event("+ I", "1980-01-01"), event("+ I", "1990-01-18", places_in="IN"), event("- I", "1990-01-18")]
        (found,) = status(events, "1991-01-01").listings
        assert found.scope == PopulationScope.only(["IN"])

    def test_all_means_all_that_no_other_addition_names(self, event, status):
        events = [event("+ I", "1990-01-01"), event("+ II", "1990-01-01", places_in="BW")]
        found = status(events, "1991-01-01")
        assert found.appendices("BW") == (CITES_II,)
        assert found.appendices("KE") == (CITES_I,)
        assert not found.gaps

    def test_all_but_some_means_all_that_neither_it_nor_another_addition_names(self, event, status):
        """The estuarine crocodile in 1985: I without Australia and Papua New Guinea, II for them and Indonesia."""
        events = [event("+ I", "1985-08-01", places_out="AU PG"), event("+ II", "1985-08-01", places_in="AU ID PG")]
        found = status(events, "1986-01-01")
        assert [found.appendices(code) for code in ("AU", "ID", "IN")] == [(CITES_II,), (CITES_II,), (CITES_I,)]
        assert not found.gaps

    def test_contradicting_additions_are_both_shown_and_said(self, event, status):
        found = status([event("+ I", "1990-01-01"), event("+ II", "1990-01-01")], "1991-01-01")
        assert found.appendices() == (CITES_I, CITES_II)
        assert {gap.kind for gap in found.gaps} == {"appendices-overlap"}


class TestAmendments:
    """A listing stays, but its scope changes."""

    def test_changes_the_scope(self, event, status):
        events = [event("+ I", "1980-01-01"), event("~ I", "1990-01-01", places_out="MN")]
        assert status(events, "1985-01-01").appendices("MN") == (CITES_I,)
        found = status(events, "1995-01-01")
        assert found.appendices("MN") == ()
        assert str(found.listings[0].since) == "1980-01-01"

    def test_without_populations_leaves_the_scope(self, event, status):
        events = [event("+ I", "1980-01-01", places_in="IN"), event("~ I", "1990-01-01")]
        (found,) = status(events, "1995-01-01").listings
        assert found.scope == PopulationScope.only(["IN"])
        assert len(found.amendments) == 1

    def test_of_what_is_not_known_says_so(self, event, status):
        found = status([event("~ I", "1990-01-01", places_out="MN")], "1995-01-01")
        assert found.appendices("IN") == (CITES_I,)
        assert {gap.kind for gap in found.gaps} == {"no-listing-to-change"}


class TestPrecision:
    """A date known to the month or year decides nothing within it."""

    def test_before_after_and_within(self, event, status):
        events = [event("+ I", "2017")]
        assert status(events, "2016-12-31").listings == ()
        assert status(events, "2018-01-01").appendices() == (CITES_I,)
        found = status(events, "2017-06-01")
        assert found.appendices() == ()
        assert [(one.appendix, one.certain) for one in found.listings] == [(CITES_I, False)]
        assert {gap.kind for gap in found.gaps} == {"date-imprecise"}

    def test_the_last_day_of_the_month_is_certain(self, event, status):
        events = [event("+ I", "2016-02")]
        assert status(events, "2016-02-28").appendices() == ()
        assert status(events, "2016-02-29").appendices() == (CITES_I,)

    def test_an_open_transfer_shows_both_possibilities(self, event, status):
        events = [event("+ II", "1990-01-01"), event("+ I", "2017")]
        found = status(events, "2017-06-01")
        assert {(one.appendix, one.certain) for one in found.listings} == {(CITES_I, False), (CITES_II, False)}

    def test_what_an_open_event_does_not_touch_stays_certain(self, event, status):
        events = [event("+ II", "1990-01-01"), event("+ I", "2017", places_in="IN")]
        found = status(events, "2017-06-01")
        assert found.appendices("PK") == (CITES_II,)
        assert found.appendices("IN") == ()
        assert {one.appendix for one in found.listings if one.scope.covers("IN")} == {CITES_I, CITES_II}

    def test_a_state_without_its_date_says_so(self, event, status):
        found = status([event("+ II")], "2016-05-01")
        assert [(one.appendix, one.certain) for one in found.listings] == [(CITES_II, False)]
        assert {gap.kind for gap in found.gaps} == {"date-unknown"}

    def test_a_state_met_on_a_day_is_certain_from_then_on(self, event, status):
        events = [event("+ II", "1990-01-01"), event("+ I", "../2017-04-21")]
        assert status(events, "2017-04-21").appendices() == (CITES_I,)
        before = status(events, "2016-05-01")
        assert before.appendices() == ()
        assert before.possible_appendices() == (CITES_I, CITES_II)
        assert {gap.kind for gap in before.gaps} == {"date-unknown"}

    def test_a_state_that_dated_events_explain_adds_nothing(self, event, status):
        events = [event("+ II", "1990-01-01"), event("+ II", "../2017-04-21")]
        for day in ("1995-01-01", "2018-01-01"):
            found = status(events, day)
            assert found.appendices() == (CITES_II,)
            assert found.gaps == ()
            assert [str(one.since) for one in found.listings] == ["1990-01-01"]

    def test_an_appendix_can_be_certain_though_its_ground_is_not(self, event, status):
        events = [event("+ II", "1990-01-01"), event("+ II", "2000")]
        found = status(events, "2000-06-01")
        assert found.appendices() == (CITES_II,)
        assert {one.certain for one in found.listings} == {False}

    def test_many_open_events_are_tried_in_their_order(self, event, status):
        events = [event("+ I" if number % 2 else "+ II", "2017") for number in range(30)]
        assert len(status(events, "2017-06-01").gaps) >= 30


def test_unexplained_events_are_gaps(event, status):
    for unexplained in (event("- I", "1990-01-01"), event("R- I", "1990-01-01", party="JP")):
        found = status([unexplained], "1995-01-01")
        assert found.listings == ()
        assert [gap.kind for gap in found.gaps] == ["no-listing-to-change"]


def test_events_of_other_taxa_do_not_count(event, status):
    assert status([event("+ I", "1990-01-01", taxon="another")], "1995-01-01").listings == ()


def test_populations_that_its_own_listing_leaves_out_are_not_listed_through_the_family(event, status):
    events = [
        event("+ II", "1987-10-22", taxon="family"),
        event("+ II", "1997-09-18", taxon="species", places_out="MX US"),
    ]
    found = status(events, "2017-04-21", lineage=("species", "family"))
    assert found.appendices("MX") == ()
    assert found.appendices("BR") == (CITES_II,)


def test_no_state_is_possible_before_its_convention(event, status):
    events = [event("+ I", "../2017-04-21")]
    assert status(events, "1975-06-30").listings == ()
    assert status(events, "1975-07-01").possible_appendices() == (CITES_I,)


def test_what_a_state_leaves_out_may_have_been_left_out_later_than_the_listing_began(event, status):
    # Crocodylus niloticus: in Appendix I everywhere until 1983, in II within the order only where I leaves it out.
    lineage = ("species", "order")
    events = [
        event("+ II", "1977-02-04", taxon="order"),
        event("+ I", "../2017-04-21", taxon="species", places_out="ZW"),
        event("+ II", "../2017-04-21", taxon="species", places_in="ZW"),
    ]
    before = status(events, "1983-07-28", lineage)
    assert before.appendices("ZW") == ()
    assert set(before.possible_appendices("ZW")) == {CITES_I, CITES_II}
    assert status(events, "2017-04-21", lineage).appendices("ZW") == (CITES_II,)


def test_what_a_state_does_not_include_may_have_been_listed_before(event, status):
    # Potamotrygon: the Index of 2017 lists the populations of Brazil, and says nothing of those of Peru before.
    events = [event("+ I", "../2017-04-21", places_in="BR")]
    before = status(events, "2010-01-01")
    assert set(before.possible_appendices("BR")) == set(before.possible_appendices("PE")) == {CITES_I}
    on_the_day = status(events, "2017-04-21")
    assert on_the_day.appendices("BR") == (CITES_I,)
    assert on_the_day.appendices("PE") == on_the_day.possible_appendices("PE") == ()
