"""Legal status as at a date: the replay of listing events in the order in which they took effect.

The rules are told and argued in ``docs/decisions/0005-replay.md``. In short: under CITES a population stands in one of
Appendix I and II at a time, so a later addition moves the populations that it means; under CMS the Appendices are
independent. What is listed in its own right goes before what is listed through a higher taxon. Nothing here reads a
graph or knows a country: events are values and places are names.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import date
from itertools import combinations

from jwpgraph.taxonomy.dates import UNKNOWN
from jwpgraph.taxonomy.listing_events import IN_FORCE, ListingChange, ListingEvent
from jwpgraph.taxonomy.listing_state import ListingState, effect_sort_key
from jwpgraph.taxonomy.population_scope import EVERYWHERE, NOWHERE, PopulationScope
from jwpgraph.taxonomy.treaty_status import ListingInForce, ReservationInForce, TreatyStatus, UnknownStatus

#: With more events than this whose date is open, only the orders in which they can have happened one after the
#: other are tried, not every selection.
_MOST_SELECTIONS = 4


def replay_events(events: Iterable[ListingEvent], on: date, lineage: Sequence[str]) -> Mapping[str, TreatyStatus]:
    """The status on the day *on*, by treaty; a treaty of which no event is known is absent.

    Args:
        events: in any order; those of other taxa are passed over.
        on: the day, its events included.
        lineage: the taxon, its parent, and so on upwards.
    """
    by_treaty: dict[str, list[ListingEvent]] = {}
    for event in events:
        if event.taxon in lineage:
            by_treaty.setdefault(event.treaty, []).append(event)
    return {treaty: Replay(treaty, found, lineage).on(on) for treaty, found in sorted(by_treaty.items())}


def list_changing_days(events: Iterable[ListingEvent], lineage: Sequence[str]) -> list[date]:
    """The days on which the status of a taxon can have changed, in order: where an event is certain, or may begin."""
    days = set()
    for event in events:
        if event.taxon in lineage and event.effective:
            days |= {event.effective.first, event.effective.last} - {UNKNOWN}
    return sorted(days)


class Replay:
    """The events of one treaty for one taxon, to be replayed for several days.

    Args:
        treaty: IRI of the convention.
        events: its events of the taxa in *lineage*.
        lineage: the taxon, its parent, and so on upwards.
    """

    def __init__(self, treaty: str, events: Sequence[ListingEvent], lineage: Sequence[str]) -> None:
        self._treaty = treaty
        self._lineage = lineage
        self._events = _drop_explained(treaty, events, lineage)

    def on(self, day: date) -> TreatyStatus:
        """Return the status on *day*, its events included; before the convention entered into force, none."""
        if day < IN_FORCE.get(self._treaty, UNKNOWN):
            return TreatyStatus(self._treaty)
        happened = [event for event in self._events if event.effective and event.effective.has_come(day)]
        open_ones = sorted(
            (event for event in self._events if event.effective is None or event.effective.has_come(day) is None),
            key=effect_sort_key,
        )
        courses = []
        for selection in _event_selections(open_ones):
            courses.append(course := ListingState(self._treaty, self._lineage))
            course.run([*happened, *selection])
        states = [course.listings() for course in courses]
        reserved = [course.reservations(state) for course, state in zip(courses, states, strict=True)]
        # A date that is open matters where what has happened makes a difference; what the last course, in which all
        # has happened, could not explain is what a curator should see.
        differ = any(state != states[0] for state in states) or len(set(map(tuple, reserved))) > 1
        gaps = [*(_is_date_open(event, day) for event in open_ones if differ), *courses[-1].gaps]
        reservations = _merge_reservations(reserved)
        return TreatyStatus(
            self._treaty, _merge_listings(states), reservations, tuple(dict.fromkeys(gaps)), _is_certain(states)
        )


def _drop_explained(treaty: str, events: Sequence[ListingEvent], lineage: Sequence[str]) -> Sequence[ListingEvent]:
    """The events less those that only say that a listing was in force on some day, where a dated one says why."""
    met = [event for event in events if event.effective and event.effective.is_bound]
    if not met:
        return events
    dated = [event for event in events if event.effective and not event.effective.is_bound]
    explained = set()
    for event in met:
        day = event.effective.last if event.effective else date.max
        course = ListingState(treaty, lineage)
        course.run(one for one in dated if one.effective and one.effective.has_come(day) is not False)
        known = NOWHERE
        listings = course.listings()
        for listing in listings:
            # An index shows Appendix III without the Party that asked for it.
            if listing.appendix == event.appendix and event.party in {None, listing.party}:
                known |= listing.scope
        reserved = any(
            one.party == event.party and one.appendix == event.appendix for one in course.reservations(listings)
        )
        is_listing = event.change is ListingChange.ADDITION and (event.scope - known).is_empty
        repeats = _repeats(event, met, treaty, dated, lineage)
        if is_listing or repeats or (event.change is ListingChange.RESERVATION and reserved):
            explained.add(event)
    return [event for event in events if event not in explained]


def _repeats(
    event: ListingEvent,
    met: Sequence[ListingEvent],
    treaty: str,
    dated: Sequence[ListingEvent],
    lineage: Sequence[str],
) -> bool:
    """Whether a state of several Appendices, without populations, is that of a higher taxon, said of each below it.

    An index prints "I/II" beside every subspecies of a species whose populations are divided.
    """
    if event.states_scope or event.change is not ListingChange.ADDITION or event.effective is None:
        return False
    alike = (one for one in met if one.taxon == event.taxon and one.effective == event.effective)
    appendices = {one.appendix for one in alike if one.change is ListingChange.ADDITION and not one.states_scope}
    day = event.effective.last
    come = [one for one in dated if one.effective and one.effective.has_come(day) is not False]
    for level in range(lineage.index(event.taxon) + 1, len(lineage) if len(appendices) > 1 else 0):
        course = ListingState(treaty, lineage[level:])
        course.run(one for one in come if one.taxon in lineage[level:])
        if appendices <= {one.appendix for one in course.listings()}:
            return True
    return False


def _is_certain(states: Sequence[Sequence[ListingInForce]]) -> tuple[tuple[str, PopulationScope], ...]:
    scopes: dict[str, PopulationScope] = {one.appendix: EVERYWHERE for state in states for one in state}
    for state in states:
        for appendix in scopes:
            covered = NOWHERE
            for one in state:
                covered |= one.scope if one.appendix == appendix else NOWHERE
            scopes[appendix] &= covered
    return tuple((appendix, scope) for appendix, scope in sorted(scopes.items()) if not scope.is_empty)


def _event_selections(events: Sequence[ListingEvent]) -> list[list[ListingEvent]]:
    """Which of the events whose date is open may have happened; none first, all last."""
    if len(events) > _MOST_SELECTIONS:
        return [list(events[:count]) for count in range(len(events) + 1)]
    return [list(chosen) for count in range(len(events) + 1) for chosen in combinations(events, count)]


def _is_date_open(event: ListingEvent, on: date) -> UnknownStatus:
    what = event.change.name.lower()
    if event.effective is None:
        return UnknownStatus(
            "date-unknown", f"The date of a change ({what}) is not known, only that it happened.", (event.iri,)
        )
    if event.effective.is_bound:
        by = event.effective.last
        detail = f"On {by} a change ({what}) was in effect, but not since when: it may not yet have been on {on}."
        return UnknownStatus("date-unknown", detail, (event.iri,))
    return UnknownStatus(
        "date-imprecise",
        f"Of a change ({what}) only {event.effective} is known: it may have taken effect before or after {on}.",
        (event.iri,),
    )


def _merge_listings(courses: Sequence[Sequence[ListingInForce]]) -> tuple[ListingInForce, ...]:
    """What is in force in every course, certain, and what else is in some course, not certain."""
    if len(courses) == 1:
        return tuple(courses[0])
    by_ground: dict[tuple[object, ...], list[ListingInForce]] = {}
    for course in courses:
        for one in course:
            by_ground.setdefault((one.appendix, one.origin, one.event, one.amendments), []).append(one)
    found = []
    for listings in by_ground.values():
        always = listings[0].scope if len(listings) == len(courses) else NOWHERE
        ever = NOWHERE
        for one in listings:
            always, ever = always & one.scope, ever | one.scope
        found += [replace(listings[0], scope=always)] if not always.is_empty else []
        doubtful = ever - always
        found += [replace(listings[0], scope=doubtful, certain=False)] if not doubtful.is_empty else []
    return tuple(found)


def _merge_reservations(courses: Sequence[Sequence[ReservationInForce]]) -> tuple[ReservationInForce, ...]:
    found: dict[ReservationInForce, int] = {}
    for course in courses:
        for reservation in course:
            found[reservation] = found.get(reservation, 0) + 1
    merged = (replace(one, certain=count == len(courses)) for one, count in found.items())
    return tuple(sorted(merged, key=lambda one: (one.appendix or "", one.party or "", one.event.iri)))
