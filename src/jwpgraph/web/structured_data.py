"""schema.org for crawlers: what a page is about, as JSON-LD within the page."""

from __future__ import annotations

from typing import Any

import orjson
from markupsafe import Markup

from jwpgraph.entities.nodes import PREF_LABEL, EntityNode
from jwpgraph.vocabulary import BASE, PREFIXES
from jwpgraph.web.entity_view import EntityView

#: What crawlers know our classes as; anything else is a Thing.
_TYPES = {
    "taxon": "Taxon",
    "species-group": "Taxon",
    "body": "Organization",
    "country": "Country",
    "region": "Place",
    "historic-area": "Place",
    "meeting": "Event",
    "instrument": "Legislation",
    "work-programme": "CreativeWork",
    "activity": "CreativeWork",
    "source": "CreativeWork",
    "tool": "WebSite",
    "programme": "Project",
    "theme": "DefinedTerm",
}
_ALTERNATIVES = (PREF_LABEL, PREFIXES["skos"] + "altLabel")
_NAME = PREFIXES["gbif"] + "canonicalName"


def make_structured_data(node: EntityNode, entity: EntityView, page: str) -> Markup:
    """The JSON-LD about *node*, safe within a script element.

    Args:
        node: the thing.
        entity: its page.
        page: the address of the page.
    """
    segment = entity.kind.segment if entity.kind else ""
    others = {term.value for name in _ALTERNATIVES for term in node.properties.get(name, ())} - {entity.name}
    document: dict[str, Any] = {
        "@context": "https://schema.org",
        "@type": _TYPES.get(segment, "Thing"),
        "@id": node.iri,
        "name": entity.name,
        "alternateName": sorted(others)[:50],
        "identifier": entity.notation,
        "description": entity.summary[0].text if entity.summary else None,
        "scientificName": name.value if (name := node.first(_NAME)) else None,
        "mainEntityOfPage": page,
        "subjectOf": {
            "@type": "Dataset",
            "@id": BASE + "dataset",
            "name": "The CMS–CITES Joint Work Programme as linked data",
            "version": str(entity.release),
            "license": "https://creativecommons.org/licenses/by/4.0/",
        },
    }
    return escape_for_script({key: value for key, value in document.items() if value})


def escape_for_script(document: dict[str, Any]) -> Markup:
    """*document* as JSON that no text in it can end the script element of: ``<``, ``>`` and ``&`` are escaped."""
    text = orjson.dumps(document).decode()
    for character in "<>&\u2028\u2029":
        text = text.replace(character, f"\\u{ord(character):04x}")
    return Markup(text)  # noqa: S704 - escaped above
