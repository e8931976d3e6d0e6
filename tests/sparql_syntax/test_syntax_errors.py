"""What the engine says of a wrong query, made readable."""

from __future__ import annotations

import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pyoxigraph import Store

from jwpgraph.problems import ProblemError
from jwpgraph.sparql_syntax.fault_diagnosis import diagnose, locate_mismatch
from jwpgraph.sparql_syntax.syntax_errors import explain_evaluation_error, explain_syntax_error
from jwpgraph.sparql_syntax.tokenizer import Tokenizer


def fault(text: str) -> tuple[str, int | None, int | None]:
    with pytest.raises(SyntaxError) as raised:
        Store().query(text)
    explained = explain_syntax_error(str(raised.value), text)
    return explained.detail, explained.line, explained.column


@pytest.mark.parametrize(
    ("text", "place", "reason"),
    [
        ("SELECT *\nWHERE { ?s ?p ?o", (2, 17), "expected }, {, ., ; or ,"),
        ("SELECT * { ?s foo:bar ?o }", (1, 15), "the prefix foo: is not declared"),
        (
            "PREFIX ex: <urn:>\nSELECT (foo:f(?x) AS ?y) { ?x ex:a 'b'^^my:t }",
            (2, 9),
            "the prefix foo: is not declared",
        ),
        ("SELECT * FROM g:x { ?s :p 'a:b', <c:d> }", (1, 15), "the prefix g: is not declared"),
        (
            "SELECT * { _:b <urn:p> ?o FILTER(?o > 1)\n _:b <urn:q> ?o OPTIONAL { _:b <urn:q> ?z } }",
            (2, 28),
            "the blank node label _:b is already used in another group of patterns; use a variable",
        ),
        (
            "SELECT * { _:b <urn:p> ?o OPTIONAL { ?s ?p ?o } _:b <urn:q> ?z }",
            (1, 49),
            "the blank node label _:b is already used in another group of patterns; use a variable",
        ),
        ("SELECT * { VALUES (?x ?y) { (1 2)\n (-1) } }", (2, 2), "this row of VALUES has 1 value for 2 variables"),
        (
            "SELECT * {} VALUES (?x) { ('a'@en 'b'^^<urn:t>) }",
            (1, 27),
            "this row of VALUES has 2 values for 1 variable",
        ),
        ("SELECT * { VALUES (?x ?x) { (1 2) } }", (1, 23), "VALUES names ?x twice"),
        ("SELECT ?x ?x { ?x ?p ?o }", (1, 11), "SELECT names ?x twice"),
        ("SELECT * { ?x ?p ?y } GROUP BY ?x", (1, 8), "SELECT * cannot be used with GROUP BY; name the variables"),
        ("SELECT (1 AS ?x) { { SELECT ?x { ?x ?p ?o } } }", (1, 14), "SELECT assigns ?x, which is bound already"),
        (
            "SELECT (COUNT(*) AS ?n) ?s { ?s ?p ?x } GROUP BY (STR(?s) AS ?k)",
            (1, 25),
            "SELECT names ?s, which is neither grouped by nor in an aggregate",
        ),
        (
            "SELECT ?s { ?s ?p ?o FILTER(COUNT(?o) > 1) }",
            (1, 29),
            "an aggregate, COUNT, cannot stand in FILTER; use HAVING or SELECT",
        ),
        (
            "SELECT * { ?s ?p 'x'@toolongsubtag }",
            (1, 21),
            "@toolongsubtag is not a language tag: a part has more than 8 characters",
        ),
        ("SELECT (foo(?x) AS ?y) { ?x ?p ?o }", (1, 9), "there is no function foo"),
        ("SELECT (STRLEN(?x, ?y) AS ?z) { ?x ?p ?y }", (1, 18), "expected )"),
        ("SELECT * { ?s ?p ?o FILTER(?o = 1 }", (1, 35), "expected )"),
        ("SELECT * { ?s ?p ?o }}", (1, 22), "expected GROUP, HAVING, ORDER, LIMIT, OFFSET or VALUES"),
        ("SELECT ?s, ?p { ?s ?p ?o }", (1, 10), "expected a variable, (, FROM, WHERE or {"),
        ("SELECT * { ?s ?p ?o } LIMIT 1 ORDER BY ?s", (1, 31), "expected OFFSET or VALUES"),
        (
            "SELECT * { ?s ?p <urn:a b> }",
            (1, 18),
            "this IRI is not closed, or contains a character that is not allowed in IRIs",
        ),
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
    assert "at “ORDER BY ?s”" in fault("SELECT * { ?s ?p ?o } LIMIT 1 ORDER BY ?s")[0]
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
    assert fault.detail == "line 1, column 20, at the end of the text: expected INSERT, USING or WHERE"


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
        ("INSERT DATA { <urn:a> <urn:p> 1 .\n 'b' <urn:p> 1 }", (2, 2), "a literal, 'b', cannot be a subject"),
        ("INSERT DATA { <urn:a> <urn:p> ?x }", (1, 31), "a variable, ?x, cannot stand in INSERT DATA"),
        ("PREFIX a: <urn:>\nINSERT DATA { a:b a:c 1 ; b:d 2 }", (2, 27), "the prefix b: is not declared"),
        (
            "DELETE WHERE { ?s <urn:p> 1 } ; DELETE { ?s ?p 1 } WHERE { _:b ?p ?s MINUS { _:b ?p 1 } }",
            (1, 78),
            "the blank node label _:b is already used in another group of patterns; use a variable",
        ),
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
        "SELECT * { _:b <urn:p> ?o . FILTER(?o > 1) _:b <urn:q> ?z FILTER NOT EXISTS { ?o ?q ?z } }",
        "CONSTRUCT { _:b <urn:p> ?o } WHERE { _:b <urn:q> ?o }",
        "PREFIX a: <urn:a> PREFIX : <urn:b> SELECT * { a:b a : ; :c 'x'^^a:d }",
        "SELECT * { VALUES (?x ?y) { (-1 'a'@en) (UNDEF <<( <urn:a> <urn:p> 1 )>>) } } VALUES () { () }",
        "SELECT ?s { ?s ?p ?o FILTER EXISTS { SELECT (COUNT(?x) AS ?n) { ?x ?y ?o } } }",
        "SELECT (?x + 1 AS ?y) { { SELECT * { ?x ?p ?o } } FILTER(?x<5&&?o>3) }",
    ],
)
def test_accepted_queries_have_no_diagnosed_error(text: str) -> None:
    Store().query(text)
    assert diagnose(text) is None
    assert locate_mismatch(text) is None


