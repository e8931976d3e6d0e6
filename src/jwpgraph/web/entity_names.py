"""Names of an entity on its page, and the languages that they are in."""

from __future__ import annotations

from collections.abc import Iterable

from jwpgraph.entities.nodes import (
    LABEL_PROPERTIES,
    PREF_LABEL,
    EntityNode,
    list_preferred_languages,
    merge_letter_cases,
    sort_links,
)
from jwpgraph.query_execution.queries import QueryTerm
from jwpgraph.vocabulary import PREFIXES
from jwpgraph.web.languages import CONTENT

_NAMES = (PREF_LABEL, PREFIXES["skos"] + "altLabel", PREFIXES["dwc"] + "vernacularName")


def list_other_names(
    node: EntityNode, more: Iterable[QueryTerm] = (), shown: str | None = None
) -> list[tuple[str, str | None]]:
    """Return the names in other languages and the alternative names, without duplicates.

    Scientific names come first, then those in widely read languages.

    Args:
        node: the thing.
        more: names that it has elsewhere.
        shown: the name that the page has as its title; default: the node's.
    """
    terms = [term for predicate in _NAMES for term in node.properties.get(predicate, ())]
    names = [(term.value, term.language) for term in sort_links([*terms, *more], {})]
    others = [one for one in names if one[0].casefold() != (shown or node.name).casefold()]
    # The scientific name of an animal without an English name is also its English label: it stays a scientific name.
    ordered = sorted(others, key=lambda one: _get_language_order(one[1]))
    return merge_letter_cases(ordered, lambda one: one[0])


def _get_language_order(language: str | None) -> int:
    first = ["la", *list_preferred_languages(), *CONTENT]
    return first.index(language) if language in first else len(first)


def find_label_language(node: EntityNode, label: QueryTerm) -> str | None:
    """Return the language of a label; a scientific name is Latin even if it stands for an English name."""
    is_scientific = any(
        one.value == label.value and one.language == "la"
        for predicate in LABEL_PROPERTIES
        for one in node.properties.get(predicate, ())
    )
    return "la" if is_scientific else label.language
