"""The statuses of a concept and its counterparts in the other taxonomy on a day, and periods of constant status."""

from __future__ import annotations

from collections.abc import Iterator, Set
from dataclasses import dataclass, replace
from datetime import date, timedelta

from jwpgraph.taxonomy.alignments import Alignment
from jwpgraph.taxonomy.concepts import CITES_TAXONOMY, CMS_TAXONOMY, TaxonConcept, TaxonIndex
from jwpgraph.taxonomy.horizon import Outlook, State, find_state
from jwpgraph.taxonomy.listing_events import CITES, CMS, ListingEvent
from jwpgraph.taxonomy.relations import Rcc5Relation
from jwpgraph.taxonomy.replay import list_changing_days
from jwpgraph.taxonomy.snapshot import TaxonomySnapshot
from jwpgraph.taxonomy.treaty_status import EXCLUSIVE, ListingInForce, TreatyStatus, UnknownStatus

_BELOW_SPECIES = frozenset({"subspecies", "variety"})

#: Relations with which the subject lies entirely within the object.
_WHOLE = (Rcc5Relation.CONGRUENT, Rcc5Relation.IS_INCLUDED_IN)
#: Relations with which the object lies entirely within the subject.
_CONTAINED = (Rcc5Relation.CONGRUENT, Rcc5Relation.INCLUDES)

_UNCONFIRMED = UnknownStatus(
    "higher-listing-unconfirmed", "The listing of the taxon above it may include none of its species.", ()
)
_NOT_RECORDED = UnknownStatus("species-not-recorded", "Species of it that are not in this graph may be listed.", ())

#: The convention of each taxonomy.
TREATY_OF = {CITES_TAXONOMY: CITES, CMS_TAXONOMY: CMS}


@dataclass(frozen=True, slots=True)
class ConceptCounterpart:
    """A concept that stands for the requested animal.

    Attributes:
        concept: the concept.
        relation: relation of the requested concept to it; None for that concept itself and for a match by name.
        alignment: the alignment that states the relation.
        through: IRI of the concept through which it was found indirectly.
    """

    concept: TaxonConcept
    relation: Rcc5Relation | None = None
    alignment: Alignment | None = None
    through: str | None = None


@dataclass(frozen=True, slots=True)
class ConceptStatus:
    """The status of one concept under a convention.

    Attributes:
        counterpart: the concept and its relation to the requested one.
        status: its status.
        below: descendants with listings of their own, with their statuses.
        unconfirmed: IRIs of the Appendices in which only a higher taxon is listed and certainly none of the recorded
            species of the concept, itself a higher taxon: they may list none of its animals.
    """

    counterpart: ConceptCounterpart
    status: TreatyStatus
    below: tuple[tuple[TaxonConcept, TreatyStatus], ...] = ()
    unconfirmed: frozenset[str] = frozenset()


def list_own_appendices(iri: str, status: TreatyStatus, place: str | None) -> tuple[str, ...]:
    """Return the Appendices that certainly list populations of *place*, or any, of a concept in its own name.

    A listing of a higher taxon of populations elsewhere is left out.
    """
    own = {one.appendix for one in status.listings if one.event.taxon == iri}
    return tuple(one for one in status.appendices(place) if one in own)


def list_excluded_below(taxa: TaxonIndex, listing: ListingInForce, concept: str) -> list[str]:
    """Return the IRIs of the taxa below *concept* that a listing excludes."""
    return sorted(one for one in listing.excludes if one != concept and concept in taxa.lineage(one))


@dataclass(frozen=True, slots=True)
class StatusPeriod:
    """A period of constant status.

    Attributes:
        start: first day.
        end: last day; None if it has not ended.
        status: the status.
    """

    start: date
    end: date | None
    status: TreatyStatus


