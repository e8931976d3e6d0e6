"""Lists of animals of a release that is too large to be read whole are those of a whole reading."""

from __future__ import annotations

import asyncio
from datetime import date

import pytest

from jwpgraph.answers.animal_rows import join_animals
from jwpgraph.answers.listed_animals import ListedAnimal, get_listed_animals
from jwpgraph.entities.app_context import AppContext
from jwpgraph.entities.entity_types import BY_SEGMENT
from jwpgraph.entities.search import SearchHit
from jwpgraph.taxon_facets import taxonomy_cache
from jwpgraph.vocabulary import ID, PREFIX_LINES, PREFIXES


def list_animals(site: AppContext, *asked: object) -> list[ListedAnimal]:
    return asyncio.run(get_listed_animals(site, *asked))


@pytest.mark.parametrize(
    ("on", "code"), [(date(1980, 1, 1), "IN"), (date(2005, 6, 1), None), (date(2026, 6, 1), None)], ids=str
)
def test_a_list_of_a_large_release_is_that_of_a_whole_reading(lasting_site, queries, monkeypatch, on, code):
    asked = on, f"{ID}country/{code}" if code else None
    whole = list_animals(lasting_site, *asked)
    monkeypatch.setattr(taxonomy_cache, "_MOST", 10)
    parts = list_animals(AppContext(queries), *asked)
    assert len(whole) > 500
    assert [one.animal.iri for one in parts] == [one.animal.iri for one in whole]
    for one, other in zip(parts, whole, strict=True):
        assert one.sides == other.sides, one.animal.iri
        assert (one.class_slug, one.lineage, one.red_list) == (other.class_slug, other.lineage, other.red_list)


@pytest.mark.parametrize("most", [20_000, 10])
def test_an_animal_that_is_a_synonym_of_the_other_treaty_is_possibly_listed(site_with, monkeypatch, most: int):
    """The tables of CITES have the name of an animal of CMS as a synonym of a species that it lists."""
    site = site_with(
        f"<{ID}taxon/cites/panthera-leo> <{PREFIXES['tcs']}synonym> <urn:name> . "
        f"<urn:name> <{PREFIXES['skosxl']}literalForm> 'Eidolon helvum' ."
    )
    monkeypatch.setattr(taxonomy_cache, "_MOST", most)
    (one,) = [one for one in list_animals(site, date(2026, 6, 1)) if one.animal.iri == f"{ID}taxon/cms/eidolon-helvum"]
    assert one.sides["cites"].state == "not-in-graph"
    assert one.sides["cites"].names == ["Panthera leo"]


def test_hits_in_a_large_release_are_joined_as_by_a_whole_reading(queries, monkeypatch):
    """All names were read for the first search, which took minutes."""
    rows = queries.store.query(f"{PREFIX_LINES} SELECT ?taxon {{ ?taxon a jwp:TaxonConcept }}")
    taxa = sorted(row["taxon"].value for row in rows)
    hits = [SearchHit(iri, BY_SEGMENT["taxon"]) for iri in taxa[::5]]
    on = date(2026, 6, 1)
    whole = asyncio.run(join_animals(AppContext(queries), hits[:250], on))
    assert any(hit.also for hit in whole)
    monkeypatch.setattr(taxonomy_cache, "_MOST", 10)
    site = AppContext(queries)
    assert asyncio.run(join_animals(site, hits[:250], on)) == whole
    assert not site.has_of_day("concepts of animals", on)
