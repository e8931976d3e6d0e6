"""Comparison of the statuses in a release with the statements of an export on the same day."""

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
    """Result of a comparison, the best first."""

    AGREE = "agree"
    EXPLAINED = "explained"
    UNKNOWN = "unknown"
    CONTRADICTED = "contradicted"


@dataclass(frozen=True, slots=True)
class ExportStatement:
    """The statement of an export about a taxon.

    Attributes:
        line: line number in the file.
        taxonomy: ``cites`` or ``cms``.
        name: scientific name.
        appendices: numbers of the Appendices that list the taxon.
        by_place: the same by IRI of each place whose populations are named.
        only_named: whether the statement is about these populations only.
    """

    line: int
    taxonomy: str
    name: str
    appendices: frozenset[str]
    by_place: Mapping[str, frozenset[str]]
    only_named: bool = False


@dataclass(frozen=True, slots=True)
class CheckedStatement:
    """A statement, the Appendices in the release, and the result of the comparison."""

    stated: ExportStatement
    verdict: Verdict
    answered: str
    reason: str = ""


@dataclass(frozen=True)
class ListingCheck:
    """The results for an export.

    Attributes:
        on: the day.
        items: the result for each statement.
    """

    on: date
    items: tuple[CheckedStatement, ...]

    @cached_property
    def counts(self) -> Mapping[str, int]:
        """The number of statements by verdict."""
        found = Counter(one.verdict for one in self.items)
        return {verdict.value: found[verdict] for verdict in Verdict}


def check_listings(reading: TaxonomySnapshot, stated: Iterable[ExportStatement], on: date) -> ListingCheck:
    """Compare the statuses in *reading* on the day *on* with the statements of an export.

    States that were observed on that day are ignored, because they may come from the same export and would agree with
    it trivially.
    """
    told = [event for event in reading.events if not _is_state_of(event, on)]
    without = replace(reading, events=tuple(told))
    by_name = _index_names(reading)
    return ListingCheck(on, tuple(_check(without, reading, by_name, one, on) for one in stated))


def _is_state_of(event: ListingEvent, on: date) -> bool:
    return event.effective is not None and event.effective.is_bound and event.effective.last == on


def _index_names(reading: TaxonomySnapshot) -> Mapping[tuple[str, str], list[str]]:
    found: dict[tuple[str, str], list[str]] = {}
    others: dict[tuple[str, str], list[str]] = {}
    for concept in reading.taxa:
        taxonomy = concept.taxonomy.rpartition("/")[2]
        found.setdefault((taxonomy, concept.name.casefold()), []).append(concept.iri)
        for synonym in concept.parsed_synonyms:
            others.setdefault((taxonomy, synonym.canonical.casefold()), []).append(concept.iri)
    return {**others, **found}


def _check(
    reading: TaxonomySnapshot,
    complete: TaxonomySnapshot,
    by_name: Mapping[tuple[str, str], list[str]],
    stated: ExportStatement,
    on: date,
) -> CheckedStatement:
    named = by_name.get((stated.taxonomy, stated.name.casefold()), [])
    recognized = [iri for iri in named if reading.taxa.concepts[iri].valid.holds(on) is not False] or named
    if not recognized:
        return CheckedStatement(stated, Verdict.UNKNOWN, "", "The taxon is not in this graph.")
    found = [_compare(reading, complete, iri, stated, on) for iri in recognized]
    return min(found, key=lambda one: list(Verdict).index(one.verdict))


def _compare(
    reading: TaxonomySnapshot, complete: TaxonomySnapshot, iri: str, stated: ExportStatement, on: date
) -> CheckedStatement:
    treaty = TREATY_OF[reading.taxa.concepts[iri].taxonomy]
    status = compute_concept_status(reading, iri, treaty, on)
    answered = _format_status(status)
    differing = _find_differences(status, stated)
    if not differing:
        return CheckedStatement(stated, Verdict.AGREE, answered)
    if _has_other_populations(status, stated, differing):
        return CheckedStatement(
            stated, Verdict.EXPLAINED, answered, "The row concerns only the populations that it names."
        )
    for explain in (_explain_by_delay, _explain_by_rank):
        if reason := explain(reading, iri, treaty, stated, on):
            return CheckedStatement(stated, Verdict.EXPLAINED, answered, reason)
    if reason := _explain_unknown(reading, complete, iri, status, stated, differing, on):
        return CheckedStatement(stated, Verdict.UNKNOWN, answered, reason)
    return CheckedStatement(stated, Verdict.CONTRADICTED, answered, _describe_difference(status, stated, differing[0]))


def _find_differences(status: TreatyStatus, stated: ExportStatement) -> list[str | None]:
    """Return the places for which the certain Appendices are not those stated; ``None`` is the taxon as a whole.

    Further possible Appendices are no disagreement if the certain ones are those stated.
    """
    places: list[str | None] = [None, *sorted(stated.by_place)]
    return [place for place in places if _to_numbers(status.appendices(place)) != _get_stated(stated, place)]


def _has_other_populations(status: TreatyStatus, stated: ExportStatement, differing: Sequence[str | None]) -> bool:
    """Return whether the release differs only by Appendices of populations that the row does not name."""
    return stated.only_named and list(differing) == [None] and stated.appendices < _to_numbers(status.appendices())


