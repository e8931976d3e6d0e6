"""Names of nodes."""

from __future__ import annotations

from jwpgraph.entities.nodes import EntityNode, merge_letter_cases
from jwpgraph.query_execution.queries import QueryTerm
from jwpgraph.vocabulary import PREFIXES
from jwpgraph.web.alphabet import _make_entries
from jwpgraph.web.entity_view import list_other_names

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
