"""A data directory with a real builder: the real gate over small shapes, and one rule."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from jwpgraph.releases.builder import Builder
from jwpgraph.releases.changes import Payload
from jwpgraph.releases.directory import ReleaseDirectory
from jwpgraph.releases.gate import ShapesGraph
from jwpgraph.releases.rules import Rule, RuleSet
from jwpgraph.validation.severity_gate import SeverityGate

SHAPES = """
@prefix sh: <http://www.w3.org/ns/shacl#> .
@prefix ex: <https://example.org/> .
ex:NamedShape a sh:NodeShape ;
  sh:targetClass ex:Thing ;
  sh:property ex:NamedShape-name .
ex:NamedShape-name sh:path ex:name ;
  sh:minCount 1 ;
  sh:message "Give the thing a name."@en .
"""

SYMMETRY = "CONSTRUCT { ?b <https://example.org/near> ?a } WHERE { ?a <https://example.org/near> ?b }"


@pytest.fixture
def shapes(tmp_path: Path) -> ShapesGraph:
    path = tmp_path / "shapes.ttl"
    path.write_text(SHAPES)
    return ShapesGraph.read(path)


@pytest.fixture
def builder(tmp_path: Path, shapes: ShapesGraph) -> Builder:
    return Builder(
        releases=ReleaseDirectory(tmp_path / "data"),
        gate=SeverityGate(),
        shapes=shapes,
        rules=RuleSet((Rule("symmetry", SYMMETRY),)),
        wait=0.2,
    )


@pytest.fixture
def turtle(tmp_path: Path) -> Callable[..., Payload]:
    """Writes Turtle with the prefix ``ex:`` to a file and gives it as a payload."""
    written = 0

    def write(text: str, media_type: str = "text/turtle") -> Payload:
        nonlocal written
        written += 1
        path = tmp_path / f"payload-{written}"
        prefix = "@prefix ex: <https://example.org/> .\n" if media_type in {"text/turtle", "application/trig"} else ""
        path.write_text(prefix + text)
        return Payload(path, media_type)

    return write
