"""The listed taxa recorded from a country, with the Appendices that apply there on a day, from listing periods."""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Final

from jwpgraph.answers.animals import Animal
from jwpgraph.answers.listed_animals import TreatySide, get_listed_animals
from jwpgraph.answers.listing_basis import get_listing_taxonomy
from jwpgraph.entities.app_context import AppContext
from jwpgraph.entities.iri_mapping import quote_iri
from jwpgraph.taxon_facets.appendices import TREATIES
from jwpgraph.taxon_facets.period_table import PeriodRow, PeriodTable, PlaceScopes, get_period_table, get_place_scopes
from jwpgraph.taxonomy.concepts import CITES_TAXONOMY, TaxonConcept
from jwpgraph.taxonomy.snapshot import CountryPresence, TaxonomySnapshot, read_presence, read_taxa
from jwpgraph.taxonomy.status import TREATY_OF, compute_concept_status
from jwpgraph.vocabulary import ID, PREFIX_LINES

_RESERVATION: Final = f"{ID}listing-change-type/reservation"


@dataclass(frozen=True, slots=True)
class RecordedTaxon:
    """A listed taxon recorded from a country.

    Attributes:
        concept: the taxon.
        treaty: IRI of the treaty.
        appendices: numbers of the Appendices that certainly list it.
        possible: numbers of the other Appendices, which may list it.
        inherited: whether it is listed through higher taxa only.
        reserved: whether a reservation releases the country from the listing; None if that is not certain.
        presence: how it is recorded.
    """

    concept: TaxonConcept
    treaty: str
    appendices: list[str]
    possible: list[str]
    inherited: bool
    reserved: bool | None
    presence: CountryPresence


@dataclass(frozen=True, slots=True)
class _Listings:
    """The data from which the listings of a country's taxa on a day are determined."""

    on: date
    table: PeriodTable
    scopes: PlaceScopes
    sides: Mapping[str, Mapping[str, TreatySide]]
    reserved: Mapping[str, bool | None]


async def list_country_taxa(site: AppContext, country: str, on: date) -> list[RecordedTaxon]:
    """Return the taxa recorded from a country that a treaty lists or may list there, in the order of their IRIs.

    Args:
        site: the application context.
        country: IRI of the country.
        on: the day.
    """
    reading = await get_listing_taxonomy(site)
    present = await read_presence(site.queries, country, reading)
    animals = await get_listed_animals(site, on, country, present.keys())
    listings = _Listings(
        on,
        await get_period_table(site),
        await get_place_scopes(site, country),
        {iri: one.sides for one in animals for iri in _list_congruent(one.animal)},
        await _find_reserved(site, reading, country, present, on),
    )
    return await asyncio.to_thread(_make_taxa, reading, present, listings)


def _list_congruent(animal: Animal) -> Collection[str]:
    """Return the IRIs of the concepts with the status of the animal; another of its name may be wider or narrower."""
    return animal.concepts if animal.concept.taxonomy == CITES_TAXONOMY else (animal.iri,)


def _make_taxa(
    reading: TaxonomySnapshot, present: Mapping[str, CountryPresence], listings: _Listings
) -> list[RecordedTaxon]:
    found = []
    for iri, presence in sorted(present.items()):
        concept = reading.taxa.concepts.get(iri)
        treaty = TREATY_OF.get(concept.taxonomy) if concept else None
        if concept is None or treaty is None or concept.valid.holds(listings.on) is False:
            continue
        covering = [
            (one, covered)
            for one in listings.table.in_force(iri, listings.on)
            if (covered := listings.table.covers(one, listings.scopes)) is not False
        ]
        if covering:
            inherited = all(one.via is not None for one, _ in covering)
            # The animal's Appendices; those of a subspecies that the list of animals leaves out are its own.
            side = listings.sides.get(iri, {}).get(TREATIES[treaty])
            sure, maybe = (
                (side.numbers, side.possible_numbers) if side and side.holdings else _list_own_appendices(covering)
            )
            found.append(
                RecordedTaxon(concept, treaty, sure, maybe, inherited, listings.reserved.get(iri, False), presence)
            )
    return found


def _list_own_appendices(covering: Collection[tuple[PeriodRow, bool | None]]) -> tuple[list[str], list[str]]:
    certain = {one.number for one, covered in covering if one.certain and covered is True}
    return sorted(certain), sorted({one.number for one, _ in covering} - certain)


async def _find_reserved(
    site: AppContext, reading: TaxonomySnapshot, country: str, present: Collection[str], on: date
) -> dict[str, bool | None]:
    """Return, by IRI of the taxa among *present* that reservations of the country concern, whether one is in force."""
    rows = await site.queries.select(
        f"{PREFIX_LINES}SELECT DISTINCT ?taxon WHERE {{ ?event jwp:party|jwp:onBehalfOf {quote_iri(country)} ; "
        f"jwp:changeType <{_RESERVATION}> ; jwp:listedTaxon ?taxon }}"
    )
    concerned = {row["taxon"].value for row in rows}
    candidates = [iri for iri in present if not concerned.isdisjoint(reading.taxa.lineage(iri))]
    if not candidates:
        return {}
    lineages = {above for iri in candidates for above in reading.taxa.lineage(iri)}
    events = await read_taxa(site.queries, lineages)

    def decide() -> dict[str, bool | None]:
        return {iri: _is_reserved(events, iri, country, on) for iri in candidates}

    return await asyncio.to_thread(decide)


def _is_reserved(reading: TaxonomySnapshot, iri: str, country: str, on: date) -> bool | None:
    concept = reading.taxa.concepts.get(iri)
    treaty = TREATY_OF.get(concept.taxonomy) if concept else None
    if treaty is None:
        return False
    reservations = compute_concept_status(reading, iri, treaty, on).reservations
    certain = [one.certain for one in reservations if one.released == country]
    return any(certain) or (None if certain else False)
