"""Values of parameters in the pattern of a query."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pyoxigraph import Literal, NamedNode, Quad, Store, Variable

from jwpgraph.sparql_syntax.bound_values import insert_values

_A, _B, _P = (NamedNode(f"urn:x:{name}") for name in "abp")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("SELECT ?x ?y { ?x ?p ?y }", "SELECT ?x ?y { <urn:x:a> ?p ?y }"),
        ("SELECT ?y { $x ?p ?y FILTER(?y = ?x) }", "SELECT ?y { <urn:x:a> ?p ?y FILTER(?y = <urn:x:a>) }"),
        ("SELECT ?y { ?x2 ?p ?y, '?x' }", "SELECT ?y { ?x2 ?p ?y, '?x' }"),
        ("SELECT ?y { ?x ?p ?y } ORDER BY ?x", "SELECT ?y { <urn:x:a> ?p ?y } ORDER BY ?x"),
        ("SELECT ?y { ?x ?p ?y FILTER(BOUND(?x)) }", "SELECT ?y { ?x ?p ?y FILTER(BOUND(?x)) }"),
        ("SELECT ?y { ?y ?p ?z BIND(?z AS ?x) }", "SELECT ?y { ?y ?p ?z BIND(?z AS ?x) }"),
        ("SELECT ?y { VALUES (?z ?x) { (1 2) } ?x ?p ?y }", "SELECT ?y { VALUES (?z ?x) { (1 2) } ?x ?p ?y }"),
        ("SELECT ?y { { SELECT ?y { ?x ?p ?y } } ?x ?q ?y }", "SELECT ?y { { SELECT ?y { ?x ?p ?y } } ?x ?q ?y }"),
    ],
)
def test_a_value_replaces_the_variable_where_a_term_may_stand(text: str, expected: str) -> None:
    assert insert_values(text, {"x": "<urn:x:a>"}) == expected


def test_a_projected_variable_keeps_its_value() -> None:
    store = Store()
    store.extend([Quad(_A, _P, Literal("one")), Quad(_B, _P, Literal("two"))])
    text = insert_values("SELECT ?x ?y { ?x <urn:x:p> ?y }", {"x": str(_A)})
    found = [tuple(row) for row in store.query(text, substitutions={Variable("x"): _A})]
    assert found == [(_A, Literal("one"))]


@pytest.mark.parametrize(
    "value", ["<urn:x:a> . ?s ?p ?o", '"a" } ; DROP ALL', "?y", "_:b", "", '"a', "<urn:x:a> <urn:x:b>", "1 2", "ex:a"]
)
def test_what_is_no_single_term_is_not_written(value: str) -> None:
    text = "SELECT ?y { ?x ?p ?y }"
    assert insert_values(text, {"x": value}) == text


HOSTILE = st.lists(
    st.sampled_from(
        [
            '"',
            "'",
            "\\",
            "u",
            "U",
            "0",
            "2",
            "{",
            "}",
            "<",
            ">",
            "#",
            "\n",
            "\r",
            "?v",
            " ",
            ".",
            '"""',
            "\\u0022",
            "^^",
        ]
    ),
    max_size=10,
).map("".join)


@given(HOSTILE | st.text(max_size=10), st.sampled_from(["literal", "language", "datatype", "IRI"]))
def test_a_value_that_is_written_is_read_as_the_same_term(value: str, kind: str) -> None:
    try:
        term = {
            "literal": lambda: Literal(value),
            "language": lambda: Literal(value, language="en"),
            "datatype": lambda: Literal(value, datatype=NamedNode("urn:x:type")),
            "IRI": lambda: NamedNode(f"urn:x:{value}"),
        }[kind]()
    except ValueError:
        return  # no IRI, or no Unicode text
    query = "SELECT ?r { BIND(?v AS ?r) }"
    text = insert_values(query, {"v": str(term)})
    assert text != query or kind == "IRI"  # the tokenizer knows fewer IRIs than the engine
    if text != query:
        assert [row["r"] for row in Store().query(text)] == [term]