def test_accepted_updates_have_no_diagnosed_error() -> None:
    text = "INSERT DATA { _:b <urn:p> 1 } ; WITH <urn:g> DELETE { ?s ?p ?o } INSERT { _:b ?p ?o } WHERE { ?s ?p ?o }"
    Store().update(text)
    assert diagnose(text) is None
    assert locate_mismatch(text) is None


@pytest.mark.parametrize(
    ("text", "place", "reason"),
    [
        ("INSERT { ?s <urn:p> 1 }\nWHRE { ?s ?p ?x }", (2, 1), "expected USING or WHERE"),
        ("COPY <urn:a> <urn:b>", (1, 14), "expected TO"),
        ("CLEAR ALL ; ; CLEAR ALL", (1, 13), "expected BASE, PREFIX, VERSION or an operation"),
        ("CLEAR ALL ; CLAER ALL", (1, 13), "expected BASE, PREFIX, VERSION or an operation"),
        ("DROP <urn:a>", (1, 6), "expected SILENT, GRAPH, DEFAULT, NAMED or ALL"),
        ("CREATE <urn:a>", (1, 8), "expected SILENT or GRAPH"),
        ("INSERT DATA { <urn:a> <urn:p> 1 ", (1, 32), "expected ,, ;, ., GRAPH or }"),
    ],
)
def test_the_place_is_that_of_the_first_token_that_is_not_allowed(
    text: str, place: tuple[int, int], reason: str
) -> None:
    with pytest.raises(SyntaxError) as raised:
        Store().update(text)
    explained = explain_syntax_error(str(raised.value), text, update=True)
    assert (explained.line, explained.column) == place
    assert explained.detail.endswith(f": {reason}")


