"""After an upgrade with other shapes, the next change validates the whole union, however large."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from jwpgraph.releases.builder import Builder
from jwpgraph.releases.changes import PutGraph, SparqlUpdate
from jwpgraph.releases.gate import GateRefusedError, ShapesGraph
from jwpgraph.validation import severity_gate

GRAPH = "https://w3id.org/jwpgraph/graph/t"
STRICTER = """
@prefix sh: <http://www.w3.org/ns/shacl#> .
@prefix ex: <https://example.org/> .
ex:OldShape a sh:NodeShape ; sh:targetClass ex:Old ; sh:property ex:OldShape-name .
ex:OldShape-name sh:path ex:name ; sh:minCount 1 ; sh:message "Give the old thing a name."@en .
"""


@pytest.mark.parametrize("named", [True, False])
def test_the_union_is_not_held_in_memory(
    builder: Builder, turtle, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, named: bool
) -> None:
    """With 16 million triples, each update after an upgrade ended for lack of memory."""
    builder.build(PutGraph(GRAPH, (turtle("ex:a a ex:Old ; ex:number 01 ." + (" ex:a ex:name 'A' ." * named)),)))
    (path := tmp_path / "stricter.ttl").write_text(STRICTER)
    upgraded = replace(builder, shapes=ShapesGraph.read(path))
    monkeypatch.delattr(severity_gate, "union_as_n_triples")
    update = SparqlUpdate("INSERT DATA { <urn:x> <urn:p> 1 }")
    if named:
        assert upgraded.build(update).manifest.conformance.conforms
        assert upgraded.build(SparqlUpdate("INSERT DATA { <urn:x> <urn:p> 2 }")).number == 3
    else:
        with pytest.raises(GateRefusedError, match="1 violation"):
            upgraded.build(update)
