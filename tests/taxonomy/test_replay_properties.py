"""Laws of the replay, and its agreement with a naive reference that walks through every day, place by place."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

from event_replay import replay_events
from hypothesis import given, settings
from hypothesis import strategies as st

from jwpgraph.taxonomy.dates import PartialDate
from jwpgraph.taxonomy.listing_events import CITES, CMS, ListingChange, ListingEvent
from jwpgraph.taxonomy.population_scope import PopulationScope
from jwpgraph.taxonomy.treaty_status import CITES_I, CITES_II, CITES_III, CMS_I, CMS_II, EXCLUSIVE, TreatyStatus

PLACES = ("BW", "KE", "NA", "elsewhere")
START = date(2000, 1, 1)
DAYS = 40

_places = st.frozensets(st.sampled_from(PLACES[:-1]), max_size=2)


@st.composite
def events(draw, treaty: str | None = None, changes=tuple(ListingChange), distinct_days: bool = False, most: int = 8):
    """Events of one taxon within a few weeks."""
    treaty = treaty or draw(st.sampled_from([CITES, CMS]))
    appendices = [CITES_I, CITES_II, CITES_III] if treaty == CITES else [CMS_I, CMS_II]
    days = draw(st.lists(st.integers(0, DAYS - 1), max_size=most, unique=distinct_days))
    made = []
    for number, day in enumerate(days):
        change = draw(st.sampled_from(changes))
        appendix = draw(st.sampled_from(appendices))
        inside, outside = draw(st.tuples(_places, _places).filter(lambda pair: not (pair[0] and pair[1])))
        party = (
            draw(st.sampled_from(["GH", "JP"]))
            if change in {ListingChange.RESERVATION, ListingChange.WITHDRAWAL}
            else None
        )
        when = START + timedelta(days=day)
        made.append(
            ListingEvent(
                f"e{number}", treaty, "taxon", change, PartialDate(when, when), appendix, party, inside, outside
            )
        )
    return made


def of(found, treaty: str) -> TreatyStatus:
    return found.get(treaty, TreatyStatus(treaty))


def by_place(status: TreatyStatus) -> dict[str, set[str]]:
    return {place: {one.appendix for one in status.listings if one.scope.covers(place)} for place in PLACES}


def walk(history: list[ListingEvent], on: date) -> dict[str, set[str]]:
    """The status by place, found by keeping a set of Appendices for each place and walking from day to day.

    It knows additions and deletions of one taxon, with at most one event a day.
    """
    state: dict[str, set[str]] = {place: set() for place in PLACES}
    day = START
    while day <= on:
        for event in history:
            assert event.effective is not None
            if event.effective.first != day:
                continue
            for place in PLACES:
                meant = place in event.places_in if event.places_in else place not in event.places_out
                if not meant:
                    continue
                if event.change is ListingChange.ADDITION:
                    if event.appendix in {CITES_I, CITES_II}:
                        state[place] = set()
                    state[place].add(event.appendix)
                else:
                    state[place].discard(event.appendix)
        day += timedelta(days=1)
    return state


@given(events(changes=(ListingChange.ADDITION, ListingChange.DELETION), distinct_days=True), st.integers(0, DAYS))
@settings(max_examples=150, deadline=None)
def test_agrees_with_walking_through_the_days(history, after):
    on = START + timedelta(days=after)
    for treaty in {event.treaty for event in history}:
        assert by_place(of(replay_events(history, on, ["taxon"]), treaty)) == walk(history, on)


@given(events(), st.randoms())
@settings(deadline=None)
def test_the_order_of_the_input_does_not_matter(history, random):
    shuffled = list(history)
    random.shuffle(shuffled)
    on = START + timedelta(days=DAYS)
    assert replay_events(shuffled, on, ["taxon"]) == replay_events(history, on, ["taxon"])


@given(events(), events(), st.integers(0, DAYS))
@settings(deadline=None)
def test_what_happens_later_or_to_others_changes_nothing(history, others, after):
    on = START + timedelta(days=after)
    later = [replace(one, effective=PartialDate(date(2001, 1, 1), date(2001, 1, 1))) for one in others]
    strangers = [replace(one, taxon="stranger") for one in others]
    assert replay_events([*history, *later, *strangers], on, ["taxon"]) == dict(
        replay_events([*history, *later], on, ["taxon"]).items()
    )
    known = replay_events(history, on, ["taxon"])
    for treaty, status in replay_events([*history, *later], on, ["taxon"]).items():
        assert by_place(status) == by_place(of(known, treaty))


@given(
    events(changes=(ListingChange.ADDITION, ListingChange.RESERVATION, ListingChange.WITHDRAWAL), distinct_days=True)
)
@settings(deadline=None)
def test_what_is_deleted_is_gone(history):
    end = START + timedelta(days=DAYS + 1)
    deletions = [
        ListingEvent(f"d{number}", event.treaty, "taxon", ListingChange.DELETION, PartialDate(end, end), appendix)
        for event in history[:1]
        for number, appendix in enumerate((CITES_I, CITES_II, CITES_III, CMS_I, CMS_II))
    ]
    for status in replay_events([*history, *deletions], end, ["taxon"]).values():
        assert status.listings == ()
        assert status.reservations == ()


@given(events(treaty=CITES, changes=(ListingChange.ADDITION,)), st.integers(0, DAYS))
@settings(deadline=None)
def test_additions_never_lose_a_country(history, after):
    """A place that has once been in Appendix I or II stays in exactly one, however populations are divided."""
    on = START + timedelta(days=after)
    happened = [one for one in history if one.effective is not None and one.effective.first <= on]
    status = of(replay_events(history, on, ["taxon"]), CITES)
    ambiguous = any(gap.kind == "appendices-overlap" for gap in status.gaps)
    for place in PLACES:
        once = any(one.appendix in EXCLUSIVE and one.scope.covers(place) for one in happened)
        now = by_place(status)[place] & EXCLUSIVE
        assert bool(now) == once
        assert ambiguous or len(now) <= 1


@given(events(), st.integers(0, DAYS))
@settings(deadline=None)
def test_reservations_concern_their_party_alone(history, after):
    on = START + timedelta(days=after)
    without = [one for one in history if one.party != "JP"]
    for treaty, status in replay_events(history, on, ["taxon"]).items():
        other = of(replay_events(without, on, ["taxon"]), treaty)
        assert status.listings == other.listings
        assert [one for one in status.reservations if one.party != "JP"] == list(other.reservations)


@given(events(), st.integers(0, DAYS), st.integers(0, 8))
@settings(deadline=None)
def test_imprecise_dates_only_take_certainty_away(history, after, which):
    """Blurring a date never makes certain what was not so on the true day."""
    on = START + timedelta(days=after)
    blurred = [
        replace(one, effective=PartialDate(date(2000, 1, 1), date(2000, 2, 29))) if number == which else one
        for number, one in enumerate(history)
        if one.change is ListingChange.ADDITION
    ]
    exact = [one for one in history if one.change is ListingChange.ADDITION]
    if which >= len(history) or history[which].change is not ListingChange.ADDITION:
        return
    for treaty, status in replay_events(blurred, on, ["taxon"]).items():
        certain = {
            (one.appendix, place)
            for one in status.listings
            if one.certain
            for place in PLACES
            if one.scope.covers(place)
        }
        true = {
            (appendix, place)
            for place, found in by_place(of(replay_events(exact, on, ["taxon"]), treaty)).items()
            for appendix in found
        }
        possible = {(one.appendix, place) for one in status.listings for place in PLACES if one.scope.covers(place)}
        if treaty == CMS:  # under CITES the order among blurred and exact days can matter, too
            assert certain <= true <= possible


_scopes = st.builds(PopulationScope, st.frozensets(st.sampled_from(PLACES[:-1])), st.booleans())


@given(_scopes, _scopes)
@settings(deadline=None)
def test_scopes_are_sets(one, other):
    for place in PLACES:
        assert (one | other).covers(place) == (one.covers(place) or other.covers(place))
        assert (one & other).covers(place) == (one.covers(place) and other.covers(place))
        assert (one - other).covers(place) == (one.covers(place) and not other.covers(place))
        assert one.rest.covers(place) != one.covers(place)
    assert (one - one).is_empty
    assert (one | one.rest).is_everything
