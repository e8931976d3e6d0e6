"""The neighbourhood graph: drawn when asked for, extended by mouse and by keyboard, and nothing in it is markup."""

from __future__ import annotations

import pytest

from jwpgraph.web.assets import get_assets

pytestmark = pytest.mark.skipif(
    get_assets().world is None, reason="the assets of the pages are not built (there is no npm)"
)

PAGE = "/doc/instrument/saiga-mou"


def drawn(one, path: str = PAGE):
    page = one.open(path)
    page.get_by_role("button", name="Draw its links").click()
    page.locator("svg.graph .node").first.wait_for()
    return page


def test_nothing_is_loaded_before_it_is_asked_for(reader) -> None:
    one = reader()
    asked: list[str] = []
    one.page.on("request", lambda request: asked.append(request.url))
    page = one.open(PAGE)
    assert not any("neighbourhood" in url for url in asked)
    before = len(asked)
    page.get_by_role("button", name="Draw its links").click()
    page.locator("svg.graph .node").first.wait_for()
    assert any("/api/v1/neighbourhood" in url for url in asked[before:])


def test_a_click_adds_what_a_thing_is_linked_with(reader) -> None:
    page = drawn(reader())
    before = page.locator("svg.graph .node").count()
    assert before > 3
    page.locator("svg.graph .node:not(.opened) circle").first.click()
    page.locator("svg.graph .opened").nth(1).wait_for()
    assert page.locator("svg.graph .node").count() > before
    assert page.locator("ul.graph-list > li").count() == 2


def test_the_keyboard_does_the_same(reader) -> None:
    page = drawn(reader())
    before = page.locator("svg.graph .node").count()
    page.locator("ul.graph-list button").first.focus()
    page.keyboard.press("Enter")
    page.locator("svg.graph .opened").nth(1).wait_for()
    assert page.locator("svg.graph .node").count() > before
    assert page.evaluate("document.activeElement.closest('ul.graph-list > li > a') !== null")
    page.keyboard.press("Enter")
    page.wait_for_url("**/doc/**")


def test_what_is_left_out_is_said(reader) -> None:
    page = drawn(reader(), "/doc/country/KE")
    said = page.locator(".neighbourhood [role=status]").inner_text()
    assert "24 are shown" in said
    assert "Left out: " in said


def test_every_thing_stands_inside_the_drawing(reader) -> None:
    page = drawn(reader(), "/doc/instrument/cms")
    frame = page.locator("svg.graph").bounding_box()
    for node in page.locator("svg.graph circle").all():
        box = node.bounding_box()
        assert frame["x"] <= box["x"] <= frame["x"] + frame["width"]
        assert frame["y"] <= box["y"] <= frame["y"] + frame["height"]


@pytest.mark.parametrize(
    "options", [{}, {"color_scheme": "dark"}, {"viewport": {"width": 360, "height": 800}}], ids=str
)
def test_axe_finds_nothing_wrong_with_it(reader, violations, options: dict) -> None:
    page = drawn(reader(**options), "/doc/taxon/cites/falco-cherrug")
    assert violations(page) == []
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_without_scripts_nothing_is_promised(reader) -> None:
    page = reader(java_script_enabled=False).open(PAGE)
    assert not page.get_by_role("button", name="Draw its links").is_visible()
