"""Queries that the engine alone answers differently from SPARQL 1.1, and those that cannot be rewritten."""

from __future__ import annotations

from collections import Counter

import pyoxigraph as ox
import pytest
from hypothesis import given
from hypothesis import strategies as st

from jwpgraph.problems import ProblemError
from jwpgraph.sparql_syntax.engine_text import adapt_query
from jwpgraph.sparql_syntax.graph_clauses import may_have_graph_clauses
from jwpgraph.sparql_syntax.tokenizer import Tokenizer, TokenKind

PREFIX = "PREFIX : <http://e/>\n"
DATA = """
PREFIX : <http://e/>
INSERT DATA {
  GRAPH :g1 { :a :p 9 ; :pl "x" ; :al "x" ; :q :m, :n . :m :r :z . :n :r :z . :g1 :p 1 }
  GRAPH :g2 { :b :p 8 ; :pl "y" . :g1 :p 2 }
}
"""
UNION = [ox.NamedNode("http://e/g1"), ox.NamedNode("http://e/g2")]


@pytest.fixture(scope="module")
def store() -> ox.Store:
    store = ox.Store()
    store.update(DATA)
    return store


def answer(store: ox.Store, query: str) -> Counter[str]:
    text = adapt_query(PREFIX + query, lambda: [graph.value for graph in UNION])
    found = store.query(text, default_graph=UNION, named_graphs=UNION)
    assert isinstance(found, ox.QuerySolutions)
    names = [variable.value for variable in found.variables]

    def short(term: object) -> str:
        return term.value.removeprefix("http://e/") if isinstance(term, ox.NamedNode | ox.Literal) else "-"

    return Counter(" ".join(f"{name}={short(row[name])}" for name in sorted(names)) for row in found)


