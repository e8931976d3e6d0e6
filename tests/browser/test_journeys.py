"""What readers come for, done as they would do it: with a mouse, with the keyboard, without scripts, on paper."""

from __future__ import annotations

import re


def test_from_the_first_page_to_a_species(reader) -> None:
    one = reader()
    page = one.open("/")
    page.wait_for_function("document.activeElement.id === 'q'")
    page.keyboard.type("saker")
    page.keyboard.press("Enter")
    page.wait_for_url("**/search?q=saker*")
    page.get_by_role("link", name="Saker falcon", exact=True).first.click()
    assert page.locator("h1").inner_text().startswith("Saker falcon")


def test_is_the_saker_falcon_protected_in_mongolia(reader) -> None:
    page = reader(java_script_enabled=False).open("/search?q=falco+cherrug")
    page.locator(".results a[href='/species/falco-cherrug']").click()
    page.get_by_label("in", exact=True).select_option("MN")
    page.get_by_role("button", name="Show").click()
    assert "in Mongolia" in page.locator("h2#status").inner_text()
    assert "CMS" in page.locator("section[aria-labelledby=status]").inner_text()


def test_one_search_tells_whether_the_saker_is_protected_in_mongolia(reader) -> None:
    page = reader().open("/")
    page.wait_for_function("document.activeElement.name === 'q'")
    page.keyboard.type("is the saker falcon protected in Mongolia under CMS?")
    page.keyboard.press("Enter")
    page.wait_for_url("**/search?q=is*")
    answer = page.locator("section.answer").inner_text()
    assert "Saker falcon in Mongolia" in answer
    assert "Yes." in answer
    assert "Not Appendix I: it leaves out these populations." in answer
    page.locator("section.answer").get_by_role("link", name="Saker falcon in Mongolia").click()
    status = page.locator("section[aria-labelledby=status]")
    assert "Appendix I: not the population of Mongolia" in status.inner_text()
    status.get_by_text("source", exact=True).first.click()
    assert "About this source" in status.inner_text()


def test_a_search_is_narrowed_down_and_widened_again(reader) -> None:
    page = reader(java_script_enabled=False).open("/search?q=falco")
    facets = page.get_by_role("navigation", name="Narrow down")
    facets.get_by_role("link", name="CITES I", exact=True).click()
    assert "appendix=cites-I" in page.url
    page.get_by_role("link", name="Remove the filter").click()
    assert "appendix" not in page.url


def test_a_list_is_sorted_by_its_headings(reader) -> None:
    page = reader(java_script_enabled=False).open("/doc/instrument/cms")
    page.locator("section[aria-labelledby=parties]").get_by_role("link", name=re.compile("^All ")).click()
    page.get_by_role("link", name="Since").click()
    assert page.locator("th[aria-sort=ascending]").inner_text().startswith("Since")
    first = page.locator("tbody tr").first.inner_text()
    page.get_by_role("link", name="Since").click()
    assert page.locator("tbody tr").first.inner_text() != first


def test_what_is_typed_is_completed(reader) -> None:
    page = reader().open("/")
    page.locator("#q").press_sequentially("falco cherr")
    # The suggestions of the last key have replaced those of earlier ones, which the genus leads.
    page.locator("[role=option]:first-child", has_text="Saker falcon").wait_for()
    page.keyboard.press("ArrowDown")
    here = "document.activeElement.getAttribute('aria-activedescendant')"
    chosen = page.evaluate(f"document.getElementById({here}).ariaSelected")
    assert chosen == "true"
    page.keyboard.press("Enter")
    page.wait_for_url("**/species/falco-cherrug")
    assert page.locator("h1").inner_text().startswith("Saker falcon")


def test_suggestions_go_away(reader, violations) -> None:
    page = reader().open("/")
    page.locator("#q").press_sequentially("kenya")
    page.get_by_role("option").first.wait_for()
    assert violations(page) == []
    page.keyboard.press("Escape")
    assert page.get_by_role("listbox").count() == 0
    assert page.locator("#q").input_value() == "kenya"


