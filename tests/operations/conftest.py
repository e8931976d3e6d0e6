"""A data directory with a builder, a small shape and no rules."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from jwpgraph.releases.builder import Builder
from jwpgraph.releases.changes import Payload
from jwpgraph.releases.directory import ReleaseDirectory
from jwpgraph.releases.gate import ShapesGraph
from jwpgraph.releases.rules import RuleSet
from jwpgraph.validation.severity_gate import SeverityGate

SHAPES = """
@prefix sh: <http://www.w3.org/ns/shacl#> .
@prefix ex: <https://example.org/> .
ex:NamedShape a sh:NodeShape ; sh:targetClass ex:Thing ; sh:property ex:NamedShape-name .
ex:NamedShape-name sh:path ex:name ; sh:minCount 1 ; sh:message "Give the thing a name."@en .
"""


@pytest.fixture
def builder(tmp_path: Path) -> Builder:
    shapes = tmp_path / "shapes.ttl"
    shapes.write_text(SHAPES)
    return Builder(ReleaseDirectory(tmp_path / "data"), SeverityGate(), ShapesGraph.read(shapes), RuleSet(()), wait=0.2)


@pytest.fixture
def turtle(tmp_path: Path) -> Callable[[str], Payload]:
    """Return a function that writes Turtle with the prefix ``ex:`` to a file and returns it as a payload."""
    count = 0

    def write(text: str) -> Payload:
        nonlocal count
        count += 1
        path = tmp_path / f"payload-{count}.ttl"
        path.write_text("@prefix ex: <https://example.org/> .\n" + text)
        return Payload(path, "text/turtle")

    return write
