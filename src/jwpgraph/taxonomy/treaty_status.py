"""The status of a taxon under a convention on a day: listings and reservations in force, and open questions."""

from __future__ import annotations

from dataclasses import dataclass

from jwpgraph.taxonomy.dates import PartialDate
from jwpgraph.taxonomy.evidence import rank_evidence
from jwpgraph.taxonomy.listing_events import ListingEvent
from jwpgraph.taxonomy.population_scope import PopulationScope
from jwpgraph.vocabulary import ID

CITES_I = ID + "appendix/cites-i"
CITES_II = ID + "appendix/cites-ii"
CITES_III = ID + "appendix/cites-iii"
CMS_I = ID + "appendix/cms-i"
CMS_II = ID + "appendix/cms-ii"

#: Appendices that exclude each other: a population is in one of them at most.
EXCLUSIVE = frozenset({CITES_I, CITES_II})


@dataclass(frozen=True, slots=True)
class ListingInForce:
    """A listing in force.

    Attributes:
        appendix: IRI of the Appendix.
        origin: IRI of the taxon that the Appendix names.
        scope: the listed populations.
        event: the event that added it or last defined its scope.
        since: effective date of *event*.
        continuous_since: date since which the Appendix has listed at least some of these populations.
        amendments: later events that amended it.
        excludes: IRIs of taxa below *origin* that are excluded.
        certain: False if dates are too imprecise to tell whether it was in force on the day, or if it is not stated
            whether an inclusion through a higher taxon covers these populations.
    """

    appendix: str
    origin: str
    scope: PopulationScope
    event: ListingEvent
    since: PartialDate | None
    continuous_since: PartialDate | None
    amendments: tuple[ListingEvent, ...] = ()
    excludes: frozenset[str] = frozenset()
    certain: bool = True

    def surely_covers(self, place: str | None) -> bool:
        """Return whether it is certainly in force, for the populations of *place* or for any (``None``)."""
        return self.certain and (place is None or self.scope.covers(place) is True)

    @property
    def is_observed(self) -> bool:
        """True if it is known only from an observation on some day."""
        return self.since is not None and self.since.is_bound

    @property
    def party(self) -> str | None:
        """IRI of the Party that requested it (Appendix III)."""
        return self.event.party

    @property
    def notes(self) -> tuple[str, ...]:
        """Textual descriptions of the scope."""
        last = next((event for event in reversed(self.amendments) if event.notes), self.event)
        return last.notes

    @property
    def evidence(self) -> str | None:
        """IRI of the weakest level of evidence recorded of its events."""
        levels = (event.evidence for event in (self.event, *self.amendments) if event.evidence)
        return max(levels, key=rank_evidence, default=None)

    def rests_on(self, events: frozenset[str]) -> bool:
        """Return whether it is based on one of *events*."""
        return self.event.iri in events or any(event.iri in events for event in self.amendments)


@dataclass(frozen=True, slots=True)
class ReservationInForce:
    """A reservation in force: the listing does not bind the Party.

    Attributes:
        party: IRI of the Party; None if not recorded.
        appendix: IRI of the Appendix.
        event: the event that recorded it.
        certain: False if dates are too imprecise to tell whether it was in force on the day, or if its sources, which
            tell no end, reach neither the day nor the horizon.
    """

    party: str | None
    appendix: str | None
    event: ListingEvent
    certain: bool = True

    @property
    def released(self) -> str | None:
        """IRI of the country that the listing does not bind: the territory that it was made for, or the Party."""
        return self.event.on_behalf_of or self.party

    def is_replaced_by(self, event: ListingEvent) -> bool:
        """Return whether a later reservation is of the same Party and territory against the same listing."""
        mine = (self.party, self.event.on_behalf_of, self.appendix, self.event.taxon)
        return mine == (event.party, event.on_behalf_of, event.appendix, event.taxon)

    def is_withdrawn_by(self, event: ListingEvent) -> bool:
        """Return whether a withdrawal concerns this reservation."""
        same = event.party == self.party and event.appendix in {None, self.appendix}
        same = same and event.on_behalf_of in {None, self.event.on_behalf_of}
        return same and (not event.modifies or self.event.iri in event.modifies)


@dataclass(frozen=True, slots=True)
class UnknownStatus:
    """An open question that the events do not answer.

    Attributes:
        kind: ``date-unknown``, ``date-imprecise``, ``no-listing-to-change``, ``appendices-overlap``,
            ``inclusion-unclear``, ``higher-listing-unconfirmed`` or ``species-not-recorded``.
        detail: a sentence for readers.
        events: IRIs of the events concerned.
    """

    kind: str
    detail: str
    events: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class TreatyStatus:
    """The status of a taxon under a convention on a day.

    Attributes:
        treaty: IRI of the convention.
        listings: listings that are or may be in force, the most specific first.
        reservations: reservations against them.
        gaps: open questions.
        certain: Appendices that certainly list the taxon, each with the certainly listed populations.
    """

    treaty: str
    listings: tuple[ListingInForce, ...] = ()
    reservations: tuple[ReservationInForce, ...] = ()
    gaps: tuple[UnknownStatus, ...] = ()
    certain: tuple[tuple[str, PopulationScope], ...] = ()

    def appendices(self, place: str | None = None) -> tuple[str, ...]:
        """Return the Appendices that certainly list populations of *place*, or any.

        An Appendix can be certain although none of its listings is: one of two is in force, but it is not known which.
        """
        return tuple(appendix for appendix, scope in self.certain if place is None or scope.covers(place) is True)

    def covering(self, place: str | None = None) -> tuple[ListingInForce, ...]:
        """Return the listings that do or may cover the populations of *place*; all listings for ``None``."""
        return tuple(one for one in self.listings if place is None or one.scope.covers(place) is not False)

    def possible_appendices(self, place: str | None = None) -> tuple[str, ...]:
        """Return the further Appendices that may list the populations of *place*, or any."""
        possible = {one.appendix for one in self.covering(place)}
        return tuple(sorted(possible - set(self.appendices(place))))