def find_counterparts(reading: TaxonomySnapshot, iri: str, on: date | None) -> list[ConceptCounterpart]:
    """Return a concept and its counterparts in the other taxonomy on a day, or at any time for ``None``.

    Without an alignment the concept of the same name is returned, without a relation. An alignment with a subspecies of
    that concept says nothing of the concept itself.
    """
    concept = reading.taxa.concepts[iri]
    found = [ConceptCounterpart(concept)]
    for alignment in reading.alignments.of(iri):
        relation, other = alignment.seen_from(iri)
        there = reading.taxa.concepts.get(other)
        holds = on is None or alignment.valid.holds(on) is not False
        if there is not None and holds and _is_recognized(there, on) and there.taxonomy != concept.taxonomy:
            found.append(ConceptCounterpart(there, relation, alignment))
    aligned = [alignment.seen_from(iri)[1] for alignment in reading.alignments.of(iri)]
    found += [
        ConceptCounterpart(other)
        for other in reading.find_namesakes(concept)
        if _is_recognized(other, on) and all(other.iri in reading.taxa.lineage(one)[1:] for one in aligned)
    ]
    if len(found) == 1 and concept.rank in _BELOW_SPECIES:
        found += _find_through_species(reading, concept, on)
    if on is not None and not _is_recognized(concept, on):
        found += _find_containing(reading, concept, on, {one.concept.iri for one in found})
    whole = {one.concept.iri for one in found[1:] if one.relation in _CONTAINED}
    found = [one for one in found if not _is_within(reading, one, whole)]
    return sorted(found, key=lambda one: (one.concept.iri != iri, one.concept.iri))


def _is_within(reading: TaxonomySnapshot, one: ConceptCounterpart, whole: Set[str]) -> bool:
    """Return whether a counterpart is a part of another one of *whole*, among whose lower taxa it is found, too."""
    return one.relation is Rcc5Relation.INCLUDES and not whole.isdisjoint(reading.taxa.lineage(one.concept.iri)[1:])


def _is_recognized(concept: TaxonConcept, on: date | None) -> bool:
    return on is None or concept.valid.holds(on) is not False


def _find_through_species(
    reading: TaxonomySnapshot, concept: TaxonConcept, on: date | None
) -> list[ConceptCounterpart]:
    """Return the counterparts of the species of a subspecies that has no counterpart of its own."""
    species = reading.taxa.concepts.get(concept.parent or "")
    if species is None or species.rank != "species" or species.taxonomy != concept.taxonomy:
        return []
    return [
        ConceptCounterpart(one.concept, Rcc5Relation.IS_INCLUDED_IN, through=species.iri)
        for one in find_counterparts(reading, species.iri, on)
        if one.concept.iri != species.iri and one.relation in {None, *_WHOLE}
    ]


def _find_containing(
    reading: TaxonomySnapshot, concept: TaxonConcept, on: date, known: set[str]
) -> list[ConceptCounterpart]:
    """Return the concepts that contained, on a day, a concept that its taxonomy did not recognize on it.

    They are found through the other taxonomy, because the relation of two concepts does not depend on the day.
    """
    found: dict[str, ConceptCounterpart] = {}
    for alignment in reading.alignments.of(concept.iri):
        relation, iri = alignment.seen_from(concept.iri)
        other = reading.taxa.concepts.get(iri)
        if (
            other is None
            or other.taxonomy == concept.taxonomy
            or relation not in _WHOLE
            or not _is_recognized(other, on)
        ):
            continue
        found[iri] = ConceptCounterpart(other, relation, alignment)
        for one in find_counterparts(reading, iri, on):
            if one.concept.taxonomy == concept.taxonomy and one.relation in {None, *_WHOLE}:
                found[one.concept.iri] = ConceptCounterpart(one.concept, Rcc5Relation.IS_INCLUDED_IN, through=iri)
    return [one for iri, one in found.items() if iri not in known]


def compute_statuses(reading: TaxonomySnapshot, iri: str, on: date) -> dict[str, list[ConceptStatus]]:
    """Compute the statuses of a concept and its counterparts on a day, by IRI of the treaty; both are present."""
    found: dict[str, list[ConceptStatus]] = {CITES: [], CMS: []}
    for counterpart in find_counterparts(reading, iri, on):
        if counterpart.relation is Rcc5Relation.DISJOINT:
            continue
        concept = counterpart.concept
        treaty = TREATY_OF.get(concept.taxonomy)
        if treaty:
            status = compute_concept_status(reading, concept.iri, treaty, on)
            unconfirmed = _find_unconfirmed(reading, concept, status, on)
            gap = _UNCONFIRMED if unconfirmed else _NOT_RECORDED
            if concept.is_above_species and (unconfirmed or not status.listings):
                status = replace(status, gaps=(*status.gaps, gap))
            below = tuple(_list_below(reading, concept.iri, treaty, on))
            found[treaty].append(ConceptStatus(counterpart, status, below, unconfirmed))
    return found


