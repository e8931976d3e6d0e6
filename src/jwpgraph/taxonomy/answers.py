"""What each treaty says of an animal on a day: its concepts together, as far as the recorded listings are complete."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from jwpgraph.taxonomy.horizon import Outlook, State, ended, state_of
from jwpgraph.taxonomy.relations import Rcc5Relation
from jwpgraph.taxonomy.snapshot import TaxonomySnapshot
from jwpgraph.taxonomy.status import ConceptStatus, compute_statuses
from jwpgraph.taxonomy.treaty_status import EXCLUSIVE


@dataclass(frozen=True)
class Ranges:
    """Where taxa are recorded from, as far as it was asked for.

    Attributes:
        places: IRIs of countries by taxon.
    """

    places: Mapping[str, frozenset[str]]

    def of(self, taxon: str) -> frozenset[str]:
        """The countries that a taxon is recorded from."""
        return self.places.get(taxon, frozenset())


@dataclass(frozen=True, slots=True)
class Answer:
    """What one convention says of an animal on a day.

    Attributes:
        treaty: IRI of the convention.
        concepts: what it says of each concept that stands for the animal.
        elsewhere: those of the concepts that are recorded from other countries than the one asked for, by IRI; what
            is said of them does not concern it.
        certain: the Appendices that certainly apply.
        possible: those that may apply as well.
        state: whether it lists the animal, as far as is known.
        outlook: what the day has to do with how far the listings are complete.
    """

    treaty: str
    concepts: tuple[ConceptStatus, ...]
    elsewhere: frozenset[str]
    certain: tuple[str, ...]
    possible: tuple[str, ...]
    state: State
    outlook: Outlook


def answers(
    reading: TaxonomySnapshot, iri: str, on: date, place: str | None = None, ranges: Ranges | None = None
) -> list[Answer]:
    """What each treaty says of the animal on a day, CITES first.

    Args:
        reading: concepts, events and horizons.
        iri: the concept asked for.
        on: the day.
        place: whose populations are asked for; None: all.
        ranges: where the concepts live that may stand for it, see :func:`ranged`.
    """
    ranges = ranges or Ranges({})
    return [
        _answer(reading, treaty, found, on, place, ranges)
        for treaty, found in compute_statuses(reading, iri, on).items()
    ]


def ranged(reading: TaxonomySnapshot, iri: str, on: date) -> list[str]:
    """The concepts whose ranges decide about the answer for one country: the counterparts and what is listed below."""
    found = [one for concepts in compute_statuses(reading, iri, on).values() for one in concepts]
    return sorted(
        {iri, *(one.counterpart.concept.iri for one in found), *(c.iri for one in found for c, _ in one.below)}
    )


def _answer(
    reading: TaxonomySnapshot,
    treaty: str,
    found: Sequence[ConceptStatus],
    on: date,
    place: str | None,
    ranges: Ranges,
) -> Answer:
    lineages = {one.counterpart.concept.iri: reading.taxa.lineage(one.counterpart.concept.iri, on) for one in found}
    outlook = reading.horizons.outlook(treaty, lineages.values(), on)
    elsewhere = frozenset(
        one.counterpart.concept.iri
        for one in found
        if place is not None
        and one.counterpart.relation is Rcc5Relation.INCLUDES
        and ranges.of(one.counterpart.concept.iri)
        and place not in ranges.of(one.counterpart.concept.iri)
    )
    here = [one for one in found if one.counterpart.concept.iri not in elsewhere] or list(found)
    certain: set[str] = set()
    possible: set[str] = set()
    for one in here:
        sure, maybe = _appendices(one, place, ranges)
        certain |= sure
        possible |= maybe
    possible -= certain
    state = state_of(len(found), certain, possible, outlook)
    if (
        state is State.UNKNOWN
        and not possible
        and all(
            ended([event for event in reading.events_of(lineage) if event.treaty == treaty], on)
            for lineage in lineages.values()
        )
    ):
        state = State.NOT_LISTED
    return Answer(treaty, tuple(found), elsewhere, tuple(sorted(certain)), tuple(sorted(possible)), state, outlook)


def _appendices(found: ConceptStatus, place: str | None, ranges: Ranges) -> tuple[set[str], set[str]]:
    """The Appendices that certainly and that possibly apply to the animals of the concept in *place*.

    Without a place, what is listed below the concept stands apart. In a place where animals live that are listed
    below it in their own right, their Appendix applies to some of the concept's, and its own may apply to none.
    """
    certain = set(found.status.appendices(place))
    possible = set(found.status.possible_appendices(place))
    if place is None:
        return certain, possible
    for child, status in found.below:
        own = set(status.appendices(place)) - certain
        if not own or place not in ranges.of(child.iri):
            continue
        if own & EXCLUSIVE:
            possible |= certain & EXCLUSIVE
            certain -= EXCLUSIVE
        certain |= own
    return certain, possible - certain
