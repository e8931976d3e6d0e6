"""Data for the status of all animals of a release: taxa, listing periods, horizons and ranges.

They are read once for each release; those that depend on the day are computed once for each day.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Final

from jwpgraph.answers.animals import Animal, is_animal, list_animals
from jwpgraph.entities.app_context import AppContext
from jwpgraph.taxon_facets.horizon_cache import get_horizons
from jwpgraph.taxon_facets.period_table import PeriodTable, get_period_table
from jwpgraph.taxon_facets.taxonomy_cache import (
    get_pairing_taxonomy,
    get_validity,
    get_whole_taxonomy,
    is_small_taxonomy,
)
from jwpgraph.taxonomy.concepts import CITES_TAXONOMY, CMS_TAXONOMY, TaxonConcept, get_rank_slug, index_taxa
from jwpgraph.taxonomy.dates import ALWAYS
from jwpgraph.taxonomy.horizon import Horizons
from jwpgraph.taxonomy.ranges import Ranges, read_ranges
from jwpgraph.taxonomy.relations import Rcc5Relation
from jwpgraph.taxonomy.snapshot import TaxonomySnapshot
from jwpgraph.vocabulary import PREFIX_LINES

TAXONOMIES: Final = {"cms": CMS_TAXONOMY, "cites": CITES_TAXONOMY}
#: Relations with which a concept has parts that the other concept does not have.
_PARTIAL: Final = frozenset({Rcc5Relation.INCLUDES, Rcc5Relation.IS_INCLUDED_IN, Rcc5Relation.OVERLAPS})
_CONCEPTS: Final = f"""{PREFIX_LINES}
SELECT ?s ?taxonomy ?name ?rank ?parent ?label WHERE {{
  ?s a jwp:TaxonConcept ; tcs:accordingTo ?taxonomy ; gbif:canonicalName ?name .
  OPTIONAL {{ ?s jwp:rank ?rank }} OPTIONAL {{ ?s tcs:parentTaxonConcept ?parent }}
  OPTIONAL {{ ?s skos:prefLabel ?label FILTER(LANG(?label) = "en") }}
}}"""
_SYNONYMS: Final = f"""{PREFIX_LINES}
SELECT ?s ?name WHERE {{
  ?s a jwp:TaxonConcept .
  {{ ?s tcs:synonym/skosxl:literalForm ?name }} UNION {{ ?s skos:altLabel ?name FILTER(LANG(?name) = "la") }}
}}"""
_CATEGORIES: Final = f"""{PREFIX_LINES}
SELECT ?taxon ?category ?year WHERE {{
  ?assessment a jwp:RedListAssessment ; jwp:preferred true ; jwp:ofTaxon ?taxon ; jwp:redListCategory ?category .
  OPTIONAL {{ ?assessment jwp:reportedIn ?year }}
}}"""


@dataclass(frozen=True)
class ListingBasis:
    """Data for the rows of any day.

    Attributes:
        reading: the taxa and alignments; of a large release without listing events.
        table: the listing periods.
        horizons: until when the listings of each treaty are complete.
        categories: slug of the Red List category and year of the report, by IRI of the taxon.
        by_synonym: the concepts by their synonyms.
        ranges: the ranges of taxa with partial listings.
    """

    reading: TaxonomySnapshot
    table: PeriodTable
    horizons: Horizons
    categories: Mapping[str, tuple[str, str]]
    by_synonym: Mapping[str, list[TaxonConcept]]
    ranges: Ranges


@dataclass(frozen=True)
class ListingDay:
    """Data for the rows of one day.

    Attributes:
        on: the day.
        animals: all animals in the order of their names.
        listed_names: names of the listed higher taxa by treaty; the graph does not contain all species of some.
    """

    on: date
    animals: list[Animal]
    listed_names: Mapping[str, set[str]]


async def get_day(site: AppContext, basis: ListingBasis, on: date) -> ListingDay:
    """Return the data for the rows of the day *on*."""
    return await site.once_per_day("animals of a day", on, lambda: asyncio.to_thread(_make_day, basis, on))


def _make_day(basis: ListingBasis, on: date) -> ListingDay:
    reading = basis.reading
    species = [one.iri for one in reading.taxa if is_animal(one)]
    listed_names = {
        treaty: {
            concept.name
            for iri in basis.table.by_taxon
            if (concept := reading.taxa.concepts.get(iri))
            and concept.taxonomy == taxonomy
            and not is_animal(concept)
            and any(one.certain for one in basis.table.in_force(iri, on))
        }
        for treaty, taxonomy in TAXONOMIES.items()
    }
    return ListingDay(on, list_animals(reading, species, on), listed_names)


async def get_listing_taxonomy(site: AppContext) -> TaxonomySnapshot:
    """Return a snapshot with concepts and alignments of the current release; of a large release without events."""
    return (await get_basis(site)).reading


async def get_basis(site: AppContext) -> ListingBasis:
    """Return the data for the rows of any day, of the current release."""

    async def read() -> ListingBasis:
        table = await get_period_table(site)
        rows = await site.queries.select(_CATEGORIES)
        categories = {
            row["taxon"].value: (
                row["category"].value.rpartition("/")[2],
                row["year"].value if "year" in row else "",
            )
            for row in rows
        }
        reading = await _read_taxonomy(site)
        limited = sorted(
            taxon for taxon, periods in table.by_taxon.items() if any(one.is_limited_by_inheritance for one in periods)
        )
        ranges = await read_ranges(site.queries, reading, sorted({*limited, *_list_parts(reading, table)}))
        return ListingBasis(reading, table, await get_horizons(site), categories, _index_synonyms(reading), ranges)

    return await site.once_per_release("basis of listed animals", read)


def _list_parts(reading: TaxonomySnapshot, table: PeriodTable) -> set[str]:
    """Return the IRIs of the listed taxa that may be a part of an animal or wider than it, and of those above them."""
    aligned = {
        iri
        for one in reading.alignments
        if one.relation in _PARTIAL
        for iri in (one.subject, one.object)
        if iri in reading.taxa.concepts
    }
    parts = {one.iri for one in reading.taxa if is_animal(one) and (one.iri in aligned or one.rank != "species")}
    listed = {iri for iri in parts if iri in table.by_taxon}
    return {*listed, *(above for iri in listed if (above := reading.taxa.concepts[iri].parent))}


def _index_synonyms(reading: TaxonomySnapshot) -> dict[str, list[TaxonConcept]]:
    found: dict[str, list[TaxonConcept]] = {}
    for concept in reading.taxa:
        for name in sorted({parsed.canonical for parsed in concept.parsed_synonyms}):
            found.setdefault(name, []).append(concept)
    return found


async def _read_taxonomy(site: AppContext) -> TaxonomySnapshot:
    if await is_small_taxonomy(site):
        return await get_whole_taxonomy(site)
    alignments = (await get_pairing_taxonomy(site)).alignments
    validity = await get_validity(site)
    synonyms: dict[str, set[str]] = {}
    for row in await site.queries.select(_SYNONYMS):
        synonyms.setdefault(row["s"].value, set()).add(row["name"].value)
    concepts = {}
    for row in await site.queries.select(_CONCEPTS):
        iri = row["s"].value
        concepts[iri] = TaxonConcept(
            iri,
            row["taxonomy"].value,
            row["name"].value,
            rank=get_rank_slug(row["rank"].value if "rank" in row else None),
            parent=row["parent"].value if "parent" in row else None,
            synonyms=tuple(sorted(synonyms.get(iri, ()))),
            common_name=row["label"].value if "label" in row else None,
            valid=validity.get(iri, ALWAYS),
        )
    return TaxonomySnapshot(index_taxa(concepts.values()), (), alignments)
