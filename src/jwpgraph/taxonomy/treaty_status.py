"""What a convention says of a taxon on a day: what its Appendices list, reservations, what the events leave open."""

from __future__ import annotations

from dataclasses import dataclass

from jwpgraph.taxonomy.dates import PartialDate
from jwpgraph.taxonomy.listing_events import ListingEvent
from jwpgraph.taxonomy.population_scope import PopulationScope
from jwpgraph.vocabulary import ID

CITES_I = ID + "appendix/cites-i"
CITES_II = ID + "appendix/cites-ii"
CITES_III = ID + "appendix/cites-iii"
CMS_I = ID + "appendix/cms-i"
CMS_II = ID + "appendix/cms-ii"

#: Appendices of which a population stands in one at most.
EXCLUSIVE = frozenset({CITES_I, CITES_II})


@dataclass(frozen=True, slots=True)
class ListingInForce:
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
    scope: PopulationScope
    event: ListingEvent
    since: PartialDate | None
    continuous_since: PartialDate | None
    amendments: tuple[ListingEvent, ...] = ()
    excludes: frozenset[str] = frozenset()
    certain: bool = True

    def surely_covers(self, place: str | None) -> bool:
        """Whether it is certainly in force, and for the populations of *place* where one is named."""
        return self.certain and (place is None or self.scope.covers(place) is True)

    @property
    def is_met(self) -> bool:
        """Whether it is only known to have been in force on some day."""
        return self.since is not None and self.since.is_bound

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
class ReservationInForce:
    """A reservation that is in force: the listing does not bind the party.

    Attributes:
        party: IRI of the party; None where the event does not name it.
        appendix: IRI of the Appendix.
        event: the event that entered it.
        certain: as in :class:`ListingInForce`.
    """

    party: str | None
    appendix: str | None
    event: ListingEvent
    certain: bool = True


@dataclass(frozen=True, slots=True)
class UnknownStatus:
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
    listings: tuple[ListingInForce, ...] = ()
    reservations: tuple[ReservationInForce, ...] = ()
    gaps: tuple[UnknownStatus, ...] = ()
    certain: tuple[tuple[str, PopulationScope], ...] = ()

    def appendices(self, place: str | None = None) -> tuple[str, ...]:
        """The Appendices certainly in force, for the populations of *place* or for any.

        An Appendix can be certain while none of its listings is: one of two is in force, and it is not known which.
        """
        return tuple(appendix for appendix, scope in self.certain if place is None or scope.covers(place) is True)

    def covering(self, place: str | None = None) -> tuple[ListingInForce, ...]:
        """The listings that cover the populations of *place*, or may; all of them where no place is named."""
        return tuple(one for one in self.listings if place is None or one.scope.covers(place) is not False)

    def possible_appendices(self, place: str | None = None) -> tuple[str, ...]:
        """The Appendices that may be in force as well, as far as dates and the words for populations tell."""
        possible = {one.appendix for one in self.covering(place)}
        return tuple(sorted(possible - set(self.appendices(place))))
