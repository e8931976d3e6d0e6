"""Filters of animals: one pass over all animals gives the counts that one pass for each facet would give."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from jwpgraph.answers.animal_selection import (
    RED_LIST,
    SIDES,
    AnimalFilter,
    get_group_members,
    get_red_list,
    select_animals,
)
from jwpgraph.answers.listed_animals import get_listed_animals

EXAMPLE_DAY = date(2026, 11, 29)
FACETS = (*SIDES, "class", "red_list", "group")


@pytest.fixture(scope="module")
def runner() -> Iterator[asyncio.Runner]:
    """Return one event loop for all tests, because the worker processes of a site belong to it."""
    with asyncio.Runner() as runner:
        yield runner


@pytest.fixture(scope="module")
def everything(runner, lasting_site):
    """Return all animals and the members of the species groups."""
    return runner.run(get_listed_animals(lasting_site, EXAMPLE_DAY)), runner.run(get_group_members(lasting_site))


def has_side(one, treaty: str, value: str) -> bool:
    side = one.sides[treaty]
    if value == "none":
        return side.is_none
    return bool(side.numbers) and (value == "any" or value in side.numbers)


def matches(one, asked: AnimalFilter, groups) -> bool:
    wanted = {**dict.fromkeys(SIDES, "any"), **asked.sides}
    if not one.is_listed and set(wanted.values()) != {"none"}:
        return False
    return (
        all(has_side(one, treaty, value) for treaty, value in asked.sides.items())
        and asked.class_slug in ("", one.class_slug)
        and asked.red_list in ("", get_red_list(one))
        and (not asked.group or not one.animal.concepts.isdisjoint(groups.get(asked.group, ())))
    )


def values(one, facet: str, groups) -> list[str]:
    if facet == "class":
        return [one.class_slug] if one.class_slug else []
    if facet == "red_list":
        return [get_red_list(one)]
    if facet == "group":
        return [slug for slug, taxa in groups.items() if not one.animal.concepts.isdisjoint(taxa)]
    return [value for value in SIDES[facet] if has_side(one, facet, value)]


def drop(asked: AnimalFilter, facet: str) -> AnimalFilter:
    if facet in SIDES:
        return replace(asked, sides={treaty: value for treaty, value in asked.sides.items() if treaty != facet})
    return replace(asked, **{"class_slug" if facet == "class" else facet: ""})


@settings(max_examples=40, deadline=None)
@given(
    st.fixed_dictionaries({}, optional={treaty: st.sampled_from(values) for treaty, values in SIDES.items()}),
    st.sampled_from(["", "aves", "mammalia", "reptilia", "insecta"]),
    st.sampled_from(["", *RED_LIST]),
    st.sampled_from(["", "marine-turtles", "elephants", "sharks-and-rays"]),
)
def test_counts_are_those_of_the_filter_without_the_facet(
    runner, lasting_site, everything, sides, class_slug, red_list, group
) -> None:
    animals, groups = everything
    asked = AnimalFilter(EXAMPLE_DAY, sides, class_slug, red_list, group)
    found = runner.run(select_animals(lasting_site, asked))
    assert found.animals == [one for one in animals if matches(one, asked, groups)]
    for facet in FACETS:
        left = [one for one in animals if matches(one, drop(asked, facet), groups)]
        assert found.counts[facet] == Counter(value for one in left for value in values(one, facet, groups)), facet
