"""Holding what a release answers against what an export states of the same day: agreement, or why there is none."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from enum import StrEnum
from functools import cached_property

from jwpgraph.taxonomy.concepts import RANK_ORDER
from jwpgraph.taxonomy.listing_events import ListingChange, ListingEvent
from jwpgraph.taxonomy.snapshot import TaxonomySnapshot
from jwpgraph.taxonomy.status import TREATY_OF, compute_concept_status
from jwpgraph.taxonomy.treaty_status import TreatyStatus
from jwpgraph.vocabulary import ID


class Verdict(StrEnum):
    """How an answer stands to what is stated."""

    AGREE = "agree"
    EXPLAINED = "explained"
    UNKNOWN = "unknown"
    CONTRADICTED = "contradicted"


@dataclass(frozen=True, slots=True)
class Stated:
    """What is stated of a taxon.

    Attributes:
        line: where.
        taxonomy: ``cites`` or ``cms``.
        name: the scientific name.
        appendices: the numbers of the Appendices that list it.
        by_place: the same for the populations of places that the statement names.
        only_named: whether it speaks of these populations only.
    """

    line: int
    taxonomy: str
    name: str
    appendices: frozenset[str]
    by_place: Mapping[str, frozenset[str]]
    only_named: bool = False


@dataclass(frozen=True, slots=True)
class Checked:
    """A statement, what the release answers, and how they stand to each other."""

    stated: Stated
    verdict: Verdict
    answered: str
    reason: str = ""


@dataclass(frozen=True)
class ListingCheck:
    """The outcome for a whole export.

    Attributes:
        on: the day.
        items: one for each statement.
    """

    on: date
    items: tuple[Checked, ...]

    @cached_property
    def counts(self) -> Mapping[str, int]:
        """How many there are of each verdict."""
        found = Counter(one.verdict for one in self.items)
        return {verdict.value: found[verdict] for verdict in Verdict}


def check_listings(reading: TaxonomySnapshot, stated: Iterable[Stated], on: date) -> ListingCheck:
    """Hold what *reading* answers for the day *on* against what is *stated*.

    States that were met on that very day, which may come of the same export, are left out: they would agree with
    themselves.
    """
    told = [event for event in reading.events if not _is_state_of(event, on)]
    without = replace(reading, events=tuple(told))
    by_name = _by_name(reading)
    return ListingCheck(on, tuple(_checked(without, reading, by_name, one, on) for one in stated))


def _is_state_of(event: ListingEvent, on: date) -> bool:
    return event.effective is not None and event.effective.is_bound and event.effective.last == on


def _by_name(reading: TaxonomySnapshot) -> Mapping[tuple[str, str], list[str]]:
    found: dict[tuple[str, str], list[str]] = {}
    others: dict[tuple[str, str], list[str]] = {}
    for concept in reading.taxa:
        taxonomy = concept.taxonomy.rpartition("/")[2]
        found.setdefault((taxonomy, concept.name.casefold()), []).append(concept.iri)
        for synonym in concept.parsed_synonyms:
            others.setdefault((taxonomy, synonym.canonical.casefold()), []).append(concept.iri)
    return {**others, **found}


def _checked(
    reading: TaxonomySnapshot,
    complete: TaxonomySnapshot,
    by_name: Mapping[tuple[str, str], list[str]],
    stated: Stated,
    on: date,
) -> Checked:
    named = by_name.get((stated.taxonomy, stated.name.casefold()), [])
    recognized = [iri for iri in named if reading.taxa.concepts[iri].valid.holds(on) is not False] or named
    if not recognized:
        return Checked(stated, Verdict.UNKNOWN, "", "The taxon is not in this graph.")
    found = [_held(reading, complete, iri, stated, on) for iri in recognized]
    return min(found, key=lambda one: list(Verdict).index(one.verdict))


def _held(reading: TaxonomySnapshot, complete: TaxonomySnapshot, iri: str, stated: Stated, on: date) -> Checked:
    treaty = TREATY_OF[reading.taxa.concepts[iri].taxonomy]
    status = compute_concept_status(reading, iri, treaty, on)
    answered = _told(status)
    places: list[str | None] = [None, *sorted(stated.by_place)]
    differing = [place for place in places if _numbers(status.appendices(place)) != _of(stated, place)]
    # What may be in force besides is no disagreement where what is certain is what is stated.
    if not differing:
        return Checked(stated, Verdict.AGREE, answered)
    if stated.only_named and differing == [None] and stated.appendices < _numbers(status.appendices()):
        return Checked(stated, Verdict.EXPLAINED, answered, "The row speaks only of the populations that it names.")
    for explain in (_by_delay, _by_rank):
        if reason := explain(reading, iri, treaty, stated, on):
            return Checked(stated, Verdict.EXPLAINED, answered, reason)
    if reason := _why_unknown(reading, complete, iri, status, stated, differing, on):
        return Checked(stated, Verdict.UNKNOWN, answered, reason)
    return Checked(stated, Verdict.CONTRADICTED, answered, _difference(status, stated, differing[0]))


def _why_unknown(
    reading: TaxonomySnapshot,
    complete: TaxonomySnapshot,
    iri: str,
    status: TreatyStatus,
    stated: Stated,
    differing: Sequence[str | None],
    on: date,
) -> str:
    """Why the release does not know; empty where it says otherwise than is stated."""
    if all(_is_open(status, stated, place) for place in differing):
        return _why_open(status, differing)
    if list(differing) == [None] and _inherits_populations(status, iri, stated):
        return "What is listed of a higher taxon's populations may not concern it."
    outlook = reading.horizons.outlook(status.treaty, [reading.taxa.lineage(iri, on)], on)
    if outlook.beyond and outlook.complete_until:
        return f"The listings are complete until {outlook.complete_until}."
    if not status.listings and reading.taxa.concepts[iri].level < RANK_ORDER.index("species"):
        return "The row may count what is below and not in this graph."
    with_states = compute_concept_status(complete, iri, status.treaty, on)
    if all(_numbers(with_states.appendices(place)) == _of(stated, place) for place in (None, *stated.by_place)):
        return "Only a state that was met on that day says so."
    is_of_below = _by_rank(complete, iri, status.treaty, stated, on)
    return "Only states of what is below it, met on that day, say so." if is_of_below else ""


def _inherits_populations(status: TreatyStatus, iri: str, stated: Stated) -> bool:
    """Return whether the release differs only by what it has through limited listings of higher taxa."""
    own = {
        one.appendix for one in status.listings if one.certain and (one.event.taxon == iri or one.scope.is_everything)
    }
    return _numbers(own) <= stated.appendices <= _numbers(status.appendices())


def _of(stated: Stated, place: str | None) -> frozenset[str]:
    return stated.appendices if place is None else stated.by_place[place]


def _is_open(status: TreatyStatus, stated: Stated, place: str | None) -> bool:
    certain, possible = _numbers(status.appendices(place)), _numbers(status.possible_appendices(place))
    return certain <= _of(stated, place) <= certain | possible


def _why_open(status: TreatyStatus, differing: Sequence[str | None]) -> str:
    where = ", ".join(place.rpartition("/")[2] for place in differing if place)
    gaps = " ".join(dict.fromkeys(gap.detail for gap in status.gaps))
    return gaps or f"It depends on the population{f' in {where}' if where else ''}."


def _difference(status: TreatyStatus, stated: Stated, place: str | None) -> str:
    where = f" for {place.rpartition('/')[2]}" if place else ""
    certain = "/".join(sorted(_numbers(status.appendices(place)))) or "none"
    return f"The release has {certain}{where}, the file {'/'.join(sorted(_of(stated, place))) or 'none'}."


def _by_delay(reading: TaxonomySnapshot, iri: str, treaty: str, stated: Stated, on: date) -> str:
    """An index prints what was decided already, though it takes effect later."""
    lineage = reading.taxa.lineage(iri)
    for event in reading.events_of(lineage):
        waits = event.effective is not None and event.effective.has_come(on) is False
        decided = bool(event.delays) or (event.adopted is not None and event.adopted <= on.isoformat())
        if event.treaty == treaty and event.change is ListingChange.ADDITION and waits and decided:
            after = compute_concept_status(reading, iri, treaty, event.effective.last) if event.effective else None
            if after and _numbers(after.appendices()) == stated.appendices:
                return f"It was decided already and takes effect on {event.effective}."
    return ""


def _by_rank(reading: TaxonomySnapshot, iri: str, treaty: str, stated: Stated, on: date) -> str:
    """An index repeats the Appendices of a species beside its subspecies, and counts those of what is below a taxon."""
    certain = _numbers(compute_concept_status(reading, iri, treaty, on).appendices())
    lineage = reading.taxa.lineage(iri, on)[1:]
    above = [_numbers(compute_concept_status(reading, one, treaty, on).appendices()) for one in lineage]
    if certain < stated.appendices and any(stated.appendices <= numbers for numbers in above):
        return "The row repeats what is said of a higher taxon."
    below = {
        number
        for child in reading.taxa.below(iri)
        for number in _numbers(compute_concept_status(reading, child.iri, treaty, on).appendices())
    }
    if not stated.by_place and stated.appendices <= certain | below and stated.appendices & below:
        return "The row counts what is listed below the taxon."
    if not stated.by_place and stated.appendices < certain <= stated.appendices | below:
        return "The release counts the populations of a taxon below, which the file lists by itself."
    return ""


def _told(status: TreatyStatus) -> str:
    certain, possible = _numbers(status.appendices()), _numbers(status.possible_appendices())
    text = "/".join(sorted(certain)) or "none"
    return f"{text}, possibly {'/'.join(sorted(possible))}" if possible else text


def _numbers(appendices: Iterable[str]) -> frozenset[str]:
    return frozenset(one.removeprefix(ID + "appendix/").partition("-")[2].upper() for one in appendices)
