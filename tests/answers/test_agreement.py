"""Interfaces that compute a legal status in different ways give the same: one animal, one day, one country.

The status of a taxon is a replay of its listing events, lists of animals are made from listing periods. All animals of
the shipped data are compared.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from datetime import date

import pytest

from jwpgraph.answers.animal_rows import join_values
from jwpgraph.answers.animals import is_animal
from jwpgraph.answers.listed_animals import get_listed_animals
from jwpgraph.entities.app_context import AppContext
from jwpgraph.entities.entity_types import BY_SEGMENT
from jwpgraph.entities.search import SearchHit
from jwpgraph.taxon_facets.appendices import get_appendix_number
from jwpgraph.taxon_facets.daily_appendices import get_appendices_on
from jwpgraph.taxon_facets.facets import get_facet_values
from jwpgraph.taxon_facets.taxonomy_cache import get_whole_taxonomy
from jwpgraph.taxonomy.animal_status import AnimalTreatyStatus, compute_animal_status, list_ranged_concepts
from jwpgraph.taxonomy.horizon import State
from jwpgraph.taxonomy.ranges import Ranges, read_ranges
from jwpgraph.taxonomy.relations import Rcc5Relation
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


def _shorten(found: list[AnimalTreatyStatus]) -> dict[str, tuple[list[str], list[str], State]]:
    return {
        one.treaty.rpartition("/")[2]: (
            [get_appendix_number(iri) for iri in one.certain],
            [get_appendix_number(iri) for iri in one.possible],
            one.state,
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
            if code is None and side.numbers and not expected[treaty][0]:
                continue  # lists include animals of which only a part is listed; their own status is open
            told = side.numbers, side.possible_numbers, side.state
            if told != expected[treaty]:
                differing.append((one.animal.slug, treaty, told, expected[treaty]))
    assert differing == []


@pytest.mark.parametrize(("on", "code"), _CASES, ids=[f"{on}-{code}" for on, code in _CASES])
def test_congruent_concepts_have_one_status(whole, on, code):
    """The concepts of *Platanista gangetica*, of which CMS lists a subspecies only, differed without a country."""
    reading, ranges = whole
    place = f"{ID}country/{code}" if code else None
    pairs = [(one.subject, one.object) for one in reading.alignments.on(on) if one.relation is Rcc5Relation.CONGRUENT]
    assert len(pairs) > 400
    differing = []
    for pair in pairs:
        if {*pair} <= reading.taxa.concepts.keys():
            found = [_shorten(compute_animal_status(reading, iri, on, place, ranges[on])) for iri in pair]
            if found[0] != found[1]:
                differing.append((*pair, *found))
    assert differing == []


def test_nothing_is_not_listed_after_the_horizon(runner: asyncio.Runner, lasting_site: AppContext) -> None:
    """A deleted taxon may have been listed again: *Camelus bactrianus*, deleted in 1979, is not listed until 2017."""
    beyond = runner.run(get_listed_animals(lasting_site, date(2026, 10, 1)))
    told = {(one.animal.slug, treaty) for one in beyond for treaty, side in one.sides.items() if side.is_beyond}
    assert ("camelus-bactrianus", "cites") in told
    states = {side.state for one in beyond for side in one.sides.values() if side.is_beyond}
    assert states == {State.LISTED, State.UNKNOWN, State.NOT_IN_GRAPH}
    within = {one.animal.slug: one.sides for one in runner.run(get_listed_animals(lasting_site, date(2015, 1, 1)))}
    assert within["camelus-bactrianus"]["cites"].state is State.NOT_LISTED


@pytest.mark.parametrize("on", [date(2012, 6, 1), date(2026, 10, 1)])
def test_the_facets_of_a_search_have_the_appendices_of_the_list(
    runner: asyncio.Runner, lasting_site: AppContext, on: date
) -> None:
    async def compare() -> dict[str, tuple[set[str], set[str]]]:
        taxon = BY_SEGMENT["taxon"]
        rows = await get_listed_animals(lasting_site, on)
        hits = [SearchHit(one.animal.iri, taxon) for one in rows]
        values = await join_values(lasting_site, hits, await get_facet_values(lasting_site, on), on)
        found = {}
        for one in rows:
            listed = {f"{treaty}-{number}" for treaty, side in one.sides.items() for number in side.numbers}
            chosen = {value for facet, value in values[one.animal.iri] if facet == "appendix"}
            found[one.animal.concept.name] = listed, chosen
        return found

    found = runner.run(compare())
    assert {name: pair for name, pair in found.items() if pair[0] != pair[1]} == {}
    # Bats: the family is listed with its European populations, and this one lives outside Europe.
    assert found["Barbastella leucomelas"] == (set(), set())


def test_a_listing_of_some_populations_of_a_family_is_not_certain_of_a_species_elsewhere(
    runner: asyncio.Runner, lasting_site: AppContext
) -> None:
    found = runner.run(get_appendices_on(lasting_site, date(2012, 6, 1)))
    assert f"{ID}taxon/cms/barbastella-leucomelas" not in found
    assert found[f"{ID}taxon/cms/barbastella-barbastellus"] == (("cms", "II"),)
