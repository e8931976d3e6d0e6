"""A slip in a target does not look green."""

from __future__ import annotations

import pytest
from pyoxigraph import RdfFormat, Store

from jwpgraph.releases.gate import Shapes
from jwpgraph.validation.targets import idle_results

PREFIXES = """
@prefix sh: <http://www.w3.org/ns/shacl#> .
@prefix rdf: <http://www.w3.org/1999/02/22-rdf-syntax-ns#> .
@prefix rdfs: <http://www.w3.org/2000/01/rdf-schema#> .
@prefix ex: <https://example.org/> .
"""
DATA = PREFIXES + "ex:a a ex:Cat ; ex:likes ex:b . ex:Cat rdfs:subClassOf ex:Animal . ex:Dog a rdfs:Class ."


def idle(tmp_path, shapes: str, data: str = DATA) -> list[tuple[str, str | None]]:
    path = tmp_path / "shapes.ttl"
    path.write_text(PREFIXES + shapes)
    store = Store()
    store.load(data.encode(), format=RdfFormat.TURTLE)
    return [(result.focus, result.value) for result in idle_results(store, Shapes.read(path), "info")]


@pytest.mark.parametrize(
    "target",
    [
        "sh:targetClass ex:Cat",
        "sh:targetClass ex:Animal",
        "sh:targetSubjectsOf ex:likes",
        "sh:targetObjectsOf ex:likes",
        "sh:targetNode ex:b",
        "sh:targetClass ex:Cat ; sh:targetClass ex:Dog",
        "sh:deactivated true ; sh:targetClass ex:Nothing",
        "rdfs:comment 'For use in other shapes.'",
    ],
)
def test_shapes_with_something_to_check_or_that_ask_for_nothing_are_quiet(tmp_path, target):
    assert idle(tmp_path, f"ex:Shape a sh:NodeShape ; {target} .") == []


@pytest.mark.parametrize(
    "target",
    [
        "sh:targetClass ex:Caat",
        "sh:targetClass ex:Dog",
        "sh:targetSubjectsOf ex:hates",
        "sh:targetObjectsOf ex:hates",
        "sh:targetNode ex:nobody",
        "a rdfs:Class",
    ],
)
def test_a_shape_without_focus_nodes_is_told(tmp_path, target):
    assert idle(tmp_path, f"ex:Shape a sh:NodeShape ; {target} .") == [("<https://example.org/Shape>", None)]


def test_a_misspelt_target_beside_a_good_one_is_told(tmp_path):
    found = idle(tmp_path, "ex:Shape a sh:NodeShape ; sh:targetClass ex:Cat , ex:Caat .")
    assert found == [("<https://example.org/Shape>", "<https://example.org/Caat>")]
