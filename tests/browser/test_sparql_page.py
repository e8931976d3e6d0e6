"""The SPARQL page with its editor: examples run, answers as table, chart and map, completion from the release alone."""

from __future__ import annotations

from urllib.parse import quote

import pytest

from jwpgraph.web.assets import get_assets

pytestmark = pytest.mark.skipif(
    get_assets().world is None, reason="the assets of the pages are not built (there is no npm)"
)

PREFIXES = """PREFIX geo: <http://www.opengis.net/ont/geosparql#>
PREFIX jwp: <https://w3id.org/jwpgraph/ontology#>
PREFIX skos: <http://www.w3.org/2004/02/skos/core#>
"""
BY_COUNTRY = (
    PREFIXES
    + """SELECT ?country (COUNT(DISTINCT ?taxon) AS ?taxa) {
  ?record jwp:inPlace ?country ; jwp:ofTaxon ?taxon
} GROUP BY ?country ORDER BY DESC(?taxa)"""
)
SITES = PREFIXES + "SELECT ?name ?point { ?site geo:hasGeometry/geo:asWKT ?point ; skos:prefLabel ?name }"
HOSTILE = r"""SELECT * { VALUES (?text ?link) { ("<img src=x onerror=alert(1)>" <javascript:alert(1)>) } }"""


def ask(one, query: str):
    """Run *query* on the page."""
    page = one.open(f"/sparql?edit={quote(query)}")
    page.get_by_role("button", name="Run").click()
    page.locator(".answer-table").wait_for()
    return page


def view(page, name: str) -> None:
    page.locator(".yasr_header").get_by_role("button", name=name).click()


def test_an_example_runs_and_is_drawn(reader) -> None:
    one = reader()
    page = one.open("/sparql")
    page.get_by_role("link", name="Shared taxa per class").click()
    page.get_by_role("button", name="Run").click()
    page.get_by_role("cell", name="Mammalia").wait_for()
    assert one.path.startswith("/sparql?edit=")
    page.get_by_role("button", name="shared").click()
    assert page.get_by_role("columnheader", name="shared").get_attribute("aria-sort") == "ascending"
    page.get_by_label("Rows containing").fill("rept")
    assert page.locator(".answer-table tbody tr").count() == 1
    view(page, "Chart")
    assert page.locator("svg.bars rect").count() >= 2
    page.get_by_label("Numbers").select_option("percent")
    assert page.locator("svg.bars title").first.text_content().startswith("Mammalia: ")


def test_countries_and_points_are_mapped(reader) -> None:
    one = reader()
    page = ask(one, BY_COUNTRY)
    view(page, "Map")
    assert page.locator("svg.world use[href$='#BR']").bounding_box()["width"] > 20
    page = ask(one, SITES)
    view(page, "Map")
    assert page.locator("svg.world circle.dot").count() > 50


def test_a_term_that_nothing_has_is_named(reader) -> None:
    page = ask(reader(), PREFIXES + "SELECT ?s ?p { ?s a jwp:Activity OPTIONAL { ?s jwp:themes ?p } }")
    note = "Nothing in this release has jwp:themes: misspelt, or not used."
    page.get_by_role("status").get_by_text(note).wait_for()
    page = ask(reader(), PREFIXES + "SELECT ?s ?p { ?s a jwp:Activity OPTIONAL { ?s jwp:theme ?p } }")
    assert page.get_by_text("Nothing in this release has").count() == 0


def test_links_lead_into_the_service_and_labels_are_text(reader) -> None:
    one = reader()
    page = ask(one, HOSTILE)
    assert page.locator(".answer-table").get_by_text("<img src=x onerror=alert(1)>").is_visible()
    assert page.locator(".answer-table a").count() == 0
    page = ask(one, BY_COUNTRY)
    assert page.locator(".answer-table a").first.get_attribute("href").startswith("/doc/country/")


def test_a_query_is_completed_from_the_release(reader) -> None:
    page = reader().open(f"/sparql?edit={quote(PREFIXES + 'SELECT * { ?s a jwp:Activ')}")
    page.locator(".CodeMirror").wait_for()
    page.locator(".CodeMirror-line").last.click()
    page.keyboard.press("Control+End")
    page.keyboard.press("Control+Space")
    page.get_by_role("option", name="jwp:ActivityPart").wait_for()
    page.keyboard.press("Enter")
    assert "jwp:Activity" in page.locator(".CodeMirror").inner_text()


def test_the_keyboard_leaves_the_editor(reader) -> None:
    page = reader().open("/sparql")
    page.locator(".CodeMirror").wait_for()
    page.locator(".CodeMirror-line").first.click()
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.textContent") == "Run"


def test_the_answer_opens_in_a_format(reader) -> None:
    page = reader().open(f"/sparql?edit={quote('ASK { ?s ?p ?o }')}")
    page.locator(".CodeMirror").wait_for()
    with page.expect_response(lambda response: "/sparql?query=ASK" in response.url) as answer:
        page.get_by_role("button", name="Open the answer").click()
    assert answer.value.json()["boolean"] is True


@pytest.mark.parametrize(
    "options", [{}, {"color_scheme": "dark"}, {"viewport": {"width": 360, "height": 800}}], ids=str
)
def test_axe_finds_nothing_wrong_with_answers(reader, violations, options: dict) -> None:
    page = ask(reader(**options), BY_COUNTRY)
    found = {"Table": violations(page)}
    for name in ("Chart", "Map", "Response"):
        view(page, name)
        page.wait_for_timeout(100)
        found[name] = violations(page)
    assert {name: wrong for name, wrong in found.items() if wrong} == {}
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_a_missing_prefix_is_declared_and_no_rows_are_said(reader) -> None:
    one, query = reader(), 'SELECT ?s { ?s skos:notation "nothing of that kind" }'
    page = one.open(f"/sparql?edit={quote(query)}")
    page.get_by_role("button", name="Run").click()
    page.get_by_role("button", name="Declare skos and run").click()
    page.get_by_text("No rows: the query is valid").wait_for()
    assert "PREFIX+skos" in page.url
    one.complaints[:] = [text for text in one.complaints if "400" not in text]


def test_the_controls_of_an_answer_are_in_the_language_of_the_page(reader) -> None:
    page = reader(locale="es-ES").open("/sparql?example=01-activities-of-a-theme")
    page.get_by_role("button", name="Ejecutar", exact=True).click()
    page.locator(".answer-table").wait_for()
    tabs = page.locator(".yasr_header button[class*='select_']:visible")
    page.wait_for_function("document.querySelector('.select_response').title === 'Respuesta sin formato'")
    names = ["Tabla", "Gráfico", "Mapa", "Respuesta sin formato"]
    assert [one.get_attribute("aria-label") for one in tabs.all()] == names
    spoken = page.locator(".answer [title], .answer [aria-label]").evaluate_all(
        "all => all.filter(one => one.checkVisibility()).flatMap(one => [one.title, one.ariaLabel ?? ''])"
    )
    assert not [text for text in spoken if any(word in text for word in ("Shows", "Download", "plugin"))]
    assert "," in page.locator(".filters [role=status]").inner_text()


def test_a_query_is_stopped(reader) -> None:
    page = reader().open(f"/sparql?edit={quote('SELECT (COUNT(*) AS ?n) { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i }')}")
    page.get_by_role("button", name="Run").click()
    page.get_by_role("button", name="Stop").click()
    page.get_by_text("Stopped.").wait_for()
    assert page.get_by_role("button", name="Run").is_visible()
