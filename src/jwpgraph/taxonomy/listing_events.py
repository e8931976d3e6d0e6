"""Listing events as plain values, the input of the replay."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from enum import IntEnum

from jwpgraph.taxonomy.dates import PartialDate
from jwpgraph.taxonomy.population_scope import PopulationScope
from jwpgraph.vocabulary import ID

CITES = ID + "instrument/cites"
CMS = ID + "instrument/cms"
TREATIES = (CITES, CMS)
#: The days on which the conventions entered into force; no listing took effect earlier.
IN_FORCE = {CITES: date(1975, 7, 1), CMS: date(1983, 11, 1)}

_CHANGES = ID + "listing-change-type/"


class ListingChange(IntEnum):
    """Type of a listing event; the numbers are the order in which the events of one day are replayed.

    It is the order of Species+: an addition precedes the reservations against it, and deletions come last. Amendments
    and exceptions concern additions of the same day, so they follow these.
    """

    ADDITION = 1
    AMENDMENT = 2
    EXCEPTION = 3
    RESERVATION = 4
    WITHDRAWAL = 5
    DELETION = 6

    @property
    def iri(self) -> str:
        """IRI of the concept in the scheme of listing change types."""
        return _CHANGES + _SLUGS[self]

    @classmethod
    def from_iri(cls, iri: str) -> ListingChange:
        """Return the change type with the given IRI.

        Raises:
            ValueError: there is none.
        """
        slug = iri.removeprefix(_CHANGES)
        for change, name in _SLUGS.items():
            if name == slug and iri.startswith(_CHANGES):
                return change
        raise ValueError(f"{iri} is no type of listing change")


_SLUGS = {
    ListingChange.ADDITION: "addition",
    ListingChange.AMENDMENT: "amendment",
    ListingChange.EXCEPTION: "exception",
    ListingChange.RESERVATION: "reservation",
    ListingChange.WITHDRAWAL: "reservation-withdrawal",
    ListingChange.DELETION: "deletion",
}


@dataclass(frozen=True, slots=True)
class ListingEvent:
    """A change of the listing of a taxon.

    Attributes:
        iri: IRI of the event.
        treaty: IRI of the convention.
        taxon: IRI of the listed taxon concept.
        change: type of the event.
        effective: date on which it took effect; None if unknown.
        appendix: IRI of the Appendix; may be missing for a deletion.
        party: IRI of the Party that reserves, withdraws, or requested the listing in Appendix III.
        places_in: IRIs of places whose populations are included; empty for all.
        places_out: IRIs of places whose populations are excluded.
        excludes: IRIs of excluded lower taxa.
        via: IRI of the higher taxon whose listing includes this taxon.
        modifies: IRIs of the earlier events that it modifies.
        notes: textual descriptions of the scope.
        sources: IRIs of the sources.
        evidence: IRI of the level of evidence.
        adopted: date of adoption, if recorded.
        decided_at: IRI of the meeting that adopted it.
        delays: reasons for a later effective date than that of the meeting's other decisions.
        annotations: annotations of the Appendix, abridged.
        on_behalf_of: IRI of the territory for which alone the Party made or withdrew a reservation.
        known_until: the latest date of issue of the sources of a reservation, if recorded.
    """

    iri: str
    treaty: str
    taxon: str
    change: ListingChange
    effective: PartialDate | None
    appendix: str | None = None
    party: str | None = None
    places_in: frozenset[str] = frozenset()
    places_out: frozenset[str] = frozenset()
    excludes: frozenset[str] = frozenset()
    via: str | None = None
    modifies: frozenset[str] = frozenset()
    notes: tuple[str, ...] = ()
    sources: tuple[str, ...] = ()
    evidence: str | None = None
    adopted: str | None = None
    decided_at: str | None = None
    delays: tuple[str, ...] = ()
    annotations: tuple[str, ...] = ()
    on_behalf_of: str | None = None
    known_until: date | None = None

    @property
    def scope(self) -> PopulationScope:
        """The populations that the event applies to."""
        return PopulationScope.stated(self.places_in, self.places_out)

    @property
    def states_scope(self) -> bool:
        """True if the event includes or excludes populations."""
        return bool(self.places_in or self.places_out)

    @property
    def origin(self) -> str:
        """IRI of the taxon that the Appendix names: the higher taxon if the taxon is listed through one."""
        return self.via or self.taxon
