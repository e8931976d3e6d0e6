"""Interfaces that compute a legal status in different ways give the same: one animal, one day, one country.

The status of a taxon is a replay of its listing events, lists of animals are made from listing periods. All animals of
the shipped data are compared.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from datetime import date

import pytest

from jwpgraph.answers.animals import is_animal
from jwpgraph.answers.listed_animals import get_listed_animals
from jwpgraph.entities.app_context import AppContext
from jwpgraph.taxon_facets.appendices import get_appendix_number
from jwpgraph.taxon_facets.taxonomy_cache import get_whole_taxonomy
from jwpgraph.taxonomy.animal_status import AnimalTreatyStatus, compute_animal_status, list_ranged_concepts
from jwpgraph.taxonomy.ranges import Ranges, read_ranges
from jwpgraph.taxonomy.snapshot import TaxonomySnapshot
from jwpgraph.vocabulary import ID

#: Days in different periods of the listings, each with countries of species with several listings.
_PLACES = {
    date(1985, 1, 1): ("MX", "ZA", "IN"),
    date(1992, 7, 1): ("RU", "AU", "PE"),
    date(2018, 6, 1): ("MN", "KE", "BR"),
    date(2026, 10, 1): ("CN", "FR", "US"),
}
_CASES = [(on, code) for on, codes in _PLACES.items() for code in (*codes, None)]


@pytest.fixture(scope="module")
def runner() -> Iterator[asyncio.Runner]:
    with asyncio.Runner() as runner:
        yield runner


@pytest.fixture(scope="module")
def whole(runner: asyncio.Runner, lasting_site: AppContext) -> tuple[TaxonomySnapshot, dict[date, Ranges]]:
    """All taxa, and the ranges on which the status of the days depends."""

    async def read() -> tuple[TaxonomySnapshot, dict[date, Ranges]]:
        reading = await get_whole_taxonomy(lasting_site)
        ranges = {}
        for on in _PLACES:
            wanted = {one for iri in _list_animals(reading) for one in list_ranged_concepts(reading, iri, on)}
            ranges[on] = await read_ranges(lasting_site.queries, reading, sorted(wanted))
        return reading, ranges

    return runner.run(read())


def _list_animals(reading: TaxonomySnapshot) -> list[str]:
    return [one.iri for one in reading.taxa if is_animal(one)]


def _shorten(found: list[AnimalTreatyStatus]) -> dict[str, tuple[list[str], list[str]]]:
    return {
        one.treaty.rpartition("/")[2]: (
            [get_appendix_number(iri) for iri in one.certain],
            [get_appendix_number(iri) for iri in one.possible],
        )
        for one in found
    }


@pytest.mark.parametrize(("on", "code"), _CASES, ids=[f"{on}-{code}" for on, code in _CASES])
def test_a_list_has_the_status_of_each_animal(runner, lasting_site, whole, on, code):
    reading, ranges = whole
    place = f"{ID}country/{code}" if code else None
    differing = []
    for one in runner.run(get_listed_animals(lasting_site, on, place)):
        expected = _shorten(compute_animal_status(reading, one.animal.iri, on, place, ranges[on]))
        for treaty, side in one.sides.items():
            possible = [number for number in side.possible_numbers if number != "?"]
            if code is None and not expected[treaty][0]:
                continue  # lists include animals of which only a part is listed; their own status is open
            if (side.numbers, possible) != expected[treaty]:
                differing.append((one.animal.slug, treaty, side.numbers, possible, expected[treaty]))
    assert differing == []
