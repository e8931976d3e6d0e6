"""Animals: groups of concepts of the two taxonomies that stand for the same animal."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date
from typing import Final

from jwpgraph.entities.app_context import AppContext
from jwpgraph.entities.entity_index import list_similar
from jwpgraph.entities.entity_types import BY_SEGMENT
from jwpgraph.entities.withdrawals import read_given_up
from jwpgraph.problems import ProblemError, explain
from jwpgraph.taxon_facets.taxonomy_cache import get_concepts, get_taxonomy_about
from jwpgraph.taxonomy.concepts import CITES_TAXONOMY, TaxonConcept
from jwpgraph.taxonomy.relations import Rcc5Relation
from jwpgraph.taxonomy.shared_taxa import SPECIES_RANKS
from jwpgraph.taxonomy.snapshot import TaxonomySnapshot
from jwpgraph.taxonomy.status import find_counterparts
from jwpgraph.vocabulary import ID

_TAXONOMIES: Final = ("cites", "cms")
_SAME: Final = (None, Rcc5Relation.CONGRUENT)


@dataclass(frozen=True, slots=True)
class Animal:
    """An animal.

    Attributes:
        concept: the main concept, from which the status is computed: the CITES concept if both are congruent, else the
            CMS concept, because CMS lists populations and wider species.
        concepts: IRIs of all its concepts.
        common_name: a common name in English.
    """

    concept: TaxonConcept
    concepts: frozenset[str]
    common_name: str | None = None

    @property
    def iri(self) -> str:
        """IRI of the main concept."""
        return self.concept.iri

    @property
    def slug(self) -> str:
        """The slug in URLs."""
        return self.iri.rpartition("/")[2]


async def find_animal(site: AppContext, slug: str) -> tuple[TaxonomySnapshot, str]:
    """Return a snapshot about the taxon with that slug in either taxonomy, and its IRI.

    A former slug gives the taxon that replaced it.

    Raises:
        ProblemError: ``not-found`` (404).
    """
    given_up = await read_given_up(site)
    former = [f"{ID}taxon/{taxonomy}/{slug}" for taxonomy in _TAXONOMIES]
    wanted = [given_up.get(iri) or iri for iri in former]
    concepts = await get_concepts(site, wanted)
    for iri in wanted:
        if iri in concepts:
            reading = await get_taxonomy_about(site, iri)
            if iri in reading.taxa.concepts:
                return reading, iri
    similar = await list_similar(site, BY_SEGMENT["taxon"], slug)
    raise ProblemError(
        "not-found",
        "There is no such animal",
        explain("No animal of this graph has the page “%(name)s”.", name=slug[:80]),
        status=404,
        near=[{"id": node.iri, "label": node.name} for node in similar],
    )


def get_animal(reading: TaxonomySnapshot, iri: str, on: date) -> Animal:
    """Return the animal of the concept *iri* on a day."""
    concept = reading.taxa.concepts[iri]
    same = [concept]
    whole = True
    for one in find_counterparts(reading, iri, on):
        if one.concept.iri == iri or one.relation is Rcc5Relation.DISJOINT:
            continue
        if one.relation in _SAME:
            same.append(one.concept)
        elif one.concept.name == concept.name and one.through is None:
            same.append(one.concept)
            whole = False
    ordered = sorted(same, key=lambda one: ((one.taxonomy == CITES_TAXONOMY) is not whole, one.iri))
    scientific = {one.name for one in same}
    common = (one.common_name for one in ordered if one.common_name and one.common_name not in scientific)
    return Animal(ordered[0], frozenset(one.iri for one in same), next(common, None))


def is_animal(concept: TaxonConcept) -> bool:
    """Return whether a concept is a species or has a lower rank."""
    return concept.rank in SPECIES_RANKS


def list_animals(reading: TaxonomySnapshot, taxa: Iterable[str], on: date) -> list[Animal]:
    """Return the distinct animals of some concepts, in the order of their names.

    Subspecies whose species is included are left out, and so are concepts not recognized on the day if others are.
    """
    concepts = [reading.taxa.concepts[iri] for iri in taxa if iri in reading.taxa.concepts]
    recognized = [one for one in concepts if one.valid.holds(on) is not False] or concepts
    found: dict[str, Animal] = {}
    for concept in recognized:
        animal = get_animal(reading, concept.iri, on)
        found.setdefault(animal.iri, animal)
    taken = {iri for animal in found.values() for iri in animal.concepts}
    species = [animal for animal in found.values() if not _has_species(reading, animal, taken, on)]
    return sorted(species, key=lambda one: (one.concept.name, one.iri))


def _has_species(reading: TaxonomySnapshot, animal: Animal, taken: Collection[str], on: date) -> bool:
    """Return whether the species of a subspecies, in either taxonomy, is among the concepts *taken*."""
    if all(reading.taxa.concepts[iri].rank == "species" for iri in animal.concepts):
        return False
    above = {above for iri in animal.concepts for above in reading.taxa.lineage(iri)[1:]}
    above |= {
        one.concept.iri
        for iri in animal.concepts
        for one in find_counterparts(reading, iri, on)
        if one.relation is Rcc5Relation.IS_INCLUDED_IN and one.concept.rank == "species"
    }
    return not above.isdisjoint(taken)


def list_below(reading: TaxonomySnapshot, groups: Iterable[str], on: date) -> list[Animal]:
    """Return the animals below taxa of higher ranks."""
    below = {one.iri for group in groups for one in reading.taxa.below(group) if is_animal(one)}
    return list_animals(reading, below, on)