def _find_unconfirmed(
    reading: TaxonomySnapshot, concept: TaxonConcept, status: TreatyStatus, on: date
) -> frozenset[str]:
    """Return the exclusive Appendices that list a higher taxon through one above it only, and none of its species.

    *Balaena* is in Appendix II with all whales, but its one recorded species is in Appendix I.
    """
    if not concept.is_above_species:
        return frozenset()
    own = {one.appendix for one in status.listings if one.origin == concept.iri}
    found = (EXCLUSIVE & set(status.appendices())) - own
    for child in reading.taxa.below(concept.iri) if found else ():
        if child.rank == "species" and _is_recognized(child, on):
            found -= set(compute_concept_status(reading, child.iri, status.treaty, on).appendices())
        if not found:
            break
    return frozenset(found)


def compute_concept_status(reading: TaxonomySnapshot, iri: str, treaty: str, on: date) -> TreatyStatus:
    """Compute the status of one concept under one convention on a day."""
    return reading.replay(treaty, reading.taxa.lineage(iri, on)).on(on)


def find_concept_state(
    reading: TaxonomySnapshot, concept: TaxonConcept, status: TreatyStatus, on: date
) -> tuple[State, Outlook]:
    """Return what is known of the listing of one concept on a day, and the relation of the day to the horizon."""
    lineage = reading.taxa.lineage(concept.iri, on)
    outlook = reading.horizons.outlook(status.treaty, [lineage], on)
    certain, possible = status.appendices(), status.possible_appendices()
    state = find_state(
        [_is_recognized(concept, on)], certain, possible, outlook, is_above_species=concept.is_above_species
    )
    return state, outlook


def _list_below(
    reading: TaxonomySnapshot, iri: str, treaty: str, on: date
) -> Iterator[tuple[TaxonConcept, TreatyStatus]]:
    named = reading.listed_taxa
    for child in reading.taxa.below(iri):
        if child.iri in named and child.valid.holds(on) is not False:
            status = compute_concept_status(reading, child.iri, treaty, on)
            if any(one.event.taxon == child.iri for one in status.listings):
                yield child, status


def list_events(reading: TaxonomySnapshot, iri: str) -> list[ListingEvent]:
    """Return the listing events of a concept and its ancestors in the order in which they took effect."""
    events = reading.events_of(reading.taxa.lineage(iri))

    def key(event: ListingEvent) -> tuple[object, ...]:
        when = event.effective.last if event.effective else date.min
        return when, event.change, event.iri

    return sorted(events, key=key)


def compute_periods(reading: TaxonomySnapshot, iri: str, treaty: str) -> list[StatusPeriod]:
    """Compute the periods of constant status of a concept under a convention, from the first listing on."""
    lineage = reading.taxa.lineage(iri)
    replay = reading.replay(treaty, lineage)
    days = list_changing_days([event for event in reading.events_of(lineage) if event.treaty == treaty], lineage)
    # A date of which only the year is known is uncertain until the end of the year.
    days = sorted({*days, *(day + timedelta(days=1) for day in days if day < date.max)})
    found: list[StatusPeriod] = []
    for day in days:
        status = replay.on(day)
        if found and _is_same_status(found[-1].status, status):
            continue
        if found:
            found[-1] = StatusPeriod(found[-1].start, day - timedelta(days=1), found[-1].status)
        if found or status.listings:
            found.append(StatusPeriod(day, None, status))
    return found


def _is_same_status(one: TreatyStatus, other: TreatyStatus) -> bool:
    def shape(status: TreatyStatus) -> object:
        listings = sorted(
            (item.appendix, item.origin, sorted(item.scope.places), item.scope.all_but, item.certain)
            for item in status.listings
        )
        reservations = sorted((item.party or "", item.appendix or "", item.certain) for item in status.reservations)
        return listings, reservations

    return shape(one) == shape(other)
