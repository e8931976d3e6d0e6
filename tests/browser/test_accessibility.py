"""Every type of page as axe sees it, in light and in dark; and nothing sticks out of a narrow screen."""

from __future__ import annotations

import pytest

PAGES = (
    "/",
    "/browse",
    "/browse/activities?theme=B",
    "/search?q=falco",
    "/doc/activity/jwp-2015-2020/D2",
    "/doc/taxon/cites/falco-cherrug",
    "/doc/species-group/great-apes",
    "/doc/instrument/saiga-mou",
    "/doc/body/iccwc",
    "/doc/programme/mikes",
    "/doc/theme/jwp-2015-2020/B",
    "/doc/country/MN",
    "/doc/source/jwp-2015-2020",
    "/shared-species",
    "/tables/parties?of=instrument/cms&sort=-since",
    "/trees/themes?at=theme/jwp-2015-2020/B",
    "/a-z/taxa?lang=fr",
    "/leo?q=species",
    "/leo/international-agreement",
    "/search?q=saker+falcon+in+Mongolia+under+CMS",
    "/search?q=elephants+in+Gabon",
    "/species/ovis-ammon?then=2016-01-01",
    "/doc/taxon/cms/falco-cherrug?in=MN&on=2020-01-01",
    "/compare?a=taxon/cites/falco-cherrug&b=taxon/cms/falco-cherrug",
    "/problem/unknown-value",
    "/releases",
    "/releases/1",
    "/coverage",
    "/doc/meeting/cms-cop13",
    "/sparql",
    "/api/docs",
)
LONG = ("/ontology", "/shapes")
SCREENS = {
    "desktop": {"viewport": {"width": 1200, "height": 900}},
    "narrow": {"viewport": {"width": 390, "height": 844}, "color_scheme": "dark"},
}


@pytest.mark.timeout(300)
def test_axe_finds_nothing(reader, violations) -> None:
    """Each page is looked at on a narrow, dark screen and then on a wide, light one, without being loaded again."""
    one = reader(**SCREENS["narrow"])
    found = {}
    for path in PAGES:
        wrong = violations(one.open(path)) + sticking_out(one.page)
        one.page.set_viewport_size(SCREENS["desktop"]["viewport"])
        one.page.emulate_media(color_scheme="light")
        wrong += violations(one.page)
        one.page.set_viewport_size(SCREENS["narrow"]["viewport"])
        one.page.emulate_media(color_scheme="dark")
        if wrong:
            found[path] = wrong
    assert found == {}


def sticking_out(page) -> list[str]:
    """Return the widths at which a page is wider than its narrow screen; nothing for a wide one."""
    found, size = [], page.viewport_size
    for width in (320, 390) if size["width"] == 390 else ():
        page.set_viewport_size({"width": width, "height": size["height"]})
        if (needed := page.evaluate("document.documentElement.scrollWidth")) > width:
            found.append(f"{needed} pixels wide on a screen of {width}")
    return found


#: The interface in French with names in Arabic, and in Spanish on a narrow screen: longer words, another direction.
IN_OTHER_LANGUAGES = (
    "/",
    "/a-z/taxa",
    "/validation",
    "/doc/country/MN",
    "/doc/activity/jwp-2015-2020/D2",
    "/doc/taxon/cms/falco-cherrug?in=MN&on=1980-01-01",
)


@pytest.mark.timeout(300)
@pytest.mark.parametrize(("language", "content", "width"), [("fr", "ar", 1200), ("es", "es", 360)])
def test_axe_finds_nothing_in_other_languages(reader, violations, language: str, content: str, width: int) -> None:
    one = reader(viewport={"width": width, "height": 900}, extra_http_headers={"Accept-Language": language})
    one.open(f"/?content={content}")
    found = {path: wrong for path in IN_OTHER_LANGUAGES if (wrong := violations(one.open(path)))}
    assert found == {}
    assert one.page.evaluate("document.documentElement.scrollWidth") <= width


@pytest.mark.timeout(300)
def test_axe_finds_nothing_on_the_long_pages(reader, violations) -> None:
    one = reader(**SCREENS["narrow"])
    assert {path: wrong for path in LONG if (wrong := violations(one.open(path)) + sticking_out(one.page))} == {}


def test_axe_would_find_something(reader, violations) -> None:
    page = reader().open("/")
    page.evaluate("document.querySelector('h1').innerHTML = '<img src=\"/static/icon.svg\">'")
    assert any(wrong.startswith("image-alt") for wrong in violations(page))