#: A query, and the solutions that the specification gives.
CASES = [
    # GRAPH evaluates its pattern once for each graph (18.6).
    ("SELECT * { GRAPH ?g { { SELECT ?s { ?s :p 9 } } } }", ["g=g1 s=a"]),
    ("SELECT * { GRAPH ?g { { SELECT (COUNT(*) AS ?n) { ?s :p ?o } } } }", ["g=g1 n=2", "g=g2 n=2"]),
    ("SELECT ?g { GRAPH ?g { { SELECT * { ?s :p ?o } LIMIT 1 } } }", ["g=g1", "g=g2"]),
    ("SELECT * { OPTIONAL { GRAPH ?g { { SELECT ?s { ?s :p 9 } } } } }", ["g=g1 s=a"]),
    ("SELECT * { GRAPH ?g { ?s :pl ?l } MINUS { GRAPH ?g { { SELECT ?s { ?s :p 9 } } } } }", ["g=g2 l=y s=b"]),
    ("SELECT ?g { GRAPH ?g {} FILTER EXISTS { GRAPH ?g { { SELECT ?s { ?s :p 8 } } } } }", ["g=g2"]),
    ("SELECT ?g { GRAPH ?g {} FILTER NOT EXISTS { GRAPH ?g { { SELECT ?s { ?s :p 8 } } } } }", ["g=g1"]),
    ("SELECT * { GRAPH ?g { VALUES ?x { 1 } } }", ["g=g1 x=1", "g=g2 x=1"]),
    ("SELECT * { GRAPH ?g { ?s :pl ?l FILTER(BOUND(?g)) } }", []),
    ("SELECT * { GRAPH ?g { ?s :pl ?l FILTER(!BOUND(?g)) } }", ["g=g1 l=x s=a", "g=g2 l=y s=b"]),
    ("SELECT * { GRAPH ?g { ?s :pl ?l BIND(?g AS ?k) } }", ["g=g1 k=- l=x s=a", "g=g2 k=- l=y s=b"]),
    ("SELECT * { GRAPH ?g { ?s :pl ?l BIND(:g1 AS ?g) } }", ["g=g1 l=x s=a"]),
    ("SELECT * { GRAPH ?g { ?s :pl ?l OPTIONAL { ?g :p ?n } } }", ["g=g1 l=x n=1 s=a"]),
    ("SELECT * { GRAPH ?g { ?s :pl ?l MINUS { ?o :p 9 } } }", ["g=g1 l=x s=a", "g=g2 l=y s=b"]),
    ("SELECT * { GRAPH ?g { GRAPH ?h { ?s :pl 'y' } } }", ["g=g1 h=g2 s=b", "g=g2 h=g2 s=b"]),
    ("SELECT * { GRAPH ?g { GRAPH ?h { VALUES ?x { 1 } } } }", [f"g=g{g} h=g{h} x=1" for g in (1, 2) for h in (1, 2)]),
    ("SELECT * { GRAPH ?g { _:x :pl ?l MINUS { :z :z :z } } }", ["g=g1 l=x", "g=g2 l=y"]),
    ("SELECT * { GRAPH :none { VALUES ?x { 1 } } }", []),
    ("SELECT * { GRAPH :none { { SELECT (COUNT(*) AS ?n) { ?s ?p ?o } } } }", []),
    # Alternatives are unions (18.2.2.4).
    ("SELECT * { ?s :pl|:al ?l }", ["l=x s=a", "l=x s=a", "l=y s=b"]),
    ("SELECT (COUNT(*) AS ?n) { :a :pl|:al 'x' }", ["n=2"]),
    ("SELECT * { ?l ^(:pl|:al) :b }", ["l=y"]),
    ("SELECT * { [] :pl|:al ?l }", ["l=x", "l=x", "l=y"]),
    ("SELECT * { _:s :pl|:al ?l ; :q [ :r ?z ] . FILTER(?l = 'x') _:s :p ?n }", ["l=x n=9 z=z"] * 4),
    ("SELECT * { :a (:q/:r)|:none ?z }", ["z=z", "z=z"]),
    ("SELECT * { :a (:q|:none)/(:r|:none) ?z }", ["z=z", "z=z"]),
    ("SELECT * { ?x :q/(:r|:none)/^(:r|:none) ?y }", ["x=a y=m", "x=a y=n"] * 2),
    ("SELECT * { :a (:q|:r)+ ?z }", ["z=m", "z=n", "z=z"]),
    ("SELECT * { VALUES ?s { :a :b } OPTIONAL { ?s :al|:pl ?l } }", ["l=x s=a", "l=x s=a", "l=y s=b"]),
    ("SELECT * { VALUES ?s { :a :b } FILTER EXISTS { ?s :al|:none ?l } }", ["s=a"]),
    ("SELECT * { VALUES ?s { :a :none } FILTER EXISTS { ?s (:al|:none)? :none } }", ["s=none"]),
    (
        "SELECT ?s { ?s :p 9 FILTER EXISTS { { SELECT (COUNT(*) AS ?n) { ?x :pl|:al 'x' } } FILTER(?n = 2) } }",
        ["s=a"],
    ),
    ("SELECT * { GRAPH ?g { ?s :pl|:al ?l } }", ["g=g1 l=x s=a", "g=g1 l=x s=a", "g=g2 l=y s=b"]),
    ("SELECT (GROUP_CONCAT(?l) AS ?all) { SELECT ?l { ?s :pl|:al ?l } ORDER BY ?l }", ["all=x x y"]),
    # Paths of length zero from a term that the graph lacks (18.4).
    ("SELECT * { :none :r* ?o }", ["o=none"]),
    ("SELECT * { ?o :r? 5 }", ["o=5"]),
    ("SELECT (COUNT(*) AS ?n) { :none :r* <http://e/none> }", ["n=1"]),
    ("SELECT (COUNT(*) AS ?n) { :none :r* :other }", ["n=0"]),
    ("SELECT * { GRAPH ?g { :none :r* ?o } }", ["g=g1 o=none", "g=g2 o=none"]),
    ("SELECT * { :a (:q/:r)? ?o }", ["o=a", "o=z"]),
    # A triple term is no other term; with a variable at the other end it is one like others.
    ("SELECT (COUNT(*) AS ?n) { :a :q* <<( :a :p 9 )>> }", ["n=0"]),
    ("SELECT (COUNT(*) AS ?n) { GRAPH ?g { :a :q? <<( :a :p ?o )>> } }", ["n=0"]),
    ("SELECT (COUNT(*) AS ?n) { ?x :q* <<( :a :p 9 )>> }", ["n=1"]),
    ("SELECT (COUNT(*) AS ?n) { :a (:q|:r)? << :a :p 9 >> }", ["n=0"]),
    # Property lists and lists without properties (rule 82 of the grammar), before what is no triple.
    ("SELECT ?s ?l { [ :q ?m ] OPTIONAL { ?s :pl|:al ?l FILTER(?l = 'y') } }", ["l=y s=b"] * 2),
    ("SELECT ?g ?s { [ :r ?z ] GRAPH ?g { { SELECT ?s { ?s :p 9 } } } }", ["g=g1 s=a"] * 2),
    ("SELECT ?s { ( ?s ) FILTER(?s > 0) ?s :pl|:al ?l }", []),
    # The innermost group lacks ?s, so that MINUS removes nothing (8.3.1); as a subquery (docs/conformance.md).
    (
        "SELECT ?s ?l { ?s :p 9 OPTIONAL { ?s :q ?m OPTIONAL { SELECT * { ?m :r ?l MINUS { ?s :r ?l2 } } } } }",
        ["l=z s=a", "l=z s=a"],
    ),
    (
        "SELECT ?s ?l { ?s :p 8 OPTIONAL { ?s :pl ?m OPTIONAL { SELECT * { ?t :al ?l MINUS { ?s :pl ?m } } } } }",
        ["l=x s=b"],
    ),
    # Signs that are no paths.
    ("SELECT (SUM(?n * 2) AS ?m) { ?s :p ?n FILTER(?n > 8 || ?n < 2) }", ["m=20"]),
]