def test_a_slip_is_forgiven(reader) -> None:
    page = reader().open("/search?q=sakr+falcn")
    assert page.get_by_role("link", name="Saker falcon").count() >= 1


def test_a_list_is_narrowed_and_widened(reader) -> None:
    one = reader()
    page = one.open("/browse/activities?theme=B")
    page.get_by_label("Containing").fill("elephant")
    page.get_by_role("button", name="Find").click()
    assert "q=elephant" in one.path
    page.get_by_role("link", name=re.compile("Show all")).click()
    assert one.path == "/browse/activities"


def test_a_query_is_asked_and_answered_without_scripts(reader) -> None:
    one = reader(java_script_enabled=False)
    page = one.open("/sparql")
    page.locator("section[aria-labelledby=examples] a").first.click()
    page.locator("textarea").fill("SELECT (COUNT(*) AS ?n) { ?a a <https://w3id.org/jwpgraph/ontology#Activity> }")
    page.locator("select").select_option("json")
    with page.expect_response(lambda response: "/sparql?query" in response.url) as answer:
        page.get_by_role("button", name="Run").click()
    assert answer.value.json()["results"]["bindings"][0]["n"]["value"] == "33"


def test_without_scripts_everything_is_there(reader) -> None:
    page = reader(java_script_enabled=False).open("/")
    page.get_by_role("searchbox").fill("falco cherrug")
    page.get_by_role("searchbox").press("Enter")
    page.get_by_role("link", name="Saker falcon", exact=True).first.click()
    assert "Falco cherrug" in page.locator("header.title").inner_text()


def test_the_keyboard_reaches_content_and_sources(reader) -> None:
    page = reader().open("/doc/instrument/saiga-mou")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.textContent") == "Skip to the content"
    page.keyboard.press("Enter")
    assert page.url.endswith("#content")
    for _ in range(60):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.tagName") == "SUMMARY":
            break
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.parentElement.open") is True
    outline = page.evaluate("getComputedStyle(document.activeElement).outlineStyle")
    assert outline != "none"


def test_paper_shows_no_controls(reader) -> None:
    page = reader().open("/doc/activity/jwp-2015-2020/D2")
    page.emulate_media(media="print")
    assert not page.locator("header.site nav").first.is_visible()
    assert page.evaluate("getComputedStyle(document.documentElement).backgroundColor") == "rgb(255, 255, 255)"
    assert len(page.pdf(format="A4")) > 5_000


def test_paper_tells_the_chosen_filters_in_words(reader) -> None:
    page = reader(locale="en").open("/listings?cms=I&cites=none&in=NE")
    page.emulate_media(media="print")
    shown = [one.inner_text().partition("\n")[0] for one in page.locator(".choice").all() if one.is_visible()]
    assert shown == ["CMS", "CITES", "Country", "On"]
    chosen = page.locator("#in").evaluate("one => one.selectedOptions[0].textContent")
    assert chosen == "Niger"
    assert not page.get_by_role("button", name="Show").is_visible()


def test_dark_is_dark(reader) -> None:
    def lightness(scheme: str) -> int:
        page = reader(color_scheme=scheme).open("/")
        paper = page.evaluate("getComputedStyle(document.documentElement).backgroundColor")
        return sum(map(int, re.findall(r"\d+", paper)))

    assert lightness("dark") < 150 < 600 < lightness("light")


def test_the_language_is_chosen_with_the_keyboard_and_stays(reader) -> None:
    page = reader(locale="en").open("/doc/country/MN?on=2020-01-01")
    for _ in range(5):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.hreflang") == "fr":
            break
    page.keyboard.press("Enter")
    page.wait_for_url("**ui=fr")
    assert "on=2020-01-01" in page.url
    assert page.locator("h1").inner_text() == "MN Mongolie"
    page.get_by_role("link", name="Activités", exact=True).click()
    assert "ui=" not in page.url
    assert page.evaluate("document.documentElement.lang") == "fr"
