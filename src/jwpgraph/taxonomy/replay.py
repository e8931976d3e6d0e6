"""Legal status as at a date: the replay of listing events in the order in which they took effect.

The rules are told and argued in ``docs/decisions/0005-replay.md``. In short: under CITES a population stands in one of
Appendix I and II at a time, so a later addition moves the populations that it means; under CMS the Appendices are
independent. What is listed in its own right goes before what is listed through a higher taxon. Nothing here reads a
graph or knows a country: events are values and places are names.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from itertools import combinations, groupby

from jwpgraph.taxonomy.dates import UNKNOWN, PartialDate
from jwpgraph.taxonomy.listing_events import CITES, Change, ListingEvent
from jwpgraph.taxonomy.places import EVERYWHERE, NOWHERE, Scope
from jwpgraph.vocabulary import ID

CITES_I = ID + "appendix/cites-i"
CITES_II = ID + "appendix/cites-ii"
CITES_III = ID + "appendix/cites-iii"
CMS_I = ID + "appendix/cms-i"
CMS_II = ID + "appendix/cms-ii"

#: Appendices of which a population stands in one at most.
EXCLUSIVE = frozenset({CITES_I, CITES_II})

#: With more events than this whose date is open, only the orders in which they can have happened one after the
#: other are tried, not every selection.
_MOST_SELECTIONS = 4


@dataclass(frozen=True, slots=True)
class Listing:
    """A listing that is in force.

    Attributes:
        appendix: IRI of the Appendix.
        origin: the taxon as which the Appendix names it.
        scope: the populations that it covers.
        event: the event that put it there, or last said how far it goes.
        since: when *event* took effect.
        continuous_since: since when the same Appendix has covered at least some of these populations.
        amendments: events that changed it since.
        excludes: taxa below *origin* that it leaves out.
        certain: False where dates are too imprecise to tell whether it was in force on the day.
    """

    appendix: str
    origin: str
    scope: Scope
    event: ListingEvent
    since: PartialDate | None
    continuous_since: PartialDate | None
    amendments: tuple[ListingEvent, ...] = ()
    excludes: frozenset[str] = frozenset()
    certain: bool = True

    @property
    def party(self) -> str | None:
        """Who asked for it, in Appendix III."""
        return self.event.party

    @property
    def notes(self) -> tuple[str, ...]:
        """The scope in words."""
        last = next((event for event in reversed(self.amendments) if event.notes), self.event)
        return last.notes

    def rests_on(self, events: frozenset[str]) -> bool:
        """Whether one of *events* made it what it is."""
        return self.event.iri in events or any(event.iri in events for event in self.amendments)


@dataclass(frozen=True, slots=True)
class Reservation:
    """A reservation that is in force: the listing does not bind the party.

    Attributes:
        party: IRI of the party; None where the event does not name it.
        appendix: IRI of the Appendix.
        event: the event that entered it.
        certain: as in :class:`Listing`.
    """

    party: str | None
    appendix: str | None
    event: ListingEvent
    certain: bool = True


@dataclass(frozen=True, slots=True)
class Gap:
    """Something that the events do not tell.

    Attributes:
        kind: ``date-unknown``, ``date-imprecise``, ``no-listing-to-change`` or ``appendices-overlap``.
        detail: one sentence for a reader.
        events: IRIs of the events concerned.
    """

    kind: str
    detail: str
    events: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class TreatyStatus:
    """What one convention's Appendices say of a taxon on a day.

    Attributes:
        treaty: IRI of the convention.
        listings: what is in force, or may be; the most specific first.
        reservations: those against it.
        gaps: what the events do not tell.
        certain: the Appendices certainly in force, each with the populations that it certainly covers.
    """

    treaty: str
    listings: tuple[Listing, ...] = ()
    reservations: tuple[Reservation, ...] = ()
    gaps: tuple[Gap, ...] = ()
    certain: tuple[tuple[str, Scope], ...] = ()

    def appendices(self, place: str | None = None) -> tuple[str, ...]:
        """The Appendices certainly in force, for the populations of *place* or for any.

        An Appendix can be certain while none of its listings is: one of two is in force, and it is not known which.
        """
        return tuple(appendix for appendix, scope in self.certain if place is None or scope.covers(place))

    def possible_appendices(self, place: str | None = None) -> tuple[str, ...]:
        """The Appendices that may be in force as well, as far as dates tell."""
        possible = {one.appendix for one in self.listings if place is None or one.scope.covers(place)}
        return tuple(sorted(possible - set(self.appendices(place))))


def replay(events: Iterable[ListingEvent], on: date, lineage: Sequence[str]) -> Mapping[str, TreatyStatus]:
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
    return {treaty: _status(treaty, found, on, lineage) for treaty, found in sorted(by_treaty.items())}


def changing_days(events: Iterable[ListingEvent], lineage: Sequence[str]) -> list[date]:
    """The days on which the status of a taxon can have changed, in order: where an event is certain, or may begin."""
    days = set()
    for event in events:
        if event.taxon in lineage and event.effective:
            days |= {event.effective.first, event.effective.last} - {UNKNOWN}
    return sorted(days)


def _status(treaty: str, events: Sequence[ListingEvent], on: date, lineage: Sequence[str]) -> TreatyStatus:
    events = _without_explained(treaty, events, lineage)
    happened = [event for event in events if event.effective and event.effective.has_come(on)]
    open_ones = sorted(
        (event for event in events if event.effective is None or event.effective.has_come(on) is None), key=_order
    )
    worlds = []
    for selection in _selections(open_ones):
        worlds.append(world := _World(treaty, lineage))
        world.run([*happened, *selection])
    states = [world.listings() for world in worlds]
    reservations = _merge_reservations([world.reservations() for world in worlds])
    # A date that is open matters where what has happened makes a difference; what the last world, in which all has
    # happened, could not explain is what a curator should see.
    differ = any(state != states[0] for state in states) or len({tuple(world.reservations()) for world in worlds}) > 1
    gaps = [*(_open_date(event, on) for event in open_ones if differ), *worlds[-1].gaps]
    return TreatyStatus(treaty, _merge(states), reservations, tuple(dict.fromkeys(gaps)), _certain(states))


def _without_explained(treaty: str, events: Sequence[ListingEvent], lineage: Sequence[str]) -> Sequence[ListingEvent]:
    """The events less those that only say that a listing was in force on some day, where a dated one says why."""
    met = [event for event in events if event.effective and event.effective.is_bound]
    if not met:
        return events
    dated = [event for event in events if event.effective and not event.effective.is_bound]
    explained = set()
    for event in met:
        day = event.effective.last if event.effective else date.max
        world = _World(treaty, lineage)
        world.run(one for one in dated if one.effective and one.effective.has_come(day) is not False)
        known = NOWHERE
        for listing in world.listings():
            if listing.appendix == event.appendix and listing.party == event.party:
                known |= listing.scope
        reserved = any(one.party == event.party and one.appendix == event.appendix for one in world.reservations())
        is_listing = event.change is Change.ADDITION and (event.scope - known).is_empty
        if is_listing or (event.change is Change.RESERVATION and reserved):
            explained.add(event)
    return [event for event in events if event not in explained]


def _certain(states: Sequence[Sequence[Listing]]) -> tuple[tuple[str, Scope], ...]:
    scopes: dict[str, Scope] = {one.appendix: EVERYWHERE for state in states for one in state}
    for state in states:
        for appendix in scopes:
            covered = NOWHERE
            for one in state:
                covered |= one.scope if one.appendix == appendix else NOWHERE
            scopes[appendix] &= covered
    return tuple((appendix, scope) for appendix, scope in sorted(scopes.items()) if not scope.is_empty)


def _selections(events: Sequence[ListingEvent]) -> list[list[ListingEvent]]:
    """Which of the events whose date is open may have happened; none first, all last."""
    if len(events) > _MOST_SELECTIONS:
        return [list(events[:count]) for count in range(len(events) + 1)]
    return [list(chosen) for count in range(len(events) + 1) for chosen in combinations(events, count)]


def _open_date(event: ListingEvent, on: date) -> Gap:
    what = event.change.name.lower()
    if event.effective is None:
        return Gap("date-unknown", f"The date of a change ({what}) is not known, only that it happened.", (event.iri,))
    if event.effective.is_bound:
        by = event.effective.last
        detail = f"On {by} a change ({what}) was in effect, but not since when: it may not yet have been on {on}."
        return Gap("date-unknown", detail, (event.iri,))
    return Gap(
        "date-imprecise",
        f"Of a change ({what}) only {event.effective} is known: it may have taken effect before or after {on}.",
        (event.iri,),
    )


def _order(event: ListingEvent) -> tuple[date, date, Change, str]:
    effective = event.effective or PartialDate(UNKNOWN, UNKNOWN)
    # What was met on a day without being explained by then came about after all that is known of earlier days.
    first = effective.last if effective.is_bound else effective.first
    return first, effective.last, event.change, event.iri


def _merge(worlds: Sequence[Sequence[Listing]]) -> tuple[Listing, ...]:
    """What is in force in every world, certain, and what else is in some world, not certain."""
    if len(worlds) == 1:
        return tuple(worlds[0])
    by_ground: dict[tuple[object, ...], list[Listing]] = {}
    for world in worlds:
        for one in world:
            by_ground.setdefault((one.appendix, one.origin, one.event, one.amendments), []).append(one)
    found = []
    for listings in by_ground.values():
        always = listings[0].scope if len(listings) == len(worlds) else NOWHERE
        ever = NOWHERE
        for one in listings:
            always, ever = always & one.scope, ever | one.scope
        found += [replace(listings[0], scope=always)] if not always.is_empty else []
        doubtful = ever - always
        found += [replace(listings[0], scope=doubtful, certain=False)] if not doubtful.is_empty else []
    return tuple(found)


def _merge_reservations(worlds: Sequence[Sequence[Reservation]]) -> tuple[Reservation, ...]:
    found: dict[Reservation, int] = {}
    for world in worlds:
        for reservation in world:
            found[reservation] = found.get(reservation, 0) + 1
    merged = (replace(one, certain=count == len(worlds)) for one, count in found.items())
    return tuple(sorted(merged, key=lambda one: (one.appendix or "", one.party or "", one.event.iri)))


@dataclass(slots=True)
class _Entry:
    listing: Listing
    day: int  # the number of the batch of events that made it


class _World:
    """One course that events may have taken: what is listed, in layers by the taxon of which the events speak."""

    def __init__(self, treaty: str, lineage: Sequence[str]) -> None:
        self._exclusive = EXCLUSIVE if treaty == CITES else frozenset[str]()
        self._lineage = list(lineage)
        self._layers: dict[str, list[_Entry]] = {taxon: [] for taxon in lineage}
        self._moved: set[tuple[str, str | None]] = set()  # what an addition took out of an Appendix, by layer
        self._reservations: list[Reservation] = []
        self._day = 0
        self.gaps: list[Gap] = []

    def run(self, events: Iterable[ListingEvent]) -> None:
        for _, batch in groupby(sorted(events, key=_order), key=lambda event: event.effective):
            self._day += 1
            before = self._appendices()
            self._apply(list(batch))
            lapsed = before - self._appendices()
            self._reservations = [one for one in self._reservations if one.appendix not in lapsed]

    def listings(self) -> list[Listing]:
        """What is in force for the taxon; what is said of it before what is said of the taxa above it."""
        found: list[Listing] = []
        covered = NOWHERE
        for level, taxon in enumerate(self._lineage):
            for entry in self._layers[taxon]:
                listing = entry.listing
                if self._is_left_out(listing, level):
                    continue
                scope = listing.scope - covered
                if self._exclusive and listing.appendix not in self._exclusive:
                    for other in self._lineage[level + 1 :]:
                        scope = scope - self._covered_by(other)
                if not scope.is_empty:
                    found.append(replace(listing, scope=scope))
            covered |= self._covered_by(taxon)
        return _without_repetition(found)

    def reservations(self) -> list[Reservation]:
        """The reservations against what is in force; without a listing there is nothing to reserve against."""
        appendices = {listing.appendix for listing in self.listings()}
        return [one for one in self._reservations if one.appendix in appendices]

    def _is_left_out(self, listing: Listing, level: int) -> bool:
        """Whether a listing of the taxon at *level* leaves out one that stands below it in the lineage."""
        return not listing.excludes.isdisjoint(self._lineage[:level])

    def _covered_by(self, taxon: str) -> Scope:
        """The populations that what is said of *taxon* puts into an exclusive Appendix."""
        level = self._lineage.index(taxon)
        scope = NOWHERE
        for entry in self._layers[taxon]:
            if entry.listing.appendix in self._exclusive and not self._is_left_out(entry.listing, level):
                scope |= entry.listing.scope
        return scope

    def _appendices(self) -> set[str]:
        return {entry.listing.appendix for entries in self._layers.values() for entry in entries}

    def _apply(self, batch: Sequence[ListingEvent]) -> None:
        additions = [event for event in batch if event.change is Change.ADDITION and event.appendix]
        for event in batch:
            match event.change:
                case Change.ADDITION:
                    self._add(event, self._carved(event, additions))
                case Change.AMENDMENT:
                    self._amend(event)
                case Change.EXCEPTION:
                    self._except(event)
                case Change.RESERVATION:
                    self._reserve(event)
                case Change.WITHDRAWAL:
                    self._withdraw(event)
                case Change.DELETION:
                    self._delete(event)

    def _carved(self, event: ListingEvent, additions: Sequence[ListingEvent]) -> Scope:
        """What *event* covers beside the other additions of its day: "all" then means all that no other one names."""
        scope = event.scope
        if event.appendix not in self._exclusive:
            return scope
        for other in additions:
            if other.appendix == event.appendix or other.appendix not in self._exclusive or other.taxon != event.taxon:
                continue
            if scope.all_but and not other.scope.all_but:
                scope = scope - other.scope
            elif not (scope & other.scope).is_empty:
                self._note(
                    "appendices-overlap",
                    "Additions of one day put the same populations into several Appendices.",
                    *sorted({event.iri, other.iri}),
                )
        return scope

    def _add(self, event: ListingEvent, scope: Scope) -> None:
        if event.appendix is None:
            self._note("no-listing-to-change", "An addition does not say to which Appendix.", event.iri)
            return
        continuous = event.effective
        kept = []
        for entry in self._layers[event.taxon]:
            listing = entry.listing
            same = listing.appendix == event.appendix and listing.party == event.party
            # An addition moves populations that stood in another exclusive Appendix, and states anew what stood here.
            if entry.day == self._day or not (same or event.appendix in self._exclusive):
                kept.append(entry)
                continue
            if listing.appendix == event.appendix and not (listing.scope & scope).is_empty:
                continuous = _earlier(continuous, listing.continuous_since)
            rest = listing.scope - scope
            if not rest.is_empty:
                kept.append(_Entry(replace(listing, scope=rest), entry.day))
            elif not same or listing.origin != event.origin:
                self._moved.add((event.taxon, listing.appendix))
        made = Listing(event.appendix, event.origin, scope, event, event.effective, continuous, excludes=event.excludes)
        if not scope.is_empty:
            kept.append(_Entry(made, self._day))
        self._layers[event.taxon] = kept

    def _concerned(self, event: ListingEvent) -> list[_Entry]:
        """The entries that an event relates to: those it names, else all of its taxon in its Appendix."""
        entries = self._layers[event.taxon]
        if event.modifies:
            everywhere = [entry for layer in self._layers.values() for entry in layer]
            named = [entry for entry in everywhere if entry.listing.rests_on(event.modifies)]
            if named:
                return named
        return [
            entry
            for entry in entries
            if event.appendix in {None, entry.listing.appendix}
            and (event.party is None or entry.listing.party in {None, event.party})
        ]

    def _amend(self, event: ListingEvent) -> None:
        concerned = self._concerned(event)
        if not concerned:
            self._note("no-listing-to-change", "A listing was amended of whose addition nothing is known.", event.iri)
            self._add(event, event.scope)
            return
        for entry in concerned:
            scope = event.scope if event.states_scope else entry.listing.scope
            if event.states_scope and entry.listing.appendix in self._exclusive:
                for other in self._layers[entry.listing.event.taxon]:
                    if other is not entry and other.listing.appendix in self._exclusive and other.day < self._day:
                        other.listing = replace(other.listing, scope=other.listing.scope - scope)
            entry.listing = replace(
                entry.listing,
                scope=scope,
                amendments=(*entry.listing.amendments, event),
                excludes=entry.listing.excludes | event.excludes,
            )
        self._sweep()

    def _except(self, event: ListingEvent) -> None:
        """Taxa or populations that an addition leaves out; the event may stand with the taxon that is left out."""
        concerned = self._concerned(event)
        if not concerned and event.appendix:
            above = [entry for layer in self._layers.values() for entry in layer]
            concerned = [entry for entry in above if entry.listing.appendix == event.appendix]
        if not concerned:
            self._note("no-listing-to-change", "Of what an exception leaves something out is not known.", event.iri)
        places = event.places_in | event.places_out
        for entry in concerned:
            excludes = entry.listing.excludes | event.excludes
            if not places and event.taxon != entry.listing.origin:
                excludes |= {event.taxon}
            scope = entry.listing.scope - Scope.only(places)
            amendments = (*entry.listing.amendments, event)
            entry.listing = replace(entry.listing, scope=scope, excludes=excludes, amendments=amendments)
        self._sweep()

    def _reserve(self, event: ListingEvent) -> None:
        if event.appendix not in self._appendices():
            self._note("no-listing-to-change", "A reservation is against a listing that is not known.", event.iri)
        self._reservations.append(Reservation(event.party, event.appendix, event))

    def _withdraw(self, event: ListingEvent) -> None:
        def ends(one: Reservation) -> bool:
            same = one.party == event.party and event.appendix in {None, one.appendix}
            return same and (not event.modifies or one.event.iri in event.modifies)

        kept = [one for one in self._reservations if not ends(one)]
        if len(kept) == len(self._reservations):
            self._note("no-listing-to-change", "A reservation was withdrawn that is not known.", event.iri)
        self._reservations = kept

    def _delete(self, event: ListingEvent) -> None:
        concerned = self._concerned(event)
        # A deletion on the day of an addition ends what was there before; alone, it undoes the addition.
        earlier = [entry for entry in concerned if entry.day < self._day]
        moved = {(event.taxon, event.appendix)} & self._moved
        self._moved -= moved
        if not earlier and moved:
            return
        concerned = earlier or concerned
        if not concerned or any(entry.listing.origin != event.taxon for entry in concerned):
            # The taxon leaves an Appendix in which it stands through a higher taxon.
            concerned = [*concerned, *self._above(event)]
        if not concerned:
            self._note("no-listing-to-change", "Something left an Appendix in which it is not known to be.", event.iri)
        for entry in concerned:
            entry.listing = replace(entry.listing, scope=entry.listing.scope - event.scope)
        self._sweep()

    def _above(self, event: ListingEvent) -> list[_Entry]:
        higher = self._lineage[self._lineage.index(event.taxon) + 1 :]
        return [
            entry
            for taxon in higher
            for entry in self._layers[taxon]
            if event.appendix in {None, entry.listing.appendix}
        ]

    def _sweep(self) -> None:
        for taxon, entries in self._layers.items():
            self._layers[taxon] = [entry for entry in entries if not entry.listing.scope.is_empty]

    def _note(self, kind: str, detail: str, *events: str) -> None:
        self.gaps.append(Gap(kind, detail, events))


def _earlier(one: PartialDate | None, other: PartialDate | None) -> PartialDate | None:
    return min(one, other) if one and other else None


def _without_repetition(listings: Sequence[Listing]) -> list[Listing]:
    """A higher taxon's listing may be stated for the taxon, too; the one stated for the higher taxon itself is kept."""
    kept: dict[tuple[str, str, Scope, str | None], Listing] = {}
    for listing in listings:
        key = (listing.appendix, listing.origin, listing.scope, listing.party)
        known = kept.get(key)
        if known is None or (known.event.taxon != known.origin and listing.event.taxon == listing.origin):
            kept[key] = listing
    return list(kept.values())
