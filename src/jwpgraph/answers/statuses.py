"""The legal status of animals on a day, and during a period, for answers and pages."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta

from jwpgraph.answers.animals import Animal
from jwpgraph.answers.occurrence import Occurrence, read_occurrences
from jwpgraph.entities.app_context import AppContext
from jwpgraph.entities.nodes import EntityNode
from jwpgraph.taxon_facets.appendices import TREATIES
from jwpgraph.taxonomy.animal_status import WIDER, AnimalTreatyStatus, compute_animal_status, list_ranged_concepts
from jwpgraph.taxonomy.changing_days import list_status_days
from jwpgraph.taxonomy.concepts import TaxonConcept
from jwpgraph.taxonomy.evidence import get_level, rank_evidence
from jwpgraph.taxonomy.horizon import State
from jwpgraph.taxonomy.ranges import Ranges, read_ranges
from jwpgraph.taxonomy.relations import Rcc5Relation
from jwpgraph.taxonomy.snapshot import TaxonomySnapshot
from jwpgraph.taxonomy.status import list_own_appendices


@dataclass(frozen=True, slots=True)
class TreatyAnswer:
    """The status of an animal under a treaty.

    Attributes:
        found: the computed status.
        appendices: IRIs of the Appendices that certainly list the animal, or without a country a part of it.
        parts: lower taxa with listings of their own, with their Appendices; in a country only those with others.
        evidence: slug of the level of evidence by IRI of each of the Appendices; empty if none is recorded.
    """

    found: AnimalTreatyStatus
    appendices: tuple[str, ...]
    parts: tuple[tuple[TaxonConcept, tuple[str, ...]], ...] = ()
    evidence: Mapping[str, str] = field(default_factory=dict)

    @property
    def short(self) -> str:
        """The name in URLs: ``cms`` or ``cites``."""
        return TREATIES[self.found.treaty]

    @property
    def certain(self) -> bool:
        """True if no further Appendix may apply."""
        if not set(self.found.possible) <= set(self.appendices):
            return False
        return bool(self.appendices) or self.found.state in (State.LISTED, State.NOT_LISTED)


@dataclass(frozen=True, slots=True)
class AnimalStatus:
    """The status of an animal under the treaties on a day, in a country or in general.

    Attributes:
        animal: the animal.
        on: the day; of a period its last one.
        country: the country, if any.
        treaties: the status under each requested treaty.
        occurrence: whether it is recorded from the country; None without a country.
        during: the statuses during the period that the question asks for, oldest first; empty if it asks for a day.
    """

    animal: Animal
    on: date
    country: EntityNode | None
    treaties: tuple[TreatyAnswer, ...]
    occurrence: Occurrence | None
    during: tuple[Stretch, ...] = ()

    @property
    def is_listed(self) -> bool:
        """True if a treaty lists it or may list it, on the day or during the period."""
        found = [treaty for one in self.during for treaty in one.treaties] or self.treaties
        return any(one.appendices or one.found.possible for one in found)


@dataclass(frozen=True, slots=True)
class Stretch:
    """A part of a period during which the status of an animal is the same.

    Attributes:
        first: the first day.
        last: the last day.
        treaties: the status under each treaty.
    """

    first: date
    last: date
    treaties: tuple[TreatyAnswer, ...]


async def compute_statuses(
    site: AppContext, reading: TaxonomySnapshot, animals: Sequence[Animal], on: date, country: EntityNode | None
) -> list[AnimalStatus]:
    """Compute the status of *animals* on a day, for the populations of *country* or for all."""
    occurrences: Mapping[str, Occurrence] = {}
    if country:
        occurrences = await read_occurrences(site.queries, reading, animals, country.iri)
    wanted = await asyncio.to_thread(_list_ranged, reading, animals, on)
    ranges = await read_ranges(site.queries, reading, wanted)
    return await asyncio.to_thread(_compute_all, reading, animals, on, country, ranges, occurrences)


async def compute_period_statuses(
    site: AppContext,
    reading: TaxonomySnapshot,
    animals: Sequence[Animal],
    period: tuple[date, date],
    country: EntityNode | None,
    *,
    with_reservations: bool = False,
) -> list[AnimalStatus]:
    """Compute the status of *animals* on the last day of a period, and the stretches of the same status during it.

    Args:
        site: the application context.
        reading: a snapshot about the animals.
        animals: the animals.
        period: the first and the last day.
        country: the country whose populations are meant; ``None`` for all.
        with_reservations: whether a change of the reservations in force begins a new stretch.
    """
    days = await asyncio.to_thread(_group_by_day, reading, animals, period)
    changes: dict[str, list[AnimalStatus]] = {one.iri: [] for one in animals}
    for day in sorted(days):
        for status in await compute_statuses(site, reading, days[day], day, country):
            found = changes[status.animal.iri]
            if found and _has_same_status(found[-1], status, with_reservations=with_reservations):
                # What lies beyond a horizon is told of the last day of the stretch.
                found[-1] = replace(status, on=found[-1].on)
            else:
                found.append(status)
    return [_join_stretches(changes[one.iri], period[1]) for one in animals]


def _group_by_day(
    reading: TaxonomySnapshot, animals: Iterable[Animal], period: tuple[date, date]
) -> dict[date, list[Animal]]:
    found: dict[date, list[Animal]] = {}
    for one in animals:
        for day in list_status_days(reading, one.iri, *period):
            found.setdefault(day, []).append(one)
    return found


def _join_stretches(changes: Sequence[AnimalStatus], last: date) -> AnimalStatus:
    """Return the status of an animal on the *last* day of a period, with its stretches."""
    ends = [*(one.on - timedelta(days=1) for one in changes[1:]), last]
    during = tuple(Stretch(one.on, end, one.treaties) for one, end in zip(changes, ends, strict=True))
    return replace(changes[-1], on=last, during=during)


def _has_same_status(one: AnimalStatus, other: AnimalStatus, *, with_reservations: bool) -> bool:
    def describe(status: AnimalStatus) -> object:
        return [
            (
                each.short,
                each.appendices,
                each.found.possible,
                each.found.state,
                [(taxon.iri, numbers) for taxon, numbers in each.parts],
                _list_reservations(each) if with_reservations else None,
            )
            for each in status.treaties
        ]

    return describe(one) == describe(other)


def _list_reservations(one: TreatyAnswer) -> list[tuple[str, bool]]:
    return sorted(
        (each.event.iri, each.certain) for concept in one.found.concepts for each in concept.status.reservations
    )


def _list_ranged(reading: TaxonomySnapshot, animals: Sequence[Animal], on: date) -> list[str]:
    return sorted({iri for one in animals for iri in list_ranged_concepts(reading, one.iri, on)})


def _compute_all(
    reading: TaxonomySnapshot,
    animals: Sequence[Animal],
    on: date,
    country: EntityNode | None,
    ranges: Ranges,
    occurrences: Mapping[str, Occurrence],
) -> list[AnimalStatus]:
    place = country.iri if country else None
    return [
        AnimalStatus(
            animal,
            on,
            country,
            tuple(
                _make_treaty_answer(one, place)
                for one in reversed(compute_animal_status(reading, animal.iri, on, place, ranges))
            ),
            occurrences.get(animal.iri),
        )
        for animal in animals
    ]


def _make_treaty_answer(found: AnimalTreatyStatus, place: str | None) -> TreatyAnswer:
    """Return the status under a treaty; without a country an animal also counts as listed if a lower taxon is."""
    parts = tuple(
        (child, numbers)
        for one in found.concepts
        if one.counterpart.relation is not Rcc5Relation.IS_INCLUDED_IN
        for child, status in one.below
        if (numbers := list_own_appendices(child.iri, status, place))
        and (place is None or not set(numbers) <= set(found.certain))
    )
    below = {number for _, numbers in parts for number in numbers} if place is None else set()
    appendices = tuple(sorted({*found.certain, *below}))
    return TreatyAnswer(found, appendices, parts, {one: _find_evidence(found, one, place) for one in appendices})


def _find_evidence(found: AnimalTreatyStatus, appendix: str, place: str | None) -> str:
    """Return the slug of the strongest evidence for one of the listings in an Appendix, each of which is enough.

    Those of the whole animal take precedence over those of its parts.
    """
    whole, every = [], []
    for one in found.concepts:
        for status in (one.status, *(below for _, below in one.below)):
            for listing in status.covering(place):
                if listing.appendix == appendix and listing.surely_covers(place):
                    every.append(listing)
                    is_own = status is one.status and one.counterpart.relation not in WIDER
                    if is_own and (place is not None or listing.scope.is_everything):
                        whole.append(listing)
    certain = whole or every
    return min((get_level(one.evidence) for one in certain), key=rank_evidence, default="")
