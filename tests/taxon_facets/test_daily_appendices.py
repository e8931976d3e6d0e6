"""The Appendices of a day that listing periods give are those that a replay of the events gives.

A species that is listed itself is also in those of its subspecies, as in the Index of 2017 (*Ovis ammon*: I and II).
A listing of some populations of a higher taxon counts by the rule of the legal status: if the taxon lives among them.
"""

from __future__ import annotations

import asyncio
from datetime import date

import pytest

from jwpgraph.entities.app_context import AppContext
from jwpgraph.taxon_facets import taxonomy_cache
from jwpgraph.taxon_facets.appendices import TREATIES, get_appendix_number
from jwpgraph.taxon_facets.daily_appendices import get_appendices_of, get_appendices_on
from jwpgraph.taxon_facets.taxonomy_cache import get_whole_taxonomy
from jwpgraph.taxonomy.animal_status import applies_somewhere
from jwpgraph.taxonomy.ranges import read_ranges
from jwpgraph.taxonomy.status import TREATY_OF, compute_concept_status, list_own_appendices
from jwpgraph.vocabulary import ID


@pytest.mark.parametrize("day", [date(1975, 6, 30), date(1990, 1, 18), date(2014, 9, 14), date(2019, 11, 26)], ids=str)
def test_they_are_those_of_a_replay(lasting_site, day: date) -> None:
    reading = asyncio.run(get_whole_taxonomy(lasting_site))
    ranges = asyncio.run(read_ranges(lasting_site.queries, reading, sorted(reading.taxa.concepts)))
    replayed = {}
    for iri, concept in reading.taxa.concepts.items():
        treaty = TREATY_OF.get(concept.taxonomy)
        if treaty and concept.valid.holds(day) is not False:
            status = compute_concept_status(reading, iri, treaty, day)
            range_ = ranges.by_taxon.get(iri)
            own = {one for one in status.appendices() if applies_somewhere(status, one, iri, range_)}
            if own and concept.rank == "species":
                for child in reading.taxa.children(iri):
                    if child.valid.holds(day) is not False:
                        part = compute_concept_status(reading, child.iri, treaty, day)
                        own |= {*list_own_appendices(child.iri, part, None)}
            if own:
                replayed[iri] = tuple((TREATIES[treaty], number) for number in sorted(map(get_appendix_number, own)))
    found = asyncio.run(get_appendices_on(lasting_site, day))
    assert found == replayed


@pytest.mark.parametrize(
    ("taxon", "day", "expected"),
    [
        ("ovis-ammon", date(2017, 4, 21), ("I", "II")),  # Index of 2017
        ("ovis-aries", date(2017, 4, 21), ("I", "II")),  # Index of 2017
        ("equus-hemionus", date(2017, 4, 21), ("I", "II")),  # Index of 2017
        ("ursus-arctos", date(2017, 4, 21), ("I", "II")),  # Index of 2017
    ],
)
def test_a_listed_species_has_the_appendices_of_its_subspecies(lasting_site, taxon, day, expected) -> None:
    found = asyncio.run(get_appendices_on(lasting_site, day))[f"{ID}taxon/cites/{taxon}"]
    assert tuple(number for _, number in found) == expected


@pytest.mark.parametrize("day", [date(1990, 1, 18), date(2004, 1, 1), date(2019, 11, 26)], ids=str)
def test_those_of_some_taxa_of_a_large_release_are_the_same(lasting_site, queries, monkeypatch, day: date) -> None:
    whole = asyncio.run(get_appendices_on(lasting_site, day))
    monkeypatch.setattr(taxonomy_cache, "_MOST", 10)
    taxa = sorted(asyncio.run(get_whole_taxonomy(lasting_site)).taxa.concepts)
    assert any(iri in whole for iri in taxa[day.day % 7 :: 7])
    for start in range(day.day % 7, len(taxa), 7 * 150):
        some = taxa[start : start + 7 * 150 : 7]
        site = AppContext(queries)
        part = asyncio.run(get_appendices_of(site, day, some))
        assert {iri: part.get(iri) for iri in some} == {iri: whole.get(iri) for iri in some}
        assert site.find_result("listing periods") is None
