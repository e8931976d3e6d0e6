"""Tests of the Turtle writer: the output parses to the input, and is always the same bytes."""

from __future__ import annotations

import io
import random

import pytest
import rdflib
from hypothesis import given
from hypothesis import strategies as st
from pyoxigraph import BlankNode, DefaultGraph, Literal, NamedNode, Quad, RdfFormat, Triple, parse

from jwpgraph.sources.turtle_writer import NotSerialisableError, write_turtle
from jwpgraph.vocabulary import ID, JWP, PREFIXES

XSD = PREFIXES["xsd"]


def turtle(triples, **options) -> str:
    out = io.StringIO()
    write_turtle(triples, out, **options)
    return out.getvalue()


def read(text: str) -> set[Triple]:
    return {quad.triple for quad in parse(text.encode(), format=RdfFormat.TURTLE)}


_segments = st.text(st.sampled_from("aZ09-._~%'()*+,;=:@!$&/é汉\U0001f981"), max_size=12).map(
    lambda text: text.replace("%", "%25")
)
_iris = st.builds(
    lambda namespace, local: NamedNode(namespace + local),
    st.sampled_from([*PREFIXES.values(), "https://example.org/", "urn:x:", "https://example.org/a?q=1#"]),
    _segments,
)
_awkward = st.text(
    st.one_of(
        st.sampled_from('"\\\n\r\t\x00\x0c\x85\u2028\ufeff\u00ad\u202e\ufffe#.;<>@^'),
        st.characters(exclude_categories=["Cs"]),
    ),
    max_size=30,
)
_languages = st.sampled_from(["en", "la", "zh-hans", "en-gb"])
_lexical = st.one_of(_awkward, st.from_regex(r"\A[+-]?[0-9]*\.?[0-9]*\Z"), st.sampled_from(["true", "false", "1e3"]))
_datatypes = st.sampled_from(
    [NamedNode(XSD + name) for name in ("integer", "decimal", "boolean", "double", "string", "date")]
)
_literals = st.one_of(
    st.builds(Literal, _awkward),
    st.builds(lambda text, tag: Literal(text, language=tag), _awkward, _languages),
    st.builds(lambda text, kind: Literal(text, datatype=kind), _lexical, st.one_of(_datatypes, _iris)),
)
_triples = st.builds(Triple, _iris, _iris, st.one_of(_iris, _literals))


@given(st.lists(_triples, max_size=12), st.randoms(use_true_random=False))
def test_what_is_written_is_read_back_whatever_the_order(triples: list[Triple], shuffler: random.Random):
    text = turtle(triples, header="Any header\nof two lines")
    assert read(text) == set(triples)
    shuffled = [*triples, *triples]
    shuffler.shuffle(shuffled)
    assert turtle(shuffled, header="Any header\nof two lines") == text


@given(st.text(st.sampled_from('"\\\n'), max_size=12))
def test_quotes_backslashes_and_line_ends_survive(text: str):
    triple = Triple(NamedNode("urn:s"), NamedNode("urn:p"), Literal(text))
    written = turtle([triple])
    assert read(written) == {triple}
    (value,) = rdflib.Graph().parse(data=written, format="turtle").objects()
    assert str(value) == text


def test_it_is_laid_out_for_people():
    activity = NamedNode(ID + "activity/jwp-2015-2020/B10")
    earlier = NamedNode(ID + "activity/jwp-2015-2020/B2")
    triples = [
        Triple(activity, NamedNode(JWP + "officialText"), Literal('One "paragraph"\n- item\t2', language="en")),
        Triple(activity, NamedNode(PREFIXES["skos"] + "notation"), Literal("B10")),
        Triple(activity, NamedNode(PREFIXES["rdf"] + "type"), NamedNode(JWP + "Activity")),
        Triple(earlier, NamedNode(PREFIXES["schema"] + "position"), Literal(4)),
        Triple(
            earlier, NamedNode(PREFIXES["oa"] + "start"), Literal("7", datatype=NamedNode(XSD + "nonNegativeInteger"))
        ),
    ]
    assert turtle(triples, header="Made by hand.\n\nTwice.", prefixes={"activity": ID + "activity/jwp-2015-2020/"}) == (
        "# Made by hand.\n#\n# Twice.\n"
        "\n"
        "@prefix jwp: <https://w3id.org/jwpgraph/ontology#> .\n"
        "@prefix oa: <http://www.w3.org/ns/oa#> .\n"
        "@prefix schema: <https://schema.org/> .\n"
        "@prefix skos: <http://www.w3.org/2004/02/skos/core#> .\n"
        "@prefix xsd: <http://www.w3.org/2001/XMLSchema#> .\n"
        "@prefix activity: <https://w3id.org/jwpgraph/id/activity/jwp-2015-2020/> .\n"
        "\n"
        "activity:B2\n"
        '    oa:start "7"^^xsd:nonNegativeInteger ;\n'
        "    schema:position 4 .\n"
        "\n"
        "activity:B10\n"
        "    a jwp:Activity ;\n"
        '    skos:notation "B10" ;\n'
        '    jwp:officialText """One "paragraph"\n- item\\t2"""@en .\n'
    )


def test_slashes_in_local_names_are_escaped_and_other_awkward_names_stay_whole():
    triples = [
        Triple(
            NamedNode(ID + "source/jwp-2015-2020"),
            NamedNode("urn:p"),
            NamedNode(ID + "taxon/cites/a b".replace(" ", "%20")),
        )
    ]
    text = turtle(triples)
    assert r"jwpid:source\/jwp-2015-2020" in text
    assert "<https://w3id.org/jwpgraph/id/taxon/cites/a%20b>" in text
    assert len(rdflib.Graph().parse(data=text, format="turtle")) == 1


def test_quads_lose_their_graph_and_nothing_gives_nothing():
    node = NamedNode("urn:s")
    assert read(turtle([Quad(node, node, node, NamedNode("urn:g")), Quad(node, node, node, DefaultGraph())])) == {
        Triple(node, node, node)
    }
    assert turtle([]) == ""


@pytest.mark.parametrize(
    "triple",
    [
        Triple(BlankNode("b"), NamedNode("urn:p"), Literal("x")),
        Triple(NamedNode("urn:s"), NamedNode("urn:p"), BlankNode("b")),
    ],
)
def test_blank_nodes_are_refused_before_anything_is_written(triple: Triple):
    out = io.StringIO()
    with pytest.raises(NotSerialisableError, match="stable form"):
        write_turtle([triple], out)
    assert out.getvalue() == ""