def test_solutions_are_those_of_the_specification(store: ox.Store) -> None:
    for query, expected in CASES:
        assert answer(store, query) == Counter(expected), query


@pytest.mark.parametrize(
    ("pattern", "expected"),
    [
        ("<< :s :p 1 >> :q|:r ?x ; :r ?y", ["x=2 y=3", "x=3 y=3", "x=4 y=4", "x=4 y=4"]),
        ("<< :s :p 1 >> . :one :q|:r ?x", ["x=2", "x=2", "x=3", "x=3"]),
        ("<< ?s :p ?o ~ :one >> :q|:r ?x", ["o=1 s=s x=2", "o=1 s=s x=3"]),
        ("<< << :s :p 1 >> a :T ~ >> :q|:r ?x", ["x=5"]),
        ("<< :s :p 1 ~ _:n >> :q|:r ?x . _:n :r 3", ["x=2", "x=3"]),
    ],
)
def test_a_reified_triple_stands_for_one_node(pattern: str, expected: list[str]) -> None:
    # RDF 1.2: it is written once, however often the path is (SPARQL 1.2 Query, 4.2.5).
    store = ox.Store()
    store.update(
        """PREFIX : <http://e/> PREFIX rdf: <http://www.w3.org/1999/02/22-rdf-syntax-ns#>
        INSERT DATA {
          :one rdf:reifies <<( :s :p 1 )>> ; :q 2 ; :r 3 . :two rdf:reifies <<( :s :p 1 )>> ; :q 4 ; :r 4 .
          :three rdf:reifies <<( :one a :T )>> ; :q 5 .
        }"""
    )
    found = store.query(adapt_query(f"{PREFIX} SELECT * {{ {pattern} }}", list))
    assert isinstance(found, ox.QuerySolutions)
    names = sorted(variable.value for variable in found.variables)
    rows = [[str(row[name]).strip('<>"').split('"')[0].removeprefix("http://e/") for name in names] for row in found]
    assert Counter(" ".join(map("=".join, zip(names, row, strict=True))) for row in rows) == Counter(expected)


