"""The guard's way past its own tokenizer: it says nothing that the tokens would not say, and most texts go that way."""

from __future__ import annotations

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from pyoxigraph import Store

from jwpgraph.problems import ProblemError
from jwpgraph.sparql_syntax.guard import Inspection, _inspect_simple_text, _inspect_tokens
from jwpgraph.sparql_syntax.syntax_errors import explain_syntax_error

BLANKS = st.sampled_from(
    ["", " ", "  ", "\n", "\r\n", "\t", "\r", " # a comment\n", "#c\r", "\f", "\x0b", "\u00a0", "\u2028"]
)
WORDS = [
    *("SELECT", "select", "Ask", "CONSTRUCT", "DESCRIBE", "INSERT DATA"),
    *("DELETE WHERE", "LOAD", "CLEAR", "WITH", "MOVE"),
    *("PREFIX", "prefix", "BASE", "VERSION", "WHERE", "FROM", "FROM NAMED"),
    *("GRAPH", "SERVICE", "SERVICE SILENT", "Silent"),
    *("FILTER", "BIND", "VALUES", "OPTIONAL", "MINUS", "UNION", "EXISTS"),
    *("IN", "AS", "a", "DISTINCT", "ORDER BY", "true"),
    *("NOW()", "RAND ()", "uuid()", "STRUUID( )", "BNODE(", "bnode"),
    *("snow(", "ex:now()", "?now", "LCASE(", "trueSERVICE"),
    *("\\u0053ERVICE", "\\U00000053ERVICE", "SERV\\u0049CE", "L\\u004FAD"),
    *("\\u0022", "SERVICEex:a", "SERVICESILENTex:a{"),
    *("\u017fERVICE", "\u212aIND", "\u0130F", "selectx", "askew:a", "\u0435x", "prefixa"),
]
SIGNS = [
    "*",
    "{",
    "}",
    "(",
    ")",
    "[",
    "]",
    "<<",
    ">>",
    "{|",
    "|}",
    ".",
    ";",
    ",",
    "<",
    ">",
    "<=",
    ">=",
    "=",
    "!",
    "&&",
    "||",
]
SIGNS += ["+", "-", "/", "|", "^", "^^", "?", "\\", "@", "_", ":", "%", "$", "~", "`", "\x00", "\ud800"]
TERMS = [
    *("<http://a.example/x>", "<http://a.example/x#y>", "<urn:a>"),
    *("<relative>", "<>", "<#a>", "</a>", "<?x&&?y>", "<=b>"),
    *("<http://a b>", "<http://a", "<\\u0041:b>", "<a:b\\u0063>", "ex:a"),
    *(":a", "ex:", "_:b", "ex:a.b.", "a-:", "-a:b", "0a:b"),
    *("?x", "$y", "?s ?p ?o", '"text"', "'it''s'", '"""long "text" \n"""'),
    *("'''a'b'''", '"open', "'open", '"""open', '"\\n"'),
    *('"a"@en', "'1'^^<urn:t>", '"# no comment"', '"{[("', "# SERVICE"),
    *("1", "1.5e3", ".5", "1SERVICE", "@en", "true"),
    *("?a<?b", "(?a<?b && ?c>?d)", "(?a<b:c#>)", "(?x<<http://x#>)", "{?a<b:c&&?d>e:f}", "(1<\f2)", "<\u00a0b>"),
]
PIECES = st.sampled_from([*WORDS, *SIGNS, *TERMS]) | st.text(max_size=4)
DECLARATIONS = st.tuples(
    st.sampled_from(["PREFIX", "prefix", "Prefix ", "PREFIXex:", "BASE", "base "]),
    BLANKS,
    st.sampled_from(
        ["ex:", "e-x:", ":", "e.x:", "\u00e9:", "0:", "_:", "K:", "\u212a:", "now:", "ask:", "prefix:", "base:", ""]
    ),
    BLANKS,
    st.sampled_from(
        [
            "<http://a.example/>",
            "<http://a.example/#>",
            "<urn:x:>",
            "<>",
            "<#>",
            "<a>",
            "<http://a b>",
            "ex:",
            "<a:\x01>",
        ]
    ),
    BLANKS,
).map("".join)
HEADS = [
    *("SELECT * WHERE {", "SELECT ?x {", "SELECT(1 AS ?x){", "SELECT*{"),
    *("ASK {", "ask{", "CONSTRUCT {", "CONSTRUCT WHERE {"),
    *("DESCRIBE ", "DESCRIBE?x{", "describe<urn:a>", "INSERT DATA {"),
    *("LOAD <http://a.example/>", "", "SELECT:a {", "ASK.x:a{"),
]
HEAD = st.sampled_from(HEADS)
QUERIES = st.builds(
    lambda prologue, head, body, tail: "".join(prologue) + head + "".join(body) + tail,
    st.lists(DECLARATIONS | BLANKS, max_size=4),
    HEAD,
    st.lists(PIECES | BLANKS, max_size=12),
    st.sampled_from(["}", "", " }", "} LIMIT 5", "} #"]),
)
NESTED = st.builds(
    lambda opening, number: "SELECT * {" + opening * number,
    st.sampled_from(["{", "(", "[", "<<", "{|", "!", "1+", "{}UNION", "^", "<a:b>/", "OPTIONAL{"]),
    st.integers(0, 1200),
)


def by_tokens(text: str) -> Inspection | str:
    try:
        return _inspect_tokens(text, ())
    except ProblemError as problem:
        return problem.slug


@settings(max_examples=1500, deadline=None)
@given(QUERIES | NESTED)
@example("PREFIX prefix: <urn:x> PREFIX ask: <urn:y> SELECT * {}")
@example("prefix 0a: <urn:x> select * {}")
@example("SELECT * { FILTER(?a<b:c&&?d>e:f) }")
@example("SELECT * { FILTER(?x<<http://x#>) }")
@example("SELECT * { ?s ?p '\u017fERVICE' }")
def test_a_plain_text_is_what_its_tokens_say(text: str) -> None:
    plain = _inspect_simple_text(text)
    # What is no sequence of tokens for us is left to the engine, which refuses it or reads it; nothing can hide in it.
    assert plain is None or by_tokens(text) in (plain, "query-syntax")


@settings(max_examples=400, deadline=None)
@given(QUERIES)
def test_errors_of_the_engine_have_line_and_column(text: str) -> None:
    if _inspect_simple_text(text) is None or by_tokens(text) != "query-syntax":
        return
    try:
        Store().query(text)
    except SyntaxError as error:
        fault = explain_syntax_error(str(error), text)
        assert fault.line is not None
        assert fault.column is not None
    except ValueError:
        assert "\ud800" in text


@pytest.mark.parametrize(
    "text",
    [
        "SELECT * { ?s ?p ?o }",
        "PREFIX skos: <http://www.w3.org/2004/02/skos/core#>\nPREFIX : <urn:x> # why\n"
        "SELECT ?l { <urn:a> skos:prefLabel ?l }",
        "ask { ?a ?b ?c FILTER (?c <= 5 && ?c < 7) }",
        'CONSTRUCT { ?a ?b ?c } WHERE { ?a ?b ?c FILTER (?c > "1985-01-01"^^<urn:date>) }',
        "DESCRIBE <urn:a>",
    ],
)
def test_typical_queries_of_portals_need_no_tokens(text: str) -> None:
    assert _inspect_simple_text(text) == _inspect_tokens(text, ())
