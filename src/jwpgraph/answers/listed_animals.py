"""All animals of a release with their status under both treaties on a day, computed from listing periods."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Mapping, Set
from dataclasses import dataclass, replace
from datetime import date
from typing import Final

from jwpgraph.answers.animals import Animal
from jwpgraph.answers.listing_basis import TAXONOMIES, ListingBasis, ListingDay, get_basis, get_day
from jwpgraph.entities.app_context import AppContext
from jwpgraph.taxon_facets.appendices import TREATY_IRIS
from jwpgraph.taxon_facets.period_table import PeriodRow, PlaceScopes, get_place_scopes
from jwpgraph.taxonomy.animal_status import PARTS, WIDER, PartListing, combine_concepts, combine_parts, is_narrowed
from jwpgraph.taxonomy.concepts import TaxonConcept
from jwpgraph.taxonomy.evidence import rank_evidence
from jwpgraph.taxonomy.horizon import Outlook, State, find_state
from jwpgraph.taxonomy.listing_events import IN_FORCE
from jwpgraph.taxonomy.relations import Rcc5Relation
from jwpgraph.taxonomy.snapshot import TaxonomySnapshot
from jwpgraph.taxonomy.status import ConceptCounterpart, find_counterparts
from jwpgraph.vocabulary import ID

#: Stands for the number of an Appendix that is not known.
UNKNOWN_APPENDIX: Final = "?"
#: Different names of the same class in the taxonomies.
CLASS_SYNONYMS: Final = {"actinopteri": "actinopterygii"}


@dataclass(frozen=True, slots=True)
class AppendixHolding:
    """An Appendix that lists an animal or a part of it.

    Attributes:
        number: the number of the Appendix.
        since: the day since which it has done so without a break; None if unknown.
        certain: whether the listing is certain.
        whole: whether the listing covers all populations.
        named: the name of the listed taxon if it differs from the name of the animal.
        evidence: slug of the level of evidence; empty if not recorded.
    """

    number: str
    since: date | None
    certain: bool
    whole: bool
    named: str | None
    evidence: str = ""


@dataclass(frozen=True, slots=True)
class TreatySide:
    """The status of an animal under a treaty on a day.

    Attributes:
        treaty: ``cms`` or ``cites``.
        state: listed, not listed, unknown, or not in this graph.
        is_beyond: whether the day is after the horizon.
        complete_until: the horizon; None if none is recorded.
        holdings: the Appendices, certain ones first; of an animal without a concept in the treaty's taxonomy, the
            possible listing of a higher taxon or synonym, in Appendix ``?``.
    """

    treaty: str
    state: State
    is_beyond: bool
    complete_until: date | None
    holdings: tuple[AppendixHolding, ...]

    @property
    def numbers(self) -> list[str]:
        """Numbers of the Appendices that certainly list it."""
        return sorted({one.number for one in self.holdings if one.certain})

    @property
    def possible_numbers(self) -> list[str]:
        """Numbers of the other Appendices, which may list it; of an animal without a concept they are not known."""
        return sorted({one.number for one in self.holdings} - {*self.numbers, UNKNOWN_APPENDIX})

    @property
    def is_none(self) -> bool:
        """True if there is no listing, not even an uncertain one."""
        return not self.holdings

    def shown_holdings(self, number: str) -> list[AppendixHolding]:
        """Return the certain listings in an Appendix: of the whole animal if there are any, else of its parts."""
        certain = [one for one in self.holdings if one.number == number and one.certain]
        return [one for one in certain if one.whole] or certain

    def first_since(self, number: str) -> date | None:
        """Return the day since which an Appendix has listed the animal, or a part of it if it is listed only in part.

        Returns:
            None if one of the days is unknown and may be earlier than the others.
        """
        days = [one.since for one in self.shown_holdings(number)]
        first = min((day for day in days if day), default=None)
        # No listing is older than its treaty.
        is_first = None not in days or first == IN_FORCE[TREATY_IRIS[self.treaty]]
        return first if is_first else None

    def get_evidence(self, number: str) -> str:
        """Return the slug of the strongest evidence for a listing in an Appendix; empty if none is recorded."""
        return min((one.evidence for one in self.shown_holdings(number)), key=rank_evidence, default="")

    @property
    def names(self) -> list[str]:
        """Other names under which it is listed: by certain listings if there are any, else by uncertain ones."""
        shown = [one for number in self.numbers for one in self.shown_holdings(number)] or self.holdings
        return sorted({one.named for one in shown if one.named})

    def in_part(self, number: str) -> bool:
        """Return whether an Appendix lists only a part of the animal."""
        return not any(one.whole for one in self.holdings if one.number == number and one.certain)


@dataclass(frozen=True, slots=True)
class ListedAnimal:
    """An animal with its status under both treaties.

    Attributes:
        animal: the animal.
        class_slug: slug of its class, such as ``mammalia``; empty if not recorded.
        lineage: scientific names of its ancestors.
        red_list: slug of its Red List category and year of the report; None if not recorded.
        sides: status by treaty.
    """

    animal: Animal
    class_slug: str
    lineage: frozenset[str]
    red_list: tuple[str, str] | None
    sides: Mapping[str, TreatySide]

    @property
    def is_listed(self) -> bool:
        """True if a treaty lists it or may list it."""
        return not all(one.is_none for one in self.sides.values())


@dataclass(frozen=True, slots=True)
class _Place:
    """A country: its IRI and the scopes of the partial listings there."""

    iri: str
    scopes: PlaceScopes


async def get_listed_animals(
    site: AppContext, on: date, country: str | None = None, among: Set[str] | None = None
) -> list[ListedAnimal]:
    """Return the animals of the current release in the order of their names.

    Args:
        site: the application context.
        on: the day.
        country: IRI of the country whose populations are meant; None for any.
        among: IRIs of concepts: only animals for which one of them stands; None for all animals.
    """
    basis = await get_basis(site)
    day = await get_day(site, basis, on)
    if country is None:
        everywhere = await site.once_per_day(
            "listed animals", on, lambda: asyncio.to_thread(_make_rows, basis, day, day.animals, None)
        )
        return everywhere if among is None else [one for one in everywhere if not one.animal.concepts.isdisjoint(among)]
    place = _Place(country, await get_place_scopes(site, country))
    animals = [one for one in day.animals if among is None or not one.concepts.isdisjoint(among)]
    return await asyncio.to_thread(_make_rows, basis, day, animals, place)


def _make_rows(
    basis: ListingBasis, day: ListingDay, animals: Iterable[Animal], place: _Place | None
) -> list[ListedAnimal]:
    return [_make_row(basis, animal, day.on, place, day.listed_names) for animal in animals]


def _make_row(
    basis: ListingBasis,
    animal: Animal,
    on: date,
    place: _Place | None,
    listed_names: Mapping[str, set[str]],
) -> ListedAnimal:
    reading = basis.reading
    chains = [
        [reading.taxa.concepts[one] for one in _list_known_lineage(reading, iri)] for iri in sorted(animal.concepts)
    ]
    class_name = next((one.name.casefold() for chain in chains for one in chain if one.rank == "class"), "")
    above = frozenset(one.name for chain in chains for one in chain[1:])
    concerned: dict[str, list[ConceptCounterpart]] = {short: [] for short in TAXONOMIES}
    for found in find_counterparts(reading, animal.iri, on):
        if found.relation is not Rcc5Relation.DISJOINT:
            treaty = found.concept.taxonomy.rpartition("/")[2]
            concerned.setdefault(treaty, []).append(found)
    sides = {}
    for treaty, concepts in concerned.items():
        if treaty in TAXONOMIES:
            holdings = _find_holdings(basis, animal, treaty, concepts, on, place)
            if not concepts:
                holdings = _find_possible_holdings(basis, animal, chains, listed_names[treaty], treaty)
            outlook = basis.horizons.outlook(
                TREATY_IRIS[treaty], [reading.taxa.lineage(one.concept.iri, on) for one in concepts], on
            )
            ordered = sorted(
                set(holdings),
                key=lambda one: (
                    not one.certain,
                    one.number,
                    one.since or date.min,
                    one.named or "",
                    one.whole,
                    one.evidence,
                ),
            )
            state = _find_state(concepts, ordered, outlook, on)
            sides[treaty] = TreatySide(treaty, state, outlook.beyond, outlook.complete_until, tuple(ordered))
    category = next(
        (basis.categories[iri] for iri in (animal.iri, *sorted(animal.concepts)) if iri in basis.categories), None
    )
    return ListedAnimal(animal, CLASS_SYNONYMS.get(class_name, class_name), above, category, sides)


def _find_possible_holdings(
    basis: ListingBasis, animal: Animal, chains: Iterable[list[TaxonConcept]], listed: set[str], treaty: str
) -> list[AppendixHolding]:
    """Return possible listings of an animal for which the treaty's taxonomy has no concept.

    The taxonomy has a listed higher taxon with the name of an ancestor, or the animal's name as a synonym.
    """
    names = [one.name for chain in chains for one in chain[1:] if one.name in listed][:1]
    if not names:
        names = [
            one.name
            for name in sorted({chain[0].name for chain in chains})
            for one in basis.by_synonym.get(name, ())
            if one.taxonomy == TAXONOMIES[treaty] and one.iri not in animal.concepts
        ][:1]
    return [AppendixHolding(UNKNOWN_APPENDIX, None, certain=False, whole=False, named=name) for name in names]


def _list_known_lineage(reading: TaxonomySnapshot, iri: str) -> list[str]:
    return [one for one in reading.taxa.lineage(iri) if one in reading.taxa.concepts]


def _find_holdings(
    basis: ListingBasis,
    animal: Animal,
    treaty: str,
    concepts: Iterable[ConceptCounterpart],
    on: date,
    place: _Place | None,
) -> list[AppendixHolding]:
    """Return the listings of an animal and, of a country, those of its parts that may live there.

    In a country a listing is certain only if its Appendix certainly applies by the rules of the legal status.
    """
    found: list[AppendixHolding] = []
    combined = []
    lives = {one: _occurs_in(basis, animal, one, on, place) for one in concepts}
    for one in [one for one in lives if lives[one] is not False] or lives:
        own = _make_holdings(basis, animal, one.concept, on, place, partly=one.relation in WIDER)
        certain, possible = _get_appendices(treaty, own)
        found += own
        parts = []
        for child in basis.reading.taxa.below(one.concept.iri):
            if child.valid.holds(on) is False:
                continue
            these = _make_holdings(basis, animal, child, on, place, partly=True, own_only=True)
            there = _occurs_below(basis, child, one.concept, on, place) if place and these else None
            if there is not False:
                found += these
                parts.append(PartListing(there, *_get_appendices(treaty, these)))
        is_part = one.relation in PARTS
        combined.append((lives[one], combine_parts({*certain}, {*possible}, parts, is_part=is_part, in_place=True)))
    if place is None:
        return found
    sure = combine_concepts(combined)[0]
    return [replace(one, certain=one.certain and _get_appendix(treaty, one.number) in sure) for one in found]


def _make_holdings(
    basis: ListingBasis,
    animal: Animal,
    concept: TaxonConcept,
    on: date,
    place: _Place | None,
    *,
    partly: bool,
    own_only: bool = False,
) -> list[AppendixHolding]:
    """Return the listings of a concept, or those in its own name, that do or may cover populations of the country."""
    scopes = place.scopes if place else None
    return [
        _make_holding(
            basis,
            animal,
            concept,
            one,
            partly,
            covered and (place is not None or own_only or _covers_some(basis, one)),
            in_country=place is not None,
        )
        for one in basis.table.in_force(concept.iri, on)
        if not (own_only and one.via is not None) and (covered := basis.table.covers(one, scopes)) is not False
    ]


def _occurs_in(
    basis: ListingBasis, animal: Animal, one: ConceptCounterpart, on: date, place: _Place | None
) -> bool | None:
    """Return whether a counterpart occurs in the country, by the rules of the legal status; None if unknown."""
    if place is None or one.relation not in WIDER:
        return True
    recorded = basis.ranges.holds(one.concept.iri, place.iri)
    if not recorded or not is_narrowed(one):
        return recorded
    below = (
        child
        for child in basis.reading.taxa.below(one.concept.iri)
        if child.valid.holds(on) is not False
        and _make_holdings(basis, animal, child, on, place, partly=True, own_only=True)
    )
    return True if any(_occurs_below(basis, child, one.concept, on, place) for child in below) else None


def _occurs_below(
    basis: ListingBasis, child: TaxonConcept, above: TaxonConcept, on: date, place: _Place
) -> bool | None:
    named = any(one.iri in place.scopes.named for one in basis.table.in_force(child.iri, on) if one.via is None)
    return True if named else basis.ranges.holds_below(child.iri, above.iri, place.iri)


def _get_appendices(treaty: str, holdings: Iterable[AppendixHolding]) -> tuple[frozenset[str], frozenset[str]]:
    """Return the IRIs of the Appendices of certain listings, and those of the others."""
    by_certainty: dict[bool, set[str]] = {True: set(), False: set()}
    for one in holdings:
        by_certainty[one.certain].add(_get_appendix(treaty, one.number))
    return frozenset(by_certainty[True]), frozenset(by_certainty[False] - by_certainty[True])


def _get_appendix(treaty: str, number: str) -> str:
    return f"{ID}appendix/{treaty}-{number.casefold()}"


def _covers_some(basis: ListingBasis, period: PeriodRow) -> bool:
    return basis.table.reaches(period, basis.ranges.by_taxon.get(period.taxon))


def _make_holding(
    basis: ListingBasis,
    animal: Animal,
    concept: TaxonConcept,
    period: PeriodRow,
    partly: bool,
    covered: bool | None,
    *,
    in_country: bool,
) -> AppendixHolding:
    via = basis.reading.taxa.concepts.get(period.via or "")
    named = via.name if via else concept.name
    return AppendixHolding(
        period.number,
        basis.table.since(period) if period.certain else period.start,
        period.certain and covered is True,
        (period.whole or (in_country and covered is True)) and not partly,
        named if named != animal.concept.name else None,
        period.evidence,
    )


def _find_state(
    concepts: Iterable[ConceptCounterpart], holdings: Iterable[AppendixHolding], outlook: Outlook, on: date
) -> State:
    certain = {one.number for one in holdings if one.certain}
    possible = {one.number for one in holdings} - certain
    found = [one.concept for one in concepts]
    higher = all(one.is_above_species for one in found)
    recognized = [one.valid.holds(on) is not False for one in found]
    return find_state(recognized, certain, possible, outlook, is_above_species=higher)
