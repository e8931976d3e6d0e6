"""Legal status on a day, computed by replaying listing events in the order in which they took effect.

The rules are explained in ``docs/decisions/0005-replay.md``. In short: under CITES a population is in only one of
Appendices I and II at a time, so a later addition moves its populations; under CMS the Appendices are
independent. A taxon's own listing takes precedence over that of a higher taxon. The module is independent of graphs:
events are plain values and places are opaque names.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import date
from itertools import combinations

from jwpgraph.taxonomy.dates import UNKNOWN
from jwpgraph.taxonomy.listing_events import IN_FORCE, ListingChange, ListingEvent
from jwpgraph.taxonomy.listing_state import ListingState, is_plain_inclusion, make_effect_sort_key
from jwpgraph.taxonomy.population_scope import EVERYWHERE, NOWHERE, PopulationScope
from jwpgraph.taxonomy.treaty_status import ListingInForce, ReservationInForce, TreatyStatus, UnknownStatus

#: With more events of uncertain date than this, only chronological prefixes of them are considered instead of all
#: subsets.
_MOST_SELECTIONS = 4


def list_changing_days(events: Iterable[ListingEvent], lineage: Sequence[str]) -> list[date]:
    """Return the days on which the status of a taxon may have changed, in order."""
    days = set()
    for event in events:
        if event.taxon in lineage and event.effective:
            days |= {event.effective.first, event.effective.last} - {UNKNOWN}
    return sorted(days)


class Replay:
    """Replays the events of one treaty for one taxon on several days.

    Args:
        treaty: IRI of the convention.
        events: the treaty's events of the taxa in *lineage*.
        lineage: IRIs of the taxon and its ancestors, from the bottom up.
    """

    def __init__(self, treaty: str, events: Sequence[ListingEvent], lineage: Sequence[str]) -> None:
        self._treaty = treaty
        self._lineage = lineage
        self._events = _drop_explained(treaty, events, lineage)
        through = {(event.via, event.appendix) for event in self._events if is_plain_inclusion(event)}
        self._includes_in_populations = any(
            event.states_scope and (event.taxon, event.appendix) in through for event in self._events
        )

    def on(self, day: date) -> TreatyStatus:
        """Compute the status on *day*, its events included; it is empty before the convention entered into force."""
        if day < IN_FORCE.get(self._treaty, UNKNOWN):
            return TreatyStatus(self._treaty)
        happened = [event for event in self._events if event.effective and event.effective.has_come(day)]
        open_ones = sorted(
            (event for event in self._events if event.effective is None or event.effective.has_come(day) is None),
            key=make_effect_sort_key,
        )
        selections = _get_event_selections(open_ones)
        selections += _extend_observed(selections)
        # Whether an inclusion in the listing of some populations concerns the taxon's other populations is not stated.
        readings = (False, True) if self._includes_in_populations else (False,)
        courses = []
        for limited in readings:
            for selection in selections:
                courses.append(course := ListingState(self._treaty, self._lineage, limits_inclusions=limited))
                course.run([*happened, *selection])
        states = [course.listings() for course in courses]
        reserved = [course.reservations(state) for course, state in zip(courses, states, strict=True)]
        # What is uncertain is reported if it affects the result. The gaps are those of the last course, in which all
        # events have happened.
        literal = states[: len(selections)]
        differ = any(state != states[0] for state in literal) or len(set(map(tuple, reserved))) > 1
        gaps = [*(_make_date_gap(event, day) for event in open_ones if differ), *courses[-1].gaps]
        if len(readings) > 1 and states[len(selections) :] != literal:
            gaps.append(_make_inclusion_gap(literal))
        reservations = _merge_reservations(reserved)
        return TreatyStatus(
            self._treaty,
            _merge_listings(states, self._lineage),
            tuple(reservations),
            tuple(dict.fromkeys(gaps)),
            _list_certain(states),
        )


def _drop_explained(treaty: str, events: Sequence[ListingEvent], lineage: Sequence[str]) -> Sequence[ListingEvent]:
    """Remove observations of listings that dated events of the same taxon or of a higher one explain.

    An event of a lower taxon explains no listing of a higher one, which may have begun earlier.
    """
    met = [event for event in events if event.effective and event.effective.is_bound]
    if not met:
        return events
    dated = [event for event in events if event.effective and not event.effective.is_bound]
    explained = set()
    for event in met:
        day = event.effective.last if event.effective else date.max
        above = lineage[lineage.index(event.taxon) :]
        course = ListingState(treaty, above)
        course.run(
            one for one in dated if one.taxon in above and one.effective and one.effective.has_come(day) is not False
        )
        known = NOWHERE
        listings = course.listings()
        for listing in listings:
            # An index shows Appendix III without the requesting Party.
            if listing.appendix == event.appendix and event.party in {None, listing.party}:
                known |= listing.scope
        reserved = any(
            one.party == event.party and one.appendix == event.appendix for one in course.reservations(listings)
        )
        is_listing = event.change is ListingChange.ADDITION and (event.scope - known).is_empty
        repeats = _repeats_ancestor(event, met, treaty, dated, lineage)
        if is_listing or repeats or (event.change is ListingChange.RESERVATION and reserved):
            explained.add(event)
    return [event for event in events if event not in explained]


def _repeats_ancestor(
    event: ListingEvent,
    met: Sequence[ListingEvent],
    treaty: str,
    dated: Sequence[ListingEvent],
    lineage: Sequence[str],
) -> bool:
    """Return whether an observed state of several Appendices, without populations, repeats that of a higher taxon.

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


