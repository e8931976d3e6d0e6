"""Tests of descriptions: two queries, links counted and paged, entailed statements omitted."""

from __future__ import annotations

import asyncio

import pytest

from jwpgraph.entities.app_context import AppContext
from jwpgraph.entities.description import LINKS_PER_PAGE, LinkPage, describe, describe_all
from jwpgraph.entities.terminology import get_terminology
from jwpgraph.vocabulary import ID, JWP, PREFIXES

D2 = ID + "activity/jwp-2015-2020/D2"


@pytest.mark.parametrize("slug", ["activity/jwp-2015-2020/D2", "body/iccwc", "country/KE", "source/jwp-2015-2020"])
def test_two_rounds_describe_anything(site: AppContext, queries, slug: str) -> None:
    asyncio.run(get_terminology(site))
    queries.asked.clear()
    assert asyncio.run(describe(site, [ID + slug])) is not None
    assert len(queries.asked) == 2


def test_a_whole_page_of_a_list_takes_one_round(site: AppContext, queries) -> None:
    asyncio.run(get_terminology(site))
    queries.asked.clear()
    activities = [f"{ID}activity/jwp-2015-2020/B{number}" for number in range(1, 22)]
    descriptions = asyncio.run(describe_all(site, activities))
    assert [one.node.notation for one in descriptions] == [f"B{number}" for number in range(1, 22)]
    assert len(queries.asked) == 1


def test_only_what_is_stated_is_described(site: AppContext) -> None:
    description = asyncio.run(describe(site, [D2]))
    assert description is not None
    assert JWP + "involvesBody" in description.node.properties
    assert JWP + "involves" not in description.node.properties
    predicates = {links.predicate for links in asyncio.run(describe(site, [ID + "programme/mikes"])).incoming}
    assert JWP + "involvesProgramme" in predicates
    assert JWP + "involves" not in predicates


def test_the_most_specific_class_is_the_type(site: AppContext) -> None:
    for slug, name in (
        ("instrument/cms", "Convention"),
        ("instrument/saiga-mou", "Instrument"),
        ("country/KE", "Country"),
    ):
        description = asyncio.run(describe(site, [ID + slug]))
        assert description is not None
        assert description.type_of(ID + slug) == JWP + name


def test_entities_without_statements_have_no_description(site: AppContext) -> None:
    assert asyncio.run(describe(site, [ID + "body/nobody"])) is None


def test_a_sourced_statement_is_found_by_what_it_states(site: AppContext) -> None:
    iri = ID + "instrument/saiga-mou"
    description = asyncio.run(describe(site, [iri]))
    assert description is not None
    predicate = JWP + "effectiveFrom"
    (value,) = description.node.properties[predicate]
    (statement,) = description.statements_about(iri, predicate, value)
    assert statement.properties[PREFIXES["dcterms"] + "source"]
    assert statement.properties[PREFIXES["dcterms"] + "source"][0].value in description.names


@pytest.mark.parametrize("most_sorted", [10, 10_000])
def test_links_are_counted_and_turned_page_by_page(site_with, monkeypatch, most_sorted: int) -> None:
    monkeypatch.setattr("jwpgraph.entities.description._MOST_SORTED", most_sorted)
    turtle = f"@prefix jwp: <{JWP}> .\n" + "".join(
        f"<{ID}activity/other/Z{number}> a jwp:Activity ; jwp:involvesBody <{ID}body/busy> ;"
        f' <{PREFIXES["skos"]}notation> "Z{number}" .\n'
        for number in range(120)
    )
    site = site_with(turtle)
    seen: list[str | None] = []
    page: LinkPage | None = None
    for _ in range(4):
        description = asyncio.run(describe(site, [ID + "body/busy"], page))
        assert description is not None
        (links,) = description.incoming
        assert links.total == 120
        assert len(links.sources) <= LINKS_PER_PAGE
        seen += [node.notation for node in links.sources]
        if links.next_offset is None:
            break
        page = LinkPage(links.predicate, links.next_offset)
    assert sorted(seen) == sorted(f"Z{number}" for number in range(120))


def test_results_are_dropped_with_their_release(site: AppContext, queries) -> None:
    asyncio.run(get_terminology(site))
    queries.asked.clear()
    asyncio.run(get_terminology(site))
    assert queries.asked == []
    queries.release_number += 1
    asyncio.run(get_terminology(site))
    assert len(queries.asked) == 1
