"""What the engine says of a wrong query, made readable."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pyoxigraph import Store

from jwpgraph.sparql_syntax.fault_diagnosis import diagnose
from jwpgraph.sparql_syntax.syntax_errors import explain_syntax_error


def fault(text: str) -> tuple[str, int | None, int | None]:
    with pytest.raises(SyntaxError) as raised:
        Store().query(text)
    explained = explain_syntax_error(str(raised.value), text)
    return explained.detail, explained.line, explained.column


@pytest.mark.parametrize(
    ("text", "place", "reason"),
    [
        ("SELECT *\nWHERE { ?s ?p ?o", (2, 17), "expected }, {, ., ; or ,"),
        ("SELECT * { ?s foo:bar ?o }", (1, 22), "the prefix used just before is not declared"),
        ("SELECT * { ?s <rel> ?o }", (1, 20), "the IRI just before is not valid, or is relative without a base IRI"),
        ("SELECT ?x {} GROUP BY ?y", (1, 8), "SELECT names ?x, which is neither grouped by nor in an aggregate"),
        (
            "SELECT (SUM(?x) AS ?n)\n ?s { ?s ?p ?x }",
            (2, 2),
            "SELECT names ?s, which is neither grouped by nor in an aggregate",
        ),
        (
            "SELECT ?x { ?s ?p ?x .\n BIND(1 AS ?x) }",
            (2, 12),
            "BIND assigns ?x, which is bound before it in the same group",
        ),
        (
            "SELECT * { { ?s ?p ?x } UNION {} BIND(1 AS ?x) }",
            (1, 44),
            "BIND assigns ?x, which is bound before it in the same group",
        ),
        ("SELECT (1 AS ?x) { ?s ?p ?x }", (1, 14), "SELECT assigns ?x, which is bound already"),
        ("INSERT DATA {}", None, "there is no SELECT, ASK, CONSTRUCT or DESCRIBE"),
        ("", (1, 1), "there is no SELECT, ASK, CONSTRUCT or DESCRIBE"),
        ("SELECT * { ?s ?p 'abc }", (1, 24), "expected the end of a string"),
        ("DESCRIBE", (1, 9), "expected a variable or an IRI"),
    ],
)
def test_the_place_and_the_reason(text: str, place: tuple[int, int] | None, reason: str) -> None:
    detail, line, column = fault(text)
    assert detail.endswith(f": {reason}")
    if place is not None:
        assert (line, column) == place


def test_the_text_at_fault_is_quoted() -> None:
    assert "at “?o }”" in fault("SELECT * { ?s foo:bar ?o }")[0]
    assert "at the end of the text" in fault("SELECT * { ?s ?p ?o")[0]


@given(st.text(alphabet="SELECTASKWHR {}?s.<>\"'\\\n()[],;:#1a", max_size=60), st.text(max_size=20))
def test_every_message_becomes_one_short_line(start: str, rest: str) -> None:
    try:
        Store().query(start + rest)
    except SyntaxError as error:
        detail = explain_syntax_error(str(error), start + rest).detail
        assert "\n" not in detail
        assert len(detail) < 400


def test_messages_about_updates_do_not_mention_queries() -> None:
    fault = explain_syntax_error("error at 1:20: expected one of CREATE, DELETE, INSERT", "DELETE { ?s ?p ?o }")
    assert fault.detail == "line 1, column 20, at the end of the text: this is not allowed here"


@pytest.mark.parametrize(
    ("text", "place", "reason"),
    [
        ("DELETE DATA {\n _:b <urn:p> 1 }", (2, 2), "a blank node, _:b, cannot stand in DELETE DATA"),
        ("DELETE { _:b <urn:p> ?o }\nWHERE { ?s ?p ?o }", (1, 10), "a blank node, _:b, cannot stand in DELETE"),
        ("DELETE WHERE { GRAPH ?g { [] <urn:p> 1 } }", (1, 27), "a blank node, [, cannot stand in DELETE WHERE"),
        (
            "INSERT DATA { <urn:a> <urn:p> 1 }\nINSERT DATA { <urn:a> <urn:p> 2 }",
            (2, 1),
            "a ; is missing before INSERT",
        ),
        ("DELETE {} INSERT {} WHERE {} CLEAR ALL", (1, 30), "a ; is missing before CLEAR"),
        ("INSERT DATA { <urn:a> <urn:p> ?x }", (1, 31), "a variable, ?x, cannot stand in INSERT DATA"),
        (
            "INSERT { ?s <urn:p> 1 } WHERE { ?s ?p ?x BIND(2 AS ?x) }",
            (1, 52),
            "BIND assigns ?x, which is bound before it in the same group",
        ),
    ],
)
def test_faults_of_updates(text: str, place: tuple[int, int], reason: str) -> None:
    with pytest.raises(SyntaxError) as raised:
        Store().update(text)
    fault = explain_syntax_error(str(raised.value), text)
    assert (fault.line, fault.column) == place
    assert fault.detail == f"line {place[0]}, column {place[1]}: {reason}"


@pytest.mark.parametrize(
    "text",
    [
        "SELECT ?s (COUNT(?o) AS ?n) { ?s ?p ?o } GROUP BY ?s",
        "SELECT (STR(?s) AS ?t) (COUNT(DISTINCT ?o) AS ?n) { ?s ?p ?o } GROUP BY ?s HAVING (?n > 1)",
        "SELECT ?x { { ?s ?p ?o } BIND(1 AS ?x) FILTER(?x = 1) }",
        "SELECT ?x { ?s ?p ?o FILTER NOT EXISTS { ?s ?p ?x } BIND(1 AS ?x) }",
        "SELECT ?x { { BIND(1 AS ?x) } UNION { BIND(2 AS ?x) } }",
        "SELECT ?x { MINUS { ?s ?p ?x } BIND(1 AS ?x) }",
        "SELECT ?x { { SELECT ?s { ?s ?p ?x } } BIND(1 AS ?x) }",
        "SELECT (?o AS ?x) { ?s ?p ?o } ORDER BY ?x",
    ],
)
def test_accepted_queries_have_no_diagnosed_error(text: str) -> None:
    Store().query(text)
    assert diagnose(text) is None


def test_accepted_updates_have_no_diagnosed_error() -> None:
    text = "INSERT DATA { _:b <urn:p> 1 } ; WITH <urn:g> DELETE { ?s ?p ?o } INSERT { _:b ?p ?o } WHERE { ?s ?p ?o }"
    Store().update(text)
    assert diagnose(text) is None


def test_an_update_needs_no_query_form() -> None:
    text = "INSERT DATA { <urn:s> <urn:p> 1.0e }"
    with pytest.raises(SyntaxError) as raised:
        Store().update(text)
    detail = explain_syntax_error(str(raised.value), text, update=True).detail
    assert detail.startswith("line 1, column ")
    assert "SELECT" not in detail
