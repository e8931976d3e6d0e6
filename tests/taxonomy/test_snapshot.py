"""Snapshots of a part of the taxonomy: what is read about one concept gives what the whole gives."""

from __future__ import annotations

import asyncio
from datetime import date

import pyoxigraph as ox
import pytest
from tests.conftest import StoreQueries

from jwpgraph.answers.animals import get_animal
from jwpgraph.taxonomy.animal_status import compute_animal_status, list_ranged_concepts
from jwpgraph.taxonomy.listing_events import CITES, CMS
from jwpgraph.taxonomy.shared_taxa import read_shared_taxa, read_validity
from jwpgraph.taxonomy.snapshot import TaxonomySnapshot, read_about, read_all, read_counterparts
from jwpgraph.taxonomy.status import compute_periods, compute_statuses, find_counterparts, list_events
from jwpgraph.vocabulary import ID

_DAYS = (date(1980, 1, 1), date(2005, 6, 1), date(2016, 6, 1), date(2026, 6, 1))
#: A subspecies below a species of the other treaty; species of one name without an alignment; listed descendants below
#: a genus that is not listed; concepts of one time only.
_SPECIAL = (
    "cites/ursus-arctos-nelsoni",
    "cms/gypaetus-barbatus",
    "cms/anous",
    "cites/mobulidae",
    "cms/ursidae",
    "cites/ovis-hodgsoni",
    "cites/ovis-ammon",
    "cms/ovis-ammon",
    "cites/loxodonta-cyclotis",
)
_EVERY = 120


@pytest.fixture(scope="module")
def whole(shipped_store: ox.Store) -> TaxonomySnapshot:
    return asyncio.run(read_all(StoreQueries(shipped_store)))


def tell(reading: TaxonomySnapshot, iri: str) -> list[str]:
    """Everything that is computed from a snapshot about one concept."""
    told = [repr(list_events(reading, iri)), *(repr(compute_periods(reading, iri, treaty)) for treaty in (CITES, CMS))]
    for on in _DAYS:
        told += [repr(find_counterparts(reading, iri, on)), repr(compute_statuses(reading, iri, on))]
        # The page of an animal tells of all its concepts.
        for concept in sorted(get_animal(reading, iri, on).concepts):
            told += [
                repr(compute_animal_status(reading, concept, on)),
                repr(list_ranged_concepts(reading, concept, on)),
            ]
    return told


def test_a_part_of_the_taxonomy_tells_what_the_whole_tells(queries: StoreQueries, whole: TaxonomySnapshot) -> None:
    taxa = [*(f"{ID}taxon/{name}" for name in _SPECIAL), *sorted(whole.taxa.concepts)[::_EVERY]]
    assert whole.taxa.concepts.keys() >= set(taxa)
    different = [iri for iri in taxa if tell(asyncio.run(read_about(queries, [iri])), iri) != tell(whole, iri)]
    assert different == []


def test_counterparts_alone_give_the_animals_of_the_whole(queries: StoreQueries, whole: TaxonomySnapshot) -> None:
    taxa = [*(f"{ID}taxon/{name}" for name in _SPECIAL), *sorted(whole.taxa.concepts)[:: _EVERY // 8]]
    part = asyncio.run(read_counterparts(queries, taxa))
    assert part.events == ()
    assert len(part.taxa.concepts) < len(whole.taxa.concepts)
    for on in _DAYS:
        assert [get_animal(part, iri, on) for iri in taxa] == [get_animal(whole, iri, on) for iri in taxa]
    alone = {iri: asyncio.run(read_counterparts(queries, [iri])) for iri in taxa[::4]}
    for iri, reading in alone.items():
        assert get_animal(reading, iri, _DAYS[-1]) == get_animal(whole, iri, _DAYS[-1])


@pytest.mark.parametrize("group", ["cms/manta", "cms/gazella", "cites/felidae", "cms/columbidae"])
def test_it_tells_of_the_animals_below_a_group(group: str, queries: StoreQueries, whole: TaxonomySnapshot) -> None:
    iri = f"{ID}taxon/{group}"
    reading = asyncio.run(read_about(queries, [iri]))
    below = sorted(one.iri for one in whole.taxa.below(iri))
    assert below
    assert [one for one in below if tell(reading, one) != tell(whole, one)] == []


def test_several_concepts_are_read_at_once(queries: StoreQueries, whole: TaxonomySnapshot) -> None:
    taxa = [f"{ID}taxon/{name}" for name in _SPECIAL[::2]]
    reading = asyncio.run(read_about(queries, taxa))
    assert [tell(reading, iri) for iri in taxa] == [tell(whole, iri) for iri in taxa]


async def read_shared(queries: StoreQueries) -> TaxonomySnapshot:
    return await read_shared_taxa(queries, await read_validity(queries))


@pytest.mark.parametrize("on", _DAYS)
def test_what_both_taxonomies_have_makes_the_same_animals(
    on: date, queries: StoreQueries, whole: TaxonomySnapshot
) -> None:
    shared = asyncio.run(read_shared(queries))

    def concepts(reading: TaxonomySnapshot) -> dict[str, tuple[str, frozenset[str]]]:
        animals = {iri: get_animal(reading, iri, on) for iri in reading.taxa.concepts}
        return {iri: (one.iri, one.concepts) for iri, one in animals.items() if len(one.concepts) > 1}

    assert concepts(shared) == concepts(whole)
