"""Suggestions of entities with a similar name, from the index of a type or, in a large release, from the text index."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from jwpgraph.entities import app_context
from jwpgraph.entities.app_context import AppContext
from jwpgraph.entities.entity_index import list_similar
from jwpgraph.entities.entity_types import BY_SEGMENT
from jwpgraph.releases.directory import ReleaseDirectory
from jwpgraph.vocabulary import ID


@pytest.mark.parametrize("is_large", [False, True])
@pytest.mark.parametrize("text", [f"{ID}taxon/cites/saiga-tatarika", "saiga-tataric", "Saiga tatarrica"])
def test_similar_names_are_suggested(queries, published: Path, monkeypatch, text: str, is_large: bool) -> None:
    monkeypatch.setattr(app_context, "_MOST_TRIPLES", 0 if is_large else 10**9)
    site = AppContext(queries, ReleaseDirectory(published))
    assert site.is_large() is is_large
    found = asyncio.run(list_similar(site, BY_SEGMENT["taxon"], text))
    assert 1 <= len(found) <= 5
    assert any("saiga-tatarica" in node.iri and "aiga" in node.name for node in found)
    assert (site.find_result("register:taxon") is None) or not is_large


@pytest.mark.parametrize("text", ["", "---", "\ud800", "%00", "x" * 5000, "' OR label_words MATCH '*", '"'])
def test_texts_without_words_have_no_similar_names(queries, published: Path, monkeypatch, text: str) -> None:
    monkeypatch.setattr(app_context, "_MOST_TRIPLES", 0)
    site = AppContext(queries, ReleaseDirectory(published))
    assert len(asyncio.run(list_similar(site, BY_SEGMENT["taxon"], text))) <= 5
