"""Shapes without names get some that are the same whenever the file is read."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st
from pyoxigraph import CanonicalizationAlgorithm, Dataset, Quad, RdfFormat, parse

from jwpgraph.releases.gate import ShapesGraph
from jwpgraph.releases.shape_names import name_shapes
from jwpgraph.shipped_files import get_shipped_path
from jwpgraph.vocabulary import PREFIXES

HEAD = """
@prefix sh: <http://www.w3.org/ns/shacl#> .
@prefix ex: <https://example.org/> .
"""


SHAPE = st.tuples(st.sampled_from("STU"), st.sampled_from("pqr"), st.integers(0, 3))


def names(text: str) -> set[str]:
    triples = [quad.triple for quad in parse((HEAD + text).encode(), format=RdfFormat.TURTLE)]
    found = {str(triple.subject) for triple in name_shapes(triples)}
    return {name.replace("https://example.org/", "ex:").strip("<>") for name in found if not name.startswith("_:")}


def test_a_property_shape_is_named_after_its_owner_and_its_path():
    assert names("ex:S sh:property [ sh:path ex:p ; sh:minCount 1 ] .") == {"ex:S", "ex:S-p"}


def test_equal_names_are_numbered_in_the_order_of_the_file():
    text = "ex:S sh:property [ sh:path ex:p ] , [ sh:path ex:p ] , [ sh:path ex:q ] . ex:S-q a ex:Thing ."
    assert names(text) == {"ex:S", "ex:S-p", "ex:S-p-2", "ex:S-q", "ex:S-q-2"}


def test_shapes_within_shapes_and_long_paths():
    text = """
    ex:S sh:property [ sh:path ex:p ; sh:property [ sh:path ( ex:q [ sh:inversePath ex:r ] ) ; sh:minCount 1 ] ] ."""
    assert names(text) == {"ex:S", "ex:S-p", "ex:S-p-q-r"}


def test_shapes_without_an_enclosing_shape_are_named_after_their_target():
    assert names("[] sh:targetClass ex:Cat ; sh:property [ sh:path ex:p ] .") == {"urn:shape:Cat", "urn:shape:Cat-p"}


def test_cyclic_shapes_stay_unnamed():
    assert names("_:a sh:property _:b . _:b sh:property _:a .") == set()


def test_shapes_with_names_are_left_alone():
    for folder in ("shapes", "quality"):
        triples = [
            quad.triple
            for path in sorted(get_shipped_path(folder).glob("*.ttl"))
            for quad in parse(path.read_bytes(), format=RdfFormat.TURTLE, rename_blank_nodes=True)
        ]
        assert name_shapes(triples) == triples


@settings(max_examples=50, deadline=None)
@given(
    st.lists(
        st.tuples(st.sampled_from("STU"), st.sampled_from("pqr"), st.integers(0, 3)),
        min_size=1,
        max_size=8,
        unique=True,
    )
)
def test_nothing_is_lost_and_names_are_stable(shapes):
    text = HEAD + "".join(
        f"ex:{owner} sh:property [ sh:path ex:{path} ; sh:minCount {least} ; sh:in ( 1 2 ) ] .\n"
        for owner, path, least in shapes
    )
    runs = []
    for _ in range(2):
        triples = [quad.triple for quad in parse(text.encode(), format=RdfFormat.TURTLE, rename_blank_nodes=True)]
        named = name_shapes(triples)
        assert len(set(named)) == len(set(triples))
        owned = [str(triple.object) for triple in named if triple.predicate.value == PREFIXES["sh"] + "property"]
        assert len(set(owned)) == len(shapes)
        dataset = Dataset(Quad(*triple) for triple in named)
        dataset.canonicalize(CanonicalizationAlgorithm.UNSTABLE)
        runs.append(set(dataset))
    assert runs[0] == runs[1]


def test_the_shapes_of_a_file_have_names(tmp_path):
    path = tmp_path / "shapes.ttl"
    path.write_text(HEAD + "ex:S sh:targetClass ex:Cat ; sh:property [ sh:path ex:p ; sh:minCount 1 ] .")
    assert "<https://example.org/S-p>" in ShapesGraph.read(path).text
    assert ShapesGraph.read(path).digest == ShapesGraph.read(path).digest


def test_shapes_that_are_read_again_are_equal(tmp_path):
    """What is derived from shapes is kept by their text, and was derived anew for each release.

    Blank nodes that are no shapes, such as those of lists, had other labels whenever the files were read.
    """
    path = tmp_path / "shapes.ttl"
    path.write_text(HEAD + "ex:S sh:targetClass ex:Cat ; sh:property [ sh:path ex:p ; sh:in ( 1 2 ) ] .")
    read = ShapesGraph.read(path)
    assert ShapesGraph.read(path) == read
    path.write_text(path.read_text().replace("1 2", "1 3"))
    assert ShapesGraph.read(path).text != read.text
    assert ShapesGraph.read(path).digest != read.digest