def test_texts_that_the_engine_evaluates_correctly_are_not_changed() -> None:
    for query in (
        "SELECT * { GRAPH ?g { ?s ?p ?o OPTIONAL { ?s ?q ?x } FILTER(?o > 1) } }",
        "SELECT * { GRAPH ?g { ?g a ?c } }",
        "SELECT (COUNT(*) AS ?n) { ?s <http://e/p>/<http://e/q>+ ?o FILTER(?o || 1 * 2) }",
        "SELECT * { ?s ?p ?o FILTER(?o > 1 || NOT EXISTS { ?o (<http://e/p>/^<http://e/q>)?|<http://e/r> ?x }) }",
        "SELECT * { ?s <http://e/p>|",
        "ASK { GRAPH ?g { { SELECT",
    ):
        assert adapt_query(query, list) is query


@pytest.mark.parametrize(
    ("query", "place", "named"),
    [
        ("ASK {\n GRAPH ?g { VALUES ?x { 1 } } }", (2, 2), "GRAPH ?g"),
        ("SELECT * { { SELECT DISTINCT * { [] :a|:b ?o } } }", (1, 30), "instead of *"),
        ("SELECT (COUNT(DISTINCT *) AS ?n) { [] :a|:b ?o }", (1, 24), "instead of *"),
        # Places in the text as it was sent, whatever has been rewritten before.
        ("ASK {\n GRAPH :x {\n  GRAPH ?g { VALUES ?x { 1 } } } }", (3, 3), "GRAPH ?g"),
        ("ASK {\n ?s :p|:q ?o\n GRAPH ?g { VALUES ?x { 1 } } }", (3, 2), "GRAPH ?g"),
        (
            "ASK {\n ?s :p ?o OPTIONAL { ?s :q ?l }\n ?s :r ?v\n GRAPH ?g { ?s :p ?o VALUES ?x { 1 } } }",
            (4, 2),
            "GRAPH ?g",
        ),
        (
            "SELECT ?s {\n ?s :p ?o OPTIONAL { ?s :q ?l }\n { SELECT DISTINCT * { [] :a|:b ?s } } }",
            (3, 20),
            "instead of *",
        ),
    ],
)
def test_a_text_that_cannot_be_rewritten_is_refused(query: str, place: tuple[int, int], named: str) -> None:
    with pytest.raises(ProblemError) as raised:
        adapt_query(query, lambda: None, prefixes={"": "http://e/"})
    assert raised.value.slug == "query-unsupported"
    assert (raised.value.members["line"], raised.value.members["column"]) == place
    assert named in raised.value.detail


def test_a_clause_is_not_written_out_for_thousands_of_graphs() -> None:
    many = [f"http://e/g{number}" for number in range(1001)]
    with pytest.raises(ProblemError, match="VALUES"):
        adapt_query("ASK { GRAPH ?g { VALUES ?x { 1 } } }", lambda: many)
    assert adapt_query("ASK { GRAPH ?g { ?s ?p ?o } }", lambda: many)


PARTS = (
    "graph",
    "GRAPH",
    "Graph",
    "jwp",
    "/",
    "#",
    ":",
    "<",
    ">",
    "?",
    "$",
    "{",
    "}",
    ".",
    ";",
    "1",
    "e",
    "é",
    "-",
    "'",
    '"',
    " ",
    "\n",
    "@",
    "_",
)


@given(st.lists(st.sampled_from(PARTS), max_size=12))
def test_a_keyword_is_never_overlooked(parts: list[str]) -> None:
    text = "".join(parts)
    try:
        tokens = Tokenizer(text).tokens()
    except ProblemError:
        return
    # Between GRAPH and the name of a graph there is nothing, white space or a comment: never a slash (rule [58]).
    if any(
        token.kind is TokenKind.WORD and token.text.lower() == "graph" and text[token.end : token.end + 1] != "/"
        for token in tokens
    ):
        assert may_have_graph_clauses(text)


def test_iris_of_this_project_name_no_clause() -> None:
    prefix = "PREFIX jwpg: <https://w3id.org/jwpgraph/graph/> "
    assert may_have_graph_clauses(prefix + "SELECT * { GRAPH ?g { ?s ?p ?o } }")
    assert not may_have_graph_clauses(prefix + "SELECT ?l { <https://w3id.org/jwpgraph/id/x> jwpg:l ?graph }")
