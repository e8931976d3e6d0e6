"""What a treaty officer, a researcher and a steward come for, each in three steps at most."""

from __future__ import annotations


def search(page, words: str) -> None:
    page.get_by_role("searchbox").first.fill(words)
    page.keyboard.press("Enter")
    page.wait_for_url("**/search?q=*")


def test_the_saker_in_mongolia(reader) -> None:
    page = reader(java_script_enabled=False).open("/")
    page.get_by_role("link", name="Is the saker falcon protected in Mongolia?").click()
    answer = page.locator("section.answer").inner_text()
    assert answer.startswith("Yes.")
    assert "Saker falcon in Mongolia" in answer
    assert "Not Appendix I: it leaves out these populations." in answer


def test_argali_then_and_now(reader) -> None:
    page = reader(java_script_enabled=False).open("/species/ovis-ammon")
    page.locator("input[name=then]").fill("2016-01-01")
    page.locator("form:has(input[name=then]) button").first.click()
    assert "then=2016-01-01" in page.url
    assert "2016" in page.locator("main").inner_text()


def test_the_activities_of_kenya(reader) -> None:
    page = reader(java_script_enabled=False).open("/")
    search(page, "which activities concern Kenya")
    found = page.locator("section[aria-labelledby=of-activity]")
    assert int(found.locator(".count").first.inner_text()) == 16
    assert found.locator("a[href='/doc/activity/jwp-2015-2020/B5']").count() == 1


def test_in_cms_appendix_i_and_not_in_cites(reader) -> None:
    page = reader(java_script_enabled=False).open("/")
    page.get_by_role("link", name="Which animals are in Appendix I of CMS and not in CITES?").click()
    assert int(page.locator("h1 .count").inner_text()) == page.locator("table.list tbody tr").count() > 10
    assert page.get_by_role("link", name="CSV").count() >= 1


def test_sharks_by_date(reader) -> None:
    page = reader(java_script_enabled=False).open("/")
    page.get_by_role("link", name="Which sharks were listed, and when?").click()
    days = [text for text in page.locator("table.list tbody td:first-child").all_inner_texts() if text[-4:].isdigit()]
    assert len(days) > 10
    assert int(days[0][-4:]) >= int(days[-1][-4:])


def test_names_that_differ_and_what_first(reader) -> None:
    page = reader(java_script_enabled=False).open("/")
    page.get_by_role("link", name="Which names differ between the treaties?").click()
    assert "One animal has two names" in page.locator("table.list").inner_text()
    page.get_by_role("link", name="What a curator should decide first").click()
    assert page.locator("ol.tasks > li").count() > 0


def test_the_bodies_of_d2(reader) -> None:
    page = reader(java_script_enabled=False).open("/")
    search(page, "D2")
    page.locator("main a[href='/doc/activity/jwp-2015-2020/D2']").first.click()
    linked = {one.get_attribute("href") for one in page.locator("main a[href^='/doc/body/']").all()}
    named = ("aichi-task-force", "blg", "cpw", "emg", "img-biodiversity", "ipbes")
    assert linked >= {f"/doc/body/{slug}" for slug in named}


def test_everything_about_elephants(reader) -> None:
    page = reader(java_script_enabled=False).open("/")
    search(page, "elephant")
    with page.expect_download() as download:
        page.locator("section.answer").get_by_role("link", name="CSV").click()
    text = download.value.path().read_text()
    assert "Loxodonta africana" in text
    assert "Elephas maximus" in text


def test_cite(reader) -> None:
    page = reader(java_script_enabled=False).open("/species/falco-cherrug")
    with page.expect_download() as download:
        page.get_by_role("link", name="BibTeX").click()
    assert download.value.path().read_text().startswith("@misc{jwpgraph-")


def test_cite_a_list(reader) -> None:
    page = reader(java_script_enabled=False).open("/")
    page.get_by_role("link", name="Which animals are in Appendix I of CMS and not in CITES?").click()
    with page.expect_download() as download:
        page.get_by_role("link", name="BibTeX").click()
    assert download.value.suggested_filename == "citation.bib"
    text = download.value.path().read_text()
    assert text.startswith("@misc{jwpgraph-listings")
    assert "/listings?cms=I&cites=none}" in text


def test_cite_a_release(reader) -> None:
    page = reader(java_script_enabled=False).open("/")
    page.get_by_role("link", name="All releases").click()
    page.locator("table tbody th a").first.click()
    with page.expect_download() as download:
        page.get_by_role("link", name="RIS").click()
    assert "TI  - Release 1\n" in download.value.path().read_text()


def test_what_changed_since_a_release(reader) -> None:
    page = reader(java_script_enabled=False).open("/")
    page.get_by_role("link", name="All releases").click()
    assert page.locator("table tbody tr").count() >= 1
    page.goto(page.url + "/1...1")
    assert "The two releases have the same content." in page.locator("main").inner_text()


def test_whose_is_this_data_problem(reader) -> None:
    page = reader(java_script_enabled=False).open("/validation")
    page.locator("main a[href*='/validation/results']").first.click()
    assert page.locator("ul.results > li").count() > 0
    assert page.locator("ul.results > li a").first.get_attribute("href")
