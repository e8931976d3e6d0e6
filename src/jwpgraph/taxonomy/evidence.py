"""Levels of evidence in their order."""

from __future__ import annotations

from jwpgraph.vocabulary import ID

_LEVELS = ("programme-text", "sourced", "inferred", "general-knowledge")


def strength(level: str | None) -> int:
    """The place of a level of evidence in their order, the strongest first; what has none comes last."""
    slug = (level or "").removeprefix(ID + "evidence-level/")
    return _LEVELS.index(slug) if slug in _LEVELS else len(_LEVELS)
