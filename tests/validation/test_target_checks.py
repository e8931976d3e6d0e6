"""Tests of target checks: an error in a target does not pass unnoticed."""

from __future__ import annotations

import pytest
from pyoxigraph import RdfFormat, Store

from jwpgraph.problems import ProblemError
from jwpgraph.releases.gate import ShapesGraph
from jwpgraph.shipped_files import get_shipped_path
from jwpgraph.validation.job_file import ValidationJob
from jwpgraph.validation.runs import check_store
from jwpgraph.validation.target_checks import UNKNOWN_TERM, find_idle_shapes

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
    return [(result.focus, result.value) for result in find_idle_shapes(store, ShapesGraph.read(path), "info")]


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
def test_a_shape_without_focus_nodes_is_reported(tmp_path, target):
    assert idle(tmp_path, f"ex:Shape a sh:NodeShape ; {target} .") == [("<https://example.org/Shape>", None)]


def test_an_unnamed_shape_is_reported_too(tmp_path):
    assert idle(tmp_path, "[] a sh:NodeShape ; sh:targetClass ex:Caat .") == [("<urn:shape:Caat>", None)]


def test_an_unreferenced_shape_is_reported(tmp_path):
    found = idle(tmp_path, "ex:Shape a sh:NodeShape ; sh:property [ sh:path ex:p ; sh:minCount 1 ] .")
    assert found == [("<https://example.org/Shape>", None)]


@pytest.mark.parametrize("shape", ["[ sh:minCount 1 ]", "ex:Shape-property"])
def test_a_missing_property_shape_or_path_is_reported(tmp_path, shape):
    found = idle(tmp_path, f"ex:Shape a sh:NodeShape ; sh:targetClass ex:Cat ; sh:property {shape} .")
    assert found == [("<https://example.org/Shape-property>", None)]


@pytest.mark.parametrize(
    "use",
    [
        "sh:node ex:Shape",
        "sh:not ex:Shape",
        "sh:and ( ex:Shape )",
        "sh:property [ sh:path ex:p ; sh:qualifiedValueShape ex:Shape ; sh:qualifiedMaxCount 1 ]",
    ],
)
def test_a_shape_that_others_use_needs_no_target(tmp_path, use):
    shapes = f"ex:User a sh:NodeShape ; sh:targetClass ex:Cat ; {use} . ex:Shape a sh:NodeShape ; sh:class ex:Dog ."
    assert idle(tmp_path, shapes) == []


def test_unknown_shacl_terms_are_reported(tmp_path):
    shapes = "ex:Shape a sh:NodeShape ; sh:targetClass ex:Cat ; sh:property ex:P . ex:P sh:path ex:p ; sh:minCuont 1 ."
    path = tmp_path / "shapes.ttl"
    path.write_text(PREFIXES + shapes)
    store = Store()
    store.load(DATA.encode(), format=RdfFormat.TURTLE)
    (found,) = find_idle_shapes(store, ShapesGraph.read(path), "warning")
    assert (found.component, found.shape) == (UNKNOWN_TERM, "<https://example.org/P>")
    assert "sh:minCuont" in found.message()


def test_terms_of_the_shipped_shapes_are_those_of_shacl():
    for folder in ("shapes", "quality"):
        found = find_idle_shapes(Store(), ShapesGraph.read(get_shipped_path(folder)), "info")
        assert [one.message() for one in found if one.component == UNKNOWN_TERM or "no target" in one.message()] == []


def test_shapes_without_any_target_check_nothing(tmp_path):
    path = tmp_path / "shapes.ttl"
    path.write_text(DATA)
    with pytest.raises(ProblemError) as caught:
        check_store(Store(), ShapesGraph.read(path), ValidationJob())
    assert caught.value.slug == "bad-shapes"


def test_a_misspelt_target_next_to_a_correct_one_is_reported(tmp_path):
    found = idle(tmp_path, "ex:Shape a sh:NodeShape ; sh:targetClass ex:Cat , ex:Caat .")
    assert found == [("<https://example.org/Shape>", "<https://example.org/Caat>")]


def test_a_switch_that_is_neither_on_nor_off_is_reported(tmp_path):
    use = "sh:targetClass ex:Cat ; sh:closed '1'^^<http://www.w3.org/2001/XMLSchema#boolean>"
    ((shape, value),) = idle(tmp_path, f"ex:Shape a sh:NodeShape ; {use} .")
    assert (shape, value) == ("<https://example.org/Shape>", '"1"^^<http://www.w3.org/2001/XMLSchema#boolean>')
