"""The first page: themes with their activities, unless a release has too many of them."""

from __future__ import annotations

import asyncio

import pytest

from jwpgraph.entities.app_context import AppContext
from jwpgraph.vocabulary import PREFIX_LINES
from jwpgraph.web import home
from jwpgraph.web.home import HomeView, make_home_view


def read_home(queries) -> HomeView:
    return asyncio.run(make_home_view(AppContext(queries)))


def test_each_theme_has_its_activities_in_order(queries) -> None:
    rows = asyncio.run(
        queries.select(
            f"{PREFIX_LINES} SELECT ?theme ?code {{ ?a a jwp:Activity ; jwp:theme ?theme ; skos:notation ?code }}"
        )
    )
    expected: dict[str, list[str]] = {}
    for row in rows:
        expected.setdefault(row["theme"].value.rpartition("/")[2], []).append(row["code"].value)
    found = read_home(queries)
    listed = {
        (theme.theme.href or "").rpartition("/")[2]: [(one.href or "").rpartition("/")[2] for one in theme.activities]
        for theme in found.themes
    }
    assert listed == {
        theme: sorted(codes, key=lambda code: (code[0], int(code[1:]))) for theme, codes in expected.items()
    }
    assert sum(theme.count for theme in found.themes) == 33
    assert (found.theme_count, found.group_count) == (len(found.themes), len(found.species_groups))


def test_of_many_activities_only_the_number_is_told(queries, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = read_home(queries)
    monkeypatch.setattr(home, "_MOST_ACTIVITIES", 32)
    monkeypatch.setattr(home, "_MOST_LISTED", 2)
    found = read_home(queries)
    assert [(theme.theme, theme.count, theme.activities) for theme in found.themes] == [
        (theme.theme, theme.count, []) for theme in whole.themes[:2]
    ]
    assert found.theme_count == len(whole.themes) > 2
    assert found.species_groups == whole.species_groups[:2]
    assert found.group_count == len(whole.species_groups) > 2


def test_what_is_not_listed_is_linked(own_client, monkeypatch: pytest.MonkeyPatch) -> None:
    assert "All " not in own_client.get("/").text.partition("Themes and activities")[2].partition("What changed")[0]
    monkeypatch.setattr(home, "_MOST_ACTIVITIES", 32)
    monkeypatch.setattr(home, "_MOST_LISTED", 2)
    page = own_client.get("/?ui=fr").text
    assert "Les 4 thèmes" in page
    assert 'href="/browse/themes"' in page
    assert 'href="/browse/species-groups"' in page
    assert "jwp-2015-2020/B16" not in page
