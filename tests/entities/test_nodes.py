"""Names of nodes."""

from __future__ import annotations

import pytest

from jwpgraph.entities.common_names import choose_common_name
from jwpgraph.entities.nodes import EntityNode, merge_letter_cases, prefer_language
from jwpgraph.query_execution.queries import QueryTerm
from jwpgraph.vocabulary import PREFIXES
from jwpgraph.web.alphabet import _make_entries
from jwpgraph.web.entity_names import list_other_names
from jwpgraph.web.entity_view import _make_address_text

PREFERRED, COMMON = PREFIXES["skos"] + "prefLabel", PREFIXES["dwc"] + "vernacularName"


def make_saker() -> EntityNode:
    node = EntityNode("https://w3id.org/jwpgraph/id/taxon/cites/falco-cherrug")
    node.add(PREFERRED, QueryTerm("literal", "Saker falcon", "en"))
    for name in ("Saker Falcon", "Saker", "saker"):
        node.add(COMMON, QueryTerm("literal", name, "en"))
    return node


def test_names_that_differ_in_letter_case_are_merged_into_the_first() -> None:
    assert merge_letter_cases(["Saker falcon", "Saker", "Saker Falcon"], str) == ["Saker falcon", "Saker"]


def test_a_page_shows_names_that_differ_in_letter_case_once() -> None:
    assert len(list_other_names(make_saker())) == 1


def test_the_alphabet_shows_names_that_differ_in_letter_case_once() -> None:
    assert [one.name for one in _make_entries([make_saker()], "en")] == ["Saker falcon", "Saker"]


@pytest.mark.parametrize(
    ("names", "chosen"),
    [
        (["Anguielo", "Anguille", "Anguille argentée", "Anguille d'Europe"], "Anguille"),
        (["Grand requin blanc", "Lamie", "Requin blanc"], "Requin blanc"),
        (["Antílope saiga", "Saiga"], "Saiga"),
        # No name is part of another one, and the sources do not tell which is preferred.
        (["Once", "Irbis", "Léopard des neiges"], "Irbis"),
        (["Faucon sacre"], "Faucon sacre"),
    ],
)
def test_a_common_name_that_others_extend_is_chosen(names: list[str], chosen: str) -> None:
    assert choose_common_name(names) == chosen


@pytest.mark.parametrize(
    ("taxon", "names", "chosen"),
    [
        ("rhincodon-typus", ["Chagrin", "Requin-baleine"], "Requin-baleine"),
        ("rhincodon-typus", ["Dámero", "Pez dama", "Tiburón ballena"], "Tiburón ballena"),
        ("panthera-pardus", ["Chita", "Leopardo", "Pantera"], "Leopardo"),  # "chita" is the cheetah
        ("dermochelys-coriacea", ["Canal", "Tinglada", "Tortuga laud"], "Tortuga laud"),
        ("lamna-nasus", ["Cailón", "Cailón marrajo", "Marrajo"], "Cailón"),  # "marrajo" is the shortfin mako
    ],
)
def test_the_name_that_readers_use_is_chosen(taxon: str, names: list[str], chosen: str) -> None:
    assert choose_common_name(names, f"https://w3id.org/jwpgraph/id/taxon/cites/{taxon}") == chosen


def test_a_name_that_the_language_of_the_content_lacks_is_in_that_of_the_interface() -> None:
    node = make_saker()
    node.add(COMMON, QueryTerm("literal", "Faucon sacre", "fr"))
    place = EntityNode("https://w3id.org/jwpgraph/id/country/DE")
    for name, language in (("Germany", "en"), ("Allemagne", "fr"), ("Alemania", "es")):
        place.add(PREFERRED, QueryTerm("literal", name, language))
    with prefer_language("ar", "fr"):
        assert (place.name, node.name) == ("Allemagne", "Faucon sacre")
    with prefer_language("ar"):
        assert (place.name, node.name) == ("Germany", "Saker falcon")
    with prefer_language("en", "fr"):
        assert (place.name, node.name) == ("Germany", "Saker falcon")


def test_addresses_without_a_name_show_where_they_lead() -> None:
    assert _make_address_text("https://eol.org/pages/328677") == "eol.org: 328677"
    itis = "https://www.itis.gov/servlet/SingleRpt/SingleRpt?search_topic=TSN&search_value=625153"
    assert _make_address_text(itis) == "itis.gov: 625153"
    assert _make_address_text("https://www.example.org/") == "example.org"
