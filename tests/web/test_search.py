"""Finding: facets with counts, questions, the alphabet and trees; every state is a URL."""

from __future__ import annotations

import re

import pytest

from jwpgraph.entities.nodes import EntityNode
from jwpgraph.query_execution.queries import QueryTerm
from jwpgraph.vocabulary import PREFIXES
from jwpgraph.web.alphabet import get_initial
from jwpgraph.web.question_parser import parse_question


def country(*names: str) -> EntityNode:
    node = EntityNode("https://w3id.org/jwpgraph/id/country/" + names[0])
    for name in names:
        node.add(PREFIXES["skos"] + "prefLabel", QueryTerm("literal", name))
    return node


COUNTRIES = [country("Mongolia", "Mongolie"), country("Guinea"), country("Papua New Guinea"), country("Chad")]


@pytest.mark.parametrize(
    ("query", "words", "name", "treaty"),
    [
        ("is the saker falcon protected in Mongolia under CMS?", "saker falcon", "Mongolia", "cms"),
        ("saker falcon mongolia", "saker falcon", "Mongolia", None),
        ("faucon sacre en Mongolie", "faucon sacre", "Mongolia", None),
        ("dugong in Papua New Guinea, CITES", "dugong", "Papua New Guinea", "cites"),
    ],
)
def test_a_question_names_a_thing_and_a_country(query: str, words: str, name: str, treaty: str | None) -> None:
    found = parse_question(query, COUNTRIES)
    assert found is not None
    assert (found.words, found.country.name, found.treaty) == (words, name, treaty)


@pytest.mark.parametrize("query", ["saker falcon", "Mongolia", "is Mongolia a party to CMS", "chadwick's beetle", "?"])
def test_a_search_is_no_question(query: str) -> None:
    assert parse_question(query, COUNTRIES) is None


def test_letters_have_no_diacritics() -> None:
    assert [get_initial(name) for name in ("Éléphant", "ßaker", "«Âne»", "3 toads", "سقر", "—")] == list("ESA#س#")


def page(shipped, path: str) -> str:
    with shipped.client() as client:
        answer = client.get(path, headers={"Accept": "text/html"})
    assert answer.status_code == 200, path
    return answer.text


def test_one_search_answers_whether_the_saker_is_protected_in_mongolia(shipped) -> None:
    text = page(shipped, "/search?q=is+the+saker+falcon+protected+in+Mongolia+under+CMS")
    answer = text.partition('aria-labelledby="answer"')[2].partition("</section>")[0]
    assert "Saker falcon in Mongolia" in answer
    assert "Not Appendix I: it leaves out the population of Mongolia" in answer
    assert "CMS Appendix </span>II" in answer
    assert "CITES" not in answer
    assert 'href="/doc/taxon/cms/falco-cherrug?in=MN"' in answer


def test_facets_count_what_they_lead_to(shipped) -> None:
    text = page(shipped, "/search?q=falco")
    facets = text.partition('<nav class="facets"')[2].partition("</nav>")[0]
    choices = re.findall(r'<li><a href="(/search[^"]+)"[^>]*>[^<]+</a> <span class="quiet">(\d+)</span>', facets)
    assert len(choices) > 6
    for href, count in choices[:12]:
        there = page(shipped, href.replace("&amp;", "&"))
        assert re.search(rf'aria-live="polite">{count} found', there), href


def test_results_are_grouped_by_kind_with_the_name_that_was_found(shipped) -> None:
    text = page(shipped, "/search?q=faucon+sacre")
    assert '<h2 id="of-taxon">' in text
    assert '<span lang="fr" dir="auto">Faucon sacre</span>' in text


@pytest.mark.parametrize("identifier", ["Q165974", "345164"])
def test_identifiers_of_other_databases_are_found(shipped, identifier: str) -> None:
    assert "/doc/taxon/cms/falco-cherrug" in page(shipped, f"/search?q={identifier}")


def test_the_matrix_leads_to_as_many_species_as_it_counts(shipped) -> None:
    cells = re.findall(r'href="(/search\?type=taxon[^"]+)"[^>]*><strong>(\d+)</strong>', page(shipped, "/"))
    assert len(cells) >= 3
    for href, count in cells:
        assert f">{count} found" in page(shipped, href.replace("&amp;", "&")), href


def test_the_alphabet_has_every_language_and_alternative_names(client) -> None:
    text = client.get("/a-z/taxa?lang=fr&letter=F").text
    assert '<span lang="fr" dir="auto">Faucon sacre</span>' in text
    assert "→ Saker falcon" in text
    assert client.get("/a-z/activities").status_code == 200
    assert client.get("/a-z/nothing").status_code == 404
    assert "has a name in this language" in client.get("/a-z/taxa?lang=xx").text


def test_a_tree_is_walked_down_and_up(client) -> None:
    top = client.get("/trees/cms").text
    below = re.search(r'href="(/trees/cms\?at=[^"]+)"', top)
    assert below
    path = "/trees/cms?at=taxon/cms/falconidae"
    text = client.get(path).text
    assert text.index("Animalia") < text.index("Aves") < text.index('href="/trees/cms?at=taxon/cms/falco"')
    themes = client.get("/trees/themes?at=theme/jwp-2015-2020/B").text
    assert themes.index("Argali") < themes.index("Saiga") < themes.index("Sharks")
    assert "B14" in client.get("/trees/themes?at=heading/jwp-2015-2020/saker-falcon").text
    assert "C1" in client.get("/trees/leo?at=http://www.informea.org/terms/synergy").text or "synergy" in top
    for wrong in ("/trees/nothing", "/trees/cms?at=taxon/cms/nothing"):
        assert client.get(wrong).status_code == 404
