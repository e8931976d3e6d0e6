"""What the engine says of a wrong query, made readable."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pyoxigraph import Store

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
        ("SELECT ?x {} GROUP BY ?y", (1, 25), "The SELECT contains a variable that is unbound"),
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


def test_of_an_update_it_is_not_said_that_it_is_no_query() -> None:
    fault = explain_syntax_error("error at 1:20: expected one of CREATE, DELETE, INSERT", "DELETE { ?s ?p ?o }")
    assert fault.detail == "line 1, column 20, at the end of the text: this is not allowed here"
