"""Texts that were decoded with the wrong encoding are put right, and no such text is left in the shipped data."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from jwpgraph.sources.encoding_repair import repair_encoding

DATA = Path(__file__).resolve().parents[2] / "data/ttl"


@pytest.mark.parametrize(
    ("text", "repaired"),
    [
        ("Monte AlÈn", "Monte Alén"),
        ("SchildkrÃ¶ten Krokodile BrÃ¼ckenechsen", "Schildkröten Krokodile Brückenechsen"),
        ("Los BaÃ±os", "Los Baños"),
        ("Réserve de faune à l’Éléphant, Côte d’Ivoire", "Réserve de faune à l’Éléphant, Côte d’Ivoire"),
        ("ÉLÉPHANT", "ÉLÉPHANT"),
        ("Schildkr\ufffdten", None),
        ("SchildkrÃ", None),
    ],
)
def test_repair(text: str, repaired: str | None) -> None:
    assert repair_encoding(text) == repaired


def test_shipped_texts() -> None:
    texts = {
        literal
        for path in DATA.rglob("*.ttl")
        for literal in re.findall(r'"((?:[^"\\\n]|\\.)*[^\x00-\x7f](?:[^"\\\n]|\\.)*)"', path.read_text("utf-8"))
    }
    assert len(texts) > 100
    assert {text for text in texts if repair_encoding(text) != text} == set()
