"""The Appendices of a day that listing periods give are those that a replay of the events gives."""

from __future__ import annotations

import asyncio
from datetime import date

import pytest

from jwpgraph.taxon_facets.appendices import TREATIES, get_appendix_number
from jwpgraph.taxon_facets.daily_appendices import get_appendices_on
from jwpgraph.taxon_facets.taxonomy_cache import get_whole_taxonomy
from jwpgraph.taxonomy.status import TREATY_OF, compute_concept_status


@pytest.mark.parametrize("day", [date(1975, 6, 30), date(1990, 1, 18), date(2014, 9, 14), date(2019, 11, 26)], ids=str)
def test_they_are_those_of_a_replay(lasting_site, day: date) -> None:
    reading = asyncio.run(get_whole_taxonomy(lasting_site))
    replayed = {}
    for iri, concept in reading.taxa.concepts.items():
        treaty = TREATY_OF.get(concept.taxonomy)
        if treaty and concept.valid.holds(day) is not False:
            numbers = sorted(map(get_appendix_number, compute_concept_status(reading, iri, treaty, day).appendices()))
            if numbers:
                replayed[iri] = tuple((TREATIES[treaty], number) for number in numbers)
    assert asyncio.run(get_appendices_on(lasting_site, day)) == replayed
