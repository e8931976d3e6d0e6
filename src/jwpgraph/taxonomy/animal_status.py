"""The legal status of an animal under each treaty on a day, combined from all concepts that stand for it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Final

from jwpgraph.taxonomy.concepts import TaxonConcept
from jwpgraph.taxonomy.horizon import Outlook, State, find_state
from jwpgraph.taxonomy.listing_events import ListingChange, ListingEvent
from jwpgraph.taxonomy.ranges import Range, Ranges
from jwpgraph.taxonomy.relations import Rcc5Relation
from jwpgraph.taxonomy.snapshot import TaxonomySnapshot
from jwpgraph.taxonomy.status import ConceptCounterpart, ConceptStatus, compute_statuses, list_own_appendices
from jwpgraph.taxonomy.treaty_status import EXCLUSIVE, ListingInForce, ReservationInForce, TreatyStatus

#: Relations with which the requested animal is only a part of a concept.
PARTS: Final = frozenset({Rcc5Relation.IS_INCLUDED_IN, Rcc5Relation.OVERLAPS})
#: Relations with which a concept may live elsewhere than the requested animal.
WIDER: Final = frozenset({Rcc5Relation.INCLUDES, Rcc5Relation.OVERLAPS})


@dataclass(frozen=True, slots=True)
class PartListing:
    """The Appendices of a taxon below a concept in a country.

    Attributes:
        occurs: whether the taxon occurs there; None if unknown.
        certain: IRIs of the Appendices that certainly list it.
        possible: IRIs of those that possibly do, or also do.
    """

    occurs: bool | None
    certain: frozenset[str]
    possible: frozenset[str]


@dataclass(frozen=True, slots=True)
class AnimalTreatyStatus:
    """The legal status of an animal under one convention on a day.

    Attributes:
        treaty: IRI of the convention.
        concepts: the status of each concept that stands for the animal, without the taxa below it that do not occur
            in the requested country.
        elsewhere: IRIs of the concepts whose recorded range does not include the requested country; their listings do
            not concern it.
        certain: IRIs of the Appendices that certainly apply.
        possible: IRIs of further Appendices that may apply.
        state: listed, not listed, unknown, or not in this graph.
        outlook: the relation of the day to the horizon up to which the listings are complete.
    """

    treaty: str
    concepts: tuple[ConceptStatus, ...]
    elsewhere: frozenset[str]
    certain: tuple[str, ...]
    possible: tuple[str, ...]
    state: State
    outlook: Outlook


def compute_animal_status(
    reading: TaxonomySnapshot, iri: str, on: date, place: str | None = None, ranges: Ranges | None = None
) -> list[AnimalTreatyStatus]:
    """Compute the legal status of an animal under each treaty on a day, CITES first.

    Args:
        reading: the snapshot with concepts, events and horizons.
        iri: IRI of the concept.
        on: the day.
        place: IRI of the country whose populations are meant; ``None`` for all populations.
        ranges: the ranges of the concepts that :func:`list_ranged_concepts` returns.
    """
    ranges = ranges or Ranges()
    return [
        _combine_concepts(reading, treaty, found, on, place, ranges)
        for treaty, found in compute_statuses(reading, iri, on).items()
    ]


def list_ranged_concepts(reading: TaxonomySnapshot, iri: str, on: date) -> list[str]:
    """Return the IRIs of the concepts whose ranges affect the status: counterparts and listed concepts below them."""
    found = [one for concepts in compute_statuses(reading, iri, on).values() for one in concepts]
    return sorted(
        {iri, *(one.counterpart.concept.iri for one in found), *(c.iri for one in found for c, _ in one.below)}
    )


def collect_lineages(reading: TaxonomySnapshot, answer: AnimalTreatyStatus) -> set[str]:
    """Return the IRIs of the concepts of a status and of all their ancestors."""
    return {iri for one in answer.concepts for iri in reading.taxa.lineage(one.counterpart.concept.iri)}


def _combine_concepts(
    reading: TaxonomySnapshot,
    treaty: str,
    statuses: Sequence[ConceptStatus],
    on: date,
    place: str | None,
    ranges: Ranges,
) -> AnimalTreatyStatus:
    found = [_drop_absent(one, place, ranges) for one in statuses]
    lineages = {one.counterpart.concept.iri: reading.taxa.lineage(one.counterpart.concept.iri, on) for one in found}
    outlook = reading.horizons.outlook(treaty, lineages.values(), on)
    found = [
        replace(
            one,
            status=judge_reservations(
                one.status, reading.events_of(lineages[one.counterpart.concept.iri]), on, outlook.complete_until
            ),
        )
        for one in found
    ]
    lives = {one.counterpart.concept.iri: _occurs_in(one, place, ranges) for one in found}
    elsewhere = frozenset(iri for iri, there in lives.items() if there is False)
    recognized = [one for one in found if one.counterpart.concept.valid.holds(on) is not False]
    # A concept's own listing from before it was recognized takes precedence over those of the concepts around it.
    before = [one for one in found if one not in recognized and one.status.appendices(place)]
    here = before or [one for one in recognized if one.counterpart.concept.iri not in elsewhere] or recognized
    certain, possible = combine_concepts(
        [(lives[one.counterpart.concept.iri], _list_appendices(one, place, ranges)) for one in here or found]
    )
    higher = all(one.counterpart.concept.is_above_species for one in found)
    state = find_state([one in recognized for one in found], certain, possible, outlook, is_above_species=higher)
    return AnimalTreatyStatus(
        treaty, tuple(found), elsewhere, tuple(sorted(certain)), tuple(sorted(possible)), state, outlook
    )


def judge_reservations(
    status: TreatyStatus, events: Iterable[ListingEvent], on: date, complete_until: date | None
) -> TreatyStatus:
    """Return the status without certainty of the reservations whose sources, which tell no end, are too old.

    The sources have to reach the day, or the horizon, after which a reservation counts as a listing does.

    Args:
        status: the status on the day *on*.
        events: all events of the taxon and its ancestors.
        on: the day.
        complete_until: the horizon; None if none is recorded.
    """
    withdrawals = [
        event
        for event in events
        if event.change is ListingChange.WITHDRAWAL and event.effective and event.effective.has_come(on) is False
    ]

    def is_known(one: ReservationInForce) -> bool:
        until = one.event.known_until
        if until is None or on <= until or (complete_until is not None and complete_until <= until):
            return True
        return any(one.is_withdrawn_by(event) for event in withdrawals)

    judged = tuple(replace(one, certain=one.certain and is_known(one)) for one in status.reservations)
    return replace(status, reservations=judged)


def _drop_absent(found: ConceptStatus, place: str | None, ranges: Ranges) -> ConceptStatus:
    """Return the status without the taxa below the concept that do not occur in *place*."""
    if place is None:
        return found
    below = [one for one in found.below if _occurs_below(*one, found, place, ranges) is not False]
    return replace(found, below=tuple(below))


def _occurs_below(
    child: TaxonConcept, status: TreatyStatus, above: ConceptStatus, place: str, ranges: Ranges
) -> bool | None:
    """Return whether a taxon below a concept occurs in *place*; None if unknown."""
    if any(place in one.event.places_in for one in status.listings):
        return True  # its listing names the place, even if its recorded range does not
    return ranges.holds_below(child.iri, above.counterpart.concept.iri, place)


def _occurs_in(found: ConceptStatus, place: str | None, ranges: Ranges) -> bool | None:
    """Return whether a concept that includes or overlaps the requested one occurs in *place*; None if unknown."""
    if place is None or found.counterpart.relation not in WIDER:
        return True
    recorded = ranges.holds(found.counterpart.concept.iri, place)
    if not recorded or not is_narrowed(found.counterpart):
        return recorded
    return True if any(_occurs_below(*one, found, place, ranges) for one in found.below) else None


def is_narrowed(counterpart: ConceptCounterpart) -> bool:
    """Return whether a concept was wider before, so that its recorded range may be that of the wider concept.

    Its alignment then begins later than the concept, as that of one of the species into which it was split.
    """
    alignment = counterpart.alignment
    return alignment is not None and alignment.valid.start is not None and counterpart.concept.valid.start is None


def combine_concepts(found: Sequence[tuple[bool | None, tuple[set[str], set[str]]]]) -> tuple[set[str], set[str]]:
    """Combine the certain and the possible Appendices of several concepts, each with its occurrence in the place.

    The listings of a concept that is known to occur in the place apply to some of the animals. If no concept is known
    to occur there, only the Appendices common to all concepts are certain.
    """
    sure = [certain for there, (certain, _) in found if there]
    every = [certain for _, (certain, _) in found]
    certain = set().union(*sure) if sure else set.intersection(*every) if every else set()
    possible = set().union(*every, *(maybe for _, (_, maybe) in found))
    return certain, possible - certain


def _list_appendices(found: ConceptStatus, place: str | None, ranges: Ranges) -> tuple[set[str], set[str]]:
    """Return the Appendices that certainly, and those that possibly, apply to a concept in *place*.

    Without a place, an Appendix of a taxon below a listed concept applies to some of the animals, as an Appendix of
    some populations does; below a concept that is not listed itself, it may apply. In a place where such a taxon
    occurs, its Appendix applies to some of the animals, and the concept's own Appendix may apply to none. If it is not
    known whether the taxon occurs there, or whether it belongs to the requested animal, neither Appendix is certain.
    """
    iri = found.counterpart.concept.iri
    certain = set(found.status.appendices(place))
    possible = set(found.status.possible_appendices(place))
    if place is None:
        certain = {one for one in certain if applies_somewhere(found.status, one, iri, ranges.by_taxon.get(iri))}
        possible |= set(found.status.appendices()) - certain
    parts = [
        PartListing(
            _occurs_below(child, status, found, place, ranges) if place is not None else None,
            frozenset(list_own_appendices(child.iri, status, place)),
            frozenset(one.appendix for one in status.covering(place) if one.event.taxon == child.iri),
        )
        for child, status in found.below
    ]
    is_part = found.counterpart.relation in PARTS
    certain, possible = combine_parts(certain, possible, parts, is_part=is_part, in_place=place is not None)
    unconfirmed = certain & found.unconfirmed
    return certain - unconfirmed, possible | unconfirmed


def combine_parts(
    certain: set[str], possible: set[str], parts: Iterable[PartListing], *, is_part: bool, in_place: bool
) -> tuple[set[str], set[str]]:
    """Combine the certain and the possible Appendices of a concept with those of the taxa below it.

    Args:
        certain: IRIs of the Appendices that certainly list the concept.
        possible: IRIs of those that possibly do.
        parts: the listings of the taxa below it.
        is_part: whether the requested animal is only a part of the concept, so that a part may not belong to it.
        in_place: whether the status is asked for in a country.
    """
    differing = [one for one in parts if one.occurs is not False and not one.certain | one.possible <= certain]
    other = {iri for one in differing for iri in one.certain | one.possible} - certain
    # All animals of a listed taxon are listed: without a country, each Appendix of its parts lists some of them.
    is_divided = not in_place and bool(certain)
    sure = {iri for one in differing if (one.occurs or is_divided) and not is_part for iri in one.certain}
    replaced = certain & EXCLUSIVE if (in_place or is_part) and other & EXCLUSIVE else set()
    certain = certain - replaced | sure
    return certain, (possible | other | replaced) - certain


def applies_somewhere(status: TreatyStatus, appendix: str, iri: str, lives: Range | None) -> bool:
    """Return whether an Appendix that certainly lists some populations certainly lists some of the taxon *iri*.

    A listing of some populations of a higher taxon may include none of a taxon below it.
    """
    listings = [one for one in status.listings if one.appendix == appendix]
    # Its own listing in another Appendix may cover all of its populations.
    is_limited = any(one.event.taxon == iri and one.appendix != appendix for one in status.listings)
    sure = [_covers_some(one, iri, lives, is_limited=is_limited) for one in listings if one.certain]
    # If no listing is certain, one of them is in force, but it is not known which.
    return any(sure) if sure else all(_covers_some(one, iri, lives, is_limited=is_limited) for one in listings)


def _covers_some(listing: ListingInForce, iri: str, lives: Range | None, *, is_limited: bool) -> bool:
    if listing.event.taxon == iri or listing.scope.is_everything:
        return True
    if lives is None or not lives.is_whole:
        if listing.scope.all_but and not is_limited:
            return True
        lives = lives or Range()
    return any(listing.scope.covers(place) for place in lives.sure)
