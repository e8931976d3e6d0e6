"""Listing periods: the periods in which an Appendix lists a taxon, computed by replaying its listing events."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from functools import reduce
from operator import or_

from jwpgraph.taxonomy.concepts import TaxonIndex
from jwpgraph.taxonomy.dates import UNKNOWN
from jwpgraph.taxonomy.listing_events import IN_FORCE, ListingEvent
from jwpgraph.taxonomy.population_scope import NOWHERE, NamedPopulation, PopulationScope
from jwpgraph.taxonomy.replay import Replay, list_changing_days
from jwpgraph.taxonomy.status import TREATY_OF
from jwpgraph.taxonomy.treaty_status import TreatyStatus
from jwpgraph.vocabulary import ID


@dataclass(frozen=True, slots=True)
class ListingPeriod:
    """A period in which an Appendix lists a taxon.

    Attributes:
        taxon: IRI of the listed concept.
        treaty: IRI of the convention.
        appendix: IRI of the Appendix.
        origin: IRI of the taxon that the Appendix names.
        scope: the listed populations.
        certain: whether the listing was certainly in force throughout.
        events: the underlying events; amendments last.
        start: first day; None if unknown.
        end: last day; None if it has not ended.
        excludes: IRIs of the lower taxa that a listing of the taxon itself leaves out.
    """

    taxon: str
    treaty: str
    appendix: str
    origin: str
    scope: PopulationScope
    certain: bool
    events: tuple[ListingEvent, ...]
    start: date | None
    end: date | None = None
    excludes: frozenset[str] = frozenset()

    @property
    def iri(self) -> str:
        """The IRI, made of taxon, Appendix, first day and a digest of the other attributes."""
        known = self.taxon.startswith(ID + "taxon/")
        tail = self.taxon.removeprefix(ID + "taxon/") if known else "other/" + _digest(self.taxon, 16)
        number = self.appendix.rpartition("-")[2]
        places = " ".join(sorted(self.scope.places))
        what = f"{self.origin}|{places}|{self.scope.all_but}|{self.certain}|{' '.join(one.iri for one in self.events)}"
        return f"{ID}listing-period/{tail}/{number}-{self.start or 'unknown'}-{_digest(what, 8)}"

    @property
    def earliest(self) -> date:
        """The earliest possible first day: if unknown, the entry into force of the convention."""
        return self.start or IN_FORCE.get(self.treaty, UNKNOWN)

    def holds(self, day: date) -> bool:
        """Return whether *day* is in the period."""
        return self.earliest <= day and (self.end is None or day <= self.end)


def compute_listing_periods(
    taxa: TaxonIndex, events: Mapping[str, Sequence[ListingEvent]], taxon: str
) -> list[ListingPeriod]:
    """Compute the listing periods of one concept, in chronological order.

    Args:
        taxa: the concept and its ancestors.
        events: listing events by IRI of the taxon.
        taxon: IRI of the concept.
    """
    treaty = TREATY_OF.get(taxa.concepts[taxon].taxonomy)
    chain = taxa.lineage(taxon)
    concerned = [event for one in chain for event in events.get(one, ()) if event.treaty == treaty]
    if treaty is None or not concerned:
        return []
    found: list[ListingPeriod] = []
    running: dict[ListingPeriod, ListingPeriod] = {}  # by period without dates
    replays: dict[tuple[str, ...], Replay] = {}
    first = IN_FORCE.get(treaty, UNKNOWN)
    for day in _list_days(taxa, chain, concerned, first):
        lineage = tuple(taxa.lineage(taxon, day))
        if lineage not in replays:
            replays[lineage] = Replay(treaty, [event for event in concerned if event.taxon in lineage], lineage)
        now = set(_list_in_force(taxon, replays[lineage].on(day)))
        for ended in running.keys() - now:
            found.append(replace(running.pop(ended), end=day - timedelta(days=1)))
        for begun in now - running.keys():
            # An uncertain listing on the first day may have begun later.
            running[begun] = replace(begun, start=None if day == first and not begun.certain else day)
    found += running.values()
    return sort_periods(found)


def sort_periods(periods: Iterable[ListingPeriod]) -> list[ListingPeriod]:
    """Return the *periods* of a taxon in chronological order."""
    return sorted(periods, key=lambda one: (one.start or UNKNOWN, one.appendix, one.iri))


def _list_in_force(taxon: str, status: TreatyStatus) -> Iterator[ListingPeriod]:
    """Yield the certain and possible listings of a status, as periods without dates.

    It can be certain that one of several listings is in force but not which one, and two listings can together cover
    a country although its populations cannot be assigned to either. Both cases are separate periods. Of several
    possible listings that differ only in the listed taxon, the most specific one is enough.
    """
    sure: dict[str, list[PopulationScope]] = {}
    possible: set[tuple[object, ...]] = set()
    for one in status.listings:
        if not one.certain:
            told = one.appendix, one.party, one.scope, one.notes
            if told in possible:
                continue
            possible.add(told)
        events = (one.event, *one.amendments)
        excludes = one.excludes if one.origin == taxon else frozenset[str]()
        yield ListingPeriod(
            taxon, status.treaty, one.appendix, one.origin, one.scope, one.certain, events, None, excludes=excludes
        )
        if one.certain:
            sure.setdefault(one.appendix, []).append(one.scope)
    for appendix, scope in status.certain:
        scopes = sure.get(appendix, [])
        together = reduce(or_, scopes, NOWHERE)
        named = any(isinstance(place, NamedPopulation) for one in scopes for place in one.places)
        if not (scope - together).is_empty or (named and scope not in scopes):
            listings = [one for one in status.listings if one.appendix == appendix]
            events = tuple(sorted({one.event for one in listings}, key=lambda event: event.iri))
            yield ListingPeriod(taxon, status.treaty, appendix, listings[0].origin, scope, True, events, None)


def _digest(text: str, length: int) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:length]


def _list_days(taxa: TaxonIndex, chain: Iterable[str], events: Sequence[ListingEvent], first: date) -> list[date]:
    """Return the days from *first* on which the status may change: dates of events, and validity of concepts."""
    days = {first, *list_changing_days(events, list(chain))}
    for taxon in chain:
        valid = taxa.concepts[taxon].valid if taxon in taxa.concepts else None
        if valid and valid.start:
            days |= {valid.start.first, valid.start.last}
        if valid and valid.end and valid.end.last < date.max:
            days.add(valid.end.last + timedelta(days=1))
    return sorted(day for day in days if day >= first)
