"""The maps in a browser: there without a script, moved with one, sound in every colour scheme and on paper."""

from __future__ import annotations

import pytest

from jwpgraph.web.assets import get_assets

pytestmark = pytest.mark.skipif(
    get_assets().world is None, reason="the assets of the pages are not built (there is no npm)"
)

SPECIES = "/doc/taxon/cites/falco-cherrug"
MAPS = (f"{SPECIES}?in=MN", "/doc/instrument/saiga-mou", "/doc/country/MN", "/doc/country/MV")


def drawn(page, code: str) -> list[float]:
    """Width and height on the screen of a country on the map."""
    box = page.locator(f"svg.world [data-code={code}]").first.bounding_box()
    return [box["width"], box["height"]]


def test_from_a_search_to_the_saker_falcon_in_mongolia(reader) -> None:
    page = reader(java_script_enabled=False).open("/search?q=saker")
    page.get_by_role("link", name="Saker falcon", exact=True).first.click()
    mongolia = page.locator("svg.world use[data-code=MN]")
    assert mongolia.locator("title").text_content() == "Mongolia: native"
    assert min(drawn(page, "MN")) > 10
    assert not page.locator("figure.map .tools").is_visible()


def test_the_map_is_moved_with_buttons_and_keys(reader) -> None:
    page = reader().open(SPECIES)
    width, _ = drawn(page, "MN")
    page.get_by_role("button", name="Zoom in").click()
    assert drawn(page, "MN")[0] > 1.5 * width
    view = page.locator("svg.world").get_attribute("viewBox")
    page.locator("figure.map .stage").focus()
    page.keyboard.press("ArrowRight")
    assert page.locator("svg.world").get_attribute("viewBox") != view
    page.get_by_role("button", name="Whole world").click()
    assert page.locator("svg.world").get_attribute("viewBox") == "0 0 4000 1760"
    page.get_by_role("button", name="Reset map").click()
    assert drawn(page, "MN")[0] == pytest.approx(width, rel=0.02)


def test_the_parties_to_a_treaty_are_laid_over_it(reader) -> None:
    page = reader().open(SPECIES)
    page.get_by_label("CMS", exact=True).check()
    assert page.locator("svg.world .parties use[href$='#MN']").count() == 1
    page.get_by_label("neither").check()
    assert page.locator("svg.world .parties").count() == 0


def test_a_country_leads_to_its_page(reader) -> None:
    one = reader()
    one.open(SPECIES).locator("svg.world use[data-code=MN]").click()
    one.page.wait_for_url("**/doc/country/MN")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_wrong_with_the_maps(reader, violations, scheme: str) -> None:
    one = reader(color_scheme=scheme)
    assert {path: wrong for path in MAPS if (wrong := violations(one.open(path)))} == {}