@pytest.mark.parametrize(
    ("text", "place", "reason"),
    [
        ("SELECT * { ?s ?p 'abc }", (1, 18), "this string is not closed"),
        ('SELECT * {\n ?s ?p "abc\n" }', (2, 8), "this string is not closed"),
        ("SELECT * { ?s ?p '''a\n'b }", (1, 18), "this string is not closed"),
        ("SELECT * { ?s ?p 'a\\\\b\\xbc' }", (1, 23), "\\x is not a valid escape in a string"),
        ("SELECT * { ?s ?p '''a\n\\u12' ''' }", (2, 1), "\\u12 is not a valid escape in a string"),
        ("SELECT * { ?s ?p '\\uD800' }", (1, 19), "\\uD800 is not a valid escape in a string"),
    ],
)
def test_faults_in_strings(text: str, place: tuple[int, int], reason: str) -> None:
    with pytest.raises(ProblemError) as raised:
        Tokenizer(text).tokens()
    assert (raised.value.members["line"], raised.value.members["column"]) == place
    assert raised.value.detail == f"line {place[0]}, column {place[1]}: {reason}"


def test_an_update_needs_no_query_form() -> None:
    text = "INSERT DATA { <urn:s> <urn:p> 1.0e }"
    with pytest.raises(SyntaxError) as raised:
        Store().update(text)
    detail = explain_syntax_error(str(raised.value), text, update=True).detail
    assert detail.startswith("line 1, column ")
    assert "SELECT" not in detail


@pytest.mark.parametrize(
    "unit", ["BIND(1 AS ?x{})", "FILTER EXISTS", "{{SELECT ?a {{ ?a ?b ?c }} GROUP BY ?a}}", "_:b{} ?p ?o ."]
)
def test_a_long_text_is_diagnosed_in_linear_time(unit: str) -> None:
    def count_calls(number: int) -> int:
        text = "SELECT * { " + " ".join(unit.format(place) for place in range(number)) + " <urn:x> }"
        calls = 0

        def count(_frame: object, event: str, _argument: object) -> None:
            nonlocal calls
            calls += event in ("call", "c_call")

        sys.setprofile(count)
        try:
            diagnose(text)
        finally:
            sys.setprofile(None)
        return calls

    # Eight times the text; quadratic work would be 64 times as many calls.
    assert count_calls(2000) < 10 * count_calls(250)


@pytest.mark.parametrize(
    ("text", "function", "place"),
    [
        ("SELECT * {\n ?s ?p ?o FILTER(<urn:f>(?s)) }", "urn:f", (2, 18)),
        ("PREFIX e: <urn:e#>\nSELECT (e:f(1) AS ?x) {}", "urn:e#f", (2, 9)),
        ("PREFIX e: <urn:e#> SELECT (1 AS ?x) { FILTER(?y = e:f || e:f(?y)) }", "urn:e#f", (1, 58)),
        ("BASE <urn:b:> SELECT (<f>(1) AS ?x) {}", "urn:b:f", None),
    ],
)
def test_a_function_that_does_not_exist_has_a_place(text, function, place):
    message = f"The custom function <{function}> is not supported"
    explained = explain_evaluation_error(message, text)
    assert (explained.line, explained.column) == (place or (None, None))
    assert function in explained.detail


def test_an_undeclared_prefix_of_the_project_is_given():
    detail, *_ = fault("SELECT * { ?s jwp:theme ?o }")
    assert detail.endswith("put PREFIX jwp: <https://w3id.org/jwpgraph/ontology#> before the query")
