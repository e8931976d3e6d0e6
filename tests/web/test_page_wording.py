"""Words on pages: names instead of identifiers and codes, in the language of the page."""

from __future__ import annotations

import re

import pytest


def test_checks_are_listed_by_names_and_not_by_identifiers(client) -> None:
    text = client.get("/shapes", accept="text/html").text
    assert "-sparql</a>" not in text
    page = client.get("/shapes/Activity-headingOfTheme", accept="text/html").text
    assert 'id="Activity-headingOfTheme-sparql"' in page


@pytest.mark.parametrize("words", ["encabezamiento", "rubrique", "Activity-heading"])
@pytest.mark.parametrize("language", ["en", "fr", "es"])
def test_shapes_are_found_by_their_texts_in_every_language(client, words: str, language: str) -> None:
    assert 'href="/shapes/Activity' in client.get(f"/shapes?q={words}&ui={language}", accept="text/html").text


def test_only_lists_of_the_programme_are_in_the_order_of_the_document(client) -> None:
    assert ">place in the document<" in client.get("/browse/activities", accept="text/html").text
    assert ">place in the document<" not in client.get("/browse/countries", accept="text/html").text


def test_the_relation_of_two_names_is_said_in_words_of_readers(client) -> None:
    for path in ("/shared-species", "/programme/proposals"):
        text = client.get(path, accept="text/html").text
        assert "(the same taxon)" in text, path
        assert "is congruent with" not in text, path


def test_a_translated_name_is_marked_on_its_page(client) -> None:
    page = client.get("/doc/instrument/raptors-mou?ui=fr", accept="text/html").text
    assert "Mémorandum d’accord sur la conservation des oiseaux de proie migrateurs d’Afrique et d’Eurasie</" in page
    assert "Nom traduit par le projet ; personne n’a relu la traduction." in page
    assert "translated by the project" not in client.get("/doc/instrument/raptors-mou?ui=en", accept="text/html").text


def test_programmes_have_names_in_the_languages_of_the_interface(client) -> None:
    page = client.get("/doc/activity/jwp-2015-2020/B14?ui=fr&content=fr", accept="text/html").text
    assert "Programme de travail conjoint CMS–CITES 2015-2020" in page
    mikes = client.get("/doc/programme/mikes?ui=es&content=es", accept="text/html").text
    assert "Reducción al Mínimo de la Matanza Ilegal de Elefantes" in mikes.partition("<h1")[2].partition("</h1>")[0]


@pytest.mark.parametrize(
    "path",
    [
        "/doc/listing-event/cites/equus-africanus/i-addition-by-2017-04-21",
        "/doc/national-role/cites-cn-management-authority",
        "/doc/source/informea-leo-2019",
    ],
)
def test_every_property_of_a_page_has_a_label_in_its_language(client, path: str) -> None:
    text = client.get(path + "?ui=fr", accept="text/html").text
    assert "<dt>" in text
    assert not re.findall(r'<dt><span lang="en"[^>]*>([^<]+)', text)


def test_codes_that_repeat_a_label_are_not_shown(client) -> None:
    text = client.get("/doc/listing-event/cms/panthera-onca/i-addition-2020-05-22?ui=fr", accept="text/html").text
    facts = text.partition('<dl class="facts')[2].partition("</dl>")[0]
    assert ">inscription</a>" in facts
    assert "ADDITION" not in facts
    assert '<span class="code">CMS I</span>' not in facts
