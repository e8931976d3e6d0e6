"""Listing events as the replay takes them: plain values, whatever they were read from."""

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
#: The days on which the conventions entered into force: no listing had effect before.
IN_FORCE = {CITES: date(1975, 7, 1), CMS: date(1983, 11, 1)}

_CHANGES = ID + "listing-change-type/"


class ListingChange(IntEnum):
    """What an event does; the numbers are the order in which the events of one day are replayed.

    That order is the one of Species+: an addition comes before the reservations against it, and what leaves an
    Appendix leaves it last. An amendment or exception concerns additions of the same day, so it follows them.
    """

    ADDITION = 1
    AMENDMENT = 2
    EXCEPTION = 3
    RESERVATION = 4
    WITHDRAWAL = 5
    DELETION = 6

    @property
    def iri(self) -> str:
        """The concept of this change in the scheme of listing change types."""
        return _CHANGES + _SLUGS[self]

    @classmethod
    def from_iri(cls, iri: str) -> ListingChange:
        """The change that *iri* names.

        Raises:
            ValueError: when it names none.
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
    """A change in how a taxon is listed.

    Attributes:
        iri: the event.
        treaty: IRI of the convention.
        taxon: IRI of the taxon concept whose listing changes.
        change: what happens.
        effective: when; None where the change is known but not its date.
        appendix: IRI of the Appendix; a deletion may lack one.
        party: who reserves, withdraws, or asked for the listing in Appendix III.
        places_in: whose populations the event means; none: all.
        places_out: whose populations it leaves out.
        excludes: taxa below the listed one that it leaves out.
        via: the higher taxon by whose listing this one is listed.
        modifies: the earlier events that it relates to.
        notes: the scope in words, where places alone do not tell it.
        sources: what the event rests on.
        evidence: IRI of the level of evidence.
        adopted: the day on which it was decided, where that is recorded.
        decided_at: the meeting that decided.
        delays: why it took effect later than decisions of that meeting do, in words.
        annotations: what the Appendix notes beside the listing, in short.
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

    @property
    def scope(self) -> PopulationScope:
        """The populations that the event means."""
        return PopulationScope.stated(self.places_in, self.places_out)

    @property
    def states_scope(self) -> bool:
        """Whether the event says anything about populations."""
        return bool(self.places_in or self.places_out)

    @property
    def origin(self) -> str:
        """The taxon as which the Appendix names it: the higher taxon where it is listed through one."""
        return self.via or self.taxon
