"""Labels of evidence levels."""

from __future__ import annotations

from jwpgraph.entities.nodes import get_local_name
from jwpgraph.web.labels.tables import translate_label


def get_evidence_label(iri: str) -> str:
    """Return the label of an evidence level in the language of the page."""
    slug = get_local_name(iri)
    return translate_label("evidence", slug, slug.replace("-", " "))


def describe_doubt(slug: str) -> str:
    """Return the label of a level of evidence if no source states the fact; else an empty text."""
    return "" if slug in ("", "sourced", "programme-text") else get_evidence_label(slug)
