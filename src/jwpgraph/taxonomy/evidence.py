"""Order of the levels of evidence."""

from __future__ import annotations

from typing import Final

from jwpgraph.vocabulary import ID

#: What the IRIs of the levels begin with.
EVIDENCE_LEVELS: Final = ID + "evidence-level/"
_LEVELS = ("programme-text", "sourced", "inferred", "general-knowledge")


def get_level(iri: str | None) -> str:
    """Return the slug of a level of evidence; empty for ``None``."""
    return (iri or "").removeprefix(EVIDENCE_LEVELS)


def rank_evidence(level: str | None) -> int:
    """Return the rank of a level of evidence: 0 for the strongest; ``None`` and unknown levels come last."""
    slug = get_level(level)
    return _LEVELS.index(slug) if slug in _LEVELS else len(_LEVELS)
