"""The pages with the keyboard alone: each stop is seen, nothing holds the focus, and lost controls hand it on."""

from __future__ import annotations

from playwright.sync_api import Page

TOKEN = "a-token-for-tests"
#: The element with the focus: how it is named, whether a ring shows it, and whether it is on the screen.
_HERE = """() => {
  const one = document.activeElement;
  const host = one.closest('.CodeMirror-focused') ?? one;
  const [box, style] = [host.getBoundingClientRect(), getComputedStyle(host)];
  return {
    name: one.getAttribute('aria-label') ?? one.labels?.[0]?.innerText ?? one.innerText ?? '',
    tag: one.tagName,
    ring: style.outlineStyle !== 'none' && parseFloat(style.outlineWidth) > 0,
    shown: box.bottom > 0 && box.top < innerHeight && box.right > 0 && box.left < innerWidth,
  };
}"""


def tab_to(page: Page, name: str, tag: str | None = None, most: int = 400) -> None:
    """Press Tab until the control called *name* has the focus; every stop on the way must be seen."""
    for _ in range(most):
        page.keyboard.press("Tab")
        here = page.evaluate(_HERE)
        assert here["tag"] != "BODY", f"the page ends before {name!r}"
        assert here["ring"], here
        assert here["shown"], here
        if here["name"].strip().startswith(name) and tag in (None, here["tag"]):
            return
    raise AssertionError(f"{name!r} is not reached")


def focused(page: Page) -> str:
    return page.evaluate(_HERE)["name"].strip()


def test_from_home_to_a_species_and_its_graph(reader) -> None:
    page = reader().open("/")
    page.wait_for_function("document.activeElement.id === 'q'")
    page.keyboard.type("saker")
    page.keyboard.press("Enter")
    page.wait_for_url("**/search?q=saker*")
    tab_to(page, "Saker falcon", "A")
    page.keyboard.press("Enter")
    page.wait_for_url("**/species/falco-cherrug")
    tab_to(page, "Map", "DIV")
    before = page.locator("svg.world").first.get_attribute("viewBox")
    page.keyboard.press("+")
    page.keyboard.press("ArrowRight")
    assert page.locator("svg.world").first.get_attribute("viewBox") != before
    tab_to(page, "Draw its links")
    page.keyboard.press("Enter")
    page.locator("svg.graph .node").first.wait_for()
    assert focused(page).startswith("Graph of the things below")


def test_two_things_are_chosen_and_compared(reader) -> None:
    page = reader().open("/compare")
    for label, text, treaty in (("One", "falco cherr", "cites"), ("and the other", "saiga tat", "cms")):
        tab_to(page, label, "INPUT")
        page.keyboard.type(text)
        page.get_by_role("option").first.wait_for()
        page.keyboard.press("Escape")
        assert page.get_by_role("option").count() == 0
        page.keyboard.press("ArrowDown")
        page.get_by_role("option").first.wait_for()
        page.keyboard.press("ArrowDown")
        page.keyboard.press("Enter")
        assert page.evaluate("document.activeElement.value").startswith("taxon/"), treaty
    page.keyboard.press("Enter")
    page.wait_for_url("**/compare?a=taxon*")
    assert page.locator("table.compare th a").count() == 2


def test_a_query_is_run_and_stopped_with_the_keyboard(reader) -> None:
    page = reader().open(
        "/sparql?edit=SELECT+(COUNT(*)+AS+%3Fn)+%7B+%3Fa+%3Fb+%3Fc+.+%3Fd+%3Fe+%3Ff+.+%3Fg+%3Fh+%3Fi+%7D"
    )
    page.locator(".CodeMirror").wait_for()
    tab_to(page, "Query", "TEXTAREA")
    tab_to(page, "Run", "BUTTON", most=1)
    page.keyboard.press("Enter")
    tab_to(page, "Stop", "BUTTON", most=1)
    page.keyboard.press("Enter")
    page.get_by_text("Stopped.").first.wait_for()
    assert focused(page) == "Run"
    tab_to(page, "Answer as", "SELECT", most=1)


def test_a_refused_form_is_read_from_its_faults(reader) -> None:
    one = reader()
    page = one.open("/steward/sign-in?next=/steward/records/meetings")
    tab_to(page, "Your name")
    page.keyboard.type("CMS Secretariat")
    tab_to(page, "Token", most=1)
    page.keyboard.type(TOKEN)
    page.keyboard.press("Enter")
    page.get_by_role("button", name="Save").wait_for()
    tab_to(page, "Start")
    page.keyboard.type("never")
    # The form itself would ask for what is required before it is sent.
    page.evaluate("document.querySelector('form.entries').noValidate = true")
    page.keyboard.press("Enter")
    page.locator(".faults").wait_for()
    assert focused(page).startswith("Nothing was written")
    tab_to(page, "", "A", most=1)
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.closest('.entry.wrong') !== null")
    one.complaints[:] = [text for text in one.complaints if "422" not in text]
