"""A steward in the browser: sign-in, forms without scripts, and what assistive technology finds there."""

from __future__ import annotations

TOKEN = "a-token-for-tests"


def sign_in(page) -> None:
    page.get_by_label("Your name or that of your office").fill("CMS Secretariat")
    page.get_by_label("Token", exact=True).fill(TOKEN)
    page.locator("main").get_by_role("button", name="Sign in").click()


def test_a_steward_reaches_the_forms_and_reads_what_is_wrong(reader, violations) -> None:
    one = reader()
    page = one.open("/steward/records/actions?activities=B14")
    assert one.path.startswith("/steward/sign-in?next=")
    assert violations(page) == []
    sign_in(page)
    assert one.path == "/steward/records/actions?activities=B14"
    assert page.get_by_label("Activities").input_value() == "B14"
    page.get_by_label("Title").fill("A workshop")
    page.get_by_label("Start").fill("2024-05")
    page.get_by_label("End").fill("2024-04")
    page.get_by_role("button", name="Save").click()
    alert = page.get_by_role("alert").inner_text()
    assert "the end is before the start (2024-05)" in alert
    assert page.get_by_label("Title").input_value() == "A workshop"
    assert page.get_by_label("End").get_attribute("aria-invalid") == "true"
    assert violations(page) == []
    # The refused form is an error of the page's own address, which Chromium mentions.
    one.complaints[:] = [text for text in one.complaints if "422" not in text]


def test_a_decision_starts_from_the_list_of_differences(reader, violations) -> None:
    one = reader(java_script_enabled=False)
    page = one.open("/steward/sign-in?next=/discrepancies")
    sign_in(page)
    page.get_by_role("link", name="decide", exact=True).first.click()
    assert page.locator("h1").inner_text() == "How two taxa relate"
    assert page.get_by_label("Relation").input_value() != ""


def test_forms_fit_a_telephone(reader) -> None:
    page = reader(viewport={"width": 360, "height": 800}).open("/steward/sign-in?next=/steward/records/meetings")
    sign_in(page)
    assert page.evaluate("document.documentElement.scrollWidth") <= 360


def test_jobs_are_named_in_words_of_the_language(reader) -> None:
    page = reader(java_script_enabled=False).open("/steward/sign-in?next=/steward&ui=fr")
    page.locator("main input[name=name], main input[type=text]").first.fill("Secrétariat CMS")
    page.locator("main input[type=password]").fill(TOKEN)
    page.locator("main button").first.click()
    assert page.get_by_role("button", name="Valider la version servie").count() == 1
    assert page.get_by_role("button", name="Vérifier les liens externes").count() == 1
