"""Tests of labels on the pages of releases, in the language of the page."""

from __future__ import annotations

import pytest

from jwpgraph.entities.terminology import Terminology
from jwpgraph.vocabulary import PREFIXES
from jwpgraph.web.labels.properties import get_property_label
from jwpgraph.web.labels.release_messages import translate_release_message
from jwpgraph.web.languages import PageLanguages, use_locale

COMMON_NAME = PREFIXES["dwc"] + "vernacularName"


@pytest.mark.parametrize(
    ("language", "label"), [("en", "Common names"), ("fr", "Noms communs"), ("es", "Nombres comunes")]
)
def test_properties_are_named_in_the_language_of_the_page(language: str, label: str) -> None:
    with use_locale(PageLanguages(language, language)):
        assert get_property_label(COMMON_NAME, Terminology()) == (label, None)


@pytest.mark.parametrize(
    ("property_iri", "label"),
    [
        ("http://www.w3.org/1999/02/22-rdf-syntax-ns#type", "Tipo"),
        ("http://www.w3.org/2004/02/skos/core#prefLabel", "Nombre"),
    ],
)
def test_what_pages_show_in_their_heads_has_a_name_in_comparisons(property_iri: str, label: str) -> None:
    with use_locale(PageLanguages("es", "es")):
        assert get_property_label(property_iri, Terminology()) == (label, None)


@pytest.mark.parametrize(
    ("message", "shown"),
    [
        ("Shipped ontology and data", ("Ontologie et données livrées", "fr")),
        ("SPARQL Update over HTTP", ("SPARQL Update par HTTP", "fr")),
        ("PUT https://example.org/g over HTTP", ("PUT https://example.org/g par HTTP", "fr")),
        ("Record actions/a-workshop", ("Enregistrer actions/a-workshop", "fr")),
        ("Remove meetings/mine", ("Retirer meetings/mine", "fr")),
        ("corrects the saiga", ("corrects the saiga", "en")),
        ("Update over HTTP of the saiga", ("Update over HTTP of the saiga", "en")),
    ],
)
def test_only_messages_of_the_service_are_translated(message: str, shown: tuple[str, str]) -> None:
    with use_locale(PageLanguages("fr", "fr")):
        assert translate_release_message(message) == shown
    with use_locale(PageLanguages("en", "en")):
        assert translate_release_message(message) == (message, "en")
