"""Lists of animals of a release that is too large to be read whole are those of a whole reading."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest
from tests.conftest import StoreQueries, load

from jwpgraph.answers.animal_rows import join_animals
from jwpgraph.answers.listed_animals import ListedAnimal, get_listed_animals
from jwpgraph.entities.app_context import AppContext
from jwpgraph.entities.entity_types import BY_SEGMENT
from jwpgraph.entities.search import SearchHit
from jwpgraph.taxon_facets import taxonomy_cache
from jwpgraph.vocabulary import ID, PREFIX_LINES


@pytest.fixture
def list_both(monkeypatch: pytest.MonkeyPatch) -> Callable[..., tuple[list[ListedAnimal], list[ListedAnimal]]]:
    """Return a function that lists the animals by a whole reading, and as of a large release."""

    def listed(queries: StoreQueries, *asked: object) -> list[ListedAnimal]:
        return asyncio.run(get_listed_animals(AppContext(queries), *asked))

    def list_both(queries: StoreQueries, *asked: object) -> tuple[list[ListedAnimal], list[ListedAnimal]]:
        whole = listed(queries, *asked)
        monkeypatch.setattr(taxonomy_cache, "_MOST", 10)
        return whole, listed(queries, *asked)

    return list_both


@pytest.mark.parametrize(
    ("on", "code"), [(date(1980, 1, 1), "IN"), (date(2005, 6, 1), None), (date(2026, 6, 1), None)], ids=str
)
def test_a_list_of_a_large_release_is_that_of_a_whole_reading(queries, list_both, on, code):
    whole, parts = list_both(queries, on, f"{ID}country/{code}" if code else None)
    assert len(whole) > 500
    assert [one.animal.iri for one in parts] == [one.animal.iri for one in whole]
    for one, other in zip(parts, whole, strict=True):
        assert one.sides == other.sides, one.animal.iri
        assert (one.class_slug, one.lineage, one.red_list) == (other.class_slug, other.lineage, other.red_list)


def test_an_animal_that_is_a_synonym_of_the_other_treaty_is_possibly_listed(published: Path, list_both):
    """The tables of CITES have the name of an animal of CMS as a synonym of a species that it lists."""
    store = load(published)
    on = date(2026, 6, 1)
    (name,) = {
        solution["name"].value
        for solution in store.query(
            f"{PREFIX_LINES} SELECT ?name {{ <{ID}taxon/cms/eidolon-helvum> gbif:canonicalName ?name }}"
        )
    }
    store.update(
        f"{PREFIX_LINES} INSERT DATA {{ <{ID}taxon/cites/panthera-leo> tcs:synonym <urn:name> . "
        f'<urn:name> skosxl:literalForm "{name}" }}'
    )
    for animals in list_both(StoreQueries(store), on):
        (one,) = [one for one in animals if one.animal.iri == f"{ID}taxon/cms/eidolon-helvum"]
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
