"""The state of the listings of a taxon, updated event by event."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date
from itertools import groupby

from jwpgraph.taxonomy.dates import UNKNOWN, PartialDate
from jwpgraph.taxonomy.listing_events import CITES, ListingChange, ListingEvent
from jwpgraph.taxonomy.population_scope import NOWHERE, NamedPopulation, PopulationScope
from jwpgraph.taxonomy.treaty_status import EXCLUSIVE, ListingInForce, ReservationInForce, UnknownStatus


def make_effect_sort_key(event: ListingEvent) -> tuple[date, date, ListingChange, str]:
    """Return the sort key for the order in which events took effect."""
    effective = event.effective or PartialDate(UNKNOWN, UNKNOWN)
    # An observed state that earlier events do not explain began after all of them.
    first = effective.last if effective.is_bound else effective.first
    return first, effective.last, event.change, event.iri


def is_plain_inclusion(event: ListingEvent) -> bool:
    """Return whether *event* lists its taxon through a higher taxon and says nothing about populations."""
    return event.via is not None and event.change is ListingChange.ADDITION and not event.states_scope


@dataclass(slots=True)
class _ListingEntry:
    listing: ListingInForce
    day: int  # number of the batch of events that created it


class ListingState:
    """The listings of a taxon after a sequence of events, in one layer per taxon of its lineage.

    Args:
        treaty: IRI of the convention.
        lineage: IRIs of the taxon and its ancestors, from the bottom up.
        limits_inclusions: whether a taxon that is listed through a higher taxon, without a scope of its own, is listed
            only with the populations of that listing.
    """

    def __init__(self, treaty: str, lineage: Sequence[str], *, limits_inclusions: bool = False) -> None:
        self._exclusive = EXCLUSIVE if treaty == CITES else frozenset[str]()
        self._lineage = list(lineage)
        self._limits_inclusions = limits_inclusions
        self._layers: dict[str, list[_ListingEntry]] = {taxon: [] for taxon in lineage}
        self._moved: set[tuple[str, str | None]] = set()  # taxon and Appendix of listings ended by an addition
        self._reservations: list[ReservationInForce] = []
        self._replaced: set[str] = set()  # events of reservations that later ones of the same Party replaced
        self._day = 0
        self.gaps: list[UnknownStatus] = []

    def run(self, events: Iterable[ListingEvent]) -> None:
        for _, batch in groupby(sorted(events, key=make_effect_sort_key), key=lambda event: event.effective):
            self._day += 1
            before = self._list_appendices()
            self._apply(list(batch))
            lapsed = before - self._list_appendices()
            self._reservations = [one for one in self._reservations if one.appendix not in lapsed]

    def listings(self) -> list[ListingInForce]:
        """Return the listings in force for the taxon; its own take precedence over those of its ancestors.

        Populations that its own listing excludes are not listed in the same Appendix through an ancestor.
        """
        found: list[ListingInForce] = []
        covered = NOWHERE
        left_out: dict[str, PopulationScope] = {}
        for level, taxon in enumerate(self._lineage):
            for entry in self._layers[taxon]:
                listing = entry.listing
                if self._is_left_out(listing, level):
                    continue
                scope = self._get_scope(listing) - covered - left_out.get(listing.appendix, NOWHERE)
                if self._exclusive and listing.appendix not in self._exclusive:
                    for other in self._lineage[level + 1 :]:
                        scope = scope - self._covered_by(other)
                if not scope.is_empty:
                    found.append(listing if scope is listing.scope else replace(listing, scope=scope))
            covered |= self._covered_by(taxon)
            for entry in self._layers[taxon]:
                appendix, places = entry.listing.appendix, entry.listing.event.places_out
                if appendix in self._exclusive and entry.listing.scope.all_but and places:
                    left_out[appendix] = left_out.get(appendix, NOWHERE) | PopulationScope.only(places)
        return _drop_repetitions(found)

    def reservations(self, listings: Iterable[ListingInForce]) -> list[ReservationInForce]:
        """Return the reservations against *listings* in force."""
        appendices = {listing.appendix for listing in listings}
        return [one for one in self._reservations if one.appendix in appendices and one.event.iri not in self._replaced]

    def _is_left_out(self, listing: ListingInForce, level: int) -> bool:
        """Return whether a listing of the taxon at *level* excludes a taxon below it in the lineage.

        A taxon that is listed through an ancestor is not listed if the listing of the ancestor excludes it or a taxon
        below it.
        """
        if not listing.excludes.isdisjoint(self._lineage[:level]):
            return True
        if listing.origin == self._lineage[level]:
            return False
        above = (entry.listing for entry in self._layers.get(listing.origin, ()))
        return any(
            one.appendix == listing.appendix and not one.excludes.isdisjoint(self._lineage[: level + 1])
            for one in above
        )

    def _covered_by(self, taxon: str) -> PopulationScope:
        """Return the populations of *taxon* that its listings put into an exclusive Appendix."""
        level = self._lineage.index(taxon)
        scope = NOWHERE
        for entry in self._layers[taxon]:
            if entry.listing.appendix in self._exclusive and not self._is_left_out(entry.listing, level):
                scope |= self._get_scope(entry.listing)
        return scope

    def _get_scope(self, listing: ListingInForce) -> PopulationScope:
        """Return the populations that *listing* covers, those of a higher taxon's listing if it is limited to them."""
        if not self._limits_inclusions or not is_plain_inclusion(listing.event):
            return listing.scope
        covered = NOWHERE
        for entry in self._layers.get(listing.origin, ()):
            if (entry.listing.appendix, entry.listing.party) == (listing.appendix, listing.party):
                covered |= entry.listing.scope
        return listing.scope if covered.is_empty else listing.scope & covered

    def _list_appendices(self) -> set[str]:
        return {entry.listing.appendix for entries in self._layers.values() for entry in entries}

    def _apply(self, batch: Sequence[ListingEvent]) -> None:
        additions = [event for event in batch if event.change is ListingChange.ADDITION and event.appendix]
        for event in batch:
            match event.change:
                case ListingChange.ADDITION:
                    observed = event.effective is not None and event.effective.is_bound
                    self._add(
                        event,
                        self._observed_scope(event, additions) if observed else self._subtract_named(event, additions),
                    )
                case ListingChange.AMENDMENT:
                    self._amend(event)
                case ListingChange.EXCEPTION:
                    self._except(event)
                case ListingChange.RESERVATION:
                    self._reserve(event)
                case ListingChange.WITHDRAWAL:
                    self._withdraw(event)
                case ListingChange.DELETION:
                    self._delete(event)

    def _subtract_named(self, event: ListingEvent, additions: Sequence[ListingEvent]) -> PopulationScope:
        """Return the scope of *event* without the populations that other additions of the same day name."""
        scope = event.scope
        if event.appendix not in self._exclusive:
            return scope
        for other in additions:
            if other.appendix == event.appendix or other.appendix not in self._exclusive or other.taxon != event.taxon:
                continue
            if scope.all_but and not other.scope.all_but:
                scope = scope - other.scope
            elif scope.all_but == other.scope.all_but and not (scope & other.scope).is_empty:
                self._add_gap(
                    "appendices-overlap",
                    "Additions on one day list the same populations in several Appendices.",
                    *sorted({event.iri, other.iri}),
                )
        return scope

    def _observed_scope(self, event: ListingEvent, additions: Sequence[ListingEvent]) -> PopulationScope:
        """Return the scope that an observed state adds to the listings of dated events.

        An observation moves no populations. Without populations it does not limit a listing that names some. If the
        taxon is observed in two exclusive Appendices, the populations in each are unknown.
        """
        entries = [entry.listing for entry in self._layers[event.taxon] if entry.day != self._day]
        known = [listing for listing in entries if listing.appendix == event.appendix and listing.party == event.party]
        divided = event.appendix in self._exclusive and any(
            other.appendix in self._exclusive - {event.appendix} and other.taxon == event.taxon for other in additions
        )
        scope = event.scope
        if not event.states_scope:
            if divided:
                return NOWHERE if known else PopulationScope.only({NamedPopulation(event.iri)})
            known += [listing for listing in entries if listing.event.states_scope and not listing.is_observed]
        for listing in known:
            scope = scope - listing.scope
        return scope

    def _add(self, event: ListingEvent, scope: PopulationScope) -> None:
        if event.appendix is None:
            self._add_gap("no-listing-to-change", "An addition has no Appendix.", event.iri)
            return
        continuous = event.effective
        dropped = NOWHERE
        if self._exclusive and event.effective and not event.effective.is_bound:
            dropped = PopulationScope.only(event.places_out)
        kept = []
        for entry in self._layers[event.taxon]:
            listing = entry.listing
            same = listing.appendix == event.appendix and listing.party == event.party
            # An addition moves populations from the other exclusive Appendix and replaces the listing in the same one.
            if entry.day == self._day or not (same or event.appendix in self._exclusive):
                kept.append(entry)
                continue
            if listing.appendix == event.appendix and not (listing.scope & scope).is_empty:
                continuous = _choose_earlier(continuous, listing.continuous_since)
            rest = listing.scope - scope
            if same and listing.event.via and not event.via:
                # The taxon was listed through an ancestor; its own listing excludes populations.
                rest = rest - dropped
            if same and event.via and not listing.event.via and event.places_in and not listing.is_observed:
                # Populations of a higher taxon replace the taxon's own listing.
                rest = NOWHERE
            if not rest.is_empty:
                kept.append(_ListingEntry(replace(listing, scope=rest), entry.day))
            elif not same or listing.origin != event.origin:
                self._moved.add((event.taxon, listing.appendix))
        made = ListingInForce(
            event.appendix, event.origin, scope, event, event.effective, continuous, excludes=event.excludes
        )
        if not scope.is_empty:
            kept.append(_ListingEntry(made, self._day))
        self._layers[event.taxon] = kept
        if event.appendix in self._exclusive and not (event.effective and event.effective.is_bound):
            self._end_inclusions(event, scope, self._exclusive - {event.appendix})

    def _end_inclusions(self, event: ListingEvent, scope: PopulationScope, appendices: Collection[str]) -> None:
        """End the listings of lower taxa that were included through the taxon of *event*, or through its ancestors.

        Taxa that the event excludes keep their listings.
        """
        higher = self._lineage.index(event.taxon)
        for level, taxon in enumerate(self._lineage[:higher]):
            if not event.excludes.isdisjoint(self._lineage[level:higher]):
                continue
            for entry in self._layers[taxon]:
                listing = entry.listing
                is_included = listing.event.via in self._lineage[higher:] and listing.appendix in appendices
                if is_included and entry.day < self._day and event.party in {None, listing.party}:
                    entry.listing = replace(listing, scope=listing.scope - scope)
        self._drop_empty()

    def _find_entries(self, event: ListingEvent) -> list[_ListingEntry]:
        """Return the entries that an event modifies: those it names, else all of its taxon in its Appendix."""
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
        concerned = self._find_entries(event)
        if not concerned:
            self._add_gap("no-listing-to-change", "The addition of an amended listing is not recorded.", event.iri)
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
        self._drop_empty()

    def _except(self, event: ListingEvent) -> None:
        """Exclude taxa or populations from listings; the event may be recorded with the excluded taxon."""
        concerned = self._find_entries(event)
        if not concerned and event.appendix:
            above = [entry for layer in self._layers.values() for entry in layer]
            concerned = [entry for entry in above if entry.listing.appendix == event.appendix]
        if not concerned:
            self._add_gap("no-listing-to-change", "The listing that an exception limits is not recorded.", event.iri)
        places = event.places_in | event.places_out
        for entry in concerned:
            excludes = entry.listing.excludes | event.excludes
            if not places and event.taxon != entry.listing.origin:
                excludes |= {event.taxon}
            scope = entry.listing.scope - PopulationScope.only(places)
            amendments = (*entry.listing.amendments, event)
            entry.listing = replace(entry.listing, scope=scope, excludes=excludes, amendments=amendments)
        self._drop_empty()

    def _reserve(self, event: ListingEvent) -> None:
        if event.appendix not in self._list_appendices():
            self._add_gap("no-listing-to-change", "The listing that a reservation concerns is not recorded.", event.iri)
        self._replaced.update(one.event.iri for one in self._reservations if one.is_replaced_by(event))
        self._reservations.append(ReservationInForce(event.party, event.appendix, event))

    def _withdraw(self, event: ListingEvent) -> None:
        kept = [one for one in self._reservations if not one.is_withdrawn_by(event)]
        if len(kept) == len(self._reservations):
            self._add_gap("no-listing-to-change", "A withdrawn reservation is not recorded.", event.iri)
        self._reservations = kept

    def _delete(self, event: ListingEvent) -> None:
        concerned = self._find_entries(event)
        # A deletion on the day of an addition ends earlier listings; if there are none, it ends the addition.
        earlier = [entry for entry in concerned if entry.day < self._day]
        moved = {(event.taxon, event.appendix)} & self._moved
        self._moved -= moved
        if not earlier and moved:
            return
        concerned = earlier or concerned
        if not concerned or any(entry.listing.origin != event.taxon for entry in concerned):
            # The taxon leaves an Appendix in which it is listed through an ancestor.
            concerned = [*concerned, *self._list_inherited(event)]
        if not concerned:
            self._add_gap(
                "no-listing-to-change",
                "A taxon was deleted from an Appendix in which no listing is recorded.",
                event.iri,
            )
        for entry in concerned:
            entry.listing = replace(entry.listing, scope=entry.listing.scope - event.scope)
        self._end_inclusions(event, event.scope, {event.appendix} if event.appendix else self._list_appendices())

    def _list_inherited(self, event: ListingEvent) -> list[_ListingEntry]:
        higher = self._lineage[self._lineage.index(event.taxon) + 1 :]
        return [
            entry
            for taxon in higher
            for entry in self._layers[taxon]
            if event.appendix in {None, entry.listing.appendix}
        ]

    def _drop_empty(self) -> None:
        for taxon, entries in self._layers.items():
            self._layers[taxon] = [entry for entry in entries if not entry.listing.scope.is_empty]

    def _add_gap(self, kind: str, detail: str, *events: str) -> None:
        self.gaps.append(UnknownStatus(kind, detail, events))


def _choose_earlier(one: PartialDate | None, other: PartialDate | None) -> PartialDate | None:
    return min(one, other) if one and other else None


def _drop_repetitions(listings: Sequence[ListingInForce]) -> list[ListingInForce]:
    """Remove repeated listings; of a listing recorded for both a taxon and its ancestor, the ancestor's is kept."""
    kept: dict[tuple[str, str, PopulationScope, str | None], ListingInForce] = {}
    for listing in listings:
        key = (listing.appendix, listing.origin, listing.scope, listing.party)
        known = kept.get(key)
        if known is None or (known.event.taxon != known.origin and listing.event.taxon == listing.origin):
            kept[key] = listing
    return list(kept.values())