def _explain_unknown(
    reading: TaxonomySnapshot,
    complete: TaxonomySnapshot,
    iri: str,
    status: TreatyStatus,
    stated: ExportStatement,
    differing: Sequence[str | None],
    on: date,
) -> str:
    """Return why the status in the release is unknown; empty if the release contradicts the statement."""
    if all(_is_open(status, stated, place) for place in differing):
        return _explain_open(status, differing)
    if list(differing) == [None] and _inherits_populations(status, iri, stated):
        return "A listing of populations of a higher taxon may not concern this taxon."
    outlook = reading.horizons.outlook(status.treaty, [reading.taxa.lineage(iri, on)], on)
    if outlook.beyond and outlook.complete_until:
        return f"The listings are complete until {outlook.complete_until}."
    if not status.listings and reading.taxa.concepts[iri].level < RANK_ORDER.index("species"):
        return "The row may include lower taxa that are not in this graph."
    with_states = compute_concept_status(complete, iri, status.treaty, on)
    remaining = _find_differences(with_states, stated)
    if not remaining or _has_other_populations(with_states, stated, remaining):
        return "Only an observation on that day supports the row."
    is_of_below = _explain_by_rank(complete, iri, status.treaty, stated, on)
    return "Only observations of lower taxa on that day support the row." if is_of_below else ""


def _inherits_populations(status: TreatyStatus, iri: str, stated: ExportStatement) -> bool:
    """Return whether the release differs only by Appendices from partial listings of higher taxa."""
    own = {
        one.appendix for one in status.listings if one.certain and (one.event.taxon == iri or one.scope.is_everything)
    }
    return _to_numbers(own) <= stated.appendices <= _to_numbers(status.appendices())


def _get_stated(stated: ExportStatement, place: str | None) -> frozenset[str]:
    return stated.appendices if place is None else stated.by_place[place]


def _is_open(status: TreatyStatus, stated: ExportStatement, place: str | None) -> bool:
    certain, possible = _to_numbers(status.appendices(place)), _to_numbers(status.possible_appendices(place))
    return certain <= _get_stated(stated, place) <= certain | possible


def _explain_open(status: TreatyStatus, differing: Sequence[str | None]) -> str:
    where = ", ".join(place.rpartition("/")[2] for place in differing if place)
    gaps = " ".join(dict.fromkeys(gap.detail for gap in status.gaps))
    return gaps or f"It depends on the population{f' in {where}' if where else ''}."


def _describe_difference(status: TreatyStatus, stated: ExportStatement, place: str | None) -> str:
    where = f" for {place.rpartition('/')[2]}" if place else ""
    certain = "/".join(sorted(_to_numbers(status.appendices(place)))) or "none"
    return f"The release has {certain}{where}, the file {'/'.join(sorted(_get_stated(stated, place))) or 'none'}."


def _explain_by_delay(reading: TaxonomySnapshot, iri: str, treaty: str, stated: ExportStatement, on: date) -> str:
    """Return an explanation if the export contains a decision that takes effect later; else an empty text."""
    lineage = reading.taxa.lineage(iri)
    for event in reading.events_of(lineage):
        waits = event.effective is not None and event.effective.has_come(on) is False
        decided = bool(event.delays) or (event.adopted is not None and event.adopted <= on.isoformat())
        if event.treaty == treaty and event.change is ListingChange.ADDITION and waits and decided:
            after = compute_concept_status(reading, iri, treaty, event.effective.last) if event.effective else None
            if after and _to_numbers(after.appendices()) == stated.appendices:
                return f"The change had been adopted and takes effect on {event.effective}."
    return ""


def _explain_by_rank(reading: TaxonomySnapshot, iri: str, treaty: str, stated: ExportStatement, on: date) -> str:
    """Return an explanation if the export repeats the Appendices of a higher taxon or includes those of lower taxa."""
    certain = _to_numbers(compute_concept_status(reading, iri, treaty, on).appendices())
    lineage = reading.taxa.lineage(iri, on)[1:]
    above = [_to_numbers(compute_concept_status(reading, one, treaty, on).appendices()) for one in lineage]
    if certain < stated.appendices and any(stated.appendices <= numbers for numbers in above):
        return "The row repeats the listing of a higher taxon."
    below = {
        number
        for child in reading.taxa.below(iri)
        for number in _to_numbers(compute_concept_status(reading, child.iri, treaty, on).appendices())
    }
    if not stated.by_place and stated.appendices <= certain | below and stated.appendices & below:
        return "The row includes the listings of lower taxa."
    if not stated.by_place and stated.appendices < certain <= stated.appendices | below:
        return "The release includes populations of a lower taxon, which the file lists separately."
    return ""


def _format_status(status: TreatyStatus) -> str:
    certain, possible = _to_numbers(status.appendices()), _to_numbers(status.possible_appendices())
    text = "/".join(sorted(certain)) or "none"
    return f"{text}, possibly {'/'.join(sorted(possible))}" if possible else text


def _to_numbers(appendices: Iterable[str]) -> frozenset[str]:
    return frozenset(one.removeprefix(ID + "appendix/").partition("-")[2].upper() for one in appendices)
