"""Periods of listing: the times during which an Appendix held for a taxon, found by replaying its events day by day."""

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
    """A time during which an Appendix held for a taxon.

    Attributes:
        taxon: IRI of the concept.
        treaty: IRI of the convention.
        appendix: IRI of the Appendix.
        origin: the taxon as which the Appendix names it.
        scope: the populations that it covers.
        certain: whether it was certainly in force all through.
        events: what it rests on; amendments last.
        start: its first day; None where it is not known since when.
        end: its last day; None where it lasts as far as is known.
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

    @property
    def iri(self) -> str:
        """Where the graph speaks of it: the taxon, the Appendix and the first day, with a digest of the rest."""
        known = self.taxon.startswith(ID + "taxon/")
        tail = self.taxon.removeprefix(ID + "taxon/") if known else "other/" + _digest(self.taxon, 16)
        number = self.appendix.rpartition("-")[2]
        places = " ".join(sorted(self.scope.places))
        what = f"{self.origin}|{places}|{self.scope.all_but}|{self.certain}|{' '.join(one.iri for one in self.events)}"
        return f"{ID}listing-period/{tail}/{number}-{self.start or 'unknown'}-{_digest(what, 8)}"

    @property
    def earliest(self) -> date:
        """The first day on which it may have held: where it is not known since when, that of the convention."""
        return self.start or IN_FORCE.get(self.treaty, UNKNOWN)

    def holds(self, day: date) -> bool:
        """Return whether *day* lies within it."""
        return self.earliest <= day and (self.end is None or day <= self.end)


def listing_periods(taxa: TaxonIndex, events: Mapping[str, Sequence[ListingEvent]], taxon: str) -> list[ListingPeriod]:
    """The periods of one concept, in order.

    Args:
        taxa: the concept with all that is above it.
        events: the listing events by the taxon of which they speak.
        taxon: the concept.
    """
    treaty = TREATY_OF.get(taxa.concepts[taxon].taxonomy)
    chain = taxa.lineage(taxon)
    concerned = [event for one in chain for event in events.get(one, ()) if event.treaty == treaty]
    if treaty is None or not concerned:
        return []
    found: list[ListingPeriod] = []
    running: dict[ListingPeriod, ListingPeriod] = {}  # as they began, by what stays the same of them
    replays: dict[tuple[str, ...], Replay] = {}
    first = IN_FORCE.get(treaty, UNKNOWN)
    for day in _days(taxa, chain, concerned, first):
        lineage = tuple(taxa.lineage(taxon, day))
        if lineage not in replays:
            replays[lineage] = Replay(treaty, [event for event in concerned if event.taxon in lineage], lineage)
        now = set(_in_force(taxon, replays[lineage].on(day)))
        for ended in running.keys() - now:
            found.append(replace(running.pop(ended), end=day - timedelta(days=1)))
        for begun in now - running.keys():
            # What may have been listed from the first day on can have begun on any later one.
            running[begun] = replace(begun, start=None if day == first and not begun.certain else day)
    found += running.values()
    return sorted(found, key=lambda one: (one.start or UNKNOWN, one.appendix, one.iri))


def _in_force(taxon: str, status: TreatyStatus) -> Iterator[ListingPeriod]:
    """What is in force on a day, or may be, as periods without ends.

    One of several listings can be in force for certain without it being known which, and a country can be covered by
    two together while it is not known how its animals are shared between them; either is a period of its own.
    """
    sure: dict[str, list[PopulationScope]] = {}
    for one in status.listings:
        events = (one.event, *one.amendments)
        yield ListingPeriod(taxon, status.treaty, one.appendix, one.origin, one.scope, one.certain, events, None)
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


def _days(taxa: TaxonIndex, chain: Iterable[str], events: Sequence[ListingEvent], first: date) -> list[date]:
    """Return the days from *first* on at which anything can change: events, and what the taxonomy recognizes."""
    days = {first, *list_changing_days(events, list(chain))}
    for taxon in chain:
        valid = taxa.concepts[taxon].valid if taxon in taxa.concepts else None
        if valid and valid.start:
            days |= {valid.start.first, valid.start.last}
        if valid and valid.end and valid.end.last < date.max:
            days.add(valid.end.last + timedelta(days=1))
    return sorted(day for day in days if day >= first)
