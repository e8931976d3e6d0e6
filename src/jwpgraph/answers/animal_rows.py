"""Merging of search hits that stand for the same animal."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Mapping, Sequence, Set
from dataclasses import replace
from datetime import date
from typing import Final

from jwpgraph.answers.animals import get_animal
from jwpgraph.answers.listed_animals import get_listed_animals
from jwpgraph.entities.app_context import AppContext
from jwpgraph.entities.search import SearchHit
from jwpgraph.taxon_facets.facets import FacetValues
from jwpgraph.taxon_facets.taxonomy_cache import get_pairing_taxonomy, is_read_apart
from jwpgraph.taxonomy.concepts import TaxonConcept, index_taxa
from jwpgraph.taxonomy.snapshot import TaxonomySnapshot, read_counterparts

_JOINED: Final = "concepts of animals"


async def join_animals(site: AppContext, hits: Sequence[SearchHit], on: date) -> list[SearchHit]:
    """Return *hits* with one hit per animal, at the position of its first one; other concepts are in its ``also``.

    Args:
        site: the application context.
        hits: search hits, best first.
        on: the day on which concepts are compared.
    """
    animals = await _get_joined_among(site, {hit.iri for hit in hits if hit.kind.segment == "taxon"}, on)
    found: dict[str, SearchHit] = {}
    for hit in hits:
        animal = animals.get(hit.iri)
        if animal is None:
            found.setdefault(hit.iri, hit)
        elif animal[0] not in found:
            found[animal[0]] = replace(hit, iri=animal[0], also=animal[1:])
    return list(found.values())


async def join_values(
    site: AppContext, hits: Iterable[SearchHit], values: Mapping[str, FacetValues], on: date
) -> Mapping[str, FacetValues]:
    """Return facet values in which each of *hits* has the values of all its concepts.

    The Appendices of an animal are those of its legal status, as in the lists of animals.

    Args:
        site: the application context.
        hits: search hits.
        values: facet values by IRI of the entity; empty if the release is too large.
        on: the day of the Appendices.
    """
    if not values:
        return values
    rows = {iri: one for one in await get_listed_animals(site, on) for iri in one.animal.concepts}
    joined = {}
    for hit in hits:
        row = rows.get(hit.iri)
        if row is None and not hit.also:
            continue
        found = frozenset().union(*(values.get(iri, frozenset()) for iri in (hit.iri, *hit.also)))
        if row is not None:
            listed = ((treaty, number) for treaty, side in row.sides.items() for number in side.numbers)
            found = frozenset(pair for pair in found if pair[0] != "appendix") | {
                ("appendix", f"{treaty}-{number}") for treaty, number in listed
            }
        joined[hit.iri] = found
    return {**values, **joined}


async def get_joined_concepts(site: AppContext, on: date) -> Mapping[str, tuple[str, ...]]:
    """Return the concepts of each animal with several concepts, the main one first, by IRI of each concept."""

    async def read() -> dict[str, tuple[str, ...]]:
        reading = await get_pairing_taxonomy(site)
        return await asyncio.to_thread(_list_animals, reading, reading.taxa, on)

    return await site.once_per_day(_JOINED, on, read)


async def _get_joined_among(site: AppContext, taxa: Set[str], on: date) -> Mapping[str, tuple[str, ...]]:
    """Return :func:`get_joined_concepts` at least for *taxa*; of a large release it reads only what concerns these."""
    if site.has_of_day(_JOINED, on) or not await is_read_apart(site, len(taxa)):
        return await get_joined_concepts(site, on)
    reading = await read_counterparts(site.queries, sorted(taxa)) if taxa else TaxonomySnapshot(index_taxa(()))
    return _list_animals(reading, (reading.taxa.concepts[iri] for iri in taxa if iri in reading.taxa.concepts), on)


def _list_animals(reading: TaxonomySnapshot, concepts: Iterable[TaxonConcept], on: date) -> dict[str, tuple[str, ...]]:
    found: dict[str, tuple[str, ...]] = {}
    for concept in concepts:
        animal = get_animal(reading, concept.iri, on)
        if len(animal.concepts) > 1 and found.keys().isdisjoint(animal.concepts):
            joined = (animal.iri, *sorted(animal.concepts - {animal.iri}))
            found |= dict.fromkeys(joined, joined)
    return found
