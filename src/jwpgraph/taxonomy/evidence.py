"""Order of the levels of evidence."""

from __future__ import annotations

from jwpgraph.vocabulary import ID

_LEVELS = ("programme-text", "sourced", "inferred", "general-knowledge")


def rank_evidence(level: str | None) -> int:
    """Return the rank of a level of evidence: 0 for the strongest; ``None`` and unknown levels come last."""
    slug = (level or "").removeprefix(ID + "evidence-level/")
    return _LEVELS.index(slug) if slug in _LEVELS else len(_LEVELS)
