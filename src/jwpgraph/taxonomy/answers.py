"""What each treaty says of an animal on a day: its concepts together, as far as the recorded listings are complete."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from jwpgraph.taxonomy.horizon import Outlook, State, ended, state_of
from jwpgraph.taxonomy.ranges import Range, Ranges
from jwpgraph.taxonomy.relations import Rcc5Relation
from jwpgraph.taxonomy.snapshot import TaxonomySnapshot
from jwpgraph.taxonomy.status import ConceptStatus, compute_statuses
from jwpgraph.taxonomy.treaty_status import EXCLUSIVE, ListingInForce, TreatyStatus


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
    ranges = ranges or Ranges()
    return [
        _answer(reading, treaty, found, on, place, ranges)
        for treaty, found in compute_statuses(reading, iri, on).items()
    ]


def ranged(reading: TaxonomySnapshot, iri: str, on: date) -> list[str]:
    """Return the concepts whose ranges decide about the answer: counterparts and what is listed below them."""
    found = [one for concepts in compute_statuses(reading, iri, on).values() for one in concepts]
    return sorted(
        {iri, *(one.counterpart.concept.iri for one in found), *(c.iri for one in found for c, _ in one.below)}
    )


def lineages_of(reading: TaxonomySnapshot, answer: Answer) -> set[str]:
    """Return the concepts of an answer with all that is above them."""
    return {iri for one in answer.concepts for iri in reading.taxa.lineage(one.counterpart.concept.iri)}


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
    lives = {one.counterpart.concept.iri: _lives_there(one, place, ranges) for one in found}
    elsewhere = frozenset(iri for iri, there in lives.items() if there is False)
    recognized = [one for one in found if one.counterpart.concept.valid.holds(on) is not False]
    # A listing of its own that a concept brings from the time before it was recognized says more than what it lay in.
    before = [one for one in found if one not in recognized and one.status.appendices(place)]
    here = before or [one for one in recognized if one.counterpart.concept.iri not in elsewhere] or recognized
    certain, possible = _together(
        [(lives[one.counterpart.concept.iri], _appendices(one, place, ranges)) for one in here or found]
    )
    state = state_of(len(found), certain, possible, outlook)
    if state is State.NOT_LISTED and not recognized:
        state = State.UNKNOWN  # another concept stood for the animal then, and it is not known which
    if (
        state is State.UNKNOWN
        and recognized
        and not possible
        and all(
            ended([event for event in reading.events_of(lineage) if event.treaty == treaty], on)
            for lineage in lineages.values()
        )
    ):
        state = State.NOT_LISTED
    return Answer(treaty, tuple(found), elsewhere, tuple(sorted(certain)), tuple(sorted(possible)), state, outlook)


def _lives_there(found: ConceptStatus, place: str | None, ranges: Ranges) -> bool | None:
    """Return whether animals of a concept that need not be all of those asked for live in *place*."""
    if place is None or found.counterpart.relation not in {Rcc5Relation.INCLUDES, Rcc5Relation.OVERLAPS}:
        return True
    return ranges.holds(found.counterpart.concept.iri, place)


def _together(found: Sequence[tuple[bool | None, tuple[set[str], set[str]]]]) -> tuple[set[str], set[str]]:
    """Return the certain and the possible Appendices of several concepts together.

    What is said of a concept whose animals are known to live there applies to some of the animals asked for. Where none
    is known to, only that is certain which all of them agree on.
    """
    sure = [certain for there, (certain, _) in found if there]
    every = [certain for _, (certain, _) in found]
    certain = set().union(*sure) if sure else set.intersection(*every) if every else set()
    possible = set().union(*every, *(maybe for _, (_, maybe) in found))
    return certain, possible - certain


def _appendices(found: ConceptStatus, place: str | None, ranges: Ranges) -> tuple[set[str], set[str]]:
    """Return the Appendices that certainly and that possibly apply to the animals of the concept in *place*.

    Without a place, what is listed below the concept may apply to the animals meant. In a place where animals live that
    are listed below it in their own right, their Appendix applies to some of the concept's, and its own may apply to
    none. Where it is not known whether they live there, or whether they are what was asked for, neither is certain.
    """
    iri = found.counterpart.concept.iri
    certain = set(found.status.appendices(place))
    possible = set(found.status.possible_appendices(place))
    if place is None:
        certain = {one for one in certain if _applies_somewhere(found.status, one, iri, ranges.by_taxon.get(iri))}
        possible |= set(found.status.appendices()) - certain
    is_part = found.counterpart.relation in {Rcc5Relation.IS_INCLUDED_IN, Rcc5Relation.OVERLAPS}
    for child, status in found.below:
        sure, maybe = set(status.appendices(place)), set(status.possible_appendices(place))
        there = ranges.holds_below(child.iri, iri, place) if place is not None else None
        if place is not None and any(place in one.event.places_in for one in status.listings):
            there = True  # its listing names the place, whatever the records of its range leave out
        if there is False or sure | maybe <= certain:
            continue
        is_certain = there is True and not is_part
        new = sure - certain
        if (place is not None or is_part) and (new | maybe - certain) & EXCLUSIVE:
            possible |= certain & EXCLUSIVE
            certain -= EXCLUSIVE
        certain |= new if is_certain else set()
        possible |= maybe if is_certain else maybe | new
    return certain, possible - certain


def _applies_somewhere(status: TreatyStatus, appendix: str, iri: str, lives: Range | None) -> bool:
    """Return whether an Appendix that certainly lists some populations surely lists some of the taxon *iri*.

    What a higher taxon's listing says of populations need not concern any of a taxon below it.
    """
    listings = [one for one in status.listings if one.appendix == appendix]
    # What its own listing in another Appendix names may be all that there is of it.
    is_limited = any(one.event.taxon == iri and one.appendix != appendix for one in status.listings)
    sure = [_reaches(one, iri, lives, is_limited=is_limited) for one in listings if one.certain]
    # Of listings none of which is certain, one is in force, and it is not known which.
    return any(sure) if sure else all(_reaches(one, iri, lives, is_limited=is_limited) for one in listings)


def _reaches(listing: ListingInForce, iri: str, lives: Range | None, *, is_limited: bool) -> bool:
    if listing.event.taxon == iri or listing.scope.is_everything:
        return True
    if lives is None or not lives.is_whole:
        if listing.scope.all_but and not is_limited:
            return True
        lives = lives or Range()
    return any(listing.scope.covers(place) for place in lives.sure)