def _list_certain(states: Sequence[Sequence[ListingInForce]]) -> tuple[tuple[str, PopulationScope], ...]:
    scopes: dict[str, PopulationScope] = {one.appendix: EVERYWHERE for state in states for one in state}
    for state in states:
        for appendix in scopes:
            covered = NOWHERE
            for one in state:
                covered |= one.scope if one.appendix == appendix else NOWHERE
            scopes[appendix] &= covered
    return tuple((appendix, scope) for appendix, scope in sorted(scopes.items()) if not scope.is_empty)


def _get_event_selections(events: Sequence[ListingEvent]) -> list[list[ListingEvent]]:
    """Return the sets of events of uncertain date that may have happened; none first, all last."""
    if len(events) > _MOST_SELECTIONS:
        return [list(events[:count]) for count in range(len(events) + 1)]
    return [list(chosen) for count in range(len(events) + 1) for chosen in combinations(events, count)]


def _extend_observed(selections: Sequence[Sequence[ListingEvent]]) -> list[list[ListingEvent]]:
    """Return the selections with all populations in listings known only by the day on which a source found them.

    The populations that such a source leaves out may have been left out later than the listing began.
    """

    def extend(event: ListingEvent) -> ListingEvent:
        observed = event.effective is None or event.effective.is_bound
        if event.change is ListingChange.ADDITION and observed and (event.places_in or event.places_out):
            return replace(event, places_in=frozenset(), places_out=frozenset())
        return event

    widened = [[extend(event) for event in selection] for selection in selections]
    return [wide for wide, selection in zip(widened, selections, strict=True) if wide != list(selection)]


def _make_date_gap(event: ListingEvent, on: date) -> UnknownStatus:
    what = event.change.name.lower()
    if event.effective is None:
        return UnknownStatus("date-unknown", f"The date of a change ({what}) is not known.", (event.iri,))
    if event.effective.is_bound:
        by = event.effective.last
        detail = f"A change ({what}) was in effect on {by}, but its date is unknown: it may be after {on}."
        return UnknownStatus("date-unknown", detail, (event.iri,))
    return UnknownStatus(
        "date-imprecise",
        f"The date of a change ({what}) is known only as {event.effective}: it may be before or after {on}.",
        (event.iri,),
    )


def _make_inclusion_gap(courses: Sequence[Sequence[ListingInForce]]) -> UnknownStatus:
    included = {one.event.iri for course in courses for one in course if is_plain_inclusion(one.event)}
    detail = "The listing of a higher taxon covers only some populations; it is not stated whether it includes others."
    return UnknownStatus("inclusion-unclear", detail, tuple(sorted(included)))


def _merge_listings(courses: Sequence[Sequence[ListingInForce]], lineage: Sequence[str]) -> tuple[ListingInForce, ...]:
    """Return the listings in force in every course as certain, and those in some courses as uncertain.

    Those of the lowest taxon of *lineage* come first.
    """
    if len(courses) == 1:
        return tuple(courses[0])
    by_ground: dict[tuple[object, ...], list[ListingInForce]] = {}
    for course in courses:
        for one in course:
            by_ground.setdefault((one.appendix, one.origin, one.event.iri, one.amendments), []).append(one)
    found = []
    for listings in by_ground.values():
        always = listings[0].scope if len(listings) == len(courses) else NOWHERE
        ever = NOWHERE
        for one in listings:
            always, ever = always & one.scope, ever | one.scope
        found += [replace(listings[0], scope=always)] if not always.is_empty else []
        doubtful = ever - always
        found += [replace(listings[0], scope=doubtful, certain=False)] if not doubtful.is_empty else []
    levels = {taxon: level for level, taxon in enumerate(lineage)}
    return tuple(sorted(found, key=lambda one: levels.get(one.event.taxon, len(levels))))


def _merge_reservations(courses: Sequence[Sequence[ReservationInForce]]) -> tuple[ReservationInForce, ...]:
    found: dict[ReservationInForce, int] = {}
    for course in courses:
        for reservation in course:
            found[reservation] = found.get(reservation, 0) + 1
    merged = (replace(one, certain=count == len(courses)) for one, count in found.items())
    return tuple(sorted(merged, key=lambda one: (one.appendix or "", one.party or "", one.event.iri)))
