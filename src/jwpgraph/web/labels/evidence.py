"""Labels of evidence levels."""

from __future__ import annotations

from jwpgraph.entities.nodes import get_local_name
from jwpgraph.web.translation import gettext


def evidence_label(iri: str) -> str:
    """Return the label of an evidence level in the language of the page."""
    slug = get_local_name(iri)
    return {
        "sourced": gettext("sourced"),
        "inferred": gettext("inferred"),
        "general-knowledge": gettext("general knowledge, unchecked"),
        "programme-text": gettext("text of the programme"),
    }.get(slug, slug.replace("-", " "))
