"""The species that both treaties list: the same whether read whole or in parts; large releases show them, too."""

from __future__ import annotations

import asyncio
import re
from datetime import date

import pytest

from jwpgraph.entities.app_context import AppContext
from jwpgraph.taxon_facets import taxonomy_cache
from jwpgraph.taxon_facets.shared_species import SharedSpecies, get_shared_species
from jwpgraph.web import shared_species


@pytest.fixture
def large(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every release is too large to be read whole."""
    monkeypatch.setattr(taxonomy_cache, "_MOST", 10)


def told(species: tuple[SharedSpecies, ...]) -> list[object]:
    return [(one.cites.iri, one.cms.iri, one.relation, one.appendices) for one in species]


@pytest.mark.parametrize("day", [date(1976, 1, 1), date(1988, 6, 1), date(2004, 12, 31), date(2026, 11, 1)])
def test_read_in_parts_they_are_those_of_a_whole_reading(queries, monkeypatch: pytest.MonkeyPatch, day: date) -> None:
    whole = asyncio.run(get_shared_species(AppContext(queries), day))
    monkeypatch.setattr(taxonomy_cache, "_MOST", 10)
    parts = asyncio.run(get_shared_species(AppContext(queries), day))
    assert told(parts.species) == told(whole.species)
    assert parts.species or day.year < 1979


def test_the_first_page_of_a_large_release_does_not_read_all_taxa(large, own_client, queries) -> None:
    early = own_client.get("/")
    assert "still being counted" in early.text
    assert early.headers["cache-control"] == "no-store"
    assert own_client.get("/shared-species").status_code == 200
    later = own_client.get("/", if_none_match=early.headers["etag"])
    assert later.status_code == 200
    assert "public" in later.headers["cache-control"]
    text = later.text
    assert "still being counted" not in text
    assert '<a href="/shared-species?cms=I&amp;cites=I"' in text
    assert not [query for query in queries.asked if "tcs:synonym" in query]


def test_their_list_is_turned_page_by_page(large, own_client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shared_species, "_PER_PAGE", 10)
    first = own_client.get("/shared-species?cms=II").text
    total = int(re.search(r'<span class="count">(\d+)</span></h1>', first)[1])
    assert first.count('<th scope="row">') == 10
    assert re.search(r'<th scope="row"><span>[A-Z]', first), "common names are shown"
    last = own_client.get(f"/shared-species?cms=II&offset={total - 1}").text
    assert last.count('<th scope="row">') == 1
    assert f'href="/shared-species?cms=II&amp;offset={total - 11}" rel="prev"' in last
    assert own_client.get("/shared-species?offset=-1").status_code == 422


def test_a_large_release_does_not_seem_to_have_nothing_of_what_it_cannot_narrow_down_to(large, own_client) -> None:
    assert own_client.get("/search?type=taxon").status_code == 200
    refused = own_client.get("/search?type=taxon&treaty=cites")
    assert (refused.status_code, refused.json()["type"].rpartition("/")[2]) == (422, "too-large-for-facets")


def test_a_large_release_is_assessed_taxon_by_taxon(large, own_client) -> None:
    for name in ("alignments", "discrepancies"):
        refused = own_client.get(f"/api/v1/{name}")
        assert (refused.status_code, refused.json()["type"].rpartition("/")[2]) == (422, "too-large-to-assess")
        assert own_client.get(f"/api/v1/{name}?taxon=cites/falco-cherrug").json()["total"] >= 1


def find_pairs(queries, on: date, genus: str) -> set[tuple[str, str, str]]:
    found = asyncio.run(get_shared_species(AppContext(queries), on)).species
    return {
        (one.cites.name, one.cms.name, one.relation.name if one.relation else "-")
        for one in found
        if one.cites.name.startswith(genus)
    }


def test_their_relations_are_those_of_the_day(queries) -> None:
    """CITES split the argali in 2019 (API replies of 2022), and the African elephants in December 2025."""
    assert find_pairs(queries, date(2012, 6, 1), "Ovis ammon") == {("Ovis ammon", "Ovis ammon", "CONGRUENT")}
    assert find_pairs(queries, date(2026, 11, 1), "Ovis ammon") == {("Ovis ammon", "Ovis ammon", "IS_INCLUDED_IN")}
    assert find_pairs(queries, date(2024, 6, 1), "Loxodonta") == {
        ("Loxodonta africana", "Loxodonta africana", "INCLUDES"),
        ("Loxodonta africana", "Loxodonta cyclotis", "INCLUDES"),
    }
    assert find_pairs(queries, date(2026, 11, 1), "Loxodonta") == {
        ("Loxodonta africana", "Loxodonta africana", "CONGRUENT"),
        ("Loxodonta cyclotis", "Loxodonta cyclotis", "CONGRUENT"),
    }
