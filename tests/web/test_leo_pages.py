"""The pages of LEO: a list with search, and a page and data for each term."""

from __future__ import annotations

import re

import pyoxigraph as ox
import pytest

TERM = "http://www.informea.org/terms/"
SKOS = "http://www.w3.org/2004/02/skos/core#"
HTML = "text/html"


def test_the_list_has_all_terms_and_finds_words(client) -> None:
    first = client.get("/leo", accept=HTML).text
    assert re.search(r"<h1>[^<]*<span class=\"count\">565</span>", first)
    found = set()
    for offset in range(0, 600, 100):
        found |= set(re.findall(r'href="/leo/([^"?]+)"', client.get(f"/leo?offset={offset}", accept=HTML).text))
    assert len(found) == 565
    some = client.get("/leo?q=TRADE+species", accept=HTML).text
    assert "trade in species" in some
    assert "synergy" not in some


def test_a_term_shows_its_neighbours_and_activities(client) -> None:
    page = client.get("/leo/synergy", accept=HTML).text
    assert "<h1>synergy</h1>" in page
    assert 'href="/leo/international-agreement">international agreement</a>' in page
    assert 'href="/doc/activity/jwp-2015-2020/A1"' in page
    assert f'href="{TERM}synergy"' in page
    assert 'href="/leo/synergy"' in client.get("/leo/international-agreement", accept=HTML).text
    assert 'href="/leo/synergy"' in client.get("/doc/activity/jwp-2015-2020/A1", accept=HTML).text
    assert 'href="/leo/synergy"' in client.get(f"/trees/leo?at={TERM}international-agreement", accept=HTML).text


@pytest.mark.parametrize(("language", "words"), [("fr", "Termes génériques"), ("es", "Términos genéricos")])
def test_pages_are_in_the_languages_of_the_interface(client, language: str, words: str) -> None:
    page = client.get(f"/leo/synergy?ui={language}", accept=HTML).text
    assert words in page
    assert '<h1 lang="en" dir="auto">synergy</h1>' in page


def test_labels_are_in_the_language_of_the_content(client_with) -> None:
    client = client_with(f'<{TERM}synergy> <{SKOS}prefLabel> "synergie"@fr .')
    page = client.get("/leo/synergy?content=fr&ui=fr", accept=HTML).text
    assert "<h1>synergie</h1>" in page
    assert '<span lang="en" dir="auto">synergy</span>' in page
    assert "synergie" in client.get("/leo?q=synergie&content=fr", accept=HTML).text


def test_a_term_is_data_by_negotiation_and_extension(client) -> None:
    label = ox.Triple(
        ox.NamedNode(TERM + "synergy"), ox.NamedNode(SKOS + "prefLabel"), ox.Literal("synergy", language="en")
    )
    for path, accept in (("/leo/synergy", "text/turtle"), ("/leo/synergy.ttl", HTML)):
        answer = client.get(path, accept=accept)
        assert answer.headers["content-type"].startswith("text/turtle")
        assert label in {quad.triple for quad in ox.parse(answer.content, format=ox.RdfFormat.TURTLE)}
        assert client.get(path, accept=accept, if_none_match=answer.headers["etag"]).status_code == 304
    links = client.get("/leo/synergy", accept=HTML).headers["link"]
    for address in re.findall(r"<http://jwp.example([^>]*)>", links):
        assert client.get(address).status_code == 200
    assert client.get("/leo/synergy", accept="application/ld+json").json()
    assert client.get("/leo/synergy.html").headers["link"] == links


def test_unknown_terms_and_parameters_are_refused(client) -> None:
    assert client.get("/leo/synerg").status_code == 404
    assert client.get("/leo/synerg.ttl").status_code == 404
    assert client.get("/leo?x=1").status_code == 422
    assert client.get("/leo/synergy?x=1").status_code == 422
    assert client.get("/leo?offset=-1").status_code == 422
