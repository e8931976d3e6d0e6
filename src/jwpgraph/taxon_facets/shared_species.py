"""Species listed by both treaties, with their Appendices on a day."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date

from jwpgraph.entities.app_context import AppContext
from jwpgraph.taxon_facets.daily_appendices import get_appendices_on
from jwpgraph.taxon_facets.taxonomy_cache import get_pairing_taxonomy, is_small_taxonomy
from jwpgraph.taxonomy.concepts import CITES_TAXONOMY, CMS_TAXONOMY, TaxonConcept
from jwpgraph.taxonomy.relations import Rcc5Relation
from jwpgraph.taxonomy.shared_taxa import SPECIES_RANKS
from jwpgraph.taxonomy.snapshot import TaxonomySnapshot
from jwpgraph.taxonomy.treaty_status import CITES_I, CITES_II, CITES_III, CMS_I, CMS_II

#: IRIs of the Appendices of each treaty by number.
APPENDICES: dict[str, dict[str, str]] = {
    "cms": {"I": CMS_I, "II": CMS_II},
    "cites": {"I": CITES_I, "II": CITES_II, "III": CITES_III},
}
_CACHE_NAME = "shared species"
#: A CITES concept, a CMS concept, and their recorded relation.
ConceptPair = tuple[TaxonConcept, TaxonConcept, Rcc5Relation | None]


@dataclass(frozen=True, slots=True)
class SharedSpecies:
    """A species of both taxonomies.

    Attributes:
        cites: the CITES concept.
        cms: the CMS concept.
        relation: the recorded relation, if any.
        appendices: numbers of the Appendices in force, by treaty.
    """

    cites: TaxonConcept
    cms: TaxonConcept
    relation: Rcc5Relation | None
    appendices: Mapping[str, tuple[str, ...]]

    def among(self, wanted: Mapping[str, str]) -> bool:
        """Return whether the Appendices named in *wanted* by treaty list it."""
        return all(number in self.appendices[treaty] for treaty, number in wanted.items())


@dataclass(frozen=True, slots=True)
class SharedSpeciesOnDay:
    """The shared species on a day.

    Attributes:
        on: the day.
        species: the species in the order of their names.
    """

    on: date
    species: tuple[SharedSpecies, ...]

    def count(self, **wanted: str) -> int:
        """Count the species that the Appendices named in *wanted* by treaty list.

        A species that one taxonomy splits counts once for each part.
        """
        return sum(one.among(wanted) for one in self.species)


async def get_shared_species(site: AppContext, on: date) -> SharedSpeciesOnDay:
    """Return the species listed by both treaties on the day *on*; of a large release in parts."""

    async def read() -> SharedSpeciesOnDay:
        reading = await get_pairing_taxonomy(site)
        appendices = await get_appendices_on(site, on)
        pairs = await asyncio.to_thread(pair_concepts, reading)
        numbers = {iri: tuple(number for _, number in found) for iri, found in appendices.items()}
        return SharedSpeciesOnDay(on, _list_shared(pairs, numbers))

    return await site.once_per_day(_CACHE_NAME, on, read)


async def is_ready(site: AppContext, on: date) -> bool:
    """Return whether the result is cached or quick to compute."""
    return site.has_of_day(_CACHE_NAME, on) or await is_small_taxonomy(site)


def _list_shared(found: Iterable[ConceptPair], numbers: Mapping[str, tuple[str, ...]]) -> tuple[SharedSpecies, ...]:
    species = [
        SharedSpecies(cites, cms, relation, {"cites": numbers[cites.iri], "cms": numbers[cms.iri]})
        for cites, cms, relation in found
        if cites.iri in numbers and cms.iri in numbers
    ]
    return tuple(sorted(species, key=lambda one: (one.cites.name, one.cms.name)))


def pair_concepts(reading: TaxonomySnapshot) -> list[ConceptPair]:
    """Return pairs of CITES and CMS concepts that are aligned or have the same name."""
    concepts = reading.taxa.concepts
    pairs: dict[tuple[str, str], Rcc5Relation | None] = {}
    by_name = {one.name: one.iri for one in reading.taxa.of(CMS_TAXONOMY)}
    for one in reading.taxa.of(CITES_TAXONOMY):
        if one.name in by_name:
            pairs[one.iri, by_name[one.name]] = None
    for alignment in reading.alignments.items:
        ends = {concepts[iri].taxonomy: iri for iri in (alignment.subject, alignment.object) if iri in concepts}
        if alignment.relation is not Rcc5Relation.DISJOINT and CITES_TAXONOMY in ends and CMS_TAXONOMY in ends:
            relation, _ = alignment.seen_from(ends[CITES_TAXONOMY])
            pairs[ends[CITES_TAXONOMY], ends[CMS_TAXONOMY]] = relation
    return [
        (concepts[cites], concepts[cms], relation)
        for (cites, cms), relation in pairs.items()
        if concepts[cites].rank in SPECIES_RANKS and concepts[cms].rank in SPECIES_RANKS
    ]
