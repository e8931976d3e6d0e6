"""The status of an animal under both treaties: its own concept, and what the other taxonomy has for it on that day."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta

from jwpgraph.taxonomy.alignments import Alignment
from jwpgraph.taxonomy.concepts import CITES_TAXONOMY, CMS_TAXONOMY, TaxonConcept
from jwpgraph.taxonomy.listing_events import CITES, CMS, ListingEvent
from jwpgraph.taxonomy.relations import Rcc5Relation
from jwpgraph.taxonomy.replay import list_changing_days, replay_events
from jwpgraph.taxonomy.snapshot import TaxonomySnapshot
from jwpgraph.taxonomy.treaty_status import TreatyStatus

_BELOW_SPECIES = frozenset({"subspecies", "variety"})

#: Relations by which all of a concept lies within the other.
_WHOLE = (Rcc5Relation.CONGRUENT, Rcc5Relation.IS_INCLUDED_IN)

#: Which convention follows which taxonomy.
TREATY_OF = {CITES_TAXONOMY: CITES, CMS_TAXONOMY: CMS}


@dataclass(frozen=True, slots=True)
class ConceptCounterpart:
    """A concept that stands for the animal asked for.

    Attributes:
        concept: the concept.
        relation: how the concept asked for relates to it; None for that concept itself, and where only the name agrees.
        alignment: the assertion behind the relation.
        through: the concept through which it was found, where it has no counterpart of its own.
    """

    concept: TaxonConcept
    relation: Rcc5Relation | None = None
    alignment: Alignment | None = None
    through: str | None = None


@dataclass(frozen=True, slots=True)
class ConceptStatus:
    """What a convention's Appendices say of one concept.

    Attributes:
        counterpart: the concept and how it relates to the one asked for.
        status: what is in force.
        below: what is listed below it in its own right.
    """

    counterpart: ConceptCounterpart
    status: TreatyStatus
    below: tuple[tuple[TaxonConcept, TreatyStatus], ...] = ()


@dataclass(frozen=True, slots=True)
class StatusPeriod:
    """A time during which the Appendices said the same.

    Attributes:
        start: its first day.
        end: its last day; None where it lasts.
        status: what was in force.
    """

    start: date
    end: date | None
    status: TreatyStatus


def find_counterparts(reading: TaxonomySnapshot, iri: str, on: date | None) -> list[ConceptCounterpart]:
    """The concept itself and its counterparts in the other taxonomy: those that hold on a day, or ever.

    Where no curator has said anything, a concept of the same name is given, without a relation.
    """
    concept = reading.taxa.concepts[iri]
    found = [ConceptCounterpart(concept)]
    for alignment in reading.alignments.of(iri):
        relation, other = alignment.seen_from(iri)
        there = reading.taxa.concepts.get(other)
        holds = on is None or alignment.valid.holds(on) is not False
        if there is not None and holds and _recognized(there, on) and there.taxonomy != concept.taxonomy:
            found.append(ConceptCounterpart(there, relation, alignment))
    if not any(alignment for alignment in reading.alignments.of(iri)):
        found += [ConceptCounterpart(other) for other in reading.namesakes(concept) if _recognized(other, on)]
    if len(found) == 1 and concept.rank in _BELOW_SPECIES:
        found += _of_the_species(reading, concept, on)
    if on is not None and not _recognized(concept, on):
        found += _of_that_day(reading, concept, on, {one.concept.iri for one in found})
    return sorted(found, key=lambda one: (one.concept.iri != iri, one.concept.iri))


def _recognized(concept: TaxonConcept, on: date | None) -> bool:
    return on is None or concept.valid.holds(on) is not False


def _of_the_species(reading: TaxonomySnapshot, concept: TaxonConcept, on: date | None) -> list[ConceptCounterpart]:
    """What the other taxonomy has for the species of a subspecies for which it has nothing: it lies within that."""
    species = reading.taxa.concepts.get(concept.parent or "")
    if species is None or species.rank != "species" or species.taxonomy != concept.taxonomy:
        return []
    return [
        ConceptCounterpart(one.concept, Rcc5Relation.IS_INCLUDED_IN, through=species.iri)
        for one in find_counterparts(reading, species.iri, on)
        if one.concept.iri != species.iri and one.relation in {None, *_WHOLE}
    ]


def _of_that_day(
    reading: TaxonomySnapshot, concept: TaxonConcept, on: date, known: set[str]
) -> list[ConceptCounterpart]:
    """Return the concepts of a day within which a concept lay that its taxonomy did not recognize yet.

    It is found through the other taxonomy: how two concepts relate does not change when one of them comes into use.
    """
    found: dict[str, ConceptCounterpart] = {}
    for alignment in reading.alignments.of(concept.iri):
        relation, iri = alignment.seen_from(concept.iri)
        other = reading.taxa.concepts.get(iri)
        if other is None or other.taxonomy == concept.taxonomy or relation not in _WHOLE or not _recognized(other, on):
            continue
        found[iri] = ConceptCounterpart(other, relation, alignment)
        for one in find_counterparts(reading, iri, on):
            if one.concept.taxonomy == concept.taxonomy and one.relation in {None, *_WHOLE}:
                found[one.concept.iri] = ConceptCounterpart(one.concept, Rcc5Relation.IS_INCLUDED_IN, through=iri)
    return [one for iri, one in found.items() if iri not in known]


def compute_statuses(reading: TaxonomySnapshot, iri: str, on: date) -> dict[str, list[ConceptStatus]]:
    """The status on a day, by treaty; both treaties are there, if only to say that nothing is listed."""
    found: dict[str, list[ConceptStatus]] = {CITES: [], CMS: []}
    for counterpart in find_counterparts(reading, iri, on):
        if counterpart.relation is Rcc5Relation.DISJOINT:
            continue
        concept = counterpart.concept
        treaty = TREATY_OF.get(concept.taxonomy)
        if treaty:
            status = compute_concept_status(reading, concept.iri, treaty, on)
            found[treaty].append(
                ConceptStatus(counterpart, status, tuple(_status_below(reading, concept.iri, treaty, on)))
            )
    return found


def compute_concept_status(reading: TaxonomySnapshot, iri: str, treaty: str, on: date) -> TreatyStatus:
    """What one convention says of one concept on a day."""
    lineage = reading.taxa.lineage(iri, on)
    return replay_events(reading.events_of(lineage), on, lineage).get(treaty, TreatyStatus(treaty))


def _status_below(
    reading: TaxonomySnapshot, iri: str, treaty: str, on: date
) -> Iterator[tuple[TaxonConcept, TreatyStatus]]:
    named = reading.listed_taxa
    for child in reading.taxa.below(iri):
        if child.iri in named and child.valid.holds(on) is not False:
            status = compute_concept_status(reading, child.iri, treaty, on)
            if any(one.event.taxon == child.iri for one in status.listings):
                yield child, status


def list_events(reading: TaxonomySnapshot, iri: str) -> list[ListingEvent]:
    """The listing events that concern a concept, its own and those of the taxa above it, in order of effect."""
    events = reading.events_of(reading.taxa.lineage(iri))

    def key(event: ListingEvent) -> tuple[object, ...]:
        when = event.effective.last if event.effective else date.min
        return when, event.change, event.iri

    return sorted(events, key=key)


def compute_periods(reading: TaxonomySnapshot, iri: str, treaty: str) -> list[StatusPeriod]:
    """The times during which one convention said the same of a concept, in order; times without a listing as well."""
    lineage = reading.taxa.lineage(iri)
    events = [event for event in reading.events_of(lineage) if event.treaty == treaty]
    days = list_changing_days(events, lineage)
    # A date that is known to the year only stops being open on the day after its last.
    days = sorted({*days, *(day + timedelta(days=1) for day in days if day < date.max)})
    found: list[StatusPeriod] = []
    for day in days:
        status = replay_events(events, day, lineage).get(treaty, TreatyStatus(treaty))
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
