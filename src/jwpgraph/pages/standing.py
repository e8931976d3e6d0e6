"""What each treaty says of a taxon on a day and in a country: what applies, what does not, what is not known."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date
from typing import Literal

from jwpgraph.finding.appendices import TREATIES, number
from jwpgraph.linked_data.addresses import path_of
from jwpgraph.linked_data.site import Site
from jwpgraph.pages.entity import Provenance, Value
from jwpgraph.pages.horizon_words import Note, beyond, evidence_word, state_words
from jwpgraph.pages.reader_names import Names, scope_kind, taxon_value
from jwpgraph.pages.species_words import seen_from_here, since_when
from jwpgraph.pages.translation import gettext
from jwpgraph.taxonomy.answers import Answer, Ranges, answers, ranged
from jwpgraph.taxonomy.dates import PartialDate
from jwpgraph.taxonomy.evidence import strength
from jwpgraph.taxonomy.listing_events import CITES, CMS, Change, ListingEvent
from jwpgraph.taxonomy.reading import Reading, read_ranges
from jwpgraph.taxonomy.status import ConceptStatus, history
from jwpgraph.taxonomy.treaty_status import CITES_I, CITES_II, CITES_III, CMS_I, CMS_II, Gap, Listing, TreatyStatus

#: The Appendices of each treaty.
APPENDICES = {CMS: (CMS_I, CMS_II), CITES: (CITES_I, CITES_II, CITES_III)}

Why = Literal["population", "not-yet", "no-longer", "never"]


@dataclass(slots=True)
class Sentence:
    """A listing that applies, or may, with what it rests on."""

    number: str
    since: str
    scope: str
    places: list[Value]
    notes: tuple[str, ...]
    certain: bool
    depends: bool
    evidence: str | None
    annotations: tuple[str, ...]
    basis: Provenance
    through: Value | None = None


@dataclass(slots=True)
class Absence:
    """An Appendix that does not apply.

    Attributes:
        number: which.
        why: it leaves out the population asked for, it did not list the taxon yet, it does no longer, it never did.
        scope: which populations it covers, where that is why.
        places: of which those are.
        when: since when it lists, from when on it will, or when it ended, where that is known.
        basis: what that rests on.
    """

    number: str
    why: Why
    scope: str = ""
    places: list[Value] = field(default_factory=list)
    when: str | None = None
    basis: Provenance | None = None


@dataclass(slots=True)
class Unknown:
    """Something that the events leave open, with the events."""

    detail: str
    numbers: list[str]
    events: list[str]


@dataclass(slots=True)
class Reserving:
    """A Party that a listing does not bind."""

    party: Value
    number: str
    since: str
    basis: Provenance
    is_asked: bool


@dataclass(slots=True)
class Stand:
    """What one treaty says of one concept."""

    concept: Value
    relation: str | None
    is_itself: bool
    sentences: list[Sentence]
    absences: list[Absence]
    reservations: list[Reserving]
    unknown: list[Unknown]
    below: list[tuple[Value, list[str]]]
    elsewhere: bool


@dataclass(slots=True)
class TreatyView:
    """What one treaty says.

    Attributes:
        short: what it is called in class names.
        appendices: the numbers of the Appendices that certainly list the animal.
        state: what stands where there are none.
        note: up to when its listings are complete, where the day lies beyond that.
        stands: what it says of each concept.
    """

    short: str
    appendices: list[str]
    state: str
    note: Note | None
    stands: list[Stand]


async def treaty_views(
    site: Site, reading: Reading, names: Names, iri: str, on: date, place: str | None
) -> list[TreatyView]:
    """What both treaties say of the taxon *iri* on a day, for the populations of *place* or for all."""
    ranges = Ranges(await read_ranges(site.queries, ranged(reading, iri, on)) if place else {})
    found = {answer.treaty: answer for answer in answers(reading, iri, on, place, ranges)}
    return [_view(reading, names, found[treaty], short, iri, on, place) for treaty, short in TREATIES.items()]


def _view(
    reading: Reading, names: Names, answer: Answer, short: str, iri: str, on: date, place: str | None
) -> TreatyView:
    possible = [number(one) for one in answer.possible]
    return TreatyView(
        short,
        [number(one) for one in answer.certain],
        state_words(answer.state, possible, is_beyond=answer.outlook.beyond),
        beyond(short, answer.outlook, on),
        [
            _stand(reading, names, one, iri, on, place, elsewhere=one.counterpart.concept.iri in answer.elsewhere)
            for one in answer.concepts
        ],
    )


def _stand(
    reading: Reading, names: Names, found: ConceptStatus, asked: str, on: date, place: str | None, *, elsewhere: bool
) -> Stand:
    concept, status = found.counterpart.concept, found.status
    shown = status.covering(place)
    appendices = {one.appendix for one in shown}
    events = {event.iri: event for event in history(reading, concept.iri) if event.treaty == status.treaty}
    return Stand(
        concept=taxon_value(concept),
        relation=seen_from_here(found.counterpart.relation) if found.counterpart.relation else None,
        is_itself=concept.iri == asked,
        sentences=[_sentence(names, one, concept.iri, place) for one in shown],
        absences=[
            _absence(names, status, appendix, events.values(), on, place)
            for appendix in APPENDICES[status.treaty]
            if appendix not in appendices
        ],
        reservations=[
            Reserving(
                names.value(one.party) if one.party else Value(gettext("a Party that is not named")),
                number(one.appendix),
                since_when(one.event.effective),
                names.provenance(one.event.sources, one.event.evidence),
                is_asked=place is not None and one.party == place,
            )
            for one in status.reservations
            if one.appendix in appendices
        ],
        unknown=[_unknown(gap, events) for gap in status.gaps],
        below=[
            (taxon_value(child), [number(one) for one in status.appendices(place)]) for child, status in found.below
        ],
        elsewhere=elsewhere,
    )


def _sentence(names: Names, listing: Listing, concept: str, place: str | None) -> Sentence:
    events = (listing.event, *listing.amendments)
    return Sentence(
        number=number(listing.appendix),
        since=since_when(listing.continuous_since or listing.since),
        scope=scope_kind(listing.scope),
        places=names.values(listing.scope.places),
        notes=listing.notes,
        certain=listing.certain,
        depends=place is not None and listing.scope.covers(place) is None,
        evidence=evidence_word(events),
        annotations=tuple(dict.fromkeys(note for event in events for note in event.annotations)),
        basis=_basis(names, events),
        through=names.value(listing.origin) if listing.origin != concept else None,
    )


def _absence(
    names: Names, status: TreatyStatus, appendix: str, events: Iterable[ListingEvent], on: date, place: str | None
) -> Absence:
    """Why *appendix* does not apply: the nearest reason that the events give."""
    this = number(appendix)
    for listing in status.listings:
        if listing.appendix == appendix:
            since = since_when(listing.continuous_since or listing.since)
            places, basis = names.values(listing.scope.places), _basis(names, (listing.event, *listing.amendments))
            return Absence(this, "population", scope_kind(listing.scope), places, since, basis)
    concerned = [event for event in events if event.appendix == appendix and _concerns(event, place)]
    begun = [event for event in concerned if event.change is Change.ADDITION]
    later = [event for event in begun if event.effective and event.effective.has_come(on) is False]
    if any(event not in later for event in begun):
        ended = [event for event in concerned if event.change is Change.DELETION and _has_come(event.effective, on)]
        return Absence(
            this, "no-longer", when=since_when(ended[-1].effective) if ended else None, basis=_basis(names, ended)
        )
    if later:
        return Absence(this, "not-yet", when=since_when(later[0].effective), basis=_basis(names, later[:1]))
    return Absence(this, "never")


def _concerns(event: ListingEvent, place: str | None) -> bool:
    return place is None or event.scope.covers(place) is not False


def _has_come(effective: PartialDate | None, on: date) -> bool:
    return effective is None or effective.has_come(on) is not False


def _basis(names: Names, events: Iterable[ListingEvent]) -> Provenance:
    events = list(events)
    sources = {source for event in events for source in event.sources}
    evidence = max((event.evidence for event in events if event.evidence), key=strength, default=None)
    return names.provenance(sources, evidence)


def _unknown(gap: Gap, events: dict[str, ListingEvent]) -> Unknown:
    concerned = [events[iri] for iri in gap.events if iri in events]
    numbers = sorted({number(event.appendix) for event in concerned if event.appendix})
    return Unknown(gap.detail, numbers, [path_of(iri, "doc") or iri for iri in gap.events])
