"""Maps: which countries are marked, and how; which part is shown; who has joined; and no map without shapes."""

from __future__ import annotations

import asyncio
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jwpgraph.entities.app_context import AppContext
from jwpgraph.taxonomy.listing_events import CITES, CMS
from jwpgraph.web import maps
from jwpgraph.web.assets import BuiltAssets, WorldMap
from jwpgraph.web.maps import COUNTRY, CountryMarking, count_memberships, draw_map
from jwpgraph.web.parties import list_parties_on

BOXES = {
    "MN": (2900, 300, 3100, 400),
    "RU": (2134, 24, 3411, 378),
    "CL": (1150, 1227, 1290, 1705),
    "MV": (2800, 900) * 2,
}
WORLD = WorldMap(
    file="world-1.svg",
    width=4000,
    height=1760,
    bounds=BOXES,
    points={"MV": (2800, 900)},
    shapes=frozenset({"MN", "RU", "CL"}),
)


def marking(kind: str, *codes: str) -> CountryMarking:
    return CountryMarking(kind, kind.capitalize(), {COUNTRY + code: f"Land {code}" for code in codes})


def test_a_country_has_its_first_marking_and_names_all() -> None:
    view = draw_map("Where", [marking("native", "MN", "RU"), marking("extinct", "RU", "MV")], world=WORLD)
    assert view is not None
    assert {one.code: one.kind for one in view.marks} == {"MN": "native", "RU": "native", "MV": "extinct"}
    assert {one.code: one.says for one in view.marks}["RU"] == "Land RU: native, extinct"
    assert view.legend == [("native", "Native", 2), ("extinct", "Extinct", 2)]


def test_what_has_no_shape_is_a_dot_and_what_is_nowhere_is_named() -> None:
    elsewhere = CountryMarking(
        "native", "Native", {COUNTRY + "MV": "Maldives", COUNTRY + "XX": "Nowhere", "urn:x": "The sea"}
    )
    view = draw_map("Where", [elsewhere], world=WORLD)
    assert view is not None
    assert [(one.shape, one.point) for one in view.marks] == [(False, (2800, 900))]
    assert view.undrawn == ["Nowhere", "The sea"]


def test_without_shapes_or_countries_there_is_no_map(tmp_path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert draw_map("Where", [CountryMarking("native", "Native", {})], world=WORLD) is None
    monkeypatch.setattr(maps, "get_assets", lambda: BuiltAssets(tmp_path))
    assert draw_map("Where", [marking("native", "MN")]) is None


@given(st.sets(st.sampled_from(sorted(BOXES)), min_size=1))
def test_the_view_holds_what_is_marked_and_stays_on_the_map(codes: set[str]) -> None:
    view = draw_map("Where", [marking("native", *codes)], world=WORLD)
    assert view is not None
    left, top, width, height = view.view
    assert 0 <= left <= left + width <= WORLD.width + 1
    assert 0 <= top <= top + height <= WORLD.height + 1
    assert width / height == pytest.approx(WORLD.width / WORLD.height, rel=0.01)
    for code in codes:
        box = BOXES[code]
        assert left <= box[0] + 1
        assert box[2] <= left + width + 1
        assert top <= box[1] + 1
        assert box[3] <= top + height + 1


def test_parties_among_the_marked_countries_are_counted() -> None:
    parties = {CITES: frozenset({COUNTRY + "MN", COUNTRY + "CL"})}
    (cites,) = count_memberships([marking("native", "MN", "RU")], parties, {CITES: "cites", CMS: "cms"})
    assert (cites.short, cites.codes, cites.inside, cites.outside) == ("cites", ("CL", "MN"), 1, ("Land RU",))


def test_parties_are_those_of_the_day(site: AppContext) -> None:
    then, now = (asyncio.run(list_parties_on(site, day)) for day in (date(1990, 1, 1), date(2026, 1, 1)))
    assert COUNTRY + "MN" not in then.get(CMS, frozenset())
    assert COUNTRY + "MN" in now[CMS]
    assert len(now[CITES]) > 180


def test_the_page_of_a_species_maps_its_range(client, site: AppContext) -> None:
    page = client.get("/doc/taxon/cites/falco-cherrug?in=MN").text
    if maps.get_assets().world is None:
        assert '<figure class="map' not in page
    else:
        assert 'data-code="MN"' in page
        assert "Mongolia: native" in page
        assert 'class="mark native chosen"' in page
    assert "/doc/country/MN" in page
